package prometheus

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// Series is one series of an answer.
type Series struct {
	Metric map[string]string
	Values Points
}

// Point is a value at a moment, in milliseconds since 1970.
type Point struct {
	Millis int64
	Value  float64
}

// Points are read from [[1700000000.25,"1.5"],…], which is most of an answer: through
// reflection this would take most of a lookback's time.
type Points []Point

// UnmarshalJSON reads the pairs. What comes in has been checked to be JSON.
func (p *Points) UnmarshalJSON(b []byte) error {
	*p = (*p)[:0]
	b = bytes.TrimSpace(b)
	if string(b) == "null" {
		return nil
	}
	if len(b) < 2 || b[0] != '[' {
		return fmt.Errorf("expected pairs of a time and a value")
	}
	b = bytes.TrimSpace(b[1 : len(b)-1])
	for len(b) > 0 {
		end := bytes.IndexByte(b, ']')
		if b[0] != '[' || end < 0 {
			return fmt.Errorf("expected pairs of a time and a value")
		}
		one, err := pointOf(b[1:end])
		if err != nil {
			return err
		}
		*p = append(*p, one)
		b = bytes.TrimSpace(b[end+1:])
		b = bytes.TrimSpace(bytes.TrimPrefix(b, []byte{','}))
	}
	return nil
}

func pointOf(pair []byte) (Point, error) {
	at, value, ok := bytes.Cut(pair, []byte{','})
	value = bytes.TrimSpace(value)
	if !ok || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return Point{}, fmt.Errorf("pair %.60q: expected a time and a value in quotes", pair)
	}
	t, err := strconv.ParseFloat(string(bytes.TrimSpace(at)), 64)
	if err != nil || math.Abs(t) > 1e11 {
		return Point{}, fmt.Errorf("pair %.60q: expected a time in seconds", pair)
	}
	v, err := strconv.ParseFloat(string(value[1:len(value)-1]), 64)
	if err != nil && !math.IsInf(v, 0) {
		return Point{}, fmt.Errorf("pair %.60q: expected a number", pair)
	}
	return Point{Millis: int64(math.Round(t * 1000)), Value: v}, nil
}
