package judge_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// What stands here is what has to come about in so many histories, so that what is held to hold was
// tried: each state and transition of decisions, cases, reviews and clocks that there is, each act and
// each measure. What does not come about by design is named with the reason, and must not.

// atLeast is how often each comes about in ten thousand histories.
const atLeast = 5

// enough is how many histories are asked for all of it.
const enough = 10_000

// The states, with what is before the first.
var (
	decisionStates = []evenkeel.DecisionState{evenkeel.Proposed, evenkeel.Held, evenkeel.InForce, evenkeel.Lapsed, evenkeel.Lifted, evenkeel.Superseded, evenkeel.Suppressed, evenkeel.Refused}
	caseStates     = []evenkeel.CaseState{evenkeel.CaseOpen, evenkeel.CaseUnderReview, evenkeel.CaseClosed, evenkeel.CaseReopened}
	reviewStates   = []docket.ReviewState{docket.ReviewAsked, docket.ReviewDrawn, docket.ReviewSplit, docket.ReviewAgreed, docket.ReviewSettled, docket.ReviewUnseconded, docket.ReviewOvertaken}
)

// made is the state before the first.
const made = "made"

// edges are all transitions from one state to another, and from none.
func edges[T fmt.Stringer](what string, states []T) (out []string) {
	for _, to := range states {
		out = append(out, edge(what, made, to))
		for _, from := range states {
			if from.String() != to.String() {
				out = append(out, edge(what, from.String(), to))
			}
		}
	}
	return out
}

func edge(what, from string, to fmt.Stringer) string {
	return fmt.Sprintf("%s %s → %s", what, from, to)
}

// What becomes of a clock.
const (
	clockStarts   = "started"
	clockPauses   = "paused"
	clockRunsOn   = "ran on"
	clockLonger   = "was put off"
	clockBegins   = "began again"
	clockRanOut   = "ran out"
	clockIsEnded  = "was ended"
	clockFarthest = 64
)

// clockTurns says what became of a clock: k is how it is kept, old how it was, where it ran.
func clockTurns(k, old *docket.Clock, ran bool) (out []string) {
	if !ran {
		out = append(out, clockStarts)
		old = &docket.Clock{Started: k.Started, Due: k.Due}
	}
	switch {
	case k.Ended != 0 && k.Ended >= k.Due:
		return append(out, clockRanOut)
	case k.Ended != 0:
		return append(out, clockIsEnded)
	case k.Paused != "" && old.Paused == "":
		return append(out, clockPauses)
	case k.Paused == "" && old.Paused != "":
		return append(out, clockRunsOn)
	case k.Started > old.Started && old.Due <= k.Started:
		return append(out, clockRanOut, clockBegins)
	case k.Started > old.Started:
		return append(out, clockBegins)
	case k.Stood > old.Stood && k.Paused != "": // a night was over, and the next one has come
		return append(out, clockRunsOn, clockPauses)
	case k.Stood > old.Stood:
		return append(out, clockPauses, clockRunsOn)
	case k.Due > old.Due && k.Kind == docket.ClockReminder: // in the moment in which the hearing that it goes by does
		return append(out, clockBegins)
	case k.Due > old.Due:
		return append(out, clockLonger)
	}
	return out
}

func clockKindsAll() (out []docket.ClockKind) {
	for k := docket.ClockKind(1); k < clockFarthest; k++ {
		if k.String() != "invalid" {
			out = append(out, k)
		}
	}
	return out
}

// possible are all states and transitions of one kind of thing.
func possible() (out []string) {
	out = append(out, edges("decision", decisionStates)...)
	out = append(out, edges("case", caseStates)...)
	out = append(out, edges("review", reviewStates)...)
	for _, k := range clockKindsAll() {
		for _, turn := range []string{clockStarts, clockPauses, clockRunsOn, clockLonger, clockBegins, clockRanOut, clockIsEnded} {
			out = append(out, "clock "+k.String()+" "+turn)
		}
	}
	for k := docket.ActKind(1); k < clockFarthest; k++ {
		if k.String() != "invalid" {
			out = append(out, "act "+k.String())
		}
	}
	for m := evenkeel.MeasureNone; m <= evenkeel.MeasureDeny; m++ {
		out = append(out, "in force "+m.String())
	}
	return out
}

// because says why something of possible does not come about, and whether it must not: the first
// pattern that fits (path.Match) counts. Transitions of decisions that no state allows are left out:
// machine.takeDecision refuses each.
var because = []struct {
	what string
	why  string
	must bool // not come about
}{
	{"decision made → l*", "it begins as a question, held, in force or suppressed", true},
	{"decision made → refused", "it was asked before", true},
	{"decision made → superseded", "it stood before", true},
	{"decision proposed → in_force", "who approves makes a decision of their own, in its place", true},
	{"case made → reopened", "it was closed before", true},
	{"case closed → open", "what is found anew opens another case", true},
	{"case closed → under_review", "it is reopened", true},
	{"case reopened → open", "a person has to look, and that stays so", true},
	{"case reopened → under_review", "it says already that a person has to look, and more", true},
	{"case under_review → open", "that a person has to look is not taken back", true},
	{"review made → [^adu]*", "it begins with its first verdict, or without it", true},
	{"review made → agreed", "two agree in two acts", true},
	{"review [^m]* → asked", "a verdict is not taken back", true},
	{"review asked → [^duo]*", "whoever opens it says first", true},
	{"review made → unseconded", "whoever has nobody to ask is told so, and asks nothing", true},
	{"review made → overtaken", "it is opened about what stands", true},
	{"review split → drawn", "the third is drawn while two differ", true},
	{"review split → agreed", "of three the one in the middle counts: it is settled", true},
	{"review split → unseconded", "there were two: the lower counts", true},
	{"review agreed → *", "it is over", true},
	{"review settled → *", "it is over", true},
	{"review unseconded → *", "it is over", true},
	{"review overtaken → *", "it is over", true},
	{"clock retrieval began again", "a contract would have to end once more within days of the first time", false},
	{"clock retrieval was put off", "an appeal would have to be over while a lawful order withholds the data", false},
	{"clock joined began again", "one more would have to join in the moment in which those before were told already", false},
	{"clock appeal began again", "a case would have to be found in again as its time to appeal is over", false},
}

// turnsOf is what becomes of the clocks of each kind; nothing else does, since only the tenant's own
// time and that of whoever was drawn by lot stand still, and only what somebody asks for is put off.
var turnsOf = map[docket.ClockKind]string{
	docket.ClockLease:        "started, ran out, was ended",
	docket.ClockHearing:      "started, paused, ran on, was put off, began again, ran out, was ended",
	docket.ClockTenantAnswer: "started, paused, ran on, was put off, began again, ran out, was ended",
	docket.ClockOurAnswer:    "started, was put off, began again, ran out, was ended",
	docket.ClockAppeal:       "started, was put off, began again, ran out, was ended",
	docket.ClockJoined:       "started, ran out, was ended",
	docket.ClockReview:       "started, began again, ran out, was ended",
	docket.ClockQuiet:        "started, began again, ran out, was ended",
	docket.ClockSecond:       "started, paused, ran on, began again, ran out, was ended",
	docket.ClockPage:         "started, ran out, was ended",
	docket.ClockSecondLevel:  "started, ran out, was ended",
	docket.ClockAppealAnswer: "started, began again, ran out, was ended",
	docket.ClockUrgent:       "started, began again, ran out, was ended",
	docket.ClockUnheard:      "started, began again, ran out, was ended",
	docket.ClockDesk:         "started, began again, ran out, was ended",
	docket.ClockRetrieval:    "started, paused, ran on, ran out, was ended",
	docket.ClockReminder:     "started, began again, ran out, was ended",
	docket.ClockCredit:       "started, began again, ran out, was ended",
	docket.ClockWay:          "started, was put off, began again, ran out, was ended",
	docket.ClockLot:          "started, began again, ran out, was ended",
	docket.ClockWithheld:     "started, ran out, was ended",
}

// TestHistoriesAccountForEveryKind: whatever can come about is drawn, or it is said why not, so that nothing
// new is forgotten; and nothing is said of what is gone.
func TestHistoriesAccountForEveryKind(t *testing.T) {
	all := possible()
	for _, b := range because {
		if !slices.ContainsFunc(all, func(what string) bool { fits, err := path.Match(b.what, what); return fits || err != nil }) {
			t.Errorf("%s: nothing of that name can come about any more", b.what)
		}
	}
	for _, k := range clockKindsAll() {
		if why, _ := whyNot("clock " + k.String() + " " + clockStarts); turnsOf[k] == "" && why == "" {
			t.Errorf("clock %s: expected a row that says what becomes of it in histories, or why nothing does", k)
		}
	}
	for k := docket.ActKind(1); k < clockFarthest; k++ {
		drawn := slices.ContainsFunc(actions, func(a action) bool { return a.name == k.String() })
		if why, _ := whyNot("act " + k.String()); !drawn && why == "" && k.String() != "invalid" {
			t.Errorf("act %s: expected an action that draws it, or a row that says why none does", k)
		}
	}
}

// others are what else has to come about.
const others = "abuse again restart restarted sweep applied refused told acknowledged looked bounced untold missed tripped replayed unshown"

// never is what must not come about, and why.
func never() map[string]string {
	out := map[string]string{}
	for _, what := range possible() {
		if why, must := whyNot(what); must {
			out[what] = why
		}
	}
	return out
}

// whyNot says why something need not come about, "" where it has to, and whether it must not.
func whyNot(what string) (why string, must bool) {
	for _, from := range decisionStates {
		for _, to := range decisionStates {
			if what == edge("decision", from.String(), to) && !from.CanBecome(to) {
				return "no state follows but those that CanBecome names", true
			}
		}
	}
	for _, b := range because {
		fits, err := path.Match(b.what, what)
		if err != nil {
			panic(err)
		}
		if fits {
			return b.why, b.must
		}
	}
	for k, turns := range turnsOf {
		if turn, of := strings.CutPrefix(what, "clock "+k.String()+" "); of && !slices.Contains(strings.Split(turns, ", "), turn) {
			return "only the tenant's own time stands still, and only what somebody asks for is put off", true
		}
	}
	return "", false
}

// reachable is what has to come about.
func reachable() (out []string) {
	for _, what := range possible() {
		if why, _ := whyNot(what); why == "" {
			out = append(out, what)
		}
	}
	out = append(out, strings.Fields(others)...)
	for _, word := range strings.Fields("proposed granted refused") {
		out = append(out, "credit "+word)
	}
	for _, word := range strings.Fields("draft backtest shadow confirm live") {
		out = append(out, "stage "+word)
	}
	out = append(out, "lot passed", "lot open", "lot done", "known lot open", "known lot done", "opened again by lot", "closed after a lot")
	return append(out, "handed over", "flag of a policy", "proof gone", "proof back", "way cut", "way open", "way looked at", "receiver cut", "unshown in a closed case",
		"stage canary acts", "stage canary asks", "told again and noted", "entered as it goes on", "review goes on", "switch released",
		"feed drifts", "feed accepted", "feed is as before", "contacts told of", "contacts changed once more", "contacts from before kept", "contact confirmed by another", "contact confirmed by one who was", "contact confirmed by a person", "limited on", "all let go of", "word of a tenant", "people called by a word", "people called by budget", "people called by breaker", "people called by input", "account-wide", "held together under a switch",
		"paid", "allowed while it was held", "protected while it was held", "ended by what is known by then")
}

// tell prints how many there were and, where they were enough, what of each kind came about least, which
// make check shows (.ci/tests); and how often each thing did, which VERBOSE=1 make check shows.
func tell(t *testing.T) {
	t.Helper()
	fmt.Printf("note: %d histories were drawn, %d steps, from seed %d and, beside it, from that + 2^40 each\n", tallied.histories, tallied.steps, tallied.seed)
	wanted := reachable()
	for _, of := range []string{"decision", "in force", "case", "review", "clock", "act"} {
		n, missing, least := 0, 0, ""
		for _, what := range wanted {
			if !strings.HasPrefix(what, of+" ") {
				continue
			}
			if n++; tallied.counts[what] == 0 {
				missing++
			}
			if least == "" || tallied.counts[what] < tallied.counts[least] {
				least = what
			}
		}
		if tallied.histories >= enough {
			fmt.Printf("note: in them, of %d states and turns of %q %d came about, most seldom %q: %d times\n", n, of, n-missing, least, tallied.counts[least])
		}
	}
	if tallied.histories >= enough {
		fmt.Printf("note: had the control plane died at any step, what machines had entered would have ended within %s (L)\n", tallied.left)
		fmt.Printf("note: %d words of tenants called people %d times, and ended nothing (G)\n", tallied.counts["word of a tenant"], tallied.counts["people called by a word"])
	}
	for _, what := range slices.Sorted(maps.Keys(tallied.counts)) {
		fmt.Printf("count: %8d %s\n", tallied.counts[what], what)
	}
	for _, what := range slices.Sorted(maps.Keys(never())) {
		if why, _ := whyNot(what); !strings.HasPrefix(what, "decision") || !strings.HasPrefix(why, "no state") {
			fmt.Printf("count:    never %s: %s\n", what, why)
		}
	}
}
