package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/baseline"
	"github.com/evenkeel/evenkeel/lab/testhost"
	"github.com/evenkeel/evenkeel/shield/plan"
	"github.com/evenkeel/evenkeel/watch"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

var noon = evenkeel.MomentOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))

// renter says that one tenant has had all machines for a day, on trial, with two CPUs each.
type renter struct{}

func (renter) TenancyAt(a evenkeel.AssetID, at evenkeel.Moment) (*evenkeel.Holding, bool) {
	from := noon.Add(-24 * time.Hour)
	return &evenkeel.Holding{
		Asset: a, Tenant: "acme", From: from, Created: evenkeel.KnownFact(from, from), VCPUs: evenkeel.KnownFact(int64(2), from),
	}, true
}

func (renter) AccountAt(t evenkeel.TenantID, at evenkeel.Moment) evenkeel.Account {
	return evenkeel.Account{
		Tenant: t, Since: evenkeel.KnownFact(noon.Add(-24*time.Hour), noon), Standing: evenkeel.KnownFact(evenkeel.StandingTrial, noon),
		Paid: evenkeel.KnownFact(0.0, noon), RunRate: evenkeel.UnknownFact[float64]("not told"),
	}
}

func (renter) CreatedBy(evenkeel.TenantID, string, evenkeel.Moment, evenkeel.Moment, int) []evenkeel.AssetID {
	return nil
}

// used writes what a group of version 2 has used.
func used(t testing.TB, root, group string, cpu time.Duration, disk int) {
	t.Helper()
	dir := filepath.Join(root, group)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"cpu.stat": fmt.Sprintf("usage_usec %d\n", cpu.Microseconds()), "io.stat": fmt.Sprintf("8:0 rbytes=%d wbytes=%d\n", disk, 2*disk),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// What a guest uses feeds the rules: one that burns all of its CPUs is what crypto-mining rules on, one that does little is not,
// whether control groups say so or libvirt; and the same of the host itself.
func TestARuleSeesWhatAGuestUses(t *testing.T) {
	root := t.TempDir()
	s := parsed(t, `
cgroups: `+root+`
facts: {cgroups: true, host: host-1}
`)
	world := plan.World{Guests: []plan.Guest{{Asset: "calm", Cgroup: "calm"}, {Asset: "burns", Cgroup: "burns"}, {Asset: "domain", Domain: "d"}, {Asset: "off", Cgroup: "burns", Off: true}}}
	told := &Told{}
	var batches []*evenkeel.Batch
	f := newFacts(factParts{
		Settings: s, World: func() plan.World { return world }, Told: func() *Told { return told }, Name: "host-1", Log: slog.New(slog.DiscardHandler),
		Deliver: func(b *evenkeel.Batch) error { batches = append(batches, b); return nil },
	})
	f.stat = filepath.Join(root, "stat")
	for at := time.Duration(0); at <= 40*time.Minute; at += usageEvery {
		used(t, root, "burns", 2*at, int(at/time.Second)*4096)
		used(t, root, "calm", at/10, 0)
		ticks := int(at / (10 * time.Millisecond))
		if err := os.WriteFile(f.stat, fmt.Appendf(nil, "cpu0 0 0 0 0 0 0 0 %d\ncpu1 %d 0 0 0 0 0 0 0\n", ticks, ticks), 0o644); err != nil { // half of it is stolen
			t.Fatal(err)
		}
		if at%(2*usageEvery) == 0 { // libvirt answers every second time
			told = &Told{At: noon.Add(at), Used: map[string]time.Duration{"domain": 2 * at, "burns": 0}}
		}
		if err := f.read(noon.Add(at)); err != nil {
			t.Fatal(err)
		}
	}
	count := map[string]int{}
	for i := range batches[0].Records {
		u := batches[0].Usage(&batches[0].Records[i])
		count[fmt.Sprint(u.Asset, " ", u.Meter, " ", u.Part, " ", u.Line)]++
	}
	if len(count) != 11 || batches[0].Source != "host-1" || len(batches[1].Records) != len(batches[0].Records)-1 {
		t.Errorf("a reading is %v of %s, the next %d records", count, batches[0].Source, len(batches[1].Records))
	}
	rules, err := builtin.Rules()
	if err != nil {
		t.Fatal(err)
	}
	e, err := watch.New(rules, watch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, b := range batches {
		for _, n := range e.Observe(b, renter{}) {
			if n.Rule == "crypto-mining" {
				found = append(found, string(n.Subject.Asset))
			}
		}
	}
	slices.Sort(found)
	if got := slices.Compact(found); !slices.Equal(got, []string{"burns", "domain", "host-1"}) {
		t.Errorf("pinned are %v; tally %+v", got, e.Tally())
	}
}

func TestWhatCannotBeReadOfAGuestIsSaidOnceAndTakesNothingAlong(t *testing.T) {
	root := t.TempDir()
	used(t, root, "well", time.Second, 1)
	used(t, root, "broken", time.Second, 1)
	if err := os.WriteFile(filepath.Join(root, "broken", "cpu.stat"), []byte("usage_usec lots\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	log := &sayings{got: make(chan string, 16)} // more than there is to say
	n := 0
	f := newFacts(factParts{
		Settings: parsed(t, "cgroups: "+root+"\nfacts: {cgroups: true}"), Name: "host-1", Log: slog.New(slog.NewTextHandler(log, nil)),
		World: func() plan.World {
			return plan.World{Guests: []plan.Guest{{Asset: "a", Cgroup: "broken"}, {Asset: "b", Cgroup: "well"}}}
		},
		Deliver: func(b *evenkeel.Batch) error { n += len(b.Records); return nil },
	})
	for i := range 3 {
		if err := f.read(noon.Add(time.Duration(i) * usageEvery)); err != nil {
			t.Fatal(err)
		}
	}
	if n != 3*5 || len(log.got) != 1 || !strings.Contains(<-log.got, "asset=a") {
		t.Errorf("%d records, %d lines; expected 5 each time, and that it is said once", n, len(log.got))
	}
}

// started runs facts until the test ends.
func started(t *testing.T, f *facts) {
	t.Helper()
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	t.Cleanup(func() {
		end()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
	})
}

func TestAGroupThatBurnsCPUIsTold(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("control groups are made by root only, and this is not root")
	}
	const root = "/sys/fs/cgroup"
	cgroups, dir := root, root // of version 2
	if _, err := os.Stat(filepath.Join(root, "cpuacct", "cpuacct.usage")); err == nil {
		cgroups, dir = filepath.Join(root, "cpu"), filepath.Join(root, "cpuacct")
	}
	group := fmt.Sprintf("evenkeel-facts-%d", os.Getpid())
	if err := os.Mkdir(filepath.Join(dir, group), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Remove(filepath.Join(dir, group)); err != nil {
			t.Error(err)
		}
	})
	burns := exec.Command("sh", "-c", "echo $$ > "+filepath.Join(dir, group, "cgroup.procs")+" && while :; do :; done")
	if err := burns.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = burns.Process.Kill()
		_ = burns.Wait() // it was killed
	})
	seen := make(chan evenkeel.Usage, 1024) // more than come until it is enough
	f := newFacts(factParts{
		Settings: parsed(t, "cgroups: "+cgroups+"\nfacts: {cgroups: true}"), Name: "host-1", Log: slog.New(slog.DiscardHandler), Now: time.Now,
		World: func() plan.World { return plan.World{Guests: []plan.Guest{{Asset: "vm-1", Cgroup: group}}} },
		Deliver: func(b *evenkeel.Batch) error {
			for i := range b.Records {
				if u := b.Usage(&b.Records[i]); u.Meter == evenkeel.MeterCPUTime {
					seen <- u
				}
			}
			return nil
		},
	})
	f.every = 50 * time.Millisecond
	started(t, f)
	for late := time.After(20 * time.Second); ; {
		select {
		case u := <-seen:
			if u.Asset != "vm-1" || u.Form != evenkeel.FormCumulative {
				t.Fatalf("told %+v", u)
			}
			if u.Value >= 0.2 {
				return
			}
		case <-late:
			t.Fatal("nobody tells that it burns a CPU")
		}
	}
}

func TestAChangedListOfKeysIsDelivered(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skipf("watching what others do needs root; the user is %d", os.Getuid())
	}
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "root", ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "etc", "passwd"), []byte("root:x:0:0:root:/root:/bin/sh\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	told := make(chan evenkeel.HostEvent, 64) // more than there is to tell
	ready := make(chan struct{})
	f := newFacts(factParts{
		Settings: parsed(t, "facts: {roots: [{asset: vm-1, path: "+root+"}]}"), Name: "host-1", Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Deliver: func(b *evenkeel.Batch) error {
			for i := range b.Records {
				if b.Source == "host-1" && b.Records[i].Kind == evenkeel.KindHostEvent {
					told <- b.HostEvent(&b.Records[i])
				}
			}
			return nil
		},
	})
	f.opened = func() { close(ready) }
	started(t, f)
	select {
	case <-ready:
	case <-time.After(20 * time.Second):
		t.Fatal("nothing is watched")
	}
	if out, err := exec.Command("sh", "-c", "echo ssh-ed25519 AAAA >> "+filepath.Join(root, "root/.ssh/authorized_keys")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for late := time.After(20 * time.Second); ; {
		select {
		case e := <-told:
			if e.What == "authorized-keys-changed" && e.Asset == "vm-1" && strings.HasPrefix(e.Name, "/root/.ssh/authorized_keys") {
				return
			}
		case <-late:
			t.Fatal("nobody tells of the key")
		}
	}
}

func TestWhetherAFirewallStandsIsReadFromTheKernel(t *testing.T) {
	testhost.Alone(t, func(t *testing.T) {
		says := func(want baseline.Answer) {
			t.Helper()
			if is, by := Filtered(t.Context()); is != want {
				t.Errorf("%v says %v; want %v", by, is, want)
			}
		}
		says(baseline.No)
		must(t, "nft add table inet wall")
		must(t, "nft add chain inet wall in { type filter hook input priority 0 ; policy drop ; }")
		says(baseline.Yes)
		hour := time.Hour
		now := noon.Time()
		f := newFilter(t.Context(), func() time.Time { return now })
		first := f.answer()
		must(t, "nft flush ruleset")
		if kept := f.answer(); kept != first {
			t.Errorf("within a second it is asked again: %v, %v", first, kept)
		}
		now = now.Add(hour)
		if after := f.answer(); after == first {
			t.Errorf("an hour later it is still %v", after)
		}
	})
}

func TestTheFirewallOfTheHostSaysNothingOfAGuest(t *testing.T) {
	f := newFacts(factParts{Settings: parsed(t, "facts: {roots: [{asset: vm-1, path: /x}, {asset: host-1, path: //}]}")})
	if f.ourselves("vm-1") || !f.ourselves("host-1") || f.ourselves("nobody") {
		t.Error("a guest is taken for the host, or the host for none")
	}
}

func TestWithoutNftablesNobodyKnowsWhetherAFirewallStands(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if is, by := Filtered(t.Context()); is != baseline.Unknown || by != "" {
		t.Errorf("%v, by %q", is, by)
	}
}
