package story

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/memory"
)

// books are new and empty, as every story has them for itself. Their keys are random: no
// transcript may depend on them.
func books() docket.Books { return memory.New(nil) }

var rewrite = flag.Bool("rewrite", false, "write the transcripts that the stories give into them; read the diff")

func TestEveryBuiltinStoryPlaysAsWritten(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			s := builtinStory(t, name)
			if *rewrite {
				rewriteStory(t, name, s)
				return
			}
			transcript, err := Play(s, Parts{Books: books})
			if err != nil {
				t.Fatal(err)
			}
			if difference := s.Differs(transcript); difference != "" {
				t.Errorf("the story plays otherwise; if that is meant, run the test with -rewrite and read the diff\n%s", difference)
			}
		})
	}
}

func builtinStory(t *testing.T, name string) *Script {
	t.Helper()
	data, err := Text(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(name+".txtar", data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func rewriteStory(t *testing.T, name string, s *Script) {
	t.Helper()
	transcript, err := Play(s, Parts{Books: books})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("builtin", name+".txtar")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, Rewrite(data, transcript), 0o644); err != nil {
		t.Fatal(err)
	}
}

// What is delivered twice, or in other batches, must not change what is found or decided.
func TestTwiceAndOtherBatchesGiveTheSameTranscript(t *testing.T) {
	for _, name := range Names() {
		s := builtinStory(t, name)
		want := withoutCounts(t, s, Parts{})
		for says, p := range map[string]Parts{
			"everything twice":                {twice: true},
			"batches of one record":           {split: 1},
			"twice, batches of three records": {twice: true, split: 3},
		} {
			t.Run(name+", "+says, func(t *testing.T) {
				if got := withoutCounts(t, s, p); got != want {
					t.Error(string(diff.Diff("once", []byte(want), says, []byte(got))))
				}
			})
		}
	}
}

var recordCounts = regexp.MustCompile(`(?m)^end .* records: .*$`)

// withoutCounts is the transcript without the line that counts records.
func withoutCounts(t *testing.T, s *Script, p Parts) string {
	t.Helper()
	p.Books = books
	transcript, err := Play(s, p)
	if err != nil {
		t.Fatal(err)
	}
	if !recordCounts.MatchString(transcript) {
		t.Fatalf("the transcript counts no records:\n%s", transcript)
	}
	return recordCounts.ReplaceAllString(transcript, "end")
}
