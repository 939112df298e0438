package judge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/incident"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/store/memory"
)

// hurt is an incident that touches three tenants, drafted a minute after it began.
func hurt() docket.Incident {
	var found []incident.Breach
	for _, t := range []string{"acme", "raisup", "sealos"} {
		found = append(found, incident.Breach{Tenant: evenkeel.TenantID(t), Asset: evenkeel.AssetID(t + ".example"), From: start, Until: start.Add(time.Minute), Wanted: 100, Served: 10})
	}
	var c incident.Course
	return *c.Step(incident.Bounds{}, found, incident.Known{Edges: 15}, start.Add(80*time.Second))
}

func keptOf(t *testing.T, b interface{ docket.Incidents }) (docket.Incident, []docket.SentNote) {
	t.Helper()
	all, err := b.RecentIncidents(t.Context(), 0, 9)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d incidents (%v); expected one", len(all), err)
	}
	notes, err := b.NotesOf(t.Context(), all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return all[0], notes
}

// TestNothingLeavesUntilAPersonSendsIt (R28): a draft alone is told nobody; after five minutes whoever is on call is called, once.
func TestNothingLeavesUntilAPersonSendsIt(t *testing.T) {
	b := memory.New(nil)
	d := governed(t, b, "  damping: {for: 0s}\n")
	i := hurt()
	for _, after := range []time.Duration{80 * time.Second, 6 * time.Minute, 6 * time.Minute, 20 * time.Minute} {
		if err := d.Hurt(t.Context(), i, 4*time.Minute, start.Add(after)); err != nil {
			t.Fatal(err)
		}
	}
	kept, notes := keptOf(t, b)
	if len(notes) != 0 || len(kept.Updates) != 0 || kept.Called != start.Add(6*time.Minute) {
		t.Errorf("%d notes, %d updates, called at %s; expected that nothing left, and people were called once, after four minutes", len(notes), len(kept.Updates), kept.Called)
	}
	pages, err := b.RecentPages(t.Context(), 9)
	if err != nil || len(pages) != 1 || !strings.Contains(pages[0].Page.Why, string(i.ID)) {
		t.Fatalf("%d pages (%v); expected one that names the incident", len(pages), err)
	}
	for _, name := range []string{"acme", "raisup", "sealos"} {
		if strings.Contains(pages[0].Page.Why, name) {
			t.Errorf("the page names %s", name)
		}
	}
}

// TestWhatAPersonSendsReachesEachWhoIsTouchedOnce sends twice by the same id, and then a correction.
func TestWhatAPersonSendsReachesEachWhoIsTouchedOnce(t *testing.T) {
	b := memory.New(nil)
	d := governed(t, b, "  damping: {for: 0s}\n")
	i := hurt()
	size := func() int64 { return leaves(t, b) }
	if err := d.Hurt(t.Context(), i, time.Hour, i.Drafted); err != nil {
		t.Fatal(err)
	}
	before := size()
	named := []incident.Named{{Tenant: "acme", Names: []string{"Acme Ltd"}}, {Tenant: "raisup"}, {Tenant: "sealos"}}
	p := judge.Publication{ID: "a-1", Incident: i.ID, By: "anna", At: start.Add(2 * time.Minute), Named: named}
	for range 2 {
		if _, err := d.Publish(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	kept, notes := keptOf(t, b)
	if len(notes) != 3 || len(kept.Updates) != 1 || kept.Updates[0].Edited() || size() != before+1 {
		t.Fatalf("%d notes, %d updates, %d leaves; expected one note for each of three, one update as it was drafted, and one leaf", len(notes), len(kept.Updates), size()-before)
	}
	for _, words := range []docket.Texts{{English: "It is because of ACME LTD.", Chinese: "出错了。"}, {English: "Sorry.", Chinese: "都是 raisup.example 的错。"}} {
		_, err := d.Publish(t.Context(), judge.Publication{ID: "a-2", Incident: i.ID, By: "anna", At: start.Add(3 * time.Minute), Text: words, Named: named})
		if evenkeel.KindOf(err) != evenkeel.KindDenied {
			t.Errorf("%q: %v; expected that a text that names a tenant is refused", words.English, err)
		}
	}
	named = append(named, incident.Named{Tenant: "t-9", Names: []string{"Requests", "share"}}) // words as any
	if _, err := d.Publish(t.Context(), judge.Publication{ID: "a-5", Incident: i.ID, By: "ben", At: start.Add(4 * time.Minute), Text: docket.Texts{English: "Our share.", Chinese: "份额。"}, Named: named}); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("a tenant is called by a word that is not the draft's: %v", err)
	}
	words := docket.Texts{English: "The share was smaller than we wrote.", Chinese: "比例低于我们所写的数值。"}
	if _, err := d.Publish(t.Context(), judge.Publication{ID: "a-3", Incident: i.ID, By: "ben", At: start.Add(4 * time.Minute), Text: words, Corrects: 1, Named: named, NoCustomer: []string{"Share"}}); err != nil {
		t.Fatal(err)
	}
	kept, notes = keptOf(t, b)
	if last := notes[len(notes)-1].Note; len(notes) != 6 || kept.Updates[1].By != "ben" || kept.Updates[1].NoCustomer != "Share" || !kept.Updates[1].Edited() || !strings.Contains(last.Text.English, "> Part of our platform") || !strings.Contains(last.Text.English, words.English) {
		t.Errorf("%d notes; the correction says:\n%s", len(notes), last.Text.English)
	}
	if err := d.Hurt(t.Context(), i, time.Hour, start.Add(5*time.Minute)); err != nil { // which knows nothing of what was sent
		t.Fatal(err)
	}
	if kept, _ = keptOf(t, b); len(kept.Updates) != 2 {
		t.Error("what people sent was lost when more was counted")
	}
	if err := d.Discard(t.Context(), "a-4", i.ID, docket.Word{By: "anna", At: start.Add(6 * time.Minute), Why: "A test."}); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Errorf("what was told was discarded: %v", err)
	}
}

func TestWhatIsDiscardedIsNotSentAndCallsNobody(t *testing.T) {
	b := memory.New(nil)
	d := governed(t, b, "  damping: {for: 0s}\n")
	i := hurt()
	if err := d.Hurt(t.Context(), i, time.Hour, i.Drafted); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Discard(t.Context(), "a-1", i.ID, docket.Word{By: "anna", At: start.Add(2 * time.Minute), Why: "We stopped the edges ourselves."}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Hurt(t.Context(), i, time.Minute, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	_, err := d.Publish(t.Context(), judge.Publication{ID: "a-2", Incident: i.ID, By: "ben", At: start.Add(time.Hour)})
	kept, notes := keptOf(t, b)
	if evenkeel.KindOf(err) != evenkeel.KindConflict || kept.Called != 0 || len(notes) != 0 || kept.Dropped == nil {
		t.Errorf("sent: %v; called at %s; %d notes", err, kept.Called, len(notes))
	}
}

// leaves is how long the ledger is.
func leaves(t *testing.T, b *memory.Books) (n int64) {
	t.Helper()
	if err := b.Log(t.Context(), func(l ledger.Log) error {
		for _, err := range l.Lines {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestAnErasedTenantDoesNotComeBack: whoever watches the edges remembers whom an incident touched, and brings it again.
func TestAnErasedTenantDoesNotComeBack(t *testing.T) {
	b := memory.New(nil)
	d := governed(t, b, "  damping: {for: 0s}\n")
	i := hurt()
	for range 2 {
		if err := d.Hurt(t.Context(), i, time.Hour, start.Add(80*time.Second)); err != nil {
			t.Fatal(err)
		}
		if err := b.EraseKey(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
	}
	if kept, _ := keptOf(t, b); len(kept.Of("acme")) != 0 || len(kept.Of("raisup")) != 1 {
		t.Errorf("%+v", kept.Touched)
	}
}
