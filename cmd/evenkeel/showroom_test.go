package main

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/console/consoletest"
)

// maxShown is how many pages of a console are looked at; the film's has fewer.
const maxShown = 80

// The console of the film, with what rules, policy and judge wrote: every page that a link leads to is
// in nobody's way, at night on a phone.
func TestNothingIsInTheWayInTheConsoleOfTheFilm(t *testing.T) {
	tab, dir := consoletest.Open(t), t.TempDir()
	p, _, _ := inMemory(nil)
	if err := (&demoCmd{Speed: 1, NoWait: true, Keep: dir}).play(t.Context(), p, filmOf(t), nil); err != nil {
		t.Fatal(err)
	}
	policies, err := choosePolicies(nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	room := app.Showroom{
		Dir: dir, Listen: "127.0.0.1:0", Policies: policies, Shown: func() time.Time { return facts[len(facts)-1].at.Time() }, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	link, wait, err := room.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		if err := wait(); err != nil {
			t.Error(err)
		}
	}()
	tab.Show(t, link)
	tab.Press(t, "main form button")
	at, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	todo, seen, cases := []string{"http://" + at.Host + "/?closed=1"}, map[string]bool{}, 0
	for ; len(todo) > 0; todo = todo[1:] {
		if seen[todo[0]] || strings.Contains(todo[0], "/enter") || strings.Contains(todo[0], "/record/") || strings.Contains(todo[0], "lang=") { // each in both languages is looked at in package console
			continue
		}
		if seen[todo[0]] = true; len(seen) > maxShown {
			t.Fatalf("more than %d pages", maxShown)
		}
		path := strings.TrimPrefix(todo[0], "http://"+at.Host)
		if strings.HasPrefix(path, "/case/") {
			cases++
		}
		t.Run(path, func(t *testing.T) {
			tab.Look(t, todo[0])
			todo = append(todo, tab.Links(t)...)
		})
	}
	if len(seen) < 8 || cases == 0 {
		t.Errorf("%d pages were looked at, %d of them of cases", len(seen), cases)
	}
}
