package rota

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

// Parse reads a document. name stands in errors, each with line and column. After an error, which is
// of KindInvalid and has a line for each fault, there is no rota; faults of form come first and alone.
func Parse(name string, data []byte) (*Rota, error) {
	if len(data) > MaxDocument {
		return nil, evenkeel.Invalid("%s:1:1: the document has %d bytes, the limit is %d", name, len(data), MaxDocument)
	}
	var d document
	if err := strict.Decode(name, data, &d); err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Err: err, Hint: "docs/on-call.md shows a whole document"}
	}
	b := builder{file: name}
	r := b.rota(&d)
	if len(b.faults) > 0 {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Err: b.faults, Hint: "docs/on-call.md shows a whole document"}
	}
	sum := sha256.Sum256(data)
	r.digest = "sha256:" + hex.EncodeToString(sum[:])
	return r, nil
}

// maxFaults bounds how many faults are told at once.
const maxFaults = 20

// builder makes a rota of a document, and keeps what is wrong with it.
type builder struct {
	file    string
	faults  strict.Errors
	persons map[string]*person
	turns   map[string]*rotation
}

func (b *builder) fault(at strict.Text, hint, format string, args ...any) {
	if len(b.faults) < maxFaults {
		b.faults = append(b.faults, &strict.Error{File: b.file, Line: max(at.Line, 1), Column: max(at.Column, 1), Message: fmt.Sprintf(format, args...), Hint: hint})
	}
}

// most says whether there are no more than so many, and faults it otherwise.
func (b *builder) most(what string, n, most int) {
	if n > most {
		b.fault(strict.Text{}, "", "there are %d %s, the limit is %d", n, what, most)
	}
}

// zone reads the name of one; an empty name is another's zone.
func (b *builder) zone(t strict.Text, otherwise *time.Location) *time.Location {
	if t.Value == "" && t.Line == 0 {
		return otherwise
	}
	loc, hint := loadZone(t.Value)
	if loc == nil {
		b.fault(t, hint, "the time zone %.80q is not known", t.Value)
		return time.UTC
	}
	return loc
}

var dayWords = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// weekday reads mon to sun.
func (b *builder) weekday(t strict.Text, word string) (int, bool) {
	for i, w := range dayWords {
		if w == word {
			return i, true
		}
	}
	hint := "expected mon, tue, wed, thu, fri, sat or sun"
	if near := strict.Nearest(word, dayWords); near != "" {
		hint = "did you mean " + near + "?"
	}
	b.fault(t, hint, "%.40q is no day of the week", word)
	return 0, false
}

// days reads a list of days and ranges of days, such as "mon-fri, sun"; "daily" is all.
func (b *builder) days(t strict.Text) (days [7]bool) {
	if t.Value == "daily" {
		return [7]bool{true, true, true, true, true, true, true}
	}
	for part := range strings.SplitSeq(t.Value, ",") {
		first, last, ranged := strings.Cut(strings.TrimSpace(part), "-")
		i, ok := b.weekday(t, first)
		if !ok {
			return days
		}
		j := i
		if ranged {
			if j, ok = b.weekday(t, last); !ok {
				return days
			}
		}
		for ; ; i = (i + 1) % 7 { // sat-mon goes over the end of the week
			days[i] = true
			if i == j {
				break
			}
		}
	}
	return days
}

// clock reads a time of day.
func (b *builder) clock(t strict.Text) clock {
	if c, ok := parseClock(t.Value); ok {
		return c
	}
	b.fault(t, `expected such as "09:00", up to "24:00"`, "%.40q is no time of day", t.Value)
	return 0
}

func parseClock(s string) (clock, bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	h, err := strconv.ParseUint(s[:2], 10, 8)
	m, err2 := strconv.ParseUint(s[3:], 10, 8)
	c := clock(h*60 + m)
	return c, err == nil && err2 == nil && m < 60 && c <= wholeDay
}

// date reads a day.
func (b *builder) date(t strict.Text) day {
	d, err := time.Parse(time.DateOnly, t.Value)
	if err != nil || !plausible(d.Year()) {
		b.fault(t, "expected a date such as 2026-11-30", "%.40q is no date", t.Value)
		return 0
	}
	return dayOf(d.Date())
}

// plausible keeps what is written far from the ends of what a Moment can say.
func plausible(year int) bool { return year >= 1970 && year <= 2200 }

// moment reads a day, which is its first moment, a day with a time of day, both by the clocks of
// a zone, or RFC 3339.
func (b *builder) moment(t strict.Text, loc *time.Location) evenkeel.Moment {
	date, hour, timed := strings.Cut(t.Value, " ")
	if d, err := time.Parse(time.DateOnly, date); err == nil && plausible(d.Year()) {
		if !timed {
			return dayOf(d.Date()).moment(0, loc)
		}
		if c, ok := parseClock(hour); ok {
			return dayOf(d.Date()).moment(c, loc)
		}
	} else if at, err := time.Parse(time.RFC3339, t.Value); err == nil && plausible(at.Year()) {
		return evenkeel.MomentOf(at)
	}
	b.fault(t, "expected 2026-12-24, 2026-12-24 18:00 or 2026-12-24T18:00:00Z", "%.40q is no time", t.Value)
	return 0
}

// stretch reads an interval.
func (b *builder) stretch(from, until strict.Text, loc *time.Location) stretch {
	before := len(b.faults)
	s := stretch{b.moment(from, loc), b.moment(until, loc)}
	if len(b.faults) == before && s.from >= s.until {
		b.fault(until, "until is the first moment after it: for a single day write the next one", "it ends at %.40s, which is not after it begins", until.Value)
	}
	return s
}

// Moment reads a time as a document has it: a day, a day with a time of day, both by the clock at
// the desk, or RFC 3339.
func (r *Rota) Moment(text string) (evenkeel.Moment, error) {
	var b builder
	at := b.moment(strict.Text{Value: text}, r.loc)
	if len(b.faults) > 0 {
		return 0, evenkeel.Invalid("%s; %s", b.faults[0].Message, b.faults[0].Hint)
	}
	return at, nil
}
