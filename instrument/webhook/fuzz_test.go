package webhook

import (
	"net/http"
	"testing"
)

// FuzzVerify: nobody without the key makes a message that is believed, and no text panics.
func FuzzVerify(f *testing.F) {
	k := keys(f, shortText, longText)
	h := http.Header{}
	if err := k.Sign(h, "o-17", signedAt, []byte("{}")); err != nil {
		f.Fatal(err)
	}
	right := h.Get(HeaderSignature)
	for _, list := range []string{right, "", "v1,", "v1,AAAA", "v2,AAAA v1,=", right + " ", "v1"} {
		f.Add("o-17", "1767225600", list, []byte("{}"))
	}
	f.Add("o-17.1767225600", "", right, []byte("{}"))
	f.Add("o-17", "1767225600.{", right, []byte("}"))
	f.Fuzz(func(t *testing.T, id, stamp, list string, body []byte) {
		h := http.Header{HeaderID: {id}, HeaderTimestamp: {stamp}, HeaderSignature: {list}}
		got, err := k.Verify(h, body, signedAt)
		if err == nil && (got != "o-17" || stamp != "1767225600" || string(body) != "{}") {
			t.Errorf("id %q, time %q, signatures %q, body %q are believed", id, stamp, list, body)
		}
		if err != nil && got != "" {
			t.Errorf("an id %q with the error %v", got, err)
		}
	})
}

// FuzzParseSecret: what is read is what is revealed.
func FuzzParseSecret(f *testing.F) {
	for _, s := range []string{shortText, longText, "whsec_", "", "whsec_AA==", shortText + "\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseSecret(text); err == nil && s.Reveal() != text {
			t.Errorf("%q is revealed as %q", text, s.Reveal())
		}
	})
}
