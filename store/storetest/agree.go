package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"pgregory.net/rapid"
)

// Agree puts anything at all into two stores, right and wrong, and wants them to take and
// refuse the same, and then to give the same answers. What the suite forgot shows here.
func Agree(t *testing.T, a, b Open) {
	w := &world{a: a(t), b: b(t)}
	rapid.Check(t, func(r *rapid.T) {
		w.run++
		for range rapid.IntRange(1, 8).Draw(r, "transactions") {
			w.step(r)
			w.putOff(r)
			w.compareTenants(r)
			w.compareWaiting(r)
			w.compareGovernors(r)
		}
		w.compareAll(r)
	})
}

// world is two stores. Each run has a small world of its own in them, so that things meet:
// few tenants, cases and ids, which bear the number of the run.
type world struct {
	a, b Books
	run  int
}

func (w *world) name(s string) string { return fmt.Sprintf("%s-%d", s, w.run) }

func (w *world) tenants() []evenkeel.TenantID {
	return []evenkeel.TenantID{evenkeel.TenantID(w.name("ann")), evenkeel.TenantID(w.name("bob"))}
}

var fewFamilies = []string{"mining", "flood"}

func (w *world) tenant(r *rapid.T) evenkeel.TenantID {
	return rapid.SampledFrom(w.tenants()).Draw(r, "tenant")
}

func (w *world) asset(r *rapid.T) evenkeel.AssetID {
	return evenkeel.AssetID(w.name(fmt.Sprint("vm-", few(r, "asset"))))
}

func (w *world) aCase(r *rapid.T) evenkeel.Case {
	c := aCase(w.tenant(r), rapid.SampledFrom(fewFamilies).Draw(r, "family"), rapid.IntRange(0, 1).Draw(r, "opened"))
	c.State, c.Outcome = draw[evenkeel.CaseState](r, "state"), draw[evenkeel.Outcome](r, "outcome")
	c.Latest = at(few(r, "latest"))
	c.Cleared = rapid.SampledFrom([]evenkeel.Moment{0, 0, start}).Draw(r, "cleared")
	return c
}

func (w *world) aDecision(r *rapid.T) evenkeel.Decision {
	d := aDecision(w.aCase(r), few(r, "decision"), draw[evenkeel.DecisionState](r, "state"))
	d.Mode, d.Measure = draw[evenkeel.Mode](r, "mode"), draw[evenkeel.Measure](r, "measure")
	d.Until = d.From.Add(rapid.SampledFrom([]time.Duration{0, 1, 1, 2, 5 * time.Hour, 25 * time.Hour}).Draw(r, "for"))
	d.Assets = some(r, "assets", 2, w.asset)
	d.Actor.Person = rapid.SampledFrom([]evenkeel.PersonID{"", "", "ada"}).Draw(r, "person")
	d.Actor.Second = rapid.SampledFrom([]evenkeel.PersonID{"", "bea"}).Draw(r, "second")
	if rapid.Bool().Draw(r, "supersedes") {
		d.Supersedes = aDecision(w.aCase(r), few(r, "superseded"), evenkeel.InForce).ID
	}
	return d
}

// some draws up to n of what one draws.
func some[T any](r *rapid.T, what string, n int, one func(*rapid.T) T) (out []T) {
	for range rapid.IntRange(0, n).Draw(r, what) {
		out = append(out, one(r))
	}
	return out
}

func few(r *rapid.T, what string) int { return rapid.IntRange(0, 2).Draw(r, what) }

// changes draws changes that may be wrong in any way.
func (w *world) changes(r *rapid.T) docket.Changes {
	return docket.Changes{
		Tenant: w.tenant(r),
		Taken:  some(r, "keys", 1, func(r *rapid.T) string { return w.name(fmt.Sprint("key-", rapid.IntRange(0, 9).Draw(r, "key"))) }),
		Cases:  some(r, "cases", 3, w.aCase),
		Entries: some(r, "entries", 2, func(r *rapid.T) evenkeel.Entry {
			e := anEntry(w.aCase(r), int64(rapid.IntRange(1, 3).Draw(r, "seq")))
			e.Kind, e.Ref, e.State = draw[evenkeel.EntryKind](r, "kind"), w.name(fmt.Sprint("f-", few(r, "ref"))), "final"
			return e
		}),
		Decisions: some(r, "decisions", 2, w.aDecision), Runs: some(r, "runs", 2, w.asset),
		Clocks: some(r, "clocks", 3, func(r *rapid.T) docket.Clock {
			k := aClock(w.aCase(r), draw[docket.ClockKind](r, "kind"), evenkeel.DecisionID(fmt.Sprint("d-", few(r, "decision"))), few(r, "due"))
			k.Started = at(few(r, "started"))
			k.Paused = rapid.SampledFrom([]string{"", "", "waits"}).Draw(r, "paused")
			k.Ended = rapid.SampledFrom([]evenkeel.Moment{0, 0, start}).Draw(r, "ended")
			return k
		}),
		Flags: some(r, "flags", 2, func(r *rapid.T) evenkeel.Flag {
			f := aFlag(evenkeel.FlagID(w.name(fmt.Sprint("flag-", few(r, "flag")))), w.tenant(r), "mining", few(r, "from"))
			f.Revoked = rapid.SampledFrom([]evenkeel.Moment{0, 0, start}).Draw(r, "revoked")
			return f
		}),
		Findings: some(r, "findings", 2, func(r *rapid.T) evenkeel.Finding {
			f := evenkeel.Finding{ID: evenkeel.FindingID(w.name(fmt.Sprint("f-", few(r, "finding")))), Revision: evenkeel.Final, Mode: evenkeel.ModeLive}
			f.Subject.Kind, f.Score = evenkeel.SubjectTenant, float64(few(r, "score"))
			return f
		}),
		Orders:  some(r, "orders", 1, func(r *rapid.T) evenkeel.Order { return anOrder(w.aDecision(r), rapid.Bool().Draw(r, "lift")) }),
		Notices: some(r, "notices", 1, func(r *rapid.T) evenkeel.Notice { return aNotice(w.aDecision(r)) }),
		Receipts: some(r, "receipts", 1, func(r *rapid.T) evenkeel.Receipt {
			x := aReceipt(anOrder(w.aDecision(r), rapid.Bool().Draw(r, "lift")), rapid.SampledFrom([]evenkeel.ReceiptState{0, 1, 2, 3, 4, 9}).Draw(r, "state"))
			x.At = at(few(r, "at"))
			return x
		}),
		Deliveries: some(r, "deliveries", 1, func(r *rapid.T) docket.Delivery {
			x := aDelivery(aNotice(w.aDecision(r)), few(r, "delivery"))
			x.Channel, x.Refused = rapid.SampledFrom([]string{"mail", docket.ChannelPaper, docket.ChannelEndpoint}).Draw(r, "channel"), rapid.Bool().Draw(r, "refused")
			return x
		}),
		Endings: some(r, "endings", 1, w.anEnding),
		Reviews: some(r, "reviews", 2, w.aReview),
		Interests: some(r, "interests", 1, func(r *rapid.T) docket.Interest {
			return docket.Interest{
				Person: rapid.SampledFrom(fewPersons).Draw(r, "whose"), Kind: rapid.SampledFrom([]docket.InterestKind{0, 1, 2, 3}).Draw(r, "stake"),
				Key: w.name("rule"), Since: at(few(r, "since")),
			}
		}),
	}
}

var fewPersons = []evenkeel.PersonID{"ada", "bea", "cem"}

// aReview draws a review that may be wrong in any way.
func (w *world) aReview(r *rapid.T) docket.Review {
	c := w.aCase(r)
	v := docket.Review{
		ID: docket.ReviewID(w.name(fmt.Sprint("r-", few(r, "review")))), Case: c.ID, Tenant: c.Tenant, About: docket.AboutMeasure, By: "ada",
		Opened: at(few(r, "review opened")), State: draw[docket.ReviewState](r, "review state"), Wanted: evenkeel.MeasureSuspend, Rules: []string{w.name("rule")},
		Assets: some(r, "asked", 2, w.asset), Until: rapid.SampledFrom([]evenkeel.Moment{0, 0, start.Add(30 * time.Hour)}).Draw(r, "asked until"),
		Result: rapid.SampledFrom([]evenkeel.Measure{0, evenkeel.MeasureSuspend, evenkeel.MeasureDeny}).Draw(r, "result"),
	}
	for n, p := range fewPersons[1:] {
		if rapid.IntRange(0, 5).Draw(r, "drawn") > 0 {
			v.Draws = append(v.Draws, docket.Draw{Round: n + 1, Drawn: p, At: at(n)})
		}
	}
	for n := range rapid.IntRange(0, 3).Draw(r, "verdicts") {
		v.Verdicts = append(v.Verdicts, docket.Verdict{
			Person: fewPersons[n], At: at(n), Measure: rapid.SampledFrom([]evenkeel.Measure{0, evenkeel.MeasureSuspend, evenkeel.MeasureDeny}).Draw(r, "found"),
		})
	}
	return v
}

func (w *world) anEnding(r *rapid.T) docket.Ending {
	e := docket.Ending{At: rapid.SampledFrom([]evenkeel.Moment{0, start, at(1), at(2)}).Draw(r, "ended"), Failed: rapid.Bool().Draw(r, "failed"), Why: "no answer"}
	d := w.aDecision(r)
	if of := rapid.IntRange(0, 9).Draw(r, "of"); of == 0 || of > 5 {
		e.Order = anOrder(d, rapid.Bool().Draw(r, "lift")).ID
	} else if of > 1 {
		e.Notice = aNotice(d).ID
	}
	return e
}

// putOff puts something off that may wait, in both.
func (w *world) putOff(r *rapid.T) {
	d, until := w.aDecision(r), at(few(r, "until"))
	order, notice := anOrder(d, rapid.Bool().Draw(r, "lift")).ID, aNotice(d).ID
	ctx := context.Background()
	w.alike(r, "put off an order", w.a.RetryOrder(ctx, order, until, "busy"), w.b.RetryOrder(ctx, order, until, "busy"))
	w.alike(r, "put off a notice", w.a.RetryNotice(ctx, notice, until, "busy"), w.b.RetryNotice(ctx, notice, until, "busy"))
	w.alike(r, "put off a post", w.a.RetryPost(ctx, notice, until, "busy"), w.b.RetryPost(ctx, notice, until, "busy"))
	if rapid.Bool().Draw(r, "posted") {
		w.alike(r, "end a post", w.a.EndPosts(ctx, notice), w.b.EndPosts(ctx, notice))
	}
}

// compareWaiting asks both what waits. Those of other runs are among them.
func (w *world) compareWaiting(r *rapid.T) {
	ctx, now, most := context.Background(), at(few(r, "now")), rapid.IntRange(0, 40).Draw(r, "most")
	w.ask(r, "pending orders", func(b Books) (any, error) { return b.PendingOrders(ctx, now, most) })
	w.ask(r, "pending notices", func(b Books) (any, error) { return b.PendingNotices(ctx, now, most) })
	w.ask(r, "pending posts", func(b Books) (any, error) { return b.PendingPosts(ctx, now, most) })
	w.ask(r, "the outbox", func(b Books) (any, error) {
		orders, notices, err := b.Outbox(ctx)
		return []int{orders, notices}, err
	})
	d := w.aDecision(r)
	for _, lift := range []bool{true, false} {
		id := anOrder(d, lift).ID
		w.ask(r, "order", func(b Books) (any, error) {
			return inTx(b, func(tx docket.Tx) (any, error) { return tx.Order(id) })
		})
		w.ask(r, "order of", func(b Books) (any, error) { return b.OrderOf(ctx, id) })
	}
	w.ask(r, "undone", func(b Books) (any, error) {
		return inTx(b, func(tx docket.Tx) (any, error) {
			ids, err := tx.Undone(d.Case)
			slices.Sort(ids)
			return ids, err
		})
	})
	w.ask(r, "notice", func(b Books) (any, error) {
		return inTx(b, func(tx docket.Tx) (any, error) { return tx.Notice(aNotice(d).ID) })
	})
}

// step does the same to both. Their keys differ, and so do their leaves.
func (w *world) step(r *rapid.T) {
	c, sealing := w.changes(r), rapid.Bool().Draw(r, "sealing")
	w.governing(r, &c)
	if rapid.IntRange(0, 20).Draw(r, "erase") == 0 {
		ea, eb := w.a.EraseKey(context.Background(), c.Tenant), w.b.EraseKey(context.Background(), c.Tenant)
		w.alike(r, "erase the key", ea, eb)
	}
	put := func(b Books) error {
		return b.Transact(context.Background(), func(tx docket.Tx) error {
			c := c
			if sealing {
				if err := seal(tx, &c); err != nil {
					return err
				}
			}
			return tx.Put(c)
		})
	}
	w.alike(r, "put", put(w.a), put(w.b))
}

// alike wants both to fail, or neither. Of several faults either may be named.
func (w *world) alike(r *rapid.T, what string, a, b error) {
	if (a == nil) != (b == nil) {
		r.Fatalf("%s: one says %v, the other %v", what, a, b)
	}
}

// ask asks both the same.
func (w *world) ask(r *rapid.T, what string, f func(b Books) (any, error)) {
	a, ea := f(w.a)
	b, eb := f(w.b)
	w.alike(r, what, ea, eb)
	same(r, what, a, b)
}

// compareTenants asks both all that may be asked of the tenants of this run.
func (w *world) compareTenants(r *rapid.T) {
	ctx := context.Background()
	for _, tenant := range w.tenants() {
		w.ask(r, "flags", func(b Books) (any, error) { return b.Flags(ctx, tenant) })
		for _, family := range append(fewFamilies, "") {
			for _, closed := range []bool{true, false} {
				q := docket.Query{Tenant: tenant, Family: family, Closed: closed, Max: few(r, "max"), Skip: few(r, "skip"), ByPlace: rapid.Bool().Draw(r, "by place")}
				w.ask(r, "cases", func(b Books) (any, error) { return b.Cases(ctx, q) })
				w.ask(r, "families", func(b Books) (any, error) { return b.Families(ctx, q) })
				w.ask(r, "number of cases", func(b Books) (any, error) { return b.Count(ctx, q) })
			}
			w.ask(r, "dossier", func(b Books) (any, error) {
				return inTx(b, func(tx docket.Tx) (any, error) { return tx.Dossier(tenant, family) })
			})
			for n := range 2 {
				c := evenkeel.NewCaseID(tenant, family, at(n))
				w.ask(r, "folder", func(b Books) (any, error) { return b.Folder(ctx, c) })
				w.ask(r, "dossier of", func(b Books) (any, error) {
					return inTx(b, func(tx docket.Tx) (any, error) { return tx.DossierOf(c) })
				})
			}
		}
	}
	w.ask(r, "interested", func(b Books) (any, error) {
		return inTx(b, func(tx docket.Tx) (any, error) {
			return tx.Interested(w.tenants()[0], evenkeel.NewCaseID(w.tenants()[1], "mining", at(0)), []string{w.name("rule")})
		})
	})
	w.ask(r, "denials", func(b Books) (any, error) {
		return inTx(b, func(tx docket.Tx) (any, error) { return tx.Denials(3) })
	})
	w.ask(r, "upheld", func(b Books) (any, error) {
		return inTx(b, func(tx docket.Tx) (any, error) { return tx.Upheld(3) })
	})
	w.ask(r, "said", func(b Books) (any, error) {
		return inTx(b, func(tx docket.Tx) (any, error) {
			return tx.Said(evenkeel.NewCaseID(w.tenants()[0], "mining", at(0)), 3)
		})
	})
	tenant := w.tenants()[0]
	w.ask(r, "fetching", func(b Books) (any, error) {
		return inTx(b, func(tx docket.Tx) (any, error) { return tx.Fetching(tenant) })
	})
	w.ask(r, "appealing", func(b Books) (any, error) {
		return inTx(b, func(tx docket.Tx) (any, error) { return tx.Appealing(tenant) })
	})
	w.ask(r, "open", func(b Books) (any, error) {
		return inTx(b, func(tx docket.Tx) (any, error) { return tx.Open(tenant) })
	})
	asset := w.asset(r)
	w.ask(r, "naming", func(b Books) (any, error) { return b.Naming(ctx, asset) })
	w.ask(r, "taken", func(b Books) (any, error) {
		return inTx(b, func(tx docket.Tx) (any, error) { return tx.Taken(w.name("key-1")) })
	})
}

// compareAll asks both what is asked of all tenants together.
func (w *world) compareAll(r *rapid.T) {
	ctx := context.Background()
	w.ask(r, "all flags", func(b Books) (any, error) { return b.Flags(ctx, "") })
	for _, q := range []docket.Query{
		{Max: 9}, {Max: 9, Closed: true}, {Max: 9, Family: "flood"}, {Max: 9, ByPlace: true}, {ByPlace: true, Closed: true}, {Max: 9, Family: "flood", ByPlace: true},
	} {
		w.ask(r, "cases of all", func(b Books) (any, error) { return b.Cases(ctx, q) })
		w.ask(r, "families of all", func(b Books) (any, error) { return b.Families(ctx, q) })
	}
	for n := range 3 {
		w.ask(r, "what is due", func(b Books) (any, error) { return b.Due(ctx, at(n), 30) })
	}
	w.ask(r, "the log", func(b Books) (out any, err error) {
		err = b.Log(ctx, func(l ledger.Log) error {
			l.Rows, l.Sent = nil, nil // some were put without a leaf, or without a notice
			report, err := ledger.Verify(l, nil, nil)
			report.Root = [32]byte{}
			out = report
			return err
		})
		return out, err
	})
}

func inTx(b Books, f func(docket.Tx) (any, error)) (out any, err error) {
	err = b.Transact(context.Background(), func(tx docket.Tx) error {
		out, err = f(tx)
		return err
	})
	return out, err
}
