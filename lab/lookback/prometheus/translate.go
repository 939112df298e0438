package prometheus

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/promwrite"
)

const (
	mostRequest = 4 * mostAnswer // bytes of a request that is made of an answer
	oneRequest  = time.Hour      // that it is about
	assetKey    = "evenkeel.asset"
)

// attributes are the labels in which the decoder of OTLP looks for a state, a direction and the number
// of a CPU, under the names that they had.
var attributes = func() map[string]string {
	names := map[string]string{}
	for _, a := range []string{
		"state", "cpu.mode", "system.cpu.state", "cpu", "cpu.logical_number", "system.cpu.logical_number",
		"direction", "network.io.direction", "disk.io.direction",
	} {
		names[underscored(a)] = a
	}
	return names
}()

// line is a series that is translated.
type line struct {
	labels  []promwrite.Label
	samples []promwrite.Sample // that are left
}

// translate is decode for a metric of OpenTelemetry: it makes of the series the requests that they
// may have come in, so that what a state, a unit and a share mean is told by watch/intake/otlp alone.
// The states of one reading come in one request: whether idle is told decides what the others say.
func (h *History) translate(b *evenkeel.Batch, a *asked, series []Series, take func(*evenkeel.Batch) error) (n int, err error) {
	names := a.labels(h.span.Labels)
	of, assets := map[string][]line{}, []string{}
	for _, s := range series {
		n += len(s.Values)
		a.seen.Samples += len(s.Values)
		asset := assetOf(s.Metric, names)
		if asset == "" && a.Nested { // nobody asked for it until it is said whose it is
			continue
		}
		if of[asset] == nil {
			assets = append(assets, asset)
		}
		of[asset] = append(of[asset], line{labelsOf(s.Metric), thin(s.Values, h.span.Step)})
	}
	slices.Sort(assets)
	for _, asset := range assets {
		lines := of[asset]
		for body := a.request(asset, lines); body != nil; body = a.request(asset, lines) {
			b.Reset(Source, 0)
			if err := h.otlp.JSON(b, body, 0, &h.tally); err != nil {
				return n, err
			}
			if err := h.hand(b, a, lines[0].labels, take); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// assetOf is the asset of a series: of a target its host.
func assetOf(metric map[string]string, names []string) string {
	for _, name := range names {
		switch value := metric[name]; {
		case value == "":
		case name != targetLabel:
			return value
		default:
			host, port, err := net.SplitHostPort(value)
			if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || host == "" {
				return value
			}
			return host
		}
	}
	return ""
}

// request makes a request of an asset's next samples and takes them away; nil where none are left.
func (m Metric) request(asset string, lines []line) []byte {
	first := int64(math.MaxInt64)
	for _, l := range lines {
		if len(l.samples) > 0 {
			first = min(first, l.samples[0].Millis)
		}
	}
	if first == math.MaxInt64 {
		return nil
	}
	kind, ends := "gauge", ""
	if m.counter {
		kind, ends = "sum", `,"aggregationTemporality":2,"isMonotonic":true`
	}
	out := fmt.Appendf(nil, `{"resourceMetrics":[{"resource":{"attributes":[`)
	out = appendAttribute(out, assetKey, asset)
	out = fmt.Appendf(out, `]},"scopeMetrics":[{"metrics":[{"name":%q,"unit":%q,%q:{"dataPoints":[`, m.otlp, m.unit, kind)
	comma := ""
	for i := range lines {
		l := &lines[i]
		about := l.attributes()
		for len(l.samples) > 0 && l.samples[0].Millis < first+oneRequest.Milliseconds() {
			s := l.samples[0]
			l.samples = l.samples[1:]
			out = fmt.Appendf(out, `%s{"attributes":[%s],"timeUnixNano":"%d","asDouble":"%s"}`, comma, about, s.Millis*1e6, number(s.Value))
			comma = ","
		}
	}
	return append(append(out, "]"...), ends+"}}]}]}]}"...)
}

// number writes a value as the JSON of protobuf does.
func number(v float64) string {
	if math.IsInf(v, 0) {
		return strings.TrimPrefix(fmt.Sprintf("%vinity", v), "+")
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// attributes are what a series says of its points: what the decoder looks for, and a name for the
// whole that tells it from others.
func (l *line) attributes() []byte {
	sum := fnv.New128a()
	var out []byte
	for _, label := range l.labels {
		fmt.Fprintf(sum, "%q=%q,", label.Name, label.Value)
		if name := attributes[label.Name]; name != "" && label.Value != "" {
			out = append(appendAttribute(out, name, label.Value), ',')
		}
	}
	return appendAttribute(out, "series", fmt.Sprintf("%x", sum.Sum(nil)))
}

func appendAttribute(out []byte, key, value string) []byte {
	text, _ := json.Marshal(value) // a string can be written
	return append(append(append(out, `{"key":"`+key+`","value":{"stringValue":`...), text...), `}}`...)
}
