package arf

import (
	"bytes"
	"cmp"
	"net/mail"
	"regexp"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/letter"
	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// classes are the kinds of abuse of the values of Feedback-Type (RFC 5965, RFC 6430, RFC 6591).
// not-spam takes a report back and auth-failure is about a forged sender: neither accuses whoever
// held the address.
var classes = map[string]report.Class{
	"abuse":         {Category: "messaging", Type: "spam"},
	"opt-out":       {Category: "messaging", Type: "bulk_messaging"},
	"opt-out-list":  {Category: "messaging", Type: "bulk_messaging"},
	"fraud":         {Category: "content", Type: "phishing"},
	"virus":         {Category: "content", Type: "malware"},
	"auth-failure":  report.Other,
	"dmarc-failure": report.Other,
	"not-spam":      report.Other,
	"other":         report.Other,
}

// Read returns the report of a mail.
func Read(l *letter.Letter) (*report.Report, error) {
	if isBounce(l) {
		return nil, noReport()
	}
	for i, p := range l.Parts {
		if !p.Inner && p.Type == "message/feedback-report" {
			return read(l, i), nil
		}
	}
	if strings.EqualFold(l.Params["report-type"], "feedback-report") { // the part's type is missing or wrong
		for i, p := range l.Parts {
			if !p.Inner && bytes.Contains(bytes.ToLower(p.Body[:min(len(p.Body), 4096)]), []byte("feedback-type:")) {
				return read(l, i), nil
			}
		}
	}
	if r := readLoop(l); r != nil {
		return r, nil
	}
	return nil, noReport()
}

func noReport() error {
	return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "the mail has no part message/feedback-report"}
}

// isBounce asks less than Letter.Automatic: reports are sent by machines, some with no sender.
func isBounce(l *letter.Letter) bool {
	switch strings.ToLower(l.Params["report-type"]) {
	case "delivery-status", "disposition-notification":
		return true
	}
	for _, p := range l.Parts {
		if !p.Inner && p.Type == "message/delivery-status" {
			return true
		}
	}
	return false
}

// fields are those of the feedback part, by their name in lower case; a field may be there
// several times.
type fields map[string][]string

const maxFields = 200

func parse(body []byte) fields {
	all, last := fields{}, ""
	n := 0
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\r\n")
		name, value, ok := strings.Cut(line, ":")
		switch {
		case strings.TrimSpace(line) == "":
			last = ""
		case line[0] == ' ' || line[0] == '\t': // the field goes on
			if values := all[last]; last != "" && len(values) > 0 && len(values[len(values)-1]) < 4096 {
				values[len(values)-1] += " " + strings.TrimSpace(line)
			}
		case ok && n < maxFields:
			n++
			last = strings.ToLower(strings.TrimSpace(name))
			all[last] = append(all[last], strings.TrimSpace(value))
		}
	}
	return all
}

func (f fields) one(name string) string {
	if values := f[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func read(l *letter.Letter, at int) *report.Report {
	f := parse(l.Parts[at].Body)
	r := newReport(l)
	kind := strings.ToLower(f.one("feedback-type"))
	r.Class = cmp.Or(classes[kind], report.Other)
	r.Source = source(l, f)
	r.Confidence = confidence(f)
	if n, err := strconv.ParseInt(f.one("incidents"), 10, 32); err == nil && n > 0 {
		r.Incidents = n
	}
	r.At = when(l, f)
	r.Says = strings.TrimSpace("Feedback-Type: " + report.Clip(cmp.Or(kind, "not told"), 40) + "\n" + l.Text())
	for _, p := range l.Parts {
		if !p.Inner && (p.Type == "message/rfc822" || strings.HasPrefix(p.Type, "text/rfc822-header")) {
			r.Evidence = append(r.Evidence, report.EvidenceOf(p.Type, "the mail that is complained about", p.Body))
		}
	}
	return r
}

// newReport has what every report by mail has.
func newReport(l *letter.Letter) *report.Report {
	name, from := l.Sender()
	r := &report.Report{
		Format: report.FormatARF, ID: l.Header.Get("Message-Id"),
		Reporter: report.Reporter{Org: cmp.Or(name, letter.Domain(from)), Domain: letter.Domain(from), Contact: report.ContactOf(from)},
	}
	return r
}

// confidence is how well the part keeps to RFC 5965: three fields once each.
func confidence(f fields) float64 {
	c := 1.0
	for _, name := range []string{"feedback-type", "user-agent", "version"} {
		if len(f[name]) != 1 {
			c -= 0.1
		}
	}
	return c
}

var received = regexp.MustCompile(`(?i)\breceived\s+from\s+(?:IP(?:\s+address)?\s+)?\[?([0-9a-f.:]{3,45})`)

// source looks for the address in the part, else in the sentence that loops write above it, else
// for the domain, else for the last server that handed the mail over.
func source(l *letter.Letter, f fields) (s report.Source) {
	for _, given := range []string{f.one("source-ip"), found(received, l.Text())} {
		if at, ok := report.SourceOf(strings.TrimRight(given, ".")); ok && at.Addr.IsValid() {
			s = at
			break
		}
	}
	if port, err := strconv.ParseUint(f.one("source-port"), 10, 16); err == nil {
		s.Port = uint16(port)
	}
	if !s.Addr.IsValid() {
		s = cmp.Or(handedOver(l), s)
	}
	if d, ok := report.SourceOf(f.one("reported-domain")); ok {
		s.Domain = d.Domain
	}
	if u, ok := report.SourceOf(f.one("reported-uri")); ok {
		s.URL = u.URL
	}
	if d := letter.Domain(strings.Trim(f.one("original-mail-from"), "<>")); !s.Known() && d != "" {
		s, _ = report.SourceOf(d)
	}
	return s
}

var handed = regexp.MustCompile(`(?i)from\s.*?[\[(]([0-9a-f.:]{3,45})[\])]`)

// handedOver reads the topmost Received of the mail that is complained about: that one was
// written by the reporter's side.
func handedOver(l *letter.Letter) report.Source {
	for _, p := range l.Parts {
		var lines []string
		switch {
		case p.Inner:
			lines = p.Header.All("Received")
		case strings.HasPrefix(p.Type, "text/rfc822-header"), p.Type == "message/rfc822":
			lines = parse(p.Body)["received"]
		}
		for _, line := range lines {
			if s, ok := report.SourceOf(found(handed, line)); ok && s.Addr.IsValid() {
				return s
			}
		}
	}
	return report.Source{}
}

func found(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text[:min(len(text), 64<<10)]); m != nil {
		return m[1]
	}
	return ""
}

// when is the time that the mail arrived where it was complained about, else the time of the
// report.
func when(l *letter.Letter, f fields) evenkeel.Moment {
	for _, given := range []string{f.one("arrival-date"), f.one("received-date"), l.Header.Get("Date")} {
		if at, ok := report.MomentOf(given); ok {
			return at
		}
	}
	if at, err := mail.ParseDate(l.Header.Get("Date")); err == nil {
		return evenkeel.MomentOf(at)
	}
	return 0
}
