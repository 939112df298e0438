package otlp

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"github.com/VictoriaMetrics/easyproto"

	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// place is where the walk of a protobuf request is, for errors: counted from 1, 0 not there.
type place struct {
	resource, scope, metric, point int
}

func (p place) String() string {
	s := ""
	for _, step := range [...]struct {
		name string
		n    int
	}{{"resource", p.resource}, {"scope", p.scope}, {"metric", p.metric}, {"point", p.point}} {
		if step.n > 0 {
			s += fmt.Sprintf("%s %d, ", step.name, step.n)
		}
	}
	return s
}

// message walks over the fields of a protobuf message and calls field for each. It stops at
// an error, which says where.
type message struct {
	easyproto.FieldContext
	rest  []byte
	where *place
	err   error
}

func (s *sink) message(data []byte, where *place) message {
	return message{rest: data, where: where}
}

// next reads a field and says whether there was one.
func (m *message) next() bool {
	if len(m.rest) == 0 || m.err != nil {
		return false
	}
	rest, err := m.NextField(m.rest)
	if err != nil {
		m.err = fmt.Errorf("%sexpected a protobuf field: %w", m.where, err)
		return false
	}
	m.rest = rest
	return true
}

// wrong remembers that a field is of another type than its number says.
func (m *message) wrong(field, expected string) {
	if m.err == nil {
		m.err = fmt.Errorf("%s%s (field %d) is not %s", m.where, field, m.FieldNum, expected)
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

func (m *message) fixed(field string) uint64 {
	v, ok := m.Fixed64()
	if !ok {
		m.wrong(field, "64 bits")
	}
	return v
}

func (m *message) varint(field string) uint64 {
	v, ok := m.Uint64()
	if !ok {
		m.wrong(field, "a number")
	}
	return v
}

// protobuf walks an ExportMetricsServiceRequest. The numbers of the fields are those of
// opentelemetry-proto, collector/metrics/v1 and metrics/v1.
func (s *sink) protobuf(body string) error {
	var where place
	m := s.message(unsafe.Slice(unsafe.StringData(body), len(body)), &where)
	for m.next() {
		if m.FieldNum == 1 {
			where = place{resource: where.resource + 1}
			if data := m.data("resource_metrics"); m.err == nil {
				m.err = s.resourceMetrics(data, &where)
			}
		}
	}
	return m.err
}

func (s *sink) resourceMetrics(data []byte, where *place) error {
	// The resource belongs to all scopes, wherever it stands among them.
	s.shared.reset()
	m := s.message(data, where)
	for m.next() {
		if m.FieldNum == 1 {
			m.err = s.attributes(m.data("resource"), 1, &s.shared, s.limits.ResourceAttrs, where)
		}
	}
	if m.err != nil {
		return m.err
	}
	s.enterResource()
	m = s.message(data, where)
	for m.next() {
		if m.FieldNum == 2 {
			*where = place{resource: where.resource, scope: where.scope + 1}
			if scope := m.data("scope_metrics"); m.err == nil {
				m.err = s.scopeMetrics(scope, where)
			}
		}
	}
	return m.err
}

// attributes reads the attributes of a resource, which are in its field number.
func (s *sink) attributes(data []byte, number uint32, into *attributes, most int, where *place) error {
	m := s.message(data, where)
	for m.next() {
		if m.FieldNum == number {
			s.attribute(&m, into, most)
		}
	}
	return m.err
}

// attribute reads the KeyValue in m.
func (s *sink) attribute(m *message, into *attributes, most int) {
	kv := m.data("attributes")
	if m.err != nil {
		return
	}
	v := into.next(most)
	if v == nil {
		return
	}
	deep := false
	if !shortText(kv, v) {
		deep, m.err = s.keyValue(kv, v, s.limits.Depth, m.where)
	}
	into.keep(deep, &s.limits)
}

// shortText reads a KeyValue of the shape that nearly all have: a key and a text of less
// than 124 bytes each, in either order (SDKs write the key first, the Collector last), and
// nothing else. It returns false for all others, which keyValue reads; it saves a third of
// the time of a request.
func shortText(kv []byte, v *intake.Attribute) bool {
	const key, value, text = 1<<3 | 2, 2<<3 | 2, 1<<3 | 2 // field numbers, type "length"
	if len(kv) < 6 || kv[1] >= 0x80 {
		return false
	}
	cut := 2 + int(kv[1])
	if len(kv) < cut+2 || kv[cut+1] >= 0x80 || int(kv[cut+1]) != len(kv)-cut-2 {
		return false
	}
	k, t := kv[:cut], kv[cut:]
	if k[0] == value {
		k, t = t, k
	}
	if k[0] != key || t[0] != value || len(t) < 4 || t[2] != text || int(t[3]) != len(t)-4 {
		return false
	}
	k, t = k[2:], t[4:]
	v.Kind, v.Bits = intake.AttributeText, 0
	v.Key, v.Text = unsafe.String(unsafe.SliceData(k), len(k)), unsafe.String(unsafe.SliceData(t), len(t))
	return true
}

func (s *sink) keyValue(data []byte, v *intake.Attribute, depth int, where *place) (deep bool, err error) {
	m, key := s.message(data, where), ""
	for m.next() {
		switch m.FieldNum {
		case 1:
			key = m.text("key")
		case 2:
			if value := m.data("value"); m.err == nil {
				deep, m.err = s.anyValue(value, v, depth, where)
			}
		}
	}
	v.Key = key
	return deep, m.err
}

func (s *sink) anyValue(data []byte, v *intake.Attribute, depth int, where *place) (deep bool, err error) {
	*v = intake.Attribute{}
	if depth == 0 {
		return true, nil
	}
	m := s.message(data, where)
	for m.next() {
		switch m.FieldNum {
		case 1:
			*v = intake.Attribute{Kind: intake.AttributeText, Text: m.text("string_value")}
		case 2:
			*v = intake.Attribute{Kind: intake.AttributeBool, Bits: min(m.varint("bool_value"), 1)}
		case 3:
			*v = intake.Attribute{Kind: intake.AttributeInt, Bits: m.varint("int_value")}
		case 4:
			*v = intake.Attribute{Kind: intake.AttributeDouble, Bits: m.fixed("double_value")}
		case 5, 6:
			if list := m.data("array_value or kvlist_value"); m.err == nil {
				deep, m.err = s.values(list, v, m.FieldNum == 6, depth-1, where)
			}
		case 7:
			*v = bytesAttribute(s.key, m.text("bytes_value"))
		}
	}
	return deep, m.err
}

// values hashes the elements of an ArrayValue or the members of a KeyValueList.
func (s *sink) values(data []byte, v *intake.Attribute, keyed bool, depth int, where *place) (deep bool, err error) {
	m, h := s.message(data, where), complexHash(s.key, keyed)
	for m.next() {
		if m.FieldNum != 1 {
			continue
		}
		var a intake.Attribute
		switch value := m.data("values"); {
		case m.err != nil:
		case keyed:
			deep, m.err = s.keyValue(value, &a, depth, where)
		default:
			deep, m.err = s.anyValue(value, &a, depth, where)
		}
		if deep {
			return true, nil
		}
		a.Hash(&h)
	}
	*v = intake.Attribute{Kind: intake.AttributeComplex, Bits: h.Sum()}
	return false, m.err
}

// complexHash begins the hash of a list or map, bytesAttribute is that of bytes; both
// encodings end in the same sums.
func complexHash(key siphash.Key, keyed bool) siphash.Hash {
	h := siphash.New(key)
	if keyed {
		h.String("map")
	} else {
		h.String("list")
	}
	return h
}

func bytesAttribute(key siphash.Key, bytes string) intake.Attribute {
	h := siphash.New(key)
	h.String("bytes")
	h.String(bytes)
	return intake.Attribute{Kind: intake.AttributeBytes, Bits: h.Sum()}
}

func (s *sink) scopeMetrics(data []byte, where *place) error {
	s.scope = ""
	m := s.message(data, where)
	for m.next() {
		if m.FieldNum == 1 {
			scope := s.message(m.data("scope"), where)
			for scope.next() {
				if scope.FieldNum == 1 {
					s.scope = scope.text("scope.name")
				}
			}
			if m.err == nil {
				m.err = scope.err
			}
		}
	}
	if m.err != nil {
		return m.err
	}
	m = s.message(data, where)
	for m.next() {
		if m.FieldNum == 2 {
			where.metric, where.point = where.metric+1, 0
			if metric := m.data("metrics"); m.err == nil {
				m.err = s.metric(metric, where)
			}
		}
	}
	return m.err
}

func (s *sink) metric(data []byte, where *place) error {
	var (
		name, unit string
		form       shape
		points     []byte
	)
	m := s.message(data, where)
	for m.next() {
		switch m.FieldNum {
		case 1:
			name = m.text("name")
		case 3:
			unit = m.text("unit")
		case 5:
			form, points = shapeGauge, m.data("gauge")
		case 7:
			form, points = shapeSum, m.data("sum")
		case 9, 10, 11:
			form, points = shapeOther, m.data("histogram or summary")
		}
	}
	if form == shapeSum && m.err == nil {
		sum := s.message(points, where)
		for sum.next() {
			if sum.FieldNum == 2 {
				form = temporality(sum.varint("aggregation_temporality"))
			}
		}
		m.err = sum.err
	}
	if m.err != nil {
		return m.err
	}
	worth := s.enterMetric(name, unit, form)
	m = s.message(points, where)
	for m.next() {
		if m.FieldNum != 1 {
			continue
		}
		where.point++
		point := m.data("data_points")
		switch {
		case m.err != nil:
		case worth:
			m.err = s.dataPoint(point, where)
		default:
			m.err = s.countPoint()
		}
	}
	return m.err
}

// temporality reads AggregationTemporality.
func temporality(v uint64) shape {
	switch v {
	case 1:
		return shapeDelta
	case 2:
		return shapeCumulative
	}
	return shapeSum
}

// dataPoint reads a NumberDataPoint.
func (s *sink) dataPoint(data []byte, where *place) error {
	s.enterPoint()
	m := s.message(s.leading(data), where)
	for m.next() {
		switch m.FieldNum {
		case 2:
			s.since = m.fixed("start_time_unix_nano")
		case 3:
			s.at = m.fixed("time_unix_nano")
		case 4:
			s.value, s.hasValue = math.Float64frombits(m.fixed("as_double")), true
		case 6:
			s.value, s.hasValue = float64(int64(m.fixed("as_int"))), true
		case 7:
			s.attribute(&m, &s.own, s.limits.Attributes)
		case 8:
			s.flags = m.varint("flags")
		}
	}
	if m.err != nil {
		return m.err
	}
	return s.point()
}

// leading reads the times and the value of a point as long as nothing else comes, which is
// how SDKs and the Collector begin it, and returns the rest.
func (s *sink) leading(data []byte) []byte {
	const fixed64 = 1
	for len(data) >= 9 {
		bits := binary.LittleEndian.Uint64(data[1:])
		switch data[0] {
		case 2<<3 | fixed64:
			s.since = bits
		case 3<<3 | fixed64:
			s.at = bits
		case 4<<3 | fixed64:
			s.value, s.hasValue = math.Float64frombits(bits), true
		case 6<<3 | fixed64:
			s.value, s.hasValue = float64(int64(bits)), true
		default:
			return data
		}
		data = data[9:]
	}
	return data
}
