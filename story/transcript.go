package story

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch"
)

// indent is the width of the column of times, word that of the words behind it.
const (
	indent = "          "
	word   = 9
)

// transcript writes what happened, as a person reads it.
func transcript(p *player) string {
	w := writer{}
	for _, g := range fold(p.told) {
		w.group(g)
	}
	w.summary(p.told, p.tally())
	w.judged(p.desk)
	return w.b.String()
}

type writer struct {
	b    strings.Builder
	day  string
	told []Told // the rows that were written, for who is shown them
}

// time begins a line with the time of day, below the date where that changed.
func (w *writer) time(at evenkeel.Moment) {
	t := at.Time()
	if day := t.Format(time.DateOnly); day != w.day {
		w.day = day
		w.b.WriteString(day + "\n")
	}
	w.b.WriteString(t.Format(time.TimeOnly) + "  ")
}

// row writes a word and what follows it.
func (w *writer) row(head, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.told = append(w.told, Told{head, text})
	fmt.Fprintf(&w.b, "%-*s%s\n", word, head, text)
}

// more is a row below the first one of a block.
func (w *writer) more(head, format string, args ...any) {
	w.b.WriteString(indent)
	w.row(head, format, args...)
}

var heads = [...]string{eventNote: "note", eventFinding: "finding", eventHeld: "held", eventAttributed: "whose", eventThen: "then"}

func (w *writer) group(g *group) {
	w.time(g.first.at)
	switch g.first.kind {
	case eventNote, eventThen:
		w.row(heads[g.first.kind], "%s", g.first.text)
		return
	case eventBlock:
		w.block(g)
		return
	}
	f := &g.first.finding
	w.row(heads[g.first.kind], "%s v%d, %s, %s, score %s", f.Rule, f.Version, f.Mode, f.Revision, number(f.Score))
	w.subject(g)
	w.more("seen", "%s to %s", w.moment(f.From), w.moment(f.Until))
	for i := range f.Terms {
		w.term(g, i)
	}
	for _, t := range f.Unmet {
		if t.Unknown != "" {
			w.more("?", "%s (%s %+g) unknown: %s", t.Name, t.Family, t.Weight, t.Unknown)
		}
	}
	if f.Held != "" {
		w.more("", "whose is this? nobody is known to hold %s", list(g.assets))
	}
}

// block writes what was done or decided: its first row, then about which assets, then the
// others.
func (w *writer) block(g *group) {
	for i, r := range g.first.block.rows {
		of := ""
		if len(g.assets) > 0 && !g.sameRow(i) {
			of = " (" + string(g.assets[0]) + ")"
		}
		switch {
		case i == 0:
			w.row(r.head, "%s", r.text)
		default:
			w.more(r.head, "%s%s", r.text, of)
		}
		if i == 0 && len(g.assets) > 0 {
			w.more("asset", "%s of %s", list(g.assets), g.first.block.tenant)
		}
	}
	if n := len(g.all) - 1; g.first.block.many != "" && n > 0 {
		w.more("", "and %d more like it, until %s", n, w.moment(g.all[n].at))
	}
}

func (w *writer) subject(g *group) {
	s := g.first.finding.Subject
	switch {
	case s.Kind == evenkeel.SubjectAsset && s.Tenant != "":
		w.more("asset", "%s of %s", list(g.assets), s.Tenant)
	case s.Kind == evenkeel.SubjectAsset:
		w.more("asset", "%s", list(g.assets))
	case s.Kind == evenkeel.SubjectPrincipal && s.Principal == "":
		w.more("by", "no principal that was told, of %s", s.Tenant)
	case s.Kind == evenkeel.SubjectPrincipal:
		w.more("by", "%s of %s", s.Principal, s.Tenant)
	default:
		w.more("tenant", "%s", s.Tenant)
	}
	if names := g.first.finding.Assets; len(names) > 0 {
		w.more("names", "%s", list(names))
	}
}

// term writes a met term: its weight, name, family and numbers, and below them what it says.
func (w *writer) term(g *group, i int) {
	t := &g.first.finding.Terms[i]
	line := fmt.Sprintf("%s (%s", t.Name, t.Family)
	if t.Conclusive {
		line += ", conclusive"
	}
	line += ")"
	if t.Value.Known {
		least, most := g.values(i)
		line += " " + quantity(least, t.Unit)
		if quantity(most, t.Unit) != quantity(least, t.Unit) {
			line += " to " + quantity(most, t.Unit)
		}
	}
	if t.Threshold.Known {
		line += " against " + quantity(t.Threshold.Value, t.Unit)
	}
	w.more(fmt.Sprintf("%+g", t.Weight), "%s", line)
	if t.Says != "" {
		of := ""
		if !g.sameSays(i) {
			of = " (" + string(g.assets[0]) + ")"
		}
		w.more("", "%s%s", t.Says, of)
	}
}

func (w *writer) moment(m evenkeel.Moment) string { return onDay(w.day, m) }

// short writes a time in what is said at another one.
func short(at, m evenkeel.Moment) string { return onDay(at.Time().Format(time.DateOnly), m) }

// onDay writes a time as short as it can be read: the date only where it is another one.
func onDay(day string, m evenkeel.Moment) string {
	t := m.Time()
	if t.Format(time.DateOnly) != day {
		return t.Format(time.DateTime)
	}
	return t.Format(time.TimeOnly)
}

func span(d time.Duration) string { return quantity(d.Seconds(), "s") }

// quantity writes a number, or seconds as a span such as 19m, 2h30m or 7d.
func quantity(v float64, unit string) string {
	const day = 24 * time.Hour
	switch d := (time.Duration(v) * time.Second).Round(time.Second); {
	case unit != "s":
		return number(v)
	case d >= 2*day:
		return number(float64(d/time.Hour)/24) + "d"
	default:
		s := d.String()
		if strings.HasSuffix(s, "m0s") {
			s = strings.TrimSuffix(s, "0s")
		}
		if strings.HasSuffix(s, "h0m") {
			s = strings.TrimSuffix(s, "0m")
		}
		return s
	}
}

// number writes at most four decimals.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'f', 4, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// summary is the last line: what became of the records, and how much was found.
func (w *writer) summary(told []event, t watch.Tally) {
	n := map[string]int{}
	for _, e := range told {
		switch e.kind {
		case eventHeld:
			n["held"]++
		case eventFinding, eventAttributed:
			n[e.finding.Mode.String()+" "+e.finding.Revision.String()]++
		}
	}
	w.b.WriteString("end       ")
	fmt.Fprintf(&w.b, "%s records: %s counted, %s repeated, %s late, %s idle\n", count(t.Records), count(t.Counted), count(t.Repeated), count(t.Late), count(t.Idle))
	fmt.Fprintf(&w.b, "%slive %d provisional, %d final; shadow %d provisional, %d final; held %d\n", indent,
		n["live provisional"], n["live final"], n["shadow provisional"], n["shadow final"], n["held"])
}

// count writes a number with commas between thousands.
func count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
