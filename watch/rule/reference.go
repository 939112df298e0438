package rule

import (
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// Reference returns the reference of the rule language as Markdown, made from the tables that the
// compiler uses.
func Reference() string {
	var b strings.Builder
	b.WriteString(referenceHead)
	keyTable(&b, "A rule", ruleKeys)
	keyTable(&b, "A window", windowKeys)
	keyTable(&b, "A term", termKeys)
	keyTable(&b, "Tests", testKeys)

	heading(&b, "Signals")
	table(&b, "of", "what", "for rules about", "default kind")
	for _, row := range signals[1:] {
		line(&b, code(row.name), row.about, subjects(row.at), row.kind.String())
	}
	heading(&b, "Features of a window")
	b.WriteString("Written as the window's name, a dot and the feature: `cpu.mean`. In `says`, every window also has\n" +
		"`.for`, its length.\n\n")
	table(&b, "feature", "type", "what", "windows that have it")
	for f := range Feature(Features) {
		line(&b, code(f.String()), f.Type().String(), features[f].about, features[f].owner.which)
	}
	heading(&b, "Facts")
	b.WriteString("A fact may be unknown. `asset.` facts exist in rules about assets.\n\n")
	table(&b, "fact", "type", "what")
	for _, v := range facts {
		line(&b, code(v.Name), v.Type.String(), v.Doc)
	}
	heading(&b, "Fields of events")
	b.WriteString("For `where`; those marked may also stand in `sum:` or `distinct:`. A field that the event does not\nsay is unknown, and an unknown `where` does not match.\n\n")
	table(&b, "of", "field", "type", "what", "also in")
	for _, row := range signals[1:] {
		if row.record != evenkeel.KindUsage {
			fieldLines(&b, row)
		}
	}
	heading(&b, "Formats in `says`")
	b.WriteString("`{name}` or `{name:format}`; `{{` and `}}` are braces. What is unknown reads \"unknown (why)\".\n\n")
	table(&b, "format", "for", "writes")
	for _, f := range formats {
		line(&b, code(f.name)+usually(f.name), typeNames(f.takes), f.about)
	}
	heading(&b, "Expressions")
	b.WriteString(referenceExpressions)
	heading(&b, "Bounds")
	for _, bound := range boundTexts() {
		fmt.Fprintf(&b, "- %s\n", bound)
	}
	return b.String()
}

const referenceHead = `# The rule language

A rule is a YAML document; a file may hold several, divided by ` + "`---`" + `. A key that is not listed here is an
error. A rule keeps windows of event time for each subject; its terms are conditions over them, and a finding
is made when the weights of the terms that are met reach the score. What is unknown never meets a term:
it adds nothing, and with a negative weight it takes nothing away.
`

const referenceExpressions = `Expressions are a subset of CEL: literals, names, ` + "`&& || ! ?: == != < <= > >= + - * / % in`" + `, and functions.
int and double do not mix: compare a double with 5.0, not with 5. Durations are written ` + "`seconds(n) minutes(n)\nhours(n) days(n)`" + ` or ` + "`duration(\"90s\")`" + `. A ratio over nothing is unknown. known() has no place in a rule.
`

func keyTable(b *strings.Builder, title string, rows []keyRow) {
	heading(b, title)
	table(b, "key", "form", "what")
	for _, r := range rows {
		line(b, code(r.name), r.form, r.about)
	}
}

func fieldLines(b *strings.Builder, row signalRow) {
	for _, f := range fieldsOf(row.record, anyField) {
		also := []string{}
		if summable(fieldRows[f]) {
			also = append(also, "sum")
		}
		if distinguished(fieldRows[f]) {
			also = append(also, "distinct")
		}
		name := code(f.String())
		if v := f.variable(); v != f.String() {
			name = code(v) + "; in `sum:` " + name
		}
		line(b, code(row.name), name, f.Type().String(), fieldRows[f].about, strings.Join(also, ", "))
	}
}

func usually(format string) string {
	for _, t := range []ternary.Type{ternary.DoubleType, ternary.IntType, ternary.DurationType} {
		if usual[t] == format {
			return " (usual for " + t.String() + ")"
		}
	}
	return ""
}

func typeNames(types []ternary.Type) string {
	var out []string
	for _, t := range types {
		out = append(out, t.String())
	}
	return strings.Join(out, ", ")
}

func subjects(kinds []evenkeel.SubjectKind) string {
	var out []string
	for _, k := range kinds {
		out = append(out, k.String())
	}
	return strings.Join(out, ", ")
}

func heading(b *strings.Builder, title string) { fmt.Fprintf(b, "\n## %s\n\n", title) }

func table(b *strings.Builder, columns ...string) {
	line(b, columns...)
	fmt.Fprintln(b, strings.Repeat("| --- ", len(columns))+"|")
}

func line(b *strings.Builder, cells ...string) {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", `\|`)
	}
	fmt.Fprintln(b, "| "+strings.Join(cells, " | ")+" |")
}

func code(s string) string { return "`" + s + "`" }
