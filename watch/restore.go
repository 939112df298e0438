package watch

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/section"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// Unfit says why a checkpoint, though there is nothing wrong with it, is not one of an engine
// with these rules and options. It is the cause of an error of KindConflict.
type Unfit struct {
	What          string // "rules", "lateness", "horizon", "key" or "layout"
	Stored, Asked string
}

// Error names what does not fit.
func (u *Unfit) Error() string {
	return fmt.Sprintf("%s: the checkpoint has %s; expected %s", u.What, u.Stored, u.Asked)
}

// Restore makes an engine that goes on as the one would that Snapshot was called of: what it
// finds and counts is the same to the byte. The rules must be the same, and of the options
// Lateness, Horizon and Key; bounds may be others, and hold for what comes.
//
// A checkpoint of other rules or options gives an error of KindConflict whose cause is an
// *Unfit. Where the rules are others, Adopt keeps what is the same in both. Else begin with
// New and read the log again from as far back as it reaches: windows that are longer than
// the log know too little then, and the bursts that histories and cohorts are made of are
// learnt again.
//
// Anything that is not a whole checkpoint of this version gives an error of KindInvalid.
func Restore(in io.Reader, rules []*rule.Rule, opt Options) (*Engine, error) {
	l, err := open(in, rules, opt)
	if err != nil {
		return nil, err
	}
	if u := l.head.unfit(l.e); u != nil {
		return nil, conflict(u)
	}
	return l.load()
}

// A loader reads a checkpoint into a new engine.
type loader struct {
	r     *section.Reader
	e     *Engine
	head  stored
	moves []*move // by stored floor; nil where the engine's floors are the stored ones
}

// open makes an engine and reads what the checkpoint belongs to.
func open(in io.Reader, rules []*rule.Rule, opt Options) (*loader, error) {
	e, err := New(rules, opt)
	if err != nil {
		return nil, err
	}
	r := section.NewReaderSince(in, checkpointMagic, checkpointOldest, checkpointVersion)
	l := &loader{r: r, e: e, head: readHead(r)}
	if r.Err() != nil {
		return nil, unreadable(r.Err())
	}
	return l, nil
}

// load reads what follows the head.
func (l *loader) load() (*Engine, error) {
	l.head.tell(l.e)
	for i := range l.e.parts {
		l.r.Begin(sectionPart)
		l.partition(i)
	}
	l.clocks()
	l.r.Begin(sectionBase)
	l.cohorts()
	l.r.Begin(sectionHeld)
	l.held()
	if err := l.r.Close(); err != nil {
		return nil, unreadable(err)
	}
	return l.e, nil
}

func conflict(u *Unfit) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindConflict, Says: "restore the engine from a checkpoint", Err: u,
		Hint: "The engine can begin afresh and read the log again from as far back as it reaches; where only rules are others it can keep what is the same.",
	}
}

func unreadable(err error) error {
	if _, bad := errors.AsType[*section.Damaged](err); bad {
		return &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "restore the engine from a checkpoint", Err: err,
			Hint: "Take an older checkpoint. With none the engine begins afresh and reads the log again from as far back as it reaches.",
		}
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindInternal, Says: "restore the engine from a checkpoint", Err: err,
		Hint: "See whether the file can be read; the checkpoint in it may be good.",
	}
}

// stored is the head of a checkpoint.
type stored struct {
	rules             string
	lateness, horizon time.Duration
	key               uint64
	floors            []plan
	at                instant
	dropped           uint64
	clocks            int
}

func readHead(r *section.Reader) (h stored) {
	r.Begin(sectionHead)
	h.rules = r.Text(mostText)
	h.lateness, h.horizon, h.key = time.Duration(r.Uint64()), time.Duration(r.Uint64()), r.Uint64()
	for range r.Count(math.MaxUint8) {
		h.floors = append(h.floors, readPlan(r))
	}
	h.at = instant{newest: evenkeel.Moment(r.Uint64()), swept: readUint32(r), born: readUint32(r)}
	for _, n := range h.at.tally.counts() {
		*n = r.Uvarint()
	}
	h.dropped = r.Uvarint()
	h.clocks = r.Count(math.MaxInt)
	return h
}

func readUint32(r *section.Reader) uint32 { return uint32(r.Count(math.MaxUint32)) }

// mostState is more than any floor's subjects take, in bytes.
const mostState = 1 << 20

func readPlan(r *section.Reader) (p plan) {
	p.kind, p.beat = evenkeel.SubjectKind(r.Byte()), time.Duration(r.Uint64())
	p.size, p.rareSize = r.Count(mostState), r.Count(mostState)
	for range r.Count(mostValues) {
		if r.Err() != nil {
			break
		}
		p.rules = append(p.rules, planRule{id: r.Text(mostText), digest: r.Text(mostText), episode: r.Count(mostState)})
	}
	for range r.Count(64) {
		p.windows = append(p.windows, planWindow{
			digest: r.Uint64(), at: r.Count(mostState), size: r.Count(mostState), burst: r.Count(mostState), rare: r.Bool(),
		})
	}
	if !p.fits() {
		r.Fail("a floor whose parts do not lie within %d and %d bytes", p.size, p.rareSize)
	}
	return p
}

// fits says whether all that a plan names lies within a subject's bytes.
func (p *plan) fits() bool {
	ok := p.size >= headerBytes
	for _, r := range p.rules {
		ok = ok && r.episode+episodeBytes <= p.size
	}
	for _, w := range p.windows {
		within := p.size
		if w.rare {
			within = p.rareSize
		}
		ok = ok && w.at+w.size <= within && (w.burst == 0 || w.burst+burstBytes+peakBytes <= p.size)
	}
	return ok
}

func (p plan) equal(o plan) bool {
	return p.kind == o.kind && p.beat == o.beat && p.size == o.size && p.rareSize == o.rareSize &&
		slices.Equal(p.rules, o.rules) && slices.Equal(p.windows, o.windows)
}

// unfit says what of a checkpoint does not fit an engine, or nil.
func (h *stored) unfit(e *Engine) *Unfit {
	switch {
	case h.key != e.opt.keyCheck():
		return &Unfit{What: "key", Stored: "another", Asked: "the one that was given"}
	case h.lateness != e.opt.Lateness:
		return &Unfit{What: "lateness", Stored: h.lateness.String(), Asked: e.opt.Lateness.String()}
	case h.horizon != e.opt.Horizon:
		return &Unfit{What: "horizon", Stored: h.horizon.String(), Asked: e.opt.Horizon.String()}
	case h.rules != e.rules:
		return &Unfit{What: "rules", Stored: h.rules, Asked: e.rules}
	case !slices.EqualFunc(h.floors, e.floors, func(p plan, f *floor) bool { return p.equal(f.plan()) }):
		return &Unfit{What: "layout", Stored: "of another version of the program", Asked: "this one's"}
	}
	return nil
}

// tell sets the engine's own numbers.
func (h *stored) tell(e *Engine) {
	e.newest, e.swept, e.born, e.tally, e.held.dropped = h.at.newest, h.at.swept, h.at.born, h.at.tally, h.dropped
}
