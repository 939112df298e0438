package redact

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestWhatAnAddressIs(t *testing.T) {
	for _, c := range []struct{ says, text, want string }{
		{"bare", "no mailbox for jan.kowalski@example.com here", "no mailbox for (address) here"},
		{"at the end of a sentence", "I know no jan@example.com.", "I know no (address)."},
		{"in angle brackets", "550 5.1.1 <jan+abuse@example.com>: unknown", "550 5.1.1 <(address)>: unknown"},
		{"in quotes", `user "jan@example.com" or 'eva@example.com'`, `user "(address)" or '(address)'`},
		{"with an apostrophe", "o'neill@example.com is full", "(address) is full"},
		{"with a quoted local part", `<"Jan Kowalski"@example.com> is full`, `<(address)> is full`},
		{"with a quote in its quotes", `to "jan \"the boss\" k"@example.com`, `to (address)`},
		{"with an @ in its quotes", `to "jan@home"@example.com now`, `to (address) now`},
		{"partly quoted", `to jan."de vries"@example.com and "a b".c@example.com`, "to (address) and (address)"},
		{"quoted once more, as JSON does", `{"to":"\"jan kowalski\"@example.com"}`, `{"to":(address)"}`},
		{"after other quotes", `"mailbox" of "jan@example.com"`, `"mailbox" of "(address)"`},
		{"whose first quote was cut off", `kowalski"@example.com is full`, `(address) is full`},
		{"in another script", "to 用户@例子.中国 and müller@bücher.example", "to (address) and (address)"},
		{"with a wide sign", "to jan＠example.com", "to (address)"},
		{"percent-encoded", "mailto:jan%40example.com?subject=x", "mailto:(address)?subject=x"},
		{"percent-encoded twice, and whole", "u=%22jan%20k%22%2540b%C3%BCcher.example", "(address)"},
		{"as a page writes it", "jan&#64;example.com, jan&#x40;example.com, jan&commat;example.com", "(address), (address), (address)"},
		{"as JSON writes it", `{"to":"jan\u0040example.com"}`, `{"to":"(address)"}`},
		{"at a machine", "root@localhost: jan@[192.0.2.1] jan@[IPv6:2001:db8::1] <jan@[192.0", "(address): (address) (address) <(address)"},
		{"through another", "jan%example.com@relay.example and relay!jan@example.com", "(address) and (address)"},
		{"run together", "a@b@c.example", "(address)"},
		{"between Chinese words", "收件人：jan@example.com，已满", "收件人：(address)，已满"},
		{"none: a rate", "4 cores @ 3 GHz, at 95%, x @home, foo@ bar", "4 cores @ 3 GHz, at 95%, x @home, foo@ bar"},
		{"none: quoted words", `said "go away" @ 14:00 @`, `said "go away" @ 14:00 @`},
	} {
		if got := Addresses(c.text); got != c.want {
			t.Errorf("%s: %q; expected %q", c.says, got, c.want)
		}
	}
}

// plain is an address as a much simpler reader would see it, to be found in no output.
var plain = regexp.MustCompile(`[\pL\pN+_-](@|%40|%2540|＠)[\pL\pN]`)

// holds is what must be true of any text.
func holds(t interface{ Errorf(string, ...any) }, text string) {
	got := Addresses(text)
	if found := plain.FindString(got); found != "" {
		t.Errorf("%q stays in %q, of %q", found, got, text)
	}
	if again := Addresses(got); again != got {
		t.Errorf("%q becomes %q, of %q", got, again, text)
	}
	if !sign.MatchString(text) && got != text {
		t.Errorf("%q without an address became %q", text, got)
	}
	if utf8.ValidString(text) && !utf8.ValidString(got) {
		t.Errorf("%q cut a character of %q", got, text)
	}
}

func FuzzNoAddressStays(f *testing.F) {
	for _, s := range []string{
		"", "x", "550 <a@b.example>", `"a \"b"@c`, "a%2540b", `\"a b\"@c.example`, "用户@例子.中国", "@", "a@b@c", `"@"@"@a`, "a@[1", "\xffa@b\xff", "'@'@a",
		"a&#64;b", `"x".y@z`, "a\n\"b\n c\"@d", "＠＠a＠a",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) { holds(t, text) })
}

// TestOfNoAddressAnythingStays puts addresses of all forms between any texts.
func TestOfNoAddressAnythingStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.StringMatching(`zq[a-z0-9.+_'!#$*/=?^{|}~üé用-]{0,12}qz`).Draw(t, "local")
		domain := rapid.StringMatching(`zd[a-z0-9ü例]{0,8}(-[a-z]{1,3})?(\.[a-z]{2,6}){0,3}dz`).Draw(t, "domain")
		address := local + "@" + domain
		switch rapid.IntRange(0, 5).Draw(t, "form") {
		case 1:
			address = "<" + address + ">"
		case 2:
			address = `"zq ` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(rapid.StringMatching(`[a-z "\\@<>,;:()\[\]]{0,20}`).Draw(t, "quoted")) + `qz"@` + domain
		case 3:
			address = url.QueryEscape(address)
		case 4:
			address = url.QueryEscape(url.QueryEscape(address))
		case 5:
			address = local + "@[zd:192.0.2.1:dz]"
		}
		before := rapid.StringMatching(`([a-z0-9 .,:;<>"'()=用户-]{0,20} )?`).Draw(t, "before")
		after := rapid.StringMatching(`( [a-z0-9 .,:;<>"'()=用户-]{0,20})?`).Draw(t, "after")
		text := before + address + after
		holds(t, text)
		got := Addresses(text)
		for _, part := range []string{"zq", "qz", "zd", "dz"} {
			if strings.Contains(got, part) {
				t.Errorf("%q stays of %q in %q", part, address, got)
			}
		}
		if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) {
			t.Errorf("%q lost what stood around %q in %q", got, address, text)
		}
	})
}

// TestALongTextTakesNoLonger: what cannot be an address is not looked at over and over.
func TestALongTextTakesNoLonger(t *testing.T) {
	for _, unit := range []string{`"@a `, `"@a`, "a@", "%40", `\"@a`, "@[", "a@b"} {
		text := strings.Repeat(unit, 1<<14/len(unit))
		holds(t, text)
	}
}

func BenchmarkAddresses(b *testing.B) {
	text := strings.Repeat(`550 5.1.1 <jan@example.com>: "no such user" here; `, 40)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Addresses(text)
	}
}
