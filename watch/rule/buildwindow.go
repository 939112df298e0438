package rule

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/watch/window"
)

var windowForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// taken are words that cannot name a window: facts begin with the first two, the others mean
// something in an expression.
var taken = []string{
	"tenant", "asset",
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop", "namespace",
	"null", "package", "return", "true", "var", "void", "while",
	"bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "type", "uint",
	"abs", "contains", "days", "duration", "hours", "known", "matches", "max", "min", "minutes", "seconds", "size", "timestamp",
}

// windows reads the windows and how long the rule waits before an episode has ended.
func windows(r *Rule, d *document, said []namedWindow, at spot, found *faults) {
	if len(said) > MaxWindows {
		found.at(spotOf(said[MaxWindows].name), "split the rule", "%d windows, the limit is %d", len(said), MaxWindows)
		return
	}
	bytes := 0
	for i := range said {
		w := oneWindow(r, &said[i], found)
		bytes += w.Bytes()
		r.Windows = append(r.Windows, w)
	}
	if bytes > MaxState {
		found.at(at, "use fewer or wider panes, or fewer windows", "the windows keep %d bytes for each subject, the limit is %d", bytes, MaxState)
	}
	quietness(r, d, found)
}

// oneWindow reads one window.
func oneWindow(r *Rule, d *namedWindow, found *faults) Window {
	w := Window{Name: d.name.Value, History: d.History, Unit: "events"}
	if !windowForm.MatchString(w.Name) || slices.Contains(taken, w.Name) {
		found.at(spotOf(d.name), "expected a-z, then up to 31 of a-z 0-9 _; not tenant, not asset, no word of the language",
			"window %q", clip(w.Name))
	}
	of, ok := signalOf(d.Of.Value)
	if !ok {
		found.at(textSpot(d.Of), nearest(d.Of.Value, signalNames(), "signals are "), "unknown signal %q", clip(d.Of.Value))
		return w
	}
	w.Of, w.Kind, w.Unit = of, signals[of].kind, signals[of].unit
	if r.Subject != 0 && !slices.Contains(signals[of].at, r.Subject) {
		found.at(textSpot(d.Of), "it is for rules about: "+subjects(signals[of].at), "%s in a rule about: %s", of, r.Subject)
	}
	kindOf(&w, d, found)
	grain(&w, d, found)
	novelty(&w, d, found)
	where, cohort := phraseOf(d.Where), phraseOf(d.Cohort)
	if (w.Kind != Sum || !of.Event()) && (d.History || cohort.said()) {
		found.at(spotOf(d.name), "only windows that count events have bursts",
			"window %s is of kind %s over %s: it has no history and no cohort", w.Name, w.Kind, of)
	}
	if cohort.said() {
		w.Cohort = &Cohort{}
	}
	switch {
	case where.said() && of.Event():
		compileWhere(&w, where, found)
	case where.said():
		found.at(where.spot, "leave it out", "`where` is for events, and %s is a meter", of)
	}
	w.Digest = w.digest(r.Subject, d)
	return w
}

// kindOf reads `keep`, `distinct` and `sum`, which exclude each other.
func kindOf(w *Window, d *namedWindow, found *faults) {
	var said []string
	for _, option := range []struct {
		key  string
		text strict.Text
	}{{"keep", d.Keep}, {"distinct", d.Distinct}, {"sum", d.Sum}, {"top", d.Top}} {
		if !textSpot(option.text).said() {
			continue
		}
		said = append(said, option.key)
		if !w.Of.Event() {
			found.at(textSpot(option.text), "leave it out", "`%s` is for events, and %s is a meter", option.key, w.Of)
			return
		}
	}
	if len(said) > 1 {
		found.at(spotOf(d.name), "make one window for each", "window %s has %s, expected one of them", w.Name, strings.Join(said, " and "))
		return
	}
	switch {
	case textSpot(d.Keep).said():
		w.Kind = Mark
		if d.Keep.Value != "mark" {
			found.at(textSpot(d.Keep), "write mark, or leave it out", "unknown `keep` %q", clip(d.Keep.Value))
		}
	case textSpot(d.Distinct).said():
		w.Kind, w.Unit = Distinct, "values"
		w.Field = fieldNamed(w.Of, d.Distinct, "distinct", distinguished, found)
	case textSpot(d.Top).said():
		if w.Of != SignalFlow {
			found.at(textSpot(d.Top), "leave it out, or write of: flow", "`top` is for flows, and window %s is over %s", w.Name, w.Of)
			return
		}
		w.Kind, w.Unit = Top, "ends"
		w.Field = fieldNamed(w.Of, d.Top, "top", summable, found)
	case textSpot(d.Sum).said():
		w.Field = fieldNamed(w.Of, d.Sum, "sum", summable, found)
		w.Unit = w.Field.String()
	}
}

// fieldNamed finds a field of the signal's events.
func fieldNamed(of Signal, t strict.Text, key string, pass func(fieldRow) bool, found *faults) Field {
	var names []string
	for _, f := range fieldsOf(of.Record(), pass) {
		if f.String() == t.Value {
			return f
		}
		names = append(names, f.String())
	}
	if len(names) == 0 {
		found.at(textSpot(t), "leave it out", "%s has no field for `%s`", of, key)
		return FieldNone
	}
	found.at(textSpot(t), nearest(t.Value, names, "fields are "), "%s has no field %q for `%s`", of, clip(t.Value), key)
	return FieldNone
}

// grain reads `for` and `pane`. What is wrong leaves the pane zero.
func grain(w *Window, d *namedWindow, found *faults) {
	w.For = time.Duration(d.For.Value)
	if !spotOf(d.For).said() {
		found.at(spotOf(d.name), "say how far back it looks, like for: 20m", "window %s has no `for`", w.Name)
		return
	}
	if w.For < leastPane || w.For > mostFor || w.For%time.Second != 0 {
		found.at(spotOf(d.For), "expected whole seconds, "+spanning(leastPane, mostFor), "`for` of %s", d.For.Value)
		return
	}
	pane, at := time.Duration(d.Pane.Value), spotOf(d.Pane)
	switch {
	case w.Kind == Mark && at.said():
		found.at(at, "leave it out", "a mark has no `pane`")
	case w.Kind == Mark:
	case !at.said():
		found.at(spotOf(d.name), "say how fine it counts, like pane: 1m", "window %s has no `pane`", w.Name)
	case pane < leastPane || pane%time.Second != 0:
		found.at(at, "expected whole seconds, at least "+stretch(leastPane).String(), "`pane` of %s", d.Pane.Value)
	case w.For%pane != 0:
		found.at(at, "expected a pane that divides it", "`for` of %s is no whole multiple of `pane`, %s", d.For.Value, d.Pane.Value)
	case w.For/pane > window.MaxPanes:
		found.at(at, fmt.Sprintf("expected at most %d, so wider ones", window.MaxPanes), "%d panes", w.For/pane)
	default:
		w.Pane = pane
	}
}

func spanning(least, most time.Duration) string {
	return stretch(least).String() + " to " + stretch(most).String()
}

// novelty reads `recent` and `learn`.
func novelty(w *Window, d *namedWindow, found *faults) {
	recent, learn := spotOf(d.Recent), spotOf(d.Learn)
	if !recent.said() && !learn.said() {
		return
	}
	w.Recent, w.Learn = time.Duration(d.Recent.Value), time.Duration(d.Learn.Value)
	at := recent
	if !at.said() {
		at = learn
	}
	switch {
	case w.Kind != Distinct:
		found.at(at, "add `distinct`, or leave them out", "`recent` and `learn` are for distinct windows")
	case !recent.said() || !learn.said():
		found.at(at, "say how young a value is new, and how long to learn first", "`recent` and `learn` go together")
	case w.Pane == 0: // said already
	case w.Recent < w.Pane || w.Recent%w.Pane != 0 || w.Recent >= w.For:
		found.at(recent, fmt.Sprintf("expected a whole multiple of `pane`, %s, and less than `for`, %s", d.Pane.Value, d.For.Value),
			"`recent` of %s", d.Recent.Value)
	case w.Learn < w.Recent || w.Learn > w.For:
		found.at(learn, fmt.Sprintf("expected at least `recent`, %s, and at most `for`, %s", d.Recent.Value, d.For.Value),
			"`learn` of %s", d.Learn.Value)
	}
}

// quietness reads `quiet`; where it is not said it is the longest window that measures, and at
// least ten minutes.
func quietness(r *Rule, d *document, found *faults) {
	r.Quiet = leastQuiet
	for i := range r.Windows {
		if k := r.Windows[i].Kind; k == Mean || k == Sum {
			r.Quiet = max(r.Quiet, r.Windows[i].For)
		}
	}
	if at := spotOf(d.Quiet); at.said() {
		r.Quiet = time.Duration(d.Quiet.Value)
		if r.Quiet < leastPane || r.Quiet > mostFor || r.Quiet%time.Second != 0 {
			found.at(at, "expected whole seconds, "+spanning(leastPane, mostFor), "`quiet` of %s", d.Quiet.Value)
		}
	}
}

// digest is the first 64 bits of the SHA-256 of what the window keeps of which records.
func (w *Window) digest(subject evenkeel.SubjectKind, d *namedWindow) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "evenkeel window 1\n%s\n%s\n%s\n%s\n%q\n%d %d %d %d\n%t\n%q\n",
		subject, w.Of, w.Kind, w.Field, d.Where.Value, w.For, w.Pane, w.Recent, w.Learn, w.History, d.Cohort.Value))
	return binary.BigEndian.Uint64(sum[:])
}
