package app

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/evenkeel/evenkeel/app/config"
)

// TestARealPrometheusFeedsIt has Debian's prometheus scrape Debian's node_exporter and write to a
// process that serves, with a token, until readings of this machine are watched.
func TestARealPrometheusFeedsIt(t *testing.T) {
	prometheus, exporter := program(t, "prometheus"), program(t, "prometheus-node-exporter")
	target, dir := freeAddress(t), t.TempDir()
	token := filepath.Join(dir, "token")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(token, "let me in\n")
	s := serve(t, dataDir(t), func(p *Parts) {
		p.Config.Intake.Sources = []config.Source{{Name: "agent", TokenFile: token, May: []string{"telemetry"}}}
	})
	settings := filepath.Join(dir, "prometheus.yml")
	write(settings, fmt.Sprintf(`
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: node
    static_configs: [{targets: ['%s']}]
remote_write:
  - url: http://%s/api/v1/write
    authorization: {credentials: let me in}
    queue_config: {batch_send_deadline: 1s}
`, target, s.at.OTLPHTTP))
	run(t, exporter, "--web.listen-address="+target, "--log.level=error")
	run(t, prometheus, "--config.file="+settings, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+freeAddress(t), "--log.level=error")

	// The first reading of a counter says nothing yet: a machine with one CPU gives five more a
	// second (CPU, disks, network), so this is some seconds of it.
	eventually(t, "readings of this machine are watched", func() bool {
		n, err := strconv.Atoi(s.metric(t, `evenkeel_watch_records_total{fate="counted"}`))
		return err == nil && n >= 20
	})
	for _, name := range []string{`evenkeel_watch_records_total{fate="unusable"}`, `evenkeel_watch_records_total{fate="late"}`} {
		if n := s.metric(t, name); n != "0" {
			t.Errorf("%s is %s; expected that all of a real Prometheus is usable", name, n)
		}
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
