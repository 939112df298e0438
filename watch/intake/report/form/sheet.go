package form

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// Bounds of a packed file.
const (
	maxUnpacked = 16 << 20
	maxEntries  = 20
)

// readSheets reads the first attached sheet that has a column of addresses.
func readSheets(m *mail) []*report.Report {
	for _, p := range m.Parts {
		if p.Inner {
			continue
		}
		for _, f := range unpack(p.Name, p.Body) {
			if all := m.sheet(f.name, f.body); len(all) > 0 {
				return all
			}
		}
	}
	return nil
}

type file struct {
	name string
	body []byte
}

// unpack returns a sheet, or the sheets in an archive.
func unpack(name string, body []byte) (all []file) {
	switch lower := strings.ToLower(name); {
	case strings.HasSuffix(lower, ".csv"):
		return []file{{name, body}}
	case !strings.HasSuffix(lower, ".zip"):
		return nil
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil
	}
	left := int64(maxUnpacked)
	for _, entry := range z.File[:min(len(z.File), maxEntries)] {
		if !strings.HasSuffix(strings.ToLower(entry.Name), ".csv") {
			continue
		}
		r, err := entry.Open()
		if err != nil {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(r, left))
		r.Close()
		left -= int64(len(text))
		if err == nil || len(text) > 0 {
			all = append(all, file{entry.Name, text})
		}
	}
	return all
}

// sheet makes a report of each line that names a source. The first line names the columns.
func (m *mail) sheet(name string, body []byte) (all []*report.Report) {
	lines := csv.NewReader(bytes.NewReader(body))
	lines.FieldsPerRecord, lines.LazyQuotes, lines.ReuseRecord = -1, true, false
	head, err := lines.Read()
	if err != nil {
		return nil
	}
	for len(all) < MaxReports {
		line, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			continue // a broken line costs itself; the reader goes on behind it
		}
		if r := m.row(name, head, line); r != nil {
			all = append(all, r)
		}
	}
	return all
}

func (m *mail) row(name string, head, line []string) *report.Report {
	values := map[string]string{}
	for i, value := range line[:min(len(line), len(head))] {
		if key := fold(head[i]); values[key] == "" {
			values[key] = strings.TrimSpace(value)
		}
	}
	if pick(values, addressNames) == "" {
		return nil
	}
	if day, clock := values["eventdate"], values["eventtime"]; day != "" && clock != "" {
		values["eventtime"] = day + " " + clock
	}
	r := m.newReport()
	if !m.read(r, func(names []string) string { return pick(values, names) }) {
		return nil
	}
	r.Class = m.classOf(name, m.Header.Get("Subject"), pick(values, kindNames), strings.Join(line, " "))
	r.Confidence = 1
	r.Says = told(head, line)
	return r
}

// told is a line with the names of its columns.
func told(head, line []string) string {
	var b strings.Builder
	for i, value := range line[:min(len(line), len(head))] {
		if value != "" && b.Len() < report.MaxSays {
			b.WriteString(head[i] + ": " + value + "\n")
		}
	}
	return b.String()
}

// readBars reads a table that is drawn with bars in the text: a line of names, then lines.
func readBars(m *mail) (all []*report.Report) {
	var head []string
	for line := range strings.Lines(m.text[:min(len(m.text), maxText)]) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 3 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if head == nil {
			if slices.ContainsFunc(cells, func(c string) bool { return slices.Contains(addressNames, fold(c)) }) {
				head = cells
			}
			continue
		}
		if r := m.row("", head, cells); r != nil && len(all) < MaxReports {
			all = append(all, r)
		}
	}
	return all
}
