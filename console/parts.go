package console

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Parts are what the console is handed. All of them are needed.
type Parts struct {
	Books   docket.Reader
	Acts    Acts
	Looks   Looks
	Door    Door
	Roster  Roster
	Tenants Tenants
	Policy  Policy
	// Status says how the process is. It is asked once a page that shows it.
	Status func(context.Context) (Status, error)
	Now    func() time.Time
	// Secure says that people reach the console by TLS: its cookie is sent by no other way.
	Secure bool
	Log    *slog.Logger
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
}

// Roster is who works here.
type Roster interface {
	Persons(ctx context.Context) ([]Person, error)
	// Invite returns the token of a one-time link with which the person comes in first.
	Invite(ctx context.Context, by Session, p Person) (token string, err error)
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
}

// Credentials are what somebody types to sign in, and from where.
type Credentials struct {
	Name     string
	Password string
	Code     string
	Source   string // address of who asks, without the port; "" for Enrol
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
}

// Role is what a person may do.
type Role string

// The roles. None is part of another: who shall do both has both.
const (
	RoleReviewer Role = "reviewer" // looks at cases, and decides
	RoleAdmin    Role = "admin"    // invites people, and revokes flags
)

// Admin says whether the person has the role.
func (p *Person) Admin() bool { return slices.Contains(p.Roles, RoleAdmin) }

// Reviewer says whether the person has the role.
func (p *Person) Reviewer() bool { return slices.Contains(p.Roles, RoleReviewer) }

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
	NoticesFailed  int   // that reached nobody
	Backlog        int64 // batches that are in the log and were not watched yet
	Held           []evenkeel.Finding
	Ledger         Head
}

// Head is the latest signed head of the ledger.
type Head struct {
	Size int64
	Note string // as it is signed; "" where nothing was decided yet
}
