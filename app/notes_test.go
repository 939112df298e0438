package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/incident"
	"github.com/evenkeel/evenkeel/store/memory"
)

// addressBook is who can be written to.
type addressBook map[evenkeel.TenantID][]evenkeel.Contact

func (b addressBook) Of(t evenkeel.TenantID) []evenkeel.Contact { return b[t] }

// letterbox takes letters; down: nothing goes through; gone: the process ends with the letter that leaves then.
type letterbox struct {
	got  map[string]*courier.Letter // by address
	n    int
	down bool
}

func (b *letterbox) Name() string { return "mail" }

func (b *letterbox) Send(_ context.Context, l *courier.Letter) (string, error) {
	if b.down {
		return "", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "no server"}
	}
	b.n++
	b.got[l.To.Email] = l
	return "250", nil
}

// dying are books that cannot be written to after so many times.
type dying struct {
	docket.Incidents
	after int
}

var errDied = errors.New("the process ended")

func (d *dying) NoteBecame(ctx context.Context, n docket.SentNote) error {
	if d.after--; d.after < 0 {
		return errDied
	}
	return d.Incidents.NoteBecame(ctx, n)
}

// TestEachWhoIsTouchedGetsTheNoteOnceWhateverEnds sends to a hundred tenants, ends between deliveries, and goes on.
func TestEachWhoIsTouchedGetsTheNoteOnceWhateverEnds(t *testing.T) {
	const tenants = 100
	began := evenkeel.MomentOf(time.Date(2023, 12, 4, 20, 0, 0, 0, time.UTC))
	var found []incident.Breach
	contacts := addressBook{}
	for n := range tenants {
		id := evenkeel.TenantID(fmt.Sprintf("tenant-%03d", n))
		found = append(found, incident.Breach{Tenant: id, Asset: evenkeel.AssetID(fmt.Sprintf("site-%03d.example", n)), From: began, Until: began.Add(time.Minute), Wanted: 100, Served: 10})
		contacts[id] = []evenkeel.Contact{{Role: "owner", Email: fmt.Sprintf("o%d@example.net", n), Lang: []string{"en", "zh-CN"}[n%2]}, {Role: "technical", Email: fmt.Sprintf("t%d@example.net", n)}}
	}
	contacts["tenant-099"] = nil
	var course incident.Course
	i := *course.Step(incident.Bounds{}, found, incident.Known{Edges: 15}, began.Add(80*time.Second))
	draft := incident.Draft(&i)
	i.Updates = []docket.Update{{Phase: i.Phase, At: began.Add(2 * time.Minute), By: "anna", Text: draft, Draft: draft, Notes: tenants}}
	c := docket.Changes{Tenant: docket.House, Incidents: []docket.Incident{i}}
	for _, id := range i.Tenants() {
		c.Notes = append(c.Notes, incident.Note(&i, 1, id))
	}
	books := memory.New(nil)
	if err := books.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(c) }); err != nil {
		t.Fatal(err)
	}
	now := began.Add(2 * time.Minute)
	mail := &letterbox{got: map[string]*courier.Letter{}, down: true}
	d := &dying{books, 1 << 30}
	marks := marksUnder(secret{1})
	n := &noter{books: d, contacts: contacts, channel: mail, marks: marks, head: courier.Letterhead{Operator: "Example Cloud", Domain: "example.net", ReplyTo: "a@example.net"}, now: func() evenkeel.Moment { return now }, warn: func(error) {}}
	deaths := 0
	for round := range 40 { // the server is down at first; then the process ends after some writes, again and again
		err := n.round(t.Context())
		if err != nil && !errors.Is(err, errDied) {
			t.Fatal(err)
		}
		if errors.Is(err, errDied) {
			deaths++
			n.unkept = nil // what the process knew is gone
		}
		now = now.Add(time.Minute)
		if mail.down, d.after = false, 1<<30; round < 20 {
			d.after = 7
		}
	}
	if want := 2 * (tenants - 1); len(mail.got) != want || mail.n > want+deaths || deaths == 0 {
		t.Fatalf("%d letters to %d contacts over %d ends of the process; expected one to each of %d", mail.n, len(mail.got), deaths, want)
	}
	if en, zh := mail.got["o0@example.net"].Message, mail.got["o1@example.net"].Message; !strings.Contains(en.Text, "site-000.example") || !strings.Contains(zh.Subject, "您的站点") {
		t.Errorf("%q, %q", en.Text, zh.Subject)
	}
	kept, err := books.NotesOf(t.Context(), i.ID)
	for k := range kept {
		if got := len(kept[k].Deliveries); err != nil || got != 2 && kept[k].Note.Tenant != "tenant-099" {
			t.Errorf("%s: %d deliveries (%v); expected one for each contact", kept[k].Note.Tenant, got, err)
		}
	}
	for to, l := range mail.got {
		own := contacts[l.Notice.Tenant]
		if own[0].Email != to && own[1].Email != to || strings.Count(l.Message.Text, "site-") != 1 {
			t.Errorf("the letter to %s is of %s:\n%s", to, l.Notice.Tenant, l.Message.Text)
		}
	}
	now = now.Add(25 * time.Hour)
	if err := n.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := books.PendingNotes(t.Context(), now.Add(1000*time.Hour), 999); err != nil || len(left) != 0 {
		t.Errorf("%d notes wait after a day (%v)", len(left), err)
	}
}

// TestALetterThatLeftAsTheProcessEndedHasTheSameMessageID: what left and was not written down has the same Message-ID.
func TestALetterThatLeftAsTheProcessEndedHasTheSameMessageID(t *testing.T) {
	n := courier.Note{ID: "nt-1", Thread: "i-1", Tenant: "acme", Subject: "So", Text: "One.\n\nTwo <b>."}
	head := courier.Letterhead{Operator: "Example Cloud", Domain: "example.net", ReplyTo: "a@example.net"}
	a, err := courier.NoteLetter(&n, courier.Recipient{Role: "owner", Email: "o@example.net"}, head)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := courier.NoteLetter(&n, courier.Recipient{Role: "owner", Email: "o@example.net"}, head)
	if a.Message.ID != b.Message.ID || a.Message.HTML != b.Message.HTML || strings.Contains(a.Message.HTML, "<b>.") {
		t.Errorf("%+v", a.Message)
	}
}
