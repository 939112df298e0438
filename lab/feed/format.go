package feed

import (
	"bytes"
	"encoding/json"

	"github.com/evenkeel/evenkeel"
)

// Format is what the lines of a file hold.
type Format uint8

// The formats.
const (
	FormatDetect      Format = iota // found out from the file's first lines
	FormatOTLP                      // ExportMetricsServiceRequest in JSON
	FormatCloudEvents               // a structured CloudEvent in JSON, or an array of them
	FormatPCAP                      // captured packets: pcap or pcapng
)

// known is said wherever a format is not one.
const known = `otlp-json (lines {"resourceMetrics":[…]}), cloudevents (lines {"specversion":"1.0",…} or arrays of them) and pcap (captured packets, pcapng too)`

// ParseFormat reads the word of a command line; "" detects.
func ParseFormat(s string) (Format, error) {
	switch s {
	case "":
		return FormatDetect, nil
	case "otlp-json":
		return FormatOTLP, nil
	case "cloudevents":
		return FormatCloudEvents, nil
	case "pcap":
		return FormatPCAP, nil
	}
	return 0, evenkeel.Invalid("format %q; the formats are %s", s, known)
}

// String returns the word of a command line.
func (f Format) String() string {
	switch f {
	case FormatOTLP:
		return "otlp-json"
	case FormatCloudEvents:
		return "cloudevents"
	case FormatPCAP:
		return "pcap"
	default:
		return "detect"
	}
}

// detect looks for the first line that names a format. prefix is how the text begins,
// without a byte order mark; its last line may be cut. A damaged first line does not hide
// the format of the next. ok is false where no line names one; what then says what was
// there instead.
func detect(prefix []byte) (f Format, what string, ok bool) {
	what = "holds no line"
	for line := range bytes.Lines(prefix) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		f, says := formatOf(line)
		if f != FormatDetect {
			return f, "", true
		}
		if what == "holds no line" {
			what = says
		}
	}
	return FormatDetect, what, false
}

func formatOf(line []byte) (Format, string) {
	dec := json.NewDecoder(bytes.NewReader(line))
	open, err := dec.Token()
	if err == nil && open == json.Delim('[') {
		open, err = dec.Token()
	}
	if err != nil || open != json.Delim('{') {
		return FormatDetect, "its lines are not JSON objects"
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			break
		}
		switch key {
		case "resourceMetrics", "resource_metrics":
			return FormatOTLP, ""
		case "specversion":
			return FormatCloudEvents, ""
		case "resourceSpans", "resourceLogs", "resourceProfiles":
			return FormatDetect, "it holds traces, logs or profiles, not metrics"
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			break
		}
	}
	return FormatDetect, "its lines are JSON, but neither of these (each must stand on one line)"
}
