package edge

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/lab/edge/crowd"
	"github.com/evenkeel/evenkeel/lab/edge/flood"
	"github.com/evenkeel/evenkeel/lab/edge/shop"
)

func TestACourseThatCannotBePlayedIsRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*Course)
		says  string
	}{
		{"it is whole", func(*Course) {}, ""},
		{"no contender", func(c *Course) { c.Contenders = nil }, "no contender"},
		{"an attack on others", func(c *Course) { c.Letters = []string{"k"} }, "pass no edge"},
		{"an attack that nobody knows", func(c *Course) { c.Letters = []string{"x"} }, "a letter from a to j"},
		{"one site has no others", func(c *Course) { c.Sites = 1 }, "expected 2 to 100"},
		{"no time", func(c *Course) { c.Attack = 0 }, "a phase or a limit"},
		{"nobody comes", func(c *Course) { c.Attacked = 0 }, "visits a second"},
	} {
		course := Whole()
		course.Contenders = []Contender{Nginx()}
		c.spoil(&course)
		err := course.Check()
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: the check says %v; expected %q", c.name, err, c.says)
		}
	}
}

func TestTheWholeCourseTakesAQuarterOfAnHour(t *testing.T) {
	c := Whole()
	c.Contenders = []Contender{Nginx(), HAProxy(), Proxy(), Nginx()} // Evenkeel would be the fourth
	if d := c.Lasts(); d > 16*time.Minute {
		t.Errorf("all attacks on four contenders take %v", d)
	}
}

func TestProcessesAreReadWhateverTheyAreCalled(t *testing.T) {
	p, err := parseStat("1234 (a) b (c) S 1 77 1 0 -1 4194560 100 0 0 0 150 50 30 20 20 0 1 0 99 1000000 25 18446744073709551615 1 1")
	want := process{1234, 77, 2500 * time.Millisecond, 25 * int64(os.Getpagesize())}
	if err != nil || p != want {
		t.Errorf("the process is %+v, %v; expected %+v", p, err, want)
	}
	for _, text := range []string{"", "1 (a", "1 (a) S 1", "x (a) S 1 77 1 0 -1 4194560 100 0 0 0 150 50 30 20 20 0 1 0 99 1000000 25"} {
		if _, err := parseStat(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
	if u := usage([]int{os.Getpid()}); u.Memory < 1<<20 {
		t.Errorf("this process uses %+v", u)
	}
}

func FuzzProcessesAreRead(f *testing.F) {
	f.Add("1 (a) S 1 77 1 0 -1 4194560 100 0 0 0 150 50 30 20 20 0 1 0 99 1000000 25")
	f.Fuzz(func(t *testing.T, text string) { parseStat(text) })
}

func TestWhoElseUsesACoreIsSeen(t *testing.T) {
	text := "cpu  1 1 1 1 1\ncpu0 100 0 50 900 3 7 9 0 0 0\ncpu10 1 2 3 4 5\ncpu1 200 20 30 900 3 7 9 0 0 0\nintr 5\n"
	if d, err := core(text, 1); err != nil || d != 2500*time.Millisecond {
		t.Errorf("the core was at work for %v, %v", d, err)
	}
	for _, wrong := range []string{"", "cpu1 1 2", "cpu1 1 x 2 3 4"} {
		if _, err := core(wrong, 1); err == nil {
			t.Errorf("%q is read", wrong)
		}
	}
	r := played(nil, nil) // 0.75 of its core were used, 0.7 by the contender
	if d := r.Foreign - 0.05; d < -1e-9 || d > 1e-9 || r.Fault != "" {
		t.Errorf("others used %v, and it is %q", r.Foreign, r.Fault)
	}
	if d := r.Waited - 0.05; d < -1e-9 || d > 1e-9 {
		t.Errorf("it waited for %v of the time", r.Waited)
	}
	if d, err := delay("724227 800577 5\n"); err != nil || d != 800577 {
		t.Errorf("a thread waited for %v, %v", d, err)
	}
	for _, wrong := range []string{"", "1 2", "1 x 2"} {
		if _, err := delay(wrong); err == nil {
			t.Errorf("%q is read", wrong)
		}
	}
}

// played is a run with an attack from the second to the fourth second.
func played(entries []crowd.Entry, counts []shop.Count) Result {
	c := Course{Calm: 2 * time.Second, Attack: 2 * time.Second, After: time.Second, Limit: 3 * time.Second}
	return c.sum("x", "b", measured{
		entries: entries, counts: counts, workers: 4, flood: flood.Report{Wanted: 2000, Made: 2000},
		samples: []sample{{0, Usage{0, 1, 0, 0}}, {time.Second / 2, Usage{time.Second, 5, 0, time.Second}}, {2 * time.Second, Usage{1300 * time.Millisecond, 7, 0, 2 * time.Second}}, {4 * time.Second, Usage{2700 * time.Millisecond, 3, 100 * time.Millisecond, 3500 * time.Millisecond}}},
	})
}

func TestTheCostOfAnAttackIsWhatVisitorsDoNotCost(t *testing.T) {
	r := played(nil, nil)
	// 0.2 cores before; 0.7 during, over 2 s and 2000 requests
	if d := r.PerKilo - 0.5; d < -1e-9 || d > 1e-9 || r.Memory != 7 {
		t.Errorf("1,000 requests cost %v CPU-seconds, memory %d; expected 0.5 and 7", r.PerKilo, r.Memory)
	}
}

func TestASiteIsRelievedWhenNobodyWaitsAnyMore(t *testing.T) {
	steps := func(waiting ...int) []shop.Count {
		list := make([]shop.Count, 20) // the time before
		for _, n := range waiting {
			list = append(list, shop.Count{Offered: 2, Waiting: n})
		}
		return list
	}
	long := make([]int, 20)
	for i := range long {
		long[i] = 9
	}
	for _, c := range []struct {
		name string
		was  []shop.Count
		want string
	}{
		{"nobody waited", steps(make([]int, 20)...), "0 s"},
		{"half a second", steps(append([]int{9, 9, 0, 0, 9}, make([]int, 15)...)...), "0 s"},
		{"to the end", steps(long...), "never"},
	} {
		r := played(nil, c.was)
		if got := back(r.Relieved); got != c.want || r.Offered != 40 {
			t.Errorf("%s: relieved after %v, %d offered; expected %v and 40", c.name, got, r.Offered, c.want)
		}
	}
	if r := played(nil, steps(append([]int{9, 9, 0, 0, 9}, make([]int, 15)...)...)); *r.Relieved != 500*time.Millisecond {
		t.Errorf("relieved after %v", *r.Relieved)
	}
}

func TestAnAttackThatWasNotMadeIsNoResult(t *testing.T) {
	c := Whole()
	if r := c.sum("x", "b", measured{flood: flood.Report{Wanted: 1000, Made: 800}}); !strings.Contains(r.Fault, "only 80 %") {
		t.Errorf("the fault is %q", r.Fault)
	}
	late := []crowd.Entry{{Page: true, Sent: 80 * time.Millisecond, Outcome: crowd.Answered}}
	if r := c.sum("x", NoAttack, measured{entries: late}); !strings.Contains(r.Fault, "80ms late") {
		t.Errorf("the fault is %q", r.Fault)
	}
}

func TestAResultOfManyRequestsLosesNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []crowd.Entry
		n := 0
		for range rapid.IntRange(0, 50).Draw(t, "requests") {
			e := crowd.Entry{Site: rapid.IntRange(0, 2).Draw(t, "site"), Due: time.Duration(rapid.IntRange(0, 4999).Draw(t, "due")) * time.Millisecond, Outcome: crowd.Answered}
			if e.Due < 4*time.Second {
				n++
			}
			list = append(list, e)
		}
		r := played(list, nil)
		if got := r.Attacked.Wanted + r.Others.Wanted + r.CalmAttacked.Wanted + r.CalmOthers.Wanted; got != n {
			t.Fatalf("a result counts %d of %d requests", got, n)
		}
	})
}

func TestATableSaysAllOnlyOfAll(t *testing.T) {
	for share, want := range map[float64]string{1: "100 %", 0.99999: "99.9 %", 0.5: "50 %", 0.00001: "0.1 %", 0: "0 %", 0.123: "12.3 %"} {
		if got := percent(share); got != want {
			t.Errorf("%v is shown as %s; expected %s", share, got, want)
		}
	}
}

func TestResultsAreLinesATableAndAPage(t *testing.T) {
	r := played([]crowd.Entry{{Due: 2500 * time.Millisecond, Page: true, Took: time.Millisecond, Outcome: crowd.Answered}}, nil)
	list := []Result{r, r}
	list[1].Contender = "<y>"
	var lines, page bytes.Buffer
	if err := WriteLines(&lines, list); err != nil {
		t.Fatal(err)
	}
	var again Result
	if err := json.NewDecoder(&lines).Decode(&again); err != nil || !reflect.DeepEqual(again, r) {
		t.Errorf("a line says %+v, %v; expected %+v", again, err, r)
	}
	if got := strings.Count(Table(list), "\n| b few addresses | "); got != 2 {
		t.Errorf("the table has %d rows", got)
	}
	if err := Page(&page, list); err != nil || strings.Contains(page.String(), "<y>") || strings.Count(page.String(), "<figure") != 2 {
		t.Errorf("the page, %v, is\n%s", err, page.String())
	}
}

func TestFilesOfContendersAreFilled(t *testing.T) {
	s := Setting{Dir: "/d", Sites: []Site{{Name: "a.test", Label: "a", Workers: 4}}}
	var commands []*Command
	for _, name := range Names() {
		switch k := Called(name, "evenkeel").(type) {
		case *Command:
			commands = append(commands, k)
		case *Built:
			commands = append(commands, k.Command)
		case *Chain:
			commands = append(commands, k.Commands...)
		}
	}
	for _, c := range commands {
		for name, text := range c.Files {
			got, err := filled(text, &s)
			if err != nil || name != "spoe.cfg" && !strings.Contains(got, "a.test") && !strings.Contains(got, "/d/") || strings.Contains(got, "{{") {
				t.Errorf("%s of %s: %v\n%s", name, c.Title, err, got)
			}
		}
	}
	if _, err := filled("{{.Nothing}}", &s); err == nil {
		t.Error("a field that there is none of is filled")
	}
}

func TestWhatCannotBeBuiltIsSaid(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if err := Caddy(t.TempDir()).Build(t.Context()); err == nil || !strings.Contains(err.Error(), "there is no go command") {
		t.Errorf("without a go command it says %v", err)
	}
}

func TestPagesOfRealBrowsersAreCountedOnce(t *testing.T) {
	var r Real
	r.note(true, time.Second/2, false, true)
	r.note(true, 2*time.Second, false, true)
	r.note(false, time.Second/2, false, true)
	r.note(false, time.Second/2, true, true)
	r.note(false, 2*time.Second, false, true)
	r.note(false, 0, true, false)
	if want := (Real{Calm: 1, Before: 2, Pages: 4, InTime: 1, Asked: 1, Late: 1, Never: 1}); r != want {
		t.Errorf("counted %+v; expected %+v", r, want)
	}
	table := Table([]Result{{Letter: "b", Attack: "few addresses", Contender: "x", Real: []Real{r}}})
	if !strings.Contains(table, "| b few addresses | x | without | 1 of 2 | 4 | 1 | 1 | 1 | 1 |") {
		t.Errorf("the table is\n%s", table)
	}
}

func TestARealBrowserFindsThePageOfASite(t *testing.T) {
	if _, err := os.Stat(Chromium); err != nil {
		t.Fatalf("there is no %s: apt-get install chromium, or let .ci/run install it", Chromium)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!DOCTYPE html><title>%s %s</title>", r.Host, r.URL.Path)
	}))
	server.StartTLS()
	defer server.Close()
	at := server.Listener.Addr().(*net.TCPAddr)
	b, err := launch(t.Context(), Chromium, "shop.bench.test", netip.MustParseAddr("127.0.0.1"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	host := fmt.Sprintf("shop.bench.test:%d", at.Port)
	if _, asked, there, err := b.load(t.Context(), host, "/a"); err != nil || asked || !there {
		t.Errorf("a page is there %v, asked %v, %v", there, asked, err)
	}
}

func TestPlotsAreWellFormedAndHaveEachContender(t *testing.T) {
	r := played([]crowd.Entry{{Due: 2500 * time.Millisecond, Page: true, Took: time.Millisecond, Outcome: crowd.Answered}}, nil)
	r.Stages = []Staged{{2 * time.Second, "filter"}, {3 * time.Second, "proof"}}
	list := []Result{r, r}
	list[1].Contender = "<y>"
	files := Plots(list)
	if len(files) != 3 || len(Plots(nil)) != 0 {
		t.Fatalf("there are %d files", len(files))
	}
	for name, text := range files {
		d := xml.NewDecoder(strings.NewReader(text))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, text)
			}
		}
		if !strings.Contains(text, "&lt;y&gt;") {
			t.Errorf("%s lacks a contender", name)
		}
	}
	if text := files["attack-b.svg"]; !strings.Contains(text, ">proof<") || strings.Count(text, "<polyline") != 2 {
		t.Errorf("the timeline is\n%s", text)
	}
}

func TestStagesAreReadFromTheLog(t *testing.T) {
	at, stage, ok := stageOf(`time=2026-11-29T01:43:22.5Z level=WARN msg=stage site=site0 tenant=t-site0 from=observe to=proof why="to=no more"`, "site0")
	if !ok || stage != "proof" || !at.Equal(time.Date(2026, 11, 29, 1, 43, 22, 5e8, time.UTC)) {
		t.Errorf("read %v %q %v", at, stage, ok)
	}
	for _, line := range []string{"", "time=x level=WARN msg=stage site=site0 to=proof", "time=2026-11-29T01:43:22Z level=WARN msg=stage site=site1 to=proof", "time=2026-11-29T01:43:22Z msg=ready site=site0 to=proof"} {
		if _, _, ok := stageOf(line, "site0"); ok {
			t.Errorf("%q is read", line)
		}
	}
}
