package mandate_test

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/mandate"
)

const noon = evenkeel.Moment(1_700_000_000_000_000_000)

func TestAnEdgeReadsWhatControlTells(t *testing.T) {
	m := mandate.Mandates{
		Until: noon, Highest: evenkeel.MeasureShut, Policy: "sha256:5f2b9c",
		Except: map[evenkeel.AssetID]evenkeel.Measure{"shop": evenkeel.MeasureNotify},
	}
	q, err := m.Question()
	if err != nil {
		t.Fatal(err)
	}
	got, is, err := mandate.Parse(q)
	if !is || err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("%+v, %v, %v", got, is, err)
	}
	if got.Of("shop") != evenkeel.MeasureNotify || got.Of("blog") != evenkeel.MeasureShut {
		t.Errorf("shop %s, blog %s", got.Of("shop"), got.Of("blog"))
	}
	taken := mandate.Taken{Sites: 3, Unknown: 1}
	if back, err := mandate.ParseTaken(taken.Answer()); err != nil || back != taken {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestWhatNoEdgeCouldGoByIsRefused(t *testing.T) {
	for name, m := range map[string]mandate.Mandates{
		"no end": {Highest: evenkeel.MeasureShut}, "nothing": {Until: noon}, "a measure of another axis": {Until: noon, Highest: evenkeel.MeasureIsolate},
		"an exception of another axis": {Until: noon, Highest: evenkeel.MeasureShut, Except: map[evenkeel.AssetID]evenkeel.Measure{"a": evenkeel.MeasureDeny}},
		"a nameless site":              {Until: noon, Highest: evenkeel.MeasureShut, Except: map[evenkeel.AssetID]evenkeel.Measure{"": evenkeel.MeasureNotify}},
	} {
		if _, err := m.Question(); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, is, err := mandate.Parse([]byte(`{"probe":{}}`)); is || err != nil {
		t.Errorf("another question: %v, %v", is, err)
	}
	for _, q := range []string{`{"mandates"`, `{"mandates":null}`, `{"mandates":{"until":"2024-01-01T00:00:00Z","highest":"isolate"}}`} {
		if _, is, err := mandate.Parse([]byte(q)); !is || evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%s: %v, %v", q, is, err)
		}
	}
}

// Whatever names sites have: as many of the longest as are promised fit, and none stops what is told.
func TestLongAndOddNamesFit(t *testing.T) {
	for _, odd := range []string{"&", "<", "\"", "é", "x"} {
		m := mandate.Mandates{Until: noon, Highest: evenkeel.MeasureShut, Except: map[evenkeel.AssetID]evenkeel.Measure{}}
		for i := range 90 {
			name := strconv.Itoa(i) + strings.Repeat(odd, evenkeel.MaxID)
			for len(name) > evenkeel.MaxID || !utf8.ValidString(name) {
				name = name[:len(name)-1]
			}
			m.Except[evenkeel.AssetID(name)] = evenkeel.MeasureNotify
		}
		q, err := m.Question()
		if err != nil {
			t.Errorf("names of %s: %v", odd, err)
			continue
		}
		if got, _, err := mandate.Parse(q); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("names of %s: %v", odd, err)
		}
	}
	many := mandate.Mandates{Until: noon, Highest: evenkeel.MeasureShut, Except: map[evenkeel.AssetID]evenkeel.Measure{}}
	for i := range mandate.MostExceptions {
		many.Except[evenkeel.AssetID(strconv.Itoa(i)+strings.Repeat("x", 200))] = evenkeel.MeasureNotify
	}
	if _, err := many.Question(); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Errorf("too many bytes: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"mandates":{"until":"2024-01-01T00:00:00Z","highest":"shut","except":{"a":"notify"},"policy":"p"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, is, err := mandate.Parse(b)
		if !is || err != nil {
			return
		}
		q, err := m.Question()
		if err != nil {
			t.Fatalf("%q was read and cannot be told: %v", b, err)
		}
		if again, _, err := mandate.Parse(q); err != nil || !reflect.DeepEqual(again, m) {
			t.Fatalf("%q became %q", b, q)
		}
	})
}
