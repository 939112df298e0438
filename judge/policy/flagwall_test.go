package policy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	module   = "github.com/evenkeel/evenkeel"
	rootPath = "../.."
)

// mayRead lists the functions that read what a flag selects or how much of it, and why. One of
// them decides by it what is covered.
var mayRead = map[string]string{
	"judge/policy covers":      "the one place that decides by it what is covered",
	"judge/policy takenBefore": "counts the machines that a policy has allowed, before it allows more",
	"judge/ledger OfFlag":      "writes into the log how many assets a flag names",
}

// TestFlagsAreReadInOneFunction is F10: what was cleared locked again three hours later. Where
// exceptions are looked up at several places, one of them forgets to. So whether a flag covers
// is decided in covers, and nowhere else.
func TestFlagsAreReadInOneFunction(t *testing.T) {
	reads, err := readersOfFlags(os.DirFS(rootPath), "judge", "watch", "lab", "shield")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(reads, func(r reader) bool { return r.function == "judge/policy covers" }) {
		t.Errorf("covers is not among the readers: %v", reads)
	}
	for _, r := range reads {
		if mayRead[r.function] == "" {
			t.Errorf("%s: %s reads .%s of a flag; ask policy.Weigh instead", r.at, r.function, r.field)
		}
	}
}

// TestTheWallSeesAReader shows that it can fail.
func TestTheWallSeesAReader(t *testing.T) {
	root := `package evenkeel
type Selector struct{ TenantWide bool }
type Flag struct { Selector Selector; Envelope int }`
	const imports = "package x\nimport e \"" + module + "\"\n"
	for _, c := range []struct{ name, src, want string }{
		{"a parameter", imports + `func peek(f e.Flag) bool { return f.Selector.TenantWide }`, "watch/x peek .Selector"},
		{"one of a list", imports + `func any(fs []*e.Flag) { for _, f := range fs { _ = f.Envelope } }`, "watch/x any .Envelope"},
		{"in a method, inside a function", imports + `type s struct{ flags map[string]e.Flag }
			func (x *s) look() { g := func() int { return x.flags["a"].Envelope }; g() }`, "watch/x look .Envelope"},
		{"what is not known is taken for a flag", imports + `import "other.example/flags"
			func far() { _ = flags.All()[0].Selector }`, "watch/x far .Selector"},
		{"beside all functions", imports + `var f e.Flag; var wide = f.Selector`, "watch/x  .Selector"},
		{"the selector of something else", imports + `type grant struct{ Selector e.Selector }
			func ok(g grant) e.Flag { return e.Flag{Selector: g.Selector} }`, ""},
		{"one that is written", imports + `func write(f *e.Flag) { f.Envelope = 3 }`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, src := range map[string]string{"flag.go": root, "watch/x/x.go": c.src, "watch/x/x_test.go": "package x\nvar _ = broken"} {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(src), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			reads, err := readersOfFlags(os.DirFS(dir), "watch")
			got := ""
			for _, r := range reads {
				got += r.function + " ." + r.field
			}
			if err != nil || got != c.want {
				t.Errorf("readers %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// reader is a place where a flag's selector or envelope is read.
type reader struct{ at, function, field string }

// notWatched are packages below the folders that write flags down or take them in as they are told.
var notWatched = []string{"judge/docket/actevent"}

// readersOfFlags finds, in all packages below some folders, what reads .Selector or .Envelope of
// something that is a flag, or of which the type cannot be found out.
func readersOfFlags(root fs.FS, folders ...string) (out []reader, err error) {
	l := loader{root: root, fset: token.NewFileSet(), done: map[string]*types.Package{}}
	l.seen = func(dir string, files []*ast.File, info *types.Info) {
		if slices.ContainsFunc(folders, func(f string) bool { return dir == f || strings.HasPrefix(dir, f+"/") }) && !slices.Contains(notWatched, dir) {
			for _, f := range files {
				out = append(out, l.readers(dir, f, info)...)
			}
		}
	}
	for _, folder := range folders {
		err := fs.WalkDir(root, folder, func(dir string, d fs.DirEntry, err error) error {
			if os.IsNotExist(err) && dir == folder {
				return nil // a room that is not built yet
			}
			if err == nil && d.IsDir() {
				_, err = l.Import(module + "/" + dir)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// loader type-checks packages of the module from their source. Whatever is not of the module is
// empty: only where flags go is asked.
type loader struct {
	root fs.FS
	fset *token.FileSet
	done map[string]*types.Package
	seen func(dir string, files []*ast.File, info *types.Info)
}

func (l *loader) Import(path string) (*types.Package, error) {
	if p := l.done[path]; p != nil {
		return p, nil
	}
	dir, ours := strings.CutPrefix(path, module)
	if !ours {
		l.done[path] = types.NewPackage(path, path[strings.LastIndexByte(path, '/')+1:])
		l.done[path].MarkComplete()
		return l.done[path], nil
	}
	dir = strings.TrimPrefix(dir, "/")
	names, err := fs.Glob(l.root, strings.TrimPrefix(dir+"/*.go", "/"))
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := fs.ReadFile(l.root, name)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(l.fset, name, src, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: l, Error: func(error) {}} // what is not of the module is missing
	l.done[path], _ = config.Check(path, l.fset, files, info)
	l.seen(dir, files, info)
	return l.done[path], nil
}

// readers finds the places in a file.
func (l *loader) readers(dir string, f *ast.File, info *types.Info) (out []reader) {
	for _, d := range f.Decls {
		name := ""
		if fn, ok := d.(*ast.FuncDecl); ok {
			name = fn.Name.Name
		}
		written := map[ast.Expr]bool{}
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, left := range n.Lhs {
					written[left] = n.Tok == token.ASSIGN
				}
			case *ast.SelectorExpr:
				if field := n.Sel.Name; (field == "Selector" || field == "Envelope") && !written[n] && mayBeFlag(info, n.X) {
					out = append(out, reader{fmt.Sprint(l.fset.Position(n.Pos())), dir + " " + name, field})
				}
			}
			return true
		})
	}
	return out
}

// mayBeFlag says whether an expression is a flag, or nobody knows what it is. A package is none.
func mayBeFlag(info *types.Info, x ast.Expr) bool {
	t := info.Types[x].Type
	if t == nil || t == types.Typ[types.Invalid] {
		id, ok := x.(*ast.Ident)
		if !ok {
			return true
		}
		_, pkg := info.Uses[id].(*types.PkgName)
		return !pkg
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == "Flag" && named.Obj().Pkg().Path() == module
}
