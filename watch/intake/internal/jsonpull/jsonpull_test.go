package jsonpull

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// tree reads a whole text into what encoding/json builds with UseNumber.
func tree(r *Reader) any {
	switch c := r.Peek(); c {
	case '{':
		m := map[string]any{}
		if r.Object() {
			for r.More() {
				k := r.Key()
				m[k] = tree(r)
			}
		}
		return m
	case '[':
		a := []any{}
		if r.Array() {
			for r.More() {
				a = append(a, tree(r))
			}
		}
		return a
	case '"':
		return r.String()
	case 't', 'f':
		return r.Bool()
	case 'n':
		r.Null()
		return nil
	}
	return json.Number(r.Number())
}

func read(text string) (any, error) {
	r := Reader{}
	r.Reset(text, MaxDepth)
	v := tree(&r)
	r.End()
	return v, r.Err()
}

func skip(text string) error {
	r := Reader{}
	r.Reset(text, MaxDepth)
	r.Skip()
	r.End()
	return r.Err()
}

// checkAgainstStandard compares with encoding/json: the same texts are refused, the others
// mean the same.
func checkAgainstStandard(t interface{ Fatalf(string, ...any) }, text string) {
	got, err := read(text)
	if (err == nil) != (skip(text) == nil) {
		t.Fatalf("%q: reading says %v, skipping says %v", text, err, skip(text))
	}
	if err == nil {
		l := Reader{}
		l.Reset(text, MaxDepth)
		if l.Leap(); l.Err() != nil || strings.TrimSpace(text[l.Pos():]) != "" {
			t.Fatalf("%q: leaping stops at byte %d: %v", text, l.Pos(), l.Err())
		}
	}
	if !utf8.ValidString(text) || strings.Count(text, "[")+strings.Count(text, "{") > MaxDepth {
		return
	}
	if valid := json.Valid([]byte(text)); valid != (err == nil) {
		t.Fatalf("%q: encoding/json says valid=%v, we say %v", text, valid, err)
	}
	if err != nil {
		return
	}
	var want any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&want); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%q: got %#v, want %#v", text, got, want)
	}
}

var texts = []string{
	`{}`, `[]`, `null`, `true`, `false`, `""`, `0`, `-0`, `-1.5e+10`, `1E9`, `[1,2,3]`, ` { "a" : [ { } , [ ] ] } `,
	`{"a":1,"a":2}`, `"\u00e9\n\"\\\/\b\f\r\t"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ud83dx"`, `"\udead\ud83d\ude00"`, `"é"`,
	``, ` `, `{`, `[`, `"`, `"\`, `"\u12`, `"\x"`, `01`, `-`, `1.`, `1e`, `.5`, `+1`, `[1,]`, `[,1]`, `{"a"}`, `{"a":}`,
	`{a:1}`, `{"a":1,}`, `tru`, `nul`, `[1 2]`, `{"a":1 "b":2}`, `1 2`, "\"a\x01\"", "\"\\n\x01\"", `]`, `[}`, `{]`, `"\u00g0"`, `nan`,
	`{"":{"":[[[[]]]]}}`, `[true,false,null,"x",-1e-7]`, "\ufeff{}",
}

func TestTextsMeanWhatTheStandardLibrarySays(t *testing.T) {
	for _, text := range texts {
		checkAgainstStandard(t, text)
	}
}

func TestRandomValuesMeanWhatTheStandardLibrarySays(t *testing.T) {
	var value func(*rapid.T, int) any
	value = func(t *rapid.T, depth int) any {
		switch rapid.IntRange(0, 6-min(depth, 2)).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return rapid.Float64Range(-1e300, 1e300).Draw(t, "number")
		case 3, 4:
			return rapid.String().Draw(t, "text")
		case 5:
			a := []any{}
			for range rapid.IntRange(0, 4).Draw(t, "length") {
				a = append(a, value(t, depth+1))
			}
			return a
		}
		m := map[string]any{}
		for range rapid.IntRange(0, 4).Draw(t, "members") {
			m[rapid.String().Draw(t, "key")] = value(t, depth+1)
		}
		return m
	}
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(value(t, 0))
		if err != nil {
			t.Fatal(err)
		}
		checkAgainstStandard(t, string(text))
		cut := rapid.IntRange(0, len(text)).Draw(t, "cut")
		checkAgainstStandard(t, string(text[:cut]))
	})
}

func FuzzReader(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkAgainstStandard(t, text) })
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		name, text string
		read       func(*Reader) any
		want       any // nil: refused
	}{
		{"a whole number", `12`, func(r *Reader) any { return r.Int() }, int64(12)},
		{"the smallest number in quotes", `"-9223372036854775808"`, func(r *Reader) any { return r.Int() }, int64(math.MinInt64)},
		{"a whole number with an exponent", `1e3`, func(r *Reader) any { return r.Int() }, int64(1000)},
		{"a fraction is no whole number", `1.5`, func(r *Reader) any { return r.Int() }, nil},
		{"65 bits are too many", `"18446744073709551616"`, func(r *Reader) any { return r.Uint() }, nil},
		{"64 bits without a sign", `18446744073709551615`, func(r *Reader) any { return r.Uint() }, uint64(math.MaxUint64)},
		{"a sign where none may be", `-1`, func(r *Reader) any { return r.Uint() }, nil},
		{"null is zero", `null`, func(r *Reader) any { return r.Uint() }, uint64(0)},
		{"a float in quotes", `"0.25"`, func(r *Reader) any { return r.Float() }, 0.25},
		{"too large a float is infinite", `1e999`, func(r *Reader) any { return r.Float() }, math.Inf(1)},
		{"infinity in quotes", `"-Infinity"`, func(r *Reader) any { return r.Float() }, math.Inf(-1)},
		{"an empty string is no number", `""`, func(r *Reader) any { return r.Float() }, nil},
		{"a hexadecimal float is no number", `"0x1p4"`, func(r *Reader) any { return r.Float() }, nil},
		{"text is no number", `"many"`, func(r *Reader) any { return r.Float() }, nil},
		{"an object is no number", `{}`, func(r *Reader) any { return r.Float() }, nil},
	} {
		r := Reader{}
		r.Reset(c.text, 8)
		got := c.read(&r)
		if c.want == nil && r.Err() == nil {
			t.Errorf("%s: got %v, want an error", c.name, got)
		}
		if c.want != nil && (got != c.want || r.Err() != nil) {
			t.Errorf("%s: got %v (%v), want %v", c.name, got, r.Err(), c.want)
		}
	}
}

func TestErrorsSayWhereAndWhatWasExpected(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1 "b"`:                      `byte 7: '"'; expected a comma or }`,
		`{"a":`:                           `byte 5: the text ends; expected a value`,
		`["abc`:                           `byte 5: the text ends; expected the end of a string`,
		strings.Repeat("[", MaxDepth+1):   fmt.Sprintf("byte %d: nested deeper than %d", MaxDepth, MaxDepth),
		"\"\xff\"":                        `byte 3: a string is not valid UTF-8`,
		`{"a":1}x`:                        `byte 7: 'x'; expected the end of the text`,
		strings.Repeat(`{"a":`, MaxDepth): `byte 640: the text ends; expected a value`,
	} {
		if err := skip(text); err == nil || err.Error() != want {
			t.Errorf("%.20q: got %v, want %s", text, err, want)
		}
	}
}

func TestAMarkLeadsBackToItsValue(t *testing.T) {
	r := Reader{}
	r.Reset(`{"late":[1,[2,{"x":3}]],"early":"now"} `, 8)
	var late Mark
	order := []string{}
	r.Object()
	for r.More() {
		switch r.Key() {
		case "late":
			late = r.Mark()
			r.Skip()
		case "early":
			order = append(order, r.String())
		}
	}
	end := r.Mark()
	r.Return(late)
	order = append(order, fmt.Sprint(tree(&r)))
	r.Return(end)
	r.End()
	if want := []string{"now", "[1 [2 map[x:3]]]"}; !reflect.DeepEqual(order, want) || r.Err() != nil {
		t.Errorf("got %v (%v), want %v", order, r.Err(), want)
	}
}

func TestALeapEndsWhateverItLeapsOver(t *testing.T) {
	for text, want := range map[string]int{`[x"]\\"}]`: 8, `{"a\"]":1}2`: 10, `["a`: -1, `[`: -1, `["\\"`: -1, `5]`: 1, `[]]`: 2} {
		r := Reader{}
		r.Reset(text, 4)
		if r.Leap(); want < 0 && r.Err() == nil || want >= 0 && r.Pos() != want {
			t.Errorf("%s: ends at %d (%v), want %d", text, r.Pos(), r.Err(), want)
		}
	}
}

func TestStringsStayValidUntilReset(t *testing.T) {
	r := Reader{}
	r.Reset(`["\u0061\u0061","\u0062\u0062","`+strings.Repeat(`\u0063`, 5000)+`"]`, 8)
	r.Array()
	got := []string{}
	for r.More() {
		got = append(got, r.String())
	}
	if got[0] != "aa" || got[1] != "bb" || len(got[2]) != 5000 {
		t.Errorf("got %.60v", got)
	}
}

func TestSkippingAllocatesNothing(t *testing.T) {
	text := `{"a":["text",1.5,true,{"b":"es\ncape"}],"c":null}`
	r := Reader{}
	r.Reset(text, 8)
	r.Skip()
	if n := testing.AllocsPerRun(100, func() {
		r.Reset(text, 8)
		r.Skip()
	}); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkSkip(b *testing.B) {
	text := `[` + strings.TrimSuffix(strings.Repeat(`{"timeUnixNano":"1700000000000000000","attributes":[{"key":"state","value":{"stringValue":"idle"}}],"asDouble":0.25},`, 500), ",") + `]`
	b.SetBytes(int64(len(text)))
	r := Reader{}
	for b.Loop() {
		r.Reset(text, 16)
		r.Skip()
	}
}
