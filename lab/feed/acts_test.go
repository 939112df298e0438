package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func answer(id string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"s","type":"evenkeel.answer.v1","time":"2026-03-02T08:00:00Z","data":{"case":"c","says":"x"}}`, id)
}

func TestActsAreReadInTheOrderOfTheirLines(t *testing.T) {
	name := filepath.Join(t.TempDir(), "acts.jsonl")
	text := "\xef\xbb\xbf" + answer("1") + "\r\n\n[" + answer("2") + "," + answer("3") + "]\n[]"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := New(Options{})
	var got []string
	err := r.Acts(context.Background(), []string{name, "-"}, strings.NewReader(answer("4")), func(a docket.Act) error {
		got = append(got, a.ID)
		return nil
	})
	if want := []string{"s 1", "s 2", "s 3", "s 4"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("acts %v (%v); want %v", got, err, want)
	}
	if s := r.Summary(); s.Files != 2 || s.Lines != 4 || s.Acts != 4 || s.Malformed != 0 || len(s.Empty) != 0 {
		t.Errorf("summary %+v", s)
	}
}

func TestABadLineOfActsCostsItselfOnly(t *testing.T) {
	text := strings.Join([]string{
		answer("1"),
		strings.Replace(answer("2"), `"says"`, `"sais"`, 1),
		"[" + answer("3") + `,{"specversion":"1.0"}]`,
		`{"resourceMetrics":[]}`,
		`[`,
		answer("4"),
	}, "\n")
	var told []string
	r := New(Options{Problem: func(p Problem) { told = append(told, p.String()) }})
	var got []string
	err := r.Acts(context.Background(), []string{"-"}, strings.NewReader(text), func(a docket.Act) error {
		got = append(got, a.ID)
		return nil
	})
	if want := []string{"s 1", "s 4"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("acts %v (%v); want %v", got, err, want)
	}
	want := []string{
		`standard input:2: read act "2" (evenkeel.answer.v1): data.sais is no field of evenkeel.answer.v1; did you mean says?`,
		`standard input:3: event 2: read act: id is missing; expected a CloudEvent 1.0 with specversion, id, source, type, time and data`,
		`standard input:4: this line is an OTLP request; expected acts, which are CloudEvents of other types`,
		`standard input:5: it is not JSON: unexpected end of JSON input; expected a CloudEvent, or an array of them`,
	}
	if !slices.Equal(told, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
	if s := r.Summary(); s.Malformed != 4 || s.Lines != 6 {
		t.Errorf("summary %+v", s)
	}
}

func TestReadingActsEndsWithItsTakerAndItsContext(t *testing.T) {
	stop := errors.New("enough")
	r := New(Options{})
	if err := r.Acts(context.Background(), []string{"-"}, strings.NewReader(answer("1")), func(docket.Act) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v; want %v", err, stop)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Acts(ctx, []string{"-"}, strings.NewReader(answer("1")), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want %v", err, context.Canceled)
	}
	if err := r.Acts(context.Background(), []string{filepath.Join(t.TempDir(), "none")}, nil, nil); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := r.Acts(context.Background(), []string{"-"}, strings.NewReader("\n"), nil); err != nil || !slices.Equal(r.Summary().Empty, []string{"standard input"}) {
		t.Errorf("no act: %v, empty %q", err, r.Summary().Empty)
	}
}

// FuzzActs: whatever a file holds, each of its lines is acts or a problem.
func FuzzActs(f *testing.F) {
	f.Add([]byte(answer("1") + "\n[" + answer("2") + "]\n{}\n"))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, acts := New(Options{Problems: 1 << 20}), int64(0)
		err := r.Acts(context.Background(), []string{"-"}, bytes.NewReader(text), func(a docket.Act) error {
			acts++
			if a.ID == "" || a.Kind == 0 {
				t.Errorf("an act of nothing: %+v", a)
			}
			return nil
		})
		if s := r.Summary(); err != nil || s.Acts != acts || s.Malformed != int64(len(s.Problems)) {
			t.Errorf("%d acts taken, %d problems, summary %+v, %v", acts, len(s.Problems), s, err)
		}
	})
}

func TestAnActAmongTelemetryIsToldWhereItBelongs(t *testing.T) {
	flow := `{"specversion":"1.0","id":"9","source":"s","type":"evenkeel.flwo.v1","time":"2026-03-02T08:00:00Z","data":{}}`
	for _, c := range []struct{ name, line, says string }{
		{"alone", answer("1"), "evenkeel.answer.v1 is an act, something that people did; expected it in a file of acts, which --acts names"},
		{"in an array", "[" + answer("1") + "," + answer("2") + "]", "--acts"},
		{"what is no act", flow, "did you mean evenkeel.flow.v1?"},
	} {
		r := New(Options{})
		if err := r.Read(t.Context(), strings.NewReader(c.line), "x", func(*evenkeel.Batch) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if p := r.Summary().Problems; len(p) != 1 || !strings.Contains(p[0].Says, c.says) {
			t.Errorf("%s: %v; want %q", c.name, p, c.says)
		}
	}
}
