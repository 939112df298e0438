package visit_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// muddled are books that give more than they are asked for.
type muddled struct {
	folders map[evenkeel.CaseID]docket.Folder
	rows    []docket.Row
	flags   []evenkeel.Flag
}

func (m muddled) Cases(context.Context, docket.Query) ([]docket.Row, error) { return m.rows, nil }

func (m muddled) Folder(_ context.Context, id evenkeel.CaseID) (docket.Folder, error) {
	return m.folders[id], nil
}

func (m muddled) Flags(context.Context, evenkeel.TenantID) ([]evenkeel.Flag, error) {
	return m.flags, nil
}

func said(words string) evenkeel.Entry {
	return evenkeel.Entry{Seq: 1, At: at(30), Kind: evenkeel.EntrySaid, State: "announce", Words: words}
}

// on is a decision about one machine.
func on(d evenkeel.Decision, t evenkeel.TenantID, asset evenkeel.AssetID) evenkeel.Decision {
	d.Tenant, d.Assets = t, []evenkeel.AssetID{asset}
	return d
}

// What must not be shown lies in the tenant's own folder here, as if whoever keeps the books had
// mistaken it for the tenant's.
func TestWhatLiesInATenantsFolderByMistakeIsNotShown(t *testing.T) {
	h := open(t)
	c := aCase("raisup", docket.Announcements)
	asked, others := aCase("raisup", "asked"), aCase("neighbour", docket.Announcements)
	throttle := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
	theirs := on(decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 21), "neighbour", "neighbour-decided")
	shadow := on(decided(c, evenkeel.MeasureIsolate, evenkeel.InForce, evenkeel.ModeShadow, 22), "raisup", "shadow-decided")
	tried := mined("raisup", "shadow-found", evenkeel.Final)
	tried.Mode = evenkeel.ModeShadow
	grant := func(t evenkeel.TenantID, key string) evenkeel.Flag {
		return evenkeel.Flag{ID: evenkeel.FlagID(key), Tenant: t, Selector: evenkeel.Selector{Principal: key}, From: at(1), Until: at(900), By: evenkeel.Actor{Policy: "sha256:abc"}}
	}
	elsewhere, revoked, over := grant("raisup", "key-of-another-case"), grant("raisup", "key-revoked"), grant("raisup", "key-over")
	elsewhere.By, elsewhere.Case = evenkeel.Actor{Person: "ada"}, "c-elsewhere"
	revoked.Revoked, over.Until = at(40), at(60)
	here, twice := grant("raisup", "key-of-this-case"), grant("raisup", "key-of-this-case")
	twice.Family = "creation"
	note := evenkeel.Entry{Seq: 2, At: at(31), Kind: evenkeel.EntryActed, Words: "note-of-a-person"}
	h.Handler = h.handler(muddled{
		folders: map[evenkeel.CaseID]docket.Folder{
			c.ID: {
				Row: docket.Row{Case: c}, Entries: []evenkeel.Entry{said("own-words"), note},
				Decisions: []evenkeel.Decision{throttle, theirs, shadow},
				Findings:  []evenkeel.Finding{mined("raisup", "own-found", evenkeel.Final), mined("neighbour", "neighbour-found", evenkeel.Final), tried},
				Notices:   []evenkeel.Notice{noticed(throttle, ""), noticed(on(theirs, "neighbour", "neighbour-noticed"), "")},
				Clocks: []docket.Clock{
					{Kind: docket.ClockOurAnswer, Started: at(30), Due: at(101), Ended: at(50)}, {Kind: docket.ClockOurAnswer, Started: at(30), Due: at(102), Paused: "the books are behind"},
					{Kind: docket.ClockOurAnswer, Started: at(30), Due: at(103)},
				},
			},
			asked.ID:  {Row: docket.Row{Case: asked}, Entries: []evenkeel.Entry{said("own-announcement"), note}},
			others.ID: {Row: docket.Row{Case: others}, Entries: []evenkeel.Entry{said("neighbour-announcement")}},
		},
		rows:  []docket.Row{{Case: c}, {Case: asked}, {Case: evenkeel.Case{ID: others.ID, Tenant: "raisup"}}},
		flags: []evenkeel.Flag{here, twice, grant("neighbour", "neighbour-key"), elsewhere, revoked, over},
	})
	for _, lang := range []string{"en", "zh"} {
		body := h.get("/t/" + h.token(link.Speak, c, "owner") + "?lang=" + lang).Body.String()
		for _, secret := range []string{
			"neighbour", "shadow-decided", "shadow-found", "key-of-another-case", "key-revoked", "key-over", "note-of-a-person", at(101).String(), at(102).String(),
		} {
			if strings.Contains(body, secret) {
				t.Errorf("%s: %s stands on the page", lang, secret)
			}
		}
		for _, own := range []string{"worker-1", "own-found", "own-words", "own-announcement", "key-of-this-case", at(103).String()} {
			if !strings.Contains(body, own) {
				t.Errorf("%s: %s does not stand on the page", lang, own)
			}
		}
		for _, once := range []string{"own-words", "key-of-this-case"} {
			if n := strings.Count(body, once); n != 1 {
				t.Errorf("%s: %s stands on the page %d times", lang, once, n)
			}
		}
	}
}

// trusting opens every token as one claim.
type trusting struct{ link.Claim }

func (c trusting) Open(string, time.Time) (link.Claim, error) { return c.Claim, nil }

// What a link is believed to say is not yet what it may show.
func TestAClaimThatIsBelievedStillHasToBeAboutSomethingOfItsTenant(t *testing.T) {
	own, nobodys := aCase("raisup", "mining"), aCase("", "mining")
	books := muddled{folders: map[evenkeel.CaseID]docket.Folder{own.ID: {Row: docket.Row{Case: own}}, nobodys.ID: {Row: docket.Row{Case: nobodys}}}}
	for _, x := range []struct {
		name  string
		claim link.Claim
		token string
		want  int
	}{
		{"its own case", link.Claim{Purpose: link.Show, Case: string(own.ID), Tenant: "raisup"}, "x", http.StatusOK},
		{"no purpose", link.Claim{Case: string(own.ID), Tenant: "raisup"}, "x", http.StatusNotFound},
		{"another tenant's case", link.Claim{Purpose: link.Show, Case: string(own.ID), Tenant: "neighbour"}, "x", http.StatusNotFound},
		{"nobody's case for nobody", link.Claim{Purpose: link.Show, Case: string(nobodys.ID)}, "x", http.StatusNotFound},
		{"a token longer than any", link.Claim{Purpose: link.Show, Case: string(own.ID), Tenant: "raisup"}, strings.Repeat("x", link.MaxToken+1), http.StatusNotFound},
	} {
		t.Run(x.name, func(t *testing.T) {
			h := open(t)
			h.Handler = h.over(trusting{x.claim}, books)
			if w := h.get("/t/" + x.token); w.Code != x.want {
				t.Errorf("it answers %d; expected %d", w.Code, x.want)
			}
		})
	}
}
