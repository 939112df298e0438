package plot

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

// Number writes a value in its unit, as short as it can be read: 99.8 %, 1.5 GiB, 2 h. What is not
// known is "".
func Number(v float64, unit string) string {
	switch {
	case !known(v):
		return ""
	case unit == "fraction":
		return short(v*100) + " %"
	case unit == "bytes":
		of, name := bytesUnit(math.Abs(v))
		return short(v/of) + " " + name
	case unit == "s":
		of, name := timeUnit(math.Abs(v))
		return short(v/of) + " " + name
	}
	return short(v)
}

// bytesUnit is the unit that a number of bytes is written in.
func bytesUnit(v float64) (of float64, name string) {
	of, name = 1, "B"
	for _, n := range [...]string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"} {
		if v < of*1024 {
			break
		}
		of, name = of*1024, n
	}
	return of, name
}

// timeUnit is the unit that a number of seconds is written in.
func timeUnit(v float64) (of float64, name string) {
	switch {
	case v >= 2*day:
		return day, "d"
	case v >= 2*3600:
		return 3600, "h"
	case v >= 120:
		return 60, "min"
	}
	return 1, "s"
}

// short writes a number with four digits that count, and more where they stand before the point.
func short(v float64) string {
	a := math.Abs(v)
	switch {
	case a >= 1e15, a > 0 && a < 1e-4:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 1000:
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	}
	s := strconv.FormatFloat(v, 'f', decimals(a), 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

func decimals(a float64) int {
	switch {
	case a >= 100:
		return 1
	case a >= 10:
		return 2
	case a >= 1:
		return 3
	}
	return 5
}

// grouped puts a narrow blank between thousands.
func grouped(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	var b strings.Builder
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteRune('\u202f')
		}
		b.WriteRune(r)
	}
	return sign + b.String()
}

// label is a text from outside on one line, cut to what fits.
func label(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		if n == maxText {
			b.WriteRune('…')
			break
		}
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), r == '\ufffe', r == '\uffff':
			r = '\ufffd'
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}

// ident keeps of a text what an id may have.
func ident(s string) string {
	kept := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s)
	return "plot-" + kept[:min(len(kept), 64)]
}
