package console

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// hurt is when the platform of a test was hurt, and what people said of it.
type hurt struct {
	all       []docket.Incident
	notes     []docket.SentNote
	sent      []Publication
	discarded []docket.Word
	acts      map[string]bool
	refuse    error
}

func (h *hurt) RecentIncidents(context.Context, evenkeel.Moment, int) ([]docket.Incident, error) {
	return slices.Clone(h.all), nil
}

func (h *hurt) NotesOf(_ context.Context, i docket.IncidentID) (out []docket.SentNote, err error) {
	for _, n := range h.notes {
		if n.Note.Incident == i {
			out = append(out, n)
		}
	}
	return out, nil
}

func (h *hurt) Publish(_ context.Context, x Publication) error {
	if h.refuse == nil && h.once(x.ID) {
		h.sent = append(h.sent, x)
	}
	return h.refuse
}

func (h *hurt) Discard(_ context.Context, id string, _ docket.IncidentID, w docket.Word) error {
	if h.refuse == nil && h.once(id) {
		h.discarded = append(h.discarded, w)
	}
	return h.refuse
}

func (h *hurt) Draft(i *docket.Incident) docket.Texts {
	d := docket.Texts{English: "Part of our platform does not serve all requests.", Chinese: "我们平台的一部分目前无法应答全部请求。"}
	for _, x := range slices.Concat(i.Known, i.Unknown) {
		d.English, d.Chinese = d.English+" "+x.English, d.Chinese+x.Chinese
	}
	return d
}

func (h *hurt) Note(i *docket.Incident, update int, t evenkeel.TenantID) docket.Note {
	u, own := &i.Updates[update-1], i.Of(t)
	return docket.Note{
		ID: docket.NewNoteID(i.ID, update, t), Incident: i.ID, Update: update, Tenant: t, At: u.At, Subject: docket.Texts{English: "Requests to your sites are not all served", Chinese: "您的站点有部分请求未得到应答"},
		Text: docket.Texts{English: u.Text.English + "\n\n  " + string(own[0].Site) + ": 450 of 600 requests", Chinese: u.Text.Chinese + "\n\n  " + string(own[0].Site) + "：450"},
	}
}

func (h *hurt) once(id string) bool {
	if h.acts == nil {
		h.acts = map[string]bool{}
	}
	new := !h.acts[id]
	h.acts[id] = true
	return new
}

// hurtID is the incident that goes on.
var hurtID = docket.NewIncidentID(noon.Add(-6 * time.Minute))

// incidentAt is one that began so long ago, at sites of two tenants, with what is known of it.
func incidentAt(ago, long time.Duration) docket.Incident {
	began := noon.Add(-ago)
	i := docket.Incident{
		ID: docket.NewIncidentID(began), Began: began, Until: began.Add(long), Drafted: began.Add(80 * time.Second), Phase: docket.PhaseBegun, Counted: began.Add(long),
		Known: []docket.Stated{
			{Texts: docket.Texts{English: "Of 600 requests 450 were not served.", Chinese: "在 600 个请求中，有 450 个未得到应答。"}, Source: "records of 4 edges, part served of the meter site"},
		},
		Unknown: []docket.Stated{{Texts: docket.Texts{English: "We do not know yet why.", Chinese: "原因尚不清楚。"}, Doubt: true}},
	}
	for _, t := range []evenkeel.TenantID{"raisup", "t-shell"} {
		i.Touched = append(i.Touched, docket.Touched{Tenant: t, Site: evenkeel.AssetID(t) + ".example", From: began, Until: i.Until, Wanted: 600, Served: 150, Unknown: 1})
	}
	return i
}

// toldOfIt sends an update of an incident as it is, and has its notes be so far: one arrived, one could not be told.
func toldOfIt(w *world, i *docket.Incident, by evenkeel.PersonID, at evenkeel.Moment) {
	d := w.hurt.Draft(i)
	i.Updates = append(i.Updates, docket.Update{Phase: i.Phase, At: at, By: by, Text: d, Draft: d, Notes: 2})
	for n, t := range i.Tenants() {
		x := docket.SentNote{Note: w.hurt.Note(i, len(i.Updates), t), Over: at}
		if n > 0 {
			x.Why = "no contact is known"
		}
		w.hurt.notes = append(w.hurt.notes, x)
	}
}

// hurting has an incident of which nothing was sent, one that was told and whose end waits, one that is closed, and one that was none.
func hurting(w *world) {
	waits, ends, over, none := incidentAt(6*time.Minute, time.Minute), incidentAt(3*time.Hour, 4*time.Minute), incidentAt(50*time.Hour, 2*time.Minute), incidentAt(70*time.Hour, time.Minute)
	toldOfIt(w, &ends, "anna", ends.Began.Add(4*time.Minute))
	ends.Phase, ends.Over = docket.PhaseOver, ends.Until.Add(10*time.Minute)
	toldOfIt(w, &over, "zoe", over.Began.Add(5*time.Minute))
	over.Phase, over.Over = docket.PhaseOver, over.Until.Add(10*time.Minute)
	toldOfIt(w, &over, "zoe", over.Over.Add(time.Minute))
	none.Phase, none.Over, none.Dropped = docket.PhaseOver, none.Until.Add(10*time.Minute), &docket.Word{By: "ben", At: none.Until, Why: "We restarted the edges."}
	w.hurt.all = []docket.Incident{waits, ends, over, none}
}

// incidentStates are the pages of incidents.
func incidentStates() []state {
	ends := docket.NewIncidentID(noon.Add(-3 * time.Hour))
	return []state{
		{"no incidents", nil, annasToken, "/incidents", 200, []string{"Nothing is hurt, and nothing waits to be sent.", "None."}},
		{"incidents", hurting, annasToken, "/incidents", 200, []string{incidentHref(hurtID), "nothing was sent", "Tenants touched: 2; sites: 2; updates sent: 0", "its end waits to be sent", "all told", "discarded"}},
		{"an incident that waits", hurting, annasToken, incidentHref(hurtID) + "?note=raisup", 200, []string{
			"Drafted", "after that", "none was sent", "What is known, and from where", "not known", `name="nonce"`, "Part of our platform does not serve all requests.", "我们平台的一部分目前无法应答全部请求。", "Send it to all who are touched", "It is none",
			"<bdi>Raisup Ltd</bdi> would read", "raisup.example: 450 of 600 requests", "Minutes without a count", "450 of 600",
		}},
		{"an incident that may not be sent by who looks", func(w *world) {
			hurting(w)
			w.sessions["token-of-zoe"] = Session{Person: Person{ID: "zoe", Roles: []Role{RoleViewer}}, Until: never, Enrolled: true}
		}, "token-of-zoe", incidentHref(hurtID), 200, []string{"What would go out", "reviewers and leads send it"}},
		{"an incident that was told", hurting, annasToken, incidentHref(ends) + "?done=sent", 200, []string{"It is sent: it stands on the status page and on the pages of touched sites that are down", "Which update was wrong", "update 1", "Send an update to all who are touched", "as drafted", "Tenants written to: 2; have it: 1; wait: 0; could not be told: 1"}},
		{"an incident that was none", hurting, annasToken, incidentHref(docket.NewIncidentID(noon.Add(-70*time.Hour))) + "?done=discarded", 200, []string{"nothing of it is told", "Discarded by <bdi>ben</bdi>", "We restarted the edges."}},
	}
}

func sending(english, chinese, corrects string) url.Values {
	return url.Values{"nonce": {nonce}, "english": {english}, "chinese": {chinese}, "corrects": {corrects}}
}

// TestAPersonSendsWhatTheyTyped of an incident: once, however often the button is pressed.
func TestAPersonSendsWhatTheyTyped(t *testing.T) {
	w := newWorld()
	hurting(w)
	for range 2 {
		got := w.ask(t, annasToken, http.MethodPost, incidentHref(hurtID)+"/send", sending("We are mending it.", "我们正在修复。", ""))
		if there := got.Header().Get("Location"); got.Code != http.StatusSeeOther || there != incidentHref(hurtID)+"?done=sent#content" {
			t.Fatalf("status %d, to %q: %s", got.Code, there, got.Body)
		}
	}
	want := Publication{Incident: hurtID, By: "anna", Text: docket.Texts{English: "We are mending it.", Chinese: "我们正在修复。"}}
	if len(w.hurt.sent) != 1 {
		t.Fatalf("%+v; expected one", w.hurt.sent)
	}
	got := w.hurt.sent[0]
	if got.ID, want.ID = "", ""; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v; expected %+v", got, want)
	}
	if answer := w.ask(t, annasToken, http.MethodPost, incidentHref(docket.NewIncidentID(noon.Add(-3*time.Hour)))+"/send", sending("It was another one.", "是另一个。", "1")); answer.Code != http.StatusSeeOther || w.hurt.sent[1].Corrects != 1 {
		t.Errorf("status %d, %+v; expected a correction of update 1", answer.Code, w.hurt.sent)
	}
	more := sending("Raisup is what we do.", "我们正在修复。", "")
	more.Set("none", " Raisup \n\nt-shell\n")
	more.Set("back", "45")
	w.ask(t, annasToken, http.MethodPost, incidentHref(docket.NewIncidentID(noon.Add(-50*time.Hour)))+"/send", more)
	if got := w.hurt.sent[len(w.hurt.sent)-1]; !slices.Equal(got.NoCustomer, []string{"Raisup", "t-shell"}) || got.Back != noon.Add(45*time.Minute) {
		t.Errorf("it was sent as %+v; expected which words mean no tenant, and when sites are expected back", got)
	}
	if answer := w.ask(t, annasToken, http.MethodPost, incidentHref(hurtID)+"/discard", url.Values{"nonce": {nonce}, "reason": {"We did it."}}); answer.Code != http.StatusSeeOther || len(w.hurt.discarded) != 1 || w.hurt.discarded[0] != (docket.Word{By: "anna", At: noon, Why: "We did it."}) {
		t.Errorf("status %d, %+v", answer.Code, w.hurt.discarded)
	}
}

// TestWhatIsNotSentIsStillInTheForm and the page says why.
func TestWhatIsNotSentIsStillInTheForm(t *testing.T) {
	leak := &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "the text names a customer: Raisup Ltd", Hint: "all who are touched read it, and the public: say it without whose it is; where the word means no customer, say so: evenkeel incident send --no-customer WORD"}
	for says, c := range map[string]struct {
		path   string
		form   url.Values
		refuse error
		status int
		want   []string
	}{
		"one language":        {"/send", sending("Mended & done.", " ", ""), nil, 400, []string{"Say it in Chinese", `aria-describedby="chinese-wrong"`, "Mended &amp; done.</textarea>"}},
		"no nonce":            {"/send", url.Values{"english": {"my words"}, "chinese": {"字"}}, nil, 400, []string{"The form is not whole", "my words</textarea>"}},
		"no such update":      {"/send", sending("my words", "字", "7"), nil, 400, []string{"Choose one of the updates that were sent", "my words</textarea>"}},
		"back in a month":     {"/send", url.Values{"nonce": {nonce}, "english": {"my words"}, "chinese": {"字"}, "back": {"43200"}, "none": {"Ra<is>up"}}, nil, 400, []string{"Write a number of minutes from 1 to 10080", `value="43200"`, "Ra&lt;is&gt;up</textarea>", "my words</textarea>"}},
		"a customer is named": {"/send", sending("my words", "字", ""), leak, 403, []string{"The text names a customer: Raisup Ltd", "Say it without whose it is", "my words</textarea>"}},
		"no reason":           {"/discard", url.Values{"nonce": {nonce}, "reason": {""}}, nil, 400, []string{"Give the reason, in at most", "<details open><summary>It is none"}},
		"no such incident":    {"0/send", sending("my words", "字", ""), nil, 404, []string{"There is no incident i-"}},
	} {
		t.Run(says, func(t *testing.T) {
			w := newWorld()
			hurting(w)
			w.hurt.refuse = c.refuse
			got := w.ask(t, annasToken, http.MethodPost, incidentHref(hurtID)+c.path, c.form)
			body := got.Body.String()
			for _, want := range c.want {
				if !strings.Contains(strings.ToLower(body), strings.ToLower(want)) {
					t.Errorf("the page has no %q:\n%s", want, body)
				}
			}
			if got.Code != c.status || len(w.hurt.sent)+len(w.hurt.discarded) > 0 || strings.Contains(body, `role="status"`) {
				t.Errorf("status %d, %+v", got.Code, w.hurt)
			}
		})
	}
}

// TestWhatWasDiscardedHasNoForm, and one that does not touch a tenant shows no note to it.
func TestWhatWasDiscardedHasNoForm(t *testing.T) {
	w := newWorld()
	hurting(w)
	page := w.get(t, annasToken, incidentHref(docket.NewIncidentID(noon.Add(-70*time.Hour)))+"?note=mill").Body.String()
	if strings.Contains(page, `name="english"`) || strings.Contains(page, "would read</h2>") {
		t.Errorf("the page is %s", page)
	}
}
