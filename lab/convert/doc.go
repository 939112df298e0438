// Package convert turns recorded series into lines that replay reads.
//
// In and out: tables of text go in, row by row (Converter.Read); out come lines of OTLP
// JSON as the OpenTelemetry Collector's file exporter writes them, or of CloudEvents, and
// on request the inventory lines of the assets met: tenant, asset, creation.
//
// Reading order: presets.go (what is known by name), convert.go (the verbs), mapping.go
// (what a column means), clock.go (times), row.go (cells of a line), columns.go, planetlab.go,
// arrivals.go (the forms of input), otlp.go, events.go, inventory.go (the lines written).
//
// What must always hold: the same input gives the same bytes. A bad row is told with file
// and line, and the rest is converted. What a cell does not say is left out, never zero.
// The CPU states of one reading stand in one line: who decodes it needs them together.
//
// What is not here: opening files (cmd), unpacking and lines (lab/feed), and order in time
// (lab/sorted): lines come out in the order of the rows.
package convert
