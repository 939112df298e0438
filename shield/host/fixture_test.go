package host

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/backendtest"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// testClock is both clocks of a host, turned by a test: the boot was an hour before the start.
type testClock struct {
	wall  *backendtest.Clock
	steps atomic.Int64 // by which the wall clock was stepped
	boot  string
}

func newClock() *testClock { return &testClock{wall: backendtest.NewClock(), boot: "boot-1"} }

func (c *testClock) both() Clock {
	return Clock{
		Wall:   func() evenkeel.Moment { return c.wall.Now().Add(time.Duration(c.steps.Load())) },
		Boot:   func() time.Duration { return time.Hour + c.wall.Now().Sub(backendtest.Start) },
		BootID: c.boot,
	}
}

func (c *testClock) now() evenkeel.Moment {
	x := c.both()
	return x.now()
}

// groups makes a hierarchy of version 2 by its file contract, with a group for each name.
func groups(t testing.TB, names ...string) string {
	t.Helper()
	root := t.TempDir()
	put(t, filepath.Join(root, "cgroup.controllers"), "cpuset cpu io memory\n")
	for _, n := range names {
		if err := os.MkdirAll(filepath.Join(root, n), 0o700); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(root, n, "cpu.max"), "max 100000\n")
	}
	return root
}

func put(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func quotaOf(t testing.TB, root, group string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, group, "cpu.max"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := parseMax(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// traffic is a hand of packets that keeps what it was given: the kernel of tests that ask what a backend
// hands over.
type traffic struct {
	rules *plan.Ruleset
	swaps int
	fails error
	amiss string
	drops map[int]plan.Drops // at all ports
}

func (h *traffic) Name() string  { return "traffic" }
func (h *traffic) Can() plan.Can { return plan.Can{Traffic: true, PerDestination: true} }

func (h *traffic) Swap(_ context.Context, r *plan.Ruleset, _ evenkeel.Moment) error {
	if h.fails != nil {
		return h.fails
	}
	if h.rules == nil || h.rules.Digest() != r.Digest() {
		h.swaps++
	}
	h.rules = r
	return nil
}

func (h *traffic) Look(_ context.Context, r *plan.Ruleset, _ evenkeel.Moment, a evenkeel.AssetID) (Seen, error) {
	seen := Seen{Amiss: "no rules", Dropped: map[int]plan.Drops{}}
	for _, p := range r.Ports() {
		if p.Asset == a && h.rules.At(p.Port.Index) != nil {
			seen.Says, seen.Amiss = "rules at "+p.Port.Name, h.amiss
			seen.Dropped[p.Port.Index] = h.drops[p.Port.Index]
		}
	}
	return seen, nil
}

// machine is a host in a test: a world that the test changes, a clock, quotas in files and a hand for packets.
type machine struct {
	*testClock
	world  plan.World
	root   string
	folder string
	net    *traffic
	said   []evenkeel.Receipt
	*Backend
}

func newMachine(t testing.TB) *machine {
	m := &machine{testClock: newClock(), net: &traffic{rules: &plan.Ruleset{}}, folder: t.TempDir(), root: groups(t, "one", "two")}
	m.world = plan.World{
		Guests: []plan.Guest{
			{Asset: "vm-1", Ports: []plan.Port{{Name: "tap1", Index: 1}}, Cgroup: "one", CPUs: 2},
			{Asset: "vm-2", Ports: []plan.Port{{Name: "tap2", Index: 2}}, Cgroup: "two", CPUs: 1},
		},
	}
	m.open(t)
	return m
}

func (m *machine) open(t testing.TB) {
	t.Helper()
	cpu, err := NewCgroups(m.root, filepath.Join(m.folder, "leases"), m.both())
	if err != nil {
		t.Fatal(err)
	}
	m.Backend, err = Open(t.Context(), m.folder, Hands{Traffic: m.net, CPU: cpu}, func() plan.World { return m.world }, m.both(), Options{
		Said: func(r evenkeel.Receipt) { m.said = append(m.said, r) },
	})
	if err != nil {
		t.Fatal(err)
	}
}

// reopen ends the backend as a crash would, and opens it again.
func (m *machine) reopen(t testing.TB) {
	t.Helper()
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	m.open(t)
}

func (m *machine) apply(t testing.TB, o evenkeel.Order) evenkeel.Receipt {
	t.Helper()
	r, err := m.Apply(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func limit(d evenkeel.DecisionID, a ...evenkeel.AssetID) evenkeel.Order {
	o := backendtest.Throttle(d, a...)
	o.Measure, o.Params = evenkeel.MeasureLimit, map[string]string{"syn_rate": "200"}
	return o
}

// counted is a hand whose changes to the files of a hierarchy are counted.
type counted struct {
	Hand
	root string
	acts *atomic.Int64
}

func (h counted) Swap(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment) error {
	before := h.all()
	err := h.Hand.Swap(ctx, r, now)
	if !maps.Equal(before, h.all()) {
		h.acts.Add(1)
	}
	return err
}

func (h counted) all() map[string]string {
	names, _ := filepath.Glob(filepath.Join(h.root, "*", "cpu.max"))
	all := map[string]string{}
	for _, n := range names {
		text, err := os.ReadFile(n)
		all[n] = fmt.Sprint(string(text), err)
	}
	return all
}

// thousandth is the i-th name of the contract's order with thousands of assets.
func thousandth(i int) evenkeel.AssetID {
	id := make([]byte, evenkeel.MaxID)
	for k := range id {
		id[k] = "ab\"\\<&"[(i>>k%13+k)%6]
	}
	return evenkeel.AssetID(id)
}
