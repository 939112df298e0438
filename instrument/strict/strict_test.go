package strict

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

type rule struct {
	Name    Text           `yaml:"name,required"`
	Weight  int            `yaml:"weight"`
	Share   float64        `yaml:"share"`
	Hold    time.Duration  `yaml:"hold"`
	On      bool           `yaml:"on"`
	Family  string         `yaml:"family"`
	Tags    []string       `yaml:"tags"`
	Limits  map[string]int `yaml:"limits"`
	Small   uint8          `yaml:"small"`
	From    time.Time      `yaml:"from"`
	Net     netip.Prefix   `yaml:"net"`
	Terms   []term         `yaml:"terms"`
	Next    *term          `yaml:"next"`
	Free    any            `yaml:"free"`
	At      Located[int]   `yaml:"at"`
	Skipped string         `yaml:"-"`
	shared  `yaml:",inline"`
	hidden  int
}

type shared struct {
	Owner string `yaml:"owner"`
}

type term struct {
	When Text
	Min  float64
}

func TestDocumentFillsTheStruct(t *testing.T) {
	const doc = `
name: cpu   # a comment
weight: -1_000
share: 2
hold: 1h30m
on: true
family: "5"
tags: [a, 'b', "c"]
limits: {x: 0x10, 7: 2}
small: 255
from: 2019-05-29T09:49:00Z
net: 192.0.2.0/24
terms:
  - when: a > 1
    min: 1e3
  - min: .5
next: {when: b}
free: [1, two, 3.5, {x: true}]
at: 4
owner: ops
`
	got := rule{Weight: 9, Skipped: "kept"}
	if err := Decode("r.yaml", []byte(doc), &got); err != nil {
		t.Fatal(err)
	}
	want := rule{
		Name: text("cpu", 2, 7), Weight: -1000, Share: 2, Hold: 90 * time.Minute, On: true, Family: "5", Tags: []string{"a", "b", "c"},
		Limits: map[string]int{"x": 16, "7": 2}, Small: 255, From: time.Date(2019, 5, 29, 9, 49, 0, 0, time.UTC),
		Net: netip.MustParsePrefix("192.0.2.0/24"), Terms: []term{{text("a > 1", 14, 11), 1000}, {Text{}, 0.5}},
		Next: &term{When: text("b", 17, 14)}, Free: []any{int64(1), "two", 3.5, map[string]any{"x": true}},
		At: Located[int]{4, 19, 5}, Skipped: "kept", shared: shared{"ops"},
	}
	if got.hidden != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf(" got %+v\nwant %+v", got, want)
	}
}

// text is a Text of one piece.
func text(value string, line, column int) Text {
	return Text{value, line, column, []run{{1, 1, line, column}}}
}

func TestFaultsHavePositionAndHint(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"an unknown key with a near one", "name: x\nwieght: 1\n", `2:1: unknown key "wieght"; did you mean "weight"?`},
		{"an unknown key of another case", "name: x\nterms:\n - When: a\n   Min: 1\n", "3:4: unknown key \"When\"; did you mean \"when\"?\n4:4: unknown key \"Min\"; did you mean \"min\"?"},
		{"an unknown key far from all", "name: x\nnext: {when: a, colour: red}\n", `2:17: unknown key "colour"; known keys are when, min`},
		{"a skipped field is no key", "name: x\n\"-\": 1\nhidden: 2\n", "2:1: unknown key \"-\"; known keys are KEYS\n3:1: unknown key \"hidden\"; known keys are KEYS"},
		{"a key that is there twice", "name: x\non: true\nname: y\n", `3:1: the key "name" is there twice; first on line 1`},
		{"a key of a map that is there twice", "name: x\nlimits:\n  a: 1\n  a: 2\n", `4:3: the key "a" is there twice; first on line 3`},
		{"a missing key", "weight: 1\n", `1:1: the key "name" is missing; expected a text`},
		{"a text for a number", "name: x\nweight: heavy\n", `2:9: expected a whole number from -9223372036854775808 to 9223372036854775807, found the text "heavy"`},
		{"a quoted number", "name: x\nshare: \"5\"\n", `2:8: expected a number, found the text "5"; remove the quotes`},
		{"a fraction for a whole number", "name: x\nweight: 1.5\n", "2:9: expected a whole number from -9223372036854775808 to 9223372036854775807, found the number 1.5"},
		{"a number out of range", "name: x\nsmall: 256\n", "2:8: expected a whole number from 0 to 255, found the number 256"},
		{"a negative number", "name: x\nsmall: -1\n", "2:8: expected a whole number from 0 to 255, found the number -1"},
		{"an octal number", "name: x\nsmall: 017\n", "2:8: expected a whole number from 0 to 255, found the number 017"},
		{"an infinite number", "name: x\nshare: .inf\n", "2:8: expected a number, found the number .inf"},
		{"yes is not true", "name: x\non: yes\n", `2:5: expected true or false, found the text "yes"`},
		{"a number for a text", "name: 5\nfamily: true\n", "1:7: expected a text, found the number 5; write \"5\" in quotes\n2:9: expected a text, found true; write \"true\" in quotes"},
		{"a duration without a unit", "name: x\nhold: 90\n", `2:7: expected a duration like "90s" or "1h30m", found the number 90; write the unit: 90s`},
		{"a bad time", "name: x\nfrom: yesterday\n", `2:7: expected a time like "2019-05-29T09:49:00Z", found the text "yesterday"`},
		{"a type that reads itself", "name: x\nnet: 192.0.2.0\n", `2:6: netip.ParsePrefix("192.0.2.0"): no '/'`},
		{"a single value for a list", "name: x\ntags: a\n", `2:7: expected a list, found the text "a"; write [a]`},
		{"a list for a mapping", "name: x\nnext: [a]\n", "2:7: expected a mapping (key: value), found a list"},
		{"a mapping for a text", "name: {a: b}\n", "1:7: expected a text, found a mapping"},
		{"a mapping for a number with a place", "name: x\nat: {}\n", "2:5: expected a whole number from -9223372036854775808 to 9223372036854775807, found a mapping"},
		{"a key without a value", "name: x\ntags:\non: ~\n", "2:6: there is no value here; expected a list; or leave the key out\n3:5: there is no value here; expected true or false; or leave the key out"},
		{"a list as a key", "name: x\n? [a]\n: b\n", "2:3: the key is a list; a key is a name or a number"},
		{"a list as the document", "- a\n", "1:1: expected a mapping (key: value), found a list"},
		{"an anchor and its alias", "name: &x a\nfamily: *x\n", "1:7: the anchor &x; remove it; anchors are not read here\n2:9: the alias *x; write the value out; aliases are not read here"},
		{"a tag", "name: !!str 5\n", "1:7: the tag !!str; remove it; tags are not read here"},
		{"a merge key", "<<: {name: x}\n", "1:1: the merge key <<; write the keys out; merge keys are not read here"},
		{"no document", "# nothing\n", "1:1: the file holds no document"},
		{"an empty document", "---\n", "2:1: the document is empty; expected a mapping (key: value)"},
		{"a second document", "name: x\n---\nname: y\n", "3:1: a second document begins here; this file holds one document"},
		{"a tab", "name: x\ntags:\n\t- a\n", "3:1: found character that cannot start any token; indent with spaces, not tabs"},
		{"an open list", "name: x\ntags: [a,\nb\n", "4:1: did not find expected ',' or ']'; while parsing a flow sequence that begins on line 2"},
		{"a control character", "name: \"é\x01\"\n", "1:9: a control character (0x01); remove it"},
		{"other bytes than UTF-8", "name: \xff\n", "1:1: the file is not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var into rule
			err := Decode("f", []byte(c.doc), &into)
			if err == nil {
				t.Fatalf("no error, got %+v", into)
			}
			want := strings.ReplaceAll(c.want, "KEYS", "name, weight, share, hold, on, family, tags, limits, small, from, net, terms, next, free, at, owner")
			want = "f:" + strings.ReplaceAll(want, "\n", "\nf:")
			if err.Error() != want {
				t.Errorf(" got %s\nwant %s", err, want)
			}
			var list Errors
			var one *Error
			if !errors.As(err, &list) || !errors.As(err, &one) || one.File != "f" {
				t.Errorf("%T is not a list of Errors", err)
			}
		})
	}
}

func TestSizeDepthAndNumberOfFaultsAreBounded(t *testing.T) {
	var into map[string]any
	if err := Decode("f", []byte("a: "+strings.Repeat("x", MaxSize)), &into); err == nil || len(err.Error()) > 200 {
		t.Errorf("an oversized file: %v", err)
	}
	for depth, ok := range map[int]bool{MaxDepth - 2: true, MaxDepth + 1: false, 5000: false, 200_000: false} {
		err := Decode("f", []byte("a: "+strings.Repeat("[", depth)+strings.Repeat("]", depth)), &into)
		if (err == nil) != ok {
			t.Errorf("depth %d: %.200v", depth, err)
		}
	}
	var many strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&many, "key%d: 1\n", i)
	}
	var list Errors
	if err := Decode("f", []byte(many.String()), &rule{}); !errors.As(err, &list) || len(list) != mostErrors {
		t.Errorf("%d faults", len(list))
	}
	bomb := "a: &a [x, x]\n" + strings.Repeat("b: [*a, *a]\n", 5)
	if err := Decode("f", []byte(bomb), &into); err == nil {
		t.Error("aliases were expanded")
	}
}

func TestStreamsHoldSeveralDocuments(t *testing.T) {
	rules, err := DecodeAll[rule]("f", []byte("name: a\n---\n# second\nname: b\nweight: 2\n"))
	if err != nil || len(rules) != 2 || rules[0].Name.Value != "a" || rules[1].Weight != 2 || rules[1].Name.Line != 4 {
		t.Errorf("got %+v, %v", rules, err)
	}
	if rules, err = DecodeAll[rule]("f", []byte("name: a\n---\nname: b\n---\n")); err != nil || len(rules) != 2 {
		t.Errorf("with --- after the last document: %d, %v", len(rules), err)
	}
	rules, err = DecodeAll[rule]("f", []byte("nam: a\n---\n---\nname: 5\n"))
	want := "f:1:1: unknown key \"nam\"; did you mean \"name\"?\nf:1:1: the key \"name\" is missing; expected a text\n" +
		"f:3:1: the document is empty; expected a mapping (key: value)\nf:4:7: expected a text, found the number 5; write \"5\" in quotes"
	if rules != nil || err == nil || err.Error() != want {
		t.Errorf(" got %v\nwant %s", err, want)
	}
}

func TestTargetsThatCannotBeFilled(t *testing.T) {
	if err := Decode("f", []byte("a: 1"), rule{}); err == nil {
		t.Error("a struct that is not a pointer was filled")
	}
	var into struct{ A chan int }
	if err := Decode("f", []byte("a: 1"), &into); err == nil || !strings.Contains(err.Error(), "chan int") {
		t.Errorf("a channel: %v", err)
	}
}

func TestNearestFindsTheWordThatWasMeant(t *testing.T) {
	known := []string{"weight", "when", "family", "cpu.mean", "hold_for", "min", "max"}
	for word, want := range map[string]string{
		"wieght": "weight", "weights": "weight", "Family": "family", "cpu.maen": "cpu.mean", "hold-for": "hold_for", "wehn": "when",
		"colour": "", "": "", "x": "", "mx": "max", "mi": "min", "zzzzzz": "", strings.Repeat("weight", 1000): "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("nearest to %.20q is %q, want %q", word, got, want)
		}
	}
	if Nearest("a", nil) != "" {
		t.Error("something is near among nothing")
	}
}
