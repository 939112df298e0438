package backendtest

import (
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Run holds a backend to the contract.
func Run(t *testing.T, open Open) {
	for _, x := range promises {
		t.Run(x.says, func(t *testing.T) { x.holds(&player{open(t), t}) })
	}
}

const (
	applied = evenkeel.ReceiptApplied
	lapsed  = evenkeel.ReceiptLapsed
	lifted  = evenkeel.ReceiptLifted
	refused = evenkeel.ReceiptRefused
)

var promises = []struct {
	says  string
	holds func(p *player)
}{
	{"it has a name, and declares what it can do", func(p *player) {
		if err := evenkeel.CheckID("name", p.Backend.Name()); err != nil {
			p.t.Error(err)
		}
		if m := p.Backend.Means(); len(m.Measures) == 0 {
			p.t.Error("it can do nothing")
		}
	}},
	{"D: what it says is proven it shows, at rest and while each measure stands", func(p *player) {
		if err := shows(p.t.Context(), p.Backend, p.standing); err != nil {
			p.t.Error(err)
		}
	}},
	{"an order is applied, and the receipt names it and says what came of it", func(p *player) {
		if r := p.apply(Throttle("d-1", "vm-1")); r.State != applied || r.Effect == "" {
			p.t.Errorf("got %+v", r)
		}
		p.stands("d-1", true)
	}},
	{"twice is once", func(p *player) {
		o := Throttle("d-1", "vm-1")
		p.says(o, applied)
		acts := p.Acts("d-1")
		p.Clock.Pass(time.Minute)
		p.says(o, applied)
		p.stands("d-1", true)
		if p.Acts("d-1") != acts {
			p.t.Errorf("the node acted %d times, then %d", acts, p.Acts("d-1"))
		}
	}},
	{"at the same time twice is once", func(p *player) {
		o := Throttle("d-1", "vm-1")
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if _, err := p.Backend.Apply(p.t.Context(), o); err != nil {
					p.t.Error(err)
				}
			})
		}
		all.Wait()
		p.says(o, applied)
		if n := p.Acts("d-1"); n != 1 {
			p.t.Errorf("the node acted %d times", n)
		}
	}},
	{"it survives a restart: the order again changes nothing", func(p *player) {
		o := Throttle("d-1", "vm-1")
		p.says(o, applied)
		acts := p.Acts("d-1")
		p.restart()
		p.stands("d-1", true)
		p.says(o, applied)
		if p.Acts("d-1") != acts {
			p.t.Errorf("the node acted %d times, then %d", acts, p.Acts("d-1"))
		}
	}},
	{"it lapses by itself, although nobody says anything", func(p *player) {
		o := Throttle("d-1", "vm-1")
		p.says(o, applied)
		p.Clock.Pass(time.Hour - 1)
		p.stands("d-1", true)
		p.Clock.Pass(1)
		p.stands("d-1", false)
	}},
	{"a lift ends it, and twice is once", func(p *player) {
		o := Throttle("d-1", "vm-1")
		p.says(o, applied)
		p.says(Lift(o), lifted)
		p.stands("d-1", false)
		p.says(Lift(o), lifted)
		p.stands("d-1", false)
	}},
	{"a lift of what was never ordered is answered", func(p *player) {
		p.says(Lift(Throttle("d-1", "vm-1")), lifted)
		p.stands("d-1", false)
	}},
	{"a lift after the end is answered with lapsed, of what was never ordered too", func(p *player) {
		o := Throttle("d-1", "vm-1")
		p.says(o, applied)
		p.Clock.Pass(time.Hour)
		p.says(Lift(o), lapsed)
		p.says(Lift(Throttle("d-2", "vm-1")), lapsed)
		p.stands("d-1", false)
	}},
	{"an order that comes after its lift is not carried out, after a restart neither", func(p *player) {
		o := Throttle("d-1", "vm-1")
		p.says(Lift(o), lifted)
		p.says(o, lifted)
		p.restart()
		p.says(o, lifted)
		p.stands("d-1", false)
	}},
	{"an order that comes after its end is not carried out", func(p *player) {
		p.Clock.Pass(time.Hour)
		p.says(Throttle("d-1", "vm-1"), lapsed)
		p.stands("d-1", false)
	}},
	{"a lift ends nothing of another decision about the same asset", func(p *player) {
		one, other := Throttle("d-1", "vm-1"), Throttle("d-2", "vm-1")
		p.says(one, applied)
		p.says(other, applied)
		p.says(Lift(one), lifted)
		p.stands("d-1", false)
		p.stands("d-2", true)
	}},
	{"what it cannot do it refuses, with a reason and without an error", func(p *player) {
		if p.Cannot == nil {
			p.t.Skip("it can do everything")
		}
		if r := p.apply(*p.Cannot); r.State != refused || r.Why == "" {
			p.t.Errorf("got %+v", r)
		}
		p.stands(p.Cannot.Decision, false)
	}},
	{"R6, D: data is withheld until the end of the order, or that is refused with a reason; no measure falls with it", func(p *player) {
		p.says(Throttle("d-1", "vm-1"), applied)
		o := Withhold("d-2", "vm-1")
		if r := p.apply(o); r.State == refused && r.Why != "" {
			p.stands("d-2", false)
			return // who cannot says so, and a person does it
		}
		p.stands("d-2", true)
		p.says(Lift(o), lifted)
		p.stands("d-2", false)
		p.stands("d-1", true)
		o = Withhold("d-3", "vm-1")
		p.says(o, applied)
		p.Clock.Pass(time.Hour)
		p.stands("d-3", false)
	}},
	{"an order with thousands of assets is applied", func(p *player) {
		o := Throttle("d-1")
		for i := range evenkeel.MaxCaseAssets {
			id := make([]byte, evenkeel.MaxID)
			for k := range id {
				id[k] = "ab\"\\<&"[(i>>k%13+k)%6]
			}
			o.Assets = append(o.Assets, evenkeel.AssetID(id))
		}
		p.says(o, applied)
		p.restart()
		p.says(o, applied)
		p.stands("d-1", true)
	}},
}
