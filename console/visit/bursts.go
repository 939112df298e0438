package visit

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/announcement"
)

// burstForm is what a visitor typed about a burst, as typed.
type burstForm struct{ Machines, From, Until, Zone, Principal string }

// mostMachines is how many machines can be announced at once.
const mostMachines = 1 << 20

// mostField is how many bytes of a short field are kept to be shown again: what a browser lets be
// typed, in any script.
const mostField = 4 * evenkeel.MaxID

// mostWhat is the longest of what a burst is for in short.
const mostWhat = 256

func readBurst(p url.Values) burstForm {
	get := func(name string) string {
		s := strings.ReplaceAll(cleaned(p.Get(name)), "\n", " ")
		if len(s) > mostField {
			return strings.ToValidUTF8(s[:mostField], "")
		}
		return s
	}
	return burstForm{get("machines"), get("from"), get("until"), get("zone"), get("principal")}
}

// burst makes the announcement of a form, and says in it what is wrong with which field.
func (v *visitor) burst(f *form, t *texts) *evenkeel.Burst {
	b := &f.Burst
	out := &evenkeel.Burst{At: v.now, Tenant: v.tenant, What: firstLine(f.Text), Says: f.Text}
	n, err := strconv.ParseInt(b.Machines, 10, 64)
	if err != nil || n < 1 || n > mostMachines {
		f.Wrong["machines"] = fmt.Sprintf(t.WrongMachines, mostMachines)
	}
	out.Count = n
	zone, ok := offset(b.Zone)
	if !ok {
		f.Wrong["zone"] = t.WrongZone
	}
	out.From = v.now
	if b.From != "" {
		out.From, ok = local(b.From, zone)
		switch ago := v.now.Sub(out.From); {
		case !ok:
			f.Wrong["from"] = t.WrongTime
		case ago >= time.Minute:
			f.Wrong["from"] = t.WrongFrom
		case ago >= 0:
			out.From = v.now // the field has no seconds: this minute is now
		}
	}
	if out.Until, ok = local(b.Until, zone); !ok {
		f.Wrong["until"] = t.WrongTime
	} else if out.Until <= out.From || out.Until.Sub(v.now) > evenkeel.MaxFlag*24*time.Hour {
		f.Wrong["until"] = t.WrongUntil
	}
	if f.Text == "" {
		f.Wrong["text"] = t.NoWords
	}
	if b.Principal != "" {
		// A selector is words with blanks between: a name with one would say something else.
		if strings.ContainsFunc(b.Principal, func(r rune) bool { return unicode.IsSpace(r) || r == ',' }) || evenkeel.CheckID("principal", b.Principal) != nil {
			f.Wrong["principal"] = t.WrongPrincipal
		}
		out.Selector = byPrincipal + b.Principal
	}
	return out
}

// byPrincipal begins the selector of what a user or a key makes; without a selector all of the
// tenant's machines are meant.
const byPrincipal = "principal="

// firstLine is what a burst is for in short.
func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.ToValidUTF8(s[:min(len(s), mostWhat)], "")
}

// local reads a time as a browser writes it, and as people do where it knows no such field.
func local(s string, zone *time.Location) (evenkeel.Moment, bool) {
	for _, form := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		t, err := time.ParseInLocation(form, s, zone)
		if err == nil && t.Year() >= 2000 && t.Year() < 2200 {
			return evenkeel.MomentOf(t), true
		}
	}
	return 0, false
}

// zones are the offsets from UTC that are in use.
var zones = []string{
	"-12:00", "-11:00", "-10:00", "-09:30", "-09:00", "-08:00", "-07:00", "-06:00", "-05:00", "-04:00", "-03:30", "-03:00", "-02:00", "-01:00",
	"+00:00", "+01:00", "+02:00", "+03:00", "+03:30", "+04:00", "+04:30", "+05:00", "+05:30", "+05:45", "+06:00", "+06:30", "+07:00", "+08:00",
	"+08:45", "+09:00", "+09:30", "+10:00", "+10:30", "+11:00", "+12:00", "+12:45", "+13:00", "+14:00",
}

const noOffset = "+00:00"

// offset reads one of zones; "" is UTC.
func offset(s string) (*time.Location, bool) {
	if s == "" {
		s = noOffset
	}
	t, err := time.Parse("-07:00", s)
	if err != nil {
		return time.UTC, false
	}
	_, seconds := t.Zone()
	return time.FixedZone("", seconds), true
}

// burstWords is what an announcement says where a person reads it.
func (f *form) burstWords(b *evenkeel.Burst) string {
	return announcement.Words(announcement.Asked{Count: b.Count, Principal: f.Burst.Principal, From: b.From, Until: b.Until}, f.Text)
}
