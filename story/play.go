package story

import (
	"fmt"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/watch"
	"github.com/evenkeel/evenkeel/watch/rule"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

// Parts are the rooms' settings; the zero value is good.
type Parts struct {
	Rules    []*rule.Rule // nil: the rules that come with the program
	Watch    watch.Options
	Accounts inventory.Options

	// For tests: deliver everything twice; batches of at most so many records.
	twice bool
	split int
}

// Play returns the transcript of a story.
func Play(s *Script, p Parts) (string, error) {
	told, tally, err := run(s, p)
	if err != nil {
		return "", err
	}
	return transcript(told, tally), nil
}

// Findings returns what the rules found, in the order in which it was told. A finding that
// was held and later attributed is there twice.
func Findings(s *Script, p Parts) ([]evenkeel.Finding, error) {
	told, _, err := run(s, p)
	if err != nil {
		return nil, err
	}
	var out []evenkeel.Finding
	for _, e := range told {
		if e.kind != eventNote {
			out = append(out, e.finding)
		}
	}
	return out, nil
}

// Differs returns the difference between the wanted transcript and another one, in unified
// form; "" where there is none.
func (s *Script) Differs(transcript string) string {
	return string(diff.Diff(s.Name+" wanted", []byte(s.Want), s.Name+" played", []byte(transcript)))
}

// eventKind says what an event of a transcript is.
type eventKind uint8

const (
	eventNote       eventKind = iota
	eventFinding              // about a known tenant, or about no asset
	eventHeld                 // nobody is known to hold the asset
	eventAttributed           // it was held, and the tenant is known by now
)

// event is one thing that a transcript tells.
type event struct {
	at      evenkeel.Moment // of the story's clock
	kind    eventKind
	text    string
	finding evenkeel.Finding
}

// player is a story at work.
type player struct {
	script   *Script
	registry *inventory.Registry
	engine   *watch.Engine
	clock    evenkeel.Moment
	notes    []note
	held     map[evenkeel.FindingID]evenkeel.Revision
	told     []event
	beats    uint64 // heartbeats, which no reader counts
}

func run(s *Script, p Parts) ([]event, watch.Tally, error) {
	rules, err := s.rules(p.Rules)
	if err != nil {
		return nil, watch.Tally{}, err
	}
	engine, err := watch.New(rules, p.Watch)
	if err != nil {
		return nil, watch.Tally{}, err
	}
	pl := &player{
		script: s, registry: inventory.New(p.Accounts), engine: engine, notes: s.notes,
		held: map[evenkeel.FindingID]evenkeel.Revision{},
	}
	if err := pl.play(p); err != nil {
		return nil, watch.Tally{}, err
	}
	tally := engine.Tally()
	tally.Records -= pl.beats
	tally.Idle -= pl.beats
	return pl.told, tally, nil
}

// rules returns the rules of the story: its own, and those of the others that it does not
// replace.
func (s *Script) rules(others []*rule.Rule) ([]*rule.Rule, error) {
	if others == nil {
		var err error
		if others, err = builtin.Rules(); err != nil {
			return nil, err
		}
	}
	own := map[string]bool{}
	for _, r := range s.Rules {
		own[r.ID] = true
	}
	rules := append([]*rule.Rule(nil), s.Rules...)
	for _, r := range others {
		if !own[r.ID] {
			rules = append(rules, r)
		}
	}
	return rules, nil
}

// play delivers everything. A batch holds what one source tells at one moment.
func (p *player) play(parts Parts) error {
	todo := p.script.deliveries
	most := evenkeel.MaxBatchRecords
	if parts.split > 0 {
		most = parts.split
	}
	b := evenkeel.NewBatch("", 0)
	for len(todo) > 0 {
		first := todo[0]
		b.Reset(first.from.Source, 0)
		n := 0
		for n < len(todo) && n < most && todo[n].at == first.at && todo[n].from == first.from {
			add(b, todo[n].from, todo[n].nth)
			n++
		}
		todo = todo[n:]
		p.tellNotes(first.at)
		p.clock = first.at
		if err := p.deliver(b); err != nil {
			return err
		}
		if parts.twice {
			if err := p.deliver(b); err != nil {
				return err
			}
		}
	}
	if n := len(p.notes); n > 0 {
		p.tellNotes(p.notes[n-1].at)
	}
	p.tell(p.engine.Flush(p.registry.Snapshot()), eventFinding)
	p.tellHeld()
	return nil
}

// deliver is the way of a batch: known, then seen.
func (p *player) deliver(b *evenkeel.Batch) error {
	for i := range b.Records {
		if b.Records[i].Kind == 0 {
			p.beats++
		}
	}
	applied, err := p.registry.Apply(b)
	if err != nil {
		return fmt.Errorf("play %s at %s: %w", p.script.Name, p.clock, err)
	}
	known := p.registry.Snapshot()
	if applied.Used > 0 {
		p.tell(p.engine.Attribute(known), eventAttributed)
	}
	p.tell(p.engine.Observe(b, known), eventFinding)
	p.tellHeld()
	return nil
}

func (p *player) tell(found []evenkeel.Finding, kind eventKind) {
	for _, f := range found {
		p.told = append(p.told, event{at: p.clock, kind: kind, finding: f})
	}
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

func (p *player) tellNotes(until evenkeel.Moment) {
	for len(p.notes) > 0 && p.notes[0].at <= until {
		p.told = append(p.told, event{at: p.notes[0].at, kind: eventNote, text: p.notes[0].text})
		p.notes = p.notes[1:]
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
