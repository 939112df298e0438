package app

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/courier/page"
	"github.com/evenkeel/evenkeel/staff/rota"
)

// onCall is what the judge asks of a rota.
var _ interface {
	OnCall(level int, at evenkeel.Moment) []evenkeel.PersonID
	Lead(at evenkeel.Moment) []evenkeel.PersonID
	Staffed(at evenkeel.Moment) bool
} = (*rota.Rota)(nil)

const soleRota = "rota: r\nversion: 1\nzone: UTC\npersons: [{id: ada, hours: [{days: mon, from: \"09:00\", until: \"10:00\"}]}]\nlevels: [{person: ada}]\nlead: {person: ada}\n"

func TestARotaAndItsChannelsAreCheckedBeforeTheyAreNeeded(t *testing.T) {
	for _, c := range []struct {
		name         string
		change       func(c *config.Document, write func(name, text string) string)
		fault, warns string
	}{
		{"a rota that is not there", func(c *config.Document, _ func(string, string) string) { c.Rota = "nowhere.yaml" }, "rota: read nowhere.yaml", ""},
		{"a rota that cannot be read", func(c *config.Document, write func(string, string) string) { c.Rota = write("r.yaml", "rota: r\n") }, `the key "persons" is missing`, ""},
		{"a rota that is too long", func(c *config.Document, write func(string, string) string) {
			c.Rota = write("r.yaml", strings.Repeat("#", rota.MaxDocument+1))
		}, "the limit is", ""},
		{"gaps, of which the first are told", func(c *config.Document, write func(string, string) string) { c.Rota = write("r.yaml", soleRota) }, "", "rota: nobody is on call at level 1 from "},
		{"and how many there are", func(c *config.Document, write func(string, string) string) { c.Rota = write("r.yaml", soleRota) }, "", " more: evenkeel rota check --file "},
		{"a person whom nothing reaches", func(c *config.Document, write func(string, string) string) { c.Rota = write("r.yaml", soleRota) }, "", "ada stands in "},
		{"channels and no rota", func(c *config.Document, _ func(string, string) string) {
			c.Page.Persons = []config.Callee{{ID: "ada", Channels: []config.Line{{By: "command", Command: "/bin/true"}}}}
		}, "", "page.persons: nobody is on call, because rota names no file"},
		{"a program that is not there", func(c *config.Document, _ func(string, string) string) {
			c.Page.Persons = []config.Callee{{ID: "ada", Channels: []config.Line{{By: "command", Command: "/nowhere/at-all"}}}}
		}, "", "page.persons.ada.channels.1.command: look at /nowhere/at-all"},
		{"a program that cannot be run", func(c *config.Document, write func(string, string) string) {
			c.Page.Persons = []config.Callee{{ID: "ada", Channels: []config.Line{{By: "command", Command: write("page-me", "")}}}}
		}, "", "cannot be run"},
		{"a token that is not there", func(c *config.Document, _ func(string, string) string) {
			c.Page.Persons = []config.Callee{{ID: "ada", Channels: []config.Line{{By: "slack", URLFile: "nowhere"}}}}
		}, "page.persons.ada.channels.1: read a secret for pages", ""},
		{"a room that is none", func(c *config.Document, write func(string, string) string) {
			c.Page.Persons = []config.Callee{{ID: "ada", Channels: []config.Line{{By: "matrix", URL: "https://m.example.net", To: "#alias", TokenFile: write("tok", "t")}}}}
		}, "page.persons.ada.channels.1: the room of Matrix", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, write := checkParts(t)
			c.change(&p.Config, write)
			warnings, err := Check(&p)
			if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%v; expected %q", err, c.fault)
			}
			if !strings.Contains(strings.Join(warnings, "\n"), c.warns) || len(warnings) > 8 {
				t.Errorf("%q; expected %q", warnings, c.warns)
			}
		})
	}
}

// TestPagesGoWhereTheyMay: to this machine only where its network is set, and nowhere else than
// to the address that is set.
func TestPagesGoWhereTheyMay(t *testing.T) {
	var asked, led atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			led.Add(1)
			return
		}
		if asked.Add(1) == 2 {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"id": "m1"})
	}))
	t.Cleanup(srv.Close)
	c := config.Default()
	c.Page.Persons = []config.Callee{{ID: "ada", Channels: []config.Line{{By: "ntfy", URL: srv.URL, To: "topic"}}}}
	call := page.Call{ID: "p-1", Case: "c-1", Level: 1, At: evenkeel.MomentOf(time.Date(2026, 3, 4, 8, 47, 0, 0, time.UTC)), Why: "Somebody waits."}
	p := page.For(&call, "ada")
	send := func() error {
		t.Helper()
		book, err := bookOf(&c, func() evenkeel.Moment { return call.At })
		if err != nil || len(book["ada"]) != 1 {
			t.Fatalf("%v, %v", book, err)
		}
		_, err = book["ada"][0].Send(t.Context(), &p)
		return err
	}
	if err := send(); err == nil || !strings.Contains(err.Error(), "127.0.0.1 is not a public address") || asked.Load() != 0 || evenkeel.HintOf(err) == "" {
		t.Errorf("asked %d times: %v", asked.Load(), err)
	}
	c.Page.Networks = []config.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}
	if err := send(); err != nil || asked.Load() != 1 {
		t.Errorf("asked %d times: %v", asked.Load(), err)
	}
	if err := send(); err == nil || !strings.Contains(err.Error(), "307") || led.Load() != 0 {
		t.Errorf("led on %d times: %v", led.Load(), err)
	}
}

// TestPagesAreNotSentToWhoeverCannotShowWhoItIs: certificates are verified.
func TestPagesAreNotSentToWhoeverCannotShowWhoItIs(t *testing.T) {
	var asked atomic.Int32
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(srv.Close)
	c := config.Default()
	c.Page.Networks = []config.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}
	c.Page.Persons = []config.Callee{{ID: "ada", Channels: []config.Line{{By: "ntfy", URL: srv.URL, To: "topic"}}}}
	book, err := bookOf(&c, func() evenkeel.Moment { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	p := page.Page{ID: "pg-1", Title: "t", Why: "w"}
	if _, err := book["ada"][0].Send(t.Context(), &p); err == nil || !strings.Contains(err.Error(), "certificate") || asked.Load() != 0 {
		t.Errorf("asked %d times: %v", asked.Load(), err)
	}
}
