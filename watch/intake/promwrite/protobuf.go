package promwrite

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"github.com/VictoriaMetrics/easyproto"

	"github.com/evenkeel/evenkeel/watch/intake"
)

// message walks over the fields of a protobuf message. It stops at an error, which says in
// which series.
type message struct {
	easyproto.FieldContext
	rest   []byte
	series int // counted from 1
	err    error
}

// next reads a field and says whether there was one.
func (m *message) next() bool {
	if len(m.rest) == 0 || m.err != nil {
		return false
	}
	rest, err := m.NextField(m.rest)
	if err != nil {
		m.err = fmt.Errorf("series %d, expected a protobuf field: %w", m.series, err)
		return false
	}
	m.rest = rest
	return true
}

// wrong remembers that a field is of another type than its number says.
func (m *message) wrong(field, expected string) {
	if m.err == nil {
		m.err = fmt.Errorf("series %d, %s (field %d) is not %s", m.series, field, m.FieldNum, expected)
	}
}

func (m *message) data(field string) []byte {
	v, ok := m.MessageData()
	if !ok {
		m.wrong(field, "a message")
	}
	return v
}

func (m *message) text(field string) string {
	v, ok := m.String()
	if !ok {
		m.wrong(field, "a string")
	}
	return v
}

// request walks a WriteRequest. The numbers of the fields are those of the specification of
// remote write 1.0.
func (s *sink) request(body string) error {
	m := message{rest: unsafe.Slice(unsafe.StringData(body), len(body))}
	for m.next() {
		if m.FieldNum != 1 { // 3 is metadata
			continue
		}
		m.series++
		if data := m.data("timeseries"); m.err == nil {
			m.err = s.timeSeries(data, m.series)
		}
	}
	return m.err
}

// timeSeries reads a series: its labels first, wherever they stand.
func (s *sink) timeSeries(data []byte, number int) error {
	s.enterSeries()
	m := message{rest: data, series: number}
	for m.next() {
		if m.FieldNum == 1 {
			s.oneLabel(&m)
		}
	}
	if m.err != nil {
		return m.err
	}
	s.know()
	m = message{rest: data, series: number}
	for m.next() {
		switch m.FieldNum {
		case 2:
			s.oneSample(&m)
		case 4:
			m.data("histograms")
			if m.err == nil {
				m.err = s.histogram()
			}
		}
	}
	return m.err
}

func (s *sink) oneLabel(outer *message) {
	data := outer.data("labels")
	if outer.err != nil {
		return
	}
	if name, value, ok := shortLabel(data); ok {
		s.label(name, value)
		return
	}
	m := message{rest: data, series: outer.series}
	var name, value string
	for m.next() {
		switch m.FieldNum {
		case 1:
			name = m.text("label name")
		case 2:
			value = m.text("label value")
		}
	}
	if outer.err = m.err; m.err == nil {
		s.label(name, value)
	}
}

// shortLabel reads a label as all senders write it: the name, then the value, of less than 128
// bytes each, and nothing else.
func shortLabel(data []byte) (name, value string, ok bool) {
	const nameField, valueField = 1<<3 | 2, 2<<3 | 2 // field numbers, type "length"
	if len(data) < 4 || data[0] != nameField || data[1] >= 0x80 {
		return "", "", false
	}
	cut := 2 + int(data[1])
	if len(data) < cut+2 || data[cut] != valueField || data[cut+1] >= 0x80 || int(data[cut+1]) != len(data)-cut-2 {
		return "", "", false
	}
	n, v := data[2:cut], data[cut+2:]
	return unsafe.String(unsafe.SliceData(n), len(n)), unsafe.String(unsafe.SliceData(v), len(v)), true
}

func (s *sink) oneSample(outer *message) {
	data := outer.data("samples")
	if outer.err != nil {
		return
	}
	if value, ms, ok := plainSample(data); ok {
		outer.err = s.sample(value, ms)
		return
	}
	m := message{rest: data, series: outer.series}
	var value float64
	var ms int64
	for m.next() {
		ok := true
		switch m.FieldNum {
		case 1:
			value, ok = m.Double()
		case 2:
			ms, ok = m.Int64()
		}
		if !ok {
			m.wrong("value or timestamp", "a number")
		}
	}
	if outer.err = m.err; m.err == nil {
		outer.err = s.sample(value, ms)
	}
}

// plainSample reads a sample as all senders write it: a value, then a time after 1970, and
// nothing else.
func plainSample(data []byte) (value float64, ms int64, ok bool) {
	const valueField, timeField = 1<<3 | 1, 2 << 3 // "64 bits", "varint"
	if len(data) < 11 || data[0] != valueField || data[9] != timeField {
		return 0, 0, false
	}
	at, n := binary.Uvarint(data[10:])
	if n != len(data)-10 || at > math.MaxInt64 {
		return 0, 0, false
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(data[1:])), int64(at), true
}

// histogram counts one: no rule can use it, and none of the metrics that we know is one.
func (s *sink) histogram() error {
	why := intake.WrongType
	if s.series == nil {
		why = intake.UnknownMetric
	}
	if s.tally.Count(why) {
		s.tally.Explain(why, fmt.Sprintf("%.100s, a histogram", s.name))
	}
	return s.more()
}
