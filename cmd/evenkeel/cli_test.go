package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/lab/feed"
	"github.com/evenkeel/evenkeel/lab/replay"
	"github.com/evenkeel/evenkeel/watch"
	"github.com/evenkeel/evenkeel/watch/intake"
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

func TestAnInterruptLeavesTheInventoryThatIsThere(t *testing.T) {
	dir := t.TempDir()
	books := filepath.Join(dir, "books.jsonl")
	if err := os.WriteFile(books, []byte("keep this\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	in, writer := io.Pipe()
	defer writer.Close()
	p, _, _ := inMemory(&patient{ctx: ctx, in: in})
	done := make(chan int)
	go func() {
		done <- run(ctx, p, []string{
			"convert", "csv", "--map", "v=cpu.busy:percent", "--asset", "a", "--inventory-out", books, "-",
		})
	}()
	if _, err := writer.Write([]byte("time,v\n2026-03-01T00:00:00Z,5\n")); err != nil {
		t.Fatal(err)
	}
	cancel()
	if code := <-done; code != exitInterrupted {
		t.Errorf("the exit code is %d; expected %d", code, exitInterrupted)
	}
	if got, err := os.ReadFile(books); err != nil || string(got) != "keep this\n" {
		t.Errorf("the inventory is now %q, %v", got, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 1 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestAnInterruptLeavesNoBooks(t *testing.T) {
	parent := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	in, writer := io.Pipe()
	defer writer.Close()
	p, _, stderr := inMemory(&patient{ctx: ctx, in: in})
	done := make(chan int)
	go func() { done <- run(ctx, p, []string{"replay", "--books", filepath.Join(parent, "march"), "-"}) }()
	if _, err := writer.Write([]byte(busy("vm-1", 1))); err != nil {
		t.Fatal(err)
	}
	cancel()
	if code := <-done; code != exitInterrupted {
		t.Errorf("the exit code is %d; expected %d", code, exitInterrupted)
	}
	if got := stderr.String(); !strings.HasPrefix(got, "books     none are kept in ") || !strings.HasSuffix(got, "\nevenkeel: interrupted\n") {
		t.Errorf("standard error is %q", got)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestAReplayThatFailsLeavesNoBooks, and so does not keep the next one from being done.
func TestAReplayThatFailsLeavesNoBooks(t *testing.T) {
	parent, r := t.TempDir(), day(t)
	args := []string{"replay", "--books", filepath.Join(parent, "march"), "--inventory", r.inventory, r.telemetry}
	p, _, stderr := inMemory(nil)
	p.stdout = bufio.NewWriterSize(broken{}, 16)
	if code := run(t.Context(), p, args); code != exitFailed {
		t.Errorf("the exit code is %d; expected %d", code, exitFailed)
	}
	if got := stderr.String(); !strings.Contains(got, ": the replay did not come to its end\n") || !strings.Contains(got, errBroken.Error()) {
		t.Errorf("standard error is %q", got)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	p, _, stderr = inMemory(nil)
	if code := run(t.Context(), p, args); code != 0 {
		t.Errorf("the next one: exit code %d, %s", code, stderr)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) != 1 {
		t.Errorf("beside the books: %v, %v", left, err)
	}
}

func TestAFileIsReplacedAsAWhole(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	text := func() string {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	begin := func(name string) *replacement {
		r, err := replace("write", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Write([]byte("new")); err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := begin(link)
	if text() != "old" {
		t.Errorf("before it is kept the file holds %q", text())
	}
	r.drop()
	if text() != "old" {
		t.Errorf("after it is dropped the file holds %q", text())
	}
	r = begin(link)
	if err := r.keep(); err != nil || text() != "new" {
		t.Errorf("%v, and the file holds %q", err, text())
	}
	r.drop()
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is one no more: %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("who may read it has changed: %v, %v", info.Mode(), err)
	}
	r = begin(os.DevNull)
	if err := r.keep(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%s is a file now, %v", os.DevNull, err)
	}
	for name, want := range map[string]string{dir: "write " + dir + ": it is a directory; expected a file", filepath.Join(dir, "no", "file"): "file: not found"} {
		if _, err := replace("write", name); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("error %v; want %q", err, want)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.tmp")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestTheRateOfAReplayIsToldWhereItSaysSomething(t *testing.T) {
	for took, want := range map[time.Duration]string{
		0:                      "took      0s\n",
		999 * time.Millisecond: "took      999ms\n",
		2 * time.Second:        "took      2s, 1,500 records a second\n",
	} {
		p, _, stderr := inMemory(nil)
		printReplay(p, &replay.Summary{Watched: watch.Tally{Records: 3000}}, asked{inventory: true, took: took})
		if got := stderr.String(); !strings.HasSuffix(got, want) {
			t.Errorf("after %s: %q; want %q", took, got, want)
		}
	}
}

func TestReasonsAreToldWithTheirExamplesAndOnce(t *testing.T) {
	var tally intake.Tally
	tally.CountN(intake.UnknownMetric, 1200)
	tally.Explain(intake.UnknownMetric, "system.memory.usage")
	tally.Count(intake.WrongUnit)
	tally.Count(intake.Redundant)
	p, _, stderr := inMemory(nil)
	printReplay(p, &replay.Summary{Read: feed.Summary{
		Tally: tally, Malformed: 2, Problems: make([]feed.Problem, 1), Empty: strings.Split("abcdefg", ""),
	}}, asked{inventory: true})
	for _, want := range []string{
		"ignored   1,200 because no rule uses the metric (first: system.memory.usage)\n",
		"refused   1 because the unit is not one expected for the metric\n",
		"empty     7 files held no record: a, b, c, d, e and others\n",
		"malformed 2 lines, of which 1 are named\n",
	} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("the summary is\n%s\nwant %s", stderr, want)
		}
	}
	if strings.Contains(stderr.String(), intake.Redundant.Says()) {
		t.Errorf("what is redundant is told:\n%s", stderr)
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
		{"several lines that name none do not", errors.Join(evenkeel.Invalid("read a: x"), evenkeel.Invalid("a:2: y")), 2, "evenkeel: read a: x\na:2: y\n"},
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
