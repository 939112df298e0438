package report

import (
	"net/mail"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// layouts are how reporters write times, beside those of RFC 5322 and RFC 3339.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700",
	"2006-01-02 15:04:05 -07:00", "2006-01-02 15:04:05", "2006-01-02 15:04", "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700",
	"Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05", "Mon, 2 Jan 2006 03:04PM", "Jan 2 2006 15:04:05 -0700",
	"Jan 2 15:04:05 2006", "02/Jan/2006:15:04:05 -0700", "02.01.2006 15:04:05", "01/02/2006", time.DateOnly,
}

// zones are the names of zones that mails use, as hours from UTC.
var zones = map[string]string{
	"UTC": "+0000", "UT": "+0000", "GMT": "+0000", "Z": "+0000", "WET": "+0000", "BST": "+0100", "CET": "+0100", "MET": "+0100", "CEST": "+0200",
	"MEST": "+0200", "EET": "+0200", "EEST": "+0300", "MSK": "+0300", "JST": "+0900", "EST": "-0500", "EDT": "-0400", "CST": "-0600",
	"CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
}

// MomentOf reads a time as mails and logs write it; one without a zone is taken for UTC. ok is
// false where it is none.
func MomentOf(s string) (evenkeel.Moment, bool) {
	s = strings.Join(strings.Fields(strings.Trim(strings.TrimSpace(s), `'"*[]`)), " ")
	if i := strings.Index(s, " ("); i > 0 { // a comment such as (CET)
		s = s[:i]
	}
	s = strings.ReplaceAll(s, ": ", ":")
	if i := strings.LastIndexByte(s, ' '); i > 0 {
		if offset, ok := zones[s[i+1:]]; ok {
			s = s[:i] + " " + offset
		}
	}
	if n := len(s); n > 3 && zones[s[n-3:]] != "" { // 11:00AM PDT has a space, 11:00PDT has none
		s = s[:n-3] + " " + zones[s[n-3:]]
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return evenkeel.MomentOf(t), true
		}
		if t, err := time.Parse(layout+" -0700", s); err == nil {
			return evenkeel.MomentOf(t), true
		}
	}
	if t, err := mail.ParseDate(s); err == nil {
		return evenkeel.MomentOf(t), true
	}
	return 0, false
}
