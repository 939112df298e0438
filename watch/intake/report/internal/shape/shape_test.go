package shape

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

var bounds = Bounds{Bytes: 1 << 16, Depth: 4, Values: 50}

var example = Must(`
	id! uuid
	at time
	port int 1..65535
	share number 0..1
	words list 1..2 unique
	words[] word a|b
	who! object closed
	who.mail! email
	who.host host
	notes object
	notes.* scalar
	near ports
	page uri
	short text 2..4
	sure bool
	like like ^x+$
`)

// Issue 3, abuse reports: all errors, each with its path.
func TestEveryFaultIsToldWithItsPlace(t *testing.T) {
	good := `"id":"dbf79f17-f4f4-4c22-ae58-19991f52a1e8","who":{"mail":"a@b.example"}`
	for _, c := range []struct{ name, doc, want string }{
		{"a document that is right", `{` + good + `,"extra":1}`, ""},
		{"all fields are right", `{` + good + `,"at":"2026-11-22t09:30:00z","port":443,"share":0.5,"words":["a","b"],"notes":{"x":1,"y":"z"},"near":[1,2],"page":"https://x.example/","short":"abc","sure":true,"like":"xx"}`, ""},
		{"two fields are missing", `{}`, "/id: is missing; expected a UUID of 36 characters; /who: is missing; expected an object"},
		{"a field inside is missing", `{"id":"dbf79f17-f4f4-4c22-ae58-19991f52a1e8","who":{}}`, "/who/mail: is missing; expected a mail address"},
		{"a closed object has another field", `{"id":"dbf79f17-f4f4-4c22-ae58-19991f52a1e8","who":{"mail":"a@b.example","a/b~c":1}}`, "/who/a~1b~0c: is not a field of this object"},
		{"each element is checked", `{` + good + `,"words":["a","c","a"]}`, `/words: has 3 elements; expected 1 to 2; /words/1: is "c"; expected one of a, b; /words/2: is in the list twice; expected once`},
		{"an empty list has too few elements", `{` + good + `,"words":[]}`, "/words: has 0 elements; expected 1 to 2"},
		{"a number is beyond its bounds", `{` + good + `,"port":0,"share":1.5}`, "/port: is 0; expected 1 to 65535; /share: is 1.5; expected 0 to 1"},
		{"a part of a number is no whole one", `{` + good + `,"port":1.5}`, "/port: is 1.5; expected a whole number"},
		{"a whole number may be written with a point", `{` + good + `,"port":1.0}`, ""},
		{"kinds are mixed up", `{` + good + `,"port":"1","at":1,"sure":null,"words":{},"notes":[],"near":"x"}`,
			"/at: is a number; expected a time as in RFC 3339, such as 2026-11-22T09:30:00Z; /near: is a text; expected a whole number; /notes: is a list; expected an object; /port: is a text; expected a whole number; /sure: is null; expected true or false; /words: is an object; expected a list"},
		{"forms of texts", `{` + good + `,"at":"2026-13-01T00:00:00Z","page":"no page","short":"abcde","like":"y"}`,
			`/at: is "2026-13-01T00:00:00Z"; expected a time as in RFC 3339, such as 2026-11-22T09:30:00Z; /like: is "y"; expected a text like ^x+$; /page: is "no page"; expected an absolute URI; /short: has 5 characters; expected 2 to 4`},
		{"fields that nobody named", `{` + good + `,"notes":{"x":[1],"y":1.5}}`, "/notes/x: is a list; expected a text or a whole number; /notes/y: is a number; expected a text or a whole number"},
		{"ports are checked one by one", `{` + good + `,"near":[1,70000]}`, "/near/1: is 70000; expected 0 to 65535"},
		{"a key that is given twice", `{` + good + `,"port":1,"port":2}`, "/port: is given twice; expected once"},
		{"no object at all", `[]`, "the document: is a list; expected an object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f Faults
			v, err := Parse([]byte(c.doc), bounds, &f)
			if err != nil {
				t.Fatal(err)
			}
			example.Check(v, "", &f)
			f.Sort()
			if got := f.Error(); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.doc, got, c.want)
			}
		})
	}
}

func TestADocumentThatIsNoneOrBeyondTheBoundsIsRefused(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"nothing", ``, "ends before it should"},
		{"cut off", `{"a":[1,`, "ends before it should"},
		{"no JSON", `{a:1}`, "not JSON"},
		{"two documents", `{} {}`, "something follows"},
		{"too deep", `[[[[[1]]]]]`, "nests deeper than 4"},
		{"too many values", `[` + strings.Repeat("1,", 60) + `1]`, "too many values"},
		{"too long", `"` + strings.Repeat("x", 1<<16) + `"`, "65538 bytes; expected at most 65536"},
		{"the wrong bracket", `[1}`, "not JSON"},
	} {
		var f Faults
		if _, err := Parse([]byte(c.doc), bounds, &f); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; expected %q", c.name, err, c.want)
		}
	}
}

func TestFaultsAreBounded(t *testing.T) {
	var f Faults
	for range 3 * MaxFaults {
		f.Add("/x", "is wrong")
	}
	if len(f.List) != MaxFaults || f.More != 2*MaxFaults || !strings.HasSuffix(f.Error(), "and 200 more") {
		t.Errorf("%d in the list, %d more", len(f.List), f.More)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":[1,"b",null,true,{"c":1e9}]}`))
	f.Add([]byte(`[[[[`))
	f.Add([]byte(`{"a":1,"a":2}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		var faults Faults
		v, err := Parse(doc, bounds, &faults)
		if (err == nil) != json.Valid(doc) && err == nil {
			t.Fatalf("%q is no JSON and was read as %v", doc, v)
		}
		if err == nil {
			example.Check(v, "", &faults)
		}
	})
}
