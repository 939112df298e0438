package docket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
)

// IncidentID names a time in which the platform itself was hurt; it is derived from when that began.
type IncidentID string

// NewIncidentID derives the id.
func NewIncidentID(began evenkeel.Moment) IncidentID {
	sum := sha256.Sum256([]byte("evenkeel incident 1\n" + began.String()))
	return IncidentID("i-" + hex.EncodeToString(sum[:8]))
}

// NoteID names a note to one tenant; it is derived, so that twice is once.
type NoteID string

// NewNoteID derives the id of what a tenant is told by one update of an incident.
func NewNoteID(i IncidentID, update int, t evenkeel.TenantID) NoteID {
	sum := sha256.Sum256([]byte("evenkeel note 1\n" + string(i) + "\n" + strconv.Itoa(update) + "\n" + string(t)))
	return NoteID("nt-" + hex.EncodeToString(sum[:12]))
}

// Bounds of what is kept of an incident.
const (
	MaxTouched   = 20_000  // sites; beyond them Incident.More counts
	MaxUpdates   = 200     // that were sent
	MaxNoteText  = 8 << 10 // bytes, of one language
	MaxDelivered = 64      // deliveries of one note
)

// How long what a person sent is shown on the pages of sites, and how much later they may be expected back.
const (
	NewsFor  = 24 * time.Hour
	MostBack = 7 * 24 * time.Hour
)

// Phase is how far an incident is.
type Phase uint8

// The phases, in their order.
const (
	PhaseBegun      Phase = iota + 1 // requests are not served, and nobody knows why
	PhaseIdentified                  // what it comes from is known
	PhaseOver                        // for a while all requests were served
)

var phases = [...]string{PhaseBegun: "begun", PhaseIdentified: "identified", PhaseOver: "over"}

// String returns the phase's word.
func (p Phase) String() string {
	if int(p) >= len(phases) || phases[p] == "" {
		return "invalid"
	}
	return phases[p]
}

// MarshalText writes String.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the word.
func (p *Phase) UnmarshalText(b []byte) (err error) {
	*p, err = parseWord[Phase]("phase", phases[:], string(b))
	return err
}

// Texts are the same words in the languages that the public is told in.
type Texts struct {
	English string `json:"en"`
	Chinese string `json:"zh"`
}

// In returns the words in a language: Chinese where its tag begins with zh, English otherwise.
func (t Texts) In(lang string) string {
	if len(lang) >= 2 && lang[:2] == "zh" {
		return t.Chinese
	}
	return t.English
}

// Stated is one sentence of a draft, and where it comes from.
type Stated struct {
	Texts
	Source string `json:"source"`          // for people of the operator's: records, or a decision whose leaf proves it
	Doubt  bool   `json:"doubt,omitempty"` // it says what is not known
}

// Touched is a site some of whose requests were not served: minutes of that in [From, Until), and what was counted in
// them alone.
type Touched struct {
	Tenant evenkeel.TenantID `json:"tenant"`
	Site   evenkeel.AssetID  `json:"site"`
	From   evenkeel.Moment   `json:"from"`
	Until  evenkeel.Moment   `json:"until"`
	Wanted int64             `json:"wanted"`
	Served int64             `json:"served"`
	// Unknown is how many minutes nothing is counted of, since every edge that had served the site was silent.
	Unknown int `json:"unknown,omitempty"`
}

// Update is what a person let the public and tenants know.
type Update struct {
	Phase    Phase             `json:"phase"`
	At       evenkeel.Moment   `json:"at"`
	By       evenkeel.PersonID `json:"by"`
	Text     Texts             `json:"text"`
	Draft    Texts             `json:"draft"`              // as it was shown; what differs in Text is the person's
	Corrects int               `json:"corrects,omitempty"` // the number of the update that was wrong, from 1; 0: none
	Notes    int               `json:"notes"`              // tenants who are written to
	// NoCustomer are words of which who sent it said that they mean no tenant, though one is called so.
	NoCustomer string `json:"no_customer,omitempty"`
	// Back is when who sent it expects the sites back; 0: not said. Their pages say it, and nothing else.
	Back evenkeel.Moment `json:"back,omitempty"`
}

// Edited says whether a person changed the draft.
func (u *Update) Edited() bool { return u.Text != u.Draft }

// Incident is a time in which the platform itself was hurt: sites of several tenants were not served.
type Incident struct {
	ID      IncidentID      `json:"id"`
	Began   evenkeel.Moment `json:"began"`
	Until   evenkeel.Moment `json:"until,omitempty"` // the end of the last minute in which requests were not served
	Over    evenkeel.Moment `json:"over,omitempty"`  // since when it counts as over; 0: it goes on
	Drafted evenkeel.Moment `json:"drafted"`         // when there was a draft
	Phase   Phase           `json:"phase"`
	Counted evenkeel.Moment `json:"counted"`        // minutes before are in Touched, and not counted again
	Touched []Touched       `json:"touched"`        // by tenant, then site
	More    int             `json:"more,omitempty"` // sites beyond MaxTouched
	Known   []Stated        `json:"known,omitempty"`
	Unknown []Stated        `json:"unknown,omitempty"`
	Updates []Update        `json:"updates,omitempty"` // in their order
	Called  evenkeel.Moment `json:"called,omitempty"`  // when people were called since nobody had sent anything
	Dropped *Word           `json:"dropped,omitempty"` // a person found that it is none
}

// Waits says whether a person has neither sent nor discarded what is drafted: the first of it, or that it is over.
func (i *Incident) Waits() bool {
	last := len(i.Updates)
	return i.Dropped == nil && (last == 0 || i.Phase == PhaseOver && i.Updates[last-1].Phase != PhaseOver)
}

// Tenants are those who are touched, in their order, each once.
func (i *Incident) Tenants() (out []evenkeel.TenantID) {
	for _, t := range i.Touched {
		if n := len(out); n == 0 || out[n-1] != t.Tenant {
			out = append(out, t.Tenant)
		}
	}
	return out
}

// Of are the sites of one tenant that are touched.
func (i *Incident) Of(t evenkeel.TenantID) (out []Touched) {
	for _, x := range i.Touched {
		if x.Tenant == t {
			out = append(out, x)
		}
	}
	return out
}

// Check says what an incident lacks, or nil.
func (i *Incident) Check() error {
	switch {
	case i.Began == 0 || i.ID != NewIncidentID(i.Began) || i.Phase.String() == "invalid" || i.Drafted == 0:
		return evenkeel.Invalid("incident %q, %s, began %s; expected an id made of when it began, a phase and when it was drafted", i.ID, i.Phase, i.Began)
	case len(i.Touched) > MaxTouched || len(i.Updates) > MaxUpdates:
		return evenkeel.Invalid("incident %s has %d sites and %d updates; expected at most %d and %d", i.ID, len(i.Touched), len(i.Updates), MaxTouched, MaxUpdates)
	case (i.Phase == PhaseOver) != (i.Over != 0):
		return evenkeel.Invalid("incident %s is %s and over since %s; expected both or neither", i.ID, i.Phase, i.Over)
	}
	for n := range i.Updates {
		if u := &i.Updates[n]; u.By == "" || u.At == 0 || u.Text.English == "" || u.Text.Chinese == "" || u.Corrects > n {
			return evenkeel.Invalid("update %d of incident %s; expected who sent it, when, and its words in English and Chinese", n+1, i.ID)
		}
	}
	if !slices.IsSortedFunc(i.Touched, compareTouched) {
		return evenkeel.Invalid("incident %s: expected its sites by tenant, then site, each once", i.ID)
	}
	return nil
}

// compareTouched is the order of Incident.Touched.
func compareTouched(a, b Touched) int {
	if a.Tenant != b.Tenant {
		if a.Tenant < b.Tenant {
			return -1
		}
		return 1
	}
	if a.Site < b.Site {
		return -1
	}
	if a.Site > b.Site {
		return 1
	}
	return 0
}

// Supersedes says what speaks against an incident in the place of what is kept of it, or nil: what was sent stays as
// it was sent, and what was discarded, or is over, stays so.
func (i *Incident) Supersedes(was *Incident) error {
	switch {
	case len(i.Updates) < len(was.Updates) || !slices.Equal(i.Updates[:len(was.Updates)], was.Updates):
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "incident " + string(i.ID) + ": what was sent is not edited"}
	case was.Dropped != nil && (i.Dropped == nil || *i.Dropped != *was.Dropped):
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "incident " + string(i.ID) + ": it was discarded"}
	case was.Over != 0 && i.Over != was.Over:
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "incident " + string(i.ID) + ": it is over"}
	}
	return nil
}

// Note is what one tenant is told of an incident. It leaves by an outbox of its own, as notices do.
type Note struct {
	ID       NoteID            `json:"id"`
	Incident IncidentID        `json:"incident"`
	Update   int               `json:"update"` // its number, from 1
	Tenant   evenkeel.TenantID `json:"tenant"`
	At       evenkeel.Moment   `json:"at"`
	Subject  Texts             `json:"subject"`
	Text     Texts             `json:"text"` // plain, paragraphs between blank lines
}

// Check says what a note lacks, or nil.
func (n *Note) Check() error {
	if n.Tenant == "" || n.At == 0 || n.ID != NewNoteID(n.Incident, n.Update, n.Tenant) || n.Subject.English == "" || n.Subject.Chinese == "" || n.Text.English == "" || n.Text.Chinese == "" {
		return evenkeel.Invalid("note %q to tenant %q; expected its words in English and Chinese, and an id made of its incident, update and tenant", n.ID, n.Tenant)
	}
	if max(len(n.Text.English), len(n.Text.Chinese)) > MaxNoteText {
		return evenkeel.Invalid("note %s is longer than %d bytes", n.ID, MaxNoteText)
	}
	return nil
}

// NoteDelivery is a note that one recipient's server took, or will not take.
type NoteDelivery struct {
	Channel string          `json:"channel"`
	To      string          `json:"to"` // a redact.Label; never an address
	At      evenkeel.Moment `json:"at"`
	Refused bool            `json:"refused,omitempty"` // for good
	Says    string          `json:"says,omitempty"`
}

// SentNote is a note and what became of it.
type SentNote struct {
	Note       Note            `json:"note"`
	Deliveries []NoteDelivery  `json:"deliveries,omitempty"` // only appended
	Attempts   int             `json:"attempts,omitempty"`   // that came to nothing
	Next       evenkeel.Moment `json:"next,omitempty"`       // when the next is due; 0: at once
	Over       evenkeel.Moment `json:"over,omitempty"`       // since when nobody is tried any more; 0: it waits
	Why        string          `json:"why,omitempty"`        // what the last attempt met; of one that is over: why nobody got it
}

// Incidents is what of the books whoever writes and tells of incidents looks at.
type Incidents interface {
	// RecentIncidents returns those that began at or after a moment, and whichever are not over, the newest first: at most so many.
	RecentIncidents(ctx context.Context, since evenkeel.Moment, most int) ([]Incident, error)
	// BriefIncidents are the same without who is touched, of whom there may be many.
	BriefIncidents(ctx context.Context, since evenkeel.Moment, most int) ([]Incident, error)
	// PendingNotes returns notes that are not over and due at now, in the order of their writing: at most so many.
	PendingNotes(ctx context.Context, now evenkeel.Moment, most int) ([]SentNote, error)
	// NotesOf returns the notes of an incident, in the order of their writing.
	NotesOf(ctx context.Context, i IncidentID) ([]SentNote, error)
	// NoteBecame keeps what became of a note. What is over stays so, and deliveries are only appended (KindConflict).
	// KindNotFound where there is no such note.
	NoteBecame(ctx context.Context, n SentNote) error
}

// Supersedes says what speaks against what became of a note in the place of what is kept, or nil.
func (n *SentNote) Supersedes(was *SentNote) error {
	if len(n.Deliveries) < len(was.Deliveries) || !slices.Equal(n.Deliveries[:len(was.Deliveries)], was.Deliveries) || len(n.Deliveries) > MaxDelivered || was.Over != 0 && n.Over != was.Over {
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "note " + string(n.Note.ID) + ": what became of it is not edited"}
	}
	return nil
}
