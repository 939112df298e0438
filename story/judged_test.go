package story

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// playersOf keeps what was played: several tests look at the same stories.
var playersOf = map[string]*player{}

func playedBuiltin(t *testing.T, name string) *player {
	t.Helper()
	if playersOf[name] == nil {
		pl, err := play(builtinStory(t, name), Parts{Books: books})
		if err != nil {
			t.Fatal(err)
		}
		playersOf[name] = pl
	}
	return playersOf[name]
}

// inForce calls f for each decision that came into force, with the changes of that moment.
func inForce(pl *player, f func(x *evenkeel.Decision, c *docket.Changes)) {
	for i := range pl.desk.changes {
		c := &pl.desk.changes[i]
		for j := range c.Decisions {
			if x := &c.Decisions[j]; x.State == evenkeel.InForce {
				f(x, c)
			}
		}
	}
}

// Property N, and the part of A that a store can see: what takes effect has been told, ends,
// and rests on something.
func TestWhatIsInForceHasNoticeLeaseAndGrounds(t *testing.T) {
	all := 0
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			inForce(playedBuiltin(t, name), func(x *evenkeel.Decision, c *docket.Changes) {
				all++
				if err := x.Check(); err != nil {
					t.Error(err)
				}
				lawful, lease := docket.Withholds(x), docket.ClockLease // an order may forbid that anybody is told
				if lawful {
					lease = docket.ClockWithheld
				}
				if !lawful && !slices.ContainsFunc(c.Notices, func(n evenkeel.Notice) bool {
					return n.Decision == x.ID && n.State == evenkeel.InForce && n.Check() == nil && n.PersonBy != 0
				}) {
					t.Errorf("%s of %v at %s has no notice that names a person's time", x.Measure, x.Assets, x.At)
				}
				if !slices.ContainsFunc(c.Clocks, func(k docket.Clock) bool {
					return k.Decision == x.ID && k.Kind == lease && k.Due == x.Until && k.Due > x.From
				}) {
					t.Errorf("%s of %v at %s has no lease", x.Measure, x.Assets, x.At)
				}
				ordered := slices.ContainsFunc(c.Orders, func(o evenkeel.Order) bool { return o.Decision == x.ID && !o.Lift && o.Until == x.Until })
				if ordered != (lawful || x.Measure.Enforced()) {
					t.Errorf("%s of %v at %s: an order goes out: %t", x.Measure, x.Assets, x.At, ordered)
				}
			})
		})
	}
	if all == 0 {
		t.Error("no story has a decision in force")
	}
}

// Mission, table, row "compute, one family": usage is one family, however much of it there is. What is more takes two persons.
func TestUsageAloneNeverLeadsAboveNotify(t *testing.T) {
	quiet := 0
	for _, name := range Names() {
		pl := playedBuiltin(t, name)
		found := pl.findings()
		if len(found) == 0 || slices.ContainsFunc(found, func(f evenkeel.Finding) bool {
			return slices.ContainsFunc(f.Families(), func(e evenkeel.Evidence) bool { return e != evenkeel.EvidenceUsage })
		}) {
			continue
		}
		quiet++
		inForce(pl, func(x *evenkeel.Decision, _ *docket.Changes) {
			if x.Measure > evenkeel.MeasureNotify && x.Actor.Second == "" {
				t.Errorf("%s: %s of %v on usage alone, and not by two persons", name, x.Measure, x.Assets)
			}
		})
	}
	if quiet < 4 {
		t.Errorf("%d stories have usage only; expected some, or this test shows nothing", quiet)
	}
}

// each is a case for each of some tenants.
func each(form string, from, to int) string {
	var out []string
	for n := from; n <= to; n++ {
		out = append(out, fmt.Sprintf(form, n))
	}
	return strings.Join(out, "; ")
}

// What each story is there to show, in the fewest words: what took effect, what was only
// recorded or left to a person, then what would have been in shadow; and how the cases stand. The transcripts show the way there.
func TestEveryStoryGoesAsFarAsItSays(t *testing.T) {
	stories := []struct{ name, decided, cases string }{
		{"abuse-report-hit", "notify 2", "after report open none; before report open none"},
		{"abuse-report-miss", "", ""},

		{"account-of-long-ago", "isolate 2, notify 4, proposed 2, throttle 4", "mill mining under_review none; old mining under_review none"},
		{"amplification-hit", "limit 2", "web flood open none"},
		{"announced-burst", "suppressed 11", "montecarlo creation closed covered; montecarlo mining closed covered"},
		{"answered-in-time", "notify 4, proposed 6, refused 2", "quick mining under_review none; silent mining under_review none"},
		{"appeal-flood", "notify 5, throttle 4", "harbour mining under_review none; pricing mining under_review none; relay mining under_review none"},
		{"audit-by-lot", "limit 10", each("t-%d flood closed false_positive", 1, 5) + "; " + each("t-%d flood closed confirmed", 6, 10)},
		{"brute-force-hit", "limit 2", "web flood open none"},
		{"clock-leaps", "deny 1, isolate 1, notify 1, superseded 1, throttle 1", "pricing mining under_review none"},
		{"contact-confirmed", "notify 2, throttle 2", "solo mining closed false_positive; studio mining under_review none"},
		{"contacts-changed", "notify 1, throttle 1", "studio mining closed false_positive"},
		{"contacts-in-turn", "notify 2, proposed 1, throttle 1", "studio mining under_review none; tools mining under_review none"},
		{"credit", "limit 3", "harbour flood closed false_positive; relay flood closed false_positive"},
		{"crypto-mining-hit", "notify 1, throttle 1", "acme mining under_review none"},
		{"crypto-mining-miss", "", ""},
		{"denied-and-fetched", "deny 1, notify 1, superseded 1, throttle 1", "pricing mining under_review none"},
		{"endpoint-alone", "notify 1, refused 1", "studio mining closed false_positive"},
		{"feed-drift", "limit 4, notify 17, proposed 17, superseded 17",
			each("t-%d flood closed false_positive", 1, 3) + "; " + each("t-%d flood under_review none", 4, 20) + "; t-40 flood under_review none"},
		{"feed-unit-change", "limit 1, notify 1, proposed 3, superseded 3", "bakery flood under_review none; shop flood under_review none"},
		{"flood-all-night", "drop-flow 2, limit 6", "relay flood closed victim"},
		{"front-of-the-queue", "isolate 2, notify 4, superseded 1, throttle 3", "bakery mining closed false_positive; bakery mining closed false_positive; relay mining under_review none; smith mining under_review none"},
		{"host-compromise-hit", "notify 1", "web compromise closed victim"},
		{"host-compromise-miss", "", ""},
		{"host-persistence-hit", "notify 2", "web compromise open none"},
		{"host-persistence-miss", "", ""},
		{"host-upkeep", "", ""},
		{"hostile-announcement", "isolate 1, notify 3, proposed 1, suppressed 2, throttle 3",
			"oldco mining closed covered; oldco mining under_review none; shade announcement closed confirmed; shade mining under_review none"},
		{"late-and-twice", "notify 1, throttle 1", "acme mining under_review none"},
		{"lawful-order", "lapsed 1, lifted 1, notify 2, throttle 1", "pricing mining under_review none"},
		{"learned-from", "notify 3, throttle 3", "harbour mining closed false_positive; pricing mining closed false_positive; relay mining closed confirmed"},
		{"lost-denial", "notify 2, superseded 1, throttle 1", "pricing mining reopened confirmed"},
		{"miner", "isolate 1, notify 1, throttle 3", "acme mining closed confirmed"},
		{"mines-on", "notify 1, refused 1, throttle 2", "acme mining closed confirmed"},
		{"mining-flow-hit", "notify 1", "lab mining open none"},
		{"missed-clock", "notify 1, refused 2, throttle 1", "pricing mining closed false_positive"},
		{"missing-facts", "notify 3, throttle 1", "credit mining open none; known mining under_review none; stranger mining open none"},
		{"new-rule-version", "throttle 2", "builder mining open none; render mining open none"},
		{"nine-minute-mistake", "limit 5, notify 7, proposed 12", each("c-%d flood under_review none", 1, 12)},
		{"no-trifle", "notify 1, refused 2, throttle 1", "pricing mining under_review none"},
		{"nobody-on-call", "notify 1, throttle 1", "pricing mining closed false_positive"},
		{"one-more-machine", "notify 3, superseded 1, suspend 1", "pricing mining under_review none"},
		{"one-person-alone", "notify 1, superseded 1, throttle 3", "pricing mining under_review none"},
		{"opened-by-lot", "limit 2", "t-1 flood closed false_positive"},
		{"outbound-flood-datagrams", "limit 2", "web flood under_review none"},
		{"outbound-flood-hit", "limit 1", "web flood under_review none"},
		{"outbound-flood-packets", "limit 3", "web flood under_review none"},
		{"page-ladder", "drop-flow 1, limit 2, notify 2, throttle 3", "harbour mining under_review none; pricing mining closed false_positive; relay flood closed victim"},
		{"policy-change", "notify 3, throttle 1; throttle 2", "newcomer mining under_review none; project mining open none"},
		{"port-innocents", "", ""},
		{"port-scan-datagrams", "limit 2", "web flood under_review none"},
		{"port-scan-hit", "limit 2", "web flood under_review none"},
		{"raisup-first-lock", "notify 2", "raisup mining closed false_positive"},
		{"raisup-known-facts", "notify 2", "raisup mining open none"},
		{"raisup-second-run", "notify 2, refused 30, suppressed 10", "raisup mining closed false_positive"},
		{"raisup-three-days", "notify 2, suppressed 10", "raisup mining closed false_positive"},
		{"raisup-whole", "notify 2, refused 30, suppressed 10", "raisup mining closed false_positive"},
		{"recycled-address", "notify 1, throttle 1", "before mining under_review none"},
		{"report-classes", "notify 5", "bank report open none; films report open none; flooder report open none; open report open none; scanner report open none"},
		{"report-joins", "notify 3", "web report under_review none"},
		{"reported-again", "notify 2", "web report closed confirmed; web report open none"},
		{"reseller", "isolate 1, notify 3, throttle 3", "direct mining under_review none; perhaps mining under_review none; sells-on mining under_review none"},
		{"restarted-by-owner", "limit 1, notify 1", "web compromise open none; web flood closed victim"},
		{"rule-earns-its-stage", "notify 1, proposed 1", "harbour mining under_review none"},
		{"sealos-night", "challenge 1, shut 1", "game edge under_review none"},
		{"site-flood-hit", "challenge 1", "shop edge under_review none"},
		{"site-flood-miss", "", ""},
		{"site-stopped", "shut 2", "shop edge open none"},
		{"solo-operator", "notify 2, throttle 1", "pricing mining under_review none"},
		{"spam-start-hit", "notify 1", "web spam open none"},
		{"spoofed-source-hit", "drop-flow 1, limit 2", "web flood under_review none"},
		{"template-refused", "deny 1, notify 2, proposed 1, superseded 1, throttle 2", "pricing mining under_review none; quarry mining under_review none"},
		{"trial-miner", "isolate 1, notify 1, throttle 1", "t-4711 mining under_review none"},
		{"two-people", "notify 1, superseded 1, suspend 1, throttle 1", "pricing mining under_review none"},
		{"two-people-differ", "notify 1, superseded 1, throttle 2", "pricing mining under_review none"},
		{"unanswered-warnings", "notify 2, refused 1, throttle 2", "studio mining closed false_positive; tools mining open none"},
		{"unknown-tenant", "notify 1", "late-corp mining open none"},
		{"vm-burst-hit", "notify 1", "shop creation open none"},
		{"vm-burst-miss", "", ""},
		{"worker-and-shop", "isolate 1, notify 1, throttle 1", "shop mining under_review none"},
	}
	for i, name := range Names() {
		if i >= len(stories) || stories[i].name != name {
			t.Fatalf("story %s has no row here", name)
		}
	}
	for _, c := range stories {
		t.Run(c.name, func(t *testing.T) {
			d := playedBuiltin(t, c.name).desk
			got := ""
			live, shadow := d.counts()
			for _, n := range []map[string]int{live, shadow} {
				if _, names, any := strings.Cut(counted(n), ": "); any {
					got += names + "; "
				}
			}
			got = strings.TrimSuffix(got, "; ")
			if got != c.decided {
				t.Errorf("decided was %q; expected %q", got, c.decided)
			}
			var cases []string
			for _, x := range d.cases {
				cases = append(cases, strings.Join([]string{string(x.Tenant), x.Family, x.State.String(), x.Outcome.String()}, " "))
			}
			slices.Sort(cases)
			want := strings.Split(c.cases, "; ")
			slices.Sort(want)
			if got := strings.Join(cases, "; "); got != strings.Join(want, "; ") {
				t.Errorf("the cases are %q; expected %q", got, c.cases)
			}
		})
	}
}

// The core of Story A: what was cleared leads to nothing again inside its flag, and outside
// of it to a person only.
func TestNothingAutomaticFollowsRaisupsClearance(t *testing.T) {
	pl := playedBuiltin(t, "raisup-second-run")
	var cleared evenkeel.Moment
	for _, c := range pl.desk.changes {
		for _, x := range c.Cases {
			if cleared == 0 && x.Outcome.Cleared() {
				cleared = x.Since
			}
		}
	}
	if cleared == 0 {
		t.Fatal("nothing was cleared")
	}
	after := 0
	for _, x := range pl.desk.decisions {
		if x.From < cleared {
			continue
		}
		after++
		if x.Measure != evenkeel.MeasureNone {
			t.Errorf("%s of %v, %s after the clearance", x.Measure, x.Assets, x.From.Sub(cleared))
		}
		if x.Wanted != evenkeel.MeasureNotify || len(x.Safeguards) == 0 {
			t.Errorf("what was wanted of %v and asked before is not recorded: %+v", x.Assets, x)
		}
	}
	if after != 40 {
		t.Errorf("%d findings were decided about after the clearance; expected 10 that are covered and 30 that are not", after)
	}
}

// busyTwice is a tenant with two machines that are found under two families of rules.
const busyTwice = `tenant acme since=2024-03-03 standing=trial paid=0
asset a-1..a-2 tenant=acme
cpu a-1..a-2 99% every 30s for 10m
+10m
`

// odd is busyRule under another family.
var odd = strings.NewReplacer("rules/busy.yaml", "rules/odd.yaml", "rule: busy", "rule: odd", "family: test", "family: odd").Replace(busyRule)

func TestAnActNamesWhatItMeans(t *testing.T) {
	for _, c := range []struct{ name, act, says string }{
		{"a tenant with a case of each of two families", `answer acme "Ours."`, "line 8: answer acme: the tenant has an open case of each of odd, test; expected one of them as family=…"},
		{"the family is named", `answer acme "Ours." family=odd`, ""},
		{"a tenant without a case", `answer nobody "Who?"`, ""},
		{"two families of flags", "flag acme by=anna ok selector=tenant for=3d family=odd\nflag acme by=anna ok selector=tenant for=3d family=test\nrevoke acme by=anna no",
			"line 10: revoke acme: the tenant has a flag of each of odd, test; expected one of them as family=…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Play(parsed(t, busyTwice+c.act, busyRule+odd), Parts{Rules: []*rule.Rule{}, Books: books})
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Fatalf("the error is %v; expected %q", err, c.says)
			}
			if err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("the error's kind is %s", evenkeel.KindOf(err))
			}
		})
	}
}

// miners have two machines that are throttled, and whose isolation is held.
const miners = `tenant acme since=2024-03-03 standing=trial paid=0 run_rate=0
asset m-1..m-3 tenant=acme
cpu m-1..m-2 100% every 15s for 40m
+20m
flow m-1..m-2 out 198.51.100.7:3333/tcp app=stratum
+3m
hostevent m-2 known-miner name=xmrig
+16m
`

func TestActsMeanTheDecisionsThatTheyDescribe(t *testing.T) {
	const throttled, isolated = "decided  throttle in force", "decided  isolate held until"
	before := playedWithRules(t, miners+"note now")
	if !strings.Contains(before, throttled) || !strings.Contains(before, isolated) {
		t.Fatalf("the transcript is\n%s\nexpected %q and %q", before, throttled, isolated)
	}
	for _, c := range []struct {
		name, act string
		want      []string // of what follows the note
	}{
		{"lift means what is in force", `lift acme by=ben "Enough."`, []string{
			"lift     acme, by ben: \"Enough.\"\n", "decided  throttle lifted; it was in force\n          asset    m-1, m-2 (2) of acme\n", "lift     throttle\n"}},
		{"lower means what is in force", `lower acme to=notify by=ben "Less."`, []string{
			"lower    acme, by ben, to notify: \"Less.\"\n", "decided  throttle superseded", "decided  notify in force until "}},
		{"refuse means what is held", `refuse acme by=ben "No."`, []string{"decided  isolate refused; it was held\n          asset    m-1, m-2 (2) of acme\n"}},
		{"approve means what is held", `approve acme by=ben "Now."`, []string{"decided  isolate in force until ", "by       ben\n"}},
		{"less than what is held is approved", `approve acme by=ben to=throttle "Half."`, []string{"approve  acme, by ben, to throttle", "decided  throttle in force until "}},
		{"a measure that is not there", `lift acme by=ben measure=isolate "Enough."`, []string{"refused  "}},
		{"assets that are not meant", `lift acme by=ben assets=m-3 "Enough."`, []string{"refused  "}},
		{"a flag is granted and revoked", "flag acme by=ben selector=tenant for=3d \"A test.\"\nrevoke acme by=ben \"Over.\"", []string{
			"flag     1, acme, mining: from 08:39:00 until 2024-03-07 08:39:00, by ben\n          covers   all of the tenant's, without a bound\n", "flag     1, acme, mining: revoked\n"}},
		{"the newest of two flags is revoked", "flag acme by=ben selector=tenant for=3d one\n+1s\nflag acme by=ben selector=\"assets=m-1\" for=3d two\nrevoke acme by=ben \"Over.\"", []string{
			"flag     2, acme, mining: revoked\n          covers   m-1, without a bound\n"}},
		{"the flag with the selector is revoked", "flag acme by=ben selector=tenant for=3d one\n+1s\nflag acme by=ben selector=\"assets=m-1\" for=3d two\nrevoke acme by=ben selector=tenant \"Over.\"", []string{
			"flag     1, acme, mining: revoked\n          covers   all of the tenant's, without a bound\n"}},
		{"the flag of the family is revoked", "flag acme by=ben selector=tenant for=3d one\n+1s\nflag acme by=ben selector=tenant family=creation for=3d two\nrevoke acme by=ben family=mining \"Over.\"", []string{
			"flag     1, acme, mining: revoked\n"}},
		{"a case is closed", `close acme by=ben outcome=victim "They were broken into."`, []string{"close    acme, by ben, as victim", "case     1, acme, mining: closed, victim\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := playedWithRules(t, miners+"note now\n"+c.act)
			_, after, _ := strings.Cut(got, "note     now\n")
			for _, want := range c.want {
				if !strings.Contains(after, want) {
					t.Errorf("after the act is\n%s\nexpected\n%s", after, want)
				}
			}
		})
	}
}

// playedWithRules plays with the rules that come with the program.
func playedWithRules(t *testing.T, lines string) string {
	t.Helper()
	transcript, err := Play(parsed(t, lines, ""), Parts{Books: books})
	if err != nil {
		t.Fatal(err)
	}
	return transcript
}

func TestWhatIsRefusedIsToldWithTheReason(t *testing.T) {
	got := played(t, busyTwice+"clear acme by=anna \"It is fine.\"\nlift nobody by=anna \"It is fine.\"", busyRule)
	for _, want := range []string{
		"08:10:00  clear    acme, by anna, as false_positive: \"It is fine.\"\n08:10:00  refused  ",
		"08:10:00  lift     nobody, by anna: \"It is fine.\"\n08:10:00  refused  nobody has no case\n",
		"acts 2, refused 2",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the transcript is\n%s\nexpected in it\n%s", got, want)
		}
	}
}

func TestTheSameActCountsOnce(t *testing.T) {
	got := played(t, busyTwice+"message acme hello\nagain 1m\n+5m", busyRule)
	if n := strings.Count(got, "message  acme"); n != 1 || !strings.Contains(got, "acts 1, refused 0") {
		t.Errorf("the transcript is\n%s\nexpected one message", got)
	}
}

func TestWhatIsDueOnTheWayIsToldAtItsOwnTime(t *testing.T) {
	got := played(t, busyTwice+"note before\nat 2024-04-01T00:00:00Z\nnote after", busyRule)
	before, rest, _ := strings.Cut(got, "note     before\n")
	between, after, found := strings.Cut(rest, "note     after\n")
	if !found || strings.Contains(before, "lapsed") || strings.Contains(after, "lapsed") {
		t.Fatalf("the transcript is\n%s\nexpected what lapses between the notes", got)
	}
	if !strings.Contains(between, "2024-03-11\n08:04:00  decided  notify lapsed") {
		t.Errorf("between the notes is\n%s\nexpected that the lease of a week runs out in a week", between)
	}
}

func TestTheEndOfAStoryLetsNoClockRunOutThatIsNotDue(t *testing.T) {
	pl, err := play(parsed(t, busyTwice, busyRule), Parts{Rules: []*rule.Rule{}, Books: books})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range pl.desk.decisions {
		if x.State != evenkeel.InForce {
			t.Errorf("%s is %s at the end", x.Measure, x.State)
		}
	}
	if pl.clock.String() != "2024-03-04T08:10:00Z" || pl.desk.swept != pl.clock {
		t.Errorf("the story ends at %s, and clocks ran to %s", pl.clock, pl.desk.swept)
	}
}

func TestAStoryWithoutBooksIsNotPlayed(t *testing.T) {
	_, err := Play(parsed(t, "note a", ""), Parts{})
	if evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), "expected the parts to have Books") {
		t.Errorf("the error is %v", err)
	}
}

func TestAStoryBringsItsOwnPolicies(t *testing.T) {
	text, err := builtin.Text("default")
	if err != nil {
		t.Fatal(err)
	}
	own := strings.Replace(string(text), "policy: default", "policy: own", 1)
	shadow := strings.Replace(strings.Replace(string(text), "policy: default", "policy: next", 1), "mode: live", "mode: shadow", 1)
	s := parsed(t, "note a", "-- policy/next.yaml --\n"+shadow+"-- policy.yaml --\n"+own)
	policies, err := s.policies(nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(policies) != 2 || policies[0].ID() != "own v1" || policies[1].ID() != "next v1" {
		t.Errorf("the policies are %v; expected the story's own in force, and the other in shadow", policies)
	}
	_, err = Parse("s.txtar", append(wrap("note a"), "-- policy.yaml --\n"+own+"-- policy/b.yaml --\n"+string(text)...))
	if err == nil || !strings.Contains(err.Error(), "policies own v1 and default v1 are both live; expected one that is") {
		t.Errorf("the error is %v", err)
	}
	if policies, err = parsed(t, "note a", "").policies(nil); err != nil || len(policies) != 1 || policies[0].ID() != "default v1" {
		t.Errorf("without one, the policies are %v, %v; expected the one that comes with the program", policies, err)
	}
}
