package plot_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/plot"
	"pgregory.net/rapid"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

var start = time.Date(2019, 5, 29, 11, 58, 0, 0, time.UTC)

var unknown = math.NaN()

func minutes(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }

// pinned is what the mining rule draws: a machine that becomes busy, and five minutes of which
// nothing is known.
func pinned() plot.Chart {
	values := []float64{
		0.31, 0.28, 0.35, 0.62, 0.97, 0.998, 0.999, unknown, unknown, unknown, unknown, unknown, 0.999, 1, 0.999, 0.998, 1, 1, 0.999, 1,
	}
	return plot.Chart{
		ID: "f-1", Title: "vm-1: share of the CPU in use",
		Series: []plot.Series{{Name: "cpu", Unit: "fraction", From: start, Step: time.Minute, Values: values}},
		Bands:  []plot.Band{{From: minutes(4), Until: minutes(20), Label: "looked at"}},
		Lines:  []plot.Line{{At: 0.995, Unit: "fraction", Label: "threshold"}},
	}
}

func charts() map[string]plot.Chart {
	units := pinned()
	units.ID, units.Title = "f-2", "vm-1: CPU and network"
	units.Series = append(units.Series,
		plot.Series{Name: "network", Unit: "bytes", From: start, Step: 10 * time.Minute, Values: []float64{3.2e6, 81e6}},
		plot.Series{Name: "neighbour", Unit: "fraction", From: start, Step: 5 * time.Minute, Values: []float64{0.2, 0.25, 0.2, 0.3}})
	month := plot.Chart{ID: "month", Title: "a month of hours, 忙碌", Words: plot.Words{
		Data: "数据表", Time: "时间 (UTC)", Unknown: "未知", Lowest: "最低", Highest: "最高", Gaps: "斜线：未知。", None: "没有已知的数值。",
	}}
	hours := plot.Series{Name: "requests", Unit: "", From: start, Step: time.Hour}
	for i := range 720 {
		v := 900 + 800*float64((i%24)*(24-i%24))/144
		if i/24 == 11 {
			v = unknown
		}
		hours.Values = append(hours.Values, v)
	}
	month.Series = []plot.Series{hours}
	return map[string]plot.Chart{
		"pinned": pinned(), "units": units, "month": month,
		"nothing": {ID: "none", Title: "vm-2", Series: []plot.Series{{Name: "cpu", From: start, Step: time.Minute, Values: []float64{unknown, math.Inf(1)}}}},
	}
}

func TestChartsAreDrawnAsInTheGoldenFiles(t *testing.T) {
	for name, c := range charts() {
		t.Run(name, func(t *testing.T) {
			got := string(plot.Draw(c))
			file := filepath.Join("testdata", name+".html")
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the figure is\n%s\nexpected\n%s", got, want)
			}
		})
	}
}

// paths returns the d of all traces.
func paths(html string) []string {
	var out []string
	for _, part := range strings.Split(html, ` d="`)[1:] {
		d, _, _ := strings.Cut(part, `"`)
		out = append(out, d)
	}
	return out
}

func TestWhatIsNotKnownIsAGapAndNeverZero(t *testing.T) {
	one := func(values ...float64) string {
		return string(plot.Draw(plot.Chart{Series: []plot.Series{{Name: "x", Unit: "fraction", From: start, Step: time.Minute, Values: values}}}))
	}
	gap, zero := one(1, unknown, 1), one(1, 0, 1)
	if d := paths(gap)[0]; strings.Count(d, "M") != 2 {
		t.Errorf("the trace is %s; expected two pieces with a gap between them", d)
	}
	if d := paths(zero)[0]; strings.Count(d, "M") != 1 {
		t.Errorf("the trace is %s; expected one piece down to zero", d)
	}
	if !strings.Contains(gap, "<td>not known</td>") || strings.Contains(gap, "<td>0 %</td>") || !strings.Contains(gap, "plot-gap") {
		t.Errorf("the gap is not told as one: %s", gap)
	}
	if !strings.Contains(zero, "<td>0 %</td>") || strings.Contains(zero, "plot-gap") {
		t.Errorf("zero is not told as zero: %s", zero)
	}
}

func TestASeriesOfWhichNothingIsKnownIsToldAndNotDrawn(t *testing.T) {
	c := pinned()
	c.Series = append(c.Series, plot.Series{Name: "network", Unit: "bytes", From: start.Add(-time.Hour), Step: time.Minute, Values: []float64{unknown, math.Inf(1)}})
	got, alone := string(plot.Draw(c)), string(plot.Draw(pinned()))
	if want := `<br/><span class="plot-quiet">network: No value is known.</span></figcaption>`; !strings.Contains(got, want) || strings.Replace(got, want, "</figcaption>", 1) != alone {
		t.Errorf("the figure is\n%s\nexpected that without the network, which is told", got)
	}
}

func TestATraceIsDrawnOverItsLevel(t *testing.T) {
	html := string(plot.Draw(pinned()))
	level, trace, name := strings.Index(html, `class="plot-mark"`), strings.Index(html, `class="plot-line"`), strings.Index(html, `class="plot-label"`)
	if level < 0 || trace < level || name < trace {
		t.Errorf("the level is at %d, the trace at %d and the level's name at %d; expected this order", level, trace, name)
	}
}

func TestALineIsDrawnOnlyWhereItsUnitFits(t *testing.T) {
	c := pinned()
	c.Lines = []plot.Line{{At: 0.5, Unit: "fraction", Label: "half"}, {At: 7 * 86400, Unit: "s", Label: "a week"}, {At: unknown, Unit: "fraction", Label: "no level"}}
	html := string(plot.Draw(c))
	if n := strings.Count(html, `class="plot-mark"`); n != 1 {
		t.Errorf("%d lines are drawn; expected that of the unit alone", n)
	}
	if !strings.Contains(html, ">half 50 %</text>") {
		t.Error("the line does not say its level")
	}
}

func TestATextFromOutsideBecomesNoMarkup(t *testing.T) {
	const hostile = `</title><script>x</script>"'&` + "\u202e\x00"
	c := pinned()
	c.ID, c.Title, c.Series[0].Name, c.Bands[0].Label, c.Lines[0].Label = `"><b>`, hostile, hostile, hostile, hostile
	c.Words = plot.Words{Data: hostile, Time: hostile, Unknown: hostile, Gaps: hostile, Lowest: hostile, Highest: hostile}
	html := string(plot.Draw(c))
	for _, bad := range []string{"<script", "<b>", "\u202e", "\x00"} {
		if strings.Contains(html, bad) {
			t.Errorf("%q stands in the figure", bad)
		}
	}
	wellFormed(t, html)
}

// wellFormed wants the figure to be XML too, which no element left open is.
func wellFormed(t interface{ Fatalf(string, ...any) }, html string) {
	d := xml.NewDecoder(strings.NewReader(html))
	for {
		_, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("the figure is not well-formed: %v in %s", err, html)
		}
	}
}

func TestThePictureHasAPlaceInTheAccessibilityTree(t *testing.T) {
	html := string(plot.Draw(pinned()))
	for _, part := range []string{
		`role="img"`, `aria-labelledby="plot-f-1-title plot-f-1-desc"`, `<title id="plot-f-1-title">vm-1: share of the CPU in use</title>`,
		`lowest 28 %, highest 100 %, not known 5/20`, `<details>`, `<th scope="row">2019-05-29 11:58</th><td>31 %</td>`,
	} {
		if !strings.Contains(html, part) {
			t.Errorf("%s is not in the figure", part)
		}
	}
}

// The picture of a million values has the same bounds as that of a thousand, and shows the one
// value that stands out.
func TestManyValuesAreThinnedAndTheHighestStays(t *testing.T) {
	s := plot.Series{Name: "x", Unit: "bytes", From: start, Step: time.Second, Values: make([]float64, 1_000_000)}
	for i := range s.Values {
		s.Values[i] = 1024
	}
	s.Values[654_321] = 1 << 30
	html := string(plot.Draw(plot.Chart{Series: []plot.Series{s}}))
	if !strings.Contains(html, "<td>1 GiB</td>") {
		t.Error("the highest value is lost")
	}
	d := paths(html)[0]
	if n := strings.Count(d, "L") + strings.Count(d, "M"); n > plot.MaxPoints+1 {
		t.Errorf("%d points; expected at most %d", n, plot.MaxPoints)
	}
	if len(html) > 64<<10 {
		t.Errorf("%d bytes; expected at most 64 KiB for one series", len(html))
	}
}

var hard = []float64{unknown, math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 0, math.Copysign(0, -1), 1, 0.995, -3, 1e-9, 1e18}

// Whatever the values are, the picture is well-formed, bounded, the same again, and has no
// number in it that is none.
func TestAnyChartGivesABoundedPicture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.SampledFrom(hard), rapid.Float64())
		when := rapid.Map(rapid.Int64(), func(s int64) time.Time { return time.Unix(s%(1<<40), 0) })
		c := plot.Chart{ID: rapid.String().Draw(t, "id"), Title: rapid.String().Draw(t, "title")}
		for range rapid.IntRange(0, 4).Draw(t, "series") {
			c.Series = append(c.Series, plot.Series{
				Name: rapid.String().Draw(t, "name"), Unit: rapid.SampledFrom([]string{"", "fraction", "bytes", "s", "events"}).Draw(t, "unit"),
				From: when.Draw(t, "from"), Step: time.Duration(rapid.Int64().Draw(t, "step")), Values: rapid.SliceOfN(value, 0, 400).Draw(t, "values"),
			})
		}
		for range rapid.IntRange(0, 2).Draw(t, "bands") {
			c.Bands = append(c.Bands, plot.Band{From: when.Draw(t, "from"), Until: when.Draw(t, "until"), Label: rapid.String().Draw(t, "label")})
			c.Lines = append(c.Lines, plot.Line{At: value.Draw(t, "at"), Unit: "fraction", Label: rapid.String().Draw(t, "label")})
		}
		checkPicture(t, c)
	})
}

func checkPicture(t interface{ Fatalf(string, ...any) }, c plot.Chart) {
	html := string(plot.Draw(c))
	if again := string(plot.Draw(c)); again != html {
		t.Fatalf("drawn twice it differs")
	}
	wellFormed(t, html)
	if len(html) > 512<<10 {
		t.Fatalf("%d bytes", len(html))
	}
	for _, d := range paths(html) {
		for _, n := range strings.FieldsFunc(d, func(r rune) bool { return r == 'M' || r == 'L' || r == ' ' }) {
			v, err := strconv.ParseFloat(n, 64)
			if err != nil || !(v >= 0 && v <= 2000) {
				t.Fatalf("%q is no place in the picture", n)
			}
		}
	}
}

func FuzzDraw(f *testing.F) {
	f.Add("f-1", "cpu", "fraction", int64(1559131080), int64(time.Minute), []byte{1, 2, 255, 0}, 0.995)
	f.Add("", "\xff<", "s", int64(-1<<40), int64(1), []byte{9}, math.Inf(-1))
	f.Fuzz(func(t *testing.T, id, name, unit string, from, step int64, raw []byte, level float64) {
		s := plot.Series{Name: name, Unit: unit, From: time.Unix(from, 0), Step: time.Duration(step)}
		for _, b := range raw[:min(len(raw), 2000)] {
			if int(b) < len(hard) {
				s.Values = append(s.Values, hard[b])
			} else {
				s.Values = append(s.Values, float64(b)*level)
			}
		}
		checkPicture(t, plot.Chart{
			ID: id, Title: name, Series: []plot.Series{s}, Bands: []plot.Band{{From: time.Unix(from, 0), Until: time.Unix(step, 0), Label: name}},
			Lines: []plot.Line{{At: level, Unit: unit, Label: name}},
		})
	})
}

func TestNumbersAreShort(t *testing.T) {
	for _, c := range []struct {
		v    float64
		unit string
		want string
	}{
		{0.9975, "fraction", "99.75 %"}, {1, "fraction", "100 %"}, {0, "fraction", "0 %"}, {1536, "bytes", "1.5 KiB"}, {0, "bytes", "0 B"},
		{1 << 50, "bytes", "1 PiB"}, {90, "s", "90 s"}, {7200, "s", "2 h"}, {604800, "s", "7 d"}, {12, "events", "12"}, {1234567, "", "1\u202f234\u202f567"},
		{-1234, "", "-1\u202f234"}, {0.00001, "", "1e-05"}, {1e18, "", "1e+18"}, {unknown, "", ""}, {math.Inf(1), "s", ""}, {0.2, "", "0.2"},
	} {
		if got := plot.Number(c.v, c.unit); got != c.want {
			t.Errorf("%g in %q is %q; expected %q", c.v, c.unit, got, c.want)
		}
	}
}

func TestTheStyleKnowsLightAndDark(t *testing.T) {
	if !bytes.Contains([]byte(plot.Style), []byte("prefers-color-scheme:dark")) {
		t.Error("the style has no dark colours")
	}
}

func BenchmarkDraw(b *testing.B) {
	c := pinned()
	b.ReportAllocs()
	for b.Loop() {
		plot.Draw(c)
	}
}
