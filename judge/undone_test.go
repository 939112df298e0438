package judge_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/store/memory"
	"github.com/evenkeel/evenkeel/store/sqlite"
	"pgregory.net/rapid"
)

// saidUndone is the line of the timeline that goes with a correction.
const saidUndone = "told: A notice to the tenant was written, that the measure is not carried out."

// corrects says whether a notice takes back what another one said.
func corrects(n *evenkeel.Notice) bool {
	return n.ID == evenkeel.NewUndoneID(n.Decision, true) || n.ID == evenkeel.NewUndoneID(n.Decision, false)
}

// corrections are the notices of a case that take back what others said: "undone" and "done".
func corrections(f docket.Folder) (out []string) {
	for i := range f.Notices {
		switch n := &f.Notices[i]; {
		case corrects(n) && n.Undone:
			out = append(out, "undone")
		case corrects(n):
			out = append(out, "done")
		}
	}
	return out
}

// Property N: what a tenant is told must be true. Whoever reads that a machine is limited, while
// nobody limits it, looks for the fault of his own program in the wrong place.
func TestWhoWasToldOfAMeasureThatNobodyCarriesOutIsToldSo(t *testing.T) {
	const lift = true
	type step func(t *testing.T, d *judge.Docket, f docket.Folder, now evenkeel.Moment)
	says := func(s evenkeel.ReceiptState, effect string, lift bool) step {
		return func(t *testing.T, d *judge.Docket, f docket.Folder, now evenkeel.Moment) {
			r := evenkeel.Receipt{Order: orderOf(t, f, lift).ID, Node: "host-7", State: s, Effect: effect}
			if err := d.Acknowledge(t.Context(), r, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	refused, applied, paper := says(evenkeel.ReceiptRefused, "", false), says(evenkeel.ReceiptApplied, "cpu 20%", false), says(evenkeel.ReceiptApplied, docket.EffectPaper, false)
	older := func(t *testing.T, d *judge.Docket, f docket.Folder, now evenkeel.Moment) {
		r := evenkeel.Receipt{Order: orderOf(t, f, false).ID, Node: "host-7", State: evenkeel.ReceiptRefused, At: start}
		if err := d.Acknowledge(t.Context(), r, now); err != nil {
			t.Fatal(err)
		}
	}
	missed := func(t *testing.T, d *judge.Docket, f docket.Folder, now evenkeel.Moment) {
		if err := d.Missed(t.Context(), orderOf(t, f, false).ID, "gone", now); err != nil {
			t.Fatal(err)
		}
	}
	does := func(x any) step {
		return func(t *testing.T, d *judge.Docket, _ docket.Folder, _ evenkeel.Moment) { play(t, d, x) }
	}
	lifts := does(act(docket.ActLift, "trial", 5*minute))
	for _, c := range []struct {
		name  string
		steps []step
		want  []string
	}{
		{"carried out", []step{applied}, nil},
		{"taken, and not confirmed", []step{says(0, "", false)}, nil},
		{"on paper", []step{paper}, nil},
		{"refused", []step{refused}, []string{"undone"}},
		{"refused by several, in other words", []step{refused, says(evenkeel.ReceiptRefused, "no", false), refused}, []string{"undone"}},
		{"given up", []step{missed}, []string{"undone"}},
		{"given up twice", []step{missed, missed}, []string{"undone"}},
		{"refused, and then on paper", []step{refused, paper}, []string{"undone"}},
		{"refused, and applied after all", []step{refused, applied}, []string{"undone", "done"}},
		{"given up, and applied after all", []step{missed, applied}, []string{"undone", "done"}},
		{"applied, and then refused", []step{applied, refused}, []string{"undone"}},
		{"applied, and then let go of, by hand on a host", []step{applied, says(evenkeel.ReceiptLifted, "", false)}, []string{"undone"}},
		{"applied, and its time was up where it stood", []step{applied, says(evenkeel.ReceiptLapsed, "", false)}, nil},
		{"let go of when a person has lifted it", []step{applied, lifts, says(evenkeel.ReceiptLifted, "", false)}, nil},
		{"applied, and an older refusal comes late", []step{applied, older}, nil},
		{"to and fro", []step{refused, applied, refused, applied, says(evenkeel.ReceiptRefused, "no", false)}, []string{"undone", "done"}},
		{"a refusal to let go", []step{lifts, says(evenkeel.ReceiptRefused, "", lift)}, nil},
		{"refused when a person has lifted it", []step{lifts, refused}, nil},
		{"applied after all when a person has lifted it", []step{refused, lifts, applied}, []string{"undone"}},
		{"refused when its time is up", []step{does(5 * time.Hour), refused}, nil},
		{"refused when its time is up, and nobody has looked", []step{func(t *testing.T, d *judge.Docket, f docket.Folder, _ evenkeel.Moment) {
			refused(t, d, f, start.Add(6*time.Hour))
		}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, b := throttled(t)
			for i, s := range c.steps {
				s(t, d, folders(t, b)[0], start.Add(time.Duration(i+10)*time.Minute))
			}
			if got := corrections(folders(t, b)[0]); !slices.Equal(got, c.want) {
				t.Errorf("the corrections are %q; expected %q", got, c.want)
			}
		})
	}
}

func TestACorrectionTellsWhatTheNoticeToldAndWhatHasChanged(t *testing.T) {
	d, b := throttled(t)
	before := folders(t, b)[0]
	first, now := before.Notices[len(before.Notices)-1], start.Add(10*time.Minute)
	if err := d.Missed(t.Context(), orderOf(t, before, false).ID, "gone", now); err != nil {
		t.Fatal(err)
	}
	f := folders(t, b)[0]
	wantTold(t, f, len(before.Entries), "enforced: throttle of trial-1: nobody took the order. [gone]", saidUndone)
	n, e := f.Notices[len(f.Notices)-1], f.Entries[len(f.Entries)-1]
	if e.Ref != string(n.ID) || e.Decision != n.Decision || e.At != now || e.Seq != int64(len(f.Entries)) {
		t.Errorf("the entry is %+v", e)
	}
	if n.At != now || !n.Undone || n.AnswerBy != first.AnswerBy || n.PersonBy != now.Add(first.PersonBy.Sub(first.At)) || n.Ledger != "" || n.Outcome != 0 {
		t.Errorf("the correction is %+v", n)
	}
	if n.Decision != first.Decision || n.Measure != first.Measure || n.Until != first.Until || len(n.Seen) != len(first.Seen) || n.Appeal != first.Appeal || n.Clause != first.Clause {
		t.Errorf("the correction is about %+v; expected what the notice was about, %+v", n, first)
	}
	play(t, d, act(docket.ActAnswer, "trial", 20*minute))
	if err := d.Acknowledge(t.Context(), evenkeel.Receipt{Order: orderOf(t, f, false).ID, State: evenkeel.ReceiptApplied}, start.Add(21*time.Minute)); err != nil {
		t.Fatal(err)
	}
	f = folders(t, b)[0]
	wantTold(t, f, len(f.Entries)-1, "told: A notice to the tenant was written, that the measure was carried out after all.")
	if n := f.Notices[len(f.Notices)-1]; n.Undone || n.AnswerBy != 0 {
		t.Errorf("%+v; expected that it is carried out, and nothing asked of who has answered", n)
	}
}

func TestACorrectionOfAClosedCaseAsksNothing(t *testing.T) {
	d, b := throttled(t)
	play(t, d, closing(evenkeel.OutcomeConfirmed, minute))
	f := folders(t, b)[0]
	if err := d.Missed(t.Context(), orderOf(t, f, false).ID, "gone", start.Add(10*time.Minute)); err != nil {
		t.Fatal(err)
	}
	f = folders(t, b)[0]
	if n := f.Notices[len(f.Notices)-1]; !n.Undone || n.Outcome != evenkeel.OutcomeConfirmed || n.AnswerBy != 0 {
		t.Errorf("%+v; expected a correction that says how the case was closed", n)
	}
}

func TestALedgerFitsWithCorrections(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "books"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for name, b := range map[string]interface {
		books
		Log(context.Context, func(ledger.Log) error) error
	}{"in memory": memory.New(nil), "in SQLite": db} {
		d := newDocket(t, b)
		play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), finding("trial-1", "trial", minute, evenkeel.Final, usage, wire))
		check := func() (r ledger.Report) {
			t.Helper()
			err := b.Log(t.Context(), func(l ledger.Log) (err error) { r, err = ledger.Verify(l, nil, nil); return err })
			if err != nil || r.Fault != nil {
				t.Fatalf("%s: %v, %v", name, r.Fault, err)
			}
			return r
		}
		before, o := check(), orderOf(t, folders(t, b)[0], false).ID
		for i, s := range []evenkeel.ReceiptState{evenkeel.ReceiptRefused, evenkeel.ReceiptApplied} {
			if err := d.Acknowledge(t.Context(), evenkeel.Receipt{Order: o, State: s}, start.Add(time.Duration(i+5)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		if got := corrections(folders(t, b)[0]); len(got) != 2 {
			t.Errorf("%s: the corrections are %q; expected both", name, got)
		}
		if after := check(); after != before {
			t.Errorf("%s: the ledger is %+v after the corrections; expected that it stays %+v", name, after, before)
		}
	}
}

// Whatever happens: of a decision whose order nobody carries out, and of which a notice says that
// it is in force, the tenant has the correction, once. Only what was to and fro has both.
func TestNoTenantIsLeftWithANoticeThatIsNotTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBooks()
		d := newDocket(t, b)
		for _, x := range drawHistory(t) {
			_, _ = one(d, x) // some acts do not go with how things stand
			for _, f := range folders(t, b) {
				comeBack(t, d, &f, timeOf(x))
			}
			for _, f := range folders(t, b) {
				seen := map[evenkeel.NoticeID]int{}
				for _, n := range f.Notices {
					seen[n.ID]++
				}
				for _, x := range f.Decisions {
					undone, done := seen[evenkeel.NewUndoneID(x.ID, true)], seen[evenkeel.NewUndoneID(x.ID, false)]
					order := became(f, evenkeel.NewOrderID(x.ID, false))
					if undone > 1 || done > undone {
						t.Fatalf("decision %s has %d and %d corrections", x.ID, undone, done)
					}
					if x.State == evenkeel.InForce && order.Undone() && max(order.Over, order.Receipt.At) < x.Until && undone == 0 {
						t.Fatalf("nobody carries decision %s out, and no notice says so", x.ID)
					}
				}
			}
		}
	})
}
