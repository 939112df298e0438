package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/incident"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// incidentsPath is where a person sends or discards what is drafted about an incident.
const incidentsPath = "/incidents"

// IncidentWish is what a person says of an incident.
type IncidentWish struct {
	ID       string            `json:"id"` // so that twice is once
	Incident docket.IncidentID `json:"incident"`
	By       evenkeel.PersonID `json:"by"`
	Discard  string            `json:"discard,omitempty"` // why it is none; "": it is sent
	Text     docket.Texts      `json:"text"`              // in the place of the draft; zero: the draft
	Corrects int               `json:"corrects,omitempty"`
	// NoCustomer are words of the text that mean no customer, though one is called so.
	NoCustomer []string        `json:"no_customer,omitempty"`
	Back       evenkeel.Moment `json:"back,omitempty"` // when sites are expected back; 0: not said
}

// asksIncident sends or discards, at the word of the directory's owner.
func (h *hatch) asksIncident(ctx context.Context, w http.ResponseWriter, r *http.Request, who ownsocket.Peer) {
	var x IncidentWish
	err := h.asks(r, who, &x, "what a person says of an incident", `{"id":"a-1","incident":"i-0123456789abcdef","by":"anna"}`)
	var i docket.Incident
	if err == nil {
		i, err = h.incidents(ctx, &x)
	}
	told := []slog.Attr{slog.Int64("user", int64(who.User)), slog.Int64("process", int64(who.Process)), slog.String("incident", fmt.Sprintf("%.40q", x.Incident)), slog.String("person", fmt.Sprintf("%.80q", x.By)), slog.Bool("discard", x.Discard != "")}
	if err != nil {
		h.log.LogAttrs(ctx, slog.LevelWarn, "what a person said of an incident was refused at the control socket", told...)
		ownsocket.Refuse(w, evenkeel.KindOf(err).HTTPStatus(), err)
		return
	}
	h.log.LogAttrs(ctx, slog.LevelInfo, "a person sent or discarded what is drafted about an incident at the control socket", told...)
	ownsocket.Tell(w, answerType, http.StatusOK, i)
}

// askedOfIncident does what a person says of an incident: it takes the role of who decides.
func (h *house) askedOfIncident(ctx context.Context, x *IncidentWish) (i docket.Incident, err error) {
	who, _, err := h.named(ctx, x.By)
	if err != nil {
		return i, err
	}
	if who != nil && !who.May(roll.Decide) {
		return i, &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("to tell tenants of an incident is for those with the role %s", roll.JoinRoles(roll.With(roll.Decide))),
			Hint: "ask one of them; evenkeel staff list shows who they are",
		}
	}
	if x.ID == "" {
		return i, evenkeel.Invalid("it has no id; expected one, so that twice is once")
	}
	if x.Discard != "" {
		if err := h.judge.Discard(ctx, x.ID, x.Incident, docket.Word{By: x.By, At: h.now(), Why: x.Discard}); err != nil {
			return i, err
		}
		return h.incidentOf(ctx, x.Incident)
	}
	return h.publish(ctx, judge.Publication{ID: x.ID, Incident: x.Incident, By: x.By, Text: x.Text, Corrects: x.Corrects, NoCustomer: x.NoCustomer, Back: x.Back})
}

// OfIncident has what a person says of an incident done by the process that serves a data directory.
func OfIncident(ctx context.Context, dir string, x IncidentWish) (i docket.Incident, err error) {
	message, err := json.Marshal(x)
	if err != nil {
		return i, err
	}
	body, err := ask(ctx, dir, incidentsPath, answerType, message)
	if err != nil {
		return i, err
	}
	if err := json.Unmarshal(body, &i); err != nil {
		return i, unanswered(filepath.Join(dir, fileControl), err)
	}
	return i, nil
}

// Incidents are when the platform was hurt, the newest first.
func (b *Books) Incidents(ctx context.Context) ([]docket.Incident, error) {
	return b.db.RecentIncidents(ctx, 0, 1000)
}

// NotesOf are the notes of an incident and what became of them.
func (b *Books) NotesOf(ctx context.Context, i docket.IncidentID) ([]docket.SentNote, error) {
	return b.db.NotesOf(ctx, i)
}

// told are incidents as the console shows them and people send them there: as at the control socket.
type told struct{ *house }

// RecentIncidents are the newest.
func (t told) RecentIncidents(ctx context.Context, since evenkeel.Moment, most int) ([]docket.Incident, error) {
	return t.books.RecentIncidents(ctx, since, most)
}

// NotesOf are the notes of one.
func (t told) NotesOf(ctx context.Context, i docket.IncidentID) ([]docket.SentNote, error) {
	return t.books.NotesOf(ctx, i)
}

// Publish sends an update.
func (t told) Publish(ctx context.Context, x console.Publication) error {
	_, err := t.publish(ctx, judge.Publication{ID: x.ID, Incident: x.Incident, By: x.By, Text: x.Text, Corrects: x.Corrects, NoCustomer: x.NoCustomer, Back: x.Back})
	return err
}

// Discard finds that one is none.
func (t told) Discard(ctx context.Context, id string, i docket.IncidentID, w docket.Word) error {
	return t.judge.Discard(ctx, id, i, w)
}

// Draft is what may be sent of one.
func (told) Draft(i *docket.Incident) docket.Texts { return incident.Draft(i) }

// Note is what a tenant would read.
func (told) Note(i *docket.Incident, update int, t evenkeel.TenantID) docket.Note {
	return incident.Note(i, update, t)
}

// shownAlone are incidents of books that are only read.
type shownAlone struct{ docket.Incidents }

// Draft is what might have been sent of one.
func (shownAlone) Draft(i *docket.Incident) docket.Texts { return incident.Draft(i) }

// Note is what a tenant would have read.
func (shownAlone) Note(i *docket.Incident, update int, t evenkeel.TenantID) docket.Note {
	return incident.Note(i, update, t)
}

// Publish sends nothing.
func (shownAlone) Publish(context.Context, console.Publication) error { return onlyShown() }

// Discard takes nothing in.
func (shownAlone) Discard(context.Context, string, docket.IncidentID, docket.Word) error {
	return onlyShown()
}

func onlyShown() error {
	_, err := nothingIsDecided(context.Background(), docket.Act{})
	return err
}
