package otlp

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// TestTheDocumentTellsTheMetrics holds docs/intake.md to semconv.go in both directions.
func TestTheDocumentTellsTheMetrics(t *testing.T) {
	for _, says := range checkDocument(document(t)) {
		t.Error(says)
	}
}

func TestTheDocumentCanBeWrong(t *testing.T) {
	text := document(t)
	for _, c := range []struct{ name, old, new, says string }{
		{"a metric is missing", "| `container.disk.io` |", "| container.disk.io |", "container.disk.io is not in the table"},
		{"a metric is not one of ours", "| `container.disk.io` |", "| `container.disk.oi` |", "container.disk.oi is not known"},
		{"a kind is wrong", "| `system.disk.io` | counter", "| `system.disk.io` | gauge", "system.disk.io is a gauge"},
		{"a unit is missing", "| `system.cpu.time` | counter | `s`, `ms`,", "| `system.cpu.time` | counter | `s`,", "units of system.cpu.time"},
		{"another unit is the default", "| `system.cpu.utilization` | gauge | `1`, `%` |", "| `system.cpu.utilization` | gauge | `%`, `1` |", "without a unit"},
		{"an attribute is missing", "`direction`, `disk.io.direction`", "`direction`", "attributes of system.disk.io"},
		{"a signal is wrong", "`system.network.io` | counter | `By` | `direction`, `network.io.direction` | `network.bytes`", "`system.network.io` | counter | `By` | `direction`, `network.io.direction` | `disk.bytes`", "system.network.io becomes"},
		{"a word is missing", "`steal` |", "steal |", `"steal"`},
		{"a scope is missing", "`/kubeletstatsreceiver`", "the other", `"/kubeletstatsreceiver"`},
		{"the asset's attributes stand in another order", "2. `host.id`\n3. `container.id`", "2. `container.id`\n3. `host.id`", "name the asset"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(text, c.old) {
				t.Fatalf("the document has no %q", c.old)
			}
			said := strings.Join(checkDocument(strings.ReplaceAll(text, c.old, c.new)), "\n")
			if !strings.Contains(said, c.says) {
				t.Errorf("the check says %q; expected %q", said, c.says)
			}
		})
	}
}

// TestTheLineOfTheDocumentIsRead plays the recorded line that the document shows.
func TestTheLineOfTheDocumentIsRead(t *testing.T) {
	lines := 0
	for line := range strings.Lines(document(t)) {
		if !strings.HasPrefix(line, `{"resourceMetrics"`) {
			continue
		}
		lines++
		b, tally := evenkeel.NewBatch("test", 0), intake.Tally{}
		if err := new(Decoder).JSON(b, []byte(line), 0, &tally); err != nil {
			t.Fatalf("line %d: %v", lines, err)
		}
		if tally.Accepted == 0 || tally.Refused()+tally.Ignored() > 0 {
			t.Errorf("line %d: %v; expected all of it accepted", lines, &tally)
		}
		for i := range b.Records {
			if asset := b.Text(b.Records[i].Asset); asset != "vm-17" {
				t.Errorf("line %d: a reading of %q; expected vm-17", lines, asset)
			}
		}
	}
	if lines == 0 {
		t.Error("the document shows no line of OTLP")
	}
}

func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/intake.md")
	if err != nil {
		t.Fatalf("read the document: %v", err)
	}
	// What it says of Prometheus says nothing of OTLP.
	before, after, _ := strings.Cut(string(text), "\n## Prometheus\n")
	_, after, _ = strings.Cut(after, "\n## ")
	return before + "\n## " + after
}

var backquoted = regexp.MustCompile("`([^`\n]+)`")

func words(cell string) []string {
	var all []string
	for _, m := range backquoted.FindAllStringSubmatch(cell, -1) {
		all = append(all, m[1])
	}
	return all
}

func checkDocument(text string) (complaints []string) {
	addf := func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) }
	keys, others, err := literals()
	if err != nil {
		return []string{err.Error()}
	}
	seen := map[string]bool{}
	for _, row := range tableRows(section(text, "## Metrics"), 5) {
		names := words(row[0])
		if len(names) != 1 {
			continue // not a metric: the table's head
		}
		name := names[0]
		s := known[name]
		if s == nil {
			addf("the metric %s is not known", name)
			continue
		}
		seen[name] = true
		complaints = append(complaints, checkRow(name, s, row, keys)...)
	}
	for name := range known {
		if !seen[name] {
			addf("the metric %s is not in the table", name)
		}
	}
	said := words(text)
	for _, word := range append(keys, others...) {
		if !slices.Contains(said, word) {
			addf("the document does not say %q", word)
		}
	}
	if got := listed(section(text, "## Which asset a reading is of")); !slices.Equal(got, assetAttributes) {
		addf("the document has %v name the asset; the code %v", got, assetAttributes)
	}
	return complaints
}

// checkRow holds a row of the table to what is known of its metric.
func checkRow(name string, s *series, row, keys []string) (complaints []string) {
	addf := func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) }
	if kind := map[bool]string{true: "counter", false: "gauge"}[s.counter]; row[1] != kind {
		addf("%s is a %s in the table and a %s in the code", name, row[1], kind)
	}
	var units, names []string
	for unit := range s.units {
		if unit != "" {
			units = append(units, unit)
		}
	}
	told := words(row[2])
	if len(told) > 0 && s.units[told[0]] != s.units[""] {
		addf("%s without a unit is not in %s, the first of the table", name, told[0])
	}
	if !sameSet(told, units) {
		addf("the units of %s are %q in the table and %q in the code", name, told, units)
	}
	for _, key := range keys {
		if s.parts.names(key) || s.parts == partsCPU && numbersCPU(key) {
			names = append(names, key)
		}
	}
	if told := words(row[3]); !sameSet(told, names) {
		addf("the attributes of %s are %q in the table and %q in the code", name, told, names)
	}
	signal := map[evenkeel.Meter]string{evenkeel.MeterNetwork: "network.", evenkeel.MeterDisk: "disk."}[s.meter]
	if signal == "" {
		signal = "cpu.busy"
	}
	for _, becomes := range words(row[4]) {
		if !strings.HasPrefix(becomes, signal) {
			addf("%s becomes %s in the table and %s in the code", name, becomes, signal)
		}
	}
	return complaints
}

// literals returns the texts that semconv.go compares with: the keys of attributes, and
// everything else, such as the words of states and the names of scopes.
func literals() (keys, others []string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), "semconv.go", nil, 0)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		into := &others
		if f.Name.Name == "names" || f.Name.Name == "numbersCPU" {
			into = &keys
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if text, err := strconv.Unquote(l.Value); err == nil && !slices.Contains(*into, text) {
					*into = append(*into, text)
				}
			}
			return true
		})
	}
	return keys, others, nil
}

// section returns what stands under a heading, up to the next one of its level.
func section(text, heading string) string {
	_, rest, _ := strings.Cut(text, "\n"+heading+"\n")
	under, _, _ := strings.Cut(rest, "\n## ")
	return under
}

// tableRows returns the rows of so many cells of all tables in a text.
func tableRows(text string, cells int) (rows [][]string) {
	for line := range strings.Lines(text) {
		row := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") || len(row) != cells {
			continue
		}
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		rows = append(rows, row)
	}
	return rows
}

// listed returns the words of a numbered list.
func listed(text string) (all []string) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, strconv.Itoa(len(all)+1)+". ") {
			all = append(all, words(line)...)
		}
	}
	return all
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
