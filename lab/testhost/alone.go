package testhost

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// aloneEnv says that this process has network and mounts of its own.
const aloneEnv = "EVENKEEL_TEST_ALONE"

// Alone runs a test once more in a process with network and mounts of its own, and says the lines with "figure: " of
// it. It skips where it is not run by root.
func Alone(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces are made by root only, and this is not root")
	}
	if os.Getenv(aloneEnv) != "" {
		test(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "--net", "--mount", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), aloneEnv+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if _, figure, ok := strings.Cut(line, "figure: "); ok {
			t.Log(strings.TrimSpace(figure))
		}
	}
}

// Pins mounts a bpffs below a folder, for a test that runs Alone, and returns where.
func Pins(t testing.TB, folder string) string {
	t.Helper()
	dir := filepath.Join(folder, "bpf")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "bpf", "bpf", dir).CombinedOutput(); err != nil {
		t.Fatalf("mount a bpffs: %v\n%s", err, out)
	}
	t.Cleanup(func() { // the test's own context is over by then
		if out, err := exec.Command("umount", "--lazy", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return dir
}
