package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// R10: the last heads that enough cosigned are kept, so many and no more, each once with all of its lines, and a
// head that too few cosigned is none of them.
func TestTheLastCosignedHeadsAreKept(t *testing.T) {
	dir := t.TempDir()
	head := func(size int, by string) string {
		return fmt.Sprintf("log\n%d\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— log AAAAAAA=\n%s", size, by)
	}
	const a, b = "— a AAAAAAA=\n", "— b AAAAAAA=\n"
	keep := func(size, by int, lines string) {
		t.Helper()
		if err := keepCosigned(dir, head(size, lines), by, 1); err != nil {
			t.Fatal(err)
		}
	}
	for size := range lastCosigned + 3 {
		keep(size+1, 1, a)
		keep(size+1, 2, a+b)
	}
	keep(99, 0, "")
	var want []string
	for size := 4; size <= lastCosigned+3; size++ {
		want = append(want, head(size, a+b))
	}
	if got, err := lastHeads(dir); err != nil || !slices.Equal(got, want) {
		t.Errorf("kept %q (%v); expected %q", got, err, want)
	}
	f := figures{dir: dir, attested: func() (Attested, error) { return Attested{}, nil }}
	shown, err := f.Witnesses(t.Context())
	if err != nil || shown.Shown != want[lastCosigned-1] || len(shown.Earlier) != lastCosigned-1 || shown.Earlier[0].Size != lastCosigned+2 || shown.Earlier[0].Note != want[lastCosigned-2] {
		t.Errorf("shown %+v (%v); expected the newest, and those before it, the newest first", shown, err)
	}
}
