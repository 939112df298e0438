package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/letter"
)

// TestTheFirstCaseGoesAsItsPageSays runs docs/first-case.md from its first command to its last, as they
// stand there: what each prints is what the page shows, where … stands for anything. What the page does in a
// browser is done here by hand: the operator comes in by the link, and the tenant answers by the one in the
// letter.
func TestTheFirstCaseGoesAsItsPageSays(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no program curl: the package curl of Debian has it")
	}
	w := newWalk(t)
	steps := pageSteps(t, "../../docs/first-case.md")
	ran := map[string]bool{}
	for _, s := range steps {
		w.step(s)
		for _, word := range []string{"case list", "case answer", "case clear", "ledger verify"} {
			ran[word] = ran[word] || strings.Contains(s.command, word)
		}
		switch {
		case strings.Contains(s.command, "evenkeel serve"):
			w.comesIn()
		case strings.Contains(s.command, "ls evenkeel-data/mail"):
			w.tenantAnswers()
		}
	}
	if len(steps) < 12 || len(ran) != 4 {
		t.Errorf("%d commands, of which %v; the page lost a part", len(steps), ran)
	}
}

// step is a block of commands of a page, the block that it shows as printed, and the YAML above it.
type step struct{ settings, command, shows string }

func pageSteps(t *testing.T, name string) []step {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []step
	settings := ""
	for _, b := range regexp.MustCompile("(?s)```(\\w+)\n(.*?)```\n").FindAllStringSubmatch(string(text), -1) {
		switch b[1] {
		case "yaml":
			settings = b[2]
		case "sh":
			out = append(out, step{settings: settings, command: b[2]})
			settings = ""
		case "text":
			if len(out) == 0 || out[len(out)-1].shows != "" {
				t.Fatalf("%s shows what no command prints:\n%s", name, b[2])
			}
			out[len(out)-1].shows = b[2]
		default:
			t.Fatalf("%s has a block of %q; expected yaml, sh or text", name, b[1])
		}
	}
	return out
}

// walk is somebody who goes by a page, in a folder of their own.
type walk struct {
	*testing.T
	dir     string
	renamed []string // pairs: what the page says, and what it is here
	console string
	link    string // that signs in
	client  http.Client
}

func newWalk(t *testing.T) *walk {
	w := &walk{T: t, dir: t.TempDir()}
	w.client.Jar, _ = cookiejar.New(nil)
	return w
}

func (w *walk) here(text string) string { return strings.NewReplacer(w.renamed...).Replace(text) }

// step does one and compares. What is shown may take a moment: a case comes after its telemetry.
func (w *walk) step(s step) {
	w.Helper()
	switch {
	case s.settings != "":
		free := "listen: 127.0.0.1:0\nintake: {otlp_http: 127.0.0.1:0, otlp_grpc: 127.0.0.1:0}\n"
		if err := os.WriteFile(filepath.Join(w.dir, "evenkeel.yaml"), []byte(s.settings+free), 0o600); err != nil {
			w.Fatal(err)
		}
	case strings.HasPrefix(s.command, "make "):
		w.builds(strings.TrimSpace(s.command))
		return
	case strings.Contains(s.command, "evenkeel serve"):
		w.serve(s)
		return
	}
	asksAgain := strings.Contains(s.command, "case list") || strings.Contains(s.command, "ls ")
	fits := likeThe(s.shows, w.here)
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		out, errs, err := w.run(w.here(s.command))
		if err == nil && fits.MatchString(out) {
			break
		}
		over := !asksAgain
		select {
		case <-deadline.C:
			over = true
		case <-tick.C:
		}
		if over {
			w.Fatalf("%s\nprints (%v)\n%s%s\nthe page shows\n%s", s.command, err, out, errs, s.shows)
		}
	}
	if strings.Contains(s.command, "case list") {
		out, _, _ := w.run(w.here(s.command))
		id := regexp.MustCompile(`c-[a-z2-7]{26}`)
		w.renamed = append(w.renamed, id.FindString(s.shows), id.FindString(out))
	}
}

// likeThe is what fits a block of the page: … in a line is anything in it, and as a line any lines.
func likeThe(block string, here func(string) string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`\A`)
	for line := range strings.Lines(here(block)) {
		if line == "…\n" {
			b.WriteString(`(?:.*\n)*?`)
			continue
		}
		line = regexp.QuoteMeta(strings.TrimSuffix(line, "\n"))
		line = regexp.MustCompile(`c-[a-z2-7]{26} `).ReplaceAllString(line, `c-[a-z2-7]{26} `)
		b.WriteString(strings.ReplaceAll(line, "…", `.*`) + `\n`)
	}
	if block != "" {
		b.WriteString(`\z`)
	}
	return regexp.MustCompile(b.String())
}

// run runs commands in a shell; what convert counts goes to the same place as what others print.
func (w *walk) run(command string) (out, errs string, err error) {
	c := exec.CommandContext(w.Context(), "sh", "-euc", command)
	var o, e bytes.Buffer
	c.Dir, c.Stdout, c.Stderr = w.dir, &o, &e
	if strings.Contains(command, "evenkeel convert") {
		c.Stderr = &o
	}
	err = c.Run()
	return o.String(), e.String(), err
}

// builds looks that the Makefile has what the page makes, and puts this program where it would be.
func (w *walk) builds(command string) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		w.Fatal(err)
	}
	target := strings.TrimPrefix(command, "make ")
	if !regexp.MustCompile(`(?m)^` + target + `:.*\n\t.*-o bin/evenkeel ./cmd/evenkeel$`).Match(makefile) {
		w.Errorf("the Makefile has no %s that makes bin/evenkeel", target)
	}
	program, err := exec.LookPath("evenkeel")
	if err == nil {
		err = os.Mkdir(filepath.Join(w.dir, "bin"), 0o700)
	}
	if err == nil {
		err = os.Symlink(program, filepath.Join(w.dir, "bin", "evenkeel"))
	}
	if err != nil {
		w.Fatal(err)
	}
}

// serve starts it until the end of the test, and learns its addresses.
func (w *walk) serve(s step) {
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, "sh", "-c", "exec "+strings.TrimSpace(s.command))
	c.Dir, c.Cancel, c.WaitDelay = w.dir, func() error { return c.Process.Signal(os.Interrupt) }, 20*time.Second
	var log bytes.Buffer
	c.Stderr = &log
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		cancel()
		w.Fatal(err)
	}
	w.Cleanup(func() {
		cancel()
		_ = c.Wait() // it was interrupted
		if w.Failed() {
			w.Logf("its log:\n%s", &log)
		}
	})
	said := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(s.shows), "\n") {
		var word, at string
		if _, err := fmt.Fscanln(out, &word, &at); err != nil {
			w.Fatalf("what it prints at its start ends before %q: %v", line, err)
		}
		name, page, _ := strings.Cut(line, " ")
		if page = strings.TrimSpace(page); name != word {
			w.Fatalf("it prints %s %s; the page shows %q", word, at, line)
		}
		said[word] = at
		if !strings.Contains(page, "…") {
			w.renamed = append(w.renamed, page, at)
		}
	}
	w.console, w.link = said["console"], said["sign_in"]
}

// comesIn is the operator at a browser (docs/sign-in.md): the link shows a button, the button lets in, and
// the docket is there at once, without a password.
func (w *walk) comesIn() {
	w.Helper()
	if page := w.get(w.link); !strings.Contains(page, "Come in") {
		w.Fatalf("the link to sign in shows\n%s", page)
	}
	page := w.post(w.link, nil)
	if !strings.Contains(page, "<title>Docket") || !strings.Contains(page, "operator") || !strings.Contains(page, "no password yet") ||
		!strings.Contains(page, "Nothing has come since the start") {
		w.Fatalf("who comes in sees\n%s", page)
	}
	w.actsAtOnce()
}

// actsAtOnce pulls a switch, and finds that it takes two to let it go.
func (w *walk) actsAtOnce() {
	w.Helper()
	do := func(what string, form url.Values) string {
		nonce := regexp.MustCompile(`name="nonce" value="([^"]+)"`).FindStringSubmatch(w.get(w.console + "/switches"))
		if nonce == nil {
			w.Fatal("the page of switches has no form")
		}
		form.Set("nonce", nonce[1])
		form.Set("kind", "measure")
		form.Set("key", "deny")
		r, err := w.client.PostForm(w.console+"/switches/"+what, form)
		if err != nil {
			w.Fatal(err)
		}
		defer r.Body.Close()
		page, err := io.ReadAll(r.Body)
		if err != nil {
			w.Fatal(err)
		}
		return string(page)
	}
	if page := do("pull", url.Values{"reason": {"Nobody is denied by a machine here."}}); !strings.Contains(page, "by operator") || !strings.Contains(page, "Nobody is denied by a machine here.") {
		w.Errorf("after the operator has pulled a switch the page says\n%s", page)
	}
	if page := do("release", url.Values{"release-reason": {"I have looked at it."}}); !strings.Contains(page, "nobody could be the second: nobody else here has enrolled and may decide") {
		w.Errorf("after the operator alone has let it go the page says\n%s", page)
	}
}

// tenantAnswers opens the letter, follows its first link, and sends an answer.
func (w *walk) tenantAnswers() {
	w.Helper()
	mails, err := filepath.Glob(filepath.Join(w.dir, "evenkeel-data/mail/*.eml"))
	if err != nil || len(mails) != 1 {
		w.Fatalf("letters %q, %v; expected one", mails, err)
	}
	raw, err := os.ReadFile(mails[0])
	if err != nil {
		w.Fatal(err)
	}
	l, err := letter.Open(raw, letter.Limits{})
	if err != nil {
		w.Fatal(err)
	}
	text := string(l.Parts[0].Body)
	for _, says := range []string{"Nothing was limited, changed or switched off.", "The CPU was 99.9 % busy", "Example Cloud"} {
		if !strings.Contains(text, says) {
			w.Errorf("the letter does not say %q:\n%s", says, text)
		}
	}
	link := regexp.MustCompile(`<(http://[^>]+/t/[^>]+)>`).FindStringSubmatch(text)
	if link == nil {
		w.Fatalf("the letter has no link:\n%s", text)
	}
	tenant := *w
	tenant.client = http.Client{}
	page := tenant.get(link[1])
	form := regexp.MustCompile(`(?s)<form method="post" action="([^"]*)" id="answer".*?name="nonce" value="([^"]*)"`).FindStringSubmatch(page)
	if form == nil {
		w.Fatalf("the tenant's page has nowhere to answer:\n%s", page)
	}
	at, err := url.Parse(link[1])
	if err == nil {
		at, err = at.Parse(strings.ReplaceAll(form[1], "&amp;", "&"))
	}
	if err != nil {
		w.Fatal(err)
	}
	if page = tenant.post(at.String(), url.Values{"nonce": {form[2]}, "text": {"Our nightly reindex."}}); !strings.Contains(page, "Our nightly reindex.") {
		w.Fatalf("after an answer the tenant sees\n%s", page)
	}
}

func (w *walk) get(at string) string {
	w.Helper()
	return w.read(w.client.Get(at))
}

func (w *walk) post(at string, form url.Values) string {
	w.Helper()
	return w.read(w.client.PostForm(at, form))
}

func (w *walk) read(r *http.Response, err error) string {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		w.Fatalf("%s: %s, %v\n%s", r.Request.URL, r.Status, err, body)
	}
	return string(body)
}
