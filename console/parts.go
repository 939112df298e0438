package console

import (
	"context"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Parts are what the console is handed. All of them are needed, but Base and Name.
type Parts struct {
	Books   docket.Pages
	Reach   docket.Reached // who came while a case is open
	Acts    Acts
	Looks   Looks
	Door    Door
	Roster  Roster
	Tenants Tenants
	Policy  Policy
	Brakes  Brakes
	// Second says why nobody could be the second of what an act would ask two persons, as Acts would refuse it, or
	// nil where somebody could: it is shown before the form is filled in, and does nothing.
	Second func(ctx context.Context, a docket.Act) error
	// Reports are the reports that a case is about, one by one, the newest first, at most so many, without where
	// their reporters may be written to.
	Reports func(ctx context.Context, f *docket.Folder, most int) ([]docket.Reported, error)
	// Unsent is what has not left yet, and what reached nobody: of a case, or of all where that is ""; of each kind at
	// most so many.
	Unsent func(ctx context.Context, c evenkeel.CaseID, most int) ([]docket.Unsent, error)
	// OnCall says who can be called, from a moment on, and who was.
	OnCall func(ctx context.Context, from evenkeel.Moment) (OnCall, error)
	// Lots are cases that are looked at by lot: one alone, or, where that is "", as many as a page takes: those
	// that wait longest, and the newest verdicts of one person, or of all where that is "".
	Lots func(ctx context.Context, one docket.AuditID, by evenkeel.PersonID) (Lots, error)
	// Credits are what tenants are owed for measures that should not have been, at most so many; 0 all.
	Credits func(ctx context.Context, most int) ([]docket.Credit, error)
	Sites   Sites // what came to tenants' sites at the edge
	// Incidents are when the platform itself was hurt, and what people tell of it.
	Incidents Incidents
	Figures   Figures
	Record    Record
	// Letter is the letter that would have gone out of a decision in shadow. KindNotFound where the case has none
	// such, KindInvalid where nobody would have been told.
	Letter func(ctx context.Context, f *docket.Folder, d evenkeel.DecisionID) (Letter, error)
	// Status says how the process is. It is asked once a page that shows it.
	Status func(context.Context) (Status, error)
	Now    func() time.Time
	// Lacks says why a measure could not be carried out here now, or "". nil: that is not known.
	Lacks func(evenkeel.Measure) string
	// Mute says that nobody can be called, as no channel is set.
	Mute bool
	// Secure says that people reach the console by TLS: its cookie is sent by no other way.
	Secure bool
	// Base is the address under which people reach the console, as links have it, such as
	// https://evenkeel.example; "": as whoever asks for a link reached it.
	Base string
	// Name tells the session's cookie from that of another console on the same host, since cookies
	// do not know of ports: the port that is listened on, say; "" where there is only one.
	Name string
	Log  *slog.Logger
}

var cookieName = regexp.MustCompile(`^[A-Za-z0-9._-]{0,64}$`)

// check says which part is missing, or what is wrong with one.
func (p *Parts) check() error {
	for name, missing := range map[string]bool{
		"Books": p.Books == nil, "Reach": p.Reach == nil, "Acts": p.Acts == nil, "Looks": p.Looks == nil, "Door": p.Door == nil, "Roster": p.Roster == nil,
		"Tenants": p.Tenants == nil, "Policy": p.Policy == nil, "Brakes": p.Brakes == nil, "Second": p.Second == nil, "Reports": p.Reports == nil, "Unsent": p.Unsent == nil, "OnCall": p.OnCall == nil, "Lots": p.Lots == nil, "Credits": p.Credits == nil, "Sites": p.Sites.Record == nil || p.Sites.Promises == nil, "Incidents": p.Incidents == nil, "Figures": p.Figures == nil, "Record": p.Record == nil, "Letter": p.Letter == nil, "Status": p.Status == nil, "Now": p.Now == nil, "Log": p.Log == nil,
	} {
		if missing {
			return evenkeel.Invalid("console without %s; expected all of its parts", name)
		}
	}
	if u, err := url.Parse(p.Base); p.Base != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery+u.Fragment != "") {
		return evenkeel.Invalid("console at %.200q; expected the root of an origin, such as https://evenkeel.example", p.Base)
	}
	if !cookieName.MatchString(p.Name) {
		return evenkeel.Invalid("console of the name %.100q; expected at most 64 of A-Z, a-z, 0-9, full stop, hyphen and underscore", p.Name)
	}
	return nil
}

// Acts does what a person decided. The same act handed in twice counts once. An error of
// evenkeel.Error says why it may not be done, and is shown.
type Acts interface {
	Do(ctx context.Context, a docket.Act) error
}

// Looks writes down that a person looks at a case.
type Looks interface {
	Look(ctx context.Context, c evenkeel.CaseID, p evenkeel.PersonID) error
}

// Door is how a person comes in, and goes.
type Door interface {
	// EnterByLink takes a one-time link, which is used up by that.
	EnterByLink(ctx context.Context, token string) (Session, error)
	// Enter takes both factors. Its error does not say which was wrong.
	Enter(ctx context.Context, c Credentials) (Session, error)
	// Whose returns the session of a token. KindDenied or KindNotFound where there is none.
	Whose(ctx context.Context, token string) (Session, error)
	Leave(ctx context.Context, token string) error
	// Providers are those who sign people in for us, in the order in which they are offered.
	Providers() []Provider
	// SendTo returns where to send a browser so that a provider signs somebody in, and what it has to
	// remember until it is back; to is where it goes then. join is the session that wants to be known
	// there from now on, or nil. KindNotFound where there is no such provider, KindUnavailable where it
	// does not answer.
	SendTo(ctx context.Context, provider string, join *Session, to string) (there, remember string, err error)
	// ComeBack takes what a browser remembers and brings back. to is set with an error too, where it is
	// known.
	ComeBack(ctx context.Context, provider, remembered string, brought url.Values) (s Session, to string, err error)
}

// Roster is who works here.
type Roster interface {
	Persons(ctx context.Context) ([]Person, error)
	// Invite returns the token of a one-time link with which the person comes in first.
	Invite(ctx context.Context, by Session, p Person) (token string, err error)
	// Expect invites a person whom a provider signs in, by the subject or the verified address there.
	Expect(ctx context.Context, by Session, p Person, provider, there string) error
	// Disable ends an account and its sessions.
	Disable(ctx context.Context, by Session, account string) error
	// Appoint gives a person exactly these roles, in sessions that are open too.
	Appoint(ctx context.Context, by Session, p evenkeel.PersonID, roles []Role) error
	// Enrolment says what a person needs to enrol a second factor.
	Enrolment(ctx context.Context, s Session) (Enrolment, error)
	// Enrol gives the account of a session a name, a password and the second factor whose first
	// code is Code, and returns the session as it goes on, under another token.
	Enrol(ctx context.Context, s Session, c Credentials) (Session, error)
}

// Tenants are facts about tenants as they are known now.
type Tenants interface {
	Account(evenkeel.TenantID) evenkeel.Account
	Profile(evenkeel.TenantID) Profile
	// Holding says what an asset is and who holds it; false where nobody is known to.
	Holding(evenkeel.AssetID) (evenkeel.Holding, bool)
}

// Policy is what the console has to know of the policy in force.
type Policy interface {
	// Family returns the terms of a family, which may be those of all that have no own.
	Family(name string) Terms
}

// Terms are what the policy says about a family of rules.
type Terms struct {
	Digest   string
	Clause   string
	Ladder   []evenkeel.Measure
	Criteria []string
	Keeps    map[evenkeel.Measure][]string // what the tenant can still do
	// Announced are the families for which an announced burst is allowed, whatever family it is asked of.
	Announced []string
}

// Profile is who a tenant is.
type Profile struct {
	Name     string
	Contacts []Contact
}

// Contact is somebody whom notices reach; the console shows no address.
type Contact struct {
	Role string
	Lang string
	// Machine says that it is an endpoint: nobody is reached by it.
	Machine bool
}

// Credentials are what somebody types to sign in. From where they come stands in the context, as
// for links.
type Credentials struct {
	Name     string
	Password string
	Code     string
	Before   string // token of the session that this browser had last, which may be over; or ""
}

// Session is somebody who came in.
type Session struct {
	Token   string // the secret of the cookie
	Person  Person
	Account string
	Until   evenkeel.Moment
	// Enrolled says that the account has both factors. MustEnrol says that without them the
	// session may do nothing else.
	Enrolled  bool
	MustEnrol bool
}

// Person is somebody who works here; one person may have several accounts.
type Person struct {
	ID       evenkeel.PersonID
	Name     string
	Roles    []Role
	Enrolled bool
	Accounts []Account // only where people are listed
	Since    []Tenure  // the same; the roles that the person has, the oldest first
}

// Tenure is since when a person has a role.
type Tenure struct {
	Role Role
	From evenkeel.Moment
	By   evenkeel.PersonID // who gave it; "" is the owner of the machine
}

// Account is one way of a person to sign in.
type Account struct {
	ID    string
	Name  string // what is typed to sign in; "" until it is enrolled
	State string // invited, active or disabled
	By    string // of the provider that signs in here; "" where there is a name and a password
	Whom  string // whom the provider signs in: a subject, or the address that is waited for
}

// Shown is what tells the account from others, or "".
func (a *Account) Shown() string {
	if a.By == "" {
		return a.Name
	}
	return strings.TrimSpace(a.Whom + " by " + a.By)
}

// Disabled says whether nobody signs in with it any more.
func (a *Account) Disabled() bool { return a.State == "disabled" }

// Mark is the account's state in words.
func (a *Account) Mark() Mark {
	switch a.State {
	case "active":
		return Mark{"good", "enrolled"}
	case "invited":
		return Mark{"warn", "invited, not enrolled yet"}
	default:
		return Mark{"mute", a.State}
	}
}

// Role is what a person may do.
type Role string

// The roles, by the words of roll.Role. What each may do is the table there.
const (
	RoleViewer   Role = "viewer"
	RoleReviewer Role = "reviewer"
	RoleLead     Role = "lead"
	RoleAdmin    Role = "admin"
	RoleAuditor  Role = "auditor"
)

// roles are all of them, as pages offer them, each with what it is for.
var roles = []struct {
	Role Role
	For  string
}{
	{RoleViewer, "reads cases"},
	{RoleReviewer, "reads cases, decides them, grants and revokes flags"},
	{RoleLead, "a reviewer who also grants wide and long flags, and steers budgets, switches and undoing"},
	{RoleAdmin, "says who works here, and decides nothing"},
	{RoleAuditor, "reads everything, and changes nothing"},
}

// Enrolment is what an authenticator needs to know.
type Enrolment struct {
	URI    string // otpauth://…
	Secret string // the same, to be typed
	QR     []byte // the same, as a PNG; nil where there is none
}

// Status is how the process is.
type Status struct {
	Version        string
	PolicyName     string
	PolicyDigest   string
	OrdersWaiting  int // that no backend took yet
	NoticesWaiting int
	NoticesFailed  int    // that reached nobody
	Unreached      int    // cases whose page has reached nobody, and where nobody has looked or acted since it was given up
	Incidents      int    // when the platform itself was hurt, that wait for somebody who sends or discards what is drafted
	Credits        int    // that are proposed, and wait for somebody who grants or refuses them
	Unplaced       int    // mails that nobody can place
	SetAside       int    // findings that could not be judged
	Unwatched      string // why the watcher outside is not told that all is well: a key of Unwatched; empty: it is, or there is none
	Backlog        int64  // batches that are in the log and were not watched yet
	Held           []evenkeel.Finding
	Ledger         Head
	Arrivals       Arrivals
	Unshown        bool // whoever carries measures out has to show that tenants reach their data, and does not
}

// Arrivals are what senders brought lately.
type Arrivals struct {
	Since   evenkeel.Moment // counted from then on, when the process began; 0: it is not known what came
	Minutes int             // that count, up to now
	Senders []Sender        // all that brought something since; whoever brought most in these minutes first
}

// Sender is what one source brought in these minutes, in records, and when it was last heard of.
type Sender struct {
	Name                 string
	Telemetry, Inventory int
	Last                 evenkeel.Moment
}

// Head is the latest signed head of the ledger.
type Head struct {
	Size int64
	Note string // as it is signed; "" where nothing was decided yet
}
