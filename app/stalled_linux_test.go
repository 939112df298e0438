package app

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// plainEnv starts this program as a plain process: one that has nothing to do with what is measured, wakes up fifty
// times a second and works for about a millisecond. How late it is done says how the machine was meanwhile.
const plainEnv = "EVENKEEL_TEST_PLAIN"

const plainEvery = 20 * time.Millisecond

// waking is one time that it woke up.
type waking struct {
	Due  time.Time
	Took time.Duration // from when it was due until its work was done
}

func init() {
	if os.Getenv(plainEnv) == "" {
		return
	}
	stop := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(stop)
	}()
	work := make([]byte, 512<<10)
	var all []waking
	for due := time.Now(); ; due = due.Add(plainEvery) {
		select {
		case <-time.After(time.Until(due)):
			sha256.Sum256(work)
			all = append(all, waking{due, time.Since(due)})
		case <-stop:
			if err := json.NewEncoder(os.Stdout).Encode(all); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
}

// plain runs the plain process until what it returns is called, which says how the machine was.
func plain(t *testing.T) func() pace {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), plainEnv+"=1"), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() (m pace) {
		t.Helper()
		in.Close()
		if err := json.NewDecoder(out).Decode((*[]waking)(&m)); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		return m
	}
}

// pace is how a machine was, by the turns of a plain process.
type pace []waking

// between are how long turns took that were due in a time, the shortest first.
func (m pace) between(from, until time.Time) (took []time.Duration) {
	for _, x := range m {
		if !x.Due.Before(from) && x.Due.Before(until) {
			took = append(took, x.Took)
		}
	}
	slices.Sort(took)
	return took
}

// slow is by what factor a turn of a time took longer than the quickest tenth of the whole run, in the middle; at least 1.
func (m pace) slow(from, until time.Time) float64 {
	all, took := m.between(time.Time{}, until.Add(time.Hour)), m.between(from, until)
	if len(took) == 0 { // it did not run once
		return float64(until.Sub(from)) / float64(plainEvery)
	}
	return max(1, float64(took[len(took)/2])/float64(all[len(all)/10]))
}

// held is by what factor the p99 of a time is above the quickest tenth of the whole run.
func (m pace) held(from, until time.Time) float64 {
	all := m.between(time.Time{}, until.Add(time.Hour))
	return float64(m.p99(from, until)) / float64(all[len(all)/10])
}

// stood is how long the machine stood still in a time: by how much turns were too late for the next one.
func (m pace) stood(from, until time.Time) (sum time.Duration) {
	end := from
	for _, x := range m {
		if done := x.Due.Add(x.Took); x.Took > 2*plainEvery && done.After(end) && x.Due.Before(until) {
			begin := x.Due.Add(plainEvery)
			if begin.Before(end) {
				begin = end
			}
			sum, end = sum+done.Sub(begin), done
		}
	}
	return sum
}

// p99 is of the turns of a time.
func (m pace) p99(from, until time.Time) time.Duration {
	took := m.between(from, until)
	if len(took) == 0 {
		return until.Sub(from)
	}
	return took[(len(took)-1)*99/100]
}

// within is a bound on this machine in a time: as it is on one of which a plain process has its share, and longer only where
// that process shows that the machine was slow by half, or stood still.
func (m pace) within(bound time.Duration, from, until time.Time) (time.Duration, string) {
	slow, stood := m.slow(from, until), m.stood(from, until)
	if slow <= 1.5 && stood == 0 {
		return bound, fmt.Sprintf("a plain process was not held up (%.2f ×): the bound is %v", slow, bound)
	}
	wide := time.Duration(float64(bound)*max(1, slow/1.5)) + stood
	return wide, fmt.Sprintf("a plain process took %.2f × as long and stood still for %v: the bound is %v in place of %v", slow, stood.Round(time.Millisecond), wide.Round(time.Millisecond), bound)
}

func TestABoundIsWidenedOnlyWhereAPlainProcessWasHeldUp(t *testing.T) {
	zero := time.Unix(0, 0)
	at := func(s float64) time.Time { return zero.Add(time.Duration(s * float64(time.Second))) }
	var m pace
	for i := range 400 { // 8 s, the third of them slow, and in the fifth it stands still for one
		x := waking{at(float64(i) * plainEvery.Seconds()), time.Millisecond}
		switch {
		case i >= 100 && i < 150:
			x.Took = 6 * time.Millisecond
		case i >= 200 && i < 250:
			x.Took = at(5).Sub(x.Due)
		}
		m = append(m, x)
	}
	for _, c := range []struct {
		from, until float64
		want        time.Duration
	}{{0, 2, 2 * time.Second}, {2, 3, 8 * time.Second}, {6, 8, 2 * time.Second}} {
		if got, says := m.within(2*time.Second, at(c.from), at(c.until)); got != c.want {
			t.Errorf("%v to %v: %v, %s; expected %v", c.from, c.until, got, says, c.want)
		}
	}
	if got := m.stood(at(3), at(7)); got != 980*time.Millisecond {
		t.Errorf("it stood for %v; expected 980 ms", got)
	}
	if a, b := m.p99(at(0), at(2)), m.p99(at(2), at(3)); a != time.Millisecond || b != 6*time.Millisecond {
		t.Errorf("p99 are %v and %v", a, b)
	}
}
