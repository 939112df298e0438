package otlp

import (
	"encoding/base64"
	"math"
	"strings"

	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/internal/jsonpull"
)

// json walks an ExportMetricsServiceRequest in the JSON encoding of OTLP. What a field
// depends on may stand behind it, so some values are marked, walked over and returned to.
func (s *sink) json(body string) error {
	r := &s.reader
	// Thirteen levels lead to an attribute's value and up to four to each value inside it;
	// how deep those may nest is for limits.Depth to say.
	r.Reset(body, jsonpull.MaxDepth)
	var err error
	if r.Peek() != '{' {
		r.Fail("expected an object with resourceMetrics")
	}
	if r.Object() {
		for r.More() && err == nil {
			switch r.Key() {
			case "resourceMetrics", "resource_metrics":
				err = s.each(s.jsonResourceMetrics)
			default:
				r.Skip()
			}
		}
	}
	if err == nil {
		r.End()
		err = r.Err()
	}
	return err
}

// each calls read before each element of an array.
func (s *sink) each(read func() error) error {
	if s.reader.Array() {
		for s.reader.More() {
			if err := read(); err != nil {
				return err
			}
		}
	}
	return s.reader.Err()
}

// jsonResourceMetrics reads a ResourceMetrics: the scopes at once where the resource stands
// before them, else after all fields.
func (s *sink) jsonResourceMetrics() error {
	r := &s.reader
	s.shared.reset()
	var late []jsonpull.Mark
	known := false
	if !r.Object() {
		return r.Err()
	}
	for r.More() {
		switch r.Key() {
		case "resource":
			if known {
				r.Fail("a second resource; expected one")
			}
			s.jsonAttributesIn(&s.shared, s.limits.ResourceAttrs)
			s.enterResource()
			known = true
		case "scopeMetrics", "scope_metrics":
			if !known {
				if late = append(late, r.Mark()); len(late) > 1 {
					r.Fail("scopeMetrics are given twice; expected once")
				}
				r.Skip()
				continue
			}
			if err := s.each(s.jsonScopeMetrics); err != nil {
				return err
			}
		default:
			r.Skip()
		}
	}
	if !known {
		s.enterResource()
	}
	return s.returning(late, s.jsonScopeMetrics)
}

// returning reads the arrays that were walked over, and comes back.
func (s *sink) returning(marks []jsonpull.Mark, read func() error) error {
	end := s.reader.Mark()
	for _, m := range marks {
		s.reader.Return(m)
		if err := s.each(read); err != nil {
			return err
		}
	}
	s.reader.Return(end)
	return s.reader.Err()
}

// jsonAttributesIn reads the attributes of an object that has little else: a Resource.
func (s *sink) jsonAttributesIn(into *attributes, most int) {
	r := &s.reader
	if r.Object() {
		for r.More() {
			if r.Key() == "attributes" {
				s.jsonAttributes(into, most)
			} else {
				r.Skip()
			}
		}
	}
}

func (s *sink) jsonAttributes(into *attributes, most int) {
	r := &s.reader
	if !r.Array() {
		return
	}
	for r.More() {
		v := into.next(most)
		if v == nil {
			r.Skip()
			continue
		}
		var deep bool
		*v, deep = s.jsonKeyValue(s.limits.Depth)
		into.keep(deep, &s.limits)
	}
}

func (s *sink) jsonKeyValue(depth int) (v intake.Attribute, deep bool) {
	r, key := &s.reader, ""
	if r.Object() {
		for r.More() {
			switch r.Key() {
			case "key":
				key = r.String()
			case "value":
				v, deep = s.jsonAnyValue(depth)
			default:
				r.Skip()
			}
		}
	}
	v.Key = key
	return v, deep
}

func (s *sink) jsonAnyValue(depth int) (v intake.Attribute, deep bool) {
	r := &s.reader
	if depth == 0 {
		r.Skip()
		return v, true
	}
	if !r.Object() {
		return v, false
	}
	for r.More() {
		key := r.Key()
		if r.Null() {
			continue
		}
		switch key {
		case "stringValue", "string_value":
			v = intake.Attribute{Kind: intake.AttributeText, Text: r.String()}
		case "boolValue", "bool_value":
			v = intake.Attribute{Kind: intake.AttributeBool}
			if r.Bool() {
				v.Bits = 1
			}
		case "intValue", "int_value":
			v = intake.Attribute{Kind: intake.AttributeInt, Bits: uint64(r.Int())}
		case "doubleValue", "double_value":
			v = intake.Attribute{Kind: intake.AttributeDouble, Bits: math.Float64bits(r.Float())}
		case "arrayValue", "array_value":
			v, deep = s.jsonValues(false, depth-1)
		case "kvlistValue", "kvlist_value":
			v, deep = s.jsonValues(true, depth-1)
		case "bytesValue", "bytes_value":
			v = s.jsonBytes()
		default:
			r.Skip()
		}
	}
	return v, deep
}

// jsonValues hashes an ArrayValue or a KeyValueList. What nests too deep is walked over.
func (s *sink) jsonValues(keyed bool, depth int) (v intake.Attribute, deep bool) {
	r, h := &s.reader, complexHash(s.key, keyed)
	if r.Object() {
		for r.More() {
			if r.Key() != "values" {
				r.Skip()
				continue
			}
			if !r.Array() {
				continue
			}
			for r.More() {
				var a intake.Attribute
				var below bool
				if keyed {
					a, below = s.jsonKeyValue(depth)
				} else {
					a, below = s.jsonAnyValue(depth)
				}
				deep = deep || below
				a.Hash(&h)
			}
		}
	}
	return intake.Attribute{Kind: intake.AttributeComplex, Bits: h.Sum()}, deep
}

// jsonBytes reads base64, of either alphabet and padded or not, as JSON of protobuf has it.
func (s *sink) jsonBytes() intake.Attribute {
	text := strings.TrimRight(s.reader.String(), "=")
	text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
	bytes, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		s.reader.Fail("bytesValue is not base64")
	}
	return bytesAttribute(s.key, string(bytes))
}

func (s *sink) jsonScopeMetrics() error {
	r := &s.reader
	s.scope = ""
	var late []jsonpull.Mark
	known := false
	if !r.Object() {
		return r.Err()
	}
	for r.More() {
		switch r.Key() {
		case "scope":
			if known {
				r.Fail("a second scope; expected one")
			}
			s.scope, known = s.jsonScopeName(), true
		case "metrics":
			if !known {
				if late = append(late, r.Mark()); len(late) > 1 {
					r.Fail("metrics are given twice; expected once")
				}
				r.Skip()
				continue
			}
			if err := s.each(s.jsonMetric); err != nil {
				return err
			}
		default:
			r.Skip()
		}
	}
	return s.returning(late, s.jsonMetric)
}

func (s *sink) jsonScopeName() (name string) {
	r := &s.reader
	if r.Object() {
		for r.More() {
			if r.Key() == "name" {
				name = r.String()
			} else {
				r.Skip()
			}
		}
	}
	return name
}

func (s *sink) jsonMetric() error {
	r := &s.reader
	var (
		name, unit string
		form       shape
		points     jsonpull.Mark
	)
	if !r.Object() {
		return r.Err()
	}
	for r.More() {
		switch r.Key() {
		case "name":
			name = r.String()
		case "unit":
			unit = r.String()
		case "gauge":
			s.jsonData(shapeGauge, &form, &points)
		case "sum":
			s.jsonData(shapeSum, &form, &points)
		case "histogram", "exponentialHistogram", "exponential_histogram", "summary":
			s.jsonData(shapeOther, &form, &points)
		default:
			r.Skip()
		}
	}
	worth := s.enterMetric(name, unit, form)
	if !points.Set() || r.Err() != nil {
		return r.Err()
	}
	end := r.Mark()
	r.Return(points)
	read := s.jsonDataPoint
	if !worth {
		read = s.jsonCount
	}
	if err := s.each(read); err != nil {
		return err
	}
	r.Return(end)
	return r.Err()
}

// jsonData reads a Gauge, Sum or other data and marks its points. A metric has one kind of
// data: points that were marked before are an error.
func (s *sink) jsonData(kind shape, form *shape, points *jsonpull.Mark) {
	r := &s.reader
	if !r.Object() {
		return
	}
	*form = kind
	for r.More() {
		switch r.Key() {
		case "dataPoints", "data_points":
			if r.Peek(); points.Set() {
				r.Fail("dataPoints are given twice; expected once")
			}
			*points = r.Mark()
			r.Leap() // jsonMetric returns to them, and checks them
		case "aggregationTemporality", "aggregation_temporality":
			if t := s.jsonTemporality(); kind == shapeSum {
				*form = t
			}
		default:
			r.Skip()
		}
	}
}

func (s *sink) jsonTemporality() shape {
	if s.reader.Peek() != '"' {
		return temporality(s.reader.Uint())
	}
	switch s.reader.String() {
	case "AGGREGATION_TEMPORALITY_DELTA":
		return shapeDelta
	case "AGGREGATION_TEMPORALITY_CUMULATIVE":
		return shapeCumulative
	}
	return shapeSum
}

func (s *sink) jsonCount() error {
	s.reader.Skip()
	return s.countPoint()
}

// jsonDataPoint reads a NumberDataPoint.
func (s *sink) jsonDataPoint() error {
	r := &s.reader
	s.enterPoint()
	if r.Object() {
		for r.More() {
			key := r.Key()
			if r.Null() {
				continue
			}
			switch key {
			case "startTimeUnixNano", "start_time_unix_nano":
				s.since = r.Uint()
			case "timeUnixNano", "time_unix_nano":
				s.at = r.Uint()
			case "asDouble", "as_double":
				s.value, s.hasValue = r.Float(), true
			case "asInt", "as_int":
				s.value, s.hasValue = float64(r.Int()), true
			case "attributes":
				s.jsonAttributes(&s.own, s.limits.Attributes)
			case "flags":
				s.flags = r.Uint()
			default:
				r.Skip()
			}
		}
	}
	if err := r.Err(); err != nil {
		return err
	}
	return s.point()
}
