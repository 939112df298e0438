package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// L: the agent is dead, and a keeper that knows nothing but the leases lets go.
func TestAKeeperLiftsAQuotaWhenNobodyRunsTheAgent(t *testing.T) {
	m := newMachine(t)
	late := throttle("late", "vm-1")
	late.Params, late.Until = map[string]string{"cpu": "50%"}, late.Until.Add(time.Hour)
	m.apply(t, throttle("d", "vm-1"))
	m.apply(t, late)
	if err := m.Close(); err != nil { // and nobody refreshes it
		t.Fatal(err)
	}
	keeper, err := NewCgroups(m.root, filepath.Join(m.folder, "leases"), m.both())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		passes time.Duration
		quota  string
		next   time.Duration
	}{{time.Hour - 1, "40000 100000", 1}, {1, "100000 100000", time.Hour}, {time.Hour, "max 100000", 0}} {
		m.wall.Pass(x.passes)
		next, err := keeper.Expire(t.Context(), m.now())
		if err != nil {
			t.Fatal(err)
		}
		if got := quotaOf(t, m.root, "one"); got != x.quota || x.next > 0 && next != m.now().Add(x.next) || x.next == 0 && next != 0 {
			t.Errorf("the quota is %s, next at %v; expected %s, and next in %v", got, next.Sub(m.now()), x.quota, x.next)
		}
	}
}

func TestAQuotaThatWasStricterStays(t *testing.T) {
	m := newMachine(t)
	put(t, filepath.Join(m.root, "one", "cpu.max"), "5000 50000\n")
	r := m.apply(t, throttle("d", "vm-1"))
	if got := quotaOf(t, m.root, "one"); got != "5000 50000" || r.State != evenkeel.ReceiptApplied || !strings.Contains(r.Effect, "5000 50000") {
		t.Errorf("the quota is %s: %+v", got, r)
	}
}

func TestAQuotaThatSomebodyElseChangedIsNotTakenBack(t *testing.T) {
	m := newMachine(t)
	o := throttle("d", "vm-1")
	m.apply(t, o)
	put(t, filepath.Join(m.root, "one", "cpu.max"), "7000 100000\n")
	m.wall.Pass(time.Hour)
	if err := m.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := quotaOf(t, m.root, "one"); got != "7000 100000" {
		t.Errorf("the quota is %s", got)
	}
}

func TestAQuotaThatSomebodyTookAwayComesBack(t *testing.T) {
	m := newMachine(t)
	m.apply(t, throttle("d", "vm-1"))
	put(t, filepath.Join(m.root, "one", "cpu.max"), "max 100000\n")
	if err := m.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := quotaOf(t, m.root, "one"); got != "40000 100000" {
		t.Errorf("the quota is %s", got)
	}
}

func TestAGroupThatIsGoneIsNoReceiptOfApplied(t *testing.T) {
	m := newMachine(t)
	if err := os.RemoveAll(filepath.Join(m.root, "one")); err != nil {
		t.Fatal(err)
	}
	if r, err := m.Apply(t.Context(), throttle("d", "vm-1", "vm-2")); err != nil || r.State != evenkeel.ReceiptApplied || strings.Contains(r.Effect, "vm-1") ||
		!strings.Contains(r.Effect, "vm-2: ") || !strings.Contains(r.Why, "not all of it: read back what cgroup v2 did at vm-1: its control group cannot be read") {
		t.Errorf("got %+v, %v", r, err)
	}
	if got := quotaOf(t, m.root, "two"); got != "20000 100000" {
		t.Errorf("the quota of the other is %s", got)
	}
	if err := os.RemoveAll(filepath.Join(m.root, "two")); err != nil {
		t.Fatal(err)
	}
	m.wall.Pass(time.Hour)
	if err := m.Refresh(t.Context()); err != nil {
		t.Errorf("lifting what is gone: %v", err)
	}
}

func TestAPathThatLeavesTheHierarchyIsNotWritten(t *testing.T) {
	m := newMachine(t)
	m.world.Guests[0].Cgroup = "../one"
	if r, err := m.Apply(t.Context(), throttle("d", "vm-1")); err != nil || r.State != 0 || !strings.Contains(r.Why, "no path below the root") {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestDamagedLeasesAreNamedOnce(t *testing.T) {
	m := newMachine(t)
	put(t, filepath.Join(m.folder, "leases"), "broken")
	if err := m.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "set aside as") {
		t.Errorf("got %v", err)
	}
	if err := m.Refresh(t.Context()); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

func TestAHierarchyWithoutTheControllerIsRefused(t *testing.T) {
	root := t.TempDir()
	if _, err := NewCgroups(root, "", Clock{}); err == nil {
		t.Error("an empty folder is taken")
	}
	put(t, filepath.Join(root, "cgroup.controllers"), "hugetlb\n")
	if _, err := NewCgroups(root, "", Clock{}); err == nil || !strings.Contains(err.Error(), "no CPU controller, only: hugetlb") {
		t.Errorf("got %v", err)
	}
}

// Where control groups are mounted each machine knows; which of several hierarchies has CPUs it is not asked.
func TestTheHierarchyWithCPUsIsFound(t *testing.T) {
	for _, below := range []string{".", "cpu", "cpu,cpuacct", "cpuacct,cpu"} {
		root := t.TempDir()
		for _, dir := range []string{"unified", "memory", below} {
			if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		put(t, filepath.Join(root, "unified", "cgroup.controllers"), "hugetlb\n")
		put(t, filepath.Join(root, "memory", "memory.limit_in_bytes"), "1\n")
		put(t, filepath.Join(root, below, "cpu.shares"), "1024\n")
		if g, err := NewCgroups(root, "", Clock{}); err != nil || g.root != filepath.Join(root, below) || g.Name() != "cgroup v1" {
			t.Errorf("at %s: %+v, %v", below, g, err)
		}
	}
	both := t.TempDir()
	if err := os.Mkdir(filepath.Join(both, "cpu"), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(both, "cgroup.controllers"), "cpuset cpu io\n")
	put(t, filepath.Join(both, "cpu", "cpu.shares"), "a group that is called cpu\n")
	if g, err := NewCgroups(both, "", Clock{}); err != nil || g.root != both || g.Name() != "cgroup v2" {
		t.Errorf("%+v, %v", g, err)
	}
}

func FuzzCPUMax(f *testing.F) {
	for _, s := range []string{"max 100000\n", "40000 100000", "-1 0", "", "max max"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := parseMax(text)
		if err != nil {
			return
		}
		if again, err := parseMax(b.String()); err != nil || again != b || b.Period <= 0 {
			t.Errorf("%q is %v, and then %v: %v", text, b, again, err)
		}
	})
}

// R12: a group to which nobody hands the CPU controller down, as under systemd, has no cpu.max; the way to it is made.
func TestAGroupWithoutTheControllerGetsIt(t *testing.T) {
	m := newMachine(t)
	m.root = groups(t)
	inner := filepath.Join(m.root, "system.slice", "one")
	if err := os.MkdirAll(inner, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{m.root, filepath.Dir(inner), inner} {
		put(t, filepath.Join(dir, "cgroup.procs"), "")
		put(t, filepath.Join(dir, "cgroup.subtree_control"), "")
	}
	m.world.Guests[0] = plan.Guest{Asset: "vm-1", Cgroup: "system.slice/one", CPUs: 2}
	m.reopen(t)
	// In a folder nobody makes the file that the kernel makes, and so the order waits; the way was made before.
	if r, err := m.Apply(t.Context(), throttle("d", "vm-1")); err == nil && (r.State != 0 || !strings.Contains(r.Why, "it waits")) {
		t.Errorf("without a file for the quota got %+v", r)
	}
	for dir, want := range map[string]string{m.root: "+cpu", filepath.Dir(inner): "+cpu", inner: ""} {
		if got, err := os.ReadFile(filepath.Join(dir, "cgroup.subtree_control")); err != nil || string(got) != want {
			t.Errorf("%s hands down %q, %v; expected %q", dir, got, err, want)
		}
	}
}

// TestAGuestIsReallySlowed uses the control groups of this machine, of whichever version.
func TestAGuestIsReallySlowed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("control groups are made by root only, and this is not root")
	}
	root, file, want := "/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "-1"
	if _, err := os.Stat(filepath.Join(root, "cpu.shares")); err != nil {
		root, file, want = "/sys/fs/cgroup", "cpu.max", "max 100000"
		if err := os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte("+cpu"), 0o600); err != nil {
			t.Skip("no control group takes a quota of CPU here")
		}
	}
	// Below another one, to which nobody hands a controller down.
	outer := filepath.Join(root, fmt.Sprintf("evenkeel-test-%d", os.Getpid()))
	group := filepath.Join(filepath.Base(outer), "guest")
	if err := os.MkdirAll(filepath.Join(root, group), 0o755); errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		t.Skip("no control group can be made here")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(os.Remove(filepath.Join(root, group)), os.Remove(outer)) })
	m := newMachine(t)
	m.root = root
	m.world.Guests[0] = plan.Guest{Asset: "vm-1", Cgroup: group, CPUs: 1}
	m.reopen(t)
	if r := m.apply(t, throttle("d", "vm-1")); r.State != evenkeel.ReceiptApplied || !strings.Contains(r.Effect, "20000 100000, 20% of 1 CPUs") {
		t.Errorf("got %+v", r)
	}
	used := spin(t, filepath.Join(root, group), time.Second)
	t.Logf("figure: by %s it used %.2f of a CPU; 0.20 were ordered", file, used)
	if used < 0.03 || used > 0.3 {
		t.Errorf("it used %.2f of a CPU; expected a fifth", used)
	}
	m.wall.Pass(time.Hour)
	if err := m.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(root, group, file)); err != nil || strings.TrimSpace(string(got)) != want {
		t.Errorf("after its end the quota is %s, %v", got, err)
	}
}
