package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/agent"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/lab/testhost"
)

// A load of a test host is a process of its own, started from this one's program.
func init() { testhost.Child() }

// mustRun runs a command of the shell.
func mustRun(t testing.TB, command string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// runAgent enrols this network namespace as a host, and runs the agent on it.
func runAgent(t *testing.T, s *served, host, settings string) *agent.Process {
	t.Helper()
	set, err := agent.Parse("host.yaml", []byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	token, err := InviteHost(t.Context(), s.dir, host, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := agent.Enrol(t.Context(), set, token, time.Now); err != nil {
		t.Fatal(err)
	}
	p, err := agent.OpenProcess(t.Context(), agent.Options{Settings: set, Version: "test", Now: time.Now, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() {
		end()
		if err := <-done; err != nil {
			t.Errorf("the agent ended with %v", err)
		}
	})
	return p
}

// Story C: a machine that serves pages was taken over and floods somebody. It is seen at its own port, the flood is
// limited there, the pages go on, its tenant is a victim who is told what was measured; and then all of it is lifted.
func TestAMachineThatWasTakenOverGoesOnServingWhileItsFloodIsCut(t *testing.T) {
	testhost.Alone(t, vpsVirus)
}

func vpsVirus(t *testing.T) {
	w, err := testhost.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	g, err := w.Plug("tap-vm-7")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Narrow(50e6); err != nil { // else a flood of small packets crowds nobody out
		t.Fatal(err)
	}
	dir := t.TempDir()
	mustRun(t, fmt.Sprintf("mkdir -p %s/root/root/.ssh %[1]s/root/etc %[1]s/root/var/log && echo root:x:0:0:root:/root:/bin/sh > %[1]s/root/etc/passwd && touch %[1]s/root/root/.ssh/authorized_keys && echo accepted > %[1]s/root/var/log/auth.log", dir))
	pins := testhost.Pins(t, dir)

	s := serve(t, dataDir(t), withHosts)
	began := time.Now().UTC().Truncate(time.Second)
	for _, r := range []request{
		event("tenant", "profile", began.Add(-time.Hour), map[string]any{
			"tenant": "tanaka", "since": "2012-01-01", "standing": "prepaid", "paid_total": "4800", "currency": "EUR", "run_rate_month": "100",
			"contacts": []map[string]string{{"role": "owner", "email": "tanaka@example.net"}},
		}),
		event("asset", "holds", began.Add(-time.Hour), map[string]any{"asset": "vm-7", "kind": "vm", "tenant": "tanaka", "from": began.Add(-time.Hour).Format(time.RFC3339)}),
	} {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	host := runAgent(t, s, "host-1", fmt.Sprintf(`
data: %[1]s/agent
pins: %[2]s/evenkeel
ports: [{name: "tap-{guest}", kind: veth}]
guests: {vm-7: {addresses: [%[3]s, "%[4]s"]}}
facts: {roots: [{asset: vm-7, path: %[1]s/root}]}
`, dir, pins, g.Addr, g.Addr6))

	// Somebody serves pages from the machine, and others read them, from now to the end.
	page := netip.AddrPortFrom(g.Addr, 80)
	web, err := g.Start(testhost.Serve{At: page, Page: 4096})
	if err != nil {
		t.Fatal(err)
	}
	const (
		calm, flooded = 4 * time.Second, 14 * time.Second
		rate          = 100_000 // SYNs a second
	)
	machineWas := plain(t)
	visits, err := w.Internet.Start(testhost.Visit{At: page, Rate: 50, Lasts: 2 * time.Minute, Limit: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	passed := time.After(calm)
	eventually(t, "the host says that it holds the machine", func() bool {
		hosts, err := ListHosts(t.Context(), s.dir)
		return err == nil && len(hosts) == 1 && hosts[0].Here && hosts[0].Holds == 1
	})
	// Somebody else gets in, covers the traces, and floods.
	mustRun(t, fmt.Sprintf("echo ssh-ed25519 AAAA intruder >> %s/root/root/.ssh/authorized_keys; : > %[1]s/root/var/log/auth.log", dir))
	eventually(t, "somebody got in, as it seems", func() bool { return caseOf(t, s.dir, "compromise").Case.ID != "" })
	<-passed
	before := arrived(t, w)
	flood, err := g.Start(g.Flood(netip.AddrPortFrom(testhost.Victim, 80), rate, 0, flooded))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	var f docket.Folder
	var limit *docket.Dispatch
	eventually(t, "the flood is limited", func() bool {
		f = caseOf(t, s.dir, "flood")
		limit = nil
		for i := range f.Dispatches {
			if d := &f.Dispatches[i]; d.Order != "" && d.Receipt.State == evenkeel.ReceiptApplied {
				limit = d
			}
		}
		return limit != nil
	})
	limited := limit.Receipt.At.Time()
	atLimit := arrived(t, w)
	sent, err := flood.Wait()
	if err != nil {
		t.Fatal(err)
	}
	atEnd, over := arrived(t, w), time.Now()
	seen, inForce := f.Case.Opened.Time().Sub(start), limited.Sub(start)
	t.Logf("figure: flood of %d SYN/s: in the books %.2f s after its start, limited after %.2f s", sent.Sent*int(time.Second)/int(sent.Until.Sub(sent.From)), seen.Seconds(), inForce.Seconds())

	// The pages are served throughout, and as before and after.
	<-time.After(time.Second + calm)
	read, err := visits.Stop()
	if err != nil {
		t.Fatal(err)
	}
	m := machineWas()
	was, bare := read.Pages(start.Add(-calm), start), read.Pages(start, limited)
	all := read.Pages(start.Add(-calm), over)
	t.Logf("figure: pages before: %v; under the flood without a measure: %v; %d of %d failed in all", was, bare, all.Failed, all.Wanted)
	from := limited.Add(500 * time.Millisecond)
	if why := pagesAsBefore(t, m, read, start.Add(-calm), start, from, sent.Until, read.Until, false); why != "" {
		t.Log("once more, with a flood that is limited already: " + why)
		if why = floodAgain(t, w, g, page, rate, calm); why != "" {
			t.Error(why)
		}
	}
	if _, err := web.Stop(); err != nil {
		t.Fatal(err)
	}

	// It is seen in 2 s, and limited 3 s later.
	for _, c := range []struct {
		what        string
		took, bound time.Duration
		from, until time.Time
	}{{"seen", seen, 2 * time.Second, start, start.Add(seen)}, {"limited", inForce - seen, 3 * time.Second, start.Add(seen), limited}} {
		// What holds one up holds up the turns around it: a second before and after are looked at, too.
		bound, says := m.within(c.bound, c.from.Add(-time.Second), c.until.Add(time.Second))
		t.Logf("figure: %s after %v: %s", c.what, c.took, says)
		if c.took > bound {
			t.Errorf("%s after %v; expected %v: %s", c.what, c.took, bound, says)
		}
	}

	// What comes through once it is limited is nearly nothing; so little that of a flood of two minutes less than 1 % does, with
	// all that came before the limit.
	each := float64(sent.Sent) / sent.Until.Sub(sent.From).Seconds() // SYNs a second
	share := float64(atEnd.SYNs-atLimit.SYNs) / (each * sent.Until.Sub(limited).Seconds())
	whole := float64(atEnd.SYNs-before.SYNs) / float64(sent.Sent)
	long := (float64(atLimit.SYNs-before.SYNs)/each - share*inForce.Seconds()) / (0.01 - share) // s, for which it is 1 % of all
	t.Logf("figure: of the flood %.3f %% reaches its victim once it is limited; %d SYNs did before; of all its %v %.2f %% did, and of a flood of %.0f s 1 %% would",
		100*share, atLimit.SYNs-before.SYNs, flooded, 100*whole, long)
	if share >= 0.01 {
		t.Errorf("%.2f %% of the flood reaches its victim once it is limited; expected less than 1 %%", 100*share)
	}
	if bound, says := m.within(2*time.Minute, start.Add(-time.Second), limited.Add(time.Second)); long > bound.Seconds() && share < 0.01 {
		t.Errorf("only of a flood of %.0f s less than 1 %% reaches its victim; expected of one of 120 s: %s", long, says)
	}

	// Its tenant is told what was measured, as somebody to help.
	f = caseOf(t, s.dir, "flood")
	if len(f.Notices) == 0 || !f.Notices[0].Help {
		t.Fatalf("expected a first notice to somebody to help: %+v", f.Notices)
	}
	first, says := f.Notices[0], ""
	for _, term := range first.Seen {
		says += term.Says + "\n"
	}
	for _, want := range []string{"packets", "TCP SYN", testhost.Victim.String() + ", port 80 (tcp)", "were accepted"} {
		if !strings.Contains(says, want) {
			t.Errorf("the first notice does not say %q:\n%s", want, says)
		}
	}
	if !slices.ContainsFunc(first.Keeps, func(k string) bool { return strings.Contains(k, "services on the machine keep answering") }) {
		t.Errorf("it does not say what goes on: %q", first.Keeps)
	}

	// After the clean-up it is lifted, and nothing is left at the port.
	for i := range f.Decisions {
		d := &f.Decisions[i]
		if d.State != evenkeel.InForce || !d.Measure.Enforced() {
			continue
		}
		if _, err := Send(t.Context(), s.dir, docket.Act{ID: ActID("operator", fmt.Sprint(i)), Kind: docket.ActLift, At: evenkeel.MomentOf(time.Now()), Case: f.Case.ID, Decision: d.ID, By: "operator", Says: "The machine was rebuilt."}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "nothing stands on the host", func() bool { return len(host.Status(t.Context()).Orders) == 0 })
	atLift := arrived(t, w)
	again, err := g.Start(g.Flood(netip.AddrPortFrom(testhost.Victim, 80), 2000, 0, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := arrived(t, w).SYNs - atLift.SYNs; n < 1500 {
		t.Errorf("%d of 2,000 SYNs pass after it was lifted", n)
	}
}

// stillQuiet is up to which factor above its quickest turns the p99 of a plain process may be on a machine that is quiet: a page
// is fetched in milliseconds by some processes, each of which waits for others where there are more than cores.
const stillQuiet = 10

// pagesAsBefore says what is wrong with the pages of a time from a moment to another, as they are held against those
// from calm on until the flood, and those from a second after it on until the end; "": nothing. Their p99 is at most
// 1.5 × the slower one of before and after, and more only by what a plain process's grew. It is judged on a quiet machine only, and
// unless this is the last time only where before and after are alike.
func pagesAsBefore(t *testing.T, m pace, r testhost.Report, calm, flood, from, until, end time.Time, last bool) string {
	t.Helper()
	after := until.Add(time.Second)
	was, is, then := r.Pages(calm, flood), r.Pages(from, until), r.Pages(after, end)
	base := max(was.P99, then.P99)
	grew := max(1, float64(m.p99(from, until))/float64(max(m.p99(calm, flood), m.p99(after, end))))
	ratio := float64(is.P99) / float64(base)
	t.Logf("figure: pages before: %v; with the measure: %v; after the flood: %v; p99 is %.2f × that without, that of a plain process %.2f × (%v; %.1f × its quickest)", was, is, then, ratio, grew, m.p99(from, until), m.held(from, until))
	switch {
	case was.Wanted < 100 || is.Wanted < 100 || then.Wanted < 100:
		return fmt.Sprintf("%d, %d and %d pages were wanted before, during and after; expected 100 each", was.Wanted, is.Wanted, then.Wanted)
	case is.Failed > 0:
		return fmt.Sprintf("%d of %d pages failed while the flood was limited", is.Failed, is.Wanted)
	case m.held(from, until) > stillQuiet:
		t.Logf("figure: the p99 is not judged: that of a plain process was %.0f × its quickest meanwhile, so the machine was others'; expected at most %d ×", m.held(from, until), stillQuiet)
	case !last && base > 2*min(was.P99, then.P99):
		return fmt.Sprintf("the p99 without the flood moved by itself, from %v to %v", was.P99, then.P99)
	case ratio > 1.5*grew:
		return fmt.Sprintf("the p99 of the pages is %v, %.2f × %v without the flood; expected 1.5 ×, times %.2f by which a plain process's grew", is.P99, ratio, base, grew)
	}
	return ""
}

// floodAgain measures the pages once more, before, during and after a flood that is limited from the start.
func floodAgain(t *testing.T, w *testhost.World, g *testhost.Guest, page netip.AddrPort, rate int, calm time.Duration) string {
	t.Helper()
	const flooded = 6 * time.Second
	machineWas := plain(t)
	visits, err := w.Internet.Start(testhost.Visit{At: page, Rate: 50, Lasts: 3*calm + flooded, Limit: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	<-time.After(calm)
	start := time.Now()
	flood, err := g.Start(g.Flood(netip.AddrPortFrom(testhost.Victim, 80), rate, 0, flooded))
	if err != nil {
		t.Fatal(err)
	}
	sent, err := flood.Wait()
	if err != nil {
		t.Fatal(err)
	}
	read, err := visits.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return pagesAsBefore(t, machineWas(), read, began, start, start.Add(500*time.Millisecond), sent.Until, read.Until, true)
}

func arrived(t *testing.T, w *testhost.World) testhost.Arrived {
	t.Helper()
	a, err := w.Arrived()
	if err != nil {
		t.Fatal(err)
	}
	return a
}
