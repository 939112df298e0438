package form

import (
	"encoding/xml"
	"strings"

	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// headings are what Project Honey Pot writes above its lists of addresses.
var headings = []meaning{
	{"harvesting on your network", scraping}, {"spamming on your network", spam}, {"dictionary attacks on your network", spam},
}

// readSections reads lists of addresses under headings. Below an address stand the times at which
// it was seen; where there are none, the time of the mail is taken.
func readSections(m *mail) (all []*report.Report) {
	var class report.Class
	var last *report.Report
	for line := range strings.Lines(m.text[:min(len(m.text), maxText)]) {
		line = strings.TrimSpace(line)
		lower := strings.ToLower(line)
		if strings.HasSuffix(lower, ":") && strings.Contains(lower, "on your network") {
			class, last = report.Other, nil
			for _, h := range headings {
				if strings.Contains(lower, h.word) {
					class = h.class
				}
			}
			continue
		}
		if class == (report.Class{}) || class == report.Other || len(all) >= MaxReports {
			continue
		}
		if at, ok := report.MomentOf(strings.TrimLeft(line, "- ")); ok && last != nil && last.Until == 0 {
			last.At, last.Until = at, at
			continue
		}
		if s, ok := report.SourceOf(firstWord(line)); ok && s.Addr.IsValid() {
			last = m.newReport()
			last.Source, last.Class = s, class
			all = append(all, last)
		}
	}
	return all
}

// readSafeBrowsing reads the list of pages that Google Safe Browsing sends to networks.
func readSafeBrowsing(m *mail) (all []*report.Report) {
	from, _, found := strings.Cut(m.text, "<notification_message")
	if !found || len(m.text) > maxText {
		return nil
	}
	var n struct {
		Date string `xml:"date,attr"`
		Page []struct {
			URL  string `xml:"url,attr"`
			Addr string `xml:"ip,attr"`
		} `xml:"list>url_info"`
	}
	d := xml.NewDecoder(strings.NewReader(m.text[len(from):]))
	d.Strict = false
	if d.Decode(&n) != nil {
		return nil
	}
	for _, page := range n.Page[:min(len(n.Page), MaxReports)] {
		r := m.newReport()
		var ok bool
		if r.Source, ok = report.SourceOf(page.URL); !ok {
			continue
		}
		if s, ok := report.SourceOf(page.Addr); ok {
			r.Source.Addr = s.Addr
		}
		if at, ok := report.MomentOf(n.Date); ok {
			r.At = at
		}
		all = append(all, r)
	}
	return all
}
