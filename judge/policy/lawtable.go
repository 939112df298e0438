package policy

import (
	"fmt"
	"strings"
)

// law is the table as it is printed.
var law = []*row{
	&lawCompute, &lawTwo, &lawConclusive, &lawUnmeasured, &lawPackets, &lawSpoofed, &lawControl, &lawMandate, &lawEdge, &lawReport, &lawAboveIsolate,
}

// columns are the heads of the columns, in order.
var columns = [...]string{permitted: "all permit or n/a", protected: "any protect or unknown", flagged: "a flag covers it"}

// LawTable returns the table of how far a machine may go alone, as Markdown, from the code that
// keeps it.
func LawTable() string {
	var b strings.Builder
	table(&b, "harm", "evidence", columns[permitted], columns[protected], columns[flagged])
	for _, r := range law {
		line(&b, r.harm, r.evidence, r.cells[permitted].says, r.cells[protected].says, r.cells[flagged].says)
	}
	return b.String()
}

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
