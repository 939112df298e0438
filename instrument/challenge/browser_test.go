package challenge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// chromium is where Debian's package has it.
const chromium = "/usr/bin/chromium"

// visits has a Chromium open an address until the test has seen what it waits for.
func visits(t *testing.T, url string, seen <-chan struct{}, flags ...string) {
	t.Helper()
	if _, err := os.Stat(chromium); os.IsNotExist(err) {
		t.Fatalf("there is no %s: apt-get install chromium, or let .ci/run install it", chromium)
	}
	dir, err := os.MkdirTemp("", "chromium")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // a process of the browser's may be about to write a last file
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	command := exec.CommandContext(ctx, chromium, append(flags, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
		"--disable-background-networking", "--disable-component-update", "--ignore-certificate-errors", "--remote-debugging-port=0",
		"--user-data-dir="+dir, url)...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-seen:
	case <-ctx.Done():
		t.Error("the visitor was not let in within two minutes")
	}
	stop()
	_ = command.Wait() // it was interrupted
}

// gate is a site that asks whoever comes, as a gateway would.
type gate struct {
	t      *testing.T
	keys   *Keys
	spent  *Spent
	demand Demand
	asks   Ask
	scope  Scope
	pages  chan string // what happened, in order
	in     chan struct{}
	once   sync.Once // of in
}

// policy is as strict as a policy can be for a page with one script.
const policy = "default-src 'none'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// spoilt takes away and blurs what privacy extensions do, before the page's own script runs.
const spoilt = `"use strict";
for (const name of ["Worker", "SharedWorker", "WebAssembly", "BigInt", "SharedArrayBuffer", "MessageChannel", "TextEncoder", "fetch", "XMLHttpRequest"]) delete window[name];
Object.defineProperty(Crypto.prototype, "subtle", {get() { throw new Error("not here"); }});
Object.defineProperty(navigator, "hardwareConcurrency", {value: 3});
Date.now = () => Math.random() * 1e12;
performance.now = () => Math.random() * 1e6;
`

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	switch r.URL.Path {
	case "/solve.js":
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(Script)
		return
	case "/spoilt.js":
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, spoilt)
		return
	case "/.challenge":
		ticket, err := g.keys.Check(g.scope, Answer{r.FormValue("token"), r.FormValue("nonce")}, g.demand, now)
		if err != nil {
			g.t.Errorf("the answer %q, %q: %v", r.FormValue("token"), r.FormValue("nonce"), err)
			http.Error(w, "refused", http.StatusForbidden)
			return
		}
		pass, err := g.keys.Grant(ticket, time.Hour, now)
		if err != nil {
			g.t.Error(err)
		}
		g.pages <- g.spent.Take(&ticket).String()
		w.Header().Set("Set-Cookie", SecureJar.SetCookie(&pass))
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	if _, err := g.keys.Admit(SecureJar, g.scope, r.Header["Cookie"], now); !errors.Is(err, ErrNoPass) {
		if r.URL.Path == "/" {
			g.once.Do(func() { close(g.in) })
		}
		fmt.Fprint(w, "welcome")
		return
	}
	request := Request{
		Method: r.Method, Path: r.URL.Path, Accept: r.Header.Get("Accept"), Destination: r.Header.Get("Sec-Fetch-Dest"),
		Site: r.Header.Get("Sec-Fetch-Site"), Purpose: r.Header.Get("Sec-Purpose"),
	}
	manner := Of(&request, nil)
	g.pages <- manner.String() + " " + r.URL.Path
	if manner != Page {
		http.Error(w, "try again", http.StatusTooManyRequests)
		return
	}
	token, err := g.keys.Issue(g.scope, g.asks, 1, now)
	if err != nil {
		g.t.Error(err)
	}
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if g.asks.Form == FormWait {
		fmt.Fprintf(w, `<!DOCTYPE html><meta http-equiv="refresh" content="%d; url=/.challenge?token=%s"><title>One moment</title><script src="/solve.js"></script>`, g.asks.Amount, token)
		return
	}
	fmt.Fprintf(w, `<!DOCTYPE html><title>One moment</title><img src="/logo.png"><form id="challenge" method="post" action="/.challenge" data-bits="%d"><input type="hidden" name="token" value="%s"><input type="hidden" name="nonce"></form><script src="/spoilt.js"></script><script src="/solve.js"></script>`, g.asks.Amount, token)
}

// TestChromiumAnswers: a real browser works under a strict policy without workers, WebCrypto and a clock, and one without
// scripts waits; both are asked once and let in.
func TestChromiumAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		asks   Ask
		demand Demand
		flags  []string
	}{
		{"by work, with all taken away that an extension may take", Ask{FormWork, 14}, Demand{Bits: 14}, nil},
		{"by waiting, without scripts", Ask{FormWait, 1}, Demand{Seconds: 1}, []string{"--blink-settings=scriptEnabled=false"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &gate{
				t: t, keys: keys(t, 1), spent: NewSpent(10), demand: c.demand, asks: c.asks, scope: alice,
				pages: make(chan string, 100), in: make(chan struct{}),
			}
			server := httptest.NewUnstartedServer(g)
			server.EnableHTTP2 = true
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.StartTLS()
			defer server.Close()
			visits(t, server.URL+"/", g.in, c.flags...)
			server.Close()
			close(g.pages)
			var said []string
			for p := range g.pages {
				said = append(said, p)
			}
			all := strings.Join(said, ", ")
			if strings.Count(all, "page ") != 1 || strings.Count(all, "first") != 1 || strings.Contains(all, "again") {
				t.Errorf("what happened is: %s", all)
			}
		})
	}
}
