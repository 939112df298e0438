package receive

import (
	"context"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// TestARealPrometheusIsRead has Debian's prometheus scrape Debian's node_exporter and write to a
// door, and waits for readings of this machine.
func TestARealPrometheusIsRead(t *testing.T) {
	prometheus, exporter := program(t, "prometheus"), program(t, "prometheus-node-exporter")
	h := open(t, Options{Now: time.Now})
	srv := httptest.NewServer(h.HTTP())
	t.Cleanup(srv.Close)

	target, dir := freeAddress(t), t.TempDir()
	run(t, exporter, "--web.listen-address="+target, "--log.level=error")
	config := filepath.Join(dir, "prometheus.yml")
	text := fmt.Sprintf(`
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: node
    static_configs: [{targets: ['%s']}]
remote_write:
  - url: %s/api/v1/write
    authorization: {credentials: %s}
    queue_config: {batch_send_deadline: 1s}
`, target, srv.URL, agentToken)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, prometheus, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+freeAddress(t), "--log.level=error")

	eventually(t, "idle time, iowait and disks of this machine, twice", func() bool {
		parts := map[evenkeel.Part]map[evenkeel.Moment]bool{}
		for _, b := range h.log.batches(t) {
			for i := range b.Records {
				u := b.Usage(&b.Records[i])
				if u.Asset != "127.0.0.1" || b.Source != "agent" {
					t.Fatalf("a reading of %q from %q; expected 127.0.0.1 and agent", u.Asset, b.Source)
				}
				if parts[u.Part] == nil {
					parts[u.Part] = map[evenkeel.Moment]bool{}
				}
				parts[u.Part][u.At] = true
			}
		}
		return len(parts[evenkeel.PartIdle]) > 1 && len(parts[evenkeel.PartIOWait]) > 1 && len(parts[evenkeel.PartRead]) > 1 && len(parts[evenkeel.PartWrite]) > 1
	})
	if refused := h.counted(t, "points_refused_total"); refused != 0 {
		t.Errorf("%v samples of a real Prometheus were refused; expected none", refused)
	}
	if refused := h.counted(t, "requests_refused_total"); refused != 0 {
		t.Errorf("%v requests of a real Prometheus were refused; expected none", refused)
	}
}

// program looks for an installed program, or skips the test.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no program %s: the packages prometheus and prometheus-node-exporter of Debian have it", name)
	}
	return path
}

// run starts a program that the end of the test kills.
func run(t *testing.T, path string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, args...)
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was killed
	})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// eventually asks until the answer is yes, for a minute at most.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	end := time.After(time.Minute)
	for !ask() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited a minute for %s", what)
		}
	}
}
