package form

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/letter"
	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// MaxReports is how many reports one mail may hold; the rest of a longer sheet is not read.
const MaxReports = 1000

// mail is a letter and what is known of its sender.
type mail struct {
	*letter.Letter
	known known
	text  string // what is meant to be read
}

// Read returns the reports of a mail, in the order of the mail.
func Read(l *letter.Letter) ([]*report.Report, error) {
	_, from := l.Sender()
	m := &mail{Letter: l, known: knownBy(letter.Domain(from)), text: l.Text()}
	for _, read := range []func(*mail) []*report.Report{readKeyedParts, readACNS, readSheets} {
		if all := read(m); len(all) > 0 {
			return m.settled(all), nil
		}
	}
	if l.Automatic() {
		return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "the mail is a bounce or an automatic answer"}
	}
	readers := []func(*mail) []*report.Report{readBars, readKeyedText, readAnyone}
	if m.known.read != nil {
		readers = append([]func(*mail) []*report.Report{m.known.read}, readers...)
	}
	for _, read := range readers {
		if all := read(m); len(all) > 0 {
			return m.settled(all), nil
		}
	}
	return nil, &evenkeel.Error{
		Kind: evenkeel.KindNotFound, Says: "the mail names no address, domain or page that it reports",
		Hint: "a person should read it",
	}
}

// newReport has what all reports of a mail have.
func (m *mail) newReport() *report.Report {
	name, from := m.Sender()
	r := &report.Report{
		Format: report.FormatMail, Class: m.known.class, Confidence: 0.5,
		Reporter: report.Reporter{
			Org: cmp.Or(m.known.org, name, letter.Domain(from)), Domain: letter.Domain(from), Contact: report.ContactOf(from),
		},
	}
	if m.known.domain != "" {
		r.Format, r.Confidence = report.FormatForm, 0.9
	}
	r.At, _ = report.MomentOf(m.Header.Get("Date"))
	return r
}

// settled gives each report an id of its own and what the mail brings along as evidence.
func (m *mail) settled(all []*report.Report) []*report.Report {
	id := m.Header.Get("Message-Id")
	for i, r := range all {
		if r.ID == "" && id != "" && len(all) == 1 {
			r.ID = id
		}
		if r.Class == (report.Class{}) {
			r.Class = report.Other
		}
		if !r.Source.Addr.IsValid() && len(all) == 1 {
			m.address(r)
		}
		if r.Says == "" {
			r.Says = m.text
		}
		if i == 0 {
			r.Evidence = m.evidence()
		}
	}
	return all
}

var bracketed = regexp.MustCompile(`\[([0-9a-fA-F:]*[.:][0-9a-fA-F.:]+)\]`)

// address looks for the address of a page or domain, which reporters write in brackets behind it.
func (m *mail) address(r *report.Report) {
	for _, text := range []string{m.text, m.Header.Get("Subject")} {
		for _, found := range bracketed.FindAllStringSubmatch(text[:min(len(text), maxText)], 10) {
			if s, ok := report.SourceOf(found[1]); ok && s.Addr.IsValid() {
				r.Source.Addr = s.Addr
				return
			}
		}
	}
}

// maxText is how much of a text is looked through.
const maxText = 256 << 10

// evidence is what the mail has attached.
func (m *mail) evidence() (all []report.Evidence) {
	for _, p := range m.Parts {
		if !p.Inner && (p.Name != "" || p.Type == "message/rfc822") && p.Type != "application/pgp-signature" && len(all) < report.MaxEvidence {
			all = append(all, report.EvidenceOf(p.Type, p.Name, p.Body))
		}
	}
	return all
}

// classOf looks for a kind of abuse in texts, the telling ones first; the reporter's own words
// count before those of everybody.
func (m *mail) classOf(texts ...string) report.Class {
	for _, text := range texts {
		text = strings.ToLower(strings.NewReplacer("-", " ", "_", " ").Replace(text[:min(len(text), maxText)]))
		for _, w := range m.known.words {
			if strings.Contains(text, w.word) {
				return w.class
			}
		}
	}
	if m.known.fixed {
		return m.known.class
	}
	for _, text := range texts {
		if c, ok := report.ClassOf(strings.NewReplacer("-", " ", "_", " ").Replace(text[:min(len(text), maxText)])); ok {
			return c
		}
	}
	return m.known.class
}

// fold makes a name comparable: lower case, letters and digits only.
func fold(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		}
		return -1
	}, name)
}

// What fields are called by those who write them, folded.
var (
	addressNames = []string{"srcip", "sourceip", "ip", "ipaddress", "offendingip", "offendingsourceip", "attackerip", "attackingip", "source", "hostip"}
	portNames    = []string{"srcport", "sourceport"}
	timeNames    = []string{"firstseen", "timestamp", "eventtime", "testedon", "date", "time", "datetime", "detectedat"}
	lastNames    = []string{"lastseen"}
	pageNames    = []string{"url", "uri", "source", "offendingurl"}
	domainNames  = []string{"domain", "hostname", "host"}
	kindNames    = []string{"reporttype", "infectiontype", "infection", "malware", "virusname", "signature", "type", "category", "tag", "issue", "service"}
	idNames      = []string{"reportid", "caseid", "incidentid"}
)

// read fills a report from named values. It returns false where they name no source.
func (m *mail) read(r *report.Report, get func(names []string) string) bool {
	if s, ok := report.SourceOf(firstWord(get(addressNames))); ok {
		r.Source = s
	}
	for _, names := range [][]string{pageNames, domainNames} {
		s, ok := report.SourceOf(firstWord(get(names)))
		if !ok {
			continue
		}
		r.Source.URL, r.Source.Domain = cmp.Or(r.Source.URL, s.URL), cmp.Or(r.Source.Domain, s.Domain)
		if !r.Source.Addr.IsValid() && s.Addr.IsValid() {
			r.Source.Addr = s.Addr
		}
	}
	if s, ok := report.SourceOf("192.0.2.1:" + get(portNames)); ok && s.Addr.IsValid() {
		r.Source.Port = s.Port
	}
	if at, ok := report.MomentOf(get(timeNames)); ok {
		r.At = at
	}
	if at, ok := report.MomentOf(get(lastNames)); ok {
		r.Until = at
	}
	r.ID = get(idNames)
	return r.Source.Known()
}

func firstWord(s string) string {
	fields := strings.Fields(s)
	if len(fields) == 0 {
		return ""
	}
	return strings.Trim(fields[0], `"'*<>(),;`)
}

// pick returns the value of the first name that has one.
func pick(values map[string]string, names []string) string {
	i := slices.IndexFunc(names, func(n string) bool { return values[n] != "" })
	if i < 0 {
		return ""
	}
	return values[names[i]]
}
