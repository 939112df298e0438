package paper

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
)

func open(t testing.TB, name string, c *backendtest.Clock) *Backend {
	t.Helper()
	b, err := Open(name, c.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() }) // a test may have closed it
	return b
}

func TestPaperKeepsTheContract(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) *backendtest.Scene {
		name, clock := filepath.Join(t.TempDir(), "orders.ndjson"), backendtest.NewClock()
		b := open(t, name, clock)
		return &backendtest.Scene{
			Backend: b, Clock: clock,
			Restart: func() shield.Backend {
				if err := b.Close(); err != nil {
					t.Error(err)
				}
				b = open(t, name, clock)
				return b
			},
			Standing: func(d evenkeel.DecisionID) bool {
				for _, o := range b.Standing(clock.Now()) {
					if o.Decision == d {
						return true
					}
				}
				return false
			},
			Acts: func(d evenkeel.DecisionID) int { return strings.Count(read(t, name), `"decision":"`+string(d)+`"`) },
		}
	})
}

func read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestALineSaysWhatWouldBeDone(t *testing.T) {
	name, clock := filepath.Join(t.TempDir(), "orders.ndjson"), backendtest.NewClock()
	if _, err := open(t, name, clock).Apply(t.Context(), backendtest.Throttle("d-1", "vm-1")); err != nil {
		t.Fatal(err)
	}
	want := `{"order":{"id":"` + string(evenkeel.NewOrderID("d-1", false)) + `","decision":"d-1","tenant":"raisup","measure":"throttle","params":{"cpu":"20%"},` +
		`"assets":["vm-1"],"from":"2026-01-01T00:00:00Z","until":"2026-01-01T01:00:00Z"},` +
		`"receipt":{"order":"` + string(evenkeel.NewOrderID("d-1", false)) + `","node":"paper","state":"applied","effect":"on paper","at":"2026-01-01T00:00:00Z"}}` + "\n"
	if got := read(t, name); got != want {
		t.Errorf("got\n%s\nexpected\n%s", got, want)
	}
}

func TestALineThatWasCutOffIsWrittenAgain(t *testing.T) {
	name, clock := filepath.Join(t.TempDir(), "orders.ndjson"), backendtest.NewClock()
	b := open(t, name, clock)
	one, two := backendtest.Throttle("d-1", "vm-1"), backendtest.Throttle("d-2", "vm-2")
	for _, o := range []evenkeel.Order{one, two} {
		if _, err := b.Apply(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	_ = b.Close()
	whole := read(t, name)
	first := strings.Index(whole, "\n") + 1
	for cut := first; cut < len(whole); cut += 7 {
		if err := os.WriteFile(name, []byte(whole[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		b := open(t, name, clock)
		if n := len(b.Standing(clock.Now())); n != 1 {
			t.Fatalf("cut at %d: %d orders stand", cut, n)
		}
		if _, err := b.Apply(t.Context(), two); err != nil {
			t.Fatal(err)
		}
		_ = b.Close()
		if got := read(t, name); got != whole {
			t.Fatalf("cut at %d: the file is\n%s", cut, got)
		}
	}
}

func TestNothingIsLeftOfALineThatWasCutOff(t *testing.T) {
	name, clock := filepath.Join(t.TempDir(), "orders.ndjson"), backendtest.NewClock()
	if err := os.WriteFile(name, []byte(`{"order":{"id":"o-1","assets":["`+strings.Repeat("x", 2000)), 0o600); err != nil {
		t.Fatal(err)
	}
	b := open(t, name, clock)
	if _, err := b.Apply(t.Context(), backendtest.Throttle("d-1", "vm-1")); err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	if text := read(t, name); strings.Contains(text, "xxx") || strings.Count(text, "\n") != 1 {
		t.Errorf("the file is\n%s", text)
	}
	if n := len(open(t, name, clock).Standing(clock.Now())); n != 1 {
		t.Errorf("%d orders stand", n)
	}
}

func TestAPaperThatIsNotOursIsNotRead(t *testing.T) {
	for _, c := range []struct{ name, text, says string }{
		{"a file of something else", "dear diary\n", "line 1 is no order"},
		{"a file of something else that has one line without an end", "dear diary", "nothing that Evenkeel wrote"},
		{"a line without a receipt", `{"order":{"id":"o-1"}}` + "\n", "line 1 is no order"},
		{"a line of the wrong state", `{"order":{"id":"o-1"},"receipt":{"order":"o-1","state":"perhaps"}}` + "\n", "line 1"},
		{"a line without end", strings.Repeat("x", 5<<20) + "\n", "longer than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "orders.ndjson")
			if err := os.WriteFile(name, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(name, backendtest.NewClock().Now)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v; expected %q", err, c.says)
			}
			if got := read(t, name); got != c.text {
				t.Error("the file was changed")
			}
		})
	}
}

func TestWhatIsLongOverIsForgotten(t *testing.T) {
	name, clock := filepath.Join(t.TempDir(), "orders.ndjson"), backendtest.NewClock()
	b := open(t, name, clock)
	for _, d := range []evenkeel.DecisionID{"d-1", "d-2", "d-3"} {
		if _, err := b.Apply(t.Context(), backendtest.Throttle(d, "vm-1")); err != nil {
			t.Fatal(err)
		}
	}
	clock.Pass(time.Hour + kept)
	if r, err := b.Apply(t.Context(), backendtest.Throttle("d-1", "vm-1")); err != nil || r.State != evenkeel.ReceiptLapsed {
		t.Errorf("got %+v, %v", r, err)
	}
	if len(b.sheet) != 1 {
		t.Errorf("it remembers %d decisions", len(b.sheet))
	}
	if again := open(t, name, clock); len(again.sheet) != 0 {
		t.Errorf("after a restart it remembers %d decisions", len(again.sheet))
	}
}

func TestAFileThatCannotBeWrittenIsAnErrorThatMayPass(t *testing.T) {
	name, clock := filepath.Join(t.TempDir(), "orders.ndjson"), backendtest.NewClock()
	b := open(t, name, clock)
	_ = b.Close()
	o := backendtest.Throttle("d-1", "vm-1")
	if _, err := b.Apply(t.Context(), o); err == nil || shield.Final(err) {
		t.Errorf("got %v", err)
	}
	if n := len(b.Standing(clock.Now())); n != 0 {
		t.Errorf("%d orders stand that are not written", n)
	}
}
