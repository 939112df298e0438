package webhook

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The keys of the vectors: the bytes 0 to 23, and 255 down to 192.
const (
	shortText = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
	longText  = "whsec_//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eDf3t3c29rZ2NfW1dTT0tHQz87NzMvKycjHxsXEw8LBwA=="
)

// signedAt is 2026-01-01T00:00:00Z.
var signedAt = time.Unix(1767225600, 0)

func keys(t testing.TB, texts ...string) Keys {
	t.Helper()
	k, err := ParseKeys(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestSignaturesAreThoseOfOpenSSL: the expected values were made with
// `openssl dgst -sha256 -mac HMAC -macopt hexkey:…` over id, stop, seconds, stop, body.
func TestSignaturesAreThoseOfOpenSSL(t *testing.T) {
	for _, c := range []struct {
		name, id, body string
		at             time.Time
		secrets        []string
		want           string
	}{
		{"a key of 24 bytes", "o-17", `{"lift":false}`, signedAt, []string{shortText}, "v1,pTJ9UrzW1JzR7fhdRJGTr57vh7VVymiT5h/I0Iu80L8="},
		{"a key of 64 bytes", "o-17", `{"lift":false}`, signedAt, []string{longText}, "v1,CqOQbV5hJwndL6sWgzleLDcVt3KJDbDfnS13oyQ1pyM="},
		{"while the secret is changed both sign, the newest first", "o-17", `{"lift":false}`, signedAt, []string{longText, shortText}, "v1,CqOQbV5hJwndL6sWgzleLDcVt3KJDbDfnS13oyQ1pyM= v1,pTJ9UrzW1JzR7fhdRJGTr57vh7VVymiT5h/I0Iu80L8="},
		{"an empty body in 1970", "a~b-c_d", "", time.Unix(0, 0), []string{shortText}, "v1,/AIlshMhJdvSfnlNRYWR5Ok3aQXfdk2BKJcz22YHPw4="},
		{"parts of a second are not signed", "o-17", `{"lift":false}`, signedAt.Add(999 * time.Millisecond), []string{shortText}, "v1,pTJ9UrzW1JzR7fhdRJGTr57vh7VVymiT5h/I0Iu80L8="},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{}
			k := keys(t, c.secrets...)
			if err := k.Sign(h, c.id, c.at, []byte(c.body)); err != nil {
				t.Fatal(err)
			}
			if got := h.Get("webhook-signature"); got != c.want {
				t.Errorf("the signature is %q; expected %q", got, c.want)
			}
			if h.Get("webhook-id") != c.id || h.Get("webhook-timestamp") != strconv.FormatInt(c.at.Unix(), 10) || len(h) != 3 {
				t.Errorf("the headers are %v", h)
			}
			if id, err := k.Verify(h, []byte(c.body), c.at); id != c.id || err != nil {
				t.Errorf("verified as %q, %v", id, err)
			}
		})
	}
}

// handMAC is HMAC (RFC 2104) written out, so that what is expected does not come from what
// is tested.
func handMAC(key []byte, text string) []byte {
	var block [64]byte
	copy(block[:], key)
	inner, outer := make([]byte, 64), make([]byte, 64)
	for i, b := range block {
		inner[i], outer[i] = b^0x36, b^0x5c
	}
	first := sha256.Sum256(append(inner, text...))
	second := sha256.Sum256(append(outer, first[:]...))
	return second[:]
}

func TestWhatIsSignedIsVerifiedAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 24, 64).Draw(t, "key")
		id := rapid.StringMatching(`[!-\-/-~]{1,40}`).Draw(t, "id")
		body := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "body")
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0)
		secret, err := NewSecret(raw)
		if err != nil {
			t.Fatal(err)
		}
		k, h := Keys{secret}, http.Header{}
		if err := k.Sign(h, id, at, body); err != nil {
			t.Fatal(err)
		}
		want := "v1," + base64.StdEncoding.EncodeToString(handMAC(raw, fmt.Sprintf("%s.%d.%s", id, at.Unix(), body)))
		if got := h.Get(HeaderSignature); got != want {
			t.Fatalf("the signature is %q; by hand it is %q", got, want)
		}
		if got, err := k.Verify(h, body, at); got != id || err != nil {
			t.Fatalf("verified as %q, %v", got, err)
		}
		flip := rapid.IntRange(0, len(raw)*8-1).Draw(t, "bit of the key")
		raw[flip/8] ^= 1 << (flip % 8)
		other, _ := NewSecret(raw)
		if _, err := (Keys{other}).Verify(h, body, at); !errors.Is(err, ErrForged) {
			t.Fatalf("another key says %v", err)
		}
		if _, err := k.Verify(h, append(body, ' '), at); !errors.Is(err, ErrForged) {
			t.Fatalf("a longer body says %v", err)
		}
	})
}

func TestWhatIsNotBelieved(t *testing.T) {
	body := []byte(`{"order":"o-17"}`)
	for _, c := range []struct {
		name  string
		spoil func(h http.Header)
		now   time.Time
		want  error
		says  string
	}{
		{"nothing is wrong", func(http.Header) {}, signedAt, nil, ""},
		{"five minutes later it is still believed", func(http.Header) {}, signedAt.Add(Tolerance), nil, ""},
		{"a clock that is five minutes behind still believes it", func(http.Header) {}, signedAt.Add(-Tolerance), nil, ""},
		{"a second more is too old", func(http.Header) {}, signedAt.Add(Tolerance + time.Second), ErrExpired, "5m1s ago"},
		{"a second more ahead is from the future", func(http.Header) {}, signedAt.Add(-Tolerance - time.Second), ErrEarly, "5m1s from now"},
		{"a forged message is not told that it is old, too", func(h http.Header) { h.Set(HeaderID, "o-18") }, signedAt.Add(time.Hour), ErrForged, ""},
		{"another id", func(h http.Header) { h.Set(HeaderID, "o-18") }, signedAt, ErrForged, ""},
		{"another time", func(h http.Header) { h.Set(HeaderTimestamp, "1767225601") }, signedAt, ErrForged, ""},
		{"another signature", func(h http.Header) {
			h.Set(HeaderSignature, "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
		}, signedAt, ErrForged, ""},
		{"a right signature of which one byte is left out", func(h http.Header) {
			mac, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.Get(HeaderSignature), "v1,"))
			h.Set(HeaderSignature, "v1,"+base64.StdEncoding.EncodeToString(mac[:31]))
		}, signedAt, ErrForged, ""},
		{"an empty signature", func(h http.Header) { h.Set(HeaderSignature, "v1,") }, signedAt, ErrForged, ""},
		{"a right signature among wrong ones and other versions", func(h http.Header) {
			h.Set(HeaderSignature, "v1a,zzzz v1,AAAA v1,!! "+h.Get(HeaderSignature)+" v2,AAAA")
		}, signedAt, nil, ""},
		{"a right signature under another version's mark", func(h http.Header) {
			h.Set(HeaderSignature, "v2,"+strings.TrimPrefix(h.Get(HeaderSignature), "v1,"))
		}, signedAt, ErrUnsigned, "v1,"},
		{"no id", func(h http.Header) { h.Del(HeaderID) }, signedAt, ErrUnsigned, "0 values of the header Webhook-Id"},
		{"no time", func(h http.Header) { h.Del(HeaderTimestamp) }, signedAt, ErrUnsigned, "0 values of the header Webhook-Timestamp"},
		{"no signature", func(h http.Header) { h.Del(HeaderSignature) }, signedAt, ErrUnsigned, "0 values of the header Webhook-Signature"},
		{"two ids", func(h http.Header) { h.Add(HeaderID, "o-17") }, signedAt, ErrUnsigned, "2 values"},
		{"an empty id", func(h http.Header) { h.Set(HeaderID, "") }, signedAt, ErrUnsigned, ""},
		{"an id with a full stop", func(h http.Header) { h.Set(HeaderID, "o-17.1767225600") }, signedAt, ErrUnsigned, "full stops"},
		{"an id with a space", func(h http.Header) { h.Set(HeaderID, "o 17") }, signedAt, ErrUnsigned, "visible ASCII"},
		{"a long id", func(h http.Header) { h.Set(HeaderID, strings.Repeat("o", 257)) }, signedAt, ErrUnsigned, "257 bytes"},
		{"a time that is no number", func(h http.Header) { h.Set(HeaderTimestamp, "now") }, signedAt, ErrUnsigned, `"now"`},
		{"a time before 1970", func(h http.Header) { h.Set(HeaderTimestamp, "-1") }, signedAt, ErrUnsigned, "since 1970"},
		{"a time with a sign", func(h http.Header) { h.Set(HeaderTimestamp, "+1767225600") }, signedAt, ErrUnsigned, ""},
		{"a time with a leading zero", func(h http.Header) { h.Set(HeaderTimestamp, "01767225600") }, signedAt, ErrUnsigned, ""},
		{"a time in milliseconds", func(h http.Header) { h.Set(HeaderTimestamp, "1767225600000") }, signedAt, ErrUnsigned, ""},
		{"seventeen signatures", func(h http.Header) { h.Set(HeaderSignature, strings.Repeat("v1,AAAA ", 17)) }, signedAt, ErrUnsigned, "at most 16"},
		{"a signature header of megabytes", func(h http.Header) { h.Set(HeaderSignature, "v1,"+strings.Repeat("A", 1<<20)) }, signedAt, ErrUnsigned, "at most 4096"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{}
			k := keys(t, longText, shortText)[1:] // what an older key signed
			if err := k.Sign(h, "o-17", signedAt, body); err != nil {
				t.Fatal(err)
			}
			c.spoil(h)
			id, err := keys(t, longText, shortText).Verify(h, body, c.now)
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || (err == nil) != (id == "o-17") {
				t.Fatalf("got %q, %v; expected %v", id, err, c.want)
			}
			if err != nil && (!strings.Contains(err.Error(), c.says) || len(err.Error()) > 400) {
				t.Errorf("the error is %q; expected %q in it", err, c.says)
			}
		})
	}
}

func TestAKeyThatIsEmptyIsNone(t *testing.T) {
	h := http.Header{}
	h.Set(HeaderID, "o-17")
	h.Set(HeaderTimestamp, "1767225600")
	h.Set(HeaderSignature, "v1,"+base64.StdEncoding.EncodeToString(handMAC(nil, "o-17.1767225600.")))
	for _, k := range []Keys{nil, {}, {Secret{}}} {
		if _, err := k.Verify(h, nil, signedAt); !errors.Is(err, ErrForged) {
			t.Errorf("%d empty keys say %v", len(k), err)
		}
		if err := k.Sign(h, "o-17", signedAt, nil); err == nil {
			t.Errorf("%d empty keys signed", len(k))
		}
	}
}

func TestWhatCannotBeSigned(t *testing.T) {
	for _, c := range []struct {
		name, id string
		at       time.Time
		says     string
	}{
		{"no id", "", signedAt, "0 bytes"},
		{"an id with a full stop", "o.17", signedAt, "full stops"},
		{"an id that would begin another header", "o\r\nX: y", signedAt, "visible ASCII"},
		{"an id in other letters", "ö", signedAt, "visible ASCII"},
		{"a long id", strings.Repeat("o", 257), signedAt, "257 bytes"},
		{"a time before 1970", "o-17", time.Unix(-1, 0), "before 1970"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{}
			err := keys(t, shortText).Sign(h, c.id, c.at, nil)
			if err == nil || !strings.Contains(err.Error(), c.says) || len(h) != 0 {
				t.Errorf("got %v and the headers %v; expected %q", err, h, c.says)
			}
		})
	}
}

func TestSecretsAreRead(t *testing.T) {
	encoded := func(n int) string { return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, n)) }
	for _, c := range []struct{ name, text, says string }{
		{"24 bytes", encoded(24), ""},
		{"25 bytes", encoded(25), ""},
		{"64 bytes", encoded(64), ""},
		{"23 bytes", encoded(23), "23 bytes; expected 24 to 64"},
		{"65 bytes", encoded(65), "65 bytes; expected 24 to 64"},
		{"thousands of bytes", encoded(5000), "characters after its mark"},
		{"nothing", "", `"whsec_"`},
		{"the mark alone", "whsec_", "0 bytes"},
		{"no mark", encoded(24)[6:], `"whsec_"`},
		{"the mark of a public key", "whpk_" + encoded(24)[6:], `"whsec_"`},
		{"the alphabet of URLs", "whsec_" + strings.Repeat("-_", 16), "standard alphabet"},
		{"no padding", strings.TrimRight(encoded(25), "="), "padding"},
		{"a line break inside", encoded(24)[:20] + "\n" + encoded(24)[20:], "not base64"},
		{"a space behind", encoded(24) + " ", "not base64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ParseSecret(c.text)
			if (c.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v; expected %q", err, c.says)
			}
			if err == nil && s.Reveal() != c.text {
				t.Errorf("%q is revealed as %q", c.text, s.Reveal())
			}
			if rest := strings.TrimPrefix(c.text, "whsec_"); err != nil && len(rest) > 8 && strings.Contains(err.Error(), rest[:8]) {
				t.Errorf("the error quotes the secret: %v", err)
			}
		})
	}
	if _, err := ParseKeys(); err == nil {
		t.Error("no secret at all is accepted")
	}
	if _, err := ParseKeys(shortText, shortText, shortText, shortText, shortText); err == nil {
		t.Error("five secrets are accepted")
	}
	if _, err := ParseKeys(shortText, "whsec_x"); err == nil || !strings.Contains(err.Error(), "secret 2 of 2") {
		t.Errorf("a bad second secret says %v", err)
	}
}

func TestASecretNeverPrints(t *testing.T) {
	k := keys(t, shortText)
	hidden := struct{ inside Keys }{k} // fmt calls no methods of what is not exported
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c"} {
		for _, v := range []any{k, k[0], &k[0], hidden, &hidden} {
			said := fmt.Sprintf(verb, v)
			for _, leak := range []string{"AAECAwQF", "000102", "0 1 2", "0, 0x1", "\x01\x02"} {
				if strings.Contains(said, leak) {
					t.Errorf("%s of %T prints %q", verb, v, said)
				}
			}
		}
	}
	said, err := json.Marshal(map[string]any{"a": k, "b": hidden})
	if err != nil || strings.Contains(string(said), "AAEC") {
		t.Errorf("as JSON it is %s, %v", said, err)
	}
	if !strings.Contains(fmt.Sprint(k), "whsec_(hidden)") {
		t.Errorf("it prints as %v; expected the mark", k)
	}
}

func BenchmarkVerify(b *testing.B) {
	k, h, body := keys(b, shortText), http.Header{}, bytes.Repeat([]byte("x"), 1024)
	if err := k.Sign(h, "o-17", signedAt, body); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Verify(h, body, signedAt); err != nil {
			b.Fatal(err)
		}
	}
}
