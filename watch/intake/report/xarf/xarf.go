package xarf

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/report"
	"github.com/evenkeel/evenkeel/watch/intake/report/internal/shape"
)

// Faults is the cause of an error of Read: everything that is wrong, each with its place.
type Faults = shape.Faults

// Bounds of one document. XARF v4 allows 15 MB of evidence, which is 20 MB in base64.
const (
	MaxBytes      = 22 << 20
	maxDepth      = 16
	maxValues     = 20_000
	maxItemBytes  = 5 << 20
	maxTotalBytes = 15 << 20
)

// Read reads one report of any version. Times are kept as they were told; whether they are
// plausible is asked where the clock is.
func Read(doc []byte) (*report.Report, error) {
	var f Faults
	v, err := shape.Parse(doc, shape.Bounds{Bytes: MaxBytes, Depth: maxDepth, Values: maxValues}, &f)
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read XARF report", Err: err,
			Hint: "send one report of XARF as one JSON object"}
	}
	r := dispatch(v, &f)
	if len(f.List) > 0 {
		f.Sort()
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read XARF report", Err: &f,
			Hint: "mend what is named; the schemas of XARF v4 are at github.com/xarf/xarf-spec"}
	}
	r.Settle()
	return r, nil
}

func dispatch(v any, f *Faults) *report.Report {
	m, ok := v.(map[string]any)
	if !ok {
		f.Add("", "is no object; expected one report of XARF")
		return nil
	}
	if _, four := m["xarf_version"]; four {
		return readFour(m, f)
	}
	if m["Version"] != nil || m["ReporterInfo"] != nil || m["Report"] != nil {
		return readThree(m, f)
	}
	f.Add("/xarf_version", "is missing; expected 4.x.y (or Version, of XARF v1 to v3)")
	return nil
}

// momentOf reads a time that a shape has checked.
func momentOf(s string) evenkeel.Moment {
	m, _ := evenkeel.ParseMoment(upper(s)) // what is no time was a fault already
	return m
}

// upper allows the small t and z of RFC 3339.
func upper(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == 't' || b[i] == 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}
