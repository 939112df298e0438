package console

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const (
	maxRows     = 200 // cases on one page
	maxFamilies = 200 // to choose from
)

// docketView is the list of cases.
type docketView struct {
	Tenant, Family string
	Closed         bool
	Families       []string // that there are cases under
	Groups         []groupView
	Part           part
	Filtered       bool
	Status         []linkedMark
	Quiet          *quietView // where the docket is empty: whether anything comes at all
	Now            evenkeel.Moment
}

// quietView tells peace from silence.
type quietView struct {
	Arrivals
	Telemetry int             // records in these minutes
	Last      evenkeel.Moment // of any sender; 0: nobody brought anything
	Senders   []Sender        // the first maxSenders
	Now       evenkeel.Moment
}

// maxSenders is how many sources an empty docket names.
const maxSenders = 8

// quiet is nil where it is not known what came.
func quiet(a Arrivals, now evenkeel.Moment) *quietView {
	if a.Since == 0 {
		return nil
	}
	q := &quietView{Arrivals: a, Senders: a.Senders[:min(len(a.Senders), maxSenders)], Now: now}
	for _, s := range a.Senders {
		q.Telemetry += s.Telemetry
		q.Last = max(q.Last, s.Last)
	}
	return q
}

// groupView is a run of the list, in its order.
type groupView struct {
	Name, Says string
	Rows       []rowView
}

// rowView is a case in the list.
type rowView struct {
	ID             evenkeel.CaseID
	Name           string // of the tenant
	Tenant         evenkeel.TenantID
	Family         string
	Marks          []Mark
	Undone         string // what to do about a measure that nobody carries out
	Untold         string // and about one that nobody was told of
	Withheld       []withheldView
	Waiting, Spoke evenkeel.Moment
	Opened         evenkeel.Moment
	Clock          *clockView // nil where none runs
	AppealDue      evenkeel.Moment
}

// Mark is a word that stands out, and how.
type Mark struct{ Kind, Word string }

// docket lists cases in the order of harm and clocks.
func (s *Server) docket(v *visit) error {
	q := v.r.URL.Query()
	d := docketView{Tenant: strings.TrimSpace(q.Get("tenant")), Family: q.Get("family"), Closed: q.Get("closed") != "", Now: v.now}
	d.Filtered = d.Tenant != "" || d.Family != "" || d.Closed
	rows, err := s.rows(v, &d)
	if err != nil {
		return err
	}
	pulled, err := s.pulled(v)
	if err != nil {
		return err
	}
	d.Groups = s.grouped(rows, pulled, v.who.Person.ID, v.now)
	st, err := s.parts.Status(v.ctx())
	if err != nil {
		return err
	}
	d.Status = append(brakeMarks(pulled, s.parts.Mute), statusMarks(&st)...)
	if len(rows) == 0 && !d.Filtered {
		d.Quiet = quiet(st.Arrivals, v.now)
	}
	return s.show(v, http.StatusOK, sheet.Page{Title: "Docket"}, "docket", d)
}

// rows reads the part of the docket that is asked for, in its order, and says which it is. No more
// is read than is shown, however many cases there are.
func (s *Server) rows(v *visit, d *docketView) ([]docket.Row, error) {
	q := docket.Query{Tenant: evenkeel.TenantID(d.Tenant), Closed: d.Closed, Max: maxFamilies}
	families, err := s.parts.Books.Families(v.ctx(), q)
	if err != nil {
		return nil, err
	}
	if d.Families = families; d.Family != "" && !slices.Contains(families, d.Family) {
		d.Families = append([]string{d.Family}, families...)
	}
	q.Family, q.Max, q.ByPlace = d.Family, maxRows, true
	all, err := s.parts.Books.Count(v.ctx(), q)
	if err != nil {
		return nil, err
	}
	d.Part = v.pages("/").of("from", all, maxRows, "", "")
	d.Part.Earlier, d.Part.Later = "Cases before these", "Cases after these"
	q.Skip = d.Part.From
	rows, err := s.parts.Books.Cases(v.ctx(), q)
	d.Part.Until = d.Part.From + len(rows) // some may have closed since they were counted
	return rows, err
}

// grouped cuts the ordered list into runs. A run ends where the name changes, so the order of
// the list is never touched.
func (s *Server) grouped(rows []docket.Row, pulled []docket.Switch, me evenkeel.PersonID, now evenkeel.Moment) []groupView {
	var out []groupView
	for i := range rows {
		name, says := groupOf(&rows[i])
		if len(out) == 0 || out[len(out)-1].Name != name {
			out = append(out, groupView{Name: name, Says: says})
		}
		g := &out[len(out)-1]
		g.Rows = append(g.Rows, s.rowView(&rows[i], pulled, me, now))
	}
	return out
}

// groupOf names the run of a case. The names follow docket.CompareRows.
func groupOf(r *docket.Row) (name, says string) {
	locked := r.Highest >= evenkeel.MeasureIsolate && (r.Case.Spoke != 0 || r.Case.Waiting != 0)
	switch {
	case r.Case.State == evenkeel.CaseClosed:
		return "Closed", "Nothing is decided here any more."
	case locked:
		return "Locked, and have spoken", "A machine of theirs or more is locked, and they have answered. They come first."
	case r.Urgent != 0:
		return "Ask us to be quick", "A contact of these tenants says that production is down, or that all questions are answered, and nobody has decided since."
	case r.Unstopped > 0:
		return "Not stopped", "What hurts others was to be stopped, and nobody does: it may go on. See what became of the order, and carry it out by hand or choose another measure."
	case r.Case.Waiting != 0:
		return "Wait for a person", "These tenants have spoken, and nobody has decided since."
	case r.Unaware > 0:
		return "Not told", "A measure is in force, and its notice has reached nobody: whoever bears it does not know why, and cannot answer. Tell them by another way."
	default:
		return "Open", "The higher measure first, then what is proposed, then the clock that runs out first."
	}
}

func (s *Server) rowView(r *docket.Row, pulled []docket.Switch, me evenkeel.PersonID, now evenkeel.Moment) rowView {
	v := rowView{
		ID: r.Case.ID, Name: cmp.Or(s.parts.Tenants.Profile(r.Case.Tenant).Name, string(r.Case.Tenant)), Tenant: r.Case.Tenant, Family: r.Case.Family,
		Marks: rowMarks(r), Withheld: withheldOf(r.Lawful, r.Case.ID), Undone: undone(r), Untold: untold(r), Waiting: r.Case.Waiting, Spoke: r.Case.Spoke, Opened: r.Case.Opened, AppealDue: r.AppealDue,
	}
	if r.Due != 0 {
		c := clockOf(r.DueKind, r.Due, r.Highest, "", now)
		c.halted(r.DueKind, haltOf(pulled, r.Case.Tenant))
		c.mutely(r.DueKind, s.parts.Mute)
		v.Clock = &c
	}
	if s.outOfReach(r) != "" {
		v.Marks = append(v.Marks, wantedMark(r.Wanted))
	}
	if s.parts.Mute && r.Urgent != 0 {
		v.Marks = append(v.Marks, muteMark)
	}
	if r.Asked == me && me != "" { // nobody else reads who it is
		v.Marks = append([]Mark{{"danger", "waits for you"}}, v.Marks...)
	}
	return v
}

// rowMarks are what stands in a case, in words.
func rowMarks(r *docket.Row) []Mark {
	var m []Mark
	add := func(is bool, kind, word string) {
		if is {
			m = append(m, Mark{kind, word})
		}
	}
	c := &r.Case
	add(mustLook(r), "danger", "a person must look")
	add(r.Appeals > 0, "danger", sheet.Count(r.Appeals, "appeal waits", "appeals wait"))
	add(r.Urgent != 0, "danger", "asks us to be quick")
	add(len(r.Lawful) > 0, "danger", "the data is withheld")
	switch {
	case c.State == evenkeel.CaseClosed:
		add(true, "mute", "closed: "+outcomeWord(c.Outcome))
	case r.Highest.Enforced():
		add(true, measureKind(r.Highest), r.Highest.String()+" in force")
	case r.Highest == evenkeel.MeasureNotify:
		add(true, "info", "notify in force")
	case c.Family == docket.Announcements:
		add(true, "info", "asks about a burst")
	case r.Proposed+r.Held+len(r.Lawful) == 0:
		add(true, "mute", "nothing stands")
	}
	add(r.Proposed > 0, "warn", sheet.Count(r.Proposed, "proposal waits", "proposals wait"))
	add(r.Held > 0, "info", heldWords(r))
	add(r.Unaware > 0, "danger", "nobody was told")
	add(r.Untold > 0 && r.Unaware == 0, "warn", "nobody was told")
	add(r.Failed > 0, "danger", sheet.Count(r.Failed, "measure that nobody carries out", "measures that nobody carries out"))
	add(r.OnPaper > 0, "warn", sheet.Count(r.OnPaper, "measure on paper only", "measures on paper only"))
	add(r.Unconfirmed > 0, "warn", sheet.Count(r.Unconfirmed, "measure unconfirmed", "measures unconfirmed"))
	add(c.State == evenkeel.CaseReopened && r.Cleared, "warn", "found again after it was cleared")
	add(c.State == evenkeel.CaseReopened && !r.Cleared, "warn", "open again")
	add(r.Cleared && c.State != evenkeel.CaseReopened, "good", "cleared before")
	return m
}

// heldWords say what waits for a hearing, by its name: whoever decides has to know what is about to happen.
func heldWords(r *docket.Row) string {
	switch {
	case r.Coming == evenkeel.MeasureNone:
		return sheet.Count(r.Held, "held for a hearing", "held for a hearing")
	case r.Held == 1:
		return r.Coming.String() + " held for a hearing"
	}
	return fmt.Sprintf("%d held for a hearing, the highest %s", r.Held, r.Coming)
}

// mustLook says whether nothing goes on here until a person has looked: something is proposed, the
// tenant waits for our answer, or nobody carries out what the books say is in force, or nobody was
// told of it: no clock calls anybody for these two.
func mustLook(r *docket.Row) bool {
	if r.Case.State == evenkeel.CaseClosed {
		return false
	}
	return r.Appeals > 0 || r.Urgent != 0 || r.Proposed > 0 || r.Case.Waiting != 0 || r.Due != 0 && ours(r.DueKind) || r.Failed > 0 || r.Unaware > 0
}

// undone says what is known of measures in force that nobody carries out, and what to do. No act
// sends an order again.
func undone(r *docket.Row) string {
	switch {
	case r.Failed > 0:
		return "Nobody carries out " + sheet.Count(r.Failed, "measure", "measures") + " of what is in force. The receipt of its order says why, and no act sends it again: carry it out by hand, or lower it to what can be done; or, where the case has something else proposed or held, lift it and approve that as this measure, which is ordered anew. Lifting alone brings no order: while the same goes on, nothing new is found that could be proposed."
	case r.OnPaper > 0:
		return sheet.Count(r.OnPaper, "measure is", "measures are") + " only written down, and nobody carries out what is: do it by hand, or connect a receiver of orders."
	}
	return ""
}

// untold says that notices of what stands reached nobody, and what to do.
func untold(r *docket.Row) string {
	if r.Untold == 0 {
		return ""
	}
	return "Nobody was told: " + sheet.Count(r.Untold, "notice", "notices") + " of what is in force or held reached nobody. The case says why. Tell the tenant by another way, and give it a contact that can be reached in the inventory: a notice that still waits goes there."
}

// Unwatched says what a person reads where the watcher outside is not told that all is well, by why.
var Unwatched = map[string]string{
	"books":      "the watcher outside is not told that all is well: the books cannot be written or read",
	"not_ready":  "the watcher outside is not told that all is well: this process is not ready, and the log says why",
	"clocks":     "the watcher outside is not told that all is well: clocks do not run out",
	"no_channel": "the watcher outside is not told that all is well: nobody has a channel by which they could be called",
	"page":       "the watcher outside is not told that all is well: a page waits, and nobody has it",
	"given_up":   "the watcher outside is not told that all is well: a page reached nobody and was given up",
	"untaken":    "the watcher outside is not told that all is well: it does not take it, and the log says what it answered",
}

// statusMarks are what of the process's own state a person should know before deciding.
func statusMarks(st *Status) []linkedMark {
	var m []linkedMark
	if st.OrdersWaiting > 0 {
		m = append(m, linkedMark{Mark{"warn", sheet.Count(st.OrdersWaiting, "order has not left yet", "orders have not left yet")}, "/unsent#orders"})
	}
	if st.NoticesWaiting > 0 {
		m = append(m, linkedMark{Mark{"warn", sheet.Count(st.NoticesWaiting, "notice has not left yet", "notices have not left yet")}, "/unsent#notices"})
	}
	if st.Incidents > 0 {
		m = append(m, linkedMark{Mark{"danger", sheet.Count(st.Incidents, "incident waits to be sent", "incidents wait to be sent")}, "/incidents"})
	}
	if st.NoticesFailed > 0 {
		m = append(m, linkedMark{Mark{"danger", sheet.Count(st.NoticesFailed, "notice reached nobody", "notices reached nobody")}, "/unsent#untold"})
	}
	if st.Unreached > 0 {
		m = append(m, linkedMark{Mark{"danger", sheet.Count(st.Unreached, "case whose page reached nobody", "cases whose pages reached nobody")}, "/oncall"})
	}
	if st.Unplaced > 0 {
		m = append(m, linkedMark{Mark{"danger", sheet.Count(st.Unplaced, "mail could not be placed", "mails could not be placed")}, "/unsent#mails"})
	}
	if st.SetAside > 0 {
		m = append(m, linkedMark{Mark{"danger", sheet.Count(st.SetAside, "finding could not be judged", "findings could not be judged")}, "/unsent#aside"})
	}
	if st.Unwatched != "" {
		m = append(m, linkedMark{Mark{"danger", cmp.Or(Unwatched[st.Unwatched], "the watcher outside is not told that all is well: see the log")}, "/oncall"})
	}
	if st.Credits > 0 {
		m = append(m, linkedMark{Mark{"warn", sheet.Count(st.Credits, "credit waits for a lead", "credits wait for a lead")}, "/credits"})
	}
	if st.Unshown {
		m = append(m, linkedMark{Mark{"danger", "it is not shown that tenants reach their data: nothing above limit and throttle"}, "/ways"})
	}
	if st.Backlog > 0 {
		word := sheet.Count(int(min(st.Backlog, 1<<30)), "batch is not watched yet", "batches are not watched yet")
		m = append(m, linkedMark{Mark: Mark{"warn", word}})
	}
	if len(st.Held) > 0 {
		m = append(m, linkedMark{Mark{"info", sheet.Count(len(st.Held), "finding has no known owner", "findings have no known owner")}, "/held"})
	}
	return m
}
