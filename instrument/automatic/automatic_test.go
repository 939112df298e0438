package automatic

import (
	"net/textproto"
	"testing"

	"pgregory.net/rapid"
)

type fields textproto.MIMEHeader

func (f fields) Get(name string) string { return textproto.MIMEHeader(f).Get(name) }
func (f fields) Has(name string) bool   { _, ok := f[textproto.CanonicalMIMEHeaderKey(name)]; return ok }

func header(name, value string) fields {
	return fields{textproto.CanonicalMIMEHeaderKey(name): {value}}
}

// RFC 3834, RFC 2369, RFC 2919, RFC 5321: what machines and lists write.
func TestWhatShowsThatNoPersonWroteAMail(t *testing.T) {
	for _, c := range []struct {
		name, field, value           string
		written, replied, unanswered bool
	}{
		{"nothing", "Subject", "x", false, false, false},
		{"a person who says so", "Auto-Submitted", "no", false, false, false},
		{"a machine", "Auto-Submitted", "auto-generated; type=x", true, false, true},
		{"an answer of a machine", "auto-submitted", "Auto-Replied (vacation)", true, true, true},
		{"a mailing", "Precedence", "Bulk", true, false, true},
		{"an old program's answer", "Precedence", "auto_reply", true, true, true},
		{"a mail of first class", "Precedence", "first-class", false, false, false},
		{"an old program that answers", "X-Vacation", "yes", true, true, true},
		{"one that says it does not", "X-Autoreply", "no", false, false, false},
		{"a list", "List-Id", "<x.example>", true, false, true},
		{"a list's help alone", "List-Help", "<mailto:x>", false, false, true},
		{"a bounce", "Return-Path", "<>", true, true, true},
		{"a sender", "Return-Path", "<a@b.example>", false, false, false},
		{"a failed delivery", "X-Failed-Recipients", "a@b.example", false, true, true},
		{"one that came around", "X-Loop", "us", false, false, true},
		{"a person's program that wants no answer", "X-Auto-Response-Suppress", "All", false, false, true},
	} {
		h := header(c.field, c.value)
		if w, r, u := Written(h), Replied(h), Unanswered(h); (w != "") != c.written || (r != "") != c.replied || (u != "") != c.unanswered {
			t.Errorf("%s: written %q, replied %q, unanswered %q", c.name, w, r, u)
		}
	}
}

func TestWhatOnlyWentThroughAList(t *testing.T) {
	for _, c := range []struct {
		name   string
		h      fields
		passed bool
	}{
		{"nothing", fields{}, false},
		{"a list", fields{"List-Id": {"<x>"}, "List-Post": {"<mailto:x>"}, "Precedence": {"List"}}, true},
		{"the precedence of one alone", fields{"Precedence": {"list"}}, true},
		{"a program's mail through a list", fields{"List-Id": {"<x>"}, "Auto-Submitted": {"auto-generated"}}, false},
		{"one in bulk", fields{"List-Id": {"<x>"}, "Precedence": {"bulk"}}, false},
		{"a machine's answer through a list", fields{"List-Id": {"<x>"}, "X-Autoreply": {"yes"}}, false},
		{"a bounce", fields{"List-Id": {"<x>"}, "Return-Path": {"<>"}}, false},
	} {
		if got := Passed(c.h); got != c.passed {
			t.Errorf("%s: %v; expected %v", c.name, got, c.passed)
		}
	}
}

func TestWhatAMachineWroteIsNeverAnswered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := fields{}
		for range rapid.IntRange(0, 4).Draw(t, "fields") {
			name := rapid.SampledFrom([]string{"Auto-Submitted", "Precedence", "X-Autoreply", "List-Id", "Return-Path", "X-Failed-Recipients", "X-Loop"}).Draw(t, "name")
			h[textproto.CanonicalMIMEHeaderKey(name)] = []string{rapid.OneOf(rapid.SampledFrom([]string{"no", "auto-replied", "bulk", "<>", "false"}), rapid.String()).Draw(t, "value")}
		}
		if (Written(h) != "" || Replied(h) != "") && Unanswered(h) == "" {
			t.Fatalf("%v is answered", h)
		}
	})
}
