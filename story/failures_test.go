package story

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const failures = "../docs/failures.md"

// failure is a row of the page.
type failure struct {
	row     string
	stories []string
	tests   []string
}

var inTicks = regexp.MustCompile("`([^`]+)`")

func ticked(cell string) (out []string) {
	for _, m := range inTicks.FindAllStringSubmatch(cell, -1) {
		out = append(out, m[1])
	}
	return out
}

func pageOfFailures(t *testing.T) (out []failure) {
	t.Helper()
	text, err := os.ReadFile(failures)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if cells := strings.Split(line, " | "); (strings.HasPrefix(line, "| F") || strings.HasPrefix(line, "| R")) && len(cells) == 5 {
			out = append(out, failure{strings.TrimPrefix(cells[0], "| "), ticked(cells[3]), ticked(cells[4])})
		}
	}
	return out
}

// TestEveryFailureHasItsStories: each of F1 to F17, and R27, has a row on the page, in order; the stories
// that it names come with the program and say that they are about it, and none that says so is
// left out.
func TestEveryFailureHasItsStories(t *testing.T) {
	about := map[string][]string{}
	for _, name := range Names() {
		for _, row := range builtinStory(t, name).Rows() {
			about[row] = append(about[row], name)
		}
	}
	all := pageOfFailures(t)
	if len(all) != 18 {
		t.Fatalf("%s has %d rows; expected F1 to F17, and R27", failures, len(all))
	}
	for i, f := range all {
		if want := fmt.Sprint("F", i+1); f.row != want && (i < 17 || f.row != "R27") {
			t.Errorf("row %d is %s; expected %s", i+1, f.row, want)
		}
		if len(f.stories) == 0 || len(f.tests) == 0 {
			t.Errorf("%s names the stories %v and the tests %v; expected some of each", f.row, f.stories, f.tests)
		}
		slices.Sort(f.stories)
		if !slices.Equal(f.stories, about[f.row]) {
			t.Errorf("%s names the stories %v; those whose description quotes it are %v", f.row, f.stories, about[f.row])
		}
	}
}

var testFunc = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)

// TestEveryTestOfThePageOfFailuresExists looks for them in the whole project.
func TestEveryTestOfThePageOfFailuresExists(t *testing.T) {
	there := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range testFunc.FindAllStringSubmatch(string(text), -1) {
			there[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range pageOfFailures(t) {
		for _, name := range f.tests {
			if !there[name] {
				t.Errorf("%s names %s, which is no test of this project", f.row, name)
			}
		}
	}
}

func TestADescriptionSaysWhichRowsItIsAbout(t *testing.T) {
	for _, c := range []struct{ about, want string }{
		{"A title.\n\nRows R1 to R4. Then: a row of ten.", "R1 R2 R3 R4"},
		{"A title.\n\nRow R9, property G: announcing is not a way to mine.", "R9 G"},
		{"A title.\n\nRows R24, R5, F13, F15,\nF2, N. Then: in another cloud.", "R5 R24 F2 F13 F15 N"},
		{"A title.\n\nRow R6 and R5, R6; issue 3, R7.", "R5 R6"},
		{"A title.\n\nRows R3 and F8. More.\n\nRow F9.", "R3 F8 F9"},
		{"Nothing is quoted. R1 stands here.", ""},
		{"Row R99 to R3: backwards.", ""},
	} {
		s := Script{About: c.about}
		if got := strings.Join(s.Rows(), " "); got != c.want {
			t.Errorf("%q is about %q; expected %q", c.about, got, c.want)
		}
	}
}
