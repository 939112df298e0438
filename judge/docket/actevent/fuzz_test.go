package actevent

import (
	"reflect"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// FuzzDecode: an event is an act, which is then written and read as the same one, or an
// error of KindInvalid on one line.
func FuzzDecode(f *testing.F) {
	for _, c := range accepted {
		f.Add([]byte(event(c.kind, c.data)))
	}
	f.Add([]byte(`{"specversion":"1.0","id":"\ud83d\ude00","source":"a"}`))
	f.Add([]byte(strings.Repeat(`{"a":[`, 40)))
	f.Fuzz(func(t *testing.T, line []byte) {
		a, err := Decode(line)
		if err != nil {
			if evenkeel.KindOf(err) != evenkeel.KindInvalid || strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("error %q of kind %s", err, evenkeel.KindOf(err))
			}
			return
		}
		switch {
		case a.ID == "" || len(a.ID) > evenkeel.MaxID || a.At == 0 || a.Says == "":
			t.Fatalf("an act without identity, time or words: %+v", a)
		case a.Kind.OfTenant() != (a.By == ""):
			t.Fatalf("%s by %q", a.Kind, a.By)
		case !a.Kind.OfHouse() && a.Kind != docket.ActShut && (a.Case == "") == (a.Tenant == ""):
			t.Fatalf("case %q and tenant %q", a.Case, a.Tenant)
		}
		written, err := Encode(a)
		if err != nil {
			if strings.Contains(err.Error(), "expected at most 65536") {
				return // text that is longer when it is escaped
			}
			t.Fatal(err)
		}
		if back, err := Decode(written); err != nil || !reflect.DeepEqual(a, back) {
			t.Fatalf("%s\nis read as\n%+v (%v)\nwant\n%+v", written, back, err, a)
		}
	})
}
