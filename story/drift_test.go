package story

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Row B and F16: a third party changes a feed, half the fleet matches, the breaker opens after a
// handful and all of it is undone; nobody else is enforced on, and everybody is told.
func TestFeedDriftStopsAfterAHandfulAndIsUndone(t *testing.T) {
	d := playedBuiltin(t, "feed-drift").desk
	met, told, freed := map[evenkeel.TenantID]bool{}, map[evenkeel.TenantID]bool{}, 0
	opened, called := 0, 0
	for _, c := range d.changes {
		for _, b := range c.Breakers {
			if b.Tripped != 0 {
				opened++
			}
		}
		for _, o := range c.Orders {
			if !o.Lift && o.Tenant != "t-40" { // which floods in earnest, after the breaker was closed
				met[o.Tenant] = true
			} else if o.Lift {
				freed++
			}
		}
		for i := range c.Pages {
			if strings.Contains(c.Pages[i].Why, "The breaker of rule") {
				called++
			}
		}
		for i := range c.Notices {
			told[c.Notices[i].Tenant] = true
		}
	}
	if opened != 1 || called != 1 || len(met) != 3 || freed != 3 {
		t.Errorf("the breaker opened %d times, %d times somebody was called to it, %d tenants were limited and %d freed; expected once, once, 3 and 3", opened, called, len(met), freed)
	}
	if len(told) != 21 {
		t.Errorf("%d tenants were written to; expected all that matched: less is done, and nothing in silence", len(told))
	}
	for i := range d.decisions {
		if x := &d.decisions[i]; docket.Governed(x) && x.Tenant != "t-40" {
			t.Errorf("%s of %s still stands", x.Measure, x.Tenant)
		}
	}
}

// B: what a new rule may do in nine minutes is a tenth of its budget; and whoever is on call is called once when that is spent.
func TestNineMinutesOfAMistakeMeetATenth(t *testing.T) {
	pl := playedBuiltin(t, "nine-minute-mistake")
	limited, called := 0, 0
	for _, c := range pl.desk.changes {
		for i := range c.Pages {
			if p := &c.Pages[i]; p.Case == "" && p.Level == docket.LevelOnCall && strings.Contains(p.Why, "The budget of limit by rule backup-flood is spent") {
				called++
			}
		}
		for _, o := range c.Orders {
			if !o.Lift {
				limited++
			}
		}
	}
	if limited != 5 || called != 1 {
		t.Errorf("%d machines were limited, and somebody was called %d times to the rest; expected 5 of 50, and one call", limited, called)
	}
	if text := transcript(pl); !strings.Contains(text, "refused  anna said so at") {
		t.Error("nobody is told that one person is not enough")
	}
}

// Row B and F16: the unit of a feed changes, and what machines would do by it is for a person from the first reading on.
func TestNobodyIsLimitedByAFeedWhoseUnitChanged(t *testing.T) {
	d := playedBuiltin(t, "feed-unit-change").desk
	called, asked := 0, 0
	var limited []evenkeel.TenantID
	var began, took evenkeel.Moment
	for _, c := range d.changes {
		for i := range c.Feeds {
			if f := &c.Feeds[i]; f.Took != nil {
				took = f.Took.At
			} else {
				began = f.At
			}
		}
		for _, o := range c.Orders {
			if !o.Lift {
				limited = append(limited, o.Tenant)
			}
		}
		for i := range c.Pages {
			if strings.HasPrefix(c.Pages[i].Why, "The input flow-out of source sensor is not what it was. The middle one") {
				called++
			}
		}
		for i := range c.Decisions {
			if x := &c.Decisions[i]; x.State == evenkeel.Proposed && x.Tenant == "bakery" {
				asked++
			}
		}
	}
	if began == 0 || took <= began || called != 1 || asked == 0 {
		t.Errorf("it drifts from %s until a person accepts it at %s, %d times somebody was called, %d times a person was asked", began, took, called, asked)
	}
	if len(limited) != 1 || limited[0] != "shop" {
		t.Errorf("limited were %v; expected the one that floods in earnest, once it is accepted", limited)
	}
}
