package form

import (
	"net/netip"
	"regexp"

	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// addresses finds what may be an address; ParseAddr decides.
var addresses = regexp.MustCompile(`[0-9A-Fa-f]{0,4}(?:[.:]+[0-9A-Fa-f]{1,4}){2,7}|(?:[0-9]{1,3}\.){3}[0-9]{1,3}`)

var pages = regexp.MustCompile(`(?i)\bhttps?://[^\s<>"'\]\)]{4,1000}`)

// readAnyone guesses: the address in the subject, else the one that the text names most often, the
// first of those; else the first page. Without a word for a kind of abuse it is no report: people
// write about addresses for other reasons.
func readAnyone(m *mail) []*report.Report {
	r := m.newReport()
	subject := m.Header.Get("Subject")
	text := m.text[:min(len(m.text), maxText)]
	if r.Class = m.classOf(subject, text); r.Class == (report.Class{}) {
		return nil
	}
	inSubject, _ := mostNamed(subject)
	inText, rivals := mostNamed(text)
	switch {
	case inSubject.IsValid():
		r.Source.Addr, r.Confidence = inSubject, max(r.Confidence-0.2, 0.6)
	case inText.IsValid() && rivals == 0:
		r.Source.Addr, r.Confidence = inText, 0.5
	case inText.IsValid():
		r.Source.Addr, r.Confidence = inText, 0.3
	}
	if page, ok := report.SourceOf(pages.FindString(text)); ok && !r.Source.Addr.IsValid() {
		if r.Class.Category != "content" && r.Class.Category != "copyright" {
			return nil // the reporter's own page
		}
		r.Source, r.Confidence = page, 0.3
	}
	if !r.Source.Known() {
		return nil
	}
	return []*report.Report{r}
}

// mostNamed returns the address that is named most often, the first of those, and how many others
// there are.
func mostNamed(text string) (most netip.Addr, others int) {
	count := map[netip.Addr]int{}
	var order []netip.Addr
	for _, word := range addresses.FindAllString(text, 1000) {
		s, ok := report.SourceOf(word)
		if !ok || !s.Addr.IsValid() || s.Addr.IsLoopback() || s.Addr.IsUnspecified() {
			continue
		}
		if count[s.Addr]++; count[s.Addr] == 1 {
			order = append(order, s.Addr)
		}
	}
	for _, a := range order {
		if !most.IsValid() || count[a] > count[most] {
			most = a
		}
	}
	return most, max(0, len(order)-1)
}
