package evenkeel_test

import (
	"cmp"
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// A wall is a rule about the layout of the source. To break it you must change its line
// here, and with it the reason.
type wall struct {
	name   string
	reason string
	check  func(t *tree, c *complaint)
}

var walls = []wall{
	{"the root imports the standard library only", "every room imports the root, so whatever the root imports, all of them have to carry and trust", rootIsPlain},
	{"the root has at most 2,600 lines", "the shared words have to fit into one reading; what fewer than three rooms need stays in its room", rootIsShort},
	{"stages never import each other", "seeing, judging, acting and telling change for different reasons; only plain values pass between them, so one can be read, tested and replaced alone", stagesAreApart},
	{"instruments are leaves", "an instrument holds one idea that any stage may use; with a stage's words in it, it would be part of that stage", instrumentsAreLeaves},
	{"stream, store and console know values only", "what is stored and shown must not depend on how it was decided; a stage states the small interface it needs and is handed the rest", adaptersKnowValues},
	{"only cmd imports app, story and lab; only app imports stream and store", "one place builds the process; a part that built its own parts could not be handed others by a test", assemblyIsOnTop},
	{"kernel, SQL, NATS and listening stand in one place each", "what touches the machine is reviewed with other eyes, and may be missing on an operator's system", machineIsFenced},
	{"pure rooms ask nothing of the world", "the same records must give the same findings and decisions, byte for byte, on every machine and in every replay: time is an argument", pureRoomsArePure},
	{"the time is asked in listed files only", "each clock is a place where a replay can differ from what happened", clocksAreListed},
	{"every package has one doc.go with five parts", "someone who opens a folder must learn in one page what it is for, where to start and what may not break", packagesAreExplained},
	{"no package has a name that says nothing", "a name like that fits everything, so everything ends up in it", namesSaySomething},
	{"no file has more than 600 lines", "a longer file holds more than one idea", filesAreShort},
	{"tests never sleep", "a sleep is either too short on a slow machine or too long on all others", testsNeverSleep},
	{"no unfinished work and no machine's paths in the tree", "what is open belongs into an issue, a path of one machine works nowhere else, and what was tried once puzzles whoever comes after", nothingIsLeftLying},
}

var (
	stages = []string{"watch", "judge", "shield", "courier", "lifeline", "inventory", "staff", "console"}

	// pure lists the rooms that compute and nothing else; those below them count too,
	// except below watch, whose intake listens.
	pure     = []string{"watch/window", "watch/rule", "judge/availability", "judge/credit", "judge/docket", "judge/governor", "judge/incident", "judge/learning", "judge/policy", "judge/procedure", "judge/ledger", "staff/roll", "staff/rota", "shield/plan", "shield/mandate", "shield/gateway/site", "shield/gateway/stage", "shield/gateway/suspect", "shield/gateway/answer", "shield/gateway/share", "instrument"}
	pureOnly = []string{"", "watch"}

	// worldlyTools are the instruments that touch the machine, and why each does. Pure rooms do not import them.
	worldlyTools = map[string]string{
		"instrument/whole":                     "rooms of several stages keep files that have to be whole after a crash; one place does it right",
		"instrument/port/live":                 "what watch sees and shield does at a guest's port is one program in the kernel; each of them alone would load it twice",
		"instrument/port/internal/kernel":      "it is that program",
		"instrument/hypervisor":                "watch asks libvirt which guests hang where, and shield has it pause them: one client, which stages may not share otherwise",
		"instrument/hypervisor/hypervisortest": "it starts a libvirt for their tests",
	}

	// valuePackages are the packages of a stage that hold plain values which the store and
	// the console read and write. staff/roll: persons, accounts and sessions are kept beside
	// the books, and whoever keeps them has to know their form and nothing of passwords.
	valuePackages = []string{"judge/availability", "judge/docket", "judge/ledger", "staff/roll"}

	// testGrounds are the rooms of the lab that tests of app and story may take, and why.
	testGrounds = map[string]string{
		"lab/testhost":     "a flood has to be a real one wherever a test says that it is cut; a second host of namespaces in each room would be another world",
		"lab/edge":         "a story at the edge has to have real visitors and a real flood before a real server; it also serves the sites behind the edges that it measures, where nobody else can reach them",
		"lab/edge/browser": "what a browser says before its first request has to be said to the byte wherever a test tells browsers from programs",
		"lab/testmachine":  "what an agent is on a host with another kernel, and under systemd, only such a machine shows",
	}

	// clocks lists the files that ask the time, and why each has to. At most ten.
	clocks = map[string]string{
		"cmd/evenkeel/main.go":        "the process hands its clock to what it runs",
		"lab/edge/clock.go":           "visitors, attackers and sites behind an edge are real, and happen in real time",
		"lab/testhost/clock_linux.go": "floods and visitors of test hosts are real, and happen in real time",
	}

	// longFiles lists the files with more than 600 lines, and why each is one.
	longFiles = map[string]string{}
)

func TestHouse(t *testing.T) {
	tree := loadTree(t)
	for _, w := range walls {
		t.Run(w.name, func(t *testing.T) {
			var c complaint
			w.check(tree, &c)
			for _, line := range c {
				t.Error(line)
			}
			if len(c) > 0 {
				t.Logf("the reason for this rule: %s", w.reason)
			}
		})
	}
}

func rootIsPlain(t *tree, c *complaint) {
	t.each(func(r *room, s source) {
		for _, i := range s.imports() {
			if r.path == "" && !s.test && !stdlib(i) {
				c.addf("%s imports %s", s.path, i)
			}
		}
	})
}

func rootIsShort(t *tree, c *complaint) {
	n := 0
	t.each(func(r *room, s source) {
		if r.path == "" && !s.test {
			n += s.lines()
		}
	})
	if n > 2600 {
		c.addf("the root package has %d lines", n)
	}
}

// stagesAreApart holds for tests too: a test that needs two stages is a story. A store or a
// stream is no stage, and tests may hand one to a room.
func stagesAreApart(t *tree, c *complaint) {
	t.each(func(r *room, s source) {
		own := stageOf(r.path)
		if own == "" {
			return
		}
		for _, i := range s.imports() {
			i, ours := strings.CutPrefix(i, "./")
			value := own == "console" && slices.Contains(valuePackages, i)
			handed := s.test && (under(i, "store") || under(i, "stream"))
			if ours && stageOf(i) != own && !under(i, "instrument") && !value && !handed {
				c.addf("%s, of stage %s, imports %s", s.path, own, i)
			}
		}
	})
}

func stageOf(p string) string {
	first, _, _ := strings.Cut(p, "/")
	if slices.Contains(stages, first) {
		return first
	}
	return ""
}

func instrumentsAreLeaves(t *tree, c *complaint) {
	t.each(func(r *room, s source) {
		for _, i := range s.imports() {
			if under(r.path, "instrument") && strings.HasPrefix(i, ".") && !under(i, "./instrument") {
				c.addf("%s imports %s", s.path, i)
			}
		}
	})
}

func adaptersKnowValues(t *tree, c *complaint) {
	t.each(func(r *room, s source) {
		for _, i := range s.imports() {
			i, ours := strings.CutPrefix(i, "./")
			switch {
			case !ours:
			case under(i, "instrument"): // a leaf knows nothing of how anything was decided
			case under(r.path, "stream") && !under(i, "stream"),
				under(r.path, "store") && !under(i, "store") && !slices.Contains(valuePackages, i):
				c.addf("%s imports %s", s.path, i)
			}
		}
	})
}

// assemblyIsOnTop lets tests take a store or a stream: they are who hands parts to a room.
func assemblyIsOnTop(t *tree, c *complaint) {
	t.each(func(r *room, s source) {
		for _, i := range s.imports() {
			i, _ := strings.CutPrefix(i, "./")
			for _, top := range []string{"app", "story", "lab"} {
				ground := s.test && testGrounds[i] != "" && (under(r.path, "app") || under(r.path, "story"))
				if under(i, top) && !under(r.path, top) && !under(r.path, "cmd") && !ground {
					c.addf("%s imports %s", s.path, i)
				}
			}
			for _, adapter := range []string{"stream", "store"} {
				if under(i, adapter) && !under(r.path, adapter) && !under(r.path, "app") && !s.test {
					c.addf("%s imports %s", s.path, i)
				}
			}
		}
	})
}

// fences says where modules that touch the machine may be imported.
var fences = []struct {
	modules []string
	where   string
	inside  func(path string) bool
}{
	{
		[]string{"github.com/cilium/ebpf", "github.com/vishvananda/netlink", "github.com/mdlayher/netlink", "github.com/google/nftables", "golang.org/x/sys", "syscall"},
		"packages named …/internal/kernel", func(p string) bool { return strings.HasSuffix(p, "/internal/kernel") },
	},
	{
		[]string{"database/sql", "modernc.org/sqlite", "modernc.org/libc", "zombiezen.com/go/sqlite", "github.com/mattn/go-sqlite3", "github.com/jackc/pgx", "github.com/lib/pq"},
		"store", func(p string) bool { return under(p, "store") },
	},
	{
		[]string{"github.com/nats-io"},
		"stream", func(p string) bool { return under(p, "stream") },
	},
}

var listening = []string{
	"net.Listen", "net.ListenTCP", "net.ListenUDP", "net.ListenIP", "net.ListenUnix", "net.ListenUnixgram", "net.ListenPacket",
	"net.ListenMulticastUDP", "net.ListenConfig", "net.FileListener", "net.FilePacketConn", "crypto/tls.Listen",
	"net/http.ListenAndServe", "net/http.ListenAndServeTLS", "net/http.Server",
}

func machineIsFenced(t *tree, c *complaint) {
	t.each(func(r *room, s source) {
		for _, i := range s.imports() {
			for _, f := range fences {
				for _, m := range f.modules {
					if under(i, m) && !f.inside(r.path) && !s.test {
						c.addf("%s imports %s; that belongs into %s", s.path, i, f.where)
					}
				}
			}
		}
		if !s.test && !under(r.path, "app") && testGrounds[r.path] == "" { // a guest of a test host serves pages, where nobody else can reach it
			for _, name := range s.mentions(listening...) {
				c.addf("%s uses %s; only app listens", s.path, name)
			}
		}
	})
}

func isPure(p string) bool {
	return worldlyTools[p] == "" && (slices.Contains(pureOnly, p) || slices.ContainsFunc(pure, func(dir string) bool { return under(p, dir) }))
}

var worldly = []string{"os", "syscall", "database/sql", "log", "math/rand", "crypto/rand", "plugin", "runtime/debug"}

var clockCalls = []string{
	"time.Now", "time.Since", "time.Until", "time.After", "time.AfterFunc", "time.Tick", "time.NewTicker", "time.NewTimer", "time.Sleep",
}

func pureRoomsArePure(t *tree, c *complaint) {
	t.each(func(r *room, s source) {
		if s.test || !isPure(r.path) {
			return
		}
		for _, i := range s.imports() {
			if i == "net" || strings.HasPrefix(i, "net/") && i != "net/netip" && i != "net/url" ||
				worldlyTools[strings.TrimPrefix(i, "./")] != "" || slices.ContainsFunc(worldly, func(w string) bool { return under(i, w) }) {
				c.addf("%s imports %s", s.path, i)
			}
		}
		for _, name := range s.mentions(clockCalls...) {
			c.addf("%s uses %s", s.path, name)
		}
		if s.starts() {
			c.addf("%s starts a goroutine", s.path)
		}
	})
}

func clocksAreListed(t *tree, c *complaint) {
	checkClocks(t, clocks, c)
}

func checkClocks(t *tree, listed map[string]string, c *complaint) {
	if len(listed) > 10 {
		c.addf("%d files are listed as clocks", len(listed))
	}
	known := map[string]bool{}
	t.each(func(r *room, s source) {
		known[s.path] = true
		if s.test {
			return
		}
		used := s.mentions("time.Now", "time.Since", "time.Until")
		if len(used) > 0 && listed[s.path] == "" {
			c.addf("%s uses %s and is not listed as a clock", s.path, strings.Join(used, ", "))
		}
		if len(used) == 0 && listed[s.path] != "" {
			c.addf("%s is listed as a clock and does not ask the time", s.path)
		}
	})
	for _, p := range sortedKeys(listed) {
		if !known[p] {
			c.addf("%s is listed as a clock and does not exist", p)
		}
	}
}

// docParts are the parts of a package comment after its sentence, each as a paragraph that
// begins with it or under it as a heading.
var docParts = []string{"In and out", "Reading order", "What must always hold", "What is not here"}

func packagesAreExplained(t *tree, c *complaint) {
	for _, r := range t.rooms {
		explained := false
		for _, s := range r.files {
			if s.file.Doc == nil || s.test {
				continue
			}
			if !strings.HasSuffix(s.path, "doc.go") {
				c.addf("%s has a package comment; it belongs into doc.go", s.path)
				continue
			}
			explained = true
			checkDoc(r, s, c)
		}
		if !explained {
			c.addf("%s has no doc.go with a package comment", cmp.Or(r.path, "the root"))
		}
	}
}

// checkDoc wants the sentence and the four parts, in this order.
func checkDoc(r *room, s source, c *complaint) {
	text := s.file.Doc.Text()
	if !strings.HasPrefix(text, "Package "+r.name+" ") && !(r.name == "main" && strings.HasPrefix(text, "Command ")) {
		c.addf("%s does not begin with \"Package %s \"", s.path, r.name)
	}
	for _, part := range docParts {
		i := max(strings.Index(text, "\n\n"+part+": "), strings.Index(text, "\n\n# "+part+"\n"))
		if i < 0 {
			c.addf("%s has no part %q after the one before it", s.path, part)
			return
		}
		text = text[i+1:]
	}
}

var emptyNames = []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "core", "model", "models", "types", "pkg", "manager", "service"}

func namesSaySomething(t *tree, c *complaint) {
	for _, r := range t.rooms {
		for _, n := range append(strings.Split(r.path, "/"), r.name) {
			if slices.Contains(emptyNames, n) {
				c.addf("%s: %q is not a name", r.path, n)
				break
			}
		}
	}
	t.each(func(r *room, s source) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			if d, ok := n.(*ast.TypeSpec); ok && strings.HasSuffix(d.Name.Name, "Impl") {
				c.addf("%s: %s is named for being an implementation; say which", s.path, d.Name.Name)
			}
			return true
		})
	})
}

func filesAreShort(t *tree, c *complaint) {
	t.each(func(r *room, s source) {
		if s.lines() > 600 && longFiles[s.path] == "" {
			c.addf("%s has %d lines", s.path, s.lines())
		}
	})
}

// testsNeverSleep lets a test sleep in a synctest bubble, where the time is made up.
func testsNeverSleep(t *tree, c *complaint) {
	t.each(func(r *room, s source) {
		if s.test && !slices.Contains(s.imports(), "testing/synctest") && len(s.mentions("time.Sleep")) > 0 {
			c.addf("%s sleeps", s.path)
		}
	})
}

// The words are put together here so that this file does not hold them.
var (
	unfinished   = []string{"TO" + "DO", "FIX" + "ME", "XX" + "X:"}
	machinePaths = []string{"/wo" + "rk/", "/ro" + "ot/", "/tm" + "p/", "/ho" + "me/", "/Us" + "ers/"}
)

func nothingIsLeftLying(t *tree, c *complaint) {
	complain := func(s source) {
		for i, line := range strings.Split(s.text, "\n") {
			for _, w := range unfinished {
				if strings.Contains(line, w) {
					c.addf("%s:%d: %s", s.path, i+1, w)
				}
			}
			for _, p := range machinePaths {
				if !s.test && strings.Contains(line, p) {
					c.addf("%s:%d: the path %s", s.path, i+1, p)
				}
			}
		}
	}
	t.each(func(_ *room, s source) { complain(s) })
	for _, s := range t.texts {
		complain(s)
		if !strings.Contains(s.path, "/") && !slices.Contains(atTheRoot, s.path) {
			c.addf("%s lies at the root", s.path)
		}
	}
}

// atTheRoot are the texts that a stranger finds first; whatever else lies there was left by somebody who tried something.
var atTheRoot = []string{"ARCHITECTURE.md", "CONTRIBUTING.md", "GLOSSARY.md", "README.md", "SECURITY.md", "Makefile", "go.mod"}

// each calls f for every Go file.
func (t *tree) each(f func(r *room, s source)) {
	for _, r := range t.rooms {
		for _, s := range r.files {
			f(r, s)
		}
	}
}
