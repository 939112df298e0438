package page

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

// ID names a call: the same however often it is sent.
type ID string

// Call is that somebody has to look at a case.
type Call struct {
	ID      ID
	Case    evenkeel.CaseID // "" where it is about none
	Level   int             // of the escalation, from 1; 0: those who lead
	At      evenkeel.Moment
	Tenant  evenkeel.TenantID   // "" where a page must not say whose case it is
	Why     string              // a sentence
	Link    string              // to the case in the console
	Persons []evenkeel.PersonID // who is on call; none: it goes to those who lead at once
	Lead    []evenkeel.PersonID // who is called where none of them can be reached
}

// Page is a call for one person, as a channel sends it: each text is one line, bounded, and
// holds nothing that steers what shows it.
type Page struct {
	ID    string // pg- and hex digits: of the call and the person
	Case  evenkeel.CaseID
	Level int
	At    evenkeel.Moment
	Title string // case and level, and whose case it is where that may be said
	Why   string
	Link  string // "" where there is none
}

// The longest texts of a page in bytes.
const (
	maxWhy   = 600
	maxTitle = 200
	maxLink  = 1000
)

// fraction is what a time has below the second, which nobody who is called needs.
var fraction = regexp.MustCompile(`(\dT\d\d:\d\d:\d\d)\.\d+Z`)

// For is a call for one person. What it says is bounded and made safe to show.
func For(c *Call, to evenkeel.PersonID) Page {
	sum := sha256.Sum256([]byte("evenkeel page 1\n" + string(c.ID) + "\n" + string(to)))
	title := "Case " + string(c.Case)
	if c.Case == "" {
		title = "Evenkeel"
	}
	if c.Tenant != "" {
		title += " of " + string(c.Tenant)
	}
	title += ": level " + strconv.Itoa(c.Level)
	if c.Level == 0 {
		title = strings.TrimSuffix(title, "level 0") + "for whoever leads"
	}
	p := Page{
		ID: "pg-" + hex.EncodeToString(sum[:16]), Case: c.Case, Level: c.Level, At: c.At,
		Title: said(title, maxTitle), Why: said(fraction.ReplaceAllString(c.Why, "${1}Z"), maxWhy), Link: c.Link,
	}
	if p.Why == "" {
		p.Why = "Somebody has to look at it."
	}
	if len(p.Link) > maxLink || strings.ContainsFunc(p.Link, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		p.Link = ""
	}
	return p
}

// because is why and since when.
func (p *Page) because() string {
	return p.Why + "\nSince " + p.At.Time().Format("2006-01-02 15:04 UTC")
}

// Text is the page but for its title in one piece, for channels that have no parts.
func (p *Page) Text() string {
	if p.Link == "" {
		return p.because()
	}
	return p.because() + "\n" + p.Link
}

// said is one line of what others said: bounded, without addresses, and without characters that
// steer a terminal or turn the direction of what follows.
func said(s string, most int) string {
	s = strings.ToValidUTF8(s[:min(len(s), 4*most)], "\uFFFD")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
	s = redact.Addresses(strings.Join(strings.Fields(s), " "))
	if len(s) <= most {
		return s
	}
	i := most - len("…")
	for i > 0 && s[i]&0xC0 == 0x80 { // between two runes
		i--
	}
	return s[:i] + "…"
}
