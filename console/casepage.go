package console

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

const (
	maxMachines = 200 // names of a case's machines
	maxEnded    = 60  // clocks that have ended
	wholeID     = 26  // characters of an id behind its kind
)

// caseView is all of one case, in the order in which it is to be read.
type caseView struct {
	Now     evenkeel.Moment
	Case    evenkeel.Case
	Marks   []Mark
	Done    string       // what was just entered
	Clocks  []clockView  // that run
	Ended   []clockView  // that do not any more
	Appeals []appealView // on which nobody has decided
	Tenant  tenantView
	Row     *docket.Row
	Undone  string         // what to do about a measure that nobody carries out
	Halt    *docket.Switch // that keeps machines from entering anything here; nil where none does
	Beyond  string         // why nobody here can carry out what was wanted; "" where that is not so
	// Withheld are the lawful orders about the tenant's data, of other cases too.
	Withheld []withheldView
	Terms    Terms

	Cleared *clearance
	Prior   []priorView
	Flags   []flagView

	Said      []saidView
	SaidPart  part
	Found     []findingView
	FoundPart part
	// Reports are what others reported, one by one.
	Reports     []reportView
	MoreReports bool

	Asked      *decisionView // whose safeguards are shown
	Busy       time.Duration // people were, with the case; begun minutes whole
	Standing   []decisionView
	Past       []decisionView
	PastPart   part
	Notices    []noticeView
	NoticePart part
	Orders     []orderView
	OrderPart  part
	Timeline   []entryView
	LinePart   part
	Looks      []evenkeel.Entry
	LookPart   part
	Machines   part // of the case's assets

	pages pager

	Decide *decideView  // nil where there is nothing to decide
	Tell   *tellingForm // nil where there is nothing that nobody was told of
	Untold string       // what to do about a notice that reached nobody
	Two    *twoView     // nil where nothing takes two persons
	Came   *cameView    // nil where no contact came
}

// tenantView is who the case is about.
type tenantView struct {
	Trying   *tryingView // nil where no machine fails
	Name     string
	Account  evenkeel.Account
	Contacts []Contact
	// Endpoints are those that something of the case was posted to, with what became of it last.
	Endpoints []endpointView
}

// endpointView is what an endpoint of the tenant's took last, or why it did not.
type endpointView struct {
	Role string
	Last docket.Delivery
}

// endpoints are the endpoints of the tenant's that something of a case was posted to, by their roles, each with
// what became of it last.
func endpoints(f *docket.Folder) (out []endpointView) {
	for i := range f.Dispatches {
		for _, x := range f.Dispatches[i].Deliveries {
			if !x.ToMachine() {
				continue
			}
			at := slices.IndexFunc(out, func(m endpointView) bool { return m.Role == x.Role() })
			switch {
			case at < 0:
				out = append(out, endpointView{x.Role(), x})
			case x.At >= out[at].Last.At:
				out[at].Last = x
			}
		}
	}
	return out
}

// priorView is an earlier or other case of the tenant.
type priorView struct {
	evenkeel.Case
	Mark Mark
}

// saidView is something that the tenant said.
type saidView struct {
	At    evenkeel.Moment
	What  string
	Words string
}

// showCase shows a case, once the look at it is written down.
func (s *Server) showCase(v *visit) error {
	f, err := s.lookedAt(v)
	if err != nil {
		return err
	}
	terms := s.parts.Policy.Family(f.Case.Family)
	return s.showFolder(v, http.StatusOK, &f, &terms, s.newDecide(&f, &terms, v.who.Person.ID))
}

// lookedAt is the case that a request asks for, once the look at it is written down.
func (s *Server) lookedAt(v *visit) (docket.Folder, error) {
	id := evenkeel.CaseID(v.r.PathValue("id"))
	if err := evenkeel.CheckID("case", string(id)); err != nil {
		return docket.Folder{}, err
	}
	if v.r.Method == http.MethodGet {
		if err := s.look(v, id); err != nil {
			return docket.Folder{}, err
		}
	}
	return s.folder(v, id)
}

// look writes down that a person looks at a case, before it is shown.
func (s *Server) look(v *visit, id evenkeel.CaseID) error {
	return noCase(id, s.parts.Looks.Look(v.ctx(), id, v.who.Person.ID))
}

// folder reads a case, as far as whoever is signed in may read it.
func (s *Server) folder(v *visit, id evenkeel.CaseID) (docket.Folder, error) {
	if err := evenkeel.CheckID("case", string(id)); err != nil {
		return docket.Folder{}, err
	}
	f, err := s.parts.Books.Folder(v.ctx(), id)
	return docket.Blind(f, v.who.Person.ID), noCase(id, err)
}

// noCase says what to do where there is no such case; other errors stay as they are.
func noCase(id evenkeel.CaseID, err error) error {
	if err == nil || evenkeel.KindOf(err) != evenkeel.KindNotFound {
		return err
	}
	hint := "the docket lists all open cases, and with the filter the closed ones too"
	if _, rest, _ := strings.Cut(string(id), "-"); len(rest) < wholeID { // all cases would have to be read to find it
		hint = fmt.Sprintf("an id is expected whole, with %d letters and digits behind its kind: the docket leads to each open case, and the command line finds one by its first six", wholeID)
	}
	return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("there is no case %.80s", id), Hint: hint}
}

// showFolder shows a case and, where something can be decided, the form in a state.
func (s *Server) showFolder(v *visit, status int, f *docket.Folder, terms *Terms, d *decideView) error {
	pulled, err := s.pulled(v)
	if err != nil {
		return err
	}
	view := s.caseView(f, terms, v.now, v.pages("/case/"+url.PathEscape(string(f.Case.ID))))
	view.clocks(f, pulled, s.parts.Mute, v.now)
	view.heldUp(f, pulled, s.parts.Mute)
	if view.Beyond = s.outOfReach(&f.Row); view.Beyond != "" {
		view.Marks = append(view.Marks, wantedMark(f.Wanted))
	}
	if v.who.Person.May(roll.Decide) {
		view.Decide = d
	}
	if view.Two = v.two; view.Two == nil {
		view.Two = s.two(v, f, terms)
	}
	if view.Came = v.came; view.Came == nil {
		if view.Came, err = s.came(v, f); err != nil {
			return err
		}
	}
	if err := cmp.Or(s.reported(v, view, f), s.trying(v, view)); err != nil {
		return err
	}
	s.seconded(v, f, view.Two)
	if view.Tell = v.tell; view.Tell == nil {
		view.Tell = s.newTelling(v, f)
	}
	if view.Decide != nil {
		view.Decide.Two = view.Decide.Two && view.Two != nil // the sentence leads there
	}
	view.appeals(f, v.who.Person.ID)
	view.Done = doneWords(v.r.URL.Query().Get("done"))
	page := sheet.Page{
		Title: fmt.Sprintf("%s: %s", view.Tenant.Name, f.Case.Family),
		Lead:  `<p class="back"><a href="/">Docket</a></p>`,
	}
	return s.show(v, status, page, "case", view)
}

func (s *Server) caseView(f *docket.Folder, terms *Terms, now evenkeel.Moment, pages pager) *caseView {
	p := s.parts.Tenants.Profile(f.Case.Tenant)
	v := &caseView{
		pages: pages, Machines: pages.of("machines", len(f.Case.Assets), maxMachines, "standing", "machines"),
		Busy: (f.Attention() + time.Minute - 1).Truncate(time.Minute),
		Now:  now, Case: f.Case, Row: &f.Row, Undone: undone(&f.Row), Untold: untold(&f.Row), Withheld: withheldOf(f.Withheld(now), f.Case.ID), Marks: rowMarks(&f.Row), Terms: *terms, Cleared: lastClearance(f),
		Tenant: tenantView{Name: cmp.Or(p.Name, string(f.Case.Tenant)), Account: s.parts.Tenants.Account(f.Case.Tenant), Contacts: p.Contacts, Endpoints: endpoints(f)},
	}
	for _, c := range f.Prior {
		v.Prior = append(v.Prior, priorView{c, priorMark(&c)})
	}
	for i := range f.Flags {
		v.Flags = append(v.Flags, flagOf(&f.Flags[i], now))
	}
	v.found(f)
	v.decided(f, now)
	v.sent(f)
	v.told(f)
	return v
}

// clocks fills in the clocks in the order of time: those that run, the one that is due next first;
// then those that have ended, the latest first.
func (v *caseView) clocks(f *docket.Folder, pulled []docket.Switch, mute bool, now evenkeel.Moment) {
	all := slices.SortedStableFunc(slices.Values(f.Clocks), docket.CompareClocks)
	held := map[evenkeel.DecisionID]*evenkeel.Decision{}
	for i := range f.Decisions {
		held[f.Decisions[i].ID] = &f.Decisions[i]
	}
	for i := range all {
		if k := &all[i]; k.Ended == 0 {
			c := clockOf(k.Kind, k.Due, f.Highest, k.Breach, now)
			c.halted(k.Kind, haltedBy(pulled, held[k.Decision]))
			c.mutely(k.Kind, mute)
			c.Paused, c.Whose, c.Moved, c.Bar = k.Paused, whoseClock(k.Kind), movedWords(k), bar(k, now)
			v.Clocks = append(v.Clocks, c)
		}
	}
	slices.SortStableFunc(all, func(a, b docket.Clock) int { return cmp.Compare(b.Ended, a.Ended) })
	for i := range all {
		if k := &all[i]; k.Ended != 0 && len(v.Ended) < maxEnded {
			v.Ended = append(v.Ended, clockView{Says: clockWords[k.Kind].was, Due: k.Due, Ended: k.Ended, Then: k.Because})
		}
	}
}

func priorMark(c *evenkeel.Case) Mark {
	switch {
	case c.State != evenkeel.CaseClosed:
		return Mark{"warn", spoken(c.State.String())}
	case c.Outcome.Cleared() || c.Outcome == evenkeel.OutcomeCovered:
		return Mark{"good", "cleared: " + outcomeWord(c.Outcome)}
	case c.Outcome == evenkeel.OutcomeConfirmed:
		return Mark{"danger", outcomeWord(c.Outcome)}
	default:
		return Mark{"mute", outcomeWord(c.Outcome)}
	}
}

// doneWords says what was entered, by the word of an act; of any other word nothing.
func doneWords(act string) string {
	switch act {
	case docket.ActApprove.String():
		return "The measure was approved and takes effect."
	case docket.ActLower.String():
		return "A milder measure has taken the place of the one in force."
	case docket.ActRenew.String():
		return "The measure was renewed; a person still has to decide."
	case docket.ActUphold.String():
		return "The measure was upheld; the tenant is told why."
	case docket.ActUphold.String() + lookedWord:
		return "It is kept that you looked; the measure stays, and somebody looks again in a day if the way is cut still."
	case docket.ActTold.String():
		return "It is kept that they were told."
	case docket.ActConfirm.String():
		return "The contact was confirmed, and all contacts are told."
	case docket.ActShut.String():
		return "The site was ordered to show its own page."
	case docket.ActLift.String():
		return "The measure was lifted."
	case docket.ActRefuse.String():
		return "The proposal was refused; nothing of it takes effect."
	case docket.ActClear.String():
		return "The case was cleared."
	case docket.ActClose.String():
		return "The case was closed."
	case docket.ActFlag.String():
		return "The flag was granted."
	case docket.ActPropose.String(), docket.ActApprove.String() + twoWord(docket.ActApprove):
		return "It was proposed, and a second person was drawn."
	case docket.ActVerdict.String():
		return "Your verdict was taken in."
	case docket.ActCredit.String():
		return "The credit was granted, and the tenant is told."
	case docket.ActNoCredit.String():
		return "The credit was refused."
	case docket.ActRecuse.String():
		return "Another person is asked."
	default:
		return ""
	}
}

// list names assets, and how many more there are than it names.
func list(assets []evenkeel.AssetID, most int) string {
	if len(assets) == 0 {
		return "no machine"
	}
	names := make([]string, 0, most)
	for _, a := range assets[:min(len(assets), most)] {
		names = append(names, string(a))
	}
	out := strings.Join(names, ", ")
	if more := len(assets) - most; more > 0 {
		out += " and " + strconv.Itoa(more) + " more"
	}
	return out
}
