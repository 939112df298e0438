package console

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/announcement"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// burstView is what a form says about an announcement, besides what every flag has.
type burstView struct {
	Known       bool   // what was announced stands in the form
	Asked       int    // how often something was announced in the case
	Families    string // of rules, for which it is granted: "mining and creation"
	From, Until string // in UTC, as typed
}

// The forms of a time that a browser sends, and of one that a person types where it knows no such
// field. All are in UTC.
var typedTimes = []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05"}

// announced fills a form with what was announced last, so that whoever changes nothing allows
// exactly that. Where only the tenant's own words are kept nothing is filled in: a person has to
// name what they mean, and no wide flag for a quarter of a year stands there instead.
func (g *flagForm) announced(entries []evenkeel.Entry, families []string) {
	b := &burstView{Families: strings.Join(families, " and ")}
	g.Burst, g.Days = b, ""
	for i := range slices.Backward(entries) {
		e := &entries[i]
		if e.Kind != evenkeel.EntrySaid || e.State != docket.ActAnnounce.String() {
			continue
		}
		if b.Asked++; b.Asked > 1 {
			continue
		}
		if a, ok := announcement.Of(e); ok {
			b.Known, b.From, b.Until = true, typedTime(a.From), typedTime(a.Until)
			g.Count = strconv.FormatInt(a.Count, 10)
			g.coverAnnounced(&a)
		}
	}
}

// coverAnnounced puts first and chooses what an announcement names.
func (g *flagForm) coverAnnounced(a *announcement.Asked) {
	first := coverView{Value: url.Values{"tenant": {"all"}}.Encode(), Label: "As announced: all of the tenant's machines", Hint: "No one was named who makes them: it is bounded by their number below."}
	if a.Principal != "" {
		first = coverView{Value: url.Values{"principal": {a.Principal}}.Encode(), Label: "As announced: machines" + madeWords(a.Principal, "", ""), Hint: "Machines that others of the tenant's make are not covered."}
	}
	others := slices.DeleteFunc(g.Covers, func(c coverView) bool { return c.Value == first.Value })
	g.Covers, g.Cover = append([]coverView{first}, others...), first.Value
}

// typedTime is a moment as the field of a time has it, to the minute, or to the second where it was
// given so. Fields have no less: the moment at which a form came in becomes its minute.
func typedTime(m evenkeel.Moment) string {
	if announcement.ToTheSecond(m) {
		return m.Time().Format(typedTimes[1])
	}
	return m.Time().Format(typedTimes[0])
}

// typed puts what was typed back; of a form that has no times, nothing.
func (b *burstView) typed(from, until string) {
	if b != nil {
		b.From, b.Until = from, until
	}
}

// Step is the step of a field of a time: browsers refuse seconds where it is a minute.
func (b *burstView) Step(value string) string {
	if t, ok := readTime(value); ok && t.Time().Second() != 0 {
		return "1"
	}
	return "60"
}

// Note says beside the form whence its values are.
func (b *burstView) Note() string {
	var out []string
	switch {
	case b.Known && b.Asked > 1:
		out = append(out, fmt.Sprintf("The newest of %d announcements stands here: unchanged, the flag allows exactly that one.", b.Asked))
	case b.Known:
		out = append(out, "What was announced stands here: unchanged, the flag allows exactly that.")
	default:
		out = append(out, "Only the words of what was announced are kept: read what the tenant said, and give here what you allow of it.")
	}
	if b.Families != "" {
		out = append(out, "It is granted for "+b.Families+".")
	}
	return strings.Join(out, " ")
}

// readTime reads a time in UTC.
func readTime(s string) (evenkeel.Moment, bool) {
	for _, form := range typedTimes {
		if t, err := time.Parse(form, s); err == nil && t.Year() >= 1971 && t.Year() < 2200 {
			return evenkeel.MomentOf(t), true
		}
	}
	return 0, false
}

// readSpan takes from when until when a flag stands. Without a beginning it begins now.
func (d *decideView) readSpan(g *docket.Grant, c *flagForm, now evenkeel.Moment) {
	var ok bool
	if c.Burst.From != "" {
		if g.From, ok = readTime(c.Burst.From); !ok {
			d.wrong(c.Before+"from", "Give a time in UTC such as 2026-11-27 01:00, or nothing for now.")
		}
	}
	if g.Until, ok = readTime(c.Burst.Until); !ok {
		d.wrong(c.Before+"until", "Give a time in UTC such as 2026-11-27 01:00.")
		return
	}
	from := cmp.Or(g.From, now)
	if g.Until <= max(from, now) || g.Until.Sub(from) > evenkeel.MaxFlag*24*time.Hour {
		d.wrong(c.Before+"until", "Give an end after now and after the beginning, at most %d days after it.", evenkeel.MaxFlag)
	}
}
