package form

import (
	"strings"

	"github.com/evenkeel/evenkeel/watch/intake/report"
)

const maxKeyed = 64 << 10 // bytes of a part of keys and values

// keyed reads lines of "key: value", as X-ARF 0.x writes them in YAML and many mails write them by
// hand; the first value of a key counts. Keys are folded.
func keyed(text string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(text[:min(len(text), maxKeyed)]) {
		key, value, ok := strings.Cut(strings.TrimLeft(line, " \t-*•"), ":")
		if !ok || len(key) > 40 {
			continue
		}
		value = strings.TrimSpace(value)
		if tagged, quoted, ok := strings.Cut(value, " '"); ok && strings.HasPrefix(tagged, "!!") { // a type of YAML
			value = quoted
		}
		if value = strings.Trim(value, `'" `+"\t"); value == "" {
			continue
		}
		if name := fold(key); all[name] == "" {
			all[name] = value
		}
	}
	return all
}

// readKeyedParts reads parts that are made of keys and values: X-ARF 0.x, and what resembles it.
func readKeyedParts(m *mail) (all []*report.Report) {
	for _, p := range m.Parts {
		text := strings.TrimSpace(string(p.Body[:min(len(p.Body), maxKeyed)]))
		if p.Inner || p.Name == "" && !strings.HasPrefix(text, "---") || strings.HasPrefix(text, "---B") || strings.HasPrefix(text, "-----") {
			continue
		}
		values := keyed(text)
		xarf := values["reporttype"] != "" && values["source"] != ""
		if !xarf && (values["ip"] == "" || values["uri"] == "" && values["firstseen"] == "") || len(all) >= MaxReports {
			continue
		}
		r := m.newReport()
		if !m.read(r, func(names []string) string { return pick(values, names) }) {
			continue
		}
		r.Class = m.classOf(values["reporttype"], pick(values, kindNames), values["category"]+" "+values["service"], m.Header.Get("Subject"))
		if xarf {
			r.Format, r.Confidence = report.FormatXARF0, 1
		}
		all = append(all, r)
	}
	return all
}

// readKeyedText reads the text of a mail that names an address by a key.
func readKeyedText(m *mail) []*report.Report {
	values := keyed(m.text)
	delete(values, "source") // in prose, anything may be a source
	r := m.newReport()
	if !m.read(r, func(names []string) string { return pick(values, names) }) || pick(values, addressNames) == "" && r.Source.URL == "" {
		return nil
	}
	r.Class = m.classOf(m.Header.Get("Subject"), pick(values, kindNames), m.text)
	r.Confidence = max(r.Confidence-0.1, 0.5)
	return []*report.Report{r}
}
