package witness_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/evenkeel/evenkeel/instrument/witness"
)

// A vector of cosignature/v1 that is not of our making: from the key whose seed is 32 bytes of 5, by the text of
// C2SP signed-note and tlog-cosignature, with Python's cryptography.
const (
	vectorSecret = "PRIVATE+KEY+witness.example.com+f9701150+BAUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUF"
	vectorPublic = "witness.example.com+f9701150+BG56HN0psLeP0Tr0xVmP7/TvKpcWbjym8uT7/M2AUFvx"
	vectorText   = "ledger.example.com\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	vectorAt     = 1679315147
	vectorLine   = "\u2014 witness.example.com +XARUAAAAABkGFDLfGy43DriD1pcfIZHAm697Hz1I1VMcgndSYkzx2bX2v9DaIqkgnBu6MEsqjOCjDlG4stCi50ZTuEYFeJ1wU3HBA==\n"
)

// C2SP tlog-cosignature: what we sign others can check, and what others sign we can.
func TestACosignatureIsByteForByteWhatTheSpecificationSays(t *testing.T) {
	secret, public, err := witness.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{5}, 32)), "witness.example.com")
	if err != nil || secret != vectorSecret || public != vectorPublic {
		t.Errorf("the key is\n%s\n%s (%v); expected\n%s\n%s", secret, public, err, vectorSecret, vectorPublic)
	}
	w, err := witness.NewCosigner(vectorSecret)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Cosign(vectorText, time.Unix(vectorAt, 0)); got != vectorLine {
		t.Errorf("the cosignature is\n%s; expected\n%s", got, vectorLine)
	}
	v, err := witness.NewVerifier(vectorPublic)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := note.Open([]byte(vectorText+"\n"+vectorLine), note.VerifierList(v)); err != nil || len(n.Sigs) != 1 {
		t.Errorf("it is not believed: %v", err)
	}
}

// The vector itself, from the bytes up: key id = SHA-256(name ‖ 0x0A ‖ 0x04 ‖ public key)[:4]; what is
// signed is "cosignature/v1\ntime T\n" and the checkpoint; a signature is key id ‖ T, 8 bytes, ‖ Ed25519.
func TestTheVectorIsWhatTheSpecificationSays(t *testing.T) {
	public, _ := hex.DecodeString("6e7a1cdd29b0b78fd13af4c5598feff4ef2a97166e3ca6f2e4fbfccd80505bf1")
	id := sha256.Sum256(bytes.Join([][]byte{[]byte("witness.example.com"), {0x0a, 0x04}, public}, nil))
	line, err := base64.StdEncoding.DecodeString(strings.Fields(vectorLine)[2])
	if err != nil || len(line) != 4+8+64 {
		t.Fatalf("%d bytes (%v); expected 76", len(line), err)
	}
	signed := "cosignature/v1\ntime 1679315147\nledger.example.com\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	switch {
	case !bytes.Equal(line[:4], id[:4]), !strings.Contains(vectorPublic, "+"+hex.EncodeToString(id[:4])+"+"):
		t.Errorf("the key id is %x; expected %x", line[:4], id[:4])
	case !bytes.Equal(line[4:12], []byte{0, 0, 0, 0, 0x64, 0x18, 0x50, 0xcb}):
		t.Errorf("the time is % x", line[4:12])
	case !ed25519.Verify(public, []byte(signed), line[12:]):
		t.Error("the signature is not of it")
	}
}

// C2SP tlog-witness: the body of add-checkpoint, byte for byte.
func TestARequestIsByteForByteWhatTheSpecificationSays(t *testing.T) {
	r := witness.Request{Old: 20852014, Proof: tlog.TreeProof{{}, {0: 1, 31: 255}}, Checkpoint: vectorText + "\n" + vectorLine}
	want := "old 20852014\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8=\n\n" +
		"ledger.example.com\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" + vectorLine
	if got := r.String(); got != want {
		t.Errorf("it is\n%q; expected\n%q", got, want)
	}
	if got, err := witness.ParseRequest(want); err != nil || got.Old != r.Old || len(got.Proof) != 2 || got.Proof[1] != r.Proof[1] || got.Checkpoint != r.Checkpoint {
		t.Errorf("it is read as %+v (%v)", got, err)
	}
	if got := (witness.Request{Checkpoint: "c"}).String(); got != "old 0\n\nc" {
		t.Errorf("the first is %q", got)
	}
}

// Whoever checks a head asks which of the witnesses that they trust saw it, and when.
func TestWhoCosignedAHeadIsToldWithTheTime(t *testing.T) {
	v, err := witness.NewVerifier(vectorPublic)
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := witness.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{6}, 32)), "other.example.com")
	if err != nil {
		t.Fatal(err)
	}
	o, err := witness.NewVerifier(other)
	if err != nil {
		t.Fatal(err)
	}
	signed := vectorText + "\n" + vectorLine
	for _, c := range []struct {
		name, signed string
		by           []*witness.Verifier
		n            int
		bad          bool
	}{
		{"one of two", signed, []*witness.Verifier{o, v}, 1, false},
		{"twice is once", signed + vectorLine, []*witness.Verifier{v}, 1, false},
		{"another", signed, []*witness.Verifier{o}, 0, false},
		{"nobody", signed, nil, 0, false},
		{"of another text", strings.Replace(signed, "\n1\n", "\n2\n", 1), []*witness.Verifier{v}, 0, true},
		{"no note", "hello", []*witness.Verifier{v}, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, err := witness.Cosigned(c.signed, c.by)
			if len(all) != c.n || (err != nil) != c.bad {
				t.Fatalf("%+v (%v); expected %d", all, err, c.n)
			}
			if c.n == 1 && (all[0].Name != "witness.example.com" || all[0].At.Unix() != vectorAt) {
				t.Errorf("%+v", all)
			}
		})
	}
}
