package spool

import (
	"bufio"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A child of this test appends, takes and acknowledges until it comes to a step for the so manieth time;
// there it kills itself. It prints what it was told: "+ word" once Append has returned, "> id word" when an
// entry was taken, "- id" before it acknowledges one.
const childEnv = "EVENKEEL_SPOOL_CHILD" // dir|step|times|first word

func TestMain(m *testing.M) {
	if job := os.Getenv(childEnv); job != "" {
		if err := beKilled(job); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func beKilled(job string) error {
	f := strings.Split(job, "|")
	times, err := strconv.Atoi(f[2])
	if err != nil {
		return err
	}
	first, err := strconv.Atoi(f[3])
	if err != nil {
		return err
	}
	step = func(at string) {
		if at != f[1] {
			return
		}
		if times--; times == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // until it comes
		}
	}
	s, err := Open(Options{Dir: f[0], MaxBytes: minBytes, Sync: true, Merge: join, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	deliver := func(take, ack int) {
		at := ID{}
		for k := range take {
			e, ok, err := s.Take(at)
			if err != nil || !ok {
				return
			}
			at = e.ID
			fmt.Printf("> %x.%d %s\n", e.ID.Boot, e.ID.Seq, e.Data)
			if k < ack {
				fmt.Printf("- %s\n", e.Data)
				s.Ack(e.ID)
			}
		}
	}
	deliver(1<<20, 1<<20)
	for i := first; i < first+5000; i++ {
		if _, err := s.Append(word(i), 1); err != nil {
			return err
		}
		fmt.Println("+", words(word(i))[0])
		if i%10 != 0 || i%1000 > 400 { // for a while the link is down
			continue
		}
		deliver(13, 11)
	}
	return s.Close()
}

// TestKillBetweenAnyTwoStepsLosesNothing kills a process at each step, at several turns, and goes on in the
// same folder.
func TestKillBetweenAnyTwoStepsLosesNothing(t *testing.T) {
	dir := t.TempDir()
	first, killed := 1, 0
	appended, arrived, sent := map[string]bool{}, map[string]bool{}, map[string]string{}
	for _, at := range []string{"segment made", "header written", "entry written", "entry synced", "mark written", "segment merged", "segment removed"} {
		for _, times := range []int{1, 2} {
			said := child(t, fmt.Sprintf("%s|%s|%d|%d", dir, at, times, first))
			for _, line := range said {
				switch f := strings.Fields(line); {
				case len(f) == 2 && f[0] == "+":
					appended[f[1]] = true
					first++
				case len(f) == 3 && f[0] == ">":
					if was, ok := sent[f[1]]; ok && was != f[2] {
						t.Fatalf("%s was sent as %q and again as %q", f[1], was, f[2])
					}
					sent[f[1]] = f[2]
				case len(f) >= 2 && f[0] == "-":
					for _, w := range words([]byte(f[1] + " ")) {
						arrived[w] = true
					}
				}
			}
			first++ // the one under way may be there
			killed++
			s := open(t, Options{Dir: dir, MaxBytes: minBytes, Merge: join})
			left := map[string]bool{}
			for _, e := range rest(t, s) {
				for _, w := range words(e.Data) {
					left[w] = true
				}
			}
			if st := s.Stats(); st.Damaged > 0 {
				t.Errorf("killed at %q: %d entries are damaged", at, st.Damaged)
			}
			for w := range appended {
				if !left[w] && !arrived[w] {
					t.Fatalf("killed at %q, turn %d: %s was appended, did not arrive and is gone", at, times, w)
				}
			}
			s.crash()
		}
	}
	t.Logf("killed %d times; %d words were appended, %d arrived", killed, len(appended), len(arrived))
}

// child runs until it is killed and returns its whole lines.
func child(t *testing.T, job string) (said []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+job)
	errs := new(strings.Builder)
	cmd.Stderr = errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
	}
	err = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
		t.Fatalf("%s: the child ended by itself after %d lines (%v): %s", job, len(said), err, errs)
	}
	return said
}
