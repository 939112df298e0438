package story

import (
	"os"
	"strings"
	"testing"
)

const page = "../docs/stories.md"

func TestThePageNamesEveryVerbAsItIs(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range Verbs() {
		row := "| `" + strings.ReplaceAll(v.Form, "|", `\|`) + "` | " + v.About + " |\n"
		if !strings.Contains(string(text), row) {
			t.Errorf("%s does not have the row\n%s", page, row)
		}
	}
}

func TestTheExampleOfThePagePlays(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), "```txtar\n")
	example, after, closed := strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatal("there is no example")
	}
	s, err := Parse("example.txtar", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Play(s, Parts{Books: books})
	if err != nil {
		t.Fatal(err)
	}
	if *rewrite {
		text := before + "```txtar\n" + string(Rewrite([]byte(example), got)) + "```\n" + after
		if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if difference := s.Differs(got); difference != "" {
		t.Errorf("the example plays otherwise\n%s", difference)
	}
	if !strings.Contains(got, "disk-hungry") {
		t.Error("the example finds nothing")
	}
}
