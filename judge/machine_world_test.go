package judge_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
	"github.com/evenkeel/evenkeel/store/memory"
)

const (
	day      = 24 * time.Hour
	machines = 4 // of each tenant
)

// customers are who is hosted in a history, each of another kind. Of trial and late all is known
// and nothing protects; the others are protected by what is known of them, or by what is not.
var customers = map[evenkeel.TenantID]evenkeel.Account{
	"trial":  trial("trial"),
	"credit": credit("credit"),
	"late":   account("late", 100*day, evenkeel.StandingDelinquent, 0),
	"payer":  account("payer", 120*day, evenkeel.StandingPrepaid, 1000),
	"old":    account("old", 3*365*day, evenkeel.StandingInvoiced, 9000),
	"ghost": {
		Tenant: "ghost", Since: evenkeel.UnknownFact[evenkeel.Moment]("nobody said"), Standing: evenkeel.UnknownFact[evenkeel.Standing]("nobody said"),
		Paid: evenkeel.UnknownFact[float64]("nobody said"), RunRate: evenkeel.UnknownFact[float64]("nobody said"),
	},
}

var tenantIDs = []evenkeel.TenantID{"trial", "late", "credit", "payer", "old", "ghost"}

// account is a tenant who pays, or should, and costs 300 a month.
func account(t evenkeel.TenantID, age time.Duration, s evenkeel.Standing, paid float64) evenkeel.Account {
	a := trial(t)
	a.Since, a.Standing, a.Paid = evenkeel.KnownFact(start.Add(-age), start), evenkeel.KnownFact(s, start), evenkeel.KnownFact(paid, start)
	return a
}

// land is who held what, and who has paid since when. It is not changed: who moves a machine, or pays, has another one.
type land struct {
	gone map[evenkeel.AssetID]evenkeel.Moment
	paid map[evenkeel.TenantID]evenkeel.Moment
}

func (l *land) TenancyAt(a evenkeel.AssetID, at evenkeel.Moment) (*evenkeel.Holding, bool) {
	name, _, _ := strings.Cut(string(a), "-")
	h := &evenkeel.Holding{
		Asset: a, Tenant: evenkeel.TenantID(name), Kind: evenkeel.AssetVM, From: start.Add(-48 * time.Hour), Region: "here",
		Created: evenkeel.KnownFact(start.Add(-48*time.Hour), start), VCPUs: evenkeel.KnownFact(int64(4), start), Principal: "ci", Image: "sim",
	}
	if since, gone := l.gone[a]; gone && at >= since {
		h.Tenant, h.From = "next", since
	}
	return h, customers[evenkeel.TenantID(name)].Tenant != ""
}

func (l *land) AccountAt(t evenkeel.TenantID, at evenkeel.Moment) evenkeel.Account {
	a := customers[t]
	if since, paid := l.paid[t]; paid && at >= since {
		a.Standing, a.Paid = evenkeel.KnownFact(evenkeel.StandingPrepaid, since), evenkeel.KnownFact(1000.0, since)
	}
	return a
}

func (l *land) HeldBy(t evenkeel.TenantID, at evenkeel.Moment, most int) (out []*evenkeel.Holding) {
	for i := range machines {
		if h, ok := l.TenancyAt(machineOf(t, i+1), at); ok && h.Tenant == t && len(out) < most {
			out = append(out, h)
		}
	}
	return out
}

func machineOf(t evenkeel.TenantID, n int) evenkeel.AssetID {
	return evenkeel.AssetID(fmt.Sprintf("%s-%d", t, n))
}

// held says whether the tenant whose name an asset has holds it still.
func (l *land) held(a evenkeel.AssetID, at evenkeel.Moment) bool {
	since, gone := l.gone[a]
	return !gone || at < since
}

// without is the land once an asset has changed hands.
func (l *land) without(a evenkeel.AssetID, at evenkeel.Moment) *land {
	out := &land{gone: map[evenkeel.AssetID]evenkeel.Moment{}, paid: l.paid}
	maps.Copy(out.gone, l.gone)
	if _, gone := out.gone[a]; !gone {
		out.gone[a] = at
	}
	return out
}

// paying is the land once a tenant has paid three months of what it uses.
func (l *land) paying(t evenkeel.TenantID, at evenkeel.Moment) *land {
	out := &land{gone: l.gone, paid: map[evenkeel.TenantID]evenkeel.Moment{}}
	maps.Copy(out.paid, l.paid)
	if _, paid := out.paid[t]; !paid {
		out.paid[t] = at
	}
	return out
}

// The people: eve wrote the rule for mining, and new was invited the day before.
var people = []evenkeel.PersonID{"ada", "bea", "cem", "dov", "eve", "new"}

func staffed() crew { return append(since(30, people[:5]...), since(1, "new")...) }

// means are what whoever carries out may have shown. Only the first leaves every measure open.
var means = []procedure.Means{
	paper,
	{Declared: true, Keeps: paper.Keeps, Finishes: true},
	{Declared: true, Keeps: paper.Keeps, Proven: true, Destroys: []string{"memory"}, Finishes: true},
	{Declared: true, Proven: true},
	{},
}

// workdays is a desk that is staffed for ten hours of each day.
type workdays struct{ desk }

func (workdays) Staffed(at evenkeel.Moment) bool {
	return at >= start && at.Sub(start)%day < 10*time.Hour
}

// office is what one history is about that does not change in it.
type office struct {
	means   int
	tight   bool // the governor's limits are low
	rota    bool
	shadow  bool // another policy is watched
	horizon int  // steps

	customers []evenkeel.TenantID // about whom it is
	families  []string            // of rules that find something
}

// tightly are limits that a history of some steps runs into: what a machine may put a rule's or
// a measure's hands on, and when a rule's breaker opens.
const tightly = `
governor:
  rule: {at_once: 2, one_more_every: 6h}
  measure: {at_once: 3, one_more_every: 6h}
  region: {at_once: 5, one_more_every: 3h}
  breaker: {newest: 6, within: 30d, established: 365d, share: 1}
  damping: {for: 0s, by: 1}
promotion:
  canary: {crypto-mining: 50}
`

// onTrial is the rule that acts alone for half of the tenants under the tight policy, and half of them.
const (
	onTrial   = "crypto-mining"
	trialHalf = learning.Permille(500)
)

// owes is what a wrong measure costs: a cent a minute of any asset.
const owes = "\ncredits: {mode: propose, currency: EUR, other: 0.60}\n"

// atTheEdge is a family of what hurts a tenant and not others: a machine only asks about it, as nothing
// says what the tenant wants done, and a person may shield it.
const atTheEdge = `
  unshielded:
    harm: edge
    clause: Whoever is attacked is shielded as far as others need it (terms of service, shield).
    ladder: [notify, challenge, shut]
    wants:
      - {measure: shut}
    measures:
      notify:
        lease: 7d
        keeps: [everything works as before]
      challenge:
        lease: 4h
        keeps: [visitors pass a challenge, data can be read and exported]
      shut:
        lease: 4h
        keeps: [the domain answers its page, data can be read and exported]
    clocks: {tenant_answer: 24h, our_answer: 60m, appeal: 183d, latch: 30d}
    criteria:
      - Who is attacked, and who else is hurt by it?
      - What is the strongest innocent explanation (a crowd, a sale, a crawler)?
`

const (
	tightRule    = 2
	tightMeasure = 3
	tightEvery   = 6 * time.Hour
)

// witness keeps what was put into some books, in order.
type witness struct {
	docket.Books
	docket.Reader
	kept []docket.Changes
}

func newWitness() *witness {
	b := memory.New(rand.NewChaCha8([32]byte{1}))
	return &witness{Books: b, Reader: b}
}

func (w *witness) Transact(ctx context.Context, f func(docket.Tx) error) error {
	var put []docket.Changes
	err := w.Books.Transact(ctx, func(tx docket.Tx) error { return f(&witnessTx{tx, &put}) })
	if err == nil {
		w.kept = append(w.kept, put...)
	}
	return err
}

func (w *witness) Each(ctx context.Context, n int, f func(i int, tx docket.Tx) error) []error {
	return docket.OneByOne(ctx, w.Transact, n, f)
}

type witnessTx struct {
	docket.Tx
	put *[]docket.Changes
}

func (x *witnessTx) Put(c docket.Changes) error {
	*x.put = append(*x.put, c)
	return x.Tx.Put(c)
}

var policies = map[bool]*policy.Policy{}

// parts are those of a docket in an office. Each has lots of its own, the same in each. Where all is
// declared, what is shown of it is as shown says from moment to moment.
func (o office) parts(t tester, b docket.Books, shown *bool) judge.Parts {
	n := 0
	p := judge.Parts{Books: b, Policy: policies[o.tight], Means: means[o.means], Bench: staffed(), Nonce: func() string {
		n++
		return fmt.Sprint("nonce ", n)
	}}
	if o.means == 0 {
		p.Shown = func() bool { return *shown }
	}
	if o.rota {
		p.Rota = workdays{desk{levels: [3][]evenkeel.PersonID{{"ada"}, {"bea"}, {}}}}
	}
	if o.shadow {
		p.Shadow = []*policy.Policy{watched}
	}
	return p
}

var watched *policy.Policy

// readPolicies reads the policies of all histories, once. The tight one gives no time to try every contact.
func readPolicies(t tester) {
	var text []byte
	for _, tight := range []bool{true, false} {
		of, more := builtinText(t), ""
		if tight {
			of, more = defaultText(t), tightly
		}
		before, after, found := bytes.Cut(of, []byte("\n# About findings of families"))
		if !found {
			t.Fatal("the policy has no families any more that it says nothing of")
		}
		text = slices.Concat(before, []byte(atTheEdge), []byte("\n#"), after)
		p, err := policy.Parse("policy.yaml", append(append(slices.Clone(text), more...), owes+looksByLot...))
		if err != nil {
			t.Fatal(err)
		}
		policies[tight] = p
	}
	changed := strings.NewReplacer("policy: default", "policy: stricter", "mode: live", "mode: shadow").Replace(string(text))
	p, err := policy.Parse("stricter.yaml", []byte(changed))
	if err != nil {
		t.Fatal(err)
	}
	watched = p
}
