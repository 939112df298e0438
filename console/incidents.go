package console

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Incidents are when the platform itself was hurt, and what people tell of it.
type Incidents interface {
	// RecentIncidents are those that began since, or are not over, the newest first, at most so many.
	RecentIncidents(ctx context.Context, since evenkeel.Moment, most int) ([]docket.Incident, error)
	// NotesOf are the notes of one, and what became of each.
	NotesOf(ctx context.Context, i docket.IncidentID) ([]docket.SentNote, error)
	// Draft is what may be sent of one as it is, and Note what a tenant would read of the update with that number, from 1.
	Draft(i *docket.Incident) docket.Texts
	Note(i *docket.Incident, update int, t evenkeel.TenantID) docket.Note
	// Publish sends an update to the status page and to those who are touched, and Discard finds that an incident is none. The
	// same id handed in twice counts once. An error of evenkeel.Error says why it may not be done, and is shown.
	Publish(ctx context.Context, x Publication) error
	Discard(ctx context.Context, id string, i docket.IncidentID, w docket.Word) error
}

// Publication is what a person sends of an incident.
type Publication struct {
	ID       string
	Incident docket.IncidentID
	By       evenkeel.PersonID
	Text     docket.Texts
	Corrects int // the number of the update that was wrong, from 1; 0: none
	// NoCustomer are words of the text of which the person says that they mean no tenant here, though one is called so.
	NoCustomer []string
	Back       evenkeel.Moment // when sites are expected back, which their own pages say; 0: not said
}

const (
	maxIncidents = 50   // on a page of the list
	mostKept     = 1000 // that are read
	maxOwnSites  = 200  // of those who are touched, on one page
	mostBack     = int(docket.MostBack / time.Minute)
)

// incidentsView is the list.
type incidentsView struct {
	Goes []incidentLine // that are not over, or wait for a person
	Past []incidentLine
	Part part
	Now  evenkeel.Moment
}

// incidentLine is one in the list.
type incidentLine struct {
	docket.Incident
	Mark    Mark
	Tenants int
	Sites   int
	Sent    int
}

func incidentOf(i *docket.Incident) incidentLine {
	l := incidentLine{Incident: *i, Tenants: len(i.Tenants()), Sites: len(i.Touched) + i.More, Sent: len(i.Updates), Mark: Mark{"mute", "all told"}}
	switch {
	case i.Dropped != nil:
		l.Mark = Mark{"mute", "discarded"}
	case i.Waits() && l.Sent > 0:
		l.Mark = Mark{"warn", "its end waits to be sent"}
	case i.Waits():
		l.Mark = Mark{"danger", "nothing was sent"}
	case i.Phase != docket.PhaseOver:
		l.Mark = Mark{"warn", "goes on"}
	}
	return l
}

// incidents lists when the platform was hurt.
func (s *Server) incidents(v *visit) error {
	all, err := s.parts.Incidents.RecentIncidents(v.ctx(), 0, mostKept)
	if err != nil {
		return err
	}
	d := incidentsView{Now: v.now}
	for i := range all {
		l := incidentOf(&all[i])
		if l.Dropped == nil && (l.Waits() || l.Phase != docket.PhaseOver) {
			d.Goes = append(d.Goes, l)
			continue
		}
		d.Past = append(d.Past, l)
	}
	d.Part = v.pages("/incidents").of("from", len(d.Past), maxIncidents, "past", "incidents")
	d.Past = d.Past[d.Part.From:d.Part.Until]
	return s.show(v, http.StatusOK, sheet.Page{Title: "Incidents"}, "incidents", &d)
}

// incidentView is one, with what may be sent of it now.
type incidentView struct {
	refusal
	incidentLine
	Took     string // from the first breach to the first note; "" where none was sent
	Drafts   string // from the first breach to the draft
	Stated   []statedView
	Tongue   string // of these
	Own      []touchedView
	Left     int // sites that are not shown
	Told     []updateView
	Draft    docket.Texts
	Typed    docket.Texts // what stands in the form
	Corrects int
	None     string // typed: words that mean no customer, a line each
	Back     string // typed: minutes until sites are expected back
	MostBack int
	Why      string // typed: why it is none
	Nonce    string
	Note     *docket.Note // what one of the tenants would read
	NoteOf   string
	Pressed  string // which form was refused
	Done     string
	May      bool
	Now      evenkeel.Moment
}

// statedView is one sentence of the draft.
type statedView struct {
	Says, Source string
	Doubt        bool
}

// touchedView is a site that is touched, and whose it is.
type touchedView struct {
	docket.Touched
	Name   string
	Href   string // what its tenant would read
	Missed int64
}

// updateView is an update that was sent, and how many have it.
type updateView struct {
	docket.Update
	N                  int
	Got, Waits, Failed int
}

// theIncident is the one that is asked for.
func (s *Server) theIncident(v *visit) (*docket.Incident, error) {
	id := v.r.PathValue("id")
	all, err := s.parts.Incidents.RecentIncidents(v.ctx(), 0, mostKept)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if string(all[i].ID) == id {
			return &all[i], nil
		}
	}
	return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("there is no incident %.40s", id), Hint: "the page of incidents lists all"}
}

// showIncident shows one.
func (s *Server) showIncident(v *visit) error {
	i, err := s.theIncident(v)
	if err != nil {
		return err
	}
	draft := s.parts.Incidents.Draft(i)
	d := incidentView{Nonce: rand.Text(), Typed: draft}
	switch v.r.URL.Query().Get("done") {
	case "sent":
		d.Done = "It is sent: it stands on the status page and on the pages of touched sites that are down, and the notes leave."
	case "discarded":
		d.Done = "It is discarded: nothing of it is told."
	}
	return s.incidentPage(v, http.StatusOK, i, d)
}

func (s *Server) incidentPage(v *visit, status int, i *docket.Incident, d incidentView) error {
	d.incidentLine, d.Draft, d.Now, d.May = incidentOf(i), s.parts.Incidents.Draft(i), v.now, v.who.Person.May(roll.Decide)
	d.MostBack = mostBack
	there := incidentHref(i.ID)
	d.Drafts = sheet.Length(i.Drafted.Sub(i.Began))
	if len(i.Updates) > 0 {
		d.Took = sheet.Length(i.Updates[0].At.Sub(i.Began))
	}
	for _, x := range i.Touched[:min(len(i.Touched), maxOwnSites)] {
		d.Own = append(d.Own, touchedView{x, s.nameOf(x.Tenant), there + "?" + url.Values{"note": {string(x.Tenant)}}.Encode() + "#note", x.Wanted - x.Served})
	}
	d.Left = len(i.Touched) - len(d.Own) + i.More
	d.Tongue = "en"
	if s.tongue(v.r) == inChinese {
		d.Tongue = "zh-Hans"
	}
	for _, list := range [][]docket.Stated{i.Known, i.Unknown} {
		for _, x := range list {
			d.Stated = append(d.Stated, statedView{x.In(d.Tongue), x.Source, x.Doubt})
		}
	}
	notes, err := s.parts.Incidents.NotesOf(v.ctx(), i.ID)
	if err != nil {
		return err
	}
	for n := range i.Updates {
		u := updateView{Update: i.Updates[n], N: n + 1}
		for k := range notes {
			switch x := &notes[k]; {
			case x.Note.Update != u.N:
			case x.Over == 0:
				u.Waits++
			case x.Why == "":
				u.Got++
			default:
				u.Failed++
			}
		}
		d.Told = append(d.Told, u)
	}
	if t := evenkeel.TenantID(v.r.URL.Query().Get("note")); len(i.Of(t)) > 0 {
		one := *i
		one.Updates = append(i.Updates[:len(i.Updates):len(i.Updates)], docket.Update{Phase: i.Phase, At: v.now, Text: d.Draft, Draft: d.Draft})
		n := s.parts.Incidents.Note(&one, len(one.Updates), t)
		d.Note, d.NoteOf = &n, s.nameOf(t)
	}
	page := sheet.Page{Title: "Incident of " + i.Began.Time().Format("2006-01-02 15:04") + " UTC", Lead: `<p class="back"><a href="/incidents">Incidents</a></p>`}
	return s.show(v, status, page, "incident", &d)
}

func incidentHref(id docket.IncidentID) string { return "/incidents/" + url.PathEscape(string(id)) }

// publish sends what was typed; what is typed and refused is shown again.
func (s *Server) publish(v *visit) error {
	i, err := s.theIncident(v)
	if err != nil {
		return err
	}
	d := incidentView{Pressed: "send", Nonce: v.form["nonce"], Typed: docket.Texts{English: v.form.text("english"), Chinese: v.form.text("chinese")}}
	if d.Typed.English == "" {
		d.wrong("english", "Say it in English: those who are touched read one of both languages.")
	}
	if d.Typed.Chinese == "" {
		d.wrong("chinese", "Say it in Chinese: those who are touched read one of both languages.")
	}
	if c := v.form.line("corrects"); c != "" {
		if d.Corrects, err = strconv.Atoi(c); err != nil || d.Corrects < 1 || d.Corrects > len(i.Updates) {
			d.Corrects = 0
			d.wrong("corrects", "Choose one of the updates that were sent, or none.")
		}
	}
	d.None, d.Back = v.form.text("none"), v.form.line("back")
	var none []string
	for word := range strings.Lines(d.None) {
		if word = strings.TrimSpace(word); word != "" {
			none = append(none, word)
		}
	}
	var back evenkeel.Moment
	if d.Back != "" {
		minutes, err := strconv.Atoi(d.Back)
		if err != nil || minutes < 1 || minutes > mostBack {
			d.wrong("back", "Write a number of minutes from 1 to %d, or nothing where it is not known.", mostBack)
		} else {
			back = v.now.Add(time.Duration(minutes) * time.Minute)
		}
	}
	return s.saidOf(v, i, d, "sent", func(id string) error {
		return s.parts.Incidents.Publish(v.ctx(), Publication{ID: id, Incident: i.ID, By: v.who.Person.ID, Text: d.Typed, Corrects: d.Corrects, NoCustomer: none, Back: back})
	})
}

// discard takes in that an incident is none.
func (s *Server) discard(v *visit) error {
	i, err := s.theIncident(v)
	if err != nil {
		return err
	}
	d := incidentView{Pressed: "discard", Nonce: v.form["nonce"], Typed: s.parts.Incidents.Draft(i)}
	d.Why = reason(v.form, "reason", &d.refusal)
	return s.saidOf(v, i, d, "discarded", func(id string) error {
		return s.parts.Incidents.Discard(v.ctx(), id, i.ID, docket.Word{By: v.who.Person.ID, At: v.now, Why: d.Why})
	})
}

// saidOf does what a form about an incident says, once, or shows it again with why not.
func (s *Server) saidOf(v *visit, i *docket.Incident, d incidentView, done string, do func(id string) error) error {
	var err error
	switch {
	case !nonceForm.MatchString(d.Nonce):
		d.Nonce = rand.Text()
		err = &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the form is not whole", Hint: "send it again; what you typed is still here"}
	case len(d.Wrong) > 0:
		err = evenkeel.Invalid("%s", "nothing was done yet: something is missing")
	default:
		err = do(v.sent(docket.Act{}, cmp.Or(d.Pressed, "send")+" "+string(i.ID)).ID)
	}
	switch {
	case err == nil:
		http.Redirect(v.w, v.r, incidentHref(i.ID)+"?done="+done+"#content", http.StatusSeeOther)
		return nil
	case evenkeel.KindOf(err) == evenkeel.KindInternal:
		return err
	}
	d.Refused, d.Hint = strings.TrimSpace(told(err)), evenkeel.HintOf(err)
	return s.incidentPage(v, evenkeel.KindOf(err).HTTPStatus(), i, d)
}
