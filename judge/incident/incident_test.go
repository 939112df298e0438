package incident_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/incident"
)

var evening = evenkeel.MomentOf(time.Date(2023, 12, 4, 20, 0, 0, 0, time.UTC))

const (
	edges     = 15
	innocents = 400
)

// cloud plays what edges count: every edge tells of every site each ten seconds.
type cloud struct {
	watch  *incident.Watch
	course incident.Course
	known  incident.Known
	now    evenkeel.Moment
	drafts []docket.Incident // new or changed, in their order
	sites  int
}

// names are those of the sites.
var names = func() (out []evenkeel.AssetID) {
	for n := range innocents + 1 {
		out = append(out, siteOf(n))
	}
	return out
}()

func siteOf(n int) evenkeel.AssetID { return evenkeel.AssetID(fmt.Sprintf("app-%03d.example", n)) }

func holder(a evenkeel.AssetID, _ evenkeel.Moment) (evenkeel.TenantID, bool) {
	var n int
	if _, err := fmt.Sscanf(string(a), "app-%d.example", &n); err != nil {
		return "", false
	}
	return evenkeel.TenantID(fmt.Sprintf("tenant-%03d", n)), true
}

// play lets time pass, ten seconds at a time: share of requests is served at the first sites, all at the others; down: no
// edge tells anything.
func (c *cloud) play(d time.Duration, hurt int, share float64, down bool) {
	for range int(d / (10 * time.Second)) {
		since := c.now
		c.now = c.now.Add(10 * time.Second)
		for e := range edges {
			if down {
				break
			}
			edge := fmt.Sprintf("edge-%02d", e)
			for n := range c.sites {
				served := 10.0
				if n < hurt {
					served *= share
				}
				u := evenkeel.Usage{At: c.now, Since: since, Asset: names[n], Meter: evenkeel.MeterSite, Part: evenkeel.PartWanted, Value: 10}
				c.watch.Add(edge, &u, c.now)
				u.Part, u.Value = evenkeel.PartServed, served
				c.watch.Add(edge, &u, c.now)
			}
		}
		if i := c.step(); i != nil {
			c.drafts = append(c.drafts, *i)
		}
	}
}

// step goes once through what whoever runs it does.
func (c *cloud) step() *docket.Incident {
	open := c.course.Open()
	c.watch.Keep(open != nil)
	found := c.watch.Round(c.now, holder)
	c.known.Edges, c.known.Silent = c.watch.Edges(c.now)
	if c.known.Active = c.watch.Active(); open != nil {
		c.known.Back = c.watch.Back(open)
	}
	return c.course.Step(incident.Bounds{}, found, c.known, c.now)
}

func (c *cloud) last() docket.Incident { return c.drafts[len(c.drafts)-1] }

func newCloud(sites int) *cloud {
	return &cloud{sites: sites, watch: incident.NewWatch(incident.Bounds{}), now: evening}
}

// TestThreeOutagesInAnHourAreThreeIncidents is Story B: fifteen servers, one attacked customer, four hundred others, three outages.
func TestThreeOutagesInAnHourAreThreeIncidents(t *testing.T) {
	c := newCloud(innocents + 1)
	c.play(5*time.Minute, 0, 1, false)
	if len(c.drafts) != 0 {
		t.Fatalf("%d drafts while all was served", len(c.drafts))
	}
	for outage := range 3 {
		began, before := c.now, len(c.drafts)
		c.known.Before = outage
		c.known.Measures = []incident.Measure{{Decision: "d-1", Site: siteOf(innocents), At: began.Add(30 * time.Second)}}
		c.play(4*time.Minute, innocents+1, 0.2, false)
		first := c.drafts[before]
		if late := first.Drafted.Sub(began); late > 2*time.Minute {
			t.Errorf("outage %d: the draft was there after %s", outage+1, late)
		}
		c.play(14*time.Minute, 0, 1, false)
		i := c.last()
		if i.Phase != docket.PhaseOver || i.Began != began || i.Until != began.Add(4*time.Minute) {
			t.Errorf("outage %d, %s to %s, is told as %s from %s to %s", outage+1, began, began.Add(4*time.Minute), i.Phase, i.Began, i.Until)
		}
		if len(i.Tenants()) != innocents+1 || len(i.Touched) != innocents+1 {
			t.Errorf("outage %d touched %d tenants at %d sites; expected %d", outage+1, len(i.Tenants()), len(i.Touched), innocents+1)
		}
		for _, x := range i.Touched {
			if x.Wanted != 4*6*10*edges || x.Served != x.Wanted/5 || x.Unknown != 0 {
				t.Fatalf("%s: %d of %d served", x.Site, x.Served, x.Wanted)
			}
		}
		text := incident.Draft(&i).English
		if !strings.Contains(text, "one customer's site") || strings.Contains(text, "app-") || strings.Contains(text, "tenant-") || outage > 0 != strings.Contains(text, "within an hour") {
			t.Errorf("the draft says %q", text)
		}
	}
}

// TestServersThatFallSilentAreToldAsNotKnown lets all edges end at once, at any second of a minute.
func TestServersThatFallSilentAreToldAsNotKnown(t *testing.T) {
	for second := 0; second < 60; second += 10 {
		c := newCloud(60)
		c.play(5*time.Minute+time.Duration(second)*time.Second, 0, 1, false)
		began := c.now
		c.play(6*time.Minute, 0, 1, true)
		if len(c.drafts) == 0 {
			t.Fatalf("at second %d: nothing is drafted while nobody is served", second)
		}
		if first := c.drafts[0]; first.Drafted.Sub(began) > 4*time.Minute || first.Began != began {
			t.Errorf("at second %d: drafted %s after, as begun at %s instead of %s", second, first.Drafted.Sub(began), first.Began, began)
		}
		i := c.last()
		text := incident.Draft(&i).English
		for _, part := range []string{"15 of 15 servers", "nothing was counted", "Why they do not answer is not known yet."} {
			if !strings.Contains(text, part) {
				t.Errorf("the draft does not say %q: %s", part, text)
			}
		}
		for _, x := range i.Touched {
			if x.Unknown == 0 || x.Wanted != 0 {
				t.Fatalf("%+v: expected minutes without a count, and no count", x)
			}
		}
		c.play(14*time.Minute, 0, 1, false)
		if i := c.last(); i.Phase != docket.PhaseOver {
			t.Errorf("it is %s after all are served again", i.Phase)
		}
	}
}

// TestWhatTouchesOneCustomerIsNoIncident floods one or two, and nobody else is hurt.
func TestWhatTouchesOneCustomerIsNoIncident(t *testing.T) {
	c := newCloud(60)
	c.play(10*time.Minute, 2, 0.1, false)
	if len(c.drafts) != 0 {
		t.Errorf("%d drafts; expected none for two customers", len(c.drafts))
	}
	c.play(2*time.Minute, 3, 0.1, false)
	if len(c.drafts) == 0 || len(c.last().Touched) != 3 {
		t.Error("three customers at once are no incident")
	}
}

// TestAMinuteThatComesAgainCountsOnce goes on after a restart with the same records.
func TestAMinuteThatComesAgainCountsOnce(t *testing.T) {
	c := newCloud(60)
	c.play(3*time.Minute, 5, 0, false)
	before := c.last()
	again := newCloud(60)
	again.course.Resume(before)
	again.play(3*time.Minute, 5, 0, false)
	now := again.course.Open()
	if now == nil || !slices.Equal(now.Touched, before.Touched) {
		t.Errorf("after a restart: %+v; expected %+v", now, before.Touched)
	}
}

// TestNoNoteNamesAnotherTenant makes incidents of any tenants, and looks for the names of others in each note.
func TestNoNoteNamesAnotherTenant(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Z][a-z]{4,9}[0-9]{3}`), 3, 9, rapid.ID).Draw(r, "tenants")
		began := evening.Add(time.Duration(rapid.IntRange(0, 59).Draw(r, "minute")) * time.Minute)
		var found []incident.Breach
		for _, id := range ids {
			for n := range rapid.IntRange(1, 30).Draw(r, "sites") {
				wanted := rapid.Int64Range(20, 1e6).Draw(r, "wanted")
				found = append(found, incident.Breach{
					Tenant: evenkeel.TenantID(id), Asset: evenkeel.AssetID(fmt.Sprintf("%s-%d.example", id, n)), From: began, Until: began.Add(time.Minute),
					Wanted: wanted, Served: rapid.Int64Range(0, wanted/2).Draw(r, "served"), Unknown: rapid.Bool().Draw(r, "unknown"),
				})
			}
		}
		attacked := rapid.SampledFrom(ids).Draw(r, "attacked")
		known := incident.Known{Edges: 15, Before: rapid.IntRange(0, 2).Draw(r, "before"), Silent: []string{"edge-1"},
			Measures: []incident.Measure{{Decision: "d-1", Site: evenkeel.AssetID(attacked + "-0.example"), At: began}}}
		var course incident.Course
		i := course.Step(incident.Bounds{}, found, known, began.Add(80*time.Second))
		if i == nil || i.Check() != nil {
			r.Fatalf("%d tenants make no incident that could be kept", len(ids))
		}
		if got := i.Tenants(); len(got) != len(ids) {
			r.Fatalf("it touches %v; expected %v", got, ids)
		}
		draft := incident.Draft(i)
		var names []incident.Named
		for _, id := range ids {
			names = append(names, incident.Named{Tenant: evenkeel.TenantID(id), Names: []string{id + "-0.example"}})
		}
		if err := incident.Leaks(draft, docket.Texts{}, nil, names); err != nil {
			r.Fatalf("the draft: %v", err)
		}
		i.Updates = []docket.Update{{Phase: i.Phase, At: began.Add(2 * time.Minute), By: "anna", Text: draft, Draft: draft}}
		if rapid.Bool().Draw(r, "corrects") {
			i.Updates = append(i.Updates, docket.Update{Phase: i.Phase, At: began.Add(3 * time.Minute), By: "anna", Text: draft, Draft: draft, Corrects: 1})
		}
		for _, id := range ids {
			n := incident.Note(i, len(i.Updates), evenkeel.TenantID(id))
			if err := n.Check(); err != nil {
				r.Fatal(err)
			}
			all := n.Subject.English + n.Subject.Chinese + n.Text.English + n.Text.Chinese
			if !strings.Contains(all, id+"-0.example") {
				r.Errorf("the note to %s does not name its own site", id)
			}
			for _, other := range ids {
				if other != id && strings.Contains(all, other) {
					r.Errorf("the note to %s names %s:\n%s", id, other, all)
				}
			}
		}
	})
}

// TestATextThatNamesACustomerIsRefused looks for names as people would.
func TestATextThatNamesACustomerIsRefused(t *testing.T) {
	all := []incident.Named{{"t-17", []string{"Raisup", "shop.example"}}, {"al", nil}, {"小店科技", nil}}
	for text, leaks := range map[string]bool{
		"A flood came to one customer's site.":        false,
		"It is all because of raisup.":                true,
		"See https://SHOP.example/ for how it looks.": true,
		"Customer t-17 is attacked.":                  true,
		"workshop.examples":                           false,
		"所有问题都来自小店科技的网站。":                             true,
	} {
		if err := incident.Leaks(docket.Texts{English: text, Chinese: text}, docket.Texts{}, nil, all); (err != nil) != leaks {
			t.Errorf("%q: %v; leaks: %v", text, err, leaks)
		}
	}
}

// TestATextPromisesNothing reads every sentence that there is.
func TestATextPromisesNothing(t *testing.T) {
	c := newCloud(60)
	c.play(5*time.Minute, 0, 1, false)
	c.known.Breakers = []incident.Breaker{{Rule: "flood-out", At: c.now}}
	c.play(3*time.Minute, 50, 0.3, false)
	c.play(5*time.Minute, 0, 1, true)
	c.play(14*time.Minute, 0, 1, false)
	for _, i := range c.drafts {
		for _, s := range append(slices.Clone(i.Known), i.Unknown...) {
			if s.Source == "" || s.English == "" || s.Chinese == "" {
				t.Errorf("%+v: expected both languages and a source", s)
			}
		}
		text := strings.ToLower(incident.Draft(&i).English)
		for _, word := range []string{"will not", "promise", "guarantee", "soon", "never", "fault", "guilty", "sorry for any"} {
			if strings.Contains(text, word) {
				t.Errorf("%q stands in %q", word, text)
			}
		}
	}
}
