package host_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// shares is a hypervisor's part in quotas, in memory: who runs, and what share each has.
type shares map[string]float64

func (s shares) Paused(_ context.Context, guest string) (paused, off bool, err error) {
	_, on := s[guest]
	return false, !on, nil
}

func (s shares) Quota(_ context.Context, guest string) (float64, error) {
	if share, on := s[guest]; on {
		return share, nil
	}
	return 0, fmt.Errorf("guest %s is off", guest)
}

func (s shares) SetQuota(ctx context.Context, guest string, share float64) (float64, error) {
	if _, err := s.Quota(ctx, guest); err != nil || share < 0.01 || share > 1 {
		return 0, fmt.Errorf("a share of %v for guest %s: %v", share, guest, err)
	}
	s[guest] = share
	return share, nil
}

// throttled is a share of the CPUs of a guest until a moment since boot.
type throttled struct {
	asset, cpu string
	until      evenkeel.Moment
}

// throttling is a ruleset of shares for vm-1, which is at libvirt only, and vm-2, which has a control group too.
func throttling(t testing.TB, all ...throttled) *plan.Ruleset {
	t.Helper()
	w := &plan.World{
		Guests:   []plan.Guest{{Asset: "vm-1", Domain: "one", CPUs: 2}, {Asset: "vm-2", Domain: "two", Cgroup: "two", CPUs: 2}},
		DataPath: []netip.Prefix{netip.MustParsePrefix("192.0.2.3/32")}, Can: plan.Can{CPU: true},
	}
	var orders []evenkeel.Order
	for i, x := range all {
		id := fmt.Sprintf("o-%d", i)
		orders = append(orders, evenkeel.Order{
			ID: evenkeel.OrderID(id), Decision: evenkeel.DecisionID(id), Tenant: "acme", Measure: evenkeel.MeasureThrottle,
			Assets: []evenkeel.AssetID{evenkeel.AssetID(x.asset)}, Params: map[string]string{"cpu": x.cpu}, From: 1, Until: x.until,
		})
	}
	r, fates := plan.Compile(orders, w, 1)
	for _, f := range fates {
		if f.State != plan.Carried {
			t.Fatalf("%+v", f)
		}
	}
	return r
}

// D, L: of several shares the strictest holds, each until its end, and then there is what was before.
func TestAGuestOfLibvirtIsSlowedDownAndItsKeeperLiftsIt(t *testing.T) {
	virt := shares{"one": 0.9}
	file := filepath.Join(t.TempDir(), "shares")
	d := host.NewDomains(virt, file, host.Clock{BootID: "this"})
	swap := func(now evenkeel.Moment, all ...throttled) {
		t.Helper()
		if err := d.Swap(t.Context(), throttling(t, all...), now); err != nil {
			t.Fatal(err)
		}
	}
	is := func(want float64) {
		t.Helper()
		if virt["one"] != want {
			t.Fatalf("its share is %v; want %v", virt["one"], want)
		}
	}
	amiss := func(want string, all ...throttled) {
		t.Helper()
		if seen, err := d.Look(t.Context(), throttling(t, all...), 10, "vm-1"); err != nil || want == "" && seen.Amiss != "" || !strings.Contains(seen.Amiss, want) {
			t.Fatalf("it is seen as %+v, %v; want %q", seen, err, want)
		}
	}
	twice := []throttled{{"vm-1", "20%", 100}, {"vm-1", "50%", 200}}
	swap(10, twice...)
	is(0.2)
	amiss("", twice...)

	keeper := host.NewDomains(virt, file, host.Clock{BootID: "this"})
	for _, x := range []struct {
		now, next evenkeel.Moment
		share     float64
	}{{99, 100, 0.2}, {100, 200, 0.5}, {200, 0, 0.9}} {
		if next, err := keeper.Expire(t.Context(), x.now); err != nil || next != x.next {
			t.Fatalf("at %d next is %d, %v; want %d", x.now, next, err, x.next)
		}
		is(x.share)
	}

	swap(10, throttled{"vm-1", "20%", 100})
	delete(virt, "one")
	swap(20, throttled{"vm-1", "20%", 100})
	amiss("off", throttled{"vm-1", "20%", 100})
	virt["one"] = 1 // it is started
	amiss("expected 20000 100000", throttled{"vm-1", "20%", 100})
	swap(30, throttled{"vm-1", "20%", 100})
	is(0.2)
	virt["one"] = 1 // and again, between two looks
	swap(40, throttled{"vm-1", "20%", 100})
	is(0.2)
	virt["one"] = 0.1 // somebody else slows it down further
	swap(50, throttled{"vm-1", "20%", 100})
	is(0.1)
	swap(60)
	is(0.1)
	virt["one"] = 0.05
	swap(70, throttled{"vm-1", "20%", 100})
	is(0.05)

	if err := os.WriteFile(file, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Swap(t.Context(), throttling(t), 80); err == nil || !strings.Contains(err.Error(), "quotas at libvirt were damaged and are set aside") {
		t.Errorf("damaged leases: %v", err)
	}
}

// TestNoShareGivesMoreThanWasThere: whatever is ordered, lifted and ends, and whenever an agent or a keeper comes.
func TestNoShareGivesMoreThanWasThere(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		was := float64(rapid.IntRange(1, 100).Draw(t, "was")) / 100
		virt := shares{"one": was}
		file := filepath.Join(dir, rapid.StringMatching("[a-z]{16}").Draw(t, "file"))
		d := host.NewDomains(virt, file, host.Clock{BootID: "this"})
		var all []throttled
		for range rapid.IntRange(0, 4).Draw(t, "orders") {
			all = append(all, throttled{"vm-1", fmt.Sprintf("%d%%", rapid.IntRange(1, 99).Draw(t, "cpu")), evenkeel.Moment(rapid.IntRange(2, 50).Draw(t, "until"))})
		}
		at := evenkeel.Moment(1)
		for at < 50 {
			want, err := was, error(nil)
			for _, x := range all {
				var percent float64
				fmt.Sscanf(x.cpu, "%f%%", &percent)
				if x.until > at {
					want = min(want, percent/100)
				}
			}
			if rapid.Bool().Draw(t, "keeper") && at > 1 {
				_, err = d.Expire(context.Background(), at)
			} else {
				err = d.Swap(context.Background(), throttling(failing{TB: nil, t: t}, all...), at)
			}
			if got := virt["one"]; err != nil || got > want+1e-9 || got < want-1e-9 {
				t.Fatalf("at %d the share is %v, %v; want %v, where %v was before, of %v", at, got, err, want, was, all)
			}
			at += evenkeel.Moment(rapid.IntRange(1, 10).Draw(t, "passes"))
		}
		if _, err := d.Expire(context.Background(), 50); err != nil || virt["one"] != was {
			t.Fatalf("at the end the share is %v, %v; want %v", virt["one"], err, was)
		}
	})
}

// silent is a hypervisor that does not answer at times; some of what it was asked to set it sets all the same.
type silent struct {
	shares
	reads, writes, sets bool
}

var errSilent = errors.New("libvirt does not answer")

func (s *silent) Quota(ctx context.Context, guest string) (float64, error) {
	if s.reads {
		return 0, errSilent
	}
	return s.shares.Quota(ctx, guest)
}

func (s *silent) SetQuota(ctx context.Context, guest string, share float64) (float64, error) {
	if !s.writes {
		return s.shares.SetQuota(ctx, guest, share)
	}
	if s.sets {
		s.shares[guest] = share
	}
	return 0, errSilent
}

// L: one answer that did not come keeps no share for ever, whoever tries it again.
func TestAShareEndsThoughLibvirtDidNotAnswerAtItsEnd(t *testing.T) {
	for _, by := range []string{"a keeper", "an agent"} {
		for _, missing := range []silent{{reads: true}, {writes: true}} {
			virt := &silent{shares: shares{"one": 1}}
			d := host.NewDomains(virt, filepath.Join(t.TempDir(), "shares"), host.Clock{BootID: "this"})
			all := []throttled{{"vm-1", "20%", 100}, {"vm-1", "50%", 200}}
			pass := func(now evenkeel.Moment) (err error) {
				if by == "a keeper" {
					_, err = d.Expire(t.Context(), now)
					return err
				}
				return d.Swap(t.Context(), throttling(t, all...), now)
			}
			if err := d.Swap(t.Context(), throttling(t, all...), 10); err != nil {
				t.Fatal(err)
			}
			virt.reads, virt.writes = missing.reads, missing.writes
			for range 2 {
				if err := pass(100); err == nil || !strings.Contains(err.Error(), "let go of a share of one") || !errors.Is(err, errSilent) {
					t.Errorf("%s: nobody hears that a share is not let go of: %v", by, err)
				}
			}
			virt.reads, virt.writes = false, false
			for now, want := range map[evenkeel.Moment]float64{101: 0.5, 102: 0.5} {
				if err := pass(now); err != nil || virt.shares["one"] != want {
					t.Errorf("%s at %d: the share is %v, %v; want %v", by, now, virt.shares["one"], err, want)
				}
			}
			if err := pass(200); err != nil || virt.shares["one"] != 1 {
				t.Errorf("%s at the end: the share is %v, %v; want 1", by, virt.shares["one"], err)
			}
		}
	}
}

// A guest that refuses a share is no error: nothing of it has to be let go of, and other guests are lifted all the same.
func TestAShareThatIsRefusedHoldsUpNobodyElse(t *testing.T) {
	virt := &silent{shares: shares{"one": 1}, writes: true}
	d := host.NewDomains(virt, filepath.Join(t.TempDir(), "shares"), host.Clock{BootID: "this"})
	list := throttling(t, throttled{"vm-1", "20%", 100})
	if err := d.Swap(t.Context(), list, 10); err != nil {
		t.Error(err)
	}
	if seen, err := d.Look(t.Context(), list, 10, "vm-1"); err != nil || seen.Amiss == "" {
		t.Errorf("it is seen as %+v, %v", seen, err)
	}
}

// TestNoAnswerThatIsMissingKeepsAShare: whatever is ordered, ends and is not answered, nothing stands once it is.
func TestNoAnswerThatIsMissingKeepsAShare(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		was := float64(rapid.IntRange(1, 100).Draw(t, "was")) / 100
		virt := &silent{shares: shares{"one": was}}
		d := host.NewDomains(virt, filepath.Join(dir, rapid.StringMatching("[a-z]{16}").Draw(t, "file")), host.Clock{BootID: "this"})
		var all []throttled
		for at := evenkeel.Moment(1); at < 50; at += evenkeel.Moment(rapid.IntRange(1, 10).Draw(t, "passes")) {
			if len(all) < 4 && rapid.Bool().Draw(t, "more") {
				all = append(all, throttled{"vm-1", fmt.Sprintf("%d%%", rapid.IntRange(1, 99).Draw(t, "cpu")), evenkeel.Moment(rapid.IntRange(2, 50).Draw(t, "until"))})
			}
			if len(all) > 0 && rapid.IntRange(0, 4).Draw(t, "lift") == 0 {
				all = all[1:]
			}
			virt.reads, virt.writes, virt.sets = rapid.Bool().Draw(t, "reads"), rapid.Bool().Draw(t, "writes"), rapid.Bool().Draw(t, "sets")
			if rapid.Bool().Draw(t, "keeper") {
				_, _ = d.Expire(context.Background(), at)
			} else {
				_ = d.Swap(context.Background(), throttling(failing{TB: nil, t: t}, all...), at)
			}
			if got := virt.shares["one"]; got > was {
				t.Fatalf("at %d the share is %v; %v was before", at, got, was)
			}
		}
		virt.reads, virt.writes = false, false
		if next, err := d.Expire(context.Background(), 50); err != nil || next != 0 || virt.shares["one"] != was {
			t.Fatalf("at the end the share is %v, next %d, %v; want %v", virt.shares["one"], next, err, was)
		}
	})
}

// failing lets a property fail where a test is asked for.
type failing struct {
	testing.TB
	t *rapid.T
}

func (f failing) Helper()                       {}
func (f failing) Fatalf(text string, of ...any) { f.t.Fatalf(text, of...) }

// TestEachGuestIsSlowedDownByWhatHoldsIt: by its control group, or by libvirt where there is none.
func TestEachGuestIsSlowedDownByWhatHoldsIt(t *testing.T) {
	virt, dir, root := shares{"one": 1, "two": 1}, t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"cgroup.controllers": "cpu\n", "two/cpu.max": "max 100000\n"} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	clock := host.Clock{BootID: "this"}
	groups, err := host.NewCgroups(root, filepath.Join(dir, "groups"), clock)
	if err != nil {
		t.Fatal(err)
	}
	domains := host.NewDomains(virt, filepath.Join(dir, "domains"), clock)
	both := []throttled{{"vm-1", "20%", 100}, {"vm-2", "40%", 200}}
	for _, x := range []struct {
		what     string
		by       host.Shares
		one, two float64 // at libvirt
		group    string
		amiss    bool // of vm-1
	}{
		{"cgroup v2 and libvirt", host.Shares{Groups: groups, Domains: domains}, 0.2, 1, "80000 100000", false},
		{"libvirt", host.Shares{Domains: domains}, 0.2, 0.4, "max 100000", false},
		{"cgroup v2", host.Shares{Groups: groups}, 1, 1, "80000 100000", true},
		{"nothing", host.Shares{}, 1, 1, "max 100000", true},
	} {
		s := &x.by
		if err := s.Swap(t.Context(), throttling(t, both...), 10); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(root, "two/cpu.max"))
		if err != nil || virt["one"] != x.one || virt["two"] != x.two || strings.TrimSpace(string(text)) != x.group || s.Name() != x.what || s.Can().CPU != (x.what != "nothing") {
			t.Errorf("%s: at libvirt %v, in the group %s, %v; want %v, %v, %s", s.Name(), virt, text, err, x.one, x.two, x.group)
		}
		if seen, err := s.Look(t.Context(), throttling(t, both...), 10, "vm-1"); err != nil || x.amiss != (seen.Amiss != "") {
			t.Errorf("%s: vm-1 is seen as %+v, %v", x.what, seen, err)
		}
		// Whoever is next finds what was there.
		next, err := s.Expire(t.Context(), 150)
		if err != nil || x.what == "cgroup v2 and libvirt" && next != 200 {
			t.Errorf("%s: next at %d, %v", x.what, next, err)
		}
		if _, err := s.Expire(t.Context(), 200); err != nil {
			t.Fatal(err)
		}
		if virt["one"] != 1 || virt["two"] != 1 {
			t.Errorf("%s: at the end there is %v", x.what, virt)
		}
	}
}

// lame is a hypervisor that lifts nothing.
type lame struct{ shares }

func (l lame) SetQuota(ctx context.Context, guest string, share float64) (float64, error) {
	if share == 1 {
		return 0, fmt.Errorf("it does not answer")
	}
	return l.shares.SetQuota(ctx, guest, share)
}

func TestWhatCannotBeLiftedIsTriedAgain(t *testing.T) {
	virt := shares{"one": 1}
	file := filepath.Join(t.TempDir(), "shares")
	broken := host.NewDomains(lame{virt}, file, host.Clock{BootID: "this"})
	if err := broken.Swap(t.Context(), throttling(t, throttled{"vm-1", "20%", 100}), 10); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := broken.Expire(t.Context(), 100); err == nil || !strings.Contains(err.Error(), "lift the quota of one") || virt["one"] != 0.2 {
			t.Fatalf("the share is %v: %v", virt["one"], err)
		}
	}
	if _, err := host.NewDomains(virt, file, host.Clock{BootID: "this"}).Expire(t.Context(), 101); err != nil || virt["one"] != 1 {
		t.Errorf("the share is %v: %v", virt["one"], err)
	}
}
