package ledger_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/note"
)

func signerOf(t testing.TB, origin string, seed byte) *ledger.Signer {
	t.Helper()
	secret, err := ledger.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 64)), origin)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ledger.NewSigner(secret + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestHeadNeverChanges holds the form of a signed head: heads are in notices and in files
// of others.
func TestHeadNeverChanges(t *testing.T) {
	s := fixed(t)
	signer := signerOf(t, "ledger.example.com", 7)
	got, err := signer.Sign(s, start)
	want := "ledger.example.com\n5\n" + goldenRoot + "\ntime 2026-11-22T09:30:00Z\n\n— ledger.example.com " + goldenSignature + "\n"
	if err != nil || got != want {
		t.Errorf("the head is\n%s(%v); expected\n%s", got, err, want)
	}
	if signer.Verifier() != goldenVerifier {
		t.Errorf("the public key is %s; expected %s", signer.Verifier(), goldenVerifier)
	}
	v, err := ledger.NewVerifier(signer.Verifier() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	h, err := ledger.ParseHead(got, v)
	if err != nil || h.Size != 5 || h.Root.String() != goldenRoot || h.At != start || h.Origin != "ledger.example.com" {
		t.Errorf("the head reads as %+v (%v)", h, err)
	}
}

func TestParseHeadRefuses(t *testing.T) {
	s := fixed(t)
	signer := signerOf(t, "ledger.example.com", 7)
	good, err := signer.Sign(s, start)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := signerOf(t, "ledger.example.com", 8).Sign(s, start)
	v, _ := ledger.NewVerifier(signer.Verifier())
	for _, c := range []struct {
		name, head, says string
		kind             evenkeel.Kind
	}{
		{"nothing", "", "signed note", evenkeel.KindInvalid},
		{"a text without a signature", strings.SplitAfter(good, "\n\n")[0], "signed note", evenkeel.KindInvalid},
		{"another size under the signature", strings.Replace(good, "\n5\n", "\n6\n", 1), "without a signature", evenkeel.KindDenied},
		{"another time under the signature", strings.Replace(good, "2026", "2027", 1), "without a signature", evenkeel.KindDenied},
		{"a signature by another key of the same name", other, "without a signature", evenkeel.KindDenied},
		{"too much", good + strings.Repeat("x", 1<<16), "at most", evenkeel.KindInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ledger.ParseHead(c.head, v)
			if err == nil || evenkeel.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("says %v (%s); expected %q", err, evenkeel.KindOf(err), c.says)
			}
		})
	}
	secret, _ := ledger.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)), "ledger.example.com")
	hand, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := note.Sign(&note.Note{Text: "another.example.com\n5\n" + goldenRoot + "\n"}, hand)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.ParseHead(string(foreign), v); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("a head of another ledger under this one's signature: %v", err)
	}
	for _, c := range []struct{ name, text, says string }{
		{"two lines", "o\n5\n", "2 lines"},
		{"an origin with a space", "o o\n5\n" + goldenRoot + "\n", "origin"},
		{"a size with a zero before it", "o\n05\n" + goldenRoot + "\n", "size"},
		{"a size below zero", "o\n-5\n" + goldenRoot + "\n", "size"},
		{"a root of a few bytes", "o\n5\nAAAA\n", "root"},
		{"a time that is none", "o\n5\n" + goldenRoot + "\ntime noon\n", "RFC 3339"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ledger.ParseHead(c.text+"\n— o AAAAAAAAAAAA\n", nil)
			if evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.says) {
				t.Errorf("says %v; expected %q", err, c.says)
			}
		})
	}
	if h, err := ledger.ParseHead("o\n5\n"+goldenRoot+"\nsomething of a later version\n\n— o AAAAAAAAAAAA\n", nil); err != nil || h.Size != 5 {
		t.Errorf("a head with a line of a later version: %v", err)
	}
}

func TestKeysOfLedgersAreChecked(t *testing.T) {
	for _, bad := range []string{"", "ledger.example.com", "PRIVATE+KEY+x+00000000+AAAA"} {
		if _, err := ledger.NewSigner(bad); evenkeel.KindOf(err) != evenkeel.KindInvalid || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("key %q: %v", bad, err)
		}
		if _, err := ledger.NewVerifier(bad); evenkeel.KindOf(err) != evenkeel.KindInvalid || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("public key %q: %v", bad, err)
		}
	}
	for _, bad := range []string{"", "two words", "a+b", "ä", "a\nb", strings.Repeat("x", 300)} {
		if _, err := ledger.GenerateKey(bytes.NewReader(make([]byte, 64)), bad); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("origin %q: %v", bad, err)
		}
	}
}

// TestNoErrorRepeatsASecretKey: the secret key where the public one should be, whole, cut short
// at either end, or with something around it.
func TestNoErrorRepeatsASecretKey(t *testing.T) {
	secret, err := ledger.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)), "ledger.example.com")
	if err != nil {
		t.Fatal(err)
	}
	last := strings.SplitN(secret, "+", 5)[4]
	if _, err := ledger.NewVerifier(secret + "\n"); err == nil || !strings.Contains(err.Error(), "this is the secret key of the ledger; expected the public one") {
		t.Errorf("the secret key in the place of the public one: %v", err)
	}
	for _, text := range []string{secret, " \n" + secret, secret[7:], last, "key: " + secret, secret + secret, secret[:len(secret)-9]} {
		_, asPublic := ledger.NewVerifier(text)
		_, asHead := ledger.ParseHead(text, nil)
		_, asSecret := ledger.NewSigner("x" + text)
		for _, err := range []error{asPublic, asHead, asSecret} {
			if err == nil || strings.Contains(err.Error(), last[:8]) {
				t.Errorf("%.9s… is told as %v; expected an error that does not repeat it", text, err)
			}
		}
	}
}

func TestEveryGeneratedKeySigns(t *testing.T) {
	for seed := range byte(100) { // among them such whose base64 holds a plus
		v, err := ledger.NewVerifier(signerOf(t, "l", seed).Verifier())
		if err != nil {
			t.Fatal(err)
		}
		signed, err := signerOf(t, "l", seed).Sign(&shelf{}, start)
		if err != nil {
			t.Fatal(err)
		}
		if h, err := ledger.ParseHead(signed, v); err != nil || h.Size != 0 {
			t.Fatalf("the head of an empty log: %+v, %v", h, err)
		}
	}
}

func FuzzParseHead(f *testing.F) {
	s := fixed(f)
	signer := signerOf(f, "ledger.example.com", 7)
	good, _ := signer.Sign(s, start)
	v, _ := ledger.NewVerifier(signer.Verifier())
	f.Add(good)
	f.Add(good + good)
	f.Add("o\n5\n" + goldenRoot + "\n\n— o AAAAAAAAAAAA\n")
	f.Fuzz(func(t *testing.T, signed string) {
		if h, err := ledger.ParseHead(signed, v); err == nil && (h.Size != 5 || h.Root.String() != goldenRoot) {
			t.Fatalf("a head was taken that was not signed: %q", signed)
		}
		h, err := ledger.ParseHead(signed, nil)
		if err == nil && (h.Origin == "" || h.Size < 0) || err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Fatalf("%q: %+v, %v", signed, h, err)
		}
	})
}
