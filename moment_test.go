package evenkeel_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

func TestMomentReadsAndWritesRFC3339(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     evenkeel.Moment
		out      string
	}{
		{"UTC", "2019-05-29T12:00:00Z", noon, "2019-05-29T12:00:00Z"},
		{"another offset is the same moment", "2019-05-29T14:00:00+02:00", noon, "2019-05-29T12:00:00Z"},
		{"nanoseconds", "2019-05-29T12:00:00.000000001Z", noon + 1, "2019-05-29T12:00:00.000000001Z"},
		{"no more decimals than needed", "2019-05-29T12:00:00.500Z", noon + 5e8, "2019-05-29T12:00:00.5Z"},
		{"before 1970", "1969-12-31T23:59:59Z", -1e9, "1969-12-31T23:59:59Z"},
		{"the first year in range", "1678-01-01T00:00:00Z", -9214560000000000000, "1678-01-01T00:00:00Z"},
		{"before the range", "0001-06-01T00:00:00Z", math.MinInt64, "1677-09-21T00:12:43.145224192Z"},
		{"after the range", "9999-01-01T00:00:00Z", math.MaxInt64, "2262-04-11T23:47:16.854775807Z"},
		{"the start of 1970 cannot be told from not known", "1970-01-01T00:00:00Z", 0, ""},
		{"the zero time is not known", "0001-01-01T00:00:00Z", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := evenkeel.ParseMoment(c.in)
			if err != nil || got != c.want || got.String() != c.out {
				t.Errorf("got %d (%s), %v; expected %d (%s)", got, got, err, c.want, c.out)
			}
		})
	}
}

func TestBadTimesAreRefused(t *testing.T) {
	for _, in := range []string{
		"", "now", "1559131200", "2019-05-29", "2019-05-29 12:00:00Z", "2019-05-29T12:00:00", "2019-13-01T00:00:00Z",
		"2019-02-30T00:00:00Z", "2019-05-29T24:00:00Z", "2019-05-29T12:00:00Z ", "19-05-29T12:00:00Z",
	} {
		if m, err := evenkeel.ParseMoment(in); evenkeel.KindOf(err) != evenkeel.KindInvalid || err == nil {
			t.Errorf("%q: got %v, %v; expected an error about the input", in, m, err)
		}
	}
}

func TestMomentComesBackThroughTimeAndText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
		last := time.Date(2261, 12, 31, 23, 59, 59, 999999999, time.UTC).UnixNano()
		m := evenkeel.Moment(rapid.Int64Range(first, last).Draw(t, "moment"))
		if got := evenkeel.MomentOf(m.Time()); got != m {
			t.Fatalf("through time.Time: %d becomes %d", m, got)
		}
		text, err := m.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		got := evenkeel.Moment(17)
		if err := got.UnmarshalText(text); err != nil || got != m {
			t.Fatalf("through %s: %d becomes %d, %v", text, m, got, err)
		}
	})
}

func TestMomentsNeverWrapAround(t *testing.T) {
	const first, last = evenkeel.Moment(math.MinInt64), evenkeel.Moment(math.MaxInt64)
	const long, back = time.Duration(math.MaxInt64), time.Duration(math.MinInt64)
	for _, c := range []struct {
		name      string
		got, want int64
	}{
		{"a minute later", int64(noon.Add(time.Minute)), int64(noon) + 60e9},
		{"a minute earlier", int64(noon.Add(-time.Minute)), int64(noon) - 60e9},
		{"later than the last", int64(last.Add(1)), int64(last)},
		{"earlier than the first", int64(first.Add(-1)), int64(first)},
		{"far later", int64(noon.Add(long)), int64(last)},
		{"far earlier, from before 1970", int64(evenkeel.Moment(-1).Add(back)), int64(first)},
		{"a minute between", int64(noon.Add(time.Minute).Sub(noon)), 60e9},
		{"from the first to the last", int64(last.Sub(first)), math.MaxInt64},
		{"from the last to the first", int64(first.Sub(last)), math.MinInt64},
		{"from before 1970", int64(evenkeel.Moment(5).Sub(-5)), 10},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %d; expected %d", c.name, c.got, c.want)
		}
	}
}

func TestMomentNotKnownIsEmptyText(t *testing.T) {
	out, err := json.Marshal(map[string]evenkeel.Moment{"until": 0})
	if err != nil || string(out) != `{"until":""}` {
		t.Errorf("got %s, %v", out, err)
	}
	var in struct{ Until, From evenkeel.Moment }
	in.Until = 5
	if err := json.Unmarshal([]byte(`{"Until":"","From":"2019-05-29T12:00:00Z"}`), &in); err != nil || in.Until != 0 || in.From != noon {
		t.Errorf("got %+v, %v", in, err)
	}
	if err := json.Unmarshal([]byte(`{"From":"yesterday"}`), &in); err == nil {
		t.Error("a bad time inside JSON was accepted")
	}
}
