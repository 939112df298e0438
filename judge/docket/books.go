package docket

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// Books are the system of record as the judge needs it. storetest says what it must do.
type Books interface {
	// Transact calls f with a transaction and keeps all of what f put, or, where f or the
	// keeping fails, nothing of it. Transactions are one after another.
	Transact(ctx context.Context, f func(Tx) error) error
	// Peek calls f with a transaction that sees the books as they are at its beginning, and of which nothing is kept: it
	// waits for nobody who writes, and nobody for it. Put is refused (KindDenied). The key of a tenant that has none is zero.
	Peek(ctx context.Context, f func(Tx) error) error
	// Each calls f for every i below n with a transaction of its own, one after the other, as Transact would, and
	// says what went wrong with each, or nil. Each sees what those before it put. Books may bring all of them to
	// the disk at once, which costs less: so nobody else has a turn meanwhile, and f may be called again for an i,
	// from the first on; what the last call put is kept. After KindUnavailable f is called no more.
	Each(ctx context.Context, n int, f func(i int, tx Tx) error) []error
	// Due returns the cases with a running clock that is due at or before now, the one that
	// is due first first (then by id), at most max of them.
	Due(ctx context.Context, now evenkeel.Moment, max int) ([]evenkeel.CaseID, error)
	// Naming returns the cases, by id, in which a live decision that is not over names the
	// asset.
	Naming(ctx context.Context, a evenkeel.AssetID) ([]evenkeel.CaseID, error)
	// Drawn says whether, about the release of a switch, somebody is waited for who was drawn at a
	// moment or before.
	Drawn(ctx context.Context, until evenkeel.Moment) (bool, error)
	Stands
}

// Peeks says that nothing is kept of a transaction that only looks.
func Peeks() error {
	return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "put changes: the transaction only looks, and keeps nothing"}
}

// OneByOne is Each of books that keep each transaction by itself.
func OneByOne(ctx context.Context, transact func(context.Context, func(Tx) error) error, n int, f func(i int, tx Tx) error) []error {
	failed := make([]error, n)
	for i := range failed {
		failed[i] = transact(ctx, func(tx Tx) error { return f(i, tx) })
		if failed[i] != nil && evenkeel.KindOf(failed[i]) == evenkeel.KindUnavailable {
			for j := i + 1; j < n; j++ {
				failed[j] = failed[i]
			}
			break
		}
	}
	return failed
}

// Tx is one transaction.
type Tx interface {
	// Taken says whether a key was put before: see FindingKey and ActKey.
	Taken(key string) (bool, error)
	// Dossier returns what the judge must know about a tenant and a family of rules.
	Dossier(t evenkeel.TenantID, family string) (Dossier, error)
	// DossierOf is Dossier of a case's tenant and family with that case as Case, even where
	// there is a newer one. KindNotFound where there is no such case.
	DossierOf(c evenkeel.CaseID) (Dossier, error)
	// Finding returns a revision of a finding as it was put; nil where it was not, or is not kept any more.
	Finding(id evenkeel.FindingID, r evenkeel.Revision) (*evenkeel.Finding, error)
	// Fetching returns the cases of a tenant, by id, in which the time to fetch the data runs or stands
	// still: closed ones too, and however many came after them.
	Fetching(t evenkeel.TenantID) ([]evenkeel.CaseID, error)
	// Appealing returns the cases of a tenant, by id, in which an appeal is open, however many came after them.
	Appealing(t evenkeel.TenantID) ([]evenkeel.CaseID, error)
	// Open returns the cases of a tenant, by id, that are not closed: all of them, of which a dossier holds the
	// newest.
	Open(t evenkeel.TenantID) ([]evenkeel.CaseID, error)
	// CutOff returns the assets, by id, that live decisions in force or held cut off (CutsOff) in all cases of a
	// tenant but one.
	CutOff(t evenkeel.TenantID, but evenkeel.CaseID) ([]evenkeel.AssetID, error)
	Sent
	Bench
	Governing
	Taught
	Promoting
	// Incident returns an incident. KindNotFound where there is no such.
	Incident(id IncidentID) (Incident, error)
	// Reach is ReachOf of Reached.
	Reach(c evenkeel.CaseID) (Reach, error)
	// Ledger returns the log and the keys of commitments.
	Ledger() Ledger
	// Put takes changes in. It is called once, last.
	Put(Changes) error
}

// Sent is what was put to leave, as a transaction sees it.
type Sent interface {
	// Order returns an order, its case and what became of it. KindNotFound where there is no
	// such order.
	Order(id evenkeel.OrderID) (SentOrder, error)
	// Undone returns the decisions of a case whose order to enforce nobody carries out
	// (Dispatch.Undone), in any order; those that are over too.
	Undone(c evenkeel.CaseID) ([]evenkeel.DecisionID, error)
	// Notice is Order of a notice.
	Notice(id evenkeel.NoticeID) (SentNotice, error)
	// Page is Order of a page.
	Page(id PageID) (SentPage, error)
	// Paging returns the pages of a case that are not over, in the order of their writing.
	Paging(c evenkeel.CaseID) ([]PageID, error)
}

// Bench is what is asked before somebody is drawn, and before a denial, or an answer to an appeal, is taken.
type Bench interface {
	// Interested returns the persons who have an interest in the tenant, in a case, or in one
	// of some rules, by id, each once.
	Interested(t evenkeel.TenantID, c evenkeel.CaseID, rules []string) ([]evenkeel.PersonID, error)
	// Denials returns the reviews in which a verdict supports a denial, opened last first (then
	// by id), at most so many.
	Denials(most int) ([]Review, error)
	// Upheld returns the entries of acts that left what was appealed as it was (UpheldKey), the newest first
	// (then by key, the last first), at most so many.
	Upheld(most int) ([]evenkeel.Entry, error)
	// Said returns the entries of what the tenant said in a case, the newest first, at most so many.
	Said(c evenkeel.CaseID, most int) ([]evenkeel.Entry, error)
}

// Ledger is the log as a transaction sees it.
type Ledger interface {
	ledger.Tree
	// Key returns the tenant's key for commitments, making it where there is none.
	// KindNotFound where it was erased.
	Key(t evenkeel.TenantID) (ledger.Key, error)
}

// Dossier is what is known about one tenant under one family of rules: all that a decision
// may depend on besides the finding, the facts and the policy.
type Dossier struct {
	Tenant evenkeel.TenantID
	Family string
	// Case is the newest one; nil where there is none.
	Case *evenkeel.Case
	// Entries is the number of entries of Case.
	Entries int64
	// Decisions are those of Case in the order of their making: all live ones in which
	// something stands or did, or to which a person or procedure said no (proposed, held, in
	// force, lapsed, lifted, refused), all live ones that a person took and those in whose
	// place they are; and of the others the newest MaxDecisions. So nothing that stands is
	// out of sight, however much was decided, and no word of a person is forgotten.
	Decisions []evenkeel.Decision
	// Clocks are the running ones of Case, by due time, then kind, then decision.
	Clocks []Clock
	// Heard are the ended clocks of the appeals of Case on which persons have decided, by decision.
	Heard []Clock
	// Bench is who may decide at all, where that was asked for an appeal; empty: it was not, or is not
	// known. Books leave it empty.
	Bench []evenkeel.PersonID
	// Flags are the tenant's for the family, by From, then ID; revoked and past ones too. Of
	// more than MaxFlags they are those that end last (of several that end together those that
	// begin last, then the later ids).
	Flags []evenkeel.Flag
	// Prior are the tenant's other cases of any family, newest first: the newest MaxPrior, and
	// whatever protects the tenant still, however many came after it: as many of those that
	// are not closed, of those that were cleared last, and of those that were cleared last in
	// this family.
	Prior []evenkeel.Case
	// Reviews are those of Case, opened first first (then by id): of more than MaxReviews the
	// newest, and all that are not over, and all about lawful orders.
	Reviews []Review
	// Elsewhere are the lawful orders in force in other cases of the tenant, by case, then decision.
	Elsewhere []Withholding
	// Appealing are the other cases of the tenant in which an appeal is open, where that was asked because its
	// contract ends, or may. Books leave it empty.
	Appealing []evenkeel.CaseID
}

// How much a dossier holds.
const (
	MaxDecisions = 512 // besides those that it holds all of
	MaxFlags     = 256
	MaxPrior     = 32 // of each kind
)

// FindingKey is what Taken knows a revision of a finding by.
func FindingKey(f *evenkeel.Finding) string { return string(f.ID) + " " + f.Revision.String() }

// ActKey is what Taken knows an act by.
func ActKey(id string) string { return "act " + id }

// upheld begins the keys of UpheldKey, and nothing else.
const upheld = "upheld "

// UpheldKey is put with the entry of an act that left what was appealed as it was, so that it is found among those
// of all cases: such keys stand in the order of their time.
func UpheldKey(e *evenkeel.Entry) string {
	return fmt.Sprintf("%s%020d %s %d", upheld, e.At, e.Case, e.Seq)
}

// UpheldKeys are between which keys those of UpheldKey stand.
func UpheldKeys() (from, before string) { return upheld, "upheld!" }

// ParseUpheldKey is the way back, to the case and the number of the entry; false for any other key.
func ParseUpheldKey(key string) (c evenkeel.CaseID, seq int64, ok bool) {
	rest, ok := strings.CutPrefix(key, upheld)
	_, rest, timed := strings.Cut(rest, " ")
	at := strings.LastIndexByte(rest, ' ')
	if !ok || !timed || at < 0 {
		return "", 0, false
	}
	seq, err := strconv.ParseInt(rest[at+1:], 10, 64)
	return evenkeel.CaseID(rest[:at]), seq, err == nil
}

// Changes are all that one transaction keeps.
type Changes struct {
	Tenant    evenkeel.TenantID
	Family    string
	Taken     []string            // keys, new ones
	Cases     []evenkeel.Case     // new or changed, by ID
	Entries   []evenkeel.Entry    // new
	Decisions []evenkeel.Decision // new, or in a new state or with another beginning, by ID
	Clocks    []Clock             // new or changed, by case, kind and decision
	Flags     []evenkeel.Flag     // new or revoked, by ID
	Findings  []evenkeel.Finding  // evidence, by ID and revision
	Orders    []evenkeel.Order    // to the outbox, each once
	Notices   []evenkeel.Notice   // to the outbox, each once
	Pages     []Page              // to the outbox, each once
	// Receipts are the last ones of their orders, and each counts as one more that was heard.
	Receipts   []evenkeel.Receipt
	Deliveries []Delivery // new, of notices
	Tried      []Tried    // new, of pages
	Endings    []Ending   // of orders, notices and pages; of what is over, the first one stands
	// Reviews are new or changed, by ID. Their verdicts are only appended, and each is by a person
	// who may give it; a live decision in force that needs two rests on one of them.
	Reviews   []Review
	Interests []Interest  // new; the first one of a person in the same thing stands
	Switches  []Switch    // pulled, or with one more word on the way to their release
	Budgets   []Budget    // by Key
	Breakers  []Breaker   // by Rule
	Debuts    []Debut     // new; of what is kept, the first one stands
	Feeds     []Feed      // by ID; what is over or accepted stays so
	Credits   []Credit    // new, or one that was proposed, granted or refused
	Lessons   []Lesson    // by Case; a later one takes the place of an earlier
	Audits    []Audit     // new, or one that was open and is done
	Reaches   []Reach     // by Case; what was before stays
	Stages    []Staged    // new; the last one of a version counts
	Hits      []ShadowHit // new; each finding counts once
	Incidents []Incident  // by ID; what was sent of one stays as it was sent
	Notes     []Note      // to their outbox, each once
	// Runs is what Tenant runs, where a decision takes effect that cuts some of it off; nil: as it was.
	Runs   []evenkeel.AssetID
	Sealed ledger.Sealed
}
