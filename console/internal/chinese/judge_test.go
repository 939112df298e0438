package chinese

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// writers are the rooms whose sentences stand in cases, timelines and refusals.
var writers = []string{"judge", "judge/credit", "judge/docket", "judge/governor", "judge/learning", "judge/policy", "judge/procedure"}

// operators are files of theirs whose sentences are about documents of the operator's, and are read
// where those are checked: on the command line, which speaks English.
var operators = set("bounds.go buildfamily.go build.go condition.go document.go faults.go keys.go lawtable.go learning.go parse.go reference.go safeguardtable.go selector.go sentence.go telling.go governor.go")

// apart are calls whose words no page shows: what was being done when the books failed, names of facts and of what
// was to be read, and what is wrong with a form that only a program can send.
var apart = set("metFact recall transact eachDue parseWord CheckID Invalid Errorf New panic")

// unseen are texts of theirs that no page shows, and why.
var unseen = []string{
	"evenkeel ", "take in that ", // begins what a hash is made over, and hints that name a command
	"limit, then drop-flow", "notify and ask the owner", "record only", "limit at the flag's envelope", "packets at others", "edge (others flood", "no mandate of", "stages inside", "the tenant's mandate", "two and conclusive", // columns of a table in the documentation
	"of machines whose region", "of region ", "of \x00 by rule", // parts of a sentence about a budget, which has its phrase: see ofScopes
	"to \x00 takes an answer to each of \x00 criteria",                                              // said at the control socket: the console asks point by point
	"it was discarded by ", "it has \x00 updates", "incident \x00:", "note \x00: what became of it", // said at the control socket: the console has no page of incidents
	"instead of ", "the rest of ", "unplaced mails", "set aside", // of an identity
	"put changes: the transaction only looks",        // is a fault of the program, and stands in its log
	"a node that gave no name", "less than a minute", // stand in holes: see measure.go
	"\x00 the others stay as they are", "\x00 others are hurt", "\x00 a person is asked about", "propose a lower measure; or let", // two phrases or more, each of which is there
}

// TestEverySentenceOfTheJudgeHasAPhrase: a sentence that is added to what the judge can write, and not
// to this package, would stand in English among Chinese ones. What is written at a time that no story
// has counts too, since it is read from the source: each text of several words, with its values taken
// out, has to be a phrase or a part of one.
func TestEverySentenceOfTheJudgeHasAPhrase(t *testing.T) {
	phrases := strings.Join(english, "\n")
	found := 0
	for _, room := range writers {
		for _, x := range textsIn(t, room) {
			for _, one := range strings.Split(x.text, ". ") {
				one = strings.ToLower(strings.Trim(one, " .:,;"))
				if !several.MatchString(one) || slices.ContainsFunc(unseen, func(s string) bool { return strings.HasPrefix(one, s) }) {
					continue
				}
				found++
				as := regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(one), "\x00", ".*"))
				if !as.MatchString(phrases) {
					t.Errorf("%s: %q has no phrase; add one to phrases_*.go, or its beginning to unseen where no page shows it", x.at, one)
				}
			}
		}
	}
	if found < 400 {
		t.Errorf("%d sentences were found; expected 400 at least: they are looked for in the wrong place", found)
	}
}

// english are all phrases, in small letters.
var english = func() (out []string) {
	for _, part := range []map[string]string{ofFrame, ofCase, ofDecide, ofLists, ofSwitches, ofReview, ofLots, ofFigures, ofDoor, ofWords, ofJudge, ofSteps, ofGates, ofEnds, ofDenied, ofData, ofErrors, ofScopes} {
		for en := range part {
			out = append(out, strings.ToLower(en))
		}
	}
	return out
}()

var (
	verbs   = regexp.MustCompile(`%[-+# 0-9.]*[a-z]`)
	several = regexp.MustCompile(`[a-z]{2,}[,:;]? [a-z]{2,}`)
)

// passage is a text of a source file, with a sign for each of its values.
type passage struct{ at, text string }

// textsIn are the texts in a room's source, but for those that are about documents.
func textsIn(t *testing.T, room string) (out []passage) {
	t.Helper()
	dir := filepath.Join("..", "..", "..", filepath.FromSlash(room))
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	for _, f := range all {
		name := f.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || operators[name] && room == "judge/policy" {
			continue
		}
		tree, err := parser.ParseFile(files, filepath.Join(dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.CallExpr:
				return !apart[nameOf(n.Fun)]
			case *ast.KeyValueExpr:
				return nameOf(n.Key) != "Doc" && nameOf(n.Key) != "Hint"
			case *ast.BinaryExpr, *ast.BasicLit:
				if s := textOf(n.(ast.Expr)); several.MatchString(s) {
					out = append(out, passage{room + "/" + name + ":" + strconv.Itoa(files.Position(n.Pos()).Line), s})
					return false
				}
			}
			return true
		})
	}
	return out
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.IndexExpr:
		return nameOf(e.X)
	}
	return ""
}

// textOf is what an expression writes, with a sign for each value.
func textOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return verbs.ReplaceAllString(s, "\x00")
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return textOf(e.X) + textOf(e.Y)
		}
	}
	return "\x00"
}
