package form

import (
	"bytes"
	"encoding/xml"
	"strings"

	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// infringement is a notice of ACNS, the automated copyright notice system, as far as it is
// needed (www.acns.net, ACNS 2 version 1.2).
type infringement struct {
	Case struct {
		ID string `xml:"ID"`
	} `xml:"Case"`
	Complainant struct {
		Entity string `xml:"Entity"`
	} `xml:"Complainant"`
	Source []struct {
		TimeStamp string `xml:"TimeStamp"`
		Address   string `xml:"IP_Address"`
		Port      string `xml:"Port"`
		URL       string `xml:"URL"`
		Type      string `xml:"Type"`
	} `xml:"Source"`
	Item []struct {
		Title string `xml:"Title"`
	} `xml:"Content>Item"`
}

// readACNS reads notices that stand in a text or are attached; each case once.
func readACNS(m *mail) (all []*report.Report) {
	seen := map[string]bool{}
	for _, p := range m.Parts {
		if p.Inner {
			continue
		}
		for _, text := range notices(p.Body) {
			var n infringement
			d := xml.NewDecoder(bytes.NewReader(text))
			d.Strict = false
			if d.Decode(&n) != nil || seen[n.Case.ID] || len(all) >= MaxReports {
				continue
			}
			seen[n.Case.ID] = true
			all = append(all, m.infringements(&n)...)
		}
	}
	return all[:min(len(all), MaxReports)]
}

// notices finds the notices by their first and last tag.
func notices(body []byte) (all [][]byte) {
	body = body[:min(len(body), 1<<20)]
	for len(all) < MaxReports {
		from := bytes.Index(body, []byte("<Infringement"))
		if from < 0 {
			return all
		}
		const last = "</Infringement>"
		until := bytes.Index(body[from:], []byte(last))
		if until < 0 {
			return all
		}
		all = append(all, body[from:from+until+len(last)])
		body = body[from+until+len(last):]
	}
	return all
}

func (m *mail) infringements(n *infringement) (all []*report.Report) {
	for _, s := range n.Source {
		r := m.newReport()
		var ok bool
		if r.Source, ok = report.SourceOf(s.Address); !ok {
			if r.Source, ok = report.SourceOf(s.URL); !ok {
				continue
			}
		}
		if port, ok := report.SourceOf("192.0.2.1:" + strings.TrimSpace(s.Port)); ok {
			r.Source.Port = port.Port
		}
		if at, ok := report.MomentOf(s.TimeStamp); ok {
			r.At = at
		}
		r.ID, r.Confidence, r.Class = strings.TrimSpace(n.Case.ID), 1, piracy
		if strings.EqualFold(s.Type, "BitTorrent") || strings.EqualFold(s.Type, "P2P") {
			r.Class = sharing
		}
		if len(n.Item) > 0 {
			r.Says = "Complainant: " + n.Complainant.Entity + "\nTitle: " + n.Item[0].Title
		}
		all = append(all, r)
	}
	return all
}
