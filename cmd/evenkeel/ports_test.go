package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/stream"
)

// BenchmarkAThousandPorts is what the agent takes on a host of a thousand guests, each of which sends some packets a second, and
// reports on all of them once a second to control: memory of the process, and of its tables in the kernel, and share of one core.
func BenchmarkAThousandPorts(b *testing.B) {
	if os.Geteuid() != 0 {
		b.Skip("network namespaces are made by root only, and this is not root")
	}
	if os.Getenv(aloneEnv) == "" {
		args := []string{"--net", "--mount", os.Args[0], "-test.run=^$", "-test.bench=^" + b.Name() + "$", "-test.benchtime=1x", "-test.v"}
		if testing.Short() {
			args = append(args, "-test.short")
		}
		cmd := exec.CommandContext(b.Context(), "unshare", args...)
		cmd.Env = append(os.Environ(), aloneEnv+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		for line := range strings.Lines(string(out)) {
			if _, figure, ok := strings.Cut(line, "figure: "); ok {
				b.Log(strings.TrimSpace(figure))
			}
		}
		for b.Loop() {
		}
		return
	}
	ports, lasts := 1000, 30*time.Second
	if testing.Short() {
		ports, lasts = 10, 3*time.Second
	}
	dir := b.TempDir()
	plug(b, dir, ports)
	settings := fmt.Sprintf("data: %[1]s/host\ncgroups: ''\npins: %[1]s/bpf/evenkeel\nown: ['g*', every]\nports: [{name: 'tap-{guest}', kind: veth}]\n", dir)
	for name, text := range map[string]string{
		"host.yaml": settings, "serve.yaml": "listen: 127.0.0.1:0\nhosts: {listen: '127.0.0.1:7422'}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.Chdir(dir)
	control := started(b, "hosts", "evenkeel", "serve", "--config", "serve.yaml", "--data", "data")
	shell(b, "evenkeel fleet invite host-1 --data data | evenkeel host enrol --config host.yaml")
	agent := started(b, "ready: host host-1", "evenkeel", "host", "run", "--config", "host.yaml")
	var gone sync.Once
	kill := func() { // control, so that it trims nothing of its log
		_, _ = control.Process.Kill(), control.Wait() // however it ended: what it took is read
	}
	b.Cleanup(func() {
		gone.Do(kill)
		_, _ = agent.Process.Signal(os.Interrupt), agent.Wait()
	})
	eventually(b, "control hears of the host", func() bool {
		hosts, err := app.ListHosts(b.Context(), "data")
		return err == nil && len(hosts) == 1 && hosts[0].Here
	})
	over := make(chan struct{})
	defer close(over)
	go speak(b, over)
	pid := agent.Process.Pid
	<-time.After(lasts / 3) // what is taken once is taken
	before, began := onCPU(b, pid), time.Now()
	<-time.After(lasts)
	share := float64(onCPU(b, pid)-before) / float64(time.Since(began))
	status := shell(b, "evenkeel host status --config host.yaml | head -5")
	m := memoryOf(b, pid)
	tables, programs := inKernel(b, pid)
	b.Logf("figure: %d ports: %.2f %% of a core; %.1f MB in the process (%.1f of them its own, %.1f of files, %.1f shared; %.1f at most), %.1f MB of tables and %.1f MB of programs in the kernel; %s",
		ports, 100*share, m["Pss"], m["Pss_Anon"], m["Pss_File"], m["Pss_Shmem"], m["VmHWM"], tables, programs, strings.Join(strings.Fields(status), " "))
	gone.Do(kill)
	batches, seconds := taken(b, filepath.Join(dir, "data", "intake"))
	if len(seconds) != ports {
		b.Fatalf("control took records of %d ports; expected all %d", len(seconds), ports)
	}
	least, most := slices.Min(slices.Collect(maps.Values(seconds))), int(lasts/time.Second)
	if !strings.Contains(status, "lost 0 with 0 records") || least < most*2/3 {
		b.Fatalf("of one port control took %d seconds, of %d at least; %s; expected each, none lost", least, most, status)
	}
	b.Logf("figure: control took %d batches, of each port %d seconds at least", batches, least)
	for b.Loop() {
	}
}

// taken is what control's log holds: how many batches, and of how many seconds in which it sent something by guest.
func taken(b *testing.B, dir string) (batches int, seconds map[evenkeel.AssetID]int) {
	b.Helper()
	in, err := stream.Open(b.Context(), stream.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	_, last, err := in.Bounds(b.Context())
	if err != nil || last == 0 {
		b.Fatalf("the log of control ends at %d: %v", last, err)
	}
	ctx, end := context.WithCancel(b.Context())
	defer end()
	seconds = map[evenkeel.AssetID]int{}
	if err := in.Consume(ctx, 0, func(_ context.Context, at stream.Position, batch *evenkeel.Batch) error {
		batches++
		for i := range batch.Records {
			if r := &batch.Records[i]; r.Kind == evenkeel.KindUsage {
				if u := batch.Usage(r); u.Meter == evenkeel.MeterPort && u.Part == evenkeel.PartPacketsOut && u.Value > 0 {
					seconds[u.Asset]++
				}
			}
		}
		if at == last {
			end()
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	return batches, seconds
}

// plug makes so many ports, whose other ends are at one bridge: what is sent to all of that goes in at each port, as if each
// guest had sent it.
func plug(b *testing.B, dir string, ports int) {
	b.Helper()
	var batch strings.Builder
	batch.WriteString("link set lo up\nlink add every type bridge\nlink set every up\naddr add 198.18.0.1/16 dev every brd 198.18.255.255\n")
	for i := range ports {
		fmt.Fprintf(&batch, "link add tap-vm-%[1]d type veth peer name g%[1]d\nlink set g%[1]d master every\nlink set g%[1]d up\nlink set tap-vm-%[1]d up\n", i)
	}
	if err := os.WriteFile(filepath.Join(dir, "links"), []byte(batch.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	shell(b, fmt.Sprintf("mkdir %[1]s/bpf; mount -t bpf bpf %[1]s/bpf; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; ip -batch %[1]s/links", dir))
	b.Cleanup(func() { _ = exec.Command("umount", "--lazy", filepath.Join(dir, "bpf")).Run() })
}

// speak has each guest send ten datagrams a second, each of a flow of its own.
func speak(b *testing.B, over <-chan struct{}) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-over:
			return
		case <-tick.C:
		}
		c, err := net.Dial("udp4", fmt.Sprintf("198.18.255.255:%d", 2000+i%1000))
		if err != nil {
			b.Error(err)
			return
		}
		_, _ = c.Write(make([]byte, 100)) // one that is lost is not missed
		c.Close()
	}
}

// onCPU is how long a process was on a CPU, its threads together.
func onCPU(b *testing.B, pid int) (d time.Duration) {
	b.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(tasks) == 0 {
		b.Fatal(tasks, err)
	}
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // it ended
		}
		first, _, _ := strings.Cut(string(text), " ")
		n, _ := strconv.ParseInt(first, 10, 64)
		d += time.Duration(n)
	}
	return d
}

// memoryOf are the figures of a process's memory, in MB.
func memoryOf(b *testing.B, pid int) map[string]float64 {
	b.Helper()
	out := map[string]float64{}
	for _, name := range []string{"smaps_rollup", "status"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		if err != nil {
			b.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if key, rest, ok := strings.Cut(line, ":"); ok && strings.HasSuffix(line, "kB\n") {
				n, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
				out[key] = n * 1024 / 1e6
			}
		}
	}
	return out
}

// inKernel is the memory of the tables and programs that a process holds, as the kernel tells it, in MB.
func inKernel(b *testing.B, pid int) (tables, programs float64) {
	b.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fdinfo/*", pid))
	if err != nil {
		b.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			continue // it is closed
		}
		said := map[string]string{}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			key, value, _ := strings.Cut(lines.Text(), ":")
			said[key] = strings.TrimSpace(value)
		}
		f.Close()
		n, _ := strconv.ParseFloat(said["memlock"], 64)
		switch table, program := said["map_id"], said["prog_id"]; {
		case said["memlock"] == "" || seen["map"+table] && table != "" || seen["program"+program] && program != "":
		case table != "":
			seen["map"+table] = true
			tables += n / 1e6
		case program != "":
			seen["program"+program] = true
			programs += n / 1e6
		}
	}
	return tables, programs
}
