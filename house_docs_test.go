package evenkeel_test

import (
	"go/ast"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestArchitectureIsTrue holds ARCHITECTURE.md to the code: what it names exists, it names
// every package, it is short, and it points at no line numbers, which would soon be wrong.
func TestArchitectureIsTrue(t *testing.T) {
	tree := loadTree(t)
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatalf("read the architecture page: %v", err)
	}
	for _, says := range checkArchitecture(tree, string(text)) {
		t.Error(says)
	}
}

func TestArchitectureCanBeWrong(t *testing.T) {
	tree, err := buildTree(map[string]string{
		"a.go":                  "package evenkeel\ntype Batch struct{ Source string }\nfunc (b *Batch) Route() {}\n",
		"watch/rule/a.go":       "package rule\nfunc Compile() {}\ntype Rule struct{}\n",
		"watch/internal/x/a.go": "package x\ntype T[K any] struct{}\nfunc (T[K]) Put() {}\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	all := "`watch/rule` `watch/internal/x` `evenkeel` "
	for _, c := range []struct{ name, text, says string }{
		{"what exists may be named", all + "`rule.Compile`, `rule.Rule`, `Batch.Route`, `evenkeel.Batch.Source`, `x.T.Put()`, `watch/rule/a.go`, `a.go`", ""},
		{"words and commands in backticks are no names", all + "`make check`, `evenkeel replay`, `v1`, `{a.b}`", ""},
		{"a function is gone", all + "`rule.Parse`", "rule.Parse does not exist"},
		{"a method is gone", all + "`Batch.Add`", "Batch.Add does not exist"},
		{"a folder is gone", all + "`watch/window`", "watch/window does not exist"},
		{"a file is gone", all + "`b.go`", "b.go does not exist"},
		{"a package is not named", "`watch/rule` and `evenkeel`", "watch/internal/x is not named"},
		{"a line number is given", all + "`a.go:17`", "line number"},
		{"the page is long", all + strings.Repeat("\n", 201), "201 lines"},
	} {
		t.Run(c.name, func(t *testing.T) {
			said := strings.Join(checkArchitecture(tree, c.text), "\n")
			if (c.says == "") != (said == "") || !strings.Contains(said, c.says) {
				t.Errorf("the check says %q; expected %q", said, c.says)
			}
		})
	}
}

var (
	quoted   = regexp.MustCompile("`([^`\n]+)`")
	dotted   = regexp.MustCompile(`^[A-Za-z_]\w*(\.[A-Za-z_]\w*){1,2}(\(\))?$`)
	slashed  = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+/?$`)
	lineMark = regexp.MustCompile(`\.\w+:\d+`)
)

func checkArchitecture(t *tree, text string) complaint {
	var c complaint
	if n := strings.Count(text, "\n"); n > 200 {
		c.addf("the page has %d lines; expected at most 200", n)
	}
	for _, m := range lineMark.FindAllString(text, -1) {
		c.addf("the page gives a line number: %s", m)
	}
	names, files := t.names(), t.paths()
	said := map[string]bool{}
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		word := strings.TrimSuffix(strings.TrimSuffix(m[1], "/"), "()")
		said[word] = true
		switch {
		case files[word] || names[word]:
		case slashed.MatchString(word), dotted.MatchString(word):
			c.addf("the page names %s; %s does not exist", m[1], word)
		}
	}
	for _, r := range t.rooms {
		if r.path != "" && !said[r.path] {
			c.addf("the package %s is not named", r.path)
		}
	}
	return c
}

// paths returns every file by its path and its last element, and every folder.
func (t *tree) paths() map[string]bool {
	out := map[string]bool{"evenkeel": true}
	add := func(p string) {
		out[path.Base(p)] = true
		for ; p != "."; p = path.Dir(p) {
			out[p] = true
		}
	}
	t.each(func(_ *room, s source) { add(s.path) })
	for _, s := range t.texts {
		add(s.path)
	}
	return out
}

// names returns what the code declares at package level: pkg.Name, pkg.Type.Member and
// Type.Member, where a member is a method or a field.
func (t *tree) names() map[string]bool {
	out := map[string]bool{}
	t.each(func(r *room, s source) {
		if s.test {
			return
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					out[r.name+"."+d.Name.Name] = true
					continue
				}
				member := receiver(d) + "." + d.Name.Name
				out[member], out[r.name+"."+member] = true, true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					addSpec(out, r.name, spec)
				}
			}
		}
	})
	return out
}

func addSpec(out map[string]bool, pkg string, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, n := range s.Names {
			out[pkg+"."+n.Name] = true
		}
	case *ast.TypeSpec:
		out[pkg+"."+s.Name.Name] = true
		var members *ast.FieldList
		switch x := s.Type.(type) {
		case *ast.StructType:
			members = x.Fields
		case *ast.InterfaceType:
			members = x.Methods
		default:
			return
		}
		for _, f := range members.List {
			for _, n := range f.Names {
				member := s.Name.Name + "." + n.Name
				out[member], out[pkg+"."+member] = true, true
			}
		}
	}
}

// receiver returns the name of a method's type without its pointer and type parameters.
func receiver(d *ast.FuncDecl) string {
	for x := d.Recv.List[0].Type; ; {
		switch y := x.(type) {
		case *ast.StarExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		case *ast.IndexListExpr:
			x = y.X
		case *ast.Ident:
			return y.Name
		default:
			return ""
		}
	}
}

// TestLinksLead checks the links between our documents: each relative link leads to a file.
func TestLinksLead(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)
	documents := 0
	for _, s := range loadTree(t).texts {
		if path.Ext(s.path) != ".md" {
			continue
		}
		documents++
		for _, m := range link.FindAllStringSubmatch(s.text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(path.Join(path.Dir(s.path), m[1])); err != nil {
				t.Errorf("%s links to %s, which does not exist", s.path, m[1])
			}
		}
	}
	if documents < 6 {
		t.Errorf("found %d documents; expected README.md and the others", documents)
	}
}

// TestGlossaryHasTheWords holds GLOSSARY.md to the root package: each exported type has its
// row, so that a new word comes with its meaning.
func TestGlossaryHasTheWords(t *testing.T) {
	text, err := os.ReadFile("GLOSSARY.md")
	if err != nil {
		t.Fatalf("read the glossary: %v", err)
	}
	var words []string
	for _, m := range quoted.FindAllStringSubmatch(string(text), -1) {
		words = append(words, m[1])
	}
	loadTree(t).each(func(r *room, s source) {
		if r.path != "" || s.test {
			return
		}
		for _, d := range s.file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range g.Specs {
				if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() && !slices.Contains(words, ts.Name.Name) {
					t.Errorf("GLOSSARY.md does not say what %s is", ts.Name.Name)
				}
			}
		}
	})
}
