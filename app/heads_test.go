package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"pgregory.net/rapid"
)

func TestAFileOfHeadsIsCutIntoThem(t *testing.T) {
	head := func(origin string) string { return origin + "\n3\nroot\ntime 2026\n\n— " + origin + " c2ln\n" }
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.Map(rapid.StringMatching(`[a-z]{1,8}`), head)).Draw(t, "heads")
		text := strings.Join(want, "\n")
		if len(want) > 0 && rapid.Bool().Draw(t, "as it is written") {
			text += "\n"
		}
		if got := heads(text); !slices.Equal(got, want) {
			t.Fatalf("%q is cut into %q; want %q", text, got, want)
		}
	})
	if got := heads("\n"); got != nil {
		t.Errorf("nothing is cut into %q", got)
	}
	if got := heads("no head at all"); !slices.Equal(got, []string{"no head at all\n"}) {
		t.Errorf("what is no head is left out: %q", got)
	}
}

// keeping are books that take all in.
type keeping struct{ docket.Books }

func (keeping) Transact(_ context.Context, f func(docket.Tx) error) error { return f(accepting{}) }

func (keeping) Each(_ context.Context, n int, f func(int, docket.Tx) error) []error {
	failed := make([]error, n)
	for i := range failed {
		_ = f(i, accepting{}) // which is given up, and called again
		failed[i] = f(i, accepting{})
	}
	return failed
}

func TestOrdersAreToldOnceTheyAreKept(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), fileHeads))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	told := 0
	h := &headed{Books: keeping{}, file: file, orders: func() { told++ }}
	for _, x := range []struct {
		orders int
		fails  bool
		want   int
	}{{0, false, 0}, {1, true, 0}, {1, false, 1}} {
		put := func(tx docket.Tx) error {
			if err := tx.Put(docket.Changes{Orders: make([]evenkeel.Order, x.orders)}); err != nil || !x.fails {
				return err
			}
			return evenkeel.Invalid("no")
		}
		told = 0
		_ = h.Transact(t.Context(), put)
		if told != x.want {
			t.Errorf("%+v: told %d times", x, told)
		}
		told = 0
		h.Each(t.Context(), 2, func(_ int, tx docket.Tx) error { return put(tx) })
		if told != 2*x.want {
			t.Errorf("%+v, each: told %d times", x, told)
		}
	}
}

// Of many that are kept together the heads of those are written that were kept, once each and in their order.
func TestOfManyTheHeadsOfThoseKeptAreWritten(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), fileHeads))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	h := &headed{Books: keeping{}, file: file}
	failed := h.Each(t.Context(), 4, func(i int, tx docket.Tx) error {
		if i == 3 {
			return tx.Put(docket.Changes{}) // tells nobody anything
		}
		if err := withHead(fmt.Sprintf("head %d\n", i))(tx); err != nil || i == 1 {
			return evenkeel.Invalid("no")
		}
		return nil
	})
	text, err := os.ReadFile(file.Name())
	if err != nil || string(text) != "head 0\n\nhead 2\n\n" || failed[1] == nil || failed[2] != nil {
		t.Errorf("%q (%v), %v; expected the heads of the first and the third", text, err, failed)
	}
}

// withHead puts a notice with a head at its foot.
func withHead(signed string) func(docket.Tx) error {
	return func(tx docket.Tx) error {
		return tx.Put(docket.Changes{Notices: []evenkeel.Notice{{Ledger: signed}}})
	}
}

// Whoever acts is told that it is done as soon as the books have it: who hears that it failed
// does it again, or tells the tenant that nothing was decided.
func TestWhatIsKeptIsDoneThoughItsHeadCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), fileHeads)
	if err := os.WriteFile(path, []byte("first\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	closed, err := os.Open(path) // to read, so that nothing can be written
	if err != nil {
		t.Fatal(err)
	}
	defer closed.Close()
	told := &lines{}
	h := &headed{Books: keeping{}, file: closed, log: slog.New(slog.NewTextHandler(told, nil))}
	for _, signed := range []string{"second\n", "third\n"} {
		if err := h.Transact(t.Context(), withHead(signed)); err != nil {
			t.Errorf("what is kept is said to have failed: %v", err)
		}
	}
	if n := h.missed.Load(); n != 2 {
		t.Errorf("%d heads are counted as missed; expected 2", n)
	}
	if n := strings.Count(told.String(), "cannot be written"); n != 1 {
		t.Errorf("it is told %d times; expected once:\n%s", n, told)
	}
	if h.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0); err != nil {
		t.Fatal(err)
	}
	defer h.file.Close()
	if err := h.Transact(t.Context(), func(docket.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "first\n\nthird\n\n" {
		t.Errorf("the file has %q (%v); expected the newest, which speaks for the one before", text, err)
	}
	if h.missed.Load() != 0 || *h.latest.Load() != "third\n" {
		t.Errorf("%d are missed, and the latest is %q", h.missed.Load(), *h.latest.Load())
	}
}

func TestHalfAHeadIsCutOffBeforeTheNext(t *testing.T) {
	path := filepath.Join(t.TempDir(), fileHeads)
	if err := os.WriteFile(path, []byte("first\n\nsec"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	h := &headed{Books: keeping{}, file: file, torn: true, size: int64(len("first\n\n"))}
	for _, signed := range []string{"second\n", "third\n"} {
		if err := h.Transact(t.Context(), withHead(signed)); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "first\n\nsecond\n\nthird\n\n" {
		t.Errorf("the file has %q (%v)", text, err)
	}
}

func TestHalfAHeadThatALossOfPowerLeftIsNoHead(t *testing.T) {
	const first, second = "evenkeel\n3\nroot\ntime 2026\n\n— evenkeel c2ln\n\n", "evenkeel\n4\nroot\ntime 2026\n\n— evenkeel d2ln\n\n"
	for cut := range len(second) {
		if got := wholeHeads(first + second[:cut]); got != len(first) {
			t.Errorf("of %q %d bytes are whole; expected the first head, %d bytes", first+second[:cut], got, len(first))
		}
	}
	for _, c := range []struct {
		text string
		want int
	}{{"", 0}, {"even", 0}, {first + second, len(first + second)}, {first + "\x00\x00\x00", len(first)}} {
		if got := wholeHeads(c.text); got != c.want {
			t.Errorf("of %q %d bytes are whole; expected %d", c.text, got, c.want)
		}
	}
}
