package console

import (
	"crypto/rand"
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/consoletest"
	theirs "github.com/evenkeel/evenkeel/console/visit"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// suspended is a case in which anna and ben agreed to suspend, with what each of them found.
func suspended(first, second docket.Verdict) docket.Folder {
	f := reviewed("ben")
	r, x := &f.Reviews[0], &f.Decisions[len(f.Decisions)-1]
	r.By, r.State, r.Since, r.Granted, r.Verdicts = "anna", docket.ReviewAgreed, noon, true, []docket.Verdict{first, second}
	x.Tenant, x.Family, x.State, x.At, x.From, x.Until = f.Case.Tenant, f.Case.Family, evenkeel.InForce, noon, noon, noon.Add(48*time.Hour)
	x.Actor = evenkeel.Actor{Person: "anna", Second: "ben", Policy: digestOf}
	x.Grounds = evenkeel.Grounds{Clause: first.Ground, Row: "two persons", Says: "The pool is theirs.", Basis: f.Decisions[0].Grounds.Basis}
	f.Notices = append(f.Notices, evenkeel.Notice{
		ID: "n-two", Case: f.Case.ID, Decision: x.ID, Tenant: f.Case.Tenant, Family: f.Case.Family, At: noon, State: evenkeel.InForce, Measure: x.Measure, Assets: x.Assets,
		From: x.From, Until: x.Until, Says: x.Grounds.Says, Clause: first.Ground, Keeps: []string{"data can be read and exported", "backups can be downloaded"},
		AnswerBy: noon.Add(24 * time.Hour), PersonBy: noon.Add(time.Hour), Appeal: noon.Add(183 * 24 * time.Hour),
	})
	f.Orders = append(f.Orders, evenkeel.Order{ID: "o-two", Decision: x.ID, Tenant: f.Case.Tenant, Measure: x.Measure, Assets: x.Assets, From: x.From, Until: x.Until})
	f.Highest = evenkeel.MeasureSuspend
	return f
}

// tenantsPage serves the pages of the world's tenants, and returns the address of one's.
func tenantsPage(t *testing.T, w *world, c *evenkeel.Case) string {
	t.Helper()
	keys, err := link.ParseKeys("k1:" + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	if err != nil {
		t.Fatal(err)
	}
	tenants, err := theirs.New(theirs.Parts{
		Links: keys, Books: w, Acts: w, Now: func() time.Time { return w.now.Time() }, Random: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := keys.Make(link.Claim{Purpose: link.Speak, Case: string(c.ID), Tenant: string(c.Tenant), Contact: "owner", Until: noon.Add(24 * time.Hour).Time()})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(tenants)
	t.Cleanup(srv.Close)
	return srv.URL + "/t/" + token
}

// TestASuspensionIsDecidedByTwoByKeyboardAlone (R5, F13): one person asks for it with the criteria and the innocent
// explanation; another, drawn by lot and blind, answers by themselves; and the tenant's page says what stands, why, what
// still works and how to appeal. Nobody touches a mouse, and no script runs.
func TestASuspensionIsDecidedByTwoByKeyboardAlone(t *testing.T) {
	parent := consoletest.Chromium(t)
	w := newWorld()
	anna, origin, at := annaAsksTwo(t, parent, w, "suspend")
	anna.tab("combobox", "What you propose")
	anna.types("susp")
	anna.tab("button", "Propose it")
	anna.press(kb.Enter)
	if len(w.acts) != 0 || !anna.sees("Answer point 1") {
		t.Fatalf("a suspension without answers is proposed, or not refused: %v: %.500s", w.acts, anna.text())
	}
	anna.comes("alert")
	anna.picture("refused")
	anna.ownVerdict("Anna's words.")
	if p := anna.tab("combobox", "What you propose"); p.value != "suspend" {
		t.Errorf("what was chosen is lost: %q", p.value)
	}
	anna.tab("textbox", "In a sentence")
	anna.types("The pool is theirs.")
	anna.fits(390)
	anna.tab("button", "Propose it")
	anna.press(kb.Enter)
	if len(w.acts) != 1 || !anna.sees("It was proposed, and a second person was drawn.") {
		t.Fatalf("the proposal is not told: %v: %.500s", w.acts, anna.text())
	}
	asked := w.acts[0]
	if v := asked.Verdict; asked.Kind != docket.ActPropose || asked.Measure != evenkeel.MeasureSuspend || v == nil || v.Measure != evenkeel.MeasureSuspend || len(v.Answers) != len(miningCriteria) || v.Innocent != "A batch job. Anna's words." || len(v.Facts) == 0 {
		t.Fatalf("asked for is %+v, with the verdict %+v", asked, asked.Verdict)
	}

	f := reviewed("ben") // as the judge keeps it
	first := *asked.Verdict
	first.Person, first.At = "anna", noon
	f.Reviews[0].By, f.Reviews[0].Verdicts = "anna", []docket.Verdict{first}
	f.Entries[len(f.Entries)-1].Actor.Person, f.Entries[len(f.Entries)-1].Words = "anna", asked.Says
	w.folders = []docket.Folder{f}
	ben := walk(t, parent, "suspend-second", 1280, "dark")
	ben.as(bensToken, origin)
	ben.open(at)
	if !ben.sees("A review waits for your verdict.") || ben.sees("Anna's words.") || ben.sees("The pool is theirs.") {
		t.Fatalf("who was drawn is not asked, or reads what the first found: %.900s", ben.text())
	}
	ben.tab("link", "Your verdict")
	ben.jump()
	ben.ownVerdict("Ben's words.")
	ben.tab("combobox", "The highest measure that you support")
	ben.types("susp")
	ben.tab("textbox", "In a sentence")
	ben.types("It is theirs.")
	ben.picture("verdict")
	ben.tab("button", "Give the verdict")
	ben.press(kb.Enter)
	if len(w.acts) != 2 || !ben.sees("Your verdict was taken in.") || w.acts[1].By != "ben" || w.acts[1].Verdict.Measure != evenkeel.MeasureSuspend {
		t.Fatalf("the verdict is not told: %v: %.500s", w.acts, ben.text())
	}

	second := *w.acts[1].Verdict
	second.Person, second.At = "ben", noon
	w.folders = []docket.Folder{suspended(first, second)}
	ben.open(at)
	for _, s := range []string{"anna found", "ben found", "Anna's words.", "Ben's words.", "suspend"} {
		if !ben.sees(s) {
			t.Errorf("after both verdicts the case does not say %q", s)
		}
	}
	tenant := walk(t, parent, "suspend-tenant", 390, "dark")
	tenant.open(tenantsPage(t, w, &w.folders[0].Case))
	for _, s := range []string{"the machines are paused, the way to your data stays open", "data can be read and exported", "by a person", "The pool is theirs.", "appeal"} {
		if !tenant.sees(s) {
			t.Errorf("the tenant's page does not say %q: %.900s", s, tenant.text())
		}
	}
	tenant.picture("page")
	tenant.tab("textbox", "")
	tenant.fits(390)
}
