package evenkeel_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the path of this module; a package's name in the walls is its folder.
const module = "github.com/evenkeel/evenkeel"

// tree is the source as the walls see it: plain data, made from the disk or by a test.
type tree struct {
	fset  *token.FileSet
	rooms []*room  // one per package folder, by path
	texts []source // everything else that people read: documents, scripts, YAML
}

// room is one package folder; path is "" for the root.
type room struct {
	path  string
	name  string // of the package, without _test
	files []source
}

// source is one file. file is nil for what is not Go.
type source struct {
	path string
	text string
	file *ast.File
	test bool
}

func (s source) lines() int { return strings.Count(s.text, "\n") }

// buildTree sorts files (path → text) into rooms. Go files of every build tag count.
func buildTree(files map[string]string) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	byPath := map[string]*room{}
	for _, p := range sortedKeys(files) {
		s := source{path: p, text: files[p], test: strings.HasSuffix(p, "_test.go")}
		if !strings.HasSuffix(p, ".go") {
			t.texts = append(t.texts, s)
			continue
		}
		f, err := parser.ParseFile(t.fset, p, s.text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		s.file = f
		dir := strings.TrimPrefix(path.Dir(p), ".")
		r := byPath[dir]
		if r == nil {
			r = &room{path: dir}
			byPath[dir] = r
			t.rooms = append(t.rooms, r)
		}
		r.name = strings.TrimSuffix(f.Name.Name, "_test")
		r.files = append(r.files, s)
	}
	return t, nil
}

// loadTree returns the source on the disk, read once.
func loadTree(t *testing.T) *tree {
	t.Helper()
	loaded, err := readTree()
	if err != nil {
		t.Fatalf("read the source: %v", err)
	}
	return loaded
}

// readTree asks the go command which folders are packages and reads them, the documents
// and the scripts.
var readTree = sync.OnceValues(func() (*tree, error) {
	dirs, err := packageDirs()
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	read := func(name string) error {
		text, err := os.ReadFile(name)
		files[filepath.ToSlash(name)] = string(text)
		return err
	}
	for _, dir := range dirs {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			if err := read(n); err != nil {
				return nil, err
			}
		}
	}
	err = filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(unread, d.Name()):
			return filepath.SkipDir
		case !d.IsDir() && isText(p):
			return read(p)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return buildTree(files)
})

// unread are folders of what we did not write, or what is input to tests.
var unread = []string{".git", "bin", "testdata", "third_party"}

func isText(p string) bool {
	endings := []string{".md", ".yaml", ".yml", ".sh", ".mk", ".json", ".txtar", ".mod"}
	return slices.Contains(endings, filepath.Ext(p)) || filepath.Base(p) == "Makefile" || filepath.Dir(p) == ".ci"
}

// packageDirs returns the folders of our packages, relative to the root.
func packageDirs() ([]string, error) {
	cmd := exec.Command("go", "list", "-e", "-find", "-json=Dir", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the packages: %w", err)
	}
	root, err := filepath.Abs(".")
	if err != nil {
		return nil, err
	}
	var dirs []string
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p struct{ Dir string }
		if err := d.Decode(&p); err != nil {
			return nil, fmt.Errorf("list the packages: %w", err)
		}
		dir, err := filepath.Rel(root, p.Dir)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, dir)
	}
	return dirs, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// imports returns the import paths of a file; those of this module as folders with a
// leading dot: "." for the root, "./watch/rule".
func (s source) imports() []string {
	var out []string
	for _, i := range s.file.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		if p == module {
			p = "."
		} else if rest, ok := strings.CutPrefix(p, module+"/"); ok {
			p = "./" + rest
		}
		out = append(out, p)
	}
	return out
}

// stdlib says whether an import path is the standard library's: its first element has no dot.
func stdlib(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".")
}

// under says whether a folder is dir or inside it.
func under(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

// mentions returns which of the names (such as "time.Now") a file uses, called or passed
// on, whatever name the package is imported under.
func (s source) mentions(names ...string) []string {
	local := map[string]string{}
	for _, i := range s.file.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		n := path.Base(p)
		if i.Name != nil {
			n = i.Name.Name
		}
		local[n] = p
	}
	var out []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		full := local[x.Name] + "." + sel.Sel.Name
		if slices.Contains(names, full) && !slices.Contains(out, full) {
			out = append(out, full)
		}
		return true
	})
	return out
}

// starts says whether a file starts a goroutine.
func (s source) starts() bool {
	found := false
	ast.Inspect(s.file, func(n ast.Node) bool {
		_, isGo := n.(*ast.GoStmt)
		found = found || isGo
		return !found
	})
	return found
}

// complaint collects what a wall has to say.
type complaint []string

func (c *complaint) addf(format string, args ...any) { *c = append(*c, fmt.Sprintf(format, args...)) }
