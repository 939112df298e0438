package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// announcer is an account that announces; its view has no finding but the time and the tenant.
func announcer(standing evenkeel.Standing, age time.Duration, paid float64, known bool, rate float64) View {
	v := minerAt(standing, age, paid, rate)
	if !known {
		v.Account.Paid = evenkeel.UnknownFact[float64]("on credit: no payment history")
	}
	v.Finding = evenkeel.Finding{At: now, Subject: evenkeel.Subject{Kind: evenkeel.SubjectTenant, Tenant: "acme"}}
	return v
}

func burstOf(count int64) evenkeel.Burst {
	return evenkeel.Burst{
		At: now, Tenant: "acme", Selector: "principal=ci,image=sim-3", Count: count, From: now.Add(2 * day), Until: now.Add(3 * day), What: "cpu", Says: "Thursday.",
	}
}

func TestWhoHasEarnedABurst(t *testing.T) {
	p := builtIn(t, "default")
	innocent := announcer(evenkeel.StandingOnCredit, 2*365*day, 0, false, 900)
	confirmed := innocent
	confirmed.Confirmed = 1
	unknown := innocent
	unknown.Account.Since = evenkeel.UnknownFact[evenkeel.Moment]("not told")
	for _, c := range []struct {
		name    string
		view    View
		count   int64
		granted bool
		why     string
	}{
		{"R9: ten machines of a customer on credit for two years", innocent, 10, true, "Announced: 10 machines from 2024-03-06T08:55:00Z until 2024-03-07T08:55:00Z. Up to 100 are allowed without asking (a customer in good standing for a year, without confirmed abuse)."},
		{"as many as the row allows", innocent, 100, true, "Announced: 100 machines"},
		{"more than the row allows", innocent, 101, false, "101 machines are announced, and up to 100 are allowed"},
		{"a count that nobody said", innocent, 0, false, "does not say how many machines"},
		{"a count below nothing", innocent, -5, false, "does not say how many machines"},
		{"abuse was confirmed once", confirmed, 1, false, "has not earned"},
		{"a customer of whom it is not known since when", unknown, 1, false, "has not earned"},
		{"G: a trial of two days", announcer(evenkeel.StandingTrial, 2*day, 0, true, 0), 1, false, "has not earned"},
		{"G: a trial of two years", announcer(evenkeel.StandingTrial, 2*365*day, 9000, true, 10), 1, false, "has not earned"},
		{"G: a new account that paid much", announcer(evenkeel.StandingPrepaid, 20*day, 9000, true, 10), 1, false, "has not earned"},
		{"G: nothing paid and nothing used for 90 days", announcer(evenkeel.StandingPrepaid, 100*day, 0, true, 0), 1, false, "has not earned"},
		{"three months of use paid in 100 days", announcer(evenkeel.StandingPrepaid, 100*day, 930, true, 310), 20, true, "Up to 20 are allowed"},
		{"a little less paid", announcer(evenkeel.StandingPrepaid, 100*day, 929, true, 310), 1, false, "has not earned"},
		{"delinquent for two years", announcer(evenkeel.StandingDelinquent, 2*365*day, 9000, true, 310), 1, false, "has not earned"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := p.Earned(c.view, burstOf(c.count))
			if got.Granted != c.granted || !strings.Contains(got.Why, c.why) {
				t.Errorf("granted %v: %s", got.Granted, got.Why)
			}
			if !slices.Equal(got.Families, []string{"mining", "creation"}) || got.Policy != p.Digest() {
				t.Errorf("families %v, policy %s", got.Families, got.Policy)
			}
		})
	}
}

func TestWhatIsGrantedIsAFlagThatStands(t *testing.T) {
	b := burstOf(10)
	got := builtIn(t, "default").Earned(announcer(evenkeel.StandingOnCredit, 2*365*day, 0, false, 900), b)
	f := evenkeel.Flag{
		Tenant: b.Tenant, Family: got.Families[0], Selector: got.Selector, Envelope: got.Envelope, From: got.From, Until: got.Until,
		By: evenkeel.Actor{Policy: got.Policy}, Why: got.Why,
	}
	if err := f.Check(); err != nil {
		t.Error(err)
	}
	if f.From != b.From || f.Until != b.Until || f.Envelope != (evenkeel.Envelope{Count: 10}) || f.Selector.Principal != "ci" || f.Selector.Image != "sim-3" {
		t.Errorf("%+v", f)
	}
}

// grantTo adds the flag that was granted, as the judge would.
func grantTo(v *View, e Earned) *evenkeel.Flag {
	v.Flags = append(v.Flags, evenkeel.Flag{
		ID: evenkeel.FlagID(fmt.Sprint("flag-", len(v.Flags))), Tenant: "acme", Family: e.Families[0], Selector: e.Selector, Envelope: e.Envelope,
		From: e.From, Until: e.Until, By: evenkeel.Actor{Policy: e.Policy}, Why: e.Why,
	})
	return &v.Flags[len(v.Flags)-1]
}

// TestWhatIsEarnedIsEarnedOnce is property G: many announcements are not more than one.
func TestWhatIsEarnedIsEarnedOnce(t *testing.T) {
	p := builtIn(t, "default")
	v := announcer(evenkeel.StandingOnCredit, 2*365*day, 0, false, 900)
	granted := 0
	for n := range 3000 { // each of other machines
		b := burstOf(100)
		b.Selector = fmt.Sprintf("assets=vm-%d", n)
		v.Finding.At, b.From = now.Add(time.Duration(n)*time.Second), now.Add(2*day+time.Duration(n)*time.Second)
		got := p.Earned(v, b)
		if got.Granted {
			granted++
			grantTo(&v, got)
		} else if want := "100 machines are announced, 100 are allowed already in that time, and up to 100 are allowed without one"; !strings.Contains(got.Why, want) {
			t.Fatalf("announcement %d: %s", n, got.Why)
		}
	}
	if granted != 1 {
		t.Errorf("%d of 3000 announcements were granted; expected 1", granted)
	}
}

func TestWhatIsAllowedAlreadyCounts(t *testing.T) {
	p := builtIn(t, "default")
	b := burstOf(60) // of 100
	for _, c := range []struct {
		name    string
		set     func(*evenkeel.Flag)
		granted bool
	}{
		{"60 machines in the same time", func(*evenkeel.Flag) {}, false},
		{"40 of them", func(f *evenkeel.Flag) { f.Envelope.Count = 40 }, true},
		{"41 of them", func(f *evenkeel.Flag) { f.Envelope.Count = 41 }, false},
		{"more than can be counted", func(f *evenkeel.Flag) { f.Envelope.Count = 1<<63 - 1 }, false},
		{"until it begins", func(f *evenkeel.Flag) { f.From, f.Until = now, b.From }, true},
		{"until a little later", func(f *evenkeel.Flag) { f.From, f.Until = now, b.From+1 }, false},
		{"from its end", func(f *evenkeel.Flag) { f.From, f.Until = b.Until, b.Until.Add(day) }, true},
		{"from a little before", func(f *evenkeel.Flag) { f.From, f.Until = b.Until-1, b.Until.Add(day) }, false},
		{"granted by a person", func(f *evenkeel.Flag) { f.By.Person = "ada" }, true},
		{"revoked long ago", func(f *evenkeel.Flag) { f.Revoked = now.Add(-31 * day) }, true},
		{"the same for the second family", func(f *evenkeel.Flag) { f.Family = "creation" }, true},
		{"another tenant's", func(f *evenkeel.Flag) { f.Tenant = "other" }, true},
	} {
		v := announcer(evenkeel.StandingOnCredit, 2*365*day, 0, false, 900)
		c.set(grantTo(&v, p.Earned(v, b)))
		if got := p.Earned(v, b); got.Granted != c.granted {
			t.Errorf("%s: granted %v: %s", c.name, got.Granted, got.Why)
		}
	}
}

func TestWhatAPersonRevokedIsNotGrantedAgain(t *testing.T) {
	p := builtIn(t, "default")
	for _, c := range []struct {
		name    string
		since   time.Duration // from the revocation to the announcement
		set     func(*evenkeel.Flag)
		granted bool
	}{
		{"an hour later", time.Hour, nil, false},
		{"an hour later, where a person had granted it", time.Hour, func(f *evenkeel.Flag) { f.By.Person = "ada" }, false},
		{"an hour later, where it would be over", time.Hour, func(f *evenkeel.Flag) { f.From, f.Until = now, now.Add(day+1) }, false},
		{"at once", 0, nil, false},
		{"announced before, and told later", -time.Hour, nil, false},
		{"after 30 days", 30 * day, nil, false},
		{"later", 30*day + 1, nil, true},
		{"an hour later, another tenant's", time.Hour, func(f *evenkeel.Flag) { f.Tenant = "other" }, true},
		{"an hour later, of another family", time.Hour, func(f *evenkeel.Flag) { f.Family = "flood" }, true},
	} {
		v, b := announcer(evenkeel.StandingOnCredit, 2*365*day, 0, false, 900), burstOf(10)
		f := grantTo(&v, p.Earned(v, b))
		f.Revoked = now.Add(day)
		if c.set != nil {
			c.set(f)
		}
		v.Finding.At = f.Revoked.Add(c.since)
		b.From, b.Until = v.Finding.At.Add(day), v.Finding.At.Add(2*day)
		got := p.Earned(v, b)
		if got.Granted != c.granted || !c.granted && !strings.Contains(got.Why, "a person revoked flag flag-0 at 2024-03-05T08:55:00Z, and for 30 days") {
			t.Errorf("%s: granted %v: %s", c.name, got.Granted, got.Why)
		}
	}
}

// TestManyShortBurstsAreForAPerson: a dossier holds so many flags, and those that count are
// among them.
func TestManyShortBurstsAreForAPerson(t *testing.T) {
	p := builtIn(t, "default")
	v := announcer(evenkeel.StandingOnCredit, 2*365*day, 0, false, 900)
	granted := 0
	announce := func(at evenkeel.Moment) Earned {
		b := burstOf(1)
		v.Finding.At, b.From = at, now.Add(time.Duration(granted)*time.Hour)
		b.Until = b.From.Add(time.Hour)
		return p.Earned(v, b)
	}
	got := announce(now)
	for ; got.Granted && granted < 3000; got = announce(now) {
		grantTo(&v, got)
		granted++
	}
	if granted != 64 || !strings.Contains(got.Why, "64 announced bursts are allowed already and not over; expected fewer than 64") {
		t.Errorf("%d short bursts were granted, and then: %s", granted, got.Why)
	}
	if got := announce(now.Add(time.Hour)); !got.Granted {
		t.Errorf("when one is over: %s", got.Why)
	}
}

func TestWhenABurstMayBe(t *testing.T) {
	p := builtIn(t, "default")
	v := announcer(evenkeel.StandingOnCredit, 2*365*day, 0, false, 900)
	for _, c := range []struct {
		name        string
		from, until evenkeel.Moment
		granted     bool
		why         string
	}{
		{"from now", now, now.Add(day), true, ""},
		{"without a beginning: from now", 0, now.Add(day), true, ""},
		{"afterwards", now - 1, now.Add(day), false, "before it was announced"},
		{"without an end", now, 0, false, "ends at no time"},
		{"an end before the beginning", now.Add(day), now, false, "the burst ends at"},
		{"two weeks", now, now.Add(14 * day), true, ""},
		{"a little more", now, now.Add(14*day + 1), false, "lasts 14 days; up to 14 days are allowed"},
		{"in 90 days", now.Add(90 * day), now.Add(91 * day), true, ""},
		{"later", now.Add(90*day + 1), now.Add(91 * day), false, "expected within 90 days"},
		{"at the end of time", 1<<63 - 2, 1<<63 - 1, false, "expected within 90 days"},
	} {
		b := burstOf(10)
		b.From, b.Until = c.from, c.until
		got := p.Earned(v, b)
		if got.Granted != c.granted || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s: %v: %s", c.name, got.Granted, got.Why)
		}
		if got.Granted && got.From < now {
			t.Errorf("%s: from %s", c.name, got.From)
		}
	}
}

func TestAPolicyThatSaysNothingOfAnnouncementsAsksAPerson(t *testing.T) {
	got := builtIn(t, "raisup-2019").Earned(announcer(evenkeel.StandingOnCredit, 2*365*day, 0, false, 900), burstOf(1))
	if got.Granted || got.Why == "" || got.Policy == "" {
		t.Errorf("%+v", got)
	}
}

// TestMachinesThatRunMayBeAsked: tenant.machines exists for announcements.
func TestMachinesThatRunMayBeAsked(t *testing.T) {
	doc := strings.Replace(string(mustRead(t, "testdata/good.yaml")), "when: tenant.age >= days(365)", "when: tenant.machines >= 2", 1)
	p, v := mustParse(t, "machines.yaml", []byte(doc)), announcer(evenkeel.StandingPrepaid, day, 0, true, 0)
	if got := p.Earned(v, burstOf(1)); got.Granted {
		t.Errorf("one machine: %s", got.Why)
	}
	v.Running = append(v.Running, evenkeel.Holding{Asset: "vm-2", Tenant: "acme"})
	if got := p.Earned(v, burstOf(1)); !got.Granted {
		t.Errorf("two machines: %s", got.Why)
	}
}

func TestTheSelectorOfAnAnnouncement(t *testing.T) {
	script := strings.Repeat("0a", 32)
	for _, c := range []struct {
		text string
		want evenkeel.Selector
	}{
		{"", evenkeel.Selector{TenantWide: true}},
		{"  ", evenkeel.Selector{TenantWide: true}},
		{"assets=b,a,b", evenkeel.Selector{Assets: []evenkeel.AssetID{"a", "b"}}},
		{"assets=vm-1, vm-2", evenkeel.Selector{Assets: []evenkeel.AssetID{"vm-1", "vm-2"}}},
		{"principal=ci image=sim-3", evenkeel.Selector{Principal: "ci", Image: "sim-3"}},
		{"principal=ci,image=sim-3", evenkeel.Selector{Principal: "ci", Image: "sim-3"}},
		{"principal=ci, script=" + script, evenkeel.Selector{Principal: "ci", StartScript: script}},
		{"image=registry/job@sha=1", evenkeel.Selector{Image: "registry/job@sha=1"}},
	} {
		if got, err := parseSelector(c.text); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %+v, %v", c.text, got, err)
		}
	}
	for _, text := range []string{
		"batch-*", "tenant", "principal", "principal=", "pricipal=ci", "principal=ci principal=cd", "script=run.sh", "script=" + script[1:],
		"assets=", "assets=a,,b", "assets=a principal=ci", "principal=ci assets=a", ",", "principal=" + strings.Repeat("x", 257),
		"assets=" + strings.Repeat("x", 257), "principal=a\x00b",
	} {
		s, err := parseSelector(text)
		if err == nil {
			t.Errorf("%q is %+v", text, s)
			continue
		}
		if !strings.Contains(err.Error(), "expected nothing") || evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%q: %v", text, err)
		}
	}
	b := burstOf(1)
	b.Selector = "batch-*"
	if got := builtIn(t, "default").Earned(announcer(evenkeel.StandingOnCredit, 2*365*day, 0, false, 900), b); got.Granted || !strings.Contains(got.Why, `the selector "batch-*" is not understood`) {
		t.Errorf("%+v", got)
	}
}

// FuzzSelector: a selector that is read is one of the three forms, and never selects nothing.
func FuzzSelector(f *testing.F) {
	for _, text := range []string{"", "assets=a,b", "principal=ci,image=sim-3 script=x", "batch-*"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSelector(text)
		if err != nil {
			return
		}
		check := evenkeel.Flag{Tenant: "t", Family: "f", Selector: s, From: 1, Until: 2, By: evenkeel.Actor{Policy: "p"}, Why: "w"}
		if err := check.Check(); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
