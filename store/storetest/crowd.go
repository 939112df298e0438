package storetest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// Crowd is a docket as large as a benchmark wants it, filled as a judge would have: each case with
// its finding, decision, clocks, timeline, order, receipt, notice, delivery and leaves. A tenant has
// as many cases as there are families, and is one transaction.
//
// Of a hundred open cases 60 are throttled, 20 limited, 10 isolated and 10 only told of what was
// seen. Of a hundred of each of these 30 have answered, and wait for a person; 10 more have appealed;
// of 4 a contact says that production is down; of 5 more it is proposed that two persons suspend
// them, and a second was drawn; of 3 the order was refused, and of 3 the notice reached nobody.
type Crowd struct {
	First  int // the number of the first case, from 0: a crowd may be filled in parts
	Open   int // cases
	Closed int // besides, in which a measure was found wrong and lifted
	// Start is when the first was opened: one each second. The lease of the nth open one ends
	// Lease after the Start and so many times Apart, and was begun at most docket.LongestAlone before, as one that was
	// renewed; what else runs, runs for days after that.
	Start evenkeel.Moment
	Lease time.Duration
	Apart time.Duration
	// Draw draws the one round of a review, for books in which it is drawn again; nil: it is what nobody drew.
	Draw func(*docket.Review)
}

// The rules and the families of a crowd.
var crowdRules = [...]struct{ family, rule string }{{"mining", "crypto-mining"}, {"flood", "flood-out"}, {"creation", "vm-burst"}, {"takeover", "takeover"}}

const crowdPolicy = "sha256:abc"

// OfRule is how many of the open cases have a measure in force by a rule that a machine let stand.
func (c *Crowd) OfRule(rule string) (n int) {
	for i := c.First; i < c.First+c.Open; i++ {
		if crowdRules[i%len(crowdRules)].rule == rule && crowdMeasure(i).Enforced() {
			n++
		}
	}
	return n
}

// Leaves is how many leaves the ledger has.
func (c *Crowd) Leaves() int {
	n := 6 * c.Closed
	for i := c.First; i < c.First+c.Open; i++ {
		n += len(c.open(i).leaves)
	}
	return n
}

// Fill puts the crowd into books.
func (c *Crowd) Fill(t testing.TB, books docket.Books) {
	t.Helper()
	each := len(crowdRules)
	for n := c.First; n < c.First+c.Open+c.Closed; n += each {
		if err := t.Context().Err(); err != nil {
			t.Fatal(err)
		}
		all := docket.Changes{Tenant: crowdTenant(n)}
		var leaves []leafOf
		for i := n; i < min(n+each, c.First+c.Open+c.Closed); i++ {
			one := crowded{}
			if i < c.First+c.Open {
				one = c.open(i)
			} else {
				one = c.closed(i)
			}
			join(&all, &one.Changes)
			leaves = append(leaves, one.leaves...)
		}
		err := books.Transact(t.Context(), func(tx docket.Tx) error {
			key, err := tx.Ledger().Key(all.Tenant)
			if err != nil {
				return err
			}
			made := make([]ledger.Leaf, len(leaves))
			for i, l := range leaves {
				made[i] = l(key)
			}
			if all.Sealed, err = ledger.Seal(tx.Ledger(), made...); err != nil {
				return err
			}
			return tx.Put(all)
		})
		if err != nil {
			t.Fatalf("fill case %d: %v", n, err)
		}
	}
}

// leafOf is a leaf, once its tenant's key is known.
type leafOf func(ledger.Key) ledger.Leaf

// crowded is what is put about one case.
type crowded struct {
	docket.Changes
	leaves []leafOf
	draw   func(*docket.Review) // Crowd.Draw
}

func crowdTenant(n int) evenkeel.TenantID {
	return evenkeel.TenantID(fmt.Sprint("tenant-", n/len(crowdRules)))
}

func crowdMeasure(n int) evenkeel.Measure {
	switch n / len(crowdRules) % 10 {
	default:
		return evenkeel.MeasureThrottle
	case 6, 7:
		return evenkeel.MeasureLimit
	case 8:
		return evenkeel.MeasureIsolate
	case 9:
		return evenkeel.MeasureNotify
	}
}

// found is the nth case as it was opened: found, decided, carried out and told.
func (c *Crowd) found(n int) (x crowded, is evenkeel.Case, d evenkeel.Decision) {
	of, at, asset := crowdRules[n%len(crowdRules)], c.Start.Add(time.Duration(n)*time.Second), evenkeel.AssetID(fmt.Sprint("vm-", n))
	tenant := crowdTenant(n)
	until := c.Start.Add(c.Lease + time.Duration(n+1)*c.Apart)
	is = evenkeel.Case{
		ID: evenkeel.NewCaseID(tenant, of.family, at), Tenant: tenant, Family: of.family, Opened: at, State: evenkeel.CaseOpen, Since: at,
		Assets: []evenkeel.AssetID{asset}, Latest: at,
	}
	f := evenkeel.Finding{
		ID: evenkeel.FindingID(fmt.Sprint("f-", n)), Revision: evenkeel.Final, Rule: of.rule, Version: 1, Family: of.family, Mode: evenkeel.ModeLive,
		Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: asset, Tenant: tenant}, From: at.Add(-20 * time.Minute), Until: at, At: at, Score: 7,
		Terms: []evenkeel.Term{
			{Name: "pinned", Family: evenkeel.EvidenceUsage, Weight: 3, Value: evenkeel.Reading{Value: 1, Known: true}, Says: "The CPU was 100 % busy: the mean of 20 one-minute values."},
			{Name: "stratum", Family: evenkeel.EvidenceWire, Conclusive: true, Weight: 4, Value: evenkeel.Reading{Value: 1, Known: true}, Says: "Stratum, the protocol between miners and pools, was recognised in its traffic."},
		},
		Panes: []evenkeel.PaneSeries{{Name: "cpu", From: at.Add(-20 * time.Minute), Width: 60e9, Values: make([]evenkeel.Reading, 20)}},
	}
	d = evenkeel.Decision{
		ID: evenkeel.DecisionID(fmt.Sprint("d-", n)), Case: is.ID, Tenant: tenant, Family: of.family, Measure: crowdMeasure(n), Wanted: evenkeel.MeasureIsolate,
		Assets: is.Assets, From: max(at, until.Add(-docket.LongestAlone)), Until: until, At: at, Actor: evenkeel.Actor{Policy: crowdPolicy},
		State: evenkeel.InForce, Mode: evenkeel.ModeLive,
		Grounds: evenkeel.Grounds{Clause: "Machines may not be used for this.", Row: "compute, two families", Basis: []evenkeel.Basis{{
			Finding: f.ID, Revision: f.Revision, Rule: f.Rule, Version: 1, From: f.From, Until: f.Until, Terms: f.Terms,
		}}},
		Safeguards: []evenkeel.Safeguard{{Name: "standing", Says: evenkeel.Unknown, Why: "on credit: no payment history"}, {Name: "age", Says: evenkeel.Permit, Why: "30 days"}},
	}
	x.draw = c.Draw
	x.Cases, x.Findings, x.Decisions = []evenkeel.Case{is}, []evenkeel.Finding{f}, []evenkeel.Decision{d}
	x.entry(is, evenkeel.EntryFound, string(f.ID), "final")
	x.entry(is, evenkeel.EntryDecided, string(d.ID), d.State.String())
	x.entry(is, evenkeel.EntryToldTo, "", "")
	x.leaves = append(x.leaves, func(k ledger.Key) ledger.Leaf { return ledger.OfCase(k, &is, crowdPolicy) }, turn(d))
	x.told(d, f.Terms)
	if d.Measure.Enforced() {
		x.ordered(d, false)
	}
	return x, is, d
}

func turn(d evenkeel.Decision) leafOf {
	return func(k ledger.Key) ledger.Leaf { return ledger.OfTurn(k, &d, d.Actor, crowdPolicy) }
}

func said(of evenkeel.Case, at evenkeel.Moment, kind string, byTenant bool) leafOf {
	return func(k ledger.Key) ledger.Leaf {
		whole := fmt.Appendf(nil, `{"id":"%s of %s","kind":%q}`, kind, of.ID, kind)
		return ledger.OfAct(k, of.ID, at, of.Family, crowdPolicy, byTenant, whole).Doing(kind)
	}
}

// entry adds a line of the timeline.
func (x *crowded) entry(of evenkeel.Case, kind evenkeel.EntryKind, ref, state string) {
	x.Entries = append(x.Entries, evenkeel.Entry{
		Case: of.ID, Seq: int64(len(x.Entries) + 1), At: of.Opened, Kind: kind, Ref: ref, State: state, Says: "A sentence about what was found and decided.",
	})
}

// clock starts a clock, and says when it runs out: so long after the case was opened.
func (x *crowded) clock(of evenkeel.Case, d evenkeel.DecisionID, kind docket.ClockKind, due evenkeel.Moment) {
	x.Clocks = append(x.Clocks, docket.Clock{Case: of.ID, Decision: d, Kind: kind, Started: of.Opened, Due: due, Breach: "What follows stands here."})
}

// told tells the tenant of a decision, which takes it in.
func (x *crowded) told(d evenkeel.Decision, seen []evenkeel.Term) {
	n := evenkeel.NewNoticeID(d.ID, d.State)
	x.Notices = append(x.Notices, evenkeel.Notice{
		ID: n, Case: d.Case, Decision: d.ID, Tenant: d.Tenant, Family: d.Family, At: d.At, State: d.State, Measure: d.Measure, Assets: d.Assets, From: d.From, Until: d.Until,
		Seen: seen, Keeps: []string{"console", "export", "backup"}, Clause: d.Grounds.Clause, PersonBy: d.At.Add(time.Hour),
	})
	x.Deliveries = append(x.Deliveries, docket.Delivery{Notice: n, Channel: "mail", To: "owner#3f2a9c0d11e2", Message: string(n), At: d.At})
	x.Endings = append(x.Endings, docket.Ending{Notice: n, At: d.At})
}

// ordered has a decision carried out, or let go of.
func (x *crowded) ordered(d evenkeel.Decision, lift bool) {
	o := evenkeel.NewOrderID(d.ID, lift)
	x.Orders = append(x.Orders, evenkeel.Order{ID: o, Decision: d.ID, Tenant: d.Tenant, Measure: d.Measure, Assets: d.Assets, From: d.From, Until: d.Until, Lift: lift})
	x.Receipts = append(x.Receipts, evenkeel.Receipt{Order: o, Node: "host-7", State: evenkeel.ReceiptApplied, Effect: "cpu.max 20000 100000", At: d.At})
	x.Endings = append(x.Endings, docket.Ending{Order: o, At: d.At})
}

// open is the nth case as it stands.
func (c *Crowd) open(n int) crowded {
	x, is, d := c.found(n)
	later := c.Start.Add(c.Lease + time.Duration(c.Open+1)*c.Apart + 48*time.Hour + time.Duration(n)*time.Second)
	x.clock(is, d.ID, docket.ClockLease, d.Until)
	x.clock(is, d.ID, docket.ClockAppeal, later.Add(180*24*time.Hour))
	x.clock(is, d.ID, docket.ClockTenantAnswer, later)
	switch h := n * 37 % 100; { // 37, so that each kind has each measure and family
	case h < 30, h < 40:
		x.speaks(is, d, h < 30, later)
	case h < 44:
		x.clock(is, "", docket.ClockUrgent, later)
		x.entry(is, evenkeel.EntrySaid, "", "down")
	case h < 49:
		x.reviewed(is, d, later)
	case h < 52 && d.Measure.Enforced():
		x.Receipts[0].State, x.Receipts[0].Effect, x.Receipts[0].Why = evenkeel.ReceiptRefused, "", "no such machine here"
	case h < 55:
		x.Deliveries = nil
		x.Endings[0].Failed, x.Endings[0].Why = true, "mailbox full"
	}
	return x
}

// speaks lets the tenant answer or appeal.
func (x *crowded) speaks(is evenkeel.Case, d evenkeel.Decision, answers bool, due evenkeel.Moment) {
	x.Cases[0].State, x.Cases[0].Waiting, x.Cases[0].Spoke = evenkeel.CaseOpen, is.Opened, is.Opened
	kind, kinds := "answer", []docket.ClockKind{docket.ClockOurAnswer, docket.ClockPage, docket.ClockSecondLevel}
	if !answers {
		kind, kinds = "appeal", []docket.ClockKind{docket.ClockAppealAnswer}
	}
	for i, k := range kinds {
		x.clock(is, d.ID, k, due.Add(time.Duration(i)*time.Minute))
	}
	x.entry(is, evenkeel.EntrySaid, string(d.ID), kind)
	x.leaves = append(x.leaves, said(is, is.Opened, kind, true))
}

// reviewed has a first person propose that two suspend the machine, and a second be drawn.
func (x *crowded) reviewed(is evenkeel.Case, d evenkeel.Decision, due evenkeel.Moment) {
	wants := d
	wants.ID, wants.Measure, wants.State = d.ID+"-two", evenkeel.MeasureSuspend, evenkeel.Proposed
	r := docket.Review{
		ID: docket.NewReviewID(is.ID, "a"), Case: is.ID, Tenant: is.Tenant, About: docket.AboutMeasure, Decision: wants.ID, Wanted: wants.Measure, Assets: is.Assets,
		Opened: is.Opened, By: "ada", Rules: []string{d.Grounds.Basis[0].Rule}, Criteria: []string{"Was it seen on the wire?"}, State: docket.ReviewDrawn, Since: is.Opened,
		Verdicts: []docket.Verdict{{Person: "ada", At: is.Opened, Measure: evenkeel.MeasureSuspend, Answers: []string{"It was."}, Innocent: "A test of the tenant's own.", Facts: []string{"stratum"}, Ground: d.Grounds.Clause}},
		Draws:    []docket.Draw{{Round: 1, Nonce: "n", Candidates: []evenkeel.PersonID{"ben", "cleo"}, Hash: "h", Drawn: "ben", At: is.Opened}},
	}
	if x.draw != nil {
		x.draw(&r)
	}
	x.Decisions, x.Reviews = append(x.Decisions, wants), append(x.Reviews, r)
	x.clock(is, wants.ID, docket.ClockReview, due)
	x.clock(is, wants.ID, docket.ClockSecond, due)
	x.entry(is, evenkeel.EntryDecided, string(wants.ID), wants.State.String())
	x.leaves = append(x.leaves, turn(wants), func(k ledger.Key) ledger.Leaf {
		whole, err := json.Marshal(r)
		if err != nil {
			panic(err) // it holds nothing that JSON does not
		}
		return ledger.OfReview(k, is.ID, is.Opened, is.Family, crowdPolicy, whole)
	})
}

// closed is a case that was found, answered, and cleared by a person ten minutes later.
func (c *Crowd) closed(n int) crowded {
	x, is, d := c.found(n)
	over := is.Opened.Add(10 * time.Minute)
	x.leaves = append(x.leaves, said(is, is.Opened.Add(5*time.Minute), "answer", true), said(is, over, "clear", false))
	x.entry(is, evenkeel.EntrySaid, string(d.ID), "answer")
	x.entry(is, evenkeel.EntryDecided, string(d.ID), evenkeel.Lifted.String())
	d.State, d.At = evenkeel.Lifted, over
	is.State, is.Since, is.Outcome, is.Cleared, is.Spoke = evenkeel.CaseClosed, over, evenkeel.OutcomeFalsePositive, over, over
	x.Decisions[0], x.Cases[0] = d, is
	x.told(d, x.Notices[0].Seen)
	if d.Measure.Enforced() {
		x.ordered(d, true)
	}
	ada := evenkeel.Actor{Policy: crowdPolicy, Person: "ada"}
	x.leaves = append(x.leaves,
		func(k ledger.Key) ledger.Leaf { return ledger.OfTurn(k, &d, ada, crowdPolicy) },
		func(k ledger.Key) ledger.Leaf { return ledger.OfCase(k, &is, crowdPolicy) })
	return x
}

// join adds what is put about a case to what is put about its tenant.
func join(all, one *docket.Changes) {
	all.Cases, all.Entries, all.Decisions = append(all.Cases, one.Cases...), append(all.Entries, one.Entries...), append(all.Decisions, one.Decisions...)
	all.Clocks, all.Findings, all.Reviews = append(all.Clocks, one.Clocks...), append(all.Findings, one.Findings...), append(all.Reviews, one.Reviews...)
	all.Orders, all.Notices, all.Receipts = append(all.Orders, one.Orders...), append(all.Notices, one.Notices...), append(all.Receipts, one.Receipts...)
	all.Deliveries, all.Endings = append(all.Deliveries, one.Deliveries...), append(all.Endings, one.Endings...)
}
