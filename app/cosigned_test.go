package app

import (
	"os"
	"path/filepath"
	"testing"
)

// TestAHeadWithTooFewCosignaturesTakesNoPlace (R10): the head that is shown to others is the last one
// that as many cosigned as are needed, also when the first lines under a newer one are there.
func TestAHeadWithTooFewCosignaturesTakesNoPlace(t *testing.T) {
	dir := t.TempDir()
	read := func(name string) string {
		text, _ := os.ReadFile(filepath.Join(dir, name))
		return string(text)
	}
	for _, c := range []struct {
		name, text     string
		by, needed     int
		shown, somehow string
	}{
		{"nobody cosigned", "head 1", 0, 2, "", ""},
		{"one of two", "head 1 a", 1, 2, "", "head 1 a"},
		{"both", "head 1 a b", 2, 2, "head 1 a b", "head 1 a b"},
		{"one of two of a newer head", "head 2 a", 1, 2, "head 1 a b", "head 2 a"},
		{"nobody of a newer one still", "head 3", 0, 2, "head 1 a b", "head 2 a"},
		{"more than are needed", "head 4 a b c", 3, 2, "head 4 a b c", "head 4 a b c"},
	} {
		if err := keepCosigned(dir, c.text, c.by, c.needed); err != nil {
			t.Fatal(err)
		}
		if shown, somehow := read(fileCosigned), read(fileCosignedSome); shown != c.shown || somehow != c.somehow {
			t.Errorf("%s: %q and %q; expected %q and %q", c.name, shown, somehow, c.shown, c.somehow)
		}
	}
}
