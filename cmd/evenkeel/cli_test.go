package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// inMemory returns a process whose ends are in memory.
func inMemory(stdin io.Reader) (p *process, stdout, stderr *bytes.Buffer) {
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	return &process{
		stdin: stdin, stdout: bufio.NewWriter(stdout), stderr: stderr,
		now: func() time.Time { return time.Unix(1_700_000_000, 0) },
	}, stdout, stderr
}

func TestAnInterruptEndsACommandThatWaitsForInput(t *testing.T) {
	never, writer := io.Pipe()
	defer writer.Close()
	ctx, cancel := context.WithCancel(context.Background())
	p, _, stderr := inMemory(&patient{ctx: ctx, in: never})
	done := make(chan int)
	go func() { done <- run(ctx, p, []string{"replay", "-"}) }()
	if _, err := writer.Write([]byte("\n")); err != nil { // it reads
		t.Fatal(err)
	}
	cancel()
	if code := <-done; code != exitInterrupted {
		t.Errorf("the exit code is %d; expected %d", code, exitInterrupted)
	}
	if got := stderr.String(); got != "evenkeel: interrupted\n" {
		t.Errorf("standard error is %q", got)
	}
}

func TestWhatWasReadIsWholeAndEnds(t *testing.T) {
	long := strings.Repeat("0123456789", 100_000)
	got, err := io.ReadAll(&patient{ctx: context.Background(), in: strings.NewReader(long)})
	if err != nil || string(got) != long {
		t.Errorf("read %d bytes, %v; expected %d", len(got), err, len(long))
	}
	_, err = io.ReadAll(&patient{ctx: context.Background(), in: io.MultiReader(strings.NewReader("a"), broken{})})
	if !errors.Is(err, errBroken) {
		t.Errorf("the error is %v; expected %v", err, errBroken)
	}
}

var errBroken = errors.New("the disk is broken")

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestOutputThatCannotBeWrittenIsAFailure(t *testing.T) {
	p, _, stderr := inMemory(nil)
	p.stdout = bufio.NewWriter(broken{})
	if code := run(context.Background(), p, []string{"rules", "help"}); code != exitFailed {
		t.Errorf("the exit code is %d; expected %d", code, exitFailed)
	}
	if !strings.Contains(stderr.String(), errBroken.Error()) || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("standard error is %q; expected one line with %q", stderr, errBroken)
	}
}

func TestErrorsAreSaidWithTheirHintAndExitCode(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		code int
		says string
	}{
		{"none", nil, 0, ""},
		{"all was said", errFailed, 1, ""},
		{"invalid input", evenkeel.Invalid("no"), 2, "evenkeel: no\n"},
		{"a hint", &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "no", Hint: "look there"}, 1, "evenkeel: no\nhint: look there\n"},
		{"several lines stand alone", errors.Join(evenkeel.Invalid("a:1: x"), evenkeel.Invalid("a:2: y")), 2, "a:1: x\na:2: y\n"},
		{"an error of no kind", errBroken, 1, "evenkeel: the disk is broken\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _, stderr := inMemory(nil)
			if code := p.fail(c.err); code != c.code || stderr.String() != c.says {
				t.Errorf("exit code %d, %q; expected %d, %q", code, stderr, c.code, c.says)
			}
		})
	}
}

func TestTheBarIsDrawnOnATerminalOnly(t *testing.T) {
	p, _, stderr := inMemory(nil)
	newBar(p).show("reading", 1, 2)
	newBar(p).clear()
	if stderr.Len() != 0 {
		t.Errorf("standard error is %q; expected nothing", stderr)
	}
	p.terminal = true
	b := newBar(p)
	b.show("reading", 1, 2)
	b.show("reading", 2, 2) // at the same moment: not again
	b.clear()
	if got, want := stderr.String(), "\r\x1b[Kreading  [###############...............]  50 %\r\x1b[K"; got != want {
		t.Errorf("standard error is %q; expected %q", got, want)
	}
	if got := barText("reading", 1234567, 0); got != "reading  1,234,567" {
		t.Errorf("without a total: %q", got)
	}
}

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", -123: "-123"} {
		if got := amount(n); got != want {
			t.Errorf("%d is written %s; expected %s", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0 lines", 1: "1 line", 2: "2 lines"} {
		if got := several(n, "line"); got != want {
			t.Errorf("%d is written %s; expected %s", n, got, want)
		}
	}
}
