package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Page says how those who are on call are reached.
type Page struct {
	Tenant    bool      `yaml:"tenant"`
	Networks  []Network `yaml:"networks"`
	Persons   []Callee  `yaml:"persons"`
	Heartbeat Heartbeat `yaml:"heartbeat"`
}

// Heartbeat says which watcher outside is told that all is well, and how often: one that calls somebody when it is
// not told any more.
type Heartbeat struct {
	URLFile string        `yaml:"url_file"` // empty: nobody is told
	Every   time.Duration `yaml:"every"`
}

// Spoken says why an address that is a secret of its file is never spoken to, or nil. It names its host alone.
func (p *Page) Spoken(u *url.URL) (err error) {
	spoken(u, p.Networks, func(format string, args ...any) { err = evenkeel.Invalid(format, args...) })
	return err
}

// Callee is a person, and by what it can be called.
type Callee struct {
	ID       string `yaml:"id,required"`
	Channels []Line `yaml:"channels,required"`
}

// Line is one way to call a person. Which keys it has depends on By.
type Line struct {
	By         string        `yaml:"by,required"`
	URL        string        `yaml:"url"`
	To         string        `yaml:"to"`
	TokenFile  string        `yaml:"token_file"`
	URLFile    string        `yaml:"url_file"`
	SecretFile string        `yaml:"secret_file"`
	Command    string        `yaml:"command"`
	Args       []string      `yaml:"args"`
	Within     time.Duration `yaml:"within"`
}

// The bounds of what can be written.
const (
	maxCallees = 100
	maxLines   = 8
	maxWithin  = 30 * time.Second // as courier/page has it

	minHeartbeat = 10 * time.Second
	maxHeartbeat = 10 * time.Minute // whoever is called later sleeps too long
)

// lineKeys are the keys of each kind of line: those that it needs, and those that it may have.
var lineKeys = map[string]struct{ needs, may []string }{
	"mail":    {[]string{"to"}, nil},
	"ntfy":    {[]string{"url", "to"}, []string{"token_file"}},
	"slack":   {[]string{"url_file"}, nil},
	"matrix":  {[]string{"url", "to", "token_file"}, nil},
	"webhook": {[]string{"url", "secret_file"}, nil},
	"command": {[]string{"command"}, []string{"args", "within"}},
}

var lineKinds = []string{"mail", "ntfy", "slack", "matrix", "webhook", "command"}

// given are the keys that are set.
func (l *Line) given() (keys []string) {
	for _, k := range []struct {
		key string
		set bool
	}{
		{"url", l.URL != ""}, {"to", l.To != ""}, {"token_file", l.TokenFile != ""}, {"url_file", l.URLFile != ""},
		{"secret_file", l.SecretFile != ""}, {"command", l.Command != ""}, {"args", len(l.Args) > 0}, {"within", l.Within != 0},
	} {
		if k.set {
			keys = append(keys, k.key)
		}
	}
	return keys
}

// lines are all lines, each with its key in the document.
func (p *Page) lines() (all []*Line, keys []string) {
	for i := range p.Persons {
		for j := range p.Persons[i].Channels {
			all = append(all, &p.Persons[i].Channels[j])
			keys = append(keys, fmt.Sprintf("page.persons.%s.channels.%d", p.Persons[i].ID, j+1))
		}
	}
	return all, keys
}

func (p *Page) secretFiles() (all []File) {
	lines, keys := p.lines()
	for i, l := range lines {
		all = append(all, File{keys[i] + ".token_file", l.TokenFile}, File{keys[i] + ".url_file", l.URLFile}, File{keys[i] + ".secret_file", l.SecretFile})
	}
	return append(all, File{"page.heartbeat.url_file", p.Heartbeat.URLFile})
}

// check refuses what could call nobody.
func (p *Page) check(m *Mail, fault func(key, format string, args ...any)) {
	seen := map[string]bool{}
	if len(p.Persons) > maxCallees {
		fault("page.persons", "there are %d; expected at most %d", len(p.Persons), maxCallees)
	}
	for i := range p.Persons {
		c := &p.Persons[i]
		if err := evenkeel.CheckID("page.persons: a person", c.ID); err != nil {
			fault("page.persons", "%v", err)
		}
		if seen[c.ID] {
			fault("page.persons."+c.ID, "the person stands here twice; expected all channels together")
		}
		seen[c.ID] = true
		if n := len(c.Channels); n == 0 || n > maxLines {
			fault("page.persons."+c.ID+".channels", "there are %d; expected 1 to %d", n, maxLines)
		}
	}
	if every := p.Heartbeat.Every; every < minHeartbeat || every > maxHeartbeat {
		fault("page.heartbeat.every", "%s; expected %s to %s", every, minHeartbeat, maxHeartbeat)
	}
	lines, keys := p.lines()
	for i, l := range lines {
		l.check(keys[i], p.Networks, fault)
		if l.By == "mail" && m.Server == "" {
			fault(keys[i], "courier.mail.server is empty, so a page by mail would reach nobody")
		}
	}
}

// check refuses a line that lacks something, or says something that is not for it.
func (l *Line) check(key string, networks []Network, fault func(key, format string, args ...any)) {
	of, known := lineKeys[l.By]
	if !known {
		fault(key+".by", "%.80q; expected one of %s%s", l.By, strings.Join(lineKinds, ", "), meant(l.By, lineKinds))
		return
	}
	given := l.given()
	for _, k := range of.needs {
		if !slices.Contains(given, k) {
			fault(key+"."+k, "it is empty; %s needs %s", l.By, strings.Join(of.needs, ", "))
		}
	}
	for _, k := range given {
		if !slices.Contains(of.needs, k) && !slices.Contains(of.may, k) {
			fault(key+"."+k, "%s has no such key; expected %s", l.By, strings.Join(slices.Concat(of.needs, of.may), ", "))
		}
	}
	if l.URL != "" {
		u, err := url.Parse(l.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
			fault(key+".url", "it is no address; expected such as https://receiver.example.net") // a path may hold a token
		} else {
			spoken(u, networks, func(format string, args ...any) { fault(key+".url", format, args...) })
		}
	}
	if l.Command != "" && !filepath.IsAbs(l.Command) {
		fault(key+".command", "%.200q; expected the whole path of a program", l.Command)
	}
	if l.Within != 0 && (l.Within < time.Second || l.Within > maxWithin) {
		fault(key+".within", "%v; expected 1s to %v", l.Within, maxWithin)
	}
}
