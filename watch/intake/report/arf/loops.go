package arf

import (
	"regexp"
	"strings"

	"github.com/evenkeel/evenkeel/instrument/letter"
	"github.com/evenkeel/evenkeel/watch/intake/report"
)

var complaint = regexp.MustCompile(`(?i)complaint about message from \[?([0-9a-f.:]{3,45})`)

// readLoop reads what two loops send in the place of a report: a mail with the complained-about
// one inside and the address in its subject (Outlook, the junk mail reporting programme), and
// the mail by which a mail program unsubscribes (Apple).
func readLoop(l *letter.Letter) *report.Report {
	r := newReport(l)
	r.At = when(l, nil)
	if s, ok := report.SourceOf(found(complaint, l.Header.Get("Subject"))); ok && s.Addr.IsValid() {
		for _, p := range l.Parts {
			if p.Type == "message/rfc822" && !p.Inner {
				r.Class, r.Source, r.Confidence = classes["abuse"], s, 0.9
				r.Evidence = []report.Evidence{report.EvidenceOf(p.Type, "the mail that is complained about", p.Body)}
				return r
			}
		}
	}
	if strings.EqualFold(l.Header.Get("X-Apple-Unsubscribe"), "true") {
		// The address that it goes to is the sender's own, made for the one recipient.
		to := letter.Domain(strings.Trim(l.Header.Get("To"), "<>"))
		if s, ok := report.SourceOf(to); ok {
			r.Class, r.Source, r.Confidence = classes["opt-out"], s, 0.5
			return r
		}
	}
	return nil
}
