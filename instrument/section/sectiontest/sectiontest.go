package sectiontest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/evenkeel/evenkeel/instrument/section"
)

// Tester is a *testing.T, a *testing.B, a *testing.F or a *rapid.T.
type Tester interface {
	Helper()
	Fatal(args ...any)
}

// Content is what a section holds.
type Content struct {
	Name string
	Data []byte
}

// Open returns the sections of a good stream.
func Open(t Tester, stream []byte) (out []Content) {
	t.Helper()
	z, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	le := binary.LittleEndian
	for rest := stream[8:]; ; { // pieces, as section/format.go tells
		name, number, size, n := string(rest[:4]), le.Uint32(rest[4:]), le.Uint32(rest[8:]), le.Uint32(rest[12:])
		body := rest[24 : 24+n]
		if rest = rest[24+n:]; name == "end." {
			return out
		}
		if size != n {
			if body, err = z.DecodeAll(body, nil); err != nil {
				t.Fatal(err)
			}
		}
		if number == 0 {
			out = append(out, Content{Name: name})
		}
		last := &out[len(out)-1]
		last.Data = append(last.Data, body...)
	}
}

// Seal makes a stream of sections, of the kind and version of another stream.
func Seal(t Tester, like []byte, list []Content) []byte {
	t.Helper()
	var out bytes.Buffer
	w := section.NewWriter(&out, string(like[:4]), binary.LittleEndian.Uint32(like[4:]))
	for _, s := range list {
		w.Begin(s.Name)
		w.Bytes(s.Data)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Patch returns the sections with bytes of one of them written over.
func Patch(list []Content, which uint8, at uint32, patch []byte) []Content {
	list = append([]Content{}, list...)
	s := &list[int(which)%len(list)]
	s.Data = bytes.Clone(s.Data)
	if len(s.Data) > 0 {
		copy(s.Data[int(at)%len(s.Data):], patch)
	}
	return list
}

// Digest returns the SHA-256, in hex, of what a good stream holds, however it is compressed.
func Digest(t Tester, stream []byte) string {
	t.Helper()
	sum := sha256.New()
	for _, s := range Open(t, stream) {
		fmt.Fprintf(sum, "%s %d ", s.Name, len(s.Data))
		sum.Write(s.Data)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}
