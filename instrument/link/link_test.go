package link

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	until  = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	before = until.Add(-time.Second)
)

func key(t testing.TB, id string, with byte) Key {
	t.Helper()
	k, err := NewKey(id, bytes.Repeat([]byte{with}, LeastKey))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func claim(p Purpose) Claim {
	return Claim{Purpose: p, Case: "c-7kq2", Tenant: "raisup", Contact: "owner", Until: until}
}

func made(t testing.TB, k Keys, c Claim) string {
	t.Helper()
	token, err := k.Make(c)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestALinkSaysWhatItWasMadeToSay(t *testing.T) {
	k := Keys{key(t, "k1", 1)}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(1, -1, MaxText)
		c := Claim{
			Purpose: rapid.SampledFrom([]Purpose{Show, Speak}).Draw(t, "purpose"),
			Case:    text.Draw(t, "case"), Tenant: text.Draw(t, "tenant"), Contact: rapid.StringN(0, -1, MaxText).Draw(t, "contact"),
			Until: time.Unix(rapid.Int64Range(1, latest).Draw(t, "until"), 0).UTC(),
		}
		token, err := k.Make(c)
		if err != nil {
			t.Fatal(err)
		}
		if len(token) > MaxToken || strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("%q is not URL-safe and short", token)
		}
		got, err := k.Open(token, c.Until.Add(-time.Nanosecond))
		if err != nil || got != c {
			t.Errorf("made %+v, opened %+v, %v", c, got, err)
		}
	})
}

func TestATokenIsFixedForItsClaimAndKey(t *testing.T) { // never change: tokens are in mails that were sent
	const want = "AmsxAsDtutgGBmMtN2txMgZyYWlzdXAFb3duZXI00E8CKWqv8URg84O4ymEP1"
	token := made(t, Keys{key(t, "k1", 1)}, claim(Speak))
	if token != want {
		t.Errorf("got %s", token)
	}
	if len(token) > 64 {
		t.Errorf("it has %d characters", len(token))
	}
}

func TestWhatIsNotBelievedSaysWhyToTheServer(t *testing.T) {
	old, young, other := key(t, "old", 1), key(t, "young", 2), key(t, "old", 3)
	keys := Keys{young, old}
	right := made(t, keys, claim(Speak))
	odd := claim(Speak)
	odd.Purpose = 7
	unsaid := old.id
	for _, c := range []struct {
		says  string
		token string
		keys  Keys
		at    time.Time
		want  error
	}{
		{"it opens until its end", right, keys, before, nil},
		{"it is over at its end", right, keys, until, ErrExpired},
		{"it is over a year later", right, keys, until.AddDate(1, 0, 0), ErrExpired},
		{"an older key opens still", made(t, Keys{old}, claim(Show)), keys, before, nil},
		{"a key that was taken out opens no more", made(t, Keys{old}, claim(Show)), Keys{young}, before, ErrUnknownKey},
		{"a key of a known name and other bytes is a forgery", made(t, Keys{other}, claim(Show)), keys, before, ErrForged},
		{"a forgery is one after its end, too", made(t, Keys{other}, claim(Show)), keys, until, ErrForged},
		{"a purpose that we do not have opens nothing", signed(old, odd), keys, before, ErrPurpose},
		{"bytes after the claim", signedBytes(old, append(odd.append(appendText(nil, unsaid)), 0)), keys, before, ErrMalformed},
		{"no keys", right, nil, before, ErrUnknownKey},
		{"nothing", "", keys, before, ErrMalformed},
		{"the mark alone", "1", keys, before, ErrMalformed},
		{"another version", strings.TrimSuffix(right, "1") + "2", keys, before, ErrMalformed},
		{"padding", strings.TrimSuffix(right, "1") + "=1", keys, before, ErrMalformed},
		{"a line break inside", right[:20] + "\n" + right[20:], keys, before, ErrMalformed},
		{"a full stop behind", right + ".", keys, before, ErrMalformed},
		{"far too long", strings.Repeat("A", 1<<20) + "1", keys, before, ErrMalformed},
		{"a length beyond the end", "_____w" + strings.Repeat("A", 40) + "1", keys, before, ErrMalformed},
	} {
		got, err := c.keys.Open(c.token, c.at)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v; expected %v", c.says, err, c.want)
		}
		if err != nil && got != (Claim{}) {
			t.Errorf("%s: a claim %+v with an error", c.says, got)
		}
	}
	if !errors.Is(ErrUnknownKey, ErrForged) {
		t.Error("an unknown key is no forgery")
	}
	if says := fmt.Sprint(ErrExpired, ErrForged, ErrMalformed, ErrPurpose); strings.Contains(VisitorSays, says) {
		t.Error("the visitor is told why")
	}
}

// signed makes a token without asking whether the claim is one.
func signed(k Key, c Claim) string { return signedBytes(k, c.append(appendText(nil, k.id))) }

func signedBytes(k Key, b []byte) string {
	return encoding.EncodeToString(append(b, k.sign(b)...)) + mark
}

func TestATokenThatIsCutShortIsMalformedWherever(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := Keys{Key{"k1", func() []byte { return bytes.Repeat([]byte{1}, LeastKey) }}}
		c := claim(Show)
		c.Tenant = rapid.StringN(1, -1, MaxText).Draw(t, "tenant")
		token, err := k.Make(c)
		if err != nil {
			t.Fatal(err)
		}
		for n := range token {
			if _, err := k.Open(token[:n], before); !errors.Is(err, ErrMalformed) {
				t.Fatalf("%d of %d characters: %v", n, len(token), err)
			}
		}
	})
}

func TestNoChangedCharacterIsBelieved(t *testing.T) {
	k := Keys{key(t, "k1", 1)}
	for _, contact := range []string{"", "a", "ab"} { // with each number of bits that are left over at the end
		c := claim(Show)
		c.Contact = contact
		token := made(t, k, c)
		for i := range len(token) - 1 {
			for _, with := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
				changed := token[:i] + string(with) + token[i+1:]
				if _, err := k.Open(changed, before); err == nil && changed != token {
					t.Errorf("%s is believed", changed)
				}
			}
		}
	}
}

func TestAClaimThatCannotBeSignedSaysWhy(t *testing.T) {
	k := Keys{key(t, "k1", 1)}
	for says, change := range map[string]func(*Claim){
		"no purpose":       func(c *Claim) { c.Purpose = 0 },
		"another purpose":  func(c *Claim) { c.Purpose = 3 },
		"no case":          func(c *Claim) { c.Case = "" },
		"no tenant":        func(c *Claim) { c.Tenant = "" },
		"no end":           func(c *Claim) { c.Until = time.Time{} },
		"an end too late":  func(c *Claim) { c.Until = time.Unix(latest+1, 0) },
		"too long a text":  func(c *Claim) { c.Contact = strings.Repeat("x", MaxText+1) },
		"a text not UTF-8": func(c *Claim) { c.Case = "\xff" },
	} {
		c := claim(Speak)
		change(&c)
		if token, err := k.Make(c); err == nil || token != "" {
			t.Errorf("%s: made %q", says, token)
		}
	}
	if _, err := (Keys{}).Make(claim(Show)); err == nil {
		t.Error("a link without a key")
	}
	if _, err := (Keys{{}}).Make(claim(Show)); err == nil {
		t.Error("a link under an empty key")
	}
}

func TestALinkThatShowsDoesNotSpeak(t *testing.T) {
	for _, c := range []struct {
		has, wants Purpose
		may        bool
	}{
		{Show, Show, true}, {Show, Speak, false}, {Speak, Show, true}, {Speak, Speak, true},
		{0, 0, false}, {0, Show, false}, {3, 3, false}, {Speak, 3, false},
	} {
		got, err := claim(c.has).For(c.wants)
		if (err == nil) != c.may || err != nil && (!errors.Is(err, ErrPurpose) || got != Claim{}) {
			t.Errorf("%s for %s: %+v, %v", c.has, c.wants, got, err)
		}
	}
}

func TestKeysAreReadAndNeverPrinted(t *testing.T) {
	secret := base64.StdEncoding.EncodeToString([]byte("this is the key of the test, ok?"))
	keys, err := ParseKeys("k2:"+secret, "k1:"+base64.StdEncoding.EncodeToString(make([]byte, MostKey)))
	if err != nil || len(keys) != 2 || keys[0].ID() != "k2" || keys[0].Reveal() != "k2:"+secret {
		t.Fatalf("got %v, %v", keys, err)
	}
	doc, err := json.Marshal(struct{ K Keys }{keys})
	if err != nil {
		t.Fatal(err)
	}
	hidden := struct{ k Keys }{keys}
	for _, says := range []string{string(doc), fmt.Sprint(keys), fmt.Sprintf("%+v %#v %s %x", keys, keys, keys, keys), fmt.Sprintf("%+v %#v", hidden, &hidden)} {
		if strings.Contains(says, secret) || strings.Contains(says, "this is the key") || strings.Contains(says, "74686973") {
			t.Errorf("it prints %s", says)
		}
	}
	good := base64.StdEncoding.EncodeToString(make([]byte, LeastKey))
	for says, texts := range map[string][]string{
		"none": {}, "no name": {secret}, "an empty name": {":" + good}, "a long name": {"k2345678901234567:" + good},
		"a name with a capital": {"K:" + good}, "not base64": {"k:" + good[:43] + "!"}, "short": {"k:AAAA"},
		"long": {"k:" + strings.Repeat("A", 500)}, "a line break": {"k:" + good + "\n"}, "twice": {"k:" + good, "k:" + secret},
		"too many": strings.Fields(strings.NewReplacer("N", good).Replace("a:N b:N c:N d:N e:N f:N g:N h:N i:N")),
	} {
		if _, err := ParseKeys(texts...); err == nil || strings.Contains(err.Error(), good[:20]) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
