package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
)

var noon = evenkeel.MomentOf(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))

// folder is a case with one of everything.
func folder() docket.Folder {
	c := evenkeel.Case{
		ID: "c-1", Tenant: "raisup", Family: "mining", Opened: noon, State: evenkeel.CaseReopened, Since: noon.Add(time.Hour),
		Assets: []evenkeel.AssetID{"vm-1", "vm-2"}, Waiting: noon.Add(2 * time.Hour), Spoke: noon.Add(3 * time.Hour),
	}
	policy := "sha256:" + strings.Repeat("ab", 32)
	return docket.Folder{
		Row: docket.Row{Case: c, Highest: evenkeel.MeasureNotify, Proposed: 1, Due: noon.Add(3 * time.Hour), DueKind: docket.ClockOurAnswer, Cleared: true},
		Prior: []evenkeel.Case{{
			ID: "c-0", Tenant: "raisup", Family: "mining", Opened: noon.Add(-48 * time.Hour), State: evenkeel.CaseClosed,
			Outcome: evenkeel.OutcomeFalsePositive, Since: noon.Add(-24 * time.Hour),
		}},
		Flags: []evenkeel.Flag{{
			ID: "flag-1", Tenant: "raisup", Family: "mining", Selector: evenkeel.Selector{Principal: "deploy", Image: "ubuntu"},
			Envelope: evenkeel.Envelope{Count: 12, Rate: 1500.5}, From: noon, Until: noon.Add(24 * time.Hour),
			By: evenkeel.Actor{Policy: policy, Person: "anna"}, Why: "Their batch job.", Revoked: noon.Add(time.Hour),
		}},
		Clocks: []docket.Clock{
			{Kind: docket.ClockLease, Started: noon, Due: noon.Add(time.Hour), Ended: noon.Add(time.Minute), Breach: "It ends."},
			{Kind: docket.ClockOurAnswer, Started: noon.Add(2 * time.Hour), Due: noon.Add(3 * time.Hour), Breach: "The measure steps down."},
		},
		Decisions: []evenkeel.Decision{{
			ID: "d-1", Measure: evenkeel.MeasureNotify, Wanted: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"vm-1"}, From: noon,
			Until: noon.Add(time.Hour), At: noon, Actor: evenkeel.Actor{Policy: policy}, State: evenkeel.InForce, Mode: evenkeel.ModeLive,
			Grounds:    evenkeel.Grounds{Clause: "No mining.", Row: "compute, one family", Says: "First line.\nd-2  isolate, in_force"},
			Safeguards: []evenkeel.Safeguard{{Name: "payment-history", Says: evenkeel.Unknown, Why: "Nobody told what was paid."}},
			Why:        []string{"Usage alone is a reason to ask."},
		}, {
			ID: "d-2", Wanted: evenkeel.MeasureIsolate, State: evenkeel.Suppressed, Mode: evenkeel.ModeShadow, SuppressedBy: "flag-1",
			At: noon, From: noon, Until: noon.Add(time.Hour), Actor: evenkeel.Actor{Policy: "new", Person: "ben"},
		}},
		Findings: []evenkeel.Finding{{
			ID: "f-1", Rule: "crypto-mining", Version: 1, Revision: evenkeel.Final, Mode: evenkeel.ModeLive, From: noon.Add(-time.Hour), Until: noon,
			Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: "vm-1"},
			Terms:   []evenkeel.Term{{Name: "pinned", Family: evenkeel.EvidenceUsage, Says: "The CPU was busy."}},
		}},
		Entries: []evenkeel.Entry{
			{At: noon, Kind: evenkeel.EntrySaid, Says: "The tenant: answer.", Words: "It is ours.\x1b[2J\n\u202eevil"},
			{At: noon, Kind: evenkeel.EntryActed, Says: "anna: lift.", Actor: evenkeel.Actor{Person: "anna"}},
			{At: noon, Kind: evenkeel.EntryDecided, Says: "It was seen.", Ref: "d-1", State: "proposed", Actor: evenkeel.Actor{Policy: policy}},
			{At: noon.Add(time.Minute), Kind: evenkeel.EntryDecided, Says: "It was right.", Ref: "d-1", State: "in_force", Actor: evenkeel.Actor{Policy: policy, Person: "carl"}},
			{At: noon, Kind: evenkeel.EntryDecided, Says: "A flag covers it.", Ref: "d-2", State: "suppressed", Actor: evenkeel.Actor{Policy: policy, Person: "ben"}},
		},
		Orders: []evenkeel.Order{{ID: "o-1", Decision: "d-1", Params: map[string]string{"rate": "10000", "syn_rate": "200"}}, {ID: "o-2", Decision: "d-1", Lift: true}, {ID: "o-9", Decision: "d-9"}},
		Notices: []evenkeel.Notice{
			{ID: "n-1", Measure: evenkeel.MeasureNotify, State: evenkeel.InForce, At: noon}, {ID: "n-2", Measure: evenkeel.MeasureNotify, State: evenkeel.Lapsed, At: noon.Add(time.Hour)},
		},
		Dispatches: []docket.Dispatch{
			{Notice: "n-1", Over: noon.Add(time.Minute), Deliveries: []docket.Delivery{
				{Notice: "n-1", Channel: "mail", To: "owner", At: noon.Add(time.Second), Says: "250 ok\x1b[2J"},
				{Notice: "n-1", Channel: "mail", To: "abuse", At: noon.Add(time.Minute), Refused: true, Says: "550 unknown"},
				{Notice: "n-1", Channel: "webhook", At: noon.Add(time.Minute)},
			}},
			{Order: "o-1", Over: noon.Add(time.Second), Receipt: evenkeel.Receipt{Order: "o-1", Node: "host-7", State: evenkeel.ReceiptApplied, Effect: "cpu 20%", At: noon.Add(time.Second)}},
		},
	}
}

const folderText = `case c-1
  tenant raisup, family mining, opened 2026-03-02T12:00:00Z, reopened since 2026-03-02T13:00:00Z
  the tenant waits for a person since 2026-03-02T14:00:00Z (48 min ago); it spoke last at 2026-03-02T15:00:00Z
  in force: notify; proposed: 1; held: 0
  due next: our answer, 2026-03-02T15:00:00Z (in 12 min)
  people were busy with it for 1 min
  assets: vm-1, vm-2

this tenant was cleared before

earlier and other cases
  c-0  mining, opened 2026-02-28T12:00:00Z, closed: false_positive since 2026-03-01T12:00:00Z

flags
  flag-1  raisup, mining: those of principal deploy, image ubuntu, at most 12 at a time, at most 1500.5 packets a second; from 2026-03-02T12:00:00Z until 2026-03-03T12:00:00Z, revoked 2026-03-02T13:00:00Z, by anna: Their batch job.

clocks that run
  2026-03-02T15:00:00Z (in 12 min)  our answer, since 2026-03-02T14:00:00Z: The measure steps down.

clocks that ended
  2026-03-02T12:01:00Z  the measure ends, since 2026-03-02T12:00:00Z

decisions
  d-1  notify, in_force since 2026-03-02T12:00:00Z (wanted throttle)
    from 2026-03-02T12:00:00Z until 2026-03-02T13:00:00Z, on vm-1
    by policy abababababab; compute, one family
    in_force by carl at 2026-03-02T12:01:00Z
    clause: No mining.
    | First line.
    | d-2  isolate, in_force
    unknown  payment-history: Nobody told what was paid.
    Usage alone is a reason to ask.
    order o-1: applied, says host-7 at 2026-03-02T12:00:01Z: cpu 20%
      in numbers: at most 200 new TCP connections (SYN) a second; at most 10,000 packets a second
    order to let go o-2: lapse unconfirmed: it waits to be sent
  d-2  in shadow, none, suppressed since 2026-03-02T12:00:00Z (wanted isolate)
    from 2026-03-02T12:00:00Z until 2026-03-02T13:00:00Z, on no asset
    by ben under policy new; no row of the table
    clause: none
    covered by flag-1

notices to the tenant
  n-1  notify, in_force, written 2026-03-02T12:00:00Z
    owner: went by mail at 2026-03-02T12:00:01Z: 250 ok\u001b[2J
    abuse: was refused for good by mail at 2026-03-02T12:01:00Z: 550 unknown
    its receiver: went by webhook at 2026-03-02T12:01:00Z
  n-2  notify, lapsed, written 2026-03-02T13:00:00Z
    not told to everybody yet: it waits to be sent

findings
  f-1  crypto-mining v1, final, live, about asset vm-1, from 2026-03-02T11:00:00Z until 2026-03-02T12:00:00Z
    usage    The CPU was busy.

timeline
  2026-03-02T12:00:00Z  said     The tenant: answer.
    | It is ours.\u001b[2J
    | \u202eevil
  2026-03-02T12:00:00Z  acted    lift. (anna)
  2026-03-02T12:00:00Z  decided  It was seen.
  2026-03-02T12:01:00Z  decided  It was right. (carl)
  2026-03-02T12:00:00Z  decided  A flag covers it. (ben)
`

func TestACaseIsShownWithWhatWasKnownBeforeFirst(t *testing.T) {
	var out strings.Builder
	f := folder()
	(&view{w: &out, now: noon.Add(168 * time.Minute)}).folder(&f)
	if out.String() != folderText {
		t.Errorf("shown:\n%s\nwant:\n%s", out.String(), folderText)
	}
}

// R10: who lifts the question that stood beside what was held did not propose that; and what was to take effect by itself is not said to.
func TestWhatIsHeldNoMoreIsNobodysProposal(t *testing.T) {
	f := docket.Folder{
		Row: docket.Row{Case: evenkeel.Case{ID: "c-1", State: evenkeel.CaseOpen}},
		Decisions: []evenkeel.Decision{{
			ID: "d-1", Measure: evenkeel.MeasureThrottle, Wanted: evenkeel.MeasureThrottle, State: evenkeel.Proposed, Mode: evenkeel.ModeLive,
			Why: []string{"The tenant is heard first: throttle takes effect at 2026-03-02T13:00:00Z."},
		}},
		Entries: []evenkeel.Entry{
			{At: noon, Kind: evenkeel.EntryDecided, Ref: "d-1", State: "held", Actor: evenkeel.Actor{Policy: "abc"}},
			{At: noon.Add(time.Minute), Kind: evenkeel.EntryDecided, Ref: "d-1", State: "proposed", Actor: evenkeel.Actor{Policy: "abc", Person: "anna"}},
		},
	}
	show := func() string {
		var out strings.Builder
		(&view{w: &out, now: noon}).folder(&f)
		return out.String()
	}
	got := show()
	for _, want := range []string{"    not by itself any more since 2026-03-02T12:01:00Z, by what anna decided beside it: a person is asked\n", "    as it was announced:\n    The tenant is heard first: throttle takes effect"} {
		if !strings.Contains(got, want) {
			t.Errorf("shown:\n%s\nwant %q in it", got, want)
		}
	}
	if strings.Contains(got, "proposed by anna") {
		t.Errorf("shown as a proposal of hers:\n%s", got)
	}
	f.Decisions[0].State, f.Entries = evenkeel.Held, f.Entries[:1]
	if got := show(); strings.Contains(got, "as it was announced") {
		t.Errorf("what is held is shown as over:\n%s", got)
	}
}

// D, F6: whoever reads a case or the list sees that a lawful order stands, of whom and until when; one of another case too.
func TestLawfulOrdersAreShownFirst(t *testing.T) {
	hold := docket.Hold{Authority: "District court\x1b[2J", Reference: "7 Qs 12/26", Until: noon.Add(48 * time.Hour), Secret: true}
	f := folder()
	f.Lawful = []docket.Withholding{{Case: "c-1", Decision: "d-order", Assets: []evenkeel.AssetID{"vm-1"}, From: noon, Hold: hold}}
	hold.Reference, hold.Secret = "8/26", false
	f.Elsewhere = []docket.Withholding{{Case: "c-other", Decision: "d-7", From: noon, Hold: hold}}
	var out strings.Builder
	(&view{w: &out, now: noon}).folder(&f)
	for _, want := range []string{
		"  in force: notify (a lawful order withholds the data); proposed: 1; held: 0\n",
		"  assets: vm-1, vm-2\n\nlawful orders, by which nobody fetches the data\n" +
			"  d-order  order 7 Qs 12/26 of District court\\u001b[2J, from 2026-03-02T12:00:00Z until 2026-03-04T12:00:00Z; the tenant is not told of it\n    on vm-1\n" +
			"  d-7  order 8/26 of District court\\u001b[2J, from 2026-03-02T12:00:00Z until 2026-03-04T12:00:00Z, in case c-other\n    on no asset\n\nthis tenant was cleared before\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("shown:\n%s\nwant %q in it", out.String(), want)
		}
	}
	if strings.Contains(folderText, "lawful") {
		t.Error("lawful orders are told where there are none")
	}
	line, err := json.Marshal(folderLineOf(f))
	for _, want := range []string{`"lawful":[{"case":"c-1","decision":"d-order"`, `"reference":"7 Qs 12/26"`, `"lawful_elsewhere":[{"case":"c-other","decision":"d-7"`} {
		if err != nil || !strings.Contains(string(line), want) {
			t.Errorf("%v: as JSON %s; want %q in it", err, line, want)
		}
	}
}

func TestAnEmptyCaseSaysSo(t *testing.T) {
	var out strings.Builder
	(&view{w: &out}).folder(&docket.Folder{Row: docket.Row{Case: evenkeel.Case{ID: "c-1", State: evenkeel.CaseOpen}}})
	for _, want := range []string{"assets: none\n", "earlier and other cases: none\n", "flags: none\n", "clocks that run: none\n", "decisions: none\n", "notices to the tenant: none\n", "timeline: none\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("shown:\n%s\nwant %q in it", out.String(), want)
		}
	}
}

func TestAFlagIsSaidOnOneLine(t *testing.T) {
	for _, c := range []struct {
		name string
		flag evenkeel.Flag
		want string
	}{
		{
			"for named assets, by a policy", evenkeel.Flag{
				ID: "flag-1", Tenant: "t", Family: "mining", Selector: evenkeel.Selector{Assets: []evenkeel.AssetID{"a", "b"}}, Envelope: evenkeel.Envelope{VCPUs: 8},
				From: noon, Until: noon.Add(time.Hour), By: evenkeel.Actor{Policy: "abc"}, Why: "Earned.",
			}, "flag-1  t, mining: a, b, at most 8 vCPUs; from 2026-03-02T12:00:00Z until 2026-03-02T13:00:00Z, by policy abc: Earned.",
		}, {
			"for all that a tenant has", evenkeel.Flag{
				ID: "flag-2", Tenant: "t", Family: "mining", Selector: evenkeel.Selector{TenantWide: true}, From: noon, Until: noon.Add(time.Hour),
				By: evenkeel.Actor{Person: "anna"}, Why: "Told.",
			}, "flag-2  t, mining: all of the tenant's; from 2026-03-02T12:00:00Z until 2026-03-02T13:00:00Z, by anna: Told.",
		}, {
			"for more than a line holds", evenkeel.Flag{
				ID: "flag-3", Selector: evenkeel.Selector{Assets: make([]evenkeel.AssetID, 10)}, By: evenkeel.Actor{Person: "anna"},
			}, "flag-3  , : , , , , , , ,  and 2 others; from  until , by anna: ",
		}, {
			"with a reason of several lines, and times to the second", evenkeel.Flag{
				ID: "flag-4", Tenant: "t", Family: "mining", Selector: evenkeel.Selector{TenantWide: true}, From: noon + 1, Until: noon.Add(time.Hour) + 1, Revoked: noon + 7,
				By: evenkeel.Actor{Person: "anna"}, Why: "Told.\r\nflag-9 \x1b[2J\n",
			}, "flag-4  t, mining: all of the tenant's; from 2026-03-02T12:00:00Z until 2026-03-02T13:00:00Z, revoked 2026-03-02T12:00:00Z, by anna: \n  | Told.\n  | flag-9 \\u001b[2J",
		},
	} {
		if got := (&view{}).flag(&c.flag, "  "); got != c.want {
			t.Errorf("%s: %q; want %q", c.name, got, c.want)
		}
	}
}

func TestAnOrderIsDoneOnlyWhereANodeSaysSo(t *testing.T) {
	at := noon.Add(time.Minute)
	receipt := func(state evenkeel.ReceiptState, effect, why string) evenkeel.Receipt {
		return evenkeel.Receipt{Order: "o-1", Node: "host-7", State: state, Effect: effect, Why: why, At: noon}
	}
	for _, c := range []struct {
		name string
		is   docket.Dispatch
		want string
	}{
		{"nobody tells of it", docket.Dispatch{}, "unconfirmed: it waits to be sent"},
		{
			"it is tried again", docket.Dispatch{Attempts: 2, Next: at, Why: "no answer"},
			"unconfirmed: 2 attempts came to nothing, the next is due at 2026-03-02T12:01:00Z: no answer",
		},
		{"it failed", docket.Dispatch{Over: at, Failed: true, Why: "it answered 400"}, "unconfirmed: nobody took it, and it was given up at 2026-03-02T12:01:00Z: it answered 400"},
		{"it was taken", docket.Dispatch{Over: at, Receipt: receipt(0, "", "")}, "unconfirmed: host-7 took it at 2026-03-02T12:00:00Z and has not said what became of it"},
		{"it ended without a word", docket.Dispatch{Over: at}, "unconfirmed: it was ended at 2026-03-02T12:01:00Z"},
		{"it was applied", docket.Dispatch{Over: at, Receipt: receipt(evenkeel.ReceiptApplied, "cpu 20%", "")}, "applied, says host-7 at 2026-03-02T12:00:00Z: cpu 20%"},
		{"it was given up, and applied", docket.Dispatch{Over: at, Failed: true, Why: "late", Receipt: receipt(evenkeel.ReceiptApplied, "", "")}, "applied, says host-7 at 2026-03-02T12:00:00Z"},
		{"it was refused", docket.Dispatch{Over: at, Receipt: receipt(evenkeel.ReceiptRefused, "", "no such\nmachine")}, "refused, says host-7 at 2026-03-02T12:00:00Z: \n      | no such\n      | machine"},
	} {
		if got := (&view{}).became(&c.is, "unconfirmed"); got != c.want {
			t.Errorf("%s: %q; want %q", c.name, got, c.want)
		}
	}
}

func TestWhoDoesNotCarryOutWhatStandsIsSaidBesideIt(t *testing.T) {
	for _, c := range []struct {
		row  docket.Row
		want string
	}{
		{docket.Row{}, "throttle"},
		{docket.Row{Unconfirmed: 1}, "throttle (1 unconfirmed)"},
		{docket.Row{OnPaper: 2}, "throttle (2 only on paper)"},
		{docket.Row{Failed: 2, Unconfirmed: 1}, "throttle (nobody carries out 2; 1 unconfirmed)"},
		{docket.Row{Failed: 2, Unstopped: 1, OnPaper: 1}, "throttle (nobody carries out 2; what was to be stopped may go on in 1; 1 only on paper)"},
		{docket.Row{Untold: 1, Unaware: 1}, "throttle (nobody was told)"},
		{docket.Row{Failed: 1, Untold: 2, Unconfirmed: 1}, "throttle (nobody carries out 1; nobody was told: 2 notices; 1 unconfirmed)"},
	} {
		c.row.Highest = evenkeel.MeasureThrottle
		if got := inForce(&c.row); got != c.want {
			t.Errorf("%q; want %q", got, c.want)
		}
	}
}

func TestWhatIsDueNextAndWhatWaitsForAPersonComeFirst(t *testing.T) {
	f := docket.Folder{
		Clocks: []docket.Clock{
			{Kind: docket.ClockTenantAnswer, Started: noon, Due: noon.Add(time.Hour), Ended: noon.Add(time.Minute), Because: "the tenant answered"},
			{Kind: docket.ClockLease, Started: noon, Due: noon.Add(2 * time.Hour)},
			{Kind: docket.ClockReview, Started: noon.Add(time.Second), Due: noon.Add(time.Hour)},
		},
		Decisions: []evenkeel.Decision{
			{ID: "d-shadow", Mode: evenkeel.ModeShadow, State: evenkeel.Proposed}, {ID: "d-past", Mode: evenkeel.ModeLive, State: evenkeel.Lapsed},
			{ID: "d-stands", Mode: evenkeel.ModeLive, State: evenkeel.InForce}, {ID: "d-held", Mode: evenkeel.ModeLive, State: evenkeel.Held},
			{ID: "d-asks", Mode: evenkeel.ModeLive, State: evenkeel.Proposed},
		},
	}
	for i := range 7 {
		f.Clocks = append(f.Clocks, docket.Clock{Kind: docket.ClockOurAnswer, Started: noon, Ended: noon.Add(time.Duration(i+2) * time.Minute)})
	}
	var out strings.Builder
	(&view{w: &out, now: noon}).folder(&f)
	rest := out.String()
	for _, want := range []string{
		"  2026-03-02T13:00:00Z (in 1 h)  a look at it", "  2026-03-02T14:00:00Z (in 2 h)  the measure ends", "clocks that ended\n  2026-03-02T12:08:00Z  our answer",
		"  and 3 before these, which the timeline has\n", "  d-asks ", "; a person must look\n", "  d-held ", "  d-stands ", "  d-past ", "  d-shadow ",
	} {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("shown:\n%s\nwant %q in its place", &out, want)
		}
		rest = after
	}
}

func TestAPersonIsShownByTheirName(t *testing.T) {
	v := view{w: &strings.Builder{}, people: app.People{{ID: "operator", Name: "Ada Lovelace"}, {ID: "ben", Name: "ben"}}}
	v.entry(&evenkeel.Entry{At: noon, Kind: evenkeel.EntryActed, Says: "operator: lift.", Actor: evenkeel.Actor{Person: "operator"}})
	v.entry(&evenkeel.Entry{At: noon, Kind: evenkeel.EntryActed, Says: "ben: lift.", Actor: evenkeel.Actor{Person: "ben"}})
	f := folder().Flags[0]
	f.By.Person = "operator"
	got := v.w.(*strings.Builder).String() + v.actor(f.By) + "\n" + v.flag(&f, "")
	for _, want := range []string{"acted    lift. (Ada Lovelace (operator))\n", "acted    lift. (ben)\n", "\nAda Lovelace (operator) under policy ababab", ", by Ada Lovelace (operator): Their"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q; want %q in it", got, want)
		}
	}
}

func TestANoticeSaysWhomItReached(t *testing.T) {
	f := docket.Folder{
		Notices: []evenkeel.Notice{
			{ID: "n-1", Measure: evenkeel.MeasureThrottle, State: evenkeel.InForce, At: noon},
			{ID: "n-2", Measure: evenkeel.MeasureThrottle, State: evenkeel.InForce, At: noon, Undone: true},
		},
		Dispatches: []docket.Dispatch{{Notice: "n-1", Over: noon.Add(time.Hour), Failed: true, Why: "no contact is known"}, {Notice: "n-2", Over: noon}},
	}
	var out strings.Builder
	(&view{w: &out}).notices(&f)
	want := "\nnotices to the tenant\n  n-1  throttle, in_force, written 2026-03-02T12:00:00Z\n    nobody was told, and it was given up at 2026-03-02T13:00:00Z: no contact is known\n" +
		"  n-2  throttle, is not carried out, written 2026-03-02T12:00:00Z\n"
	if out.String() != want {
		t.Errorf("%q; want %q", out.String(), want)
	}
}
