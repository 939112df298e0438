package console

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/memory"
)

// noon is when the tests look.
var noon = evenkeel.MomentOf(time.Date(2019, 5, 30, 12, 0, 0, 0, time.UTC))

// never is when sessions end: browsers look at their own clock.
var never = evenkeel.MomentOf(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))

// world is what the console is handed in a test: plain values to be read, and lists of what was
// told. It decides nothing.
type world struct {
	mu       sync.Mutex
	folders  []docket.Folder
	reach    map[evenkeel.CaseID]docket.Reach
	asked    []docket.Query // of Cases
	acts     []docket.Act
	looks    []string
	refuse   error                  // what Do answers
	alone    func(docket.Act) error // what Second answers; nil: somebody could be drawn
	blind    error                  // what Look answers
	lazy     bool                   // Do revokes no flag, and does not say so
	sick     error                  // what every read answers
	sessions map[string]Session
	people   []Person
	ended    []string // accounts that were disabled
	status   Status
	now      evenkeel.Moment
	names    map[evenkeel.TenantID]Profile
	left     int
	waits    []docket.Unsent
	told     map[evenkeel.CaseID][]docket.Reported // what others reported
	provider string                                // the one there is, or ""
	away     error                                 // what it answers
	oncall   OnCall
	board    docket.Board
	lots     Lots
	credits  []docket.Credit
	figures  figures
	sites    *memory.Sites
	hurt     hurt
	stand    []evenkeel.Decision
	tally    docket.Tally   // what Undo answers
	tallies  []docket.Tally // what it answers first, one after the other
	goesOn   time.Duration  // how long a request goes on with an act
	lacks    func(evenkeel.Measure) string
	mute     bool   // nobody can be called
	before   string // by which the browser of who entered last is known
}

const (
	annasToken = "token-of-anna"
	bensToken  = "token-of-ben"
	newToken   = "token-of-somebody-new"
	guestToken = "token-of-a-guest"
	adminToken = "token-of-an-admin"
	leadToken  = "token-of-lara"
	idleToken  = "token-of-nobody-much"
	goodLink   = "LINK-ONCE"
	goodWords  = "a sentence that is long"
	goodCode   = "123456"
)

func newWorld() *world {
	anna := Person{ID: "anna", Name: "Anna Frank", Roles: []Role{RoleReviewer}, Enrolled: true}
	ben := Person{ID: "ben", Roles: []Role{RoleReviewer, RoleAdmin}, Enrolled: true}
	return &world{
		now: noon,
		sessions: map[string]Session{
			annasToken: {Person: anna, Until: never, Enrolled: true},
			bensToken:  {Person: ben, Until: never, Enrolled: true},
			newToken:   {Person: Person{ID: "carl"}, Until: never, MustEnrol: true},
			adminToken: {Person: Person{ID: "dora", Roles: []Role{RoleAdmin}}, Until: never, Enrolled: true},
			leadToken:  {Person: Person{ID: "lara", Roles: []Role{RoleLead}}, Until: never, Enrolled: true},
			idleToken:  {Person: Person{ID: "eve"}, Until: never, Enrolled: true},
			guestToken: {Person: Person{ID: "operator", Roles: []Role{RoleReviewer, RoleAdmin}}, Until: never},
		},
		people: []Person{
			withAccounts(anna, Account{ID: "account-a", Name: "anna", State: "active"}, Account{ID: "account-b", Name: "anna-phone", State: "disabled"}), withAccounts(ben, Account{ID: "account-c", Name: "ben", State: "active"}),
			{ID: "carl", Roles: []Role{RoleReviewer}}, {ID: "zoe", Roles: []Role{RoleReviewer}, Accounts: []Account{{ID: "account-z", State: "invited"}}},
		},
		names: map[evenkeel.TenantID]Profile{
			"raisup": {Name: "Raisup Ltd", Contacts: []Contact{{"owner", "en", false}, {"technical", "zh", false}, {"security", "", true}}}, "t-shell": {Name: "Nine Shells"},
		},
	}
}

func withAccounts(p Person, a ...Account) Person {
	p.Accounts = a
	return p
}

// server is a console over the world.
func (w *world) server(t testing.TB) *Server {
	t.Helper()
	return w.serverOver(t, w)
}

// serverOver is a console over the world, with other books.
func (w *world) serverOver(t testing.TB, books docket.Pages) *Server {
	t.Helper()
	s, err := New(Parts{
		Books: books, Reach: w, Acts: w, Second: w.second, Reports: w.reports, Unsent: w.unsent, Looks: w, Door: w, Roster: w, Tenants: w, Policy: w, Brakes: w, OnCall: func(context.Context, evenkeel.Moment) (OnCall, error) { return w.oncall, w.sick },
		Lots: func(context.Context, docket.AuditID, evenkeel.PersonID) (Lots, error) { return w.lots, w.sick }, Credits: func(context.Context, int) ([]docket.Credit, error) { return slices.Clone(w.credits), w.sick },
		Sites: w.sitesShown(), Incidents: &w.hurt,
		Figures: w, Record: w, Letter: w.letter, Lacks: w.lacks, Mute: w.mute, Status: func(context.Context) (Status, error) { return w.status, w.sick },
		Now: func() time.Time { return w.now.Time() }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.goesOn = w.goesOn
	return s
}

// cases are those that are asked for, in any order.
func (w *world) cases(q docket.Query) (rows []docket.Row) {
	for i := range w.folders {
		r := w.folders[i].Row
		if (q.Tenant == "" || r.Case.Tenant == q.Tenant) && (q.Family == "" || r.Case.Family == q.Family) && (q.Closed || r.Case.State != evenkeel.CaseClosed) {
			rows = append(rows, r)
		}
	}
	return rows
}

func (w *world) Cases(_ context.Context, q docket.Query) ([]docket.Row, error) {
	w.mu.Lock()
	w.asked = append(w.asked, q)
	w.mu.Unlock()
	rows := w.cases(q)
	if q.ByPlace {
		slices.SortFunc(rows, docket.CompareRows)
	} else {
		slices.SortFunc(rows, func(a, b docket.Row) int { return cmp.Compare(b.Case.Opened, a.Case.Opened) })
	}
	return docket.Cut(&q, rows), w.sick
}

func (w *world) Count(_ context.Context, q docket.Query) (int, error) { return len(w.cases(q)), w.sick }

func (w *world) Families(_ context.Context, q docket.Query) (out []string, err error) {
	q.Family = ""
	for _, r := range w.cases(q) {
		out = append(out, r.Case.Family)
	}
	slices.Sort(out)
	return slices.Compact(out), w.sick
}

func (w *world) Folder(_ context.Context, c evenkeel.CaseID) (docket.Folder, error) {
	for i := range w.folders {
		if w.folders[i].Case.ID == c {
			return w.folders[i], w.sick
		}
	}
	return docket.Folder{}, cmp.Or(w.sick, error(&evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "no such case"}))
}

func (w *world) Flags(_ context.Context, t evenkeel.TenantID) (out []evenkeel.Flag, err error) {
	for i := range w.folders {
		for _, f := range w.folders[i].Flags {
			if t == "" || f.Tenant == t {
				out = append(out, f)
			}
		}
	}
	return out, w.sick
}

func (w *world) Do(_ context.Context, a docket.Act) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse != nil {
		return w.refuse
	}
	if done := slices.IndexFunc(w.acts, func(x docket.Act) bool { return x.ID == a.ID }); done >= 0 && a.Kind != docket.ActUndo && !a.Lift {
		if w.acts[done].Sum() != a.Sum() { // as judge.Docket does
			return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "this was sent before with other words; what was done then stands, and nothing was done now"}
		}
		return nil
	}
	w.acts = append(w.acts, a)
	for i := range w.credits {
		if k := &w.credits[i]; k.ID == a.Credit {
			k.State, k.By, k.At, k.Why = docket.CreditGranted, a.By, a.At, a.Says
			if a.Kind == docket.ActNoCredit {
				k.State = docket.CreditRefused
			}
		}
	}
	for i := range w.lots.Audits {
		if x := &w.lots.Audits[i]; a.Kind == docket.ActAudit && x.ID == a.Audit {
			x.State, x.By, x.At, x.Found, x.Why = docket.AuditDone, a.By, a.At, a.Outcome, a.Says
		}
	}
	for i := range w.folders {
		for j := range w.folders[i].Flags {
			if f := &w.folders[i].Flags[j]; a.Kind == docket.ActRevoke && f.ID == a.Flag && !w.lazy {
				f.Revoked = a.At
			}
		}
		if f := &w.folders[i]; f.Case.ID == a.Case {
			for j := range f.Reviews {
				if r := &f.Reviews[j]; a.Kind == docket.ActVerdict && r.ID == a.Review {
					own := *a.Verdict
					own.Person, own.At = a.By, a.At
					r.Verdicts = append(slices.Clone(r.Verdicts), own)
				}
			}
			f.Entries = append(f.Entries, evenkeel.Entry{
				Case: a.Case, Seq: int64(len(f.Entries) + 1), At: a.At, Kind: evenkeel.EntryActed, Actor: evenkeel.Actor{Person: a.By},
				Says: string(a.By) + ": " + a.Kind.String() + ".", Ref: a.ID, State: a.Kind.String(), Words: a.Says,
			})
		}
	}
	return nil
}

func (w *world) Board(context.Context) (docket.Board, error) { return w.board, w.sick }

func (w *world) Stands(context.Context, docket.Standing) ([]evenkeel.Decision, error) {
	return w.stand, w.sick
}

func (w *world) Undo(ctx context.Context, a docket.Act) (docket.Tally, error) {
	t := w.tally
	if len(w.tallies) > 0 {
		t, w.tallies = w.tallies[0], w.tallies[1:]
	}
	t.Dry = a.Undo != nil && a.Undo.Dry
	return t, w.Do(ctx, a)
}

func (w *world) Rates() Rates {
	return Rates{Rule: Rate{500, 10 * time.Second}, Measure: Rate{2000, 3 * time.Second}, Region: Rate{1000, 5 * time.Second}}
}

func (w *world) Look(ctx context.Context, c evenkeel.CaseID, p evenkeel.PersonID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.Folder(ctx, c); err != nil || w.blind != nil {
		return cmp.Or(w.blind, err)
	}
	w.looks = append(w.looks, string(p)+" "+string(c))
	return nil
}

var errDenied = &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "name, password or code is not right", Hint: "try again with the next code"}

func (w *world) EnterByLink(_ context.Context, token string) (Session, error) {
	if token != goodLink {
		return Session{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "this link was used, or its time is over", Hint: "an admin can make a new one"}
	}
	return w.begin(newToken)
}

func (w *world) begin(token string) (Session, error) {
	s := w.sessions[token]
	s.Token = rand.Text()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sessions[s.Token] = s
	return s, nil
}

func (w *world) Enter(_ context.Context, c Credentials) (Session, error) {
	w.before = c.Before
	if c.Name != "anna" || c.Password != goodWords || c.Code != goodCode {
		return Session{}, errDenied
	}
	return w.begin(annasToken)
}

func (w *world) Whose(_ context.Context, token string) (Session, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s, ok := w.sessions[token]; ok {
		s.Token = ""
		return s, nil
	}
	return Session{}, errDenied
}

func (w *world) Leave(_ context.Context, token string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.sessions, token)
	w.left++
	return nil
}

func (w *world) Providers() []Provider {
	if w.provider == "" {
		return nil
	}
	return []Provider{{w.provider, "Corp <SSO>"}}
}

func (w *world) SendTo(_ context.Context, provider string, join *Session, to string) (string, string, error) {
	if provider != w.provider {
		return "", "", &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "there is no such provider"}
	}
	remember := "to " + to
	if join != nil {
		remember += " as " + string(join.Person.ID)
	}
	return "https://id.example/auth?state=1", strings.ReplaceAll(remember, " ", "."), w.away
}

func (w *world) ComeBack(_ context.Context, provider, remembered string, brought url.Values) (Session, string, error) {
	if to, fits := strings.CutPrefix(remembered, "to."); fits && provider == w.provider && brought.Get("state") == "1" && w.away == nil {
		s, err := w.begin(annasToken)
		return s, to, err
	}
	return Session{}, "/flags", cmp.Or(w.away, error(&evenkeel.Error{Kind: evenkeel.KindDenied, Says: "this sign-in was not begun in this browser", Hint: "begin again"}))
}

func (w *world) Expect(_ context.Context, by Session, p Person, provider, there string) error {
	if there == "" {
		return evenkeel.Invalid("nobody there")
	}
	p.Accounts = []Account{{ID: "account-e", State: "invited", By: provider, Whom: there}}
	w.people = append(w.people, p)
	return nil
}

func (w *world) Persons(context.Context) ([]Person, error) { return w.people, w.sick }

func (w *world) Invite(_ context.Context, by Session, p Person) (string, error) {
	if slices.ContainsFunc(w.people, func(o Person) bool { return o.ID == p.ID }) {
		return "", &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "there is a person of that name", Hint: "choose another"}
	}
	w.people = append(w.people, p)
	return "INVITED-BY-" + string(by.Person.ID), nil
}

func (w *world) Disable(_ context.Context, by Session, account string) error {
	for i := range w.people {
		for j := range w.people[i].Accounts {
			if a := &w.people[i].Accounts[j]; a.ID == account {
				if w.people[i].ID == by.Person.ID {
					return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "nobody else who administers can sign in", Hint: "invite another admin first"}
				}
				a.State, w.ended = "disabled", append(w.ended, string(by.Person.ID)+" "+account)
				return nil
			}
		}
	}
	return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "there is no such account"}
}

func (w *world) Appoint(_ context.Context, by Session, p evenkeel.PersonID, roles []Role) error {
	for i := range w.people {
		if w.people[i].ID == p {
			w.people[i].Roles = roles
			return nil
		}
	}
	return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "there is no such person", Hint: "the people page lists all"}
}

func (w *world) Enrolment(context.Context, Session) (Enrolment, error) {
	return Enrolment{URI: "otpauth://totp/x", Secret: "JBSW Y3DP", QR: []byte("\x89PNG")}, nil
}

func (w *world) Enrol(_ context.Context, s Session, c Credentials) (Session, error) {
	if len(c.Password) < 12 || c.Code != goodCode {
		return Session{}, evenkeel.Invalid("the password has %d characters; expected 12 or more", len(c.Password))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	in := w.sessions[s.Token]
	in.Enrolled, in.MustEnrol, in.Person.Roles = true, false, []Role{RoleReviewer}
	delete(w.sessions, s.Token)
	in.Token = rand.Text()
	w.sessions[in.Token] = in
	return in, nil
}

func (w *world) Account(t evenkeel.TenantID) evenkeel.Account {
	if t != "raisup" {
		return evenkeel.Account{
			Tenant: t, Since: evenkeel.UnknownFact[evenkeel.Moment]("nobody told"), Standing: evenkeel.UnknownFact[evenkeel.Standing]("nobody told"),
			Paid: evenkeel.UnknownFact[float64]("nobody told"), RunRate: evenkeel.UnknownFact[float64]("nobody told"),
		}
	}
	return evenkeel.Account{
		Tenant: t, Since: evenkeel.KnownFact(noon.Add(-420*24*time.Hour), noon), Standing: evenkeel.KnownFact(evenkeel.StandingOnCredit, noon),
		Paid: evenkeel.UnknownFact[float64]("it runs on credit: zero paid is no payment history"), RunRate: evenkeel.KnownFact(611.5, noon), Currency: "USD",
	}
}

func (w *world) Profile(t evenkeel.TenantID) Profile { return w.names[t] }

func (w *world) Holding(a evenkeel.AssetID) (evenkeel.Holding, bool) {
	if !strings.HasPrefix(string(a), "worker-") {
		return evenkeel.Holding{}, false
	}
	return evenkeel.Holding{Asset: a, Tenant: "raisup", Principal: "deploy", Image: "ubuntu-24.04", StartScript: strings.Repeat("a1", 32)}, true
}

var miningCriteria = []string{
	"What does the tenant say that it runs, and does what was seen agree with it?",
	"Which evidence is not usage, and who measured it?",
	"What is the strongest innocent explanation (a batch job, research, a machine that was taken over)?",
}

func (w *world) Family(name string) Terms {
	t := Terms{
		Digest: digestOf, Clause: "Machines may not be used to mine crypto-currencies (terms of service, acceptable use).",
		Ladder: []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate}, Criteria: miningCriteria,
		Keeps: map[evenkeel.Measure][]string{evenkeel.MeasureThrottle: {"the machines run on a fifth of their CPU", "data can be read and exported"}},
	}
	if name == docket.Announcements {
		t.Criteria, t.Announced = []string{"What is announced, and for whom?"}, []string{"mining", "creation"}
	}
	return t
}

var digestOf = "sha256:" + strings.Repeat("ab", 32)

// raisup is Story A, second run, as it might have been: throttled again after a clearance, and
// the tenant has spoken.
func raisup() docket.Folder {
	const id = evenkeel.CaseID("c-mrd7ybxxgc4sflmrmg7qmjq2wi")
	machine := evenkeel.Actor{Policy: digestOf}
	vms := []evenkeel.AssetID{"worker-01", "worker-02", "worker-03"}
	found := finding("f-1", "worker-01", noon.Add(-2*time.Hour))
	decision := func(d evenkeel.DecisionID, m, wanted evenkeel.Measure, s evenkeel.DecisionState) evenkeel.Decision {
		return evenkeel.Decision{
			ID: d, Case: id, Tenant: "raisup", Family: "mining", Measure: m, Wanted: wanted, Assets: vms, From: noon.Add(-100 * time.Minute), Until: noon.Add(140 * time.Minute),
			At: noon.Add(-100 * time.Minute), Actor: machine, State: s, Mode: evenkeel.ModeLive,
			Grounds: evenkeel.Grounds{
				Clause: "Machines may not be used to mine crypto-currencies (terms of service, acceptable use).", Row: "compute, two families",
				Basis: []evenkeel.Basis{{Finding: "f-1", Revision: evenkeel.Final, Rule: "crypto-mining", Version: 1}},
			},
			Safeguards: []evenkeel.Safeguard{
				{Name: "payment-history", Says: evenkeel.Unknown, Why: "It runs on credit: zero paid is no payment history."},
				{Name: "established-customer", Says: evenkeel.Protect, Why: "It has been a customer for 420 days, and its standing is on_credit."},
				{Name: "prior-clearance", Says: evenkeel.Permit, Why: "There is nothing that clears it (clearances 0, confirmed abuse 0)."},
				{Name: "attribution", Says: evenkeel.NotApplicable, Why: "One machine."},
			},
			Why: []string{"It was cleared within thirty days: a person decides."},
		}
	}
	reasons := docket.Reasons{Reason: "The answer names the script, and it has run every quarter.", Points: []docket.Point{{Criterion: miningCriteria[0], Speaks: docket.SpeaksFor, Note: "A batch job over 500,000 rows."}}}
	f := docket.Folder{
		Row: docket.Row{
			Case: evenkeel.Case{
				ID: id, Tenant: "raisup", Family: "mining", Opened: noon.Add(-26 * time.Hour), State: evenkeel.CaseReopened, Since: noon.Add(-2 * time.Hour), Assets: vms,
				Latest: noon.Add(-2 * time.Hour), Cleared: noon.Add(-14 * time.Hour), Waiting: noon.Add(-46 * time.Minute), Spoke: noon.Add(-9 * time.Minute),
			},
			Highest: evenkeel.MeasureThrottle, Proposed: 1, Due: noon.Add(14 * time.Minute), DueKind: docket.ClockOurAnswer, Cleared: true, Unconfirmed: 1,
		},
		Prior: []evenkeel.Case{{
			ID: "c-0", Tenant: "raisup", Family: "mining", Opened: noon.Add(-90 * 24 * time.Hour), State: evenkeel.CaseClosed, Outcome: evenkeel.OutcomeFalsePositive,
			Since: noon.Add(-89 * 24 * time.Hour),
		}},
		Flags: []evenkeel.Flag{{
			ID: "flag-1", Tenant: "raisup", Family: "mining", Selector: evenkeel.Selector{Principal: "deploy", Image: "ubuntu-22.04"}, Envelope: evenkeel.Envelope{Count: 12},
			From: noon.Add(-89 * 24 * time.Hour), Until: noon.Add(24 * time.Hour), Case: "c-0", By: evenkeel.Actor{Person: "ben"}, Why: reasons.Text(),
		}},
		Clocks: []docket.Clock{
			{Case: id, Kind: docket.ClockOurAnswer, Started: noon.Add(-46 * time.Minute), Due: noon.Add(14 * time.Minute), Breach: "What is enforced steps down."},
			{Case: id, Kind: docket.ClockLease, Decision: "d-throttle", Started: noon.Add(-100 * time.Minute), Due: noon.Add(140 * time.Minute), Breach: "It lapses."},
		},
		Findings: []evenkeel.Finding{finding("f-1", "worker-01", noon.Add(-3*time.Hour)), found},
		Decisions: []evenkeel.Decision{
			decision("d-throttle", evenkeel.MeasureThrottle, evenkeel.MeasureThrottle, evenkeel.InForce),
			decision("d-isolate", evenkeel.MeasureIsolate, evenkeel.MeasureIsolate, evenkeel.Proposed),
			decision("d-lapsed", evenkeel.MeasureNotify, evenkeel.MeasureNotify, evenkeel.Lapsed),
		},
		Entries: []evenkeel.Entry{
			{At: noon.Add(-26 * time.Hour), Kind: evenkeel.EntryCase, Says: "The case was opened.", State: "open"},
			{At: noon.Add(-14 * time.Hour), Kind: evenkeel.EntryActed, State: "clear", Says: "ben: clear.", Actor: evenkeel.Actor{Person: "ben"}, Words: reasons.Text()},
			{At: noon.Add(-2 * time.Hour), Kind: evenkeel.EntryFound, Says: "The CPU of worker-01 was busy.", Ref: "f-1"},
			{At: noon.Add(-46 * time.Minute), Kind: evenkeel.EntrySaid, Says: "The tenant: answer.", State: "answer", Words: "It is our quarterly batch job.\nProduction is down. We are two people, and I am abroad."},
			{At: noon.Add(-9 * time.Minute), Kind: evenkeel.EntrySaid, Says: "The tenant: message.", State: "message", Words: "Please. This is the fourth message."},
			{At: noon.Add(-8 * time.Minute), Kind: evenkeel.EntryLooked, Says: "carl looked at the case.", Actor: evenkeel.Actor{Person: "carl"}},
		},
		Notices: []evenkeel.Notice{{ID: "n-1", Case: id, Decision: "d-throttle", Measure: evenkeel.MeasureThrottle, State: evenkeel.InForce, At: noon.Add(-100 * time.Minute)}},
		Orders:  []evenkeel.Order{{ID: "o-1", Decision: "d-throttle", Measure: evenkeel.MeasureThrottle, Assets: vms}},
	}
	for i := range f.Entries {
		f.Entries[i].Case, f.Entries[i].Seq = id, int64(i+1)
	}
	f.Dispatches = []docket.Dispatch{
		{Notice: "n-1", Over: noon, Deliveries: append([]docket.Delivery{{Notice: "n-1", Channel: "mail", To: "owner", At: noon.Add(-99 * time.Minute), Says: "250 accepted"}}, byMachines()...)},
		{Order: "o-1", Attempts: 3, Next: noon.Add(2 * time.Minute), Why: "the webhook answered 500"},
	}
	return f
}

// finding is one of the mining rule about a machine.
func finding(id evenkeel.FindingID, vm evenkeel.AssetID, at evenkeel.Moment) evenkeel.Finding {
	known := func(v float64) evenkeel.Reading { return evenkeel.Reading{Value: v, Known: true} }
	f := evenkeel.Finding{
		ID: id, Revision: evenkeel.Final, Rule: "crypto-mining", Version: 1, Family: "mining", Mode: evenkeel.ModeLive, At: at, From: at.Add(-30 * time.Minute), Until: at, Score: 3.2,
		Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: vm, Tenant: "raisup"},
		Terms: []evenkeel.Term{
			{Name: "pinned", Family: evenkeel.EvidenceUsage, Value: known(0.997), Threshold: known(0.95), Unit: "1", Weight: 1.2, Says: "The CPU was busy at 0.997 for 30 minutes, without a pause."},
			{Name: "pool", Family: evenkeel.EvidenceWire, Value: known(41), Threshold: known(10), Weight: 1.5, Says: "41 flows went to addresses that mining pools use, too."},
			{Name: "young", Family: evenkeel.EvidenceUsage, Value: known(5400), Threshold: known(86400), Unit: "s", Weight: 1, Says: "The machine is 1 h 30 min old."},
		},
		Unmet: []evenkeel.Term{{Name: "stratum", Family: evenkeel.EvidenceProcess, Unknown: "no payload is looked at"}, {Name: "steady", Family: evenkeel.EvidenceUsage, Value: known(0.0213), Threshold: known(0.01)}},
	}
	cpu := evenkeel.PaneSeries{Name: "cpu", Unit: "1", From: at.Add(-90 * time.Minute), Width: evenkeel.Moment(time.Minute)}
	for i := range 90 {
		v := known(0.03 + 0.01*math.Sin(float64(i)))
		if i > 44 {
			v = known(0.995 + 0.002*math.Sin(float64(i)))
		}
		if i == 20 || i == 21 {
			v = evenkeel.Reading{}
		}
		cpu.Values = append(cpu.Values, v)
	}
	f.Panes = []evenkeel.PaneSeries{cpu}
	return f
}

// plainCase is a case in which little stands.
func plainCase(id string, tenant evenkeel.TenantID, family string, change func(*docket.Folder)) docket.Folder {
	f := docket.Folder{Row: docket.Row{Case: evenkeel.Case{
		ID: evenkeel.CaseID(id), Tenant: tenant, Family: family, Opened: noon.Add(-5 * time.Hour), State: evenkeel.CaseOpen, Since: noon.Add(-5 * time.Hour),
	}}}
	if change != nil {
		change(&f)
	}
	return f
}

// refused is a case in which no one carries out what was decided.
func refused() docket.Folder {
	return plainCase("c-refused", "mill", "flood", func(f *docket.Folder) {
		f.Highest, f.Failed, f.Unstopped = evenkeel.MeasureLimit, 1, 1
		f.Decisions = []evenkeel.Decision{{ID: "d-limit", Measure: evenkeel.MeasureLimit, Wanted: evenkeel.MeasureLimit, State: evenkeel.InForce, Mode: evenkeel.ModeLive, From: noon.Add(-time.Hour), Until: noon.Add(time.Hour)}}
		f.Orders = []evenkeel.Order{{ID: "o-limit", Decision: "d-limit", Measure: evenkeel.MeasureLimit, Params: map[string]string{"syn_rate": "200", "rate_to": "10000"}}}
		f.Dispatches = []docket.Dispatch{{Order: "o-limit", Over: noon, Receipt: evenkeel.Receipt{Order: "o-limit", State: evenkeel.ReceiptRefused, Node: "edge", Why: "no such interface"}}}
	})
}

// onPaper is a case in which two measures are only written down.
func onPaper() docket.Folder {
	return plainCase("c-paper", "kestrel", "mining", func(f *docket.Folder) { f.Highest, f.OnPaper = evenkeel.MeasureThrottle, 2 })
}

// unaware is a case in which a throttle is in force that nobody was told of.
func unaware() docket.Folder {
	return plainCase("c-unaware", "mill", "mining", func(f *docket.Folder) { f.Highest, f.Untold, f.Unaware = evenkeel.MeasureThrottle, 1, 1 })
}

// numbered makes n cases.
func numbered(n int) (out []docket.Folder) {
	for i := range n {
		out = append(out, plainCase(fmt.Sprintf("c-%04d", i), "t", "mining", nil))
	}
	return out
}
