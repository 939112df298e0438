package hostlink

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

// sites are those of a large edge.
func sites(n int) []evenkeel.AssetID {
	all := make([]evenkeel.AssetID, n)
	for i := range all {
		all[i] = evenkeel.AssetID(fmt.Sprintf("domain/%x-shop-%d.tenants.example.com", (i*2654435761)&0xffffff, i))
	}
	return all
}

func TestAnEdgeOfTwentyThousandSitesFitsIntoAStatus(t *testing.T) {
	all := sites(20_000)
	s := Status{About: About{Edge: true}, Held: &all}
	s.pack()
	text, err := json.Marshal(s)
	if err != nil || len(text) > maxStatus/2 || s.Held != nil {
		t.Fatalf("it takes %d bytes, %v; expected at most half of %d", len(text), err, maxStatus)
	}
	var got Status
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if err := got.unpack(); err != nil || got.Held == nil || !slices.Equal(*got.Held, all) || got.Packed != nil || !got.Edge {
		t.Errorf("it came back as %v, %v", got.Held, err)
	}
	t.Logf("20,000 sites take %d bytes", len(text))
}

func TestAFewGuestsAreNamedAsTheyAre(t *testing.T) {
	all := sites(5000)
	s := Status{Held: &all}
	if s.pack(); s.Packed != nil || s.Held == nil {
		t.Error("they are packed: a control of before would not read them")
	}
}

func deflated(t testing.TB, write func(io.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	write(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatUnpacksToTooMuchIsRefused(t *testing.T) {
	line := bytes.Repeat([]byte("x"), 1<<20)
	bomb := deflated(t, func(w io.Writer) {
		for range 64 {
			_, _ = w.Write(line)
		}
	})
	many := deflated(t, func(w io.Writer) { _, _ = io.WriteString(w, strings.Repeat("a\n", MaxHolds+1)) })
	one := []evenkeel.AssetID{"a"}
	for name, c := range map[string]struct {
		s    Status
		says string
	}{
		"a bomb":               {Status{Packed: bomb}, "unpacks to more"},
		"too many":             {Status{Packed: many}, "expected at most 30000"},
		"nothing that we pack": {Status{Packed: []byte("no DEFLATE")}, "cannot be unpacked"},
		"cut off":              {Status{Packed: many[:len(many)/2]}, "cannot be unpacked"},
		"twice":                {Status{Packed: many, Held: &one}, "twice"},
	} {
		if err := c.s.unpack(); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; expected %q", name, err, c.says)
		}
	}
	hole := Status{Packed: deflated(t, func(w io.Writer) { _, _ = io.WriteString(w, "a\n\nb\n") })}
	if err := hole.unpack(); err != nil || checkHeld(&hole) == nil {
		t.Errorf("an id of no length is taken: %v", err)
	}
}

func TestWhatIsPackedComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.StringMatching(`[a-zé/ .]{1,40}`), 0, 20).Draw(t, "ids")
		var held []evenkeel.AssetID
		for _, a := range all {
			held = append(held, evenkeel.AssetID(a))
		}
		for range plainHeld/(evenkeel.MaxID+3) + 1 {
			held = append(held, evenkeel.AssetID(strings.Repeat("x", evenkeel.MaxID)))
		}
		s := Status{Held: &held}
		if s.pack(); s.Held != nil {
			t.Fatal("it is not packed")
		}
		if err := s.unpack(); err != nil || !slices.Equal(*s.Held, held) {
			t.Fatalf("%v came back as %v, %v", held, s.Held, err)
		}
	})
}

func BenchmarkHeldOfALargeEdge(b *testing.B) {
	all := sites(20_000)
	for b.Loop() {
		s := Status{Held: &all}
		s.pack()
		if err := s.unpack(); err != nil {
			b.Fatal(err)
		}
	}
}
