// Package feed reads recorded telemetry and acts: files of lines in, batches of records or
// acts out.
//
// In and out: a Reader is handed a stream and its name (Reader.Read), or names of files
// (Reader.Files; "-" is standard input), and calls emit with batches of one source, in the
// order of the lines. A line is one OTLP metrics request in JSON, as the OpenTelemetry
// Collector's file exporter writes it, or one CloudEvent or an array of them. The format is
// found out per file, unless it is forced; gzip and zstd are unpacked. Captures become what
// the ports of the guests would tell whose addresses Options name. What people do is
// read apart from the telemetry (Reader.Acts), a CloudEvent a line or an array of them.
//
// Reading order: format.go (which format), lines.go (bounded lines), unpack.go (gzip, zstd,
// bytes read), decode.go (the formats' decoders), reader.go (one stream), capture.go
// (captures), files.go (names),
// acts.go.
//
// What must always hold: a bad line is told with its file and number, and costs nothing
// but itself; a line beyond the limit is skipped without being held; every bad line is
// counted, though only the first ones are told. The core reads an io.Reader; only files.go
// opens files.
//
// What is not here: what the formats mean (watch/intake, judge/docket/actevent), and order in
// time (lab/sorted).
package feed
