package announcement

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Asked is what an announcement asks for.
type Asked struct {
	Count       int64  // machines
	Principal   string // who makes them; "": all of the tenant's machines are meant
	From, Until evenkeel.Moment
}

// ByLink begins the identity of every act that came by a tenant's link, and nothing else's.
const ByLink = "link "

const (
	minutes = "2 Jan 2006, 15:04 UTC"
	seconds = "2 Jan 2006, 15:04:05 UTC"
)

// Words are what an announcement says where a person reads it, before the tenant's own words: a
// timeline keeps only words.
func Words(a Asked, own string) string {
	who, machines := "all machines", "machines"
	if a.Principal != "" {
		who = fmt.Sprintf("made by %q", a.Principal)
	}
	if a.Count == 1 {
		machines = "machine"
	}
	return fmt.Sprintf("Announced: %d %s, %s, from %s until %s.\n%s", a.Count, machines, who, stamp(a.From), stamp(a.Until), own)
}

// stamp writes a moment to the minute, and one that people gave to the second to the second. What
// has less than that is a moment at which a form came in, and not one that anybody gave.
func stamp(m evenkeel.Moment) string {
	if ToTheSecond(m) {
		return m.Time().Format(seconds)
	}
	return m.Time().Format(minutes)
}

// ToTheSecond says whether a person gave a moment to the second, and not to the minute.
func ToTheSecond(m evenkeel.Moment) bool { return m.Time().Second() != 0 && m.Time().Nanosecond() == 0 }

var line = regexp.MustCompile(`^Announced: ([0-9]{1,18}) machines?, (?:all machines|made by ("(?:[^"\\]|\\.)*")), from ([^\n]{10,40}?) until ([^\n]{10,40}?)\.(?:\n|$)`)

// read takes words apart that Words wrote; own is what the tenant said itself.
func read(words string) (a Asked, own string, ok bool) {
	m := line.FindStringSubmatch(words)
	if m == nil {
		return Asked{}, words, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if a.Count = n; err != nil {
		return Asked{}, words, false
	}
	if m[2] != "" {
		if a.Principal, err = strconv.Unquote(m[2]); err != nil || a.Principal == "" {
			return Asked{}, words, false
		}
	}
	from, known := moment(m[3])
	until, both := moment(m[4])
	if !known || !both {
		return Asked{}, words, false
	}
	a.From, a.Until = from, until
	return a, words[len(m[0]):], true
}

// moment reads what stamp wrote, and times as they were written before there was stamp.
func moment(s string) (evenkeel.Moment, bool) {
	for _, form := range []string{minutes, seconds, time.RFC3339Nano} {
		if t, err := time.Parse(form, s); err == nil && t.Year() >= 1970 && t.Year() < 2200 {
			return evenkeel.MomentOf(t), true
		}
	}
	return 0, false
}

// Of reads what an entry announces. False where it is no announcement, or one of which only the
// tenant's own words are kept.
func Of(e *evenkeel.Entry) (a Asked, ok bool) {
	a, _, ok = parts(e)
	return a, ok
}

// parts are what an entry announces, and what the tenant said itself.
func parts(e *evenkeel.Entry) (a Asked, own string, ok bool) {
	if e.Kind != evenkeel.EntrySaid || !strings.HasPrefix(e.Ref, ByLink) {
		return Asked{}, e.Words, false
	}
	return read(e.Words)
}

// Said are the words of an entry as they are shown: as they were said, and the line about an
// announcement in today's form.
func Said(e *evenkeel.Entry) string {
	a, own, ok := parts(e)
	if !ok {
		return e.Words
	}
	return strings.TrimSuffix(Words(a, own), "\n")
}
