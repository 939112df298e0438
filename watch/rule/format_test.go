package rule

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/ternary"
)

func TestFormatsWriteForPeople(t *testing.T) {
	d := func(f float64) ternary.Value { return ternary.Double(f) }
	n := ternary.Int
	cases := []struct {
		format string
		v      ternary.Value
		want   string
	}{
		{"percent", d(0.995), "99.5 %"}, {"percent", d(1), "100 %"}, {"percent", d(0), "0 %"}, {"percent", d(0.12345), "12.3 %"},
		{"percent", d(-0.00001), "0 %"}, {"percent", d(12.5), "1,250 %"},
		{"count", n(0), "0"}, {"count", n(999), "999"}, {"count", n(1000), "1,000"}, {"count", n(-1234567), "-1,234,567"},
		{"number", d(12.25), "12.25"}, {"number", d(12), "12"}, {"number", d(0.001234), "0.0012"}, {"number", d(12345.678), "12,345.68"},
		{"number", n(-5000), "-5,000"},
		{"bytes", n(0), "0 bytes"}, {"bytes", n(1023), "1,023 bytes"}, {"bytes", n(1536), "1.5 KiB"}, {"bytes", d(50 * 1024), "50 KiB"},
		{"bytes", n(150 << 20), "150 MiB"}, {"bytes", n(5 << 40), "5 TiB"}, {"bytes", n(1<<63 - 1), "8 EiB"},
		{"duration", ternary.Duration(0), "0 seconds"}, {"duration", ternary.Duration(time.Millisecond), "less than a second"},
		{"duration", ternary.Duration(time.Second), "1 second"}, {"duration", ternary.Duration(20 * time.Minute), "20 minutes"},
		{"duration", ternary.Duration(25 * time.Hour), "1 day 1 hour"}, {"duration", ternary.Duration(24*time.Hour + time.Minute), "1 day"},
		{"duration", ternary.Duration(-90 * time.Second), "-1 minute 30 seconds"},
		{"duration", ternary.Duration(-1 << 63), "-106,751 days 23 hours"},
		{"milliseconds", n(0), "0 seconds"}, {"milliseconds", n(-5), "0 seconds"}, {"milliseconds", n(4), "0.004 seconds"}, {"milliseconds", n(42), "0.04 seconds"},
		{"milliseconds", n(300), "0.3 seconds"}, {"milliseconds", n(1000), "1 second"}, {"milliseconds", n(1600), "1.6 seconds"}, {"milliseconds", n(9949), "9.9 seconds"},
		{"milliseconds", n(9950), "10 seconds"}, {"milliseconds", n(59600), "1 minute"}, {"milliseconds", n(1210000), "20 minutes 10 seconds"},
		{"milliseconds", d(2.5), "0.003 seconds"}, {"milliseconds", d(1e300), thousands(strconv.FormatFloat(1e297, 'f', 0, 64)) + " seconds"},
		{"ago", ternary.Duration(0), "just now"}, {"ago", ternary.Duration(999 * time.Millisecond), "just now"}, {"ago", ternary.Duration(-time.Hour), "just now"},
		{"ago", ternary.Duration(time.Second), "1 second ago"}, {"ago", ternary.Duration(125 * time.Minute), "2 hours 5 minutes ago"},
		{"count report", n(1), "1 report"}, {"count report", n(0), "0 reports"}, {"count flow record", n(12500), "12,500 flow records"},
	}
	tried := map[string]bool{}
	for _, c := range cases {
		write, says, _ := writerOf(c.v.Type(), c.format, true)
		if says != "" {
			t.Errorf("%s of %v: %s", c.format, c.v, says)
			continue
		}
		if got := write(c.v); got != c.want {
			t.Errorf("%s of %v: %q, want %q", c.format, c.v, got, c.want)
		}
		tried[c.format] = true
	}
	for _, f := range formats {
		if !tried[f.name] {
			t.Errorf("format %s was not tried", f.name)
		}
	}
}

func TestTemplatesFillTheirHoles(t *testing.T) {
	vars := map[string]struct {
		typ  ternary.Type
		slot int
	}{"w.mean": {ternary.DoubleType, 0}, "w.distinct": {ternary.IntType, 1}, "asset.image": {ternary.StringType, 2}, "w.seen": {ternary.BoolType, 3}}
	find := func(name string) (ternary.Type, ternary.Value, bool) {
		if name == "w.for" {
			return ternary.DurationType, ternary.Duration(20 * time.Minute), true
		}
		v, ok := vars[name]
		return v.typ, ternary.Value{}, ok
	}
	known := []ternary.Value{ternary.Double(0.5), ternary.Int(7), ternary.String("debian"), ternary.Bool(true)}
	cases := []struct {
		name, src, want string
		slots           []ternary.Value
	}{
		{"plain text", "no holes", "no holes", known},
		{"braces are doubled", "{{{w.mean}}}", "{0.5}", known},
		{"a constant is written at once", "over {w.for}", "over 20 minutes", known},
		{"each type has a usual format", "{w.mean} {w.distinct} {asset.image} {w.seen}", "0.5 7 debian yes", known},
		{"a full count of distinct values is a lower bound", "{w.distinct} remotes", "at least 15 remotes",
			[]ternary.Value{{}, ternary.Int(15), {}, {}}},
		{"what is unknown says why", "image {asset.image}", "image unknown (not told)", []ternary.Value{{}, {}, ternary.Unknown("not told"), {}}},
		{"text from outside is cut and has no control characters", "{asset.image}", "a\ufffdb" + strings.Repeat("c", 77) + "…",
			[]ternary.Value{{}, {}, ternary.String("a\nb" + strings.Repeat("c", 200)), {}}},
		{"an empty hole is no name", "{}", "", nil},
		{"blanks are not cut", "{ w.mean }", "", nil},
		{"what is counted is a noun", "{w.distinct:count flow record}", "at least 15 flow records", []ternary.Value{{}, ternary.Int(15), {}, {}}},
		{"and nothing else", "{w.distinct:count <b>}", "", nil},
		{"nor is a mean counted", "{w.mean:count flow record}", "", nil},
	}
	for _, c := range cases {
		tmpl, flaws := parseTemplate(c.src, find, func(string) string { return "" })
		if c.slots == nil {
			if len(flaws) == 0 {
				t.Errorf("%s: no fault", c.name)
			}
			continue
		}
		if len(flaws) > 0 {
			t.Errorf("%s: %v", c.name, flaws)
			continue
		}
		for i := range tmpl.parts {
			if tmpl.parts[i].name == "w.distinct" {
				tmpl.parts[i].most = 15
			}
		}
		tmpl.bind(func(name string) int { return vars[name].slot })
		if got := tmpl.render(c.slots); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestKnownIsFoundOnlyWhereItIsCalled(t *testing.T) {
	for src, want := range map[string]bool{
		"known(x)": true, "a && known (x)": true, "!known(\n x)": true, `s == "'" && known(x)`: true, `s == r"\" && known(x)`: true,
		`s == "\"" && known(x)`: true, "// don't\nknown(x)": true, `s == """a"b""" && known(x)`: true,
		`s == "known(x)"`: false, "unknown(x)": false, "w.known > 3": false, "a // known(x)": false, "known_bad > (3)": false,
		`s == 'it\'s known(x)'`: false,
	} {
		if got := asksKnown(src); got != want {
			t.Errorf("%s: %v", src, got)
		}
	}
}
