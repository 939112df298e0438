package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// anIncident began some minutes after the start, and touches two tenants.
func anIncident(n int) docket.Incident {
	return docket.Incident{
		ID: docket.NewIncidentID(at(n)), Began: at(n), Until: at(n + 1), Drafted: at(n + 1), Phase: docket.PhaseBegun, Counted: at(n + 1),
		Touched: []docket.Touched{{Tenant: "acme", Site: "a.example", From: at(n), Until: at(n + 1), Wanted: 100, Served: 10}, {Tenant: "raisup", Site: "r.example", From: at(n), Until: at(n + 1), Unknown: 1}},
		Known:   []docket.Stated{{Texts: docket.Texts{English: "So.", Chinese: "如此。"}, Source: "records"}},
	}
}

func toldOf(i docket.Incident, n int) docket.Incident {
	words := docket.Texts{English: "We know.", Chinese: "我们知道。"}
	i.Updates = append(i.Updates, docket.Update{Phase: i.Phase, At: at(n), By: "ada", Text: words, Draft: words, Notes: 2})
	return i
}

func aNote(i docket.Incident, update int, t evenkeel.TenantID) docket.Note {
	words := docket.Texts{English: "So.", Chinese: "如此。"}
	return docket.Note{ID: docket.NewNoteID(i.ID, update, t), Incident: i.ID, Update: update, Tenant: t, At: at(9), Subject: words, Text: words}
}

func (s *scene) incidents(since evenkeel.Moment, most int) []docket.Incident {
	s.t.Helper()
	return must(s.t, func(ctx context.Context) ([]docket.Incident, error) { return s.books.RecentIncidents(ctx, since, most) })
}

func (s *scene) pendingNotes(now evenkeel.Moment, most int) []docket.SentNote {
	s.t.Helper()
	return must(s.t, func(ctx context.Context) ([]docket.SentNote, error) { return s.books.PendingNotes(ctx, now, most) })
}

var incidents = []promise{
	{"incidents are kept as they were put last, the newest first, and those that go on however old", func(t *testing.T, s *scene) {
		first, second := anIncident(0), anIncident(30)
		same(t, "nothing", s.incidents(0, 9), nil)
		s.put(docket.Changes{Tenant: docket.House, Incidents: []docket.Incident{first, second}})
		same(t, "both", s.incidents(0, 9), []docket.Incident{second, first})
		same(t, "one", s.incidents(0, 1), []docket.Incident{second})
		brief := second
		brief.Touched = nil
		same(t, "in brief", must(t, func(ctx context.Context) ([]docket.Incident, error) { return s.books.BriefIncidents(ctx, 0, 1) }), []docket.Incident{brief})
		same(t, "the old one goes on", s.incidents(at(10), 9), []docket.Incident{second, first})
		first.Phase, first.Over = docket.PhaseOver, at(20)
		s.put(docket.Changes{Incidents: []docket.Incident{first}})
		same(t, "the old one is over", s.incidents(at(10), 9), []docket.Incident{second})
		s.transact(func(tx docket.Tx) error {
			got, err := tx.Incident(first.ID)
			same(t, "in a transaction", got, first)
			if _, err := tx.Incident("i-none"); evenkeel.KindOf(err) != evenkeel.KindNotFound {
				t.Errorf("none: %v", err)
			}
			return err
		})
	}},
	{"what was sent is not edited, and what is discarded or over stays so", func(t *testing.T, s *scene) {
		i := toldOf(anIncident(0), 3)
		s.put(docket.Changes{Incidents: []docket.Incident{i}})
		edited := toldOf(anIncident(0), 3)
		edited.Updates[0].Text.English = "We never knew."
		s.refused(docket.Changes{Incidents: []docket.Incident{edited}}, evenkeel.KindConflict)
		s.refused(docket.Changes{Incidents: []docket.Incident{anIncident(0)}}, evenkeel.KindConflict)
		i = toldOf(i, 4)
		i.Phase, i.Over, i.Dropped = docket.PhaseOver, at(20), &docket.Word{By: "ada", At: at(21), Why: "It was a test."}
		s.put(docket.Changes{Incidents: []docket.Incident{i}})
		back := i
		back.Dropped = nil
		s.refused(docket.Changes{Incidents: []docket.Incident{back}}, evenkeel.KindConflict)
		back = i
		back.Phase, back.Over = docket.PhaseBegun, 0
		s.refused(docket.Changes{Incidents: []docket.Incident{back}}, evenkeel.KindConflict)
		same(t, "what is kept", s.incidents(0, 9), []docket.Incident{i})
	}},
	{"an incident or a note that could never be right is refused", func(t *testing.T, s *scene) {
		for _, spoil := range []func(*docket.Incident){
			func(i *docket.Incident) { i.ID = "i-1" },
			func(i *docket.Incident) { i.Phase = 0 },
			func(i *docket.Incident) { i.Phase = docket.PhaseOver },
			func(i *docket.Incident) { i.Drafted = 0 },
			func(i *docket.Incident) { i.Touched[0], i.Touched[1] = i.Touched[1], i.Touched[0] },
			func(i *docket.Incident) { *i = toldOf(*i, 1); i.Updates[0].By = "" },
			func(i *docket.Incident) { *i = toldOf(*i, 1); i.Updates[0].Text.Chinese = "" },
			func(i *docket.Incident) { *i = toldOf(*i, 1); i.Updates[0].Corrects = 1 },
		} {
			i := anIncident(1)
			spoil(&i)
			s.refused(docket.Changes{Incidents: []docket.Incident{i}}, evenkeel.KindInvalid)
		}
		i := anIncident(1)
		s.refused(docket.Changes{Notes: []docket.Note{aNote(i, 1, "acme")}}, evenkeel.KindInvalid)
		for _, spoil := range []func(*docket.Note){
			func(n *docket.Note) { n.Tenant = "bob" },
			func(n *docket.Note) { n.Update = 2 },
			func(n *docket.Note) { n.Text.Chinese = "" },
			func(n *docket.Note) { n.At = 0 },
		} {
			n := aNote(i, 1, "acme")
			spoil(&n)
			s.refused(docket.Changes{Incidents: []docket.Incident{i}, Notes: []docket.Note{n}}, evenkeel.KindInvalid)
		}
	}},
	{"notes wait until they are over, each once, and what became of them is only added to", func(t *testing.T, s *scene) {
		i := toldOf(anIncident(0), 3)
		a, r := aNote(i, 1, "acme"), aNote(i, 1, "raisup")
		s.put(docket.Changes{Incidents: []docket.Incident{i}, Notes: []docket.Note{a, r, a}})
		s.put(docket.Changes{Notes: []docket.Note{r}})
		same(t, "what waits", s.pendingNotes(at(0), 9), []docket.SentNote{{Note: a}, {Note: r}})
		took := docket.SentNote{Note: a, Deliveries: []docket.NoteDelivery{{Channel: "mail", To: "owner", At: at(4), Says: "250"}}, Attempts: 1, Next: at(8), Why: "busy"}
		s.noError(s.books.NoteBecame(t.Context(), took))
		same(t, "what waits before it is due", s.pendingNotes(at(8).Add(-time.Second), 9), []docket.SentNote{{Note: r}})
		same(t, "what waits then", s.pendingNotes(at(8), 9), []docket.SentNote{took, {Note: r}})
		same(t, "that due longest", s.pendingNotes(at(8), 1), []docket.SentNote{{Note: r}})
		if err := s.books.NoteBecame(t.Context(), docket.SentNote{Note: a}); evenkeel.KindOf(err) != evenkeel.KindConflict {
			t.Errorf("a delivery was taken away: %v", err)
		}
		took.Over = at(9)
		s.noError(s.books.NoteBecame(t.Context(), took))
		again := took
		again.Over = 0
		if err := s.books.NoteBecame(t.Context(), again); evenkeel.KindOf(err) != evenkeel.KindConflict {
			t.Errorf("a note that is over waits again: %v", err)
		}
		s.put(docket.Changes{Notes: []docket.Note{a}}) // twice is once
		same(t, "those of the incident", must(t, func(ctx context.Context) ([]docket.SentNote, error) { return s.books.NotesOf(ctx, i.ID) }), []docket.SentNote{took, {Note: r}})
		same(t, "what waits at the end", s.pendingNotes(at(99), 9), []docket.SentNote{{Note: r}})
		if err := s.books.NoteBecame(t.Context(), docket.SentNote{Note: aNote(i, 2, "acme")}); evenkeel.KindOf(err) != evenkeel.KindNotFound {
			t.Errorf("what became of a note that nobody keeps: %v", err)
		}
	}},
}
