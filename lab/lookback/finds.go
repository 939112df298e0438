package lookback

import (
	"slices"

	"github.com/evenkeel/evenkeel"
)

// finds are what rules in force found, by subject. Which machines were found, and how often and
// with what outcome each subject was, is kept of all; what findings say only of so many. None of
// it is larger than the inventory, but for what is bounded by most.
type finds struct {
	most     int // findings whose terms are kept, and of which it is known whom they are about
	kept     int
	untold   int // findings about subjects of which no terms are kept
	subjects map[evenkeel.Subject]*suspicion
	order    []*suspicion
	about    map[evenkeel.FindingID]*suspicion // the latest ones
	assets   map[evenkeel.AssetID]bool         // that a finding is about or names
	open     map[matter][]evenkeel.Decision    // in force
	held     []Held
	heldAll  int
}

// matter is whom and what measures are about.
type matter struct {
	tenant evenkeel.TenantID
	family string
}

// suspicion is one subject's.
type suspicion struct {
	who      evenkeel.Subject
	at       evenkeel.Moment // of the first finding
	findings int
	says     []evenkeel.Finding // the first of each rule and set of families
	times    []Gap
	named    map[evenkeel.AssetID]bool // where the subject is no asset
	did      Outcome
}

func newFinds(most int) *finds {
	return &finds{
		most: most, subjects: map[evenkeel.Subject]*suspicion{}, about: map[evenkeel.FindingID]*suspicion{},
		assets: map[evenkeel.AssetID]bool{}, open: map[matter][]evenkeel.Decision{}, held: []Held{},
	}
}

// hold counts a finding that waits for a tenant.
func (f *finds) hold(found *evenkeel.Finding) {
	if f.heldAll++; len(f.held) < mostListed {
		f.held = append(f.held, Held{Asset: found.Subject.Asset, Rule: found.Rule, At: found.At, Why: found.Held})
	}
}

// add takes a finding of a rule in force. One that is provisional is remembered for what is
// decided about it.
func (f *finds) add(found *evenkeel.Finding) {
	who := found.Subject
	who.Since = 0
	s := f.subjects[who]
	if s == nil {
		s = &suspicion{who: who}
		f.subjects[who] = s
	}
	if len(f.about) >= f.most {
		clear(f.about)
	}
	if f.about[found.ID] = s; found.Revision != evenkeel.Final {
		return
	}
	if s.findings++; s.findings == 1 {
		f.order, s.at = append(f.order, s), found.At
		if s.did.State == "" {
			f.stood(s, found)
		}
	}
	for _, a := range found.Named() {
		f.assets[a] = true
		if who.Asset == "" {
			s.name(a)
		}
	}
	if len(s.times) < mostTimes {
		s.times = append(s.times, Gap{found.From, found.Until})
	}
	f.say(s, found)
}

const (
	mostTimes = 8 // stretches that a chart shades
	mostSaid  = 4 // statements about one subject
)

func (s *suspicion) name(a evenkeel.AssetID) {
	if s.named == nil {
		s.named = map[evenkeel.AssetID]bool{}
	}
	s.named[a] = true
}

// say keeps a finding that says something new.
func (f *finds) say(s *suspicion, found *evenkeel.Finding) {
	said := slices.ContainsFunc(s.says, func(o evenkeel.Finding) bool {
		return o.Rule == found.Rule && slices.Equal(o.Families(), found.Families())
	})
	switch {
	case !said && len(s.says) < mostSaid && f.kept < f.most:
		s.says = append(s.says, *found)
		f.kept++
	case len(s.says) == 0:
		f.untold++
	}
}

// decide takes a state that a decision comes into. It is about the subjects of the findings that
// it rests on, or else of the machines that it names.
func (f *finds) decide(d *evenkeel.Decision) {
	m := matter{d.Tenant, d.Family}
	f.open[m] = slices.DeleteFunc(f.open[m], func(o evenkeel.Decision) bool { return o.ID == d.ID || o.Until <= d.At })
	if d.State == evenkeel.InForce {
		f.open[m] = append(f.open[m], *d)
	}
	if len(f.open[m]) == 0 {
		delete(f.open, m)
	}
	known := true
	for _, b := range d.Grounds.Basis {
		s := f.about[b.Finding]
		if known = known && s != nil; s != nil {
			s.did.take(d)
		}
	}
	if known {
		return
	}
	for _, a := range d.Assets {
		if s := f.subjects[evenkeel.Subject{Kind: evenkeel.SubjectAsset, Tenant: d.Tenant, Asset: a}]; s != nil {
			s.did.take(d)
		}
	}
}

// stood is the decision about the same tenant and family that was in force when something was
// found, so that nothing new was decided.
func (f *finds) stood(s *suspicion, found *evenkeel.Finding) {
	for _, d := range f.open[matter{found.Subject.Tenant, found.Family}] {
		if d.From <= found.At && found.At < d.Until {
			s.did.take(&d)
		}
	}
	s.did.Stood = s.did.State != ""
}

// take keeps the decision that went furthest: one that took effect before one that did not, then
// the higher measure, then the earlier. One about the subject itself replaces one that stood. Of
// one and the same the latest is kept; that it took effect stays, its end is told by Until.
func (o *Outcome) take(d *evenkeel.Decision) {
	if o.Stood {
		*o = Outcome{}
	}
	same := o.State != "" && o.decision == d.ID
	state, took := d.State, evenkeel.MeasureNone
	if same && o.effect {
		state = evenkeel.InForce
	}
	if state == evenkeel.InForce {
		took = d.Measure
	}
	if o.State != "" && !same && took <= o.Measure {
		return
	}
	*o = Outcome{
		decision: d.ID, effect: state == evenkeel.InForce, Measure: took, Wanted: d.Wanted, State: state.String(), From: d.From, Until: d.Until,
		Safeguards: d.Safeguards, Row: d.Grounds.Row, Why: d.Why,
	}
}
