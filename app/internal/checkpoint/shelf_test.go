package checkpoint

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

type text string

func (s text) WriteTo(w io.Writer) (int64, error) {
	if s == "" {
		return 0, errors.New("there is nothing to write")
	}
	n, err := io.WriteString(w, string(s))
	return int64(n), err
}

func shelf(t *testing.T) *Shelf {
	t.Helper()
	s, err := On(filepath.Join(t.TempDir(), "checkpoints"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func positions(t *testing.T, s *Shelf) []uint64 {
	t.Helper()
	all, err := s.Positions()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheNewestComesFirstAndTwoStay(t *testing.T) {
	s := shelf(t)
	for i, at := range []uint64{9, 10, 1_000_000_000_000, 10} {
		if err := s.Write(at, Part{"one", text("a")}, Part{"two", text(strings.Repeat("b", i+1))}); err != nil {
			t.Fatal(err)
		}
	}
	if got := positions(t, s); !slices.Equal(got, []uint64{1_000_000_000_000, 10, 9}) {
		t.Errorf("positions %v", got)
	}
	in, err := s.Open(10, "two")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if got, err := io.ReadAll(in); err != nil || string(got) != "bbbb" {
		t.Errorf("the part is %q (%v); expected the one that was written last", got, err)
	}
	if oldest, err := s.Prune(2); err != nil || oldest != 10 {
		t.Errorf("%d, %v; expected 10 to be the oldest that stays", oldest, err)
	}
	if got := positions(t, s); len(got) != 2 {
		t.Errorf("positions %v; expected two", got)
	}
	if oldest, err := s.Prune(3); err != nil || oldest != 0 {
		t.Errorf("%d, %v; expected nothing to be given up where there are fewer", oldest, err)
	}
}

func TestWhatCannotBeWrittenIsNotThere(t *testing.T) {
	s := shelf(t)
	if err := s.Write(7, Part{"one", text("a")}, Part{"two", text("")}); err == nil {
		t.Error("the fault is lost")
	}
	if left, err := os.ReadDir(s.dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestWhatWasBeingWrittenIsRemoved(t *testing.T) {
	s := shelf(t)
	if err := os.Mkdir(filepath.Join(s.dir, unfinished+"123"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := On(s.dir); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(s.dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestWhatIsSetAsideIsNoCheckpoint(t *testing.T) {
	s := shelf(t)
	for _, at := range []uint64{1, 2, 3} {
		if err := s.Write(at, Part{"one", text("a")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetAside(3); err != nil {
		t.Fatal(err)
	}
	if got := positions(t, s); !slices.Equal(got, []uint64{2, 1}) {
		t.Errorf("positions %v", got)
	}
	if _, err := s.Prune(2); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(s.dir); len(left) != 2 {
		t.Errorf("%v; expected the good ones alone", left)
	}
}
