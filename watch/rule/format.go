package rule

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// format says how a template writes a known value.
type format struct {
	name  string
	takes []ternary.Type
	about string
	write func(ternary.Value) string
}

var (
	numbers   = []ternary.Type{ternary.DoubleType, ternary.IntType}
	durations = []ternary.Type{ternary.DurationType}
)

// formats is the one table of formats: those that a template may name, and after them those that
// stand for a type without a name.
var formats = []format{
	{"percent", []ternary.Type{ternary.DoubleType}, "a fraction in hundredths: 0.995 is written 99.5 %",
		func(v ternary.Value) string { return percent(number(v)) }},
	{"duration", durations, "the two largest units: 2 hours 5 minutes",
		func(v ternary.Value) string { d, _ := v.Duration(); return span(d) }},
	{"milliseconds", numbers, "a number of milliseconds as a time: 0.3 seconds, 5.9 seconds, 20 minutes 10 seconds",
		func(v ternary.Value) string { return ofMilliseconds(number(v)) }},
	{"ago", durations, "how long before: 2 hours 5 minutes ago, or just now",
		func(v ternary.Value) string { d, _ := v.Duration(); return ago(d) }},
	{"bytes", numbers, "units of 1,024: 1.5 GiB", func(v ternary.Value) string { return ofBytes(number(v)) }},
	{"count", []ternary.Type{ternary.IntType}, "a whole number: 12,500; `count` and a noun, as in `{x:count flow record}`: 1 flow record, 2 flow records",
		func(v ternary.Value) string { n, _ := v.Int(); return thousands(strconv.FormatInt(n, 10)) }},
	{"number", numbers, "up to two decimals: 12.25", func(v ternary.Value) string { return plain(number(v)) }},
}

// unnamed are the formats of types that have only one.
var unnamed = map[ternary.Type]func(ternary.Value) string{
	ternary.StringType: func(v ternary.Value) string { s, _ := v.Text(); return quiet(s) },
	ternary.BoolType: func(v ternary.Value) string {
		if b, _ := v.Bool(); b {
			return "yes"
		}
		return "no"
	},
}

// usual names the format of a type where the template names none.
var usual = map[ternary.Type]string{
	ternary.DoubleType: "number", ternary.IntType: "count", ternary.DurationType: "duration",
}

// number is the value as a number: a duration in seconds, true as 1.
func number(v ternary.Value) float64 {
	switch v.Type() {
	case ternary.IntType:
		n, _ := v.Int()
		return float64(n)
	case ternary.DoubleType:
		f, _ := v.Double()
		return f
	case ternary.DurationType:
		d, _ := v.Duration()
		return float64(d) / float64(time.Second)
	case ternary.BoolType:
		if b, _ := v.Bool(); b {
			return 1
		}
	}
	return 0
}

func percent(f float64) string { return decimals(float64(f*100), 1) + " %" }

// plain keeps two decimals, or two digits of what is smaller than a hundredth.
func plain(f float64) string {
	if a := math.Abs(f); a > 0 && a < 0.01 {
		return strconv.FormatFloat(f, 'g', 2, 64)
	}
	return decimals(f, 2)
}

// decimals writes at most so many decimals, without zeros at the end, and groups thousands.
func decimals(f float64, most int) string {
	s := strconv.FormatFloat(f, 'f', most, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		s = "0"
	}
	return thousands(s)
}

// thousands puts commas into the whole part of a decimal.
func thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, rest, dot := strings.Cut(s, ".")
	var b strings.Builder
	b.WriteString(sign)
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if dot {
		b.WriteString("." + rest)
	}
	return b.String()
}

// ofBytes writes three digits or so in units of 1,024.
func ofBytes(f float64) string {
	if math.Abs(f) < 1024 {
		return decimals(f, 0) + " bytes"
	}
	units := []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	f /= 1024
	for math.Abs(f) >= 1024 && len(units) > 1 {
		f, units = f/1024, units[1:]
	}
	switch a := math.Abs(f); {
	case a < 10:
		return decimals(f, 2) + " " + units[0]
	case a < 100:
		return decimals(f, 1) + " " + units[0]
	}
	return decimals(f, 0) + " " + units[0]
}

// ofMilliseconds writes a number of milliseconds as people say a time: one digit or two of a second, whole seconds from ten on, and from a
// minute on as span does. What is not above nothing is 0 seconds.
func ofMilliseconds(f float64) string {
	s := f / 1000
	switch {
	case !(f > 0):
		return "0 seconds"
	case s < 0.01:
		return decimals(s, 3) + " seconds"
	case s < 0.1:
		return decimals(s, 2) + " seconds"
	case s < 0.95, s >= 1.05 && s < 9.95:
		return decimals(s, 1) + " seconds"
	case s < float64(math.MaxInt64/time.Second):
		return span(time.Duration(s+0.5) * time.Second)
	}
	return decimals(s, 0) + " seconds"
}

// span writes the two largest units of a duration that are next to each other, cut and not rounded.
func span(d time.Duration) string {
	if d < 0 {
		if d == math.MinInt64 {
			d++
		}
		return "-" + span(-d)
	}
	units := []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}}
	for i, u := range units {
		n := d / u.of
		if n == 0 {
			continue
		}
		out := plural(int64(n), u.name)
		if i+1 < len(units) {
			if m := d % u.of / units[i+1].of; m > 0 {
				out += " " + plural(int64(m), units[i+1].name)
			}
		}
		return out
	}
	if d == 0 {
		return "0 seconds"
	}
	return "less than a second"
}

// ago says how long before the finding something was. What is under a second is not told apart from it.
func ago(d time.Duration) string {
	if d < time.Second {
		return "just now"
	}
	return span(d) + " ago"
}

func plural(n int64, name string) string {
	s := thousands(strconv.FormatInt(n, 10)) + " " + name
	if n != 1 {
		s += "s"
	}
	return s
}

// mostText is how many characters of a text from telemetry stand in a sentence.
const mostText = 80

// quiet makes a text from telemetry fit for a sentence: no control or invisible characters, and not
// too long.
func quiet(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > mostText {
			b.WriteRune('…')
			break
		}
		if !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
	}
	return b.String()
}
