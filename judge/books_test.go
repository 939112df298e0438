package judge_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/judge/procedure"
	"github.com/evenkeel/evenkeel/store/memory"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatal(...any)
}

var start = evenkeel.MomentOf(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))

// facts is what is known of whom in a test: every tenant has the machines that begin with its
// name and "-", and holds them since before anything happens.
type facts map[evenkeel.TenantID]evenkeel.Account

func (f facts) TenancyAt(a evenkeel.AssetID, at evenkeel.Moment) (*evenkeel.Holding, bool) {
	for t := range f {
		if len(a) > len(t) && string(a[:len(t)]) == string(t) && a[len(t)] == '-' {
			return &evenkeel.Holding{
				Asset: a, Tenant: t, Kind: evenkeel.AssetVM, From: start.Add(-48 * time.Hour),
				Created: evenkeel.KnownFact(start.Add(-48*time.Hour), start), VCPUs: evenkeel.KnownFact(int64(4), start), Principal: "ci", Image: "sim",
			}, true
		}
	}
	return nil, false
}

func (f facts) AccountAt(t evenkeel.TenantID, _ evenkeel.Moment) evenkeel.Account { return f[t] }

func (f facts) HeldBy(t evenkeel.TenantID, at evenkeel.Moment, most int) []*evenkeel.Holding {
	return machinesOf(f, t, at, most)
}

// machinesOf are the three machines of a tenant, as far as somebody says that it holds them.
func machinesOf(known interface {
	TenancyAt(a evenkeel.AssetID, at evenkeel.Moment) (*evenkeel.Holding, bool)
}, t evenkeel.TenantID, at evenkeel.Moment, most int) (out []*evenkeel.Holding) {
	for i := 1; i <= 3 && len(out) < most; i++ {
		if h, ok := known.TenancyAt(evenkeel.AssetID(fmt.Sprintf("%s-%d", t, i)), at); ok && h.Tenant == t && h.From <= at {
			out = append(out, h)
		}
	}
	return out
}

// trial is a tenant of whom all is known and nothing protects.
func trial(t evenkeel.TenantID) evenkeel.Account {
	return evenkeel.Account{
		Tenant: t, Since: evenkeel.KnownFact(start.Add(-48*time.Hour), start), Standing: evenkeel.KnownFact(evenkeel.StandingTrial, start),
		Paid: evenkeel.KnownFact(0.0, start), RunRate: evenkeel.KnownFact(300.0, start), Currency: "EUR",
	}
}

// credit is a tenant on credit, of whose payments nothing is known.
func credit(t evenkeel.TenantID) evenkeel.Account {
	a := trial(t)
	a.Standing, a.Paid = evenkeel.KnownFact(evenkeel.StandingOnCredit, start), evenkeel.UnknownFact[float64]("on credit: no payment history")
	return a
}

var world = facts{"trial": trial("trial"), "credit": credit("credit")}

// paper is a backend that enforces nothing and so takes nothing away.
var paper = procedure.Means{Declared: true, Keeps: []string{"console", "export", "backup"}, Proven: true, Finishes: true}

// defaultPolicy is the policy that comes with the program, as defaultText has it.
func defaultPolicy(t tester) *policy.Policy {
	t.Helper()
	p, err := policy.Parse("default.yaml", defaultText(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// books is what a docket needs, and what a test looks into.
type books interface {
	docket.Books
	docket.Reader
	docket.Lessons
}

func newDocket(t tester, b docket.Books, shadow ...*policy.Policy) *judge.Docket {
	t.Helper()
	d, err := judge.New(judge.Parts{Books: b, Policy: defaultPolicy(t), Shadow: shadow, Means: paper})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// sign is one of the terms that a finding of a test may have.
type sign struct {
	family     evenkeel.Evidence
	conclusive bool
}

var (
	usage   = sign{family: evenkeel.EvidenceUsage}
	wire    = sign{family: evenkeel.EvidenceWire}
	stratum = sign{family: evenkeel.EvidenceWire, conclusive: true}
)

// finding is about one machine of a tenant, at a time after the start.
func finding(asset evenkeel.AssetID, tenant evenkeel.TenantID, after time.Duration, r evenkeel.Revision, signs ...sign) evenkeel.Finding {
	at := start.Add(after)
	s := evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: asset, Tenant: tenant, Since: start.Add(-48 * time.Hour)}
	f := evenkeel.Finding{
		ID: evenkeel.NewFindingID("crypto-mining", 1, s, at.Add(-after%time.Hour)), Revision: r, Rule: "crypto-mining", Version: 1, Family: "mining",
		Mode: evenkeel.ModeLive, Subject: s, From: at.Add(-20 * time.Minute), Until: at, At: at, Score: 5,
		Aims: []evenkeel.Aim{{Protocol: "tcp", Address: netip.MustParseAddr("203.0.113.7"), Port: 80, Most: 9000}},
	}
	for i, s := range signs {
		f.Terms = append(f.Terms, evenkeel.Term{
			Name: fmt.Sprintf("term-%d", i), Family: s.family, Conclusive: s.conclusive, Weight: 3,
			Value: evenkeel.Reading{Value: 1, Known: true}, Says: fmt.Sprintf("Sign %d of %s.", i, s.family),
		})
	}
	return f
}

// failing lets the nth keeping of a transaction fail, after the judge has put it.
type failing struct {
	books
	after int
}

var errCrash = errors.New("the disk is gone")

func (f *failing) Transact(ctx context.Context, do func(docket.Tx) error) error {
	return f.books.Transact(ctx, func(tx docket.Tx) error { return do(&failingTx{tx, f}) })
}

func (f *failing) Each(ctx context.Context, n int, do func(i int, tx docket.Tx) error) []error {
	return f.books.Each(ctx, n, func(i int, tx docket.Tx) error { return do(i, &failingTx{tx, f}) })
}

type failingTx struct {
	docket.Tx
	f *failing
}

func (x *failingTx) Put(c docket.Changes) error {
	if err := x.Tx.Put(c); err != nil {
		return err
	}
	if x.f.after--; x.f.after == 0 {
		return errCrash
	}
	return nil
}

func newBooks() books { return memory.New(nil) }

// inBoth runs a test with each of the two stores.
func inBoth(t *testing.T, name string, f func(*testing.T, books)) {
	t.Run(name+", in memory", func(t *testing.T) { f(t, newBooks()) })
	t.Run(name+", in a file", func(t *testing.T) {
		db, err := sqlite.Open(filepath.Join(t.TempDir(), "books.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		f(t, db)
	})
}

// defaultText is the policy that comes with the program without the time in which every contact is tried:
// where a measure is only the beginning of what is tested, it takes effect at once.
func defaultText(t tester) []byte {
	t.Helper()
	text := string(builtinText(t))
	short := strings.NewReplacer(", turn: 15m", "", ", turn: 10m", "").Replace(text)
	if short == text {
		t.Fatal("the policy that comes with the program gives no time to try every contact")
	}
	return []byte(short)
}

// builtinText is the policy that comes with the program.
func builtinText(t tester) []byte {
	t.Helper()
	text, err := builtin.Text("default")
	if err != nil {
		t.Fatal(err)
	}
	return text
}
