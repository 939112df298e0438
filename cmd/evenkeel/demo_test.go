package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/story"
)

// filmOf parses the story of the film, with changes of its text: old and new in turn.
func filmOf(t *testing.T, changes ...string) *story.Script {
	t.Helper()
	data, err := story.Text(filmed)
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(data), "-- want --")
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("the story has no %q", changes[i])
		}
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	s, err := story.Parse(filmed+".txtar", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// filmText plays a story as the film, and returns what is shown.
func filmText(t *testing.T, s *story.Script, c demoCmd) string {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	p, stdout, _ := inMemory(nil)
	c.Speed, c.NoWait = 1, true
	if err := c.play(t.Context(), p, s, nil); err != nil {
		t.Fatal(err)
	}
	return stdout.String()
}

// tableOf is the right side of the table, by the names of its rows.
func tableOf(shown string) map[string]string {
	out := map[string]string{}
	_, shown, _ = strings.Cut(shown, "\n\n") // the opening
	_, table, _ := strings.Cut(shown, "\n\n")
	name := ""
	for line := range strings.Lines(table) {
		switch {
		case strings.HasPrefix(line, strings.Repeat(" ", 15)+with):
			out[name] = strings.TrimSpace(line[15+len(with):])
		case len(line) > 15:
			name = strings.TrimSpace(line[:15])
		}
	}
	return out
}

// The right side is what the judge did: where the records or the people are others, it says
// so, in the film and in the table.
func TestTheRightSideIsWhatTheJudgeDid(t *testing.T) {
	const begins = `note "The job begins: a second of work for each of 500,000 rows."`
	pool := begins + "\nflow w-1..w-10 out 198.51.100.7:3333/tcp app=stratum name=pool.example every 60s for 2h"
	silent := []string{"answer raisup", "# answer raisup", "clear raisup", "# clear raisup"}
	for _, c := range []struct {
		name    string
		demo    demoCmd
		changes []string
		film    []string
		table   map[string]string
	}{
		{"as it comes", demoCmd{}, nil,
			[]string{"17:49    with Evenkeel  decided notify in force until", "09:49    with Evenkeel  decided none, a flag covers it; wanted: notify"},
			map[string]string{
				"time locked": "0 minutes; the highest measure was notify",
				"memory lost": "none: nothing was ordered",
				"unanswered":  "0 of 1: a person decided 31 minutes after the tenant spoke",
				"who decided": "a machine: notify (2 times); anna (clear)",
				"second lock": "none: at 09:49 a flag covered 10 machines; notify was wanted, and that is recorded",
				"in shadow":   "",
			}},
		{"it speaks to a mining pool", demoCmd{}, append([]string{begins, pool}, silent...),
			[]string{"with Evenkeel  decided throttle in force"},
			map[string]string{
				"time locked": "0 minutes; the highest measure was throttle, and 1 hour 48 minutes under one that is carried out",
				"memory lost": "none: what was ordered destroys nothing (throttle (10 times))",
				"second lock": "the tenant has not been cleared",
				"unanswered":  "none: the tenant said nothing",
				"who decided": "a machine: notify (3 times), throttle (10 times); no person yet",
			}},
		{"nobody looks", demoCmd{}, silent[2:],
			[]string{"with Evenkeel  clock a person has to decide by 19:24:00"},
			map[string]string{"unanswered": "1 of 1: no person has decided since", "second lock": "the tenant has not been cleared"}},
		{"cleared without a flag", demoCmd{}, []string{`flag="principal=deploy-bot image=batch-7 script=work.py" count=12 for=90d`, "no_flag=once"},
			[]string{"with Evenkeel  decided a person has to decide; wanted: notify"},
			map[string]string{"second lock": "none: at 09:49 a person was asked about 10 machines; notify was wanted"}},
		{"the policy of 2019 is watched", demoCmd{Policy: []string{"raisup-2019"}}, nil,
			[]string{"with Evenkeel  would "},
			map[string]string{
				"time locked": "0 minutes; the highest measure was notify",
				"in shadow":   "the policy in shadow wanted suspend, of 20 machines; nothing of it took effect",
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			shown := filmText(t, filmOf(t, c.changes...), c.demo)
			for _, want := range c.film {
				if !strings.Contains(shown, want) {
					t.Errorf("the film does not show %q:\n%s", want, shown)
				}
			}
			table := tableOf(shown)
			for name, want := range c.table {
				if table[name] != want {
					t.Errorf("%s: %q; expected %q", name, table[name], want)
				}
			}
		})
	}
}

// Another story, in which a miner is isolated: the table is about what was done there.
func TestATenantWhoIsLockedIsNotToldOtherwise(t *testing.T) {
	s, err := readStory("miner")
	if err != nil {
		t.Fatal(err)
	}
	table := tableOf(filmText(t, s, demoCmd{}))
	for name, want := range map[string]string{
		"time locked": "48 minutes; the highest measure was isolate, and 1 hour 28 minutes under one that is carried out",
		"memory lost": "by what was ordered (throttle (3 times), isolate): connections",
	} {
		if table[name] != want {
			t.Errorf("%s: %q; expected %q", name, table[name], want)
		}
	}
}

// Every line of the right side is one of the transcript.
func TestNothingIsSaidOnTheRightThatTheTranscriptDoesNotSay(t *testing.T) {
	s := filmOf(t)
	transcript, err := story.Play(s, story.Parts{Books: app.PaperBooks})
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(filmText(t, s, demoCmd{}), "\n\n") // the opening
	film, _, _ := strings.Cut(shown, "\n\n")
	transcript = strings.Join(strings.Fields(transcript), " ")
	lines := 0
	for line := range strings.Lines(film) {
		if _, says, right := strings.Cut(line, with); right {
			lines++
			if says := strings.Join(strings.Fields(says), " "); !strings.Contains(transcript, says) {
				t.Errorf("the transcript does not say %q", says)
			}
		}
	}
	if lines < 20 {
		t.Errorf("%d lines on the right", lines)
	}
}

// Whoever sees it first has read no rule, no policy and no glossary.
func TestTheFilmBeginsWithWhatIsSeenAndLeavesOutWhatOnlyWritersOfRulesRead(t *testing.T) {
	shown := filmText(t, filmOf(t), demoCmd{})
	opening, film, _ := strings.Cut(shown, "\n\n")
	for _, says := range []string{"May 2019", `"then" is what happened`, `"with Evenkeel" is what`, "Times are UTC.", "notify: the tenant is asked, and nothing is limited."} {
		if !strings.Contains(opening, says) {
			t.Errorf("the opening does not say %q", says)
		}
	}
	if bad := regexp.MustCompile(`with Evenkeel +(\? |law )`).FindString(film); bad != "" {
		t.Errorf("the film shows %q", bad)
	}
	if !strings.Contains(film, "with Evenkeel    asset w-1..w-10") || !strings.Contains(film, "with Evenkeel  finding crypto-mining") {
		t.Error("what belongs to a statement is not set off from it in a pipe")
	}
}

func TestTheFilmTakesAboutAMinuteAndAHalf(t *testing.T) {
	took := map[int]time.Duration{}
	for _, columns := range []int{0, 80, 200} {
		p, _, _ := inMemory(nil)
		f := &film{facts: facts, screen: newScreen(p.stdout, columns, false), at: func(evenkeel.Moment) {},
			pause: func(_ context.Context, d time.Duration) error { took[columns] += d; return nil }}
		if err := f.play(t.Context(), filmOf(t), story.Parts{Books: app.PaperBooks}); err != nil {
			t.Fatal(err)
		}
		if took[columns] < time.Minute || took[columns] > 95*time.Second {
			t.Errorf("at %d columns it takes %s; expected 60 to 95 seconds", columns, took[columns])
		}
	}
}

func TestSpeedMakesThePausesShorter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for speed, want := range map[float64]time.Duration{1: 3 * time.Second, 6: 500 * time.Millisecond} {
			began := time.Now()
			if err := (&demoCmd{Speed: speed}).pause(t.Context(), 3*time.Second); err != nil || time.Since(began) != want {
				t.Errorf("at speed %g it takes %s, %v; expected %s", speed, time.Since(began), err, want)
			}
		}
	})
}

func TestAnInterruptEndsTheFilmAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	ctx, cancel := context.WithCancel(t.Context())
	p, stdout, stderr := inMemory(nil)
	p.stdout.Reset(firstWrite{stdout, cancel})
	if code := run(ctx, p, []string{"demo"}); code != exitInterrupted || stderr.String() != "evenkeel: interrupted\n" {
		t.Errorf("the exit code is %d, and standard error %q", code, stderr)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// firstWrite calls then as soon as something is written.
type firstWrite struct {
	to   *bytes.Buffer
	then func()
}

func (w firstWrite) Write(b []byte) (int, error) {
	w.then()
	return w.to.Write(b)
}

// What an interrupted film kept is whole as far as it went.
func TestBooksThatAreKeptVerifyWhereverTheFilmEnds(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	p, _, _ := inMemory(nil)
	c := demoCmd{Speed: 1, NoWait: true, Keep: dir}
	s := filmOf(t)
	console := func(_ context.Context, _ string, now func() time.Time) (string, func() error, error) {
		out := p.stdout
		out.Reset(untilSays{"18:24", cancel})
		return "", nil, nil
	}
	if err := c.play(ctx, p, s, console); err == nil {
		t.Fatal("the film came to its end")
	}
	books, err := app.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer books.Close()
	if says, err := verified(t.Context(), books); err != nil {
		t.Errorf("%s, %v", says, err)
	}
	if state := stateOf(t, dir); state != evenkeel.CaseUnderReview {
		t.Errorf("the case is %s; expected that it is under review", state)
	}
}

// untilSays calls then when a text is written.
type untilSays struct {
	text string
	then func()
}

func (w untilSays) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(w.text)) {
		w.then()
	}
	return len(b), nil
}

// A console beside the film reads the same books, at the film's time, and is at its end
// before they are removed.
func TestTheConsoleShowsTheBooksAtTheTimeOfTheFilm(t *testing.T) {
	for _, once := range []bool{true, false} {
		t.Setenv("TMPDIR", t.TempDir())
		p, stdout, _ := inMemory(nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var clock func() time.Time
		var served context.Context
		var folder string
		ended, looked := false, false
		console := func(ctx context.Context, dir string, now func() time.Time) (string, func() error, error) {
			served, clock, folder = ctx, now, dir
			return "http://127.0.0.1:1", func() error {
				ended = true
				if ctx.Err() == nil {
					t.Error("it is waited for, and was not told to end")
				}
				books, err := app.Open(dir)
				if err != nil {
					t.Errorf("the books are gone: %v", err)
					return err
				}
				return books.Close()
			}, nil
		}
		if once {
			p.stdout.Reset(io.MultiWriter(stdout, untilSays{" 18:24", func() {
				looked = true
				if at := clockOf(evenkeel.MomentOf(clock())); at != "18:24" {
					t.Errorf("the film shows 18:24, and its clock is at %s", at)
				}
				if state := stateOf(t, folder); state != evenkeel.CaseUnderReview {
					t.Errorf("the tenant has answered, and the case in the books is %s", state)
				}
			}}))
		} else {
			p.stdout.Reset(untilSays{"stays open", cancel})
		}
		c := demoCmd{Speed: 1, NoWait: true, Once: once}
		if err := c.play(ctx, p, filmOf(t), console); err != nil {
			t.Fatal(err)
		}
		if !ended || served.Err() == nil || looked != once {
			t.Errorf("once %t: the console has ended: %t; it was looked at: %t", once, ended, looked)
		}
		if at := clock(); !at.Equal(facts[len(facts)-1].at.Time()) {
			t.Errorf("once %t: its clock stands at %s", once, at)
		}
		if once && !strings.HasPrefix(stdout.String(), "The console of the film: http://127.0.0.1:1\n") {
			t.Errorf("it begins with %.80q", stdout)
		}
	}
}

// stateOf is how the only case in the books of a directory stands.
func stateOf(t *testing.T, dir string) evenkeel.CaseState {
	t.Helper()
	books, err := app.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer books.Close()
	rows, err := books.Cases(t.Context(), docket.Query{Closed: true})
	if err != nil || len(rows) != 1 {
		t.Fatalf("the cases are %+v, %v; expected one", rows, err)
	}
	return rows[0].Case.State
}

func TestTheSourceOfTheFilmSaysHowManyMachinesItHasAndWhatIsAssumed(t *testing.T) {
	text, err := story.Text(filmed)
	if err != nil {
		t.Fatal(err)
	}
	machines := strings.Count(string(text), "\nasset ") + 20
	for _, made := range []string{"\ncreate w-1..w-10 ", "\ncreate w-11..w-20 "} {
		if strings.Count(string(text), made) != 1 {
			t.Errorf("the story does not %q; expected two runs of ten machines", made)
		}
	}
	for _, says := range []string{sourceWith, (&demoCmd{}).Help()} {
		if !strings.Contains(says, fmt.Sprintf("records of %d machines", machines)) || !strings.Contains(says, "assumed, not measured") {
			t.Errorf("%q; expected %d machines, and that people's times are assumed", says, machines)
		}
	}
}

func TestFactsAreInOrderAndTheirTimesAreKnownOrMarked(t *testing.T) {
	known := regexp.MustCompile(`^(|later|09:49|≈ \d\d:\d\d)$`)
	for i, f := range facts {
		if i > 0 && f.at < facts[i-1].at {
			t.Errorf("%q is before the fact that it follows", f.says)
		}
		if !known.MatchString(f.clock) {
			t.Errorf("%q happened at %q; expected the one published time, or ≈", f.says, f.clock)
		}
	}
}

func TestLinesFitTheTerminal(t *testing.T) {
	s := filmOf(t)
	for _, columns := range []int{80, 133, 400} {
		p, stdout, _ := inMemory(nil)
		p.columns = columns
		t.Setenv("NO_COLOR", "1")
		if err := (&demoCmd{Speed: 1, NoWait: true}).play(t.Context(), p, s, nil); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(stdout.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > min(columns, widest) {
				t.Errorf("at %d columns a line has %d: %s", columns, n, line)
			}
		}
		if strings.Contains(stdout.String(), "\x1b") {
			t.Error("it is styled although NO_COLOR is set")
		}
	}
}

func TestStyleIsForTerminalsAndLeavesTheText(t *testing.T) {
	s := filmOf(t)
	shown := func(columns int, noColor string) string {
		t.Setenv("NO_COLOR", noColor)
		p, stdout, _ := inMemory(nil)
		p.columns = columns
		if err := (&demoCmd{Speed: 1, NoWait: true}).play(t.Context(), p, s, nil); err != nil {
			t.Fatal(err)
		}
		return stdout.String()
	}
	if strings.Contains(shown(0, ""), "\x1b") {
		t.Error("what is no terminal gets styles")
	}
	styled := shown(100, "")
	plain := regexp.MustCompile("\x1b\\[[0-9]m").ReplaceAllString(styled, "")
	if styled == plain {
		t.Error("a terminal gets no styles")
	}
	trimmed := regexp.MustCompile(`(?m) +$`)
	if got, want := trimmed.ReplaceAllString(plain, ""), trimmed.ReplaceAllString(shown(100, "1"), ""); got != want {
		t.Errorf("styled, the text is\n%s\nnot\n%s", got, want)
	}
}

func TestWrappingKeepsEveryWordAndTheWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zé≈ ]{0,120}`).Draw(t, "text")
		width := rapid.IntRange(1, 40).Draw(t, "width")
		lines := wrapped(text, width)
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); n == 0 || n > width {
				t.Fatalf("a line of %d in %d: %q", n, width, line)
			}
		}
		squeezed := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got := squeezed(strings.Join(lines, "")); got != squeezed(text) {
			t.Fatalf("%q became %q", text, lines)
		}
	})
}

// The time under a measure is what a count of minutes gives, however measures overlap.
func TestTimeUnderMeasuresIsCountedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minute := evenkeel.Moment(time.Minute)
		var all []term
		for range rapid.IntRange(0, 6).Draw(t, "terms") {
			from := rapid.IntRange(1, 30).Draw(t, "from")
			until := from + rapid.IntRange(0, 30).Draw(t, "for")
			m := rapid.SampledFrom([]evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate}).Draw(t, "measure")
			all = append(all, term{&evenkeel.Decision{Measure: m}, evenkeel.Moment(from) * minute, evenkeel.Moment(until) * minute})
		}
		for _, least := range []evenkeel.Measure{evenkeel.MeasureNotify + 1, evenkeel.MeasureIsolate} {
			want := 0
			for m := range evenkeel.Moment(70) {
				for _, x := range all {
					if x.decision.Measure >= least && x.from <= m*minute && m*minute < x.until {
						want++
						break
					}
				}
			}
			if got := lasted(all, least); got != time.Duration(want)*time.Minute {
				t.Fatalf("%s at least %s; expected %d minutes", got, least, want)
			}
		}
	})
}

func TestSpansAreWrittenForPeople(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 minutes", time.Minute: "1 minute", 59*time.Minute + 59*time.Second: "59 minutes", time.Hour: "1 hour", 66 * time.Minute: "1 hour 6 minutes", 26 * time.Hour: "26 hours",
	} {
		if got := span(d); got != want {
			t.Errorf("%d: %q; expected %q", d, got, want)
		}
	}
}
