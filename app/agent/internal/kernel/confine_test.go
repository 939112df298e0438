//go:build linux

package kernel

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// childEnv says that this process is the one that gives its rights up.
const childEnv = "EVENKEEL_TEST_CONFINE"

// R20: whatever gets hold of the agent finds few rights in it, on every thread.
func TestNoThreadHasARightThatIsNotKept(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skipf("rights are given up by root only; the user is %d", os.Geteuid())
	}
	if os.Getenv(childEnv) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), childEnv+"="+t.TempDir())
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) || strings.Count(string(out), "=== RUN") != 2 {
			t.Fatalf("%v; expected that it starts anew once and passes:\n%s", err, out)
		}
		return
	}
	const keep = NetAdmin | BPF
	if err := Confine(keep); err != nil {
		t.Fatal(err)
	}
	var busy, end sync.WaitGroup // threads that are there while they are looked at
	end.Add(1)
	defer end.Done()
	for range 8 {
		busy.Add(1)
		go func() {
			runtime.LockOSThread()
			busy.Done()
			end.Wait()
		}()
	}
	busy.Wait()
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil || len(threads) < 8 {
		t.Fatalf("%d threads, %v", len(threads), err)
	}
	for _, x := range threads {
		r, err := Held(x.Name())
		if err != nil {
			t.Fatal(err)
		}
		if r.Permitted != keep || r.Effective != keep || r.Bounding != keep || r.Inheritable != 0 || r.Ambient != 0 || !r.NoNew {
			t.Errorf("thread %s has %+v; expected %v alone", x.Name(), r, keep)
		}
	}
	dir := os.Getenv(childEnv)
	file := filepath.Join(dir, "mine")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(file, 1, 1); !errors.Is(err, unix.EPERM) {
		t.Errorf("a file is given away: %v", err)
	}
	if err := unix.Mknod(filepath.Join(dir, "disk"), unix.S_IFBLK|0o600, 8<<8); !errors.Is(err, unix.EPERM) {
		t.Errorf("a device is made: %v", err)
	}
	out, err := exec.Command("cat", "/proc/self/status").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "CapEff:\t0000008000001000") || !strings.Contains(string(out), "NoNewPrivs:\t1") {
		t.Errorf("what it starts has more or less (%v):\n%s", err, out)
	}
}

func TestASetIsReadByItsNames(t *testing.T) {
	for s, want := range map[Set]string{0: "", BPF: "CAP_BPF", NetAdmin | 1: "capability 0, CAP_NET_ADMIN"} {
		if s.String() != want {
			t.Errorf("%x is %q; expected %q", uint64(s), s, want)
		}
	}
	r := Rights{Bounding: BPF | SysAdmin}
	if got := r.Beyond(BPF); got != SysAdmin {
		t.Errorf("beyond is %v", got)
	}
	if r.NoNew = true; r.Beyond(BPF) != 0 {
		t.Error("what cannot be gained is beyond what is kept")
	}
}
