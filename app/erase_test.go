package app

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// TestNoKeyIsErasedUnderAProcess (P, O): whoever judges meanwhile would fail in the middle.
func TestNoKeyIsErasedUnderAProcess(t *testing.T) {
	dir := t.TempDir()
	s, err := NewStage(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(1); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	held, err := lock(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := Erase(t.Context(), dir, "t-1", now); evenkeel.KindOf(err) != evenkeel.KindConflict || !strings.Contains(err.Error(), "in use") {
		t.Errorf("while a process has the directory: %v; expected that it is in use", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Erase(t.Context(), dir, "t-1", now); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("of a tenant that no case is about: %v; expected that there is none", err)
	}
	if err := Erase(t.Context(), t.TempDir(), "t-1", now); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("where there are no books: %v; expected that there are none", err)
	}
}
