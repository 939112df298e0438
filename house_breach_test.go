package evenkeel_test

import (
	"fmt"
	"strings"
	"testing"
)

// breach is a small source tree that breaks one wall, and what the wall must say to it;
// says is "" where the tree is in order and close to a breach.
type breach struct {
	name  string
	wall  string
	files map[string]string
	says  string
}

// file returns Go source that imports some packages of other modules ("net/http") and of
// this one ("./watch"; "." is the root).
func file(name string, imports ...string) string {
	s := "package " + name + "\n"
	for _, i := range imports {
		if i == "." {
			i = module
		} else if rest, ok := strings.CutPrefix(i, "./"); ok {
			i = module + "/" + rest
		}
		s += fmt.Sprintf("import _ %q\n", i)
	}
	return s
}

const explained = "// Package watch sees.\n//\n// In and out: a.\n//\n// Reading order: b.\n//\n// What must always hold: c.\n//\n// What is not here: d.\npackage watch\n"

const explainedUnderHeadings = "// Package watch sees.\n//\n// # In and out\n//\n// a.\n//\n// # Reading order\n//\n// b.\n//\n" +
	"// # What must always hold\n//\n// c.\n//\n// # What is not here\n//\n// d.\npackage watch\n"

var breaches = []breach{
	{"the root imports a module", "the root imports the standard library only",
		map[string]string{"a.go": file("evenkeel", "golang.org/x/text/unicode/norm")}, "a.go imports golang.org/x/text/unicode/norm"},
	{"the root imports a room", "the root imports the standard library only",
		map[string]string{"a.go": file("evenkeel", "./watch")}, "a.go imports ./watch"},
	{"the root's tests import a module", "the root imports the standard library only",
		map[string]string{"a_test.go": file("evenkeel_test", "pgregory.net/rapid")}, ""},

	{"two files of the root are too long together", "the root has at most 2,600 lines",
		map[string]string{"a.go": file("evenkeel") + strings.Repeat("\n", 1350), "b.go": file("evenkeel") + strings.Repeat("\n", 1350)}, "2702 lines"},
	{"the root's tests are long", "the root has at most 2,600 lines",
		map[string]string{"a_test.go": file("evenkeel") + strings.Repeat("\n", 1600)}, ""},

	{"a stage imports a stage", "stages never import each other",
		map[string]string{"watch/a.go": file("watch", "./judge")}, "of stage watch, imports judge"},
	{"the workshop of a stage imports the workshop of another", "stages never import each other",
		map[string]string{"shield/host/a.go": file("host", "./courier/smtp")}, "of stage shield, imports courier/smtp"},
	{"a stage's test imports a stage", "stages never import each other",
		map[string]string{"watch/a_test.go": file("watch_test", "./inventory")}, "of stage watch, imports inventory"},
	{"a stage imports the store", "stages never import each other",
		map[string]string{"judge/a.go": file("judge", "./store/sqlite")}, "of stage judge, imports store/sqlite"},
	{"a stage imports the root, an instrument and its own rooms", "stages never import each other",
		map[string]string{"watch/a.go": file("watch", ".", "./instrument/sip", "./watch/rule", "cel.dev/cel-go/cel")}, ""},

	{"an instrument imports the root", "instruments are leaves",
		map[string]string{"instrument/sip/a.go": file("sip", ".")}, "instrument/sip/a.go imports ."},
	{"an instrument imports a stage", "instruments are leaves",
		map[string]string{"instrument/sip/a.go": file("sip", "./watch/rule")}, "imports ./watch/rule"},
	{"an instrument imports an instrument", "instruments are leaves",
		map[string]string{"instrument/sketch/a.go": file("sketch", "./instrument/sip")}, ""},

	{"a stage's test is handed a store", "stages never import each other",
		map[string]string{"judge/a_test.go": file("judge", "./store/memory")}, ""},
	{"a stage's test imports another stage", "stages never import each other",
		map[string]string{"judge/a_test.go": file("judge", "./inventory")}, "of stage judge, imports inventory"},
	{"the stream imports a stage", "stream, store and console know values only",
		map[string]string{"stream/a.go": file("stream", "./watch")}, "stream/a.go imports watch"},
	{"a store imports a stage", "stream, store and console know values only",
		map[string]string{"store/sqlite/a.go": file("sqlite", "./judge")}, "store/sqlite/a.go imports judge"},
	{"the stream and a store import an instrument", "stream, store and console know values only",
		map[string]string{"stream/a.go": file("stream", "./instrument/sip"), "store/sqlite/a.go": file("sqlite", "./instrument/sip")}, ""},
	{"a store imports the root and its contract", "stream, store and console know values only",
		map[string]string{"store/sqlite/a.go": file("sqlite", ".", "./store/storetest")}, ""},

	{"a stage imports the lab", "only cmd imports app, story and lab; only app imports stream and store",
		map[string]string{"watch/a_test.go": file("watch_test", "./lab/feed")}, "watch/a_test.go imports lab/feed"},
	{"the lab imports app", "only cmd imports app, story and lab; only app imports stream and store",
		map[string]string{"lab/a.go": file("lab", "./app")}, "lab/a.go imports app"},
	{"a story imports a store", "only cmd imports app, story and lab; only app imports stream and store",
		map[string]string{"story/a.go": file("story", "./store/sqlite")}, "story/a.go imports store/sqlite"},
	{"a story's test imports a store", "only cmd imports app, story and lab; only app imports stream and store",
		map[string]string{"story/a_test.go": file("story", "./store/memory")}, ""},
	{"cmd imports the three and app imports a store", "only cmd imports app, story and lab; only app imports stream and store",
		map[string]string{"cmd/evenkeel/a.go": file("main", "./app", "./lab", "./story"), "app/a.go": file("app", "./store/sqlite", "./stream")}, ""},

	{"a room loads eBPF", "kernel, SQL, NATS and listening stand in one place each",
		map[string]string{"shield/host/a.go": file("host", "github.com/cilium/ebpf/link")}, "belongs into packages named"},
	{"a room opens a database", "kernel, SQL, NATS and listening stand in one place each",
		map[string]string{"judge/a.go": file("judge", "database/sql")}, "belongs into store"},
	{"a room speaks NATS", "kernel, SQL, NATS and listening stand in one place each",
		map[string]string{"app/a.go": file("app", "github.com/nats-io/nats.go/jetstream")}, "belongs into stream"},
	{"a room listens, under another import name", "kernel, SQL, NATS and listening stand in one place each",
		map[string]string{"watch/intake/a.go": "package intake\nimport n \"net\"\nvar l, _ = n.Listen(\"tcp\", \"\")\n"}, "uses net.Listen; only app listens"},
	{"each is in its place", "kernel, SQL, NATS and listening stand in one place each",
		map[string]string{
			"shield/host/internal/kernel/a.go": file("kernel", "github.com/cilium/ebpf", "golang.org/x/sys/unix"),
			"store/sqlite/a.go":                file("sqlite", "database/sql"), "stream/a.go": file("stream", "github.com/nats-io/nats.go"),
			"app/a.go": "package app\nimport \"net\"\nvar l, _ = net.Listen(\"tcp\", \"\")\n",
		}, ""},

	{"a pure room reads files", "pure rooms ask nothing of the world",
		map[string]string{"watch/rule/a.go": file("rule", "os")}, "watch/rule/a.go imports os"},
	{"a pure room writes files by an instrument", "pure rooms ask nothing of the world",
		map[string]string{"watch/rule/a.go": file("rule", "./instrument/whole")}, "imports ./instrument/whole"},
	{"the instrument for it reads files, as no other does", "pure rooms ask nothing of the world",
		map[string]string{"instrument/whole/a.go": file("whole", "os")}, ""},
	{"a pure room speaks HTTP", "pure rooms ask nothing of the world",
		map[string]string{"instrument/sip/a.go": file("sip", "net/http")}, "imports net/http"},
	{"a pure room logs", "pure rooms ask nothing of the world",
		map[string]string{"judge/policy/a.go": file("policy", "log/slog")}, "imports log/slog"},
	{"the root asks the time", "pure rooms ask nothing of the world",
		map[string]string{"a.go": "package evenkeel\nimport \"time\"\nvar now = time.Now\n"}, "a.go uses time.Now"},
	{"a pure room waits", "pure rooms ask nothing of the world",
		map[string]string{"watch/a.go": "package watch\nimport t \"time\"\nvar c = t.After(1)\n"}, "watch/a.go uses time.After"},
	{"a pure room starts a goroutine", "pure rooms ask nothing of the world",
		map[string]string{"judge/ledger/a.go": "package ledger\nfunc f() { go f() }\n"}, "starts a goroutine"},
	{"intake may do all that, and a pure room may hold addresses and times", "pure rooms ask nothing of the world",
		map[string]string{
			"watch/intake/a.go": "package intake\nimport \"net/http\"\nvar h http.Handler\nfunc f() { go f() }\n",
			"shield/plan/a.go":  "package plan\nimport (\"net/netip\"; \"time\")\nvar a netip.Addr\nvar d = time.Second\n",
		}, ""},

	{"a file asks the time", "the time is asked in listed files only",
		map[string]string{"app/a.go": "package app\nimport \"time\"\nvar d = time.Since(time.Time{})\n"}, "app/a.go uses time.Since and is not listed"},

	{"a package has no comment", "every package has one doc.go with five parts",
		map[string]string{"watch/a.go": file("watch")}, "watch has no doc.go"},
	{"the comment stands in another file", "every package has one doc.go with five parts",
		map[string]string{"watch/a.go": explained}, "belongs into doc.go"},
	{"a part is missing", "every package has one doc.go with five parts",
		map[string]string{"watch/doc.go": strings.Replace(explained, "Reading order", "Order", 1)}, `has no part "Reading order"`},
	{"the parts stand in another order", "every package has one doc.go with five parts",
		map[string]string{"watch/doc.go": strings.NewReplacer("In and out", "Reading order", "Reading order", "In and out").Replace(explained)}, `has no part "Reading order"`},
	{"the sentence names another package", "every package has one doc.go with five parts",
		map[string]string{"watch/doc.go": strings.Replace(explained, "Package watch", "Package judge", 1)}, "does not begin with"},
	{"all parts are there, as paragraphs or under headings", "every package has one doc.go with five parts",
		map[string]string{"watch/doc.go": explained, "watch/b/doc.go": explainedUnderHeadings}, ""},

	{"a folder has an empty name", "no package has a name that says nothing",
		map[string]string{"watch/util/a.go": file("util")}, `"util" is not a name`},
	{"a package clause has an empty name", "no package has a name that says nothing",
		map[string]string{"watch/a.go": file("common")}, `"common" is not a name`},
	{"a type is an Impl", "no package has a name that says nothing",
		map[string]string{"watch/a.go": "package watch\ntype engineImpl struct{}\n"}, "engineImpl"},

	{"a file is too long", "no file has more than 600 lines",
		map[string]string{"watch/a_test.go": file("watch") + strings.Repeat("\n", 600)}, "watch/a_test.go has 601 lines"},

	{"a test sleeps", "tests never sleep",
		map[string]string{"watch/a_test.go": "package watch\nimport \"time\"\nfunc f() { time.Sleep(1) }\n"}, "watch/a_test.go sleeps"},
	{"a test sleeps where the time is made up", "tests never sleep",
		map[string]string{"watch/a_test.go": "package watch\nimport (\"time\"; \"testing/synctest\")\nvar x = synctest.Test\nfunc f() { time.Sleep(1) }\n"}, ""},

	{"a comment promises work", "no unfinished work and no machine's paths in the tree",
		map[string]string{"watch/a.go": "package watch\n// " + unfinished[0] + " later\n"}, "watch/a.go:2"},
	{"a document names a path of a machine", "no unfinished work and no machine's paths in the tree",
		map[string]string{"README.md": "See\n" + machinePaths[0] + "x\n"}, "README.md:2"},
	{"a test may name any path", "no unfinished work and no machine's paths in the tree",
		map[string]string{"watch/a_test.go": "package watch\n// " + machinePaths[2] + "x\n"}, ""},
	{"settings that somebody tried lie at the root", "no unfinished work and no machine's paths in the tree",
		map[string]string{"a.yaml": "rules: []\n", "README.md": "See\n"}, "a.yaml lies at the root"},
}

// TestWallsCanFail feeds each wall with what it must refuse, and with what is near to that
// and allowed.
func TestWallsCanFail(t *testing.T) {
	refused := map[string]int{}
	byName := map[string]wall{}
	for _, w := range walls {
		byName[w.name] = w
	}
	for _, b := range breaches {
		t.Run(b.name, func(t *testing.T) {
			w, ok := byName[b.wall]
			if !ok {
				t.Fatalf("there is no wall %q", b.wall)
			}
			tree, err := buildTree(b.files)
			if err != nil {
				t.Fatal(err)
			}
			var c complaint
			w.check(tree, &c)
			said := strings.Join(c, "\n")
			switch {
			case b.says == "" && said != "":
				t.Errorf("the wall complains about what is allowed: %s", said)
			case b.says != "" && !strings.Contains(said, b.says):
				t.Errorf("the wall says %q; expected it to say %q", said, b.says)
			case b.says != "":
				refused[b.wall]++
			}
		})
	}
	for _, w := range walls {
		if refused[w.name] == 0 {
			t.Errorf("nothing shows that the wall %q can fail", w.name)
		}
		if len(strings.Fields(w.reason)) < 8 {
			t.Errorf("the wall %q has no reason", w.name)
		}
	}
}

func TestClocksAreCountedAndKeptTrue(t *testing.T) {
	files, listed := map[string]string{}, map[string]string{}
	for i := range 10 {
		name := fmt.Sprintf("app/a%d.go", i)
		files[name] = "package app\nimport \"time\"\nvar _ = time.Now\n"
		listed[name] = "a test"
	}
	check := func(says string) {
		t.Helper()
		tree, err := buildTree(files)
		if err != nil {
			t.Fatal(err)
		}
		var c complaint
		checkClocks(tree, listed, &c)
		if said := strings.Join(c, "\n"); (says == "") != (said == "") || !strings.Contains(said, says) {
			t.Errorf("the wall says %q; expected %q", said, says)
		}
	}
	check("")
	listed["app/gone.go"] = "a test"
	check("11 files are listed as clocks")
	check("app/gone.go is listed as a clock and does not exist")
	delete(listed, "app/gone.go")
	files["app/a0.go"] = file("app", "time")
	check("app/a0.go is listed as a clock and does not ask the time")
}
