package story

import (
	"fmt"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
	"github.com/evenkeel/evenkeel/watch"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// Parts are the rooms' settings and what they are handed; the zero value is good for
// Findings, and Play needs Books besides.
type Parts struct {
	Rules    []*rule.Rule // nil: the rules that come with the program
	Watch    watch.Options
	Accounts inventory.Options
	// Books returns a new and empty system of record, which one story has for itself.
	Books func() docket.Books
	// Policies holds at most one that is live, which is in force where the story brings none
	// (none: the one that comes with the program), and any that are watched in shadow.
	Policies []*policy.Policy
	// Means are what carries measures out. Where nothing is declared they are those of paper:
	// nothing is carried out, so nothing is lost.
	Means procedure.Means

	see func(Scene) error // of Show

	// For tests: deliver everything twice; batches of at most so many records.
	twice bool
	split int
}

// Play returns the transcript of a story. KindInvalid where an act of it could mean several
// things, or where the parts have no books.
func Play(s *Script, p Parts) (string, error) {
	pl, err := play(s, p)
	if err != nil {
		return "", err
	}
	return transcript(pl), nil
}

// play plays a story to its end, with a judge.
func play(s *Script, p Parts) (*player, error) {
	desk, err := newDesk(s, p)
	if err != nil {
		return nil, fmt.Errorf("play %s: %w", s.Name, err)
	}
	return run(s, p, desk)
}

// Findings returns what the rules found, in the order in which it was told; nothing is
// decided. A finding that was held and later attributed is there twice.
func Findings(s *Script, p Parts) ([]evenkeel.Finding, error) {
	pl, err := run(s, p, nil)
	if err != nil {
		return nil, err
	}
	return pl.findings(), nil
}

// Differs returns the difference between the wanted transcript and another one, in unified
// form; "" where there is none.
func (s *Script) Differs(transcript string) string {
	return string(diff.Diff(s.Name+" wanted", []byte(s.Want), s.Name+" played", []byte(transcript)))
}

// player is a story at work.
type player struct {
	script   *Script
	registry *inventory.Registry
	engine   *watch.Engine
	desk     *desk // nil: nothing is decided
	clock    evenkeel.Moment
	notes    []note
	held     map[evenkeel.FindingID]evenkeel.Revision
	told     []event
	beats    uint64 // heartbeats, which no reader counts
	showing  *showing
}

func run(s *Script, p Parts, d *desk) (*player, error) {
	rules, err := s.rules(p.Rules)
	if err != nil {
		return nil, err
	}
	engine, err := watch.New(rules, p.Watch)
	if err != nil {
		return nil, err
	}
	pl := &player{
		script: s, registry: inventory.New(p.Accounts), engine: engine, desk: d, notes: s.notes,
		held: map[evenkeel.FindingID]evenkeel.Revision{}, showing: show(p.see),
	}
	if err := pl.play(p); err != nil {
		return nil, fmt.Errorf("play %s at %s: %w", s.Name, pl.clock, err)
	}
	return pl, nil
}

// tally is what became of the records.
func (p *player) tally() watch.Tally {
	t := p.engine.Tally()
	t.Records -= p.beats
	t.Idle -= p.beats
	return t
}

func (p *player) findings() (out []evenkeel.Finding) {
	for _, e := range p.told {
		if e.kind == eventFinding || e.kind == eventHeld || e.kind == eventAttributed {
			out = append(out, e.finding)
		}
	}
	return out
}

// play delivers everything, and then lets the clock go on to where the story ends.
func (p *player) play(parts Parts) error {
	most := evenkeel.MaxBatchRecords
	if parts.split > 0 {
		most = parts.split
	}
	times := 1
	if parts.twice {
		times = 2
	}
	b := evenkeel.NewBatch("", 0)
	for todo := p.script.deliveries; len(todo) > 0; {
		if err := p.goOn(max(p.clock, todo[0].at)); err != nil {
			return err
		}
		n := cut(b, todo, most)
		for range times {
			if err := p.arrive(b, todo[0].act); err != nil {
				return err
			}
		}
		todo = todo[n:]
	}
	if err := p.tell(p.engine.Flush(p.registry.Snapshot()), eventFinding); err != nil {
		return err
	}
	p.tellHeld()
	if err := p.goOn(max(p.clock, p.script.end)); err != nil {
		return err
	}
	return p.showing.all(p.told)
}

// goOn lets the clock go on: what is due on the way happens at its own time, and notes stand
// at theirs.
func (p *player) goOn(until evenkeel.Moment) error {
	if err := p.showing.before(until, p.told); err != nil {
		return err
	}
	for len(p.notes) > 0 && p.notes[0].at <= until {
		if err := p.runOut(p.notes[0].at); err != nil {
			return err
		}
		p.told = append(p.told, event{at: p.notes[0].at, kind: p.notes[0].kind, text: p.notes[0].text})
		p.notes = p.notes[1:]
	}
	if err := p.runOut(until); err != nil {
		return err
	}
	p.clock = until
	return p.showing.before(until, p.told)
}

// arrive is where a person acts, or where a batch of records comes in.
func (p *player) arrive(b *evenkeel.Batch, a *act) error {
	if a != nil {
		return p.perform(a)
	}
	return p.deliver(b)
}

// cut fills the batch with what comes next: what one source tells at one moment, at most so
// many records, or nothing where somebody acts. It returns how many deliveries these are.
func cut(b *evenkeel.Batch, todo []delivery, most int) int {
	first := todo[0]
	if first.act != nil {
		return 1
	}
	b.Reset(first.from.Source, 0)
	n := 0
	for n < len(todo) && n < most && todo[n].at == first.at && todo[n].from == first.from {
		add(b, todo[n].from, todo[n].nth)
		n++
	}
	return n
}

// deliver is the way of a batch: known, then announced, then seen, then judged.
func (p *player) deliver(b *evenkeel.Batch) error {
	for i := range b.Records {
		if b.Records[i].Kind == 0 {
			p.beats++
		}
	}
	before := p.registry.Snapshot()
	applied, err := p.registry.Apply(b)
	if err != nil {
		return err
	}
	known := p.registry.Snapshot()
	if err := p.relist(known.Relisted(b, before), known); err != nil {
		return err
	}
	if applied.Used > 0 {
		if err := p.tell(p.engine.Attribute(known), eventAttributed); err != nil {
			return err
		}
		if err := p.release(b, known); err != nil {
			return err
		}
	}
	if err := p.announced(b); err != nil {
		return err
	}
	found := p.engine.Observe(b, known)
	if err := p.drifted(); err != nil {
		return err
	}
	if err := p.tell(found, eventFinding); err != nil {
		return err
	}
	p.tellHeld()
	return nil
}

// tell tells findings, and has each of them judged. What is told again is judged only: a reader
// sees what follows from it.
func (p *player) tell(found []evenkeel.Finding, kind eventKind) error {
	for _, f := range found {
		if !f.Again {
			p.told = append(p.told, event{at: p.clock, kind: kind, finding: f})
		}
		if err := p.consider(f); err != nil {
			return err
		}
	}
	return nil
}

// tellHeld tells what the engine holds by now and was not told before.
func (p *player) tellHeld() {
	for _, f := range p.engine.Held() {
		if p.held[f.ID] < f.Revision {
			p.held[f.ID] = f.Revision
			p.told = append(p.told, event{at: p.clock, kind: eventHeld, finding: f})
		}
	}
}

// add appends a record of another batch.
func add(b, from *evenkeel.Batch, nth int) {
	r := from.Records[nth]
	r.Asset, r.Tenant = b.Intern(from.Text(r.Asset)), b.Intern(from.Text(r.Tenant))
	for i, y := range r.Names {
		r.Names[i] = b.Intern(from.Text(y))
	}
	b.Records = append(b.Records, r)
}
