package judge_test

import (
	"maps"

	"github.com/evenkeel/evenkeel/judge"
)

// called has somebody of the operator acknowledge a page, or not answer it. N: neither is a decision, so
// every clock of ours runs on as it did.
func (m *machine) called(name string) {
	if len(m.pages) == 0 {
		return
	}
	id, now := m.pages[m.recent(len(m.pages), "page")], m.now
	r := judge.Reached{Page: id, Person: pick(m, "by", people), Channel: "command", At: now, Failed: m.draw("answers", 0, 2) == 0}
	m.stopsNoClock(name, func(d *judge.Docket) error { return d.Called(ctx, r, now) })
	if r.Failed {
		m.stopsNoClock("nobody called", func(d *judge.Docket) error { return d.Unreached(ctx, id, "no answer", now) })
		return
	}
	m.stopsNoClock("acknowledged", func(d *judge.Docket) error { return d.AllCalled(ctx, id, now) })
}

// stopsNoClock does what decides nothing, and holds it to that.
func (m *machine) stopsNoClock(name string, f func(*judge.Docket) error) {
	before := maps.Clone(m.clocks)
	m.mustDo(name, f)
	for k, was := range before {
		if is, runs := m.clocks[k]; ours(k.k) && (!runs || is.Due != was.Due || is.Paused != was.Paused) {
			m.t.Fatalf("N: our clock %s, due at %s, is %+v because of this: %s", k.k, was.Due, is, name)
		}
	}
}
