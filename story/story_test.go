package story

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the transcripts that the stories give into them; read the diff")

func TestEveryBuiltinStoryPlaysAsWritten(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			s := builtinStory(t, name)
			if *rewrite {
				rewriteStory(t, name, s)
				return
			}
			transcript, err := Play(s, Parts{})
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
	transcript, err := Play(s, Parts{})
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

// What is delivered twice, or in other batches, must not change what is found.
func TestTwiceAndOtherBatchesGiveTheSameFindings(t *testing.T) {
	for _, name := range Names() {
		s := builtinStory(t, name)
		want := findingsText(t, s, Parts{})
		for says, p := range map[string]Parts{
			"everything twice":           {twice: true},
			"batches of one record":      {split: 1},
			"batches of three records":   {split: 3},
			"twice, batches of a record": {twice: true, split: 1},
		} {
			t.Run(name+", "+says, func(t *testing.T) {
				if got := findingsText(t, s, p); got != want {
					t.Errorf("found\n%s\nexpected\n%s", got, want)
				}
			})
		}
	}
}

func findingsText(t *testing.T, s *Script, p Parts) string {
	t.Helper()
	found, err := Findings(s, p)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, f := range found {
		line, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		text += string(line) + "\n"
	}
	return text
}
