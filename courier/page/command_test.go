//go:build unix

package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/courier/page"
	"github.com/evenkeel/evenkeel/courier/page/pagetest"
)

// script writes a program for sh; $DIR is a folder of its own.
func script(t *testing.T, lines string) (path, dir string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, "page-me")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nDIR="+dir+"\n"+lines+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path, dir
}

func command(t *testing.T, within time.Duration, lines string, args ...string) (c *page.Command, dir string) {
	t.Helper()
	path, dir := script(t, lines)
	c, err := page.NewCommand(path, args, within)
	if err != nil {
		t.Fatal(err)
	}
	return c, dir
}

func TestCommand(t *testing.T) {
	pagetest.RunChannel(t, func(t *testing.T) pagetest.Bench {
		c, dir := command(t, 10*time.Second, `
[ -e "$DIR/refuse" ] && { echo "no modem, said ada@example.net" >&2; exit 3; }
[ -e "$DIR/hang" ] && exec sleep 60
cat >"$DIR/$$.json.part" && mv "$DIR/$$.json.part" "$DIR/$$.json" && echo called`)
		touch := func(name string) func() {
			return func() {
				if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
					t.Error(err)
				}
			}
		}
		return pagetest.Bench{Channel: c, Refuse: touch("refuse"), Hang: touch("hang"), Secrets: []string{"ada@"}, Shown: func() (all []string) {
			names, err := filepath.Glob(filepath.Join(dir, "*.json"))
			if err != nil {
				t.Error(err)
			}
			for _, n := range names {
				text, err := os.ReadFile(n)
				var b pageBody
				if err == nil {
					err = strictly(text, &b)
				}
				if err != nil || b.Type != page.Type {
					t.Errorf("%v: %s", err, text)
				}
				all = append(all, b.shown())
			}
			return all
		}}
	})
}

// TestACommandHasItsArgumentsAndNothingOfOurs: no shell reads them, and no secret of ours is in
// its environment.
func TestACommandHasItsArgumentsAndNothingOfOurs(t *testing.T) {
	t.Setenv("EVENKEEL_SECRET", "geheim")
	c, dir := command(t, 10*time.Second, `printf '%s\n' "$@" >"$DIR/args"; env >"$DIR/env"; pwd >"$DIR/pwd"; cat >/dev/null`, "--to", "$(touch pwned); `id`", "a b")
	call := pagetest.CallOf("1", "ada")
	p := page.For(&call, "ada")
	if _, err := c.Send(t.Context(), &p); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got := read("args"); got != "--to\n$(touch pwned); `id`\na b\n" {
		t.Errorf("its arguments are %q", got)
	}
	for line := range strings.Lines(read("env")) {
		name, _, _ := strings.Cut(line, "=")
		if !slices.Contains([]string{"PATH", "LANG", "PWD", "OLDPWD", "SHLVL", "_"}, name) {
			t.Errorf("its environment has %s", line)
		}
	}
	if read("pwd") != "/\n" {
		t.Errorf("it runs in %s", read("pwd"))
	}
}

// TestACommandIsKilledWithItsChildren, at its deadline and when it has ended before them.
func TestACommandIsKilledWithItsChildren(t *testing.T) {
	for _, c := range []struct {
		name, lines, says string
	}{
		{"one that takes too long", `sleep 600 & echo $! >"$DIR/child"; wait`, "it was not done within 1s, and was killed"},
		{"one that takes no notice of being asked to end", `trap '' TERM INT HUP; sleep 600 & echo $! >"$DIR/child"; while :; do sleep 1; done`, "was killed"},
		{"one that leaves a child which holds on to its output", `sleep 600 & echo $! >"$DIR/child"; exit 0`, "held on to its output"},
		{"one that leaves a child which holds on to nothing", `sleep 600 >/dev/null 2>&1 </dev/null & echo $! >"$DIR/child"; exit 0`, ""},
		{"one that writes without end", `echo $$ >"$DIR/child"; exec yes`, "was killed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd, dir := command(t, time.Second, c.lines)
			call := pagetest.CallOf("1", "ada")
			p := page.For(&call, "ada")
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			_, err := cmd.Send(ctx, &p)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; expected %q", err, c.says)
			}
			text, err := os.ReadFile(filepath.Join(dir, "child"))
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			gone(t, pid)
		})
	}
}

// gone waits until a process has ended; one that nobody has buried yet has ended too.
func gone(t *testing.T, pid int) {
	t.Helper()
	tick, late := time.NewTicker(5*time.Millisecond), time.NewTimer(20*time.Second)
	defer tick.Stop()
	defer late.Stop()
	for {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if syscall.Kill(pid, 0) != nil || err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("process %d is still there", pid)
		}
	}
}

func TestACommandThatReadsNothingAndFailsIsToldWithItsFirstWords(t *testing.T) {
	c, _ := command(t, 10*time.Second, `echo "the line is dead" >&2; exit 7`)
	call := pagetest.CallOf("1", "ada")
	p := page.For(&call, "ada")
	if _, err := c.Send(t.Context(), &p); err == nil || !strings.HasSuffix(err.Error(), "it exited with 7: the line is dead") {
		t.Error(err)
	}
	missing, err := page.NewCommand("/nowhere/at-all", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := missing.Send(t.Context(), &p); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
	if _, err := json.Marshal(p); err != nil {
		t.Error(err)
	}
}
