package incident_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/incident"
)

// tells has an edge tell of the first sites, as of a moment, what was counted in the interval before.
func (c *cloud) tells(edge string, at evenkeel.Moment, interval time.Duration, sites int, counted map[evenkeel.Part]float64) {
	for n := range sites {
		for part, v := range counted {
			c.watch.Add(edge, &evenkeel.Usage{At: at, Since: at.Add(-interval), Asset: siteOf(n), Meter: evenkeel.MeterSite, Part: part, Value: v}, c.now)
		}
	}
}

// passes lets a time pass, ten seconds at a time, in which one edge counts the same at all sites.
func (c *cloud) passes(d time.Duration, counted map[evenkeel.Part]float64) {
	for range int(d / (10 * time.Second)) {
		c.now = c.now.Add(10 * time.Second)
		c.tells("edge-1", c.now, 10*time.Second, c.sites, counted)
		if i := c.step(); i != nil {
			c.drafts = append(c.drafts, *i)
		}
	}
}

// TestAnOutageOfHoursIsNotOverUntilRequestsAreServed ends all edges for three hours: silence is no end.
func TestAnOutageOfHoursIsNotOverUntilRequestsAreServed(t *testing.T) {
	c := newCloud(10)
	c.play(10*time.Minute, 0, 1, false)
	began := c.now
	c.play(3*time.Hour, 0, 1, true)
	i := c.last()
	if i.Phase == docket.PhaseOver || i.Began != began || c.known.Edges != edges || len(c.known.Silent) != edges || i.Touched[0].Unknown < 170 {
		t.Fatalf("after three hours without an edge it is %s, begun at %s; %d of %d edges are silent, %d minutes unknown: %s",
			i.Phase, i.Began, len(c.known.Silent), c.known.Edges, i.Touched[0].Unknown, incident.Draft(&i).English)
	}
	ended := c.now
	c.play(14*time.Minute, 0, 1, false)
	if i = c.last(); i.Phase != docket.PhaseOver || i.Until < ended.Add(-3*time.Minute) || i.Until > ended.Add(time.Minute) {
		t.Errorf("it is %s, until %s; the edges came back at %s", i.Phase, i.Until, ended)
	}
}

// TestAnIncidentIsNotOverWhereFewOfItsSitesAreBack has a third of them visited again.
func TestAnIncidentIsNotOverWhereFewOfItsSitesAreBack(t *testing.T) {
	c := newCloud(9)
	c.play(5*time.Minute, 0, 1, false)
	c.play(5*time.Minute, 9, 0.2, false)
	c.sites = 3
	c.play(40*time.Minute, 0, 1, false)
	if i := c.course.Open(); i == nil {
		t.Fatalf("over with a third of its sites: %s", incident.Draft(&c.drafts[len(c.drafts)-1]).English)
	}
	c.sites = 5
	c.play(5*time.Minute, 0, 1, false)
	if i := c.last(); i.Phase != docket.PhaseOver {
		t.Errorf("it is %s with most of its sites", i.Phase)
	}
}

// TestAQuietEdgeIsNotSilent tells once a minute, as an edge does of sites where nothing happens.
func TestAQuietEdgeIsNotSilent(t *testing.T) {
	c := newCloud(3)
	for s := range 240 {
		if c.now = evening.Add(time.Duration(s) * 5 * time.Second); s%12 == 3 && s%36 != 3 { // one of three is lost
			c.tells("edge-1", c.now, time.Minute, 3, map[evenkeel.Part]float64{evenkeel.PartWanted: 60, evenkeel.PartServed: 60})
		}
		if i := c.step(); i != nil {
			t.Fatalf("after %d s: %s", 5*s, incident.Draft(i).English)
		}
	}
}

// TestAnEdgeThatNobodyVisitedSaysNothingWhenItFallsSilent ends the visits of busy sites; an hour later their edge has nothing to tell.
func TestAnEdgeThatNobodyVisitedSaysNothingWhenItFallsSilent(t *testing.T) {
	c := newCloud(5)
	c.passes(10*time.Minute, map[evenkeel.Part]float64{evenkeel.PartWanted: 60, evenkeel.PartServed: 60})
	c.passes(50*time.Minute, map[evenkeel.Part]float64{evenkeel.PartWanted: 0, evenkeel.PartServed: 0})
	c.play(30*time.Minute, 0, 1, true)
	if len(c.drafts) > 0 {
		t.Errorf("nobody came, and nothing was told: %s", incident.Draft(&c.drafts[0]).English)
	}
}

// TestWhatSitesMissByThemselvesIsNotThePlatforms has backends fail and visitors held off, at few sites and at many.
func TestWhatSitesMissByThemselvesIsNotThePlatforms(t *testing.T) {
	p := func(failed, refused, filter float64) map[evenkeel.Part]float64 {
		return map[evenkeel.Part]float64{evenkeel.PartVisits: 100, evenkeel.PartWanted: 100, evenkeel.PartServed: 20, evenkeel.PartFailed: failed, evenkeel.PartRefused: refused, evenkeel.PartAtFilter: filter}
	}
	well := map[evenkeel.Part]float64{evenkeel.PartVisits: 100, evenkeel.PartWanted: 100, evenkeel.PartServed: 100}
	for _, x := range []struct {
		name   string
		missed map[evenkeel.Part]float64
		sites  int
		begins bool
	}{
		{"four backends fail", p(80, 0, 0), 4, false},
		{"four sites are attacked", p(0, 0, 10), 4, false},
		{"at four sites many are refused", p(0, 30, 0), 4, false},
		{"at four sites few are refused, and most is not served", p(0, 5, 0), 4, true},
		{"half of what four sites miss is not their backends'", p(40, 0, 0), 4, true},
		{"every backend fails", p(80, 0, 0), 40, true},
		{"every site is attacked", p(0, 0, 10), 40, true},
	} {
		c := newCloud(40)
		c.passes(3*time.Minute, well)
		for range 18 {
			c.now = c.now.Add(10 * time.Second)
			c.tells("edge-1", c.now, 10*time.Second, 40, well)
			c.tells("edge-2", c.now, 10*time.Second, x.sites, x.missed)
			if i := c.step(); i != nil {
				c.drafts = append(c.drafts, *i)
			}
		}
		if begins := len(c.drafts) > 0; begins != x.begins || begins && len(c.last().Touched) != x.sites {
			t.Errorf("%s: begins %v; expected %v", x.name, begins, x.begins)
		}
	}
}

// TestASiteThatIsAttackedIsTouchedByWhatHurtsOthers counts it while others are hurt, and no longer.
func TestASiteThatIsAttackedIsTouchedByWhatHurtsOthers(t *testing.T) {
	c := newCloud(40)
	attacked := map[evenkeel.Part]float64{evenkeel.PartVisits: 900, evenkeel.PartWanted: 100, evenkeel.PartServed: 10, evenkeel.PartRefused: 700}
	others := func(d time.Duration, served float64) {
		for range int(d / (10 * time.Second)) {
			c.now = c.now.Add(10 * time.Second)
			c.tells("edge-1", c.now, 10*time.Second, 1, attacked)
			for n := 1; n < c.sites; n++ {
				for part, v := range map[evenkeel.Part]float64{evenkeel.PartWanted: 100, evenkeel.PartServed: served} {
					c.watch.Add("edge-1", &evenkeel.Usage{At: c.now, Asset: siteOf(n), Meter: evenkeel.MeterSite, Part: part, Value: v}, c.now)
				}
			}
			if i := c.step(); i != nil {
				c.drafts = append(c.drafts, *i)
			}
		}
	}
	others(5*time.Minute, 100)
	if len(c.drafts) > 0 {
		t.Fatal("what reached nobody else began an incident")
	}
	others(4*time.Minute, 50)
	others(14*time.Minute, 100)
	i := c.last()
	if own := i.Of("tenant-000"); i.Phase != docket.PhaseOver || len(own) != 1 || own[0].Until != i.Until || own[0].Wanted != 4*600 {
		t.Errorf("it is %s; of the site that is attacked: %+v; expected the four minutes in which others were hurt", i.Phase, own)
	}
}

// TestOfManyTenantsAHundredthIsTouched: three of four hundred are their own affair.
func TestOfManyTenantsAHundredthIsTouched(t *testing.T) {
	c := newCloud(innocents)
	c.play(3*time.Minute, 0, 1, false)
	c.play(3*time.Minute, 3, 0.5, false)
	if len(c.drafts) > 0 {
		t.Errorf("three of %d: %s", innocents, incident.Draft(&c.drafts[0]).English)
	}
	c.play(2*time.Minute, 4, 0.5, false)
	if len(c.drafts) == 0 {
		t.Errorf("four of %d begin nothing", innocents)
	}
}

// TestAnEdgeWhoseClockIsAheadBlindsNobody has one two hours ahead beside a good one at which all is lost.
func TestAnEdgeWhoseClockIsAheadBlindsNobody(t *testing.T) {
	c := newCloud(3)
	good := map[evenkeel.Part]float64{evenkeel.PartWanted: 100, evenkeel.PartServed: 100}
	lost := map[evenkeel.Part]float64{evenkeel.PartWanted: 100, evenkeel.PartServed: 0}
	for s := range 180 {
		c.now = evening.Add(time.Duration(s) * 10 * time.Second)
		c.tells("edge-bad-clock", c.now.Add(2*time.Hour), 10*time.Second, 3, good)
		if s < 150 {
			c.tells("edge-good", c.now, 10*time.Second, 3, good)
		} else {
			c.tells("edge-good", c.now, 10*time.Second, 3, lost)
		}
		if i := c.step(); i != nil {
			c.drafts = append(c.drafts, *i)
		}
	}
	if len(c.drafts) == 0 || c.watch.Ahead == 0 || c.watch.Left != 0 {
		t.Errorf("%d drafts though all was lost for five minutes; %d counts ahead, %d left", len(c.drafts), c.watch.Ahead, c.watch.Left)
	}
}

// TestAfterAnAbsenceNothingIsOverAtOnce resumes an incident of long ago.
func TestAfterAnAbsenceNothingIsOverAtOnce(t *testing.T) {
	c := newCloud(5)
	c.play(3*time.Minute, 5, 0, false)
	before := c.last()
	again := newCloud(5)
	again.course.Resume(before)
	again.now = c.now.Add(time.Hour)
	again.play(9*time.Minute, 0, 1, false)
	if again.course.Open() == nil {
		t.Fatal("it is over before ten minutes were seen")
	}
	again.play(3*time.Minute, 0, 1, false)
	if again.course.Open() != nil {
		t.Error("it goes on though all was served for ten minutes")
	}
}

// TestWhereAMeasureIsElsewhereNoCauseIsClaimed has one in the same time, at a site that is touched and at another.
func TestWhereAMeasureIsElsewhereNoCauseIsClaimed(t *testing.T) {
	for at, identified := range map[evenkeel.AssetID]bool{"another.example": false, siteOf(1): true} {
		c := newCloud(5)
		c.known.Measures = []incident.Measure{{Decision: "d-1", Site: at, At: c.now}}
		c.play(3*time.Minute, 5, 0, false)
		i := c.last()
		text := incident.Draft(&i).English
		if (i.Phase == docket.PhaseIdentified) != identified || strings.Contains(text, "What this comes from is not known yet.") == identified || !strings.Contains(text, "In the same time many requests came to one customer's site") {
			t.Errorf("with a measure at %s it is %s: %s", at, i.Phase, text)
		}
	}
}

// TestSitesBeyondWhatIsKeptCountOnce has the same ones touched in ten minutes.
func TestSitesBeyondWhatIsKeptCountOnce(t *testing.T) {
	var course incident.Course
	const beyond = 3
	for m := range 3 {
		now := evening.Add(time.Duration(m+1) * time.Minute)
		found := make([]incident.Breach, 0, docket.MaxTouched+beyond)
		for i := range docket.MaxTouched + beyond {
			found = append(found, incident.Breach{Tenant: evenkeel.TenantID(fmt.Sprintf("t%06d", i)), Asset: evenkeel.AssetID(fmt.Sprintf("a%06d", i)), From: now.Add(-time.Minute), Until: now, Wanted: 100})
		}
		if i := course.Step(incident.Bounds{}, found, incident.Known{}, now); i == nil || i.More != beyond {
			t.Fatalf("after %d minutes %+v more; expected %d", m+1, i.More, beyond)
		}
	}
}

// TestACustomerWhoIsCalledLikeAnyWordStopsNoDraft has every word of our own drafts be the name of one.
func TestACustomerWhoIsCalledLikeAnyWordStopsNoDraft(t *testing.T) {
	c := newCloud(10)
	c.play(3*time.Minute, 0, 1, false)
	c.play(3*time.Minute, 4, 0.5, false)
	c.play(5*time.Minute, 0, 1, true)
	c.play(14*time.Minute, 0, 1, false)
	for _, i := range c.drafts {
		d := incident.Draft(&i)
		for _, word := range append(strings.Fields(d.English), "UTC", "请求", "客户的") {
			named := []incident.Named{{Tenant: "t-9", Names: []string{strings.Trim(word, ".,:;"), "Raisup"}}}
			if err := incident.Leaks(d, d, nil, named); err != nil {
				t.Errorf("our own draft: %v", err)
			}
			if incident.Leaks(docket.Texts{English: d.English + " Raisup.", Chinese: d.Chinese}, d, nil, named) == nil {
				t.Error("a name that is not in the draft went through")
			}
		}
	}
	for said, leaks := range map[string]bool{"RAISUP": false, "Rais": true, "": true} {
		text := docket.Texts{English: "They raisup it.", Chinese: "好。"}
		if err := incident.Leaks(text, docket.Texts{}, []string{said}, []incident.Named{{Tenant: "t-9", Names: []string{"Raisup"}}}); (err != nil) != leaks {
			t.Errorf("with %q said to be none: %v", said, err)
		}
	}
}
