package sectiontest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/section"
)

func TestWhatWasOpenedIsSealedAsItWas(t *testing.T) {
	var out bytes.Buffer
	w := section.NewWriter(&out, "test", 3)
	for _, name := range []string{"one.", "none", "one."} {
		if w.Begin(name); name == "one." {
			w.Text(strings.Repeat("abc", 300_000)) // more than a piece
		}
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	list := Open(t, out.Bytes())
	if len(list) != 3 || list[0].Name != "one." || len(list[0].Data) != 900_003 || len(list[1].Data) != 0 {
		t.Fatalf("%d sections", len(list))
	}
	if again := Seal(t, out.Bytes(), list); !bytes.Equal(again, out.Bytes()) {
		t.Error("sealed again it is another")
	}
	if changed := Seal(t, out.Bytes(), Patch(list, 5, 900_004, []byte("xy"))); Digest(t, changed) == Digest(t, out.Bytes()) {
		t.Error("a patch does not show in the digest")
	}
}
