package sheet

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Words are what numbers need of a language.
type Words struct {
	Unknown string                     // of a reading that is not known
	Beyond  string                     // of one that is infinite
	Length  func(time.Duration) string // of a length of time of a second or more
}

var words = Words{Unknown: "unknown", Beyond: "beyond measure", Length: Length}

// Number writes a reading in English: see Words.Number.
func Number(r evenkeel.Reading, unit string) string { return words.Number(r, unit) }

// Number writes a reading with its unit, as precisely as it can be read: at most four digits that
// count and thousands apart, hundredths with one decimal, lengths of time in whole units, bytes
// in units of 1,024. Not known is never zero. Units are "s", "fraction", "bytes", "1" or "" for a
// plain number, and any other, which is written behind it.
func (w *Words) Number(r evenkeel.Reading, unit string) string {
	v := r.Value
	switch {
	case !r.Known || math.IsNaN(v):
		return w.Unknown
	case math.IsInf(v, 0):
		return w.Beyond
	case unit == "s" && v >= 1 && v < 1e9:
		return w.Length(time.Duration(v * float64(time.Second)))
	case unit == "fraction" && math.Abs(v) < 1e6:
		return percent(v) + "\u00a0%"
	case unit == "bytes":
		return binary(v)
	case unit == "" || unit == "1" || unit == "fraction":
		return counted(v)
	}
	return counted(v) + "\u00a0" + unit
}

// percent writes a fraction in hundredths with one decimal, and with more where it would be said
// to be all or nothing and is not quite.
func percent(v float64) string {
	for digits := 1; ; digits++ {
		s := strconv.FormatFloat(v*100, 'f', digits, 64)
		r, _ := strconv.ParseFloat(s, 64)
		if digits == 4 || v == 0 || v == 1 || r != 0 && r != 100 {
			return apart(strings.TrimSuffix(strings.TrimRight(s, "0"), "."))
		}
	}
}

// binary writes a number of bytes in the largest unit of which it has one.
func binary(v float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	for len(units) > 1 && math.Abs(v) >= 1024 {
		v, units = v/1024, units[1:]
	}
	return counted(v) + "\u00a0" + units[0]
}

// counted writes a number with four digits that count, or all before the point.
func counted(v float64) string {
	if math.Abs(v) >= 1e15 || v != 0 && math.Abs(v) < 1e-6 {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	return apart(strconv.FormatFloat(rounded(v), 'f', -1, 64))
}

// rounded keeps four digits after which nothing counts, and all before the point.
func rounded(v float64) float64 {
	if v == 0 || math.Abs(v) >= 1e4 {
		return math.Round(v)
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

// apart puts a narrow space between thousands where there are five digits or more.
func apart(s string) string {
	whole, rest, _ := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	if len(whole) >= 5 {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "\u202f" + whole[i:]
		}
	}
	if rest != "" {
		whole += "." + rest
	}
	return sign + whole
}
