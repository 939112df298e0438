package convert

import (
	"encoding/json"
	"io"
	"math"
	"strconv"

	"github.com/evenkeel/evenkeel"
)

// lineBytes is the size at which a line of OTLP is ended; the last row may go beyond it.
const lineBytes = 1 << 20

// shapes says how each metric is written: name, unit, and what stands around its points.
var shapes = [metrics]struct{ open, close string }{
	metricCPU:          {`{"name":"system.cpu.utilization","unit":"1","gauge":{"dataPoints":[`, `]}}`},
	metricNetwork:      {`{"name":"system.network.io","unit":"By","sum":{"dataPoints":[`, sumClose + `2}}`},
	metricNetworkDelta: {`{"name":"system.network.io","unit":"By","sum":{"dataPoints":[`, sumClose + `1}}`},
	metricDisk:         {`{"name":"system.disk.io","unit":"By","sum":{"dataPoints":[`, sumClose + `2}}`},
	metricDiskDelta:    {`{"name":"system.disk.io","unit":"By","sum":{"dataPoints":[`, sumClose + `1}}`},
}

const sumClose = `],"isMonotonic":true,"aggregationTemporality":`

// point is a reading to be written.
type point struct {
	at, since evenkeel.Moment // since 0: not told
	target    target
	delta     bool
	cpu       string // number of the CPU as the Collector writes it, such as cpu0; "" all
	value     float64
}

// lines collects the readings of many assets into requests and writes each as a line.
type lines struct {
	out    io.Writer
	of     map[string]int // asset → place in assets
	assets []assetPoints
	used   int // of assets
	size   int
	buf    []byte

	points int64
	count  int64
}

// assetPoints are an asset's points so far, per metric, in JSON.
type assetPoints struct {
	asset  string
	points [metrics][]byte
}

func newLines(out io.Writer) *lines { return &lines{out: out, of: map[string]int{}} }

// add takes a reading of an asset.
func (l *lines) add(asset string, p *point) {
	i, ok := l.of[asset]
	if !ok {
		if i = l.used; i == len(l.assets) {
			l.assets = append(l.assets, assetPoints{})
		}
		l.of[asset], l.assets[i].asset = i, asset
		l.used++
		l.size += len(asset) + 200
	}
	m := p.target.at
	if p.delta {
		m++
	}
	dst := &l.assets[i].points[m]
	before := len(*dst)
	if before > 0 {
		*dst = append(*dst, ',')
	}
	*dst = p.append(*dst)
	l.size += len(*dst) - before
	l.points++
}

// full says that the line is long enough. It is asked between rows, so that a row's
// readings stay together.
func (l *lines) full() bool { return l.size >= lineBytes }

// flush writes the line, if there is anything to write.
func (l *lines) flush() error {
	if l.used == 0 {
		return nil
	}
	b := append(l.buf[:0], `{"resourceMetrics":[`...)
	for i := range l.assets[:l.used] {
		if i > 0 {
			b = append(b, ',')
		}
		b = l.assets[i].append(b)
	}
	l.buf = append(b, "]}\n"...)
	clear(l.of)
	l.used, l.size = 0, 0
	l.count++
	_, err := l.out.Write(l.buf)
	return err
}

func (a *assetPoints) append(b []byte) []byte {
	b = append(b, `{"resource":{"attributes":[{"key":"evenkeel.asset","value":{"stringValue":`...)
	b = appendText(b, a.asset)
	b = append(b, `}}]},"scopeMetrics":[{"scope":{"name":"evenkeel/convert"},"metrics":[`...)
	first := true
	for m := range a.points {
		if len(a.points[m]) == 0 {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, shapes[m].open...), a.points[m]...), shapes[m].close...)
		a.points[m] = a.points[m][:0]
	}
	return append(b, `]}]}`...)
}

// append writes the point as JSON, 64-bit integers as strings, as OTLP wants it.
func (p *point) append(b []byte) []byte {
	b = append(b, '{')
	if p.target.key != "" || p.cpu != "" {
		b = append(b, `"attributes":[`...)
		if p.cpu != "" {
			b = appendAttribute(b, "cpu", p.cpu)
		}
		if p.target.key != "" {
			if p.cpu != "" {
				b = append(b, ',')
			}
			b = appendAttribute(b, p.target.key, p.target.value)
		}
		b = append(b, `],`...)
	}
	if p.since != 0 {
		b = append(strconv.AppendInt(append(b, `"startTimeUnixNano":"`...), int64(p.since), 10), `",`...)
	}
	b = append(strconv.AppendInt(append(b, `"timeUnixNano":"`...), int64(p.at), 10), `",`...)
	if p.target.cpu || p.value != math.Trunc(p.value) || p.value > 1<<53 {
		return append(strconv.AppendFloat(append(b, `"asDouble":`...), p.value, 'g', -1, 64), '}')
	}
	return append(strconv.AppendInt(append(b, `"asInt":"`...), int64(p.value), 10), `"}`...)
}

func appendAttribute(b []byte, key, value string) []byte {
	b = append(append(append(b, `{"key":"`...), key...), `","value":{"stringValue":`...)
	return append(appendText(b, value), `}}`...)
}

// appendText writes a JSON string.
func appendText(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil { // no string is refused
		panic(err)
	}
	return append(b, text...)
}
