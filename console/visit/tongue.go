package visit

import (
	"cmp"
	"fmt"
	"html/template"
	"net/netip"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// tongue says things in one language at one moment.
type tongue struct {
	*texts
	now evenkeel.Moment
}

// say puts values into a sentence. Texts are escaped; what is HTML already is not.
func say(format string, args ...any) template.HTML {
	for i, a := range args {
		switch a := a.(type) {
		case template.HTML:
		case string:
			args[i] = template.HTML(template.HTMLEscapeString(a))
		}
	}
	return template.HTML(fmt.Sprintf(template.HTMLEscapeString(format), args...))
}

// moment writes a point in time in UTC, to the minute.
func (t tongue) moment(m evenkeel.Moment) template.HTML {
	if m == 0 {
		return "–"
	}
	at := m.Time()
	return template.HTML(`<time datetime="` + at.Format(time.RFC3339) + `">` + at.Format(t.Clock) + `</time>`)
}

// when writes a moment and how far off it is.
func (t tongue) when(m evenkeel.Moment) template.HTML {
	return say(t.When, t.moment(m), t.off(m))
}

// off says how far off a moment is.
func (t tongue) off(m evenkeel.Moment) string {
	switch d := m.Sub(t.now); {
	case d >= time.Minute:
		return fmt.Sprintf(t.In, t.length(d))
	case d <= -time.Minute:
		return fmt.Sprintf(t.Ago, t.length(-d))
	}
	return t.JustNow
}

// length writes a length of time in one or two units, cut.
func (t tongue) length(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return t.Seconds.of(int64(d / time.Second))
	case d < time.Hour:
		return t.Minutes.of(int64(d / time.Minute))
	case d < 2*day && d%time.Hour >= time.Minute:
		return t.Hours.of(int64(d/time.Hour)) + t.Blank + t.Minutes.of(int64(d%time.Hour/time.Minute))
	case d < 2*day:
		return t.Hours.of(int64(d / time.Hour))
	}
	return t.Days.of(int64(d / day))
}

// plural is a number of things in words.
type plural struct{ One, More string }

func (p plural) of(n int64) string {
	if n == 1 {
		return fmt.Sprintf(p.One, n)
	}
	return fmt.Sprintf(p.More, n)
}

// machines says which assets are meant, machines or sites: by name where it is one.
func (t tongue) machines(assets []evenkeel.AssetID) template.HTML {
	switch len(assets) {
	case 0:
		return say("%s", t.Account)
	case 1:
		if _, err := netip.ParseAddr(string(assets[0])); err == nil {
			return say(t.Address, name(string(assets[0])))
		}
		return say(t.Machine, name(string(assets[0])))
	}
	return say("%s", t.Machines.of(int64(len(assets))))
}

// name is an id as it is.
func name(id string) template.HTML {
	return template.HTML("<code>" + template.HTMLEscapeString(id) + "</code>")
}

// theirs is a sentence of the operator's rules or policy: translated where it comes with the
// program, else quoted, with the language that it is in.
func (t tongue) theirs(s string) template.HTML {
	if t.Known == nil || s == "" {
		return say("%s", s)
	}
	if own, ok := t.Known(s); ok {
		return say("%s", own)
	}
	return `<span lang="` + theirLang + `">` + say(t.Quote, s) + `</span>`
}

// theirLang is the language of operators' sentences that are not known.
const theirLang = "en"

func (t tongue) allTheirs(all []string) []template.HTML {
	var out []template.HTML
	for _, s := range all {
		out = append(out, t.theirs(s))
	}
	return out
}

// about says what a family of rules is about.
func (t tongue) about(family string) string { return cmp.Or(t.Families[family], t.Families[""]) }

// covers says which machines or sites a flag is about, whatever the case is about that it is shown with.
func (t tongue) covers(f *evenkeel.Flag) template.HTML {
	s := &f.Selector
	t.texts = saying(t.texts, f.Family == floods)
	switch {
	case len(s.Assets) > 0:
		return t.machines(s.Assets)
	case s.Principal != "":
		return say(t.MadeBy, name(s.Principal))
	case s.TenantWide:
		return say("%s", t.AllMachines)
	}
	return say("%s", t.SomeMachines)
}

// plainly is a name or a sentence where no markup can stand.
func plainly(h template.HTML) template.HTML {
	return template.HTML(strings.NewReplacer("<code>", "", "</code>", "").Replace(string(h)))
}
