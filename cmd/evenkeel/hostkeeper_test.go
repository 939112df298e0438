package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/agent"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// keptBy are an agent's options, with the command of its keeper.
func keptBy(s agent.Settings, command ...string) agent.Options {
	return agent.Options{Settings: s, Version: build(), Keeper: command}
}

// orderer is an agent that may be killed: it starts a keeper, has a guest slowed down for a while, says when that
// ends, and waits. Its arguments are the settings, the group and the length.
func orderer() {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	file, group := os.Args[1], os.Args[2]
	length, err := time.ParseDuration(os.Args[3])
	fail(err)
	text, err := os.ReadFile(file)
	fail(err)
	s, err := agent.Parse(file, text)
	fail(err)
	ctx := context.Background()
	_, err = agent.StartKeeper(ctx, keptBy(s, "evenkeel", "host", "keep-leases", "--config", file))
	fail(err)
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	fail(err)
	leased, err := agent.OpenLeased(s, nil, clock)
	fail(err)
	world := plan.World{Guests: []plan.Guest{{Asset: "vm-1", Cgroup: group, CPUs: 1}}}
	b, err := host.Open(ctx, filepath.Join(s.Data, "orders"), host.Hands{CPU: leased.CPU()}, func() plan.World { return world }, clock, host.Options{Name: "host-1"})
	fail(err)
	now := clock.Wall()
	r, err := b.Apply(ctx, evenkeel.Order{
		ID: "o-1", Decision: "d-1", Tenant: "acme", Measure: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"vm-1"},
		Params: map[string]string{"cpu": "20%"}, From: now, Until: now.Add(length),
	})
	fail(err)
	if r.State != evenkeel.ReceiptApplied {
		fail(fmt.Errorf("%+v", r))
	}
	fmt.Println(int64(now.Add(length)))
	_, _ = os.Stdin.Read(make([]byte, 1)) // until it is killed
}

// L: an agent is killed while a quota stands; who keeps lifts it at its end. Where that one is killed too, the next one lifts what
// ended meanwhile. By control groups of version 1, where they are to be had.
func TestAKilledAgentLeavesNoQuotaBehind(t *testing.T) {
	const root = "/sys/fs/cgroup/cpu"
	if os.Geteuid() != 0 {
		t.Skip("control groups are made by root only, and this is not root")
	}
	if _, err := os.Stat(filepath.Join(root, "cpu.shares")); err != nil {
		t.Skip("there are no control groups of version 1 with the CPU controller")
	}
	group := fmt.Sprintf("evenkeel-keeper-%d", os.Getpid())
	if err := os.Mkdir(filepath.Join(root, group), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(filepath.Join(root, group)) })
	dir := t.TempDir()
	data, config := filepath.Join(dir, "data"), filepath.Join(dir, "host.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, "data: %s\ncgroups: %s\n", data, root), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := agent.Parse(config, fmt.Appendf(nil, "data: %s\n", data))
	if err != nil {
		t.Fatal(err)
	}
	killKeeper := func() {
		text, err := os.ReadFile(filepath.Join(data, "keeper.lock"))
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		id, err := strconv.Atoi(first)
		if err != nil {
			t.Fatal(err)
		}
		keeper, err := os.FindProcess(id)
		if err == nil {
			err = keeper.Kill()
		}
		if err != nil {
			t.Errorf("the keeper is gone: %v", err)
		}
	}
	quota := func() string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(root, group, "cpu.cfs_quota_us"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	killed := func(length string) (ends time.Time) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "orderer", config, group, length)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		ns, wrong := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		if err != nil || wrong != nil {
			t.Fatalf("it says %q: %v", line, err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if got := quota(); got != "20000" {
			t.Fatalf("the agent is dead, and the quota is %s; want 20000", got)
		}
		return time.Unix(0, ns)
	}
	lifted := func(until time.Time) {
		t.Helper()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for quota() != "-1" {
			if time.Now().After(until) {
				text, _ := os.ReadFile(filepath.Join(data, "keeper.log"))
				t.Fatalf("the quota is %s, a second after its end\n%s", quota(), text)
			}
			<-tick.C
		}
	}

	ends := killed("2s")
	lifted(ends.Add(time.Second))
	if early := time.Until(ends); early > 10*time.Millisecond {
		t.Errorf("it was lifted %v before its end", early)
	}
	t.Logf("lifted %v after its end", time.Since(ends))

	if started, err := agent.StartKeeper(t.Context(), keptBy(s, "evenkeel", "host", "keep-leases", "--config", config)); err != nil || started {
		t.Errorf("beside a keeper another one is started: %t, %v", started, err)
	}
	ends = killed("1s")
	killKeeper()
	ctx, cancel := context.WithDeadline(t.Context(), ends.Add(100*time.Millisecond))
	defer cancel()
	<-ctx.Done()
	if got := quota(); got != "20000" {
		t.Fatalf("nobody keeps, and the quota is %s; want 20000", got)
	}
	if started, err := agent.StartKeeper(t.Context(), keptBy(s, "evenkeel", "host", "keep-leases", "--config", config)); err != nil || !started {
		t.Fatalf("started %t, %v", started, err)
	}
	defer killKeeper()
	lifted(time.Now().Add(time.Second))
}

func TestAKeeperThatCannotStartIsNamed(t *testing.T) {
	s := agent.Default()
	s.Data = t.TempDir()
	for _, command := range [][]string{nil, {"there-is-no-such-program"}, {"evenkeel", "version"}} {
		if started, err := agent.StartKeeper(t.Context(), keptBy(s, command...)); err == nil || started || !strings.Contains(evenkeel.HintOf(err), "keeper.log") {
			t.Errorf("%v: %t, %v", command, started, err)
		}
	}
}
