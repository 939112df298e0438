package convert

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/lab/feed"
	"pgregory.net/rapid"
)

// line is an event as a reader of JSON sees it.
type line struct {
	SpecVersion, ID, Source, Type string
	Time                          evenkeel.Moment
	Data                          map[string]any
}

func events(t testing.TB, text string) (out []line) {
	t.Helper()
	r := feed.New(feed.Options{Format: feed.FormatCloudEvents})
	if err := r.Read(t.Context(), strings.NewReader(text), "out", func(*evenkeel.Batch) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if s := r.Summary(); s.Malformed > 0 || int(s.Records) != strings.Count(text, "\n") {
		t.Errorf("replay reads %d events of %d lines: %v", s.Records, strings.Count(text, "\n"), s.Problems)
	}
	for l := range strings.Lines(text) {
		var e line
		if err := json.Unmarshal([]byte(l), &e); err != nil {
			t.Fatal(err)
		}
		if e.SpecVersion != "1.0" || e.Source != "evenkeel-convert" {
			t.Errorf("event %s: specversion %q, source %q", e.ID, e.SpecVersion, e.Source)
		}
		out = append(out, e)
	}
	return out
}

const arrivalLines = "300 g,|,g,|,b,m,|\n600 |\n1200 b,b,|,a\n"

func TestArrivals(t *testing.T) {
	start, err := evenkeel.ParseMoment("2017-01-01T00:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	opts := Options{Preset: "azure-v1-arrivals", Flavours: map[byte]int64{'g': 2, 'b': 4}}
	out, _, s, errs := convert(t, opts, file{"d/trace.txt", arrivalLines})
	if errs != nil || s.Events != 7 || s.Rows != 3 || s.Malformed != 0 || s.Lines != 7 {
		t.Fatalf("summary %+v, %v", s, errs)
	}
	var got []string
	before := evenkeel.Moment(0)
	for _, e := range events(t, out) {
		bin := int64(e.Time.Sub(start)-1) / int64(300*time.Second)
		got = append(got, fmt.Sprint(e.Data["tenant"], " ", e.Data["asset"], " ", e.Data["flavour"], " ", e.Data["vcpus"], " bin ", bin))
		if e.Type != "evenkeel.lifecycle.v1" || e.Data["action"] != "create" || e.ID != e.Data["asset"] ||
			e.Data["principal"] != "owner" || e.Data["region"] != "r1" {
			t.Errorf("event %+v", e)
		}
		if e.Time < before {
			t.Errorf("%s comes after %s", e.Time, before)
		}
		before = e.Time
	}
	slices.Sort(got)
	wantLines(t, got,
		"trace-1200-1 trace-1200-1-1 b 4 bin 3", "trace-1200-1 trace-1200-1-2 b 4 bin 3", "trace-1200-2 trace-1200-2-1 a <nil> bin 3",
		"trace-300-1 trace-300-1-1 g 2 bin 0", "trace-300-2 trace-300-2-1 g 2 bin 0",
		"trace-300-3 trace-300-3-1 b 4 bin 0", "trace-300-3 trace-300-3-2 m <nil> bin 0")

	again, _, _, _ := convert(t, opts, file{"d/trace.txt", arrivalLines})
	if again != out {
		t.Error("a second conversion gives other bytes")
	}
}

func TestArrivalsWithTheirTenants(t *testing.T) {
	_, inv, s, _ := convert(t, Options{
		Preset: "azure-v1-arrivals", Asset: "az", Shift: time.Hour,
		Inventory: &Inventory{Standing: evenkeel.StandingInvoiced, Since: When{Before: 400 * 24 * time.Hour}},
	}, file{"-", "300 g,|,b,m,|\n"})
	var got []string
	for _, e := range events(t, inv) {
		since, err := evenkeel.ParseMoment(e.Data["since"].(string))
		if err != nil || e.Time.Sub(since) != 400*24*time.Hour {
			t.Errorf("since %v at %s, %v", e.Data["since"], e.Time, err)
		}
		got = append(got, fmt.Sprint(e.Type, " ", e.ID, " ", e.Data["tenant"], " ", e.Data["standing"], " ", e.Data["paid_total"]))
	}
	wantLines(t, got, "evenkeel.tenant.v1 tenant-az-300-1 az-300-1 invoiced <nil>", "evenkeel.tenant.v1 tenant-az-300-2 az-300-2 invoiced <nil>")
	if s.Inventory != 2 {
		t.Errorf("summary %+v", s)
	}
}

func TestArrivalsDoNotSaySinceWhenTheirTenantsAreCustomers(t *testing.T) {
	_, inv, _, _ := convert(t, Options{Preset: "azure-v1-arrivals", Asset: "az", Inventory: &Inventory{}}, file{"-", "300 g,|\n"})
	for _, e := range events(t, inv) {
		if since, told := e.Data["since"]; told {
			t.Errorf("since %v; nobody told it", since)
		}
	}
}

func TestBadArrivals(t *testing.T) {
	_, _, s, errs := convert(t, Options{Preset: "azure-v1-arrivals"},
		file{"a", "300 g,|\nsoon g,|\n200 g,|\n600 gg,|\n900 g,1,|\n900 g,|\n-5 g\n"}, file{"b", "300 g\n"})
	var told []string
	for _, p := range s.Problems {
		told = append(told, p.String())
	}
	wantLines(t, told,
		`a:2: "soon": expected seconds since the start, such as 300 g,|,b,m,|`,
		"a:3: 200 seconds after 300; expected times that go forward",
		`a:4: "gg": expected a flavour's letter or |`,
		`a:5: "1": expected a flavour's letter or |`,
		`a:7: "-5": expected seconds since the start, such as 300 g,|,b,m,|`)
	if s.Events != 3 || errs != nil {
		t.Errorf("%d events, %v; want 3 of the good lines", s.Events, errs)
	}
}

func TestEveryArrivalStandsOnceInItsFiveMinutes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var in strings.Builder
		machines, seconds := 0, 0
		for range rapid.IntRange(1, 5).Draw(rt, "lines") {
			seconds += 300 * rapid.IntRange(1, 3).Draw(rt, "step")
			fmt.Fprint(&in, seconds, " ")
			for range rapid.IntRange(0, 5).Draw(rt, "batches") {
				n := rapid.IntRange(1, 40).Draw(rt, "machines")
				machines += n
				in.WriteString(strings.Repeat("c,", n) + "|,")
			}
			in.WriteByte('\n')
		}
		out, _, _, errs := convert(t, Options{Preset: "azure-v1-arrivals"}, file{"f", in.String()})
		ids := map[string]bool{}
		for _, e := range events(t, out) {
			var at, batch, n int64
			if _, err := fmt.Sscanf(e.ID, "f-%d-%d-%d", &at, &batch, &n); err != nil {
				rt.Fatal(err)
			}
			if ago := arrivalsEpoch.Add(time.Duration(at) * time.Second).Sub(e.Time); ago < 0 || ago >= 300*time.Second {
				rt.Fatalf("%s at %s, %s before its line", e.ID, e.Time, ago)
			}
			ids[e.ID] = true
		}
		if errs != nil || len(ids) != machines {
			rt.Fatalf("%d different machines, %v; want %d", len(ids), errs, machines)
		}
	})
}

func TestFlavoursInAnyPunctuation(t *testing.T) {
	got, err := ParseFlavours(strings.NewReader("# flavours <vCPU, memory>\na: <2, 3.5>\nb 4 7\n\"c\": [16, 112],\n(8, 14) -> d\n<0.5, 1>\te\nb 4 7\n"), "f")
	if want := "map[97:2 98:4 99:16 100:8 101:1]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("flavours %v, %v; want %s", got, err, want)
	}
	for in, want := range map[string]string{
		"":                "no line has a letter",
		"hello\n12\n":     "no line has a letter",
		"a 2\nb 0\n":      "f:2: 0 vCPUs; expected 1 to 4096",
		"a 2 1\n\na 4 1":  "f:3: flavour a has 4 vCPUs; an earlier line says 2",
		"a 99999999999 1": "expected 1 to 4096",
	} {
		if _, err := ParseFlavours(strings.NewReader(in), "f"); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%q: error %v; want %q", in, err, want)
		}
	}
}

func FuzzFlavours(f *testing.F) {
	f.Add("a: <2, 3.5>\n")
	f.Add("(8, 14) -> d")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseFlavours(strings.NewReader(text), "f")
		if (err == nil) != (len(got) > 0) {
			t.Fatalf("%v, %v", got, err)
		}
		for l, n := range got {
			if !isLetter(l) || n < 1 || n > 4096 {
				t.Fatalf("flavour %q has %d vCPUs", l, n)
			}
		}
	})
}
