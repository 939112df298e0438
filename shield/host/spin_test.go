package host

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// spinEnv names the group that a child of a test joins, and burns a CPU in.
const spinEnv = "EVENKEEL_TEST_SPIN"

// children are what this test program does in another process, by the variable of the environment that asks for it.
var children = map[string]func(string){spinEnv: func(group string) {
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString("x")
	for os.Getpid() > 0 { // until it is killed
	}
}}

func TestMain(m *testing.M) {
	for name, run := range children {
		if value := os.Getenv(name); value != "" {
			run(value)
		}
	}
	os.Exit(m.Run())
}

// child starts this program anew and waits for its first byte.
func child(t testing.TB, env ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		_, err = out.Read(make([]byte, 1))
	}
	if err != nil {
		t.Fatal(err)
	}
	return cmd
}

// spin burns a CPU in a group and returns the share of one that it got there.
func spin(t testing.TB, group string, length time.Duration) float64 {
	t.Helper()
	cmd := child(t, spinEnv+"="+group, "GOMAXPROCS=1")
	before := used(t, cmd.Process.Pid) // until it was in the group, which on a slow machine is much
	from := time.Now()
	<-time.After(length)
	took := time.Since(from)
	share := float64(used(t, cmd.Process.Pid)-before) / float64(took)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	return share
}

// used is the CPU time of a process, utime and stime of proc_pid_stat(5), in ticks of 10 ms.
func used(t testing.TB, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		t.Fatal(err)
	}
	_, behind, _ := strings.Cut(string(text), ") ") // of its name
	f := strings.Fields(behind)
	user, uerr := strconv.Atoi(f[11])
	system, serr := strconv.Atoi(f[12])
	if err := errors.Join(uerr, serr); err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}
