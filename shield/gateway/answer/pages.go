package answer

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"text/template"

	"github.com/evenkeel/evenkeel/instrument/challenge"
)

//go:embed page
var source embed.FS

// MostPage is the size of the largest page in bytes, before it is compressed.
const MostPage = 16 << 10

// pageKind is a page as it stands in the folder page.
type pageKind uint8

const (
	pageChallenge pageKind = iota
	pageCookie
	pageCookieless
	pageWaiting
	pageUnsent
	pageRefusal
	pageMaintenance
	pageUnknown

	pageKinds
)

var pageNames = [pageKinds]string{"challenge", "cookie", "cookieless", "waiting", "unsent", "refusal", "maintenance", "unknown"}

// The holes of pages.
const (
	holeHost hole = iota + 1
	holeWork
	holeBits
	holeWait
	holeSeconds
	holeContinues
	holeReturn
	holeQuery
	holePlace
	holeTime
	holeStays
	holeReason
	holeRay
	holeUntil
	holeTitle
	holeFacts
	holeWords
)

var holeNames = map[string]hole{
	"host": holeHost, "work": holeWork, "bits": holeBits, "wait": holeWait, "seconds": holeSeconds, "continues": holeContinues,
	"return": holeReturn, "query": holeQuery, "place": holePlace, "time": holeTime, "stays": holeStays, "reason": holeReason, "ray": holeRay,
	"until": holeUntil, "title": holeTitle, "facts": holeFacts, "words": holeWords,
}

// Pages are all answers of one operator, ready to be filled. They may be used by any number of goroutines. Make them with New.
type Pages struct {
	settings   Settings
	script     [2]Answer // by whether it is compressed
	scriptPath string
	answerPath string

	molds   [pageKinds][Langs]*mold
	heads   [pageKinds][Langs][2][]field // of pages, by whether they are compressed
	plain   [readers][Langs][]field      // of what is no page
	briefs  [codes][Langs]brief
	unknown [Langs][2][]byte
}

// New makes the pages of an operator.
func New(s Settings) (*Pages, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("make the pages: %w", err)
	}
	p := &Pages{settings: s, answerPath: s.Base + "answer"}
	if err := p.makeScript(); err != nil {
		return nil, fmt.Errorf("make the script of the pages: %w", err)
	}
	style, err := source.ReadFile("page/style.css")
	if err != nil {
		return nil, fmt.Errorf("make the pages: %w", err)
	}
	sum := sha256.Sum256(style)
	x, err := newPress()
	if err != nil {
		return nil, err
	}
	for l := range Lang(Langs) {
		for kind := range pageKinds {
			text, err := p.write(kind, l, string(style))
			if err != nil {
				return nil, fmt.Errorf("make the page %s in %s: %w", pageNames[kind], l, err)
			}
			if p.molds[kind][l], err = x.mold(text); err != nil {
				return nil, err
			}
			policy := policyOf(kind, base64.StdEncoding.EncodeToString(sum[:]))
			for packed := range 2 {
				p.heads[kind][l][packed] = fieldsOf("text/html; charset=utf-8", policy, l, packed == 1)
			}
		}
		p.plain[Program][l] = fieldsOf("application/problem+json", nothing, l, false)
		p.plain[Text][l] = fieldsOf("text/plain; charset=utf-8", nothing, l, false)
		if err := p.makeBriefs(x, l); err != nil {
			return nil, err
		}
		for packed := range 2 {
			p.unknown[l][packed] = p.molds[pageUnknown][l].render(nil, packed == 1, nil)
		}
	}
	return p, nil
}

// makeScript puts the work of challenges and what tells of it into one file, whose name says which it is.
func (p *Pages) makeScript() error {
	status, err := source.ReadFile("page/status.js")
	if err != nil {
		return err
	}
	text := append(append([]byte(nil), status...), challenge.Script...)
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err = w.Write(text); err != nil {
		return err
	}
	if err = w.Close(); err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	p.scriptPath = p.settings.Base + "work-" + hex.EncodeToString(sum[:6]) + ".js"
	fields := []field{
		{"Content-Type", one("text/javascript; charset=utf-8")}, {"Cache-Control", one("public, max-age=31536000, immutable")},
		{"Vary", one("Accept-Encoding")}, {"X-Content-Type-Options", one("nosniff")}, {"Cross-Origin-Resource-Policy", one("same-origin")},
	}
	p.script[0] = Answer{Status: 200, Body: text, fields: fields}
	p.script[1] = Answer{Status: 200, Body: b.Bytes(), fields: append(fields[:len(fields):len(fields)], field{"Content-Encoding", one("gzip")})}
	return nil
}

// write returns the text of a page, with its holes marked.
func (p *Pages) write(kind pageKind, l Lang, style string) (string, error) {
	t, err := template.New("").Funcs(template.FuncMap{
		"say":    func(name string) (string, error) { return say(name, l) },
		"before": func(name string) (string, error) { return part(name, l, true) },
		"behind": func(name string) (string, error) { return part(name, l, false) },
		"hole": func(name string) (string, error) {
			h, ok := holeNames[name]
			if !ok {
				return "", fmt.Errorf("there is no hole %q", name)
			}
			return string([]byte{mark, byte(h)}), nil
		},
	}).ParseFS(source, "page/*.html")
	if err != nil {
		return "", err
	}
	form := p.settings.Form
	if form != "" {
		sign := "?"
		if strings.Contains(form, "?") {
			sign = "&"
		}
		form = string(appendHTML(nil, form+sign+"ray="))
	}
	data := map[string]any{
		"Lang": l.String(), "Page": pageNames[kind], "Style": style, "Operator": string(appendHTML(nil, p.settings.Operator)),
		"Contact": p.settings.reached(), "Form": form, "Answer": p.AnswerPath(), "Script": p.scriptPath,
	}
	var b strings.Builder
	for _, part := range []string{"head", "body"} {
		b.Reset()
		if err := t.ExecuteTemplate(&b, pageNames[kind]+" "+part, data); err != nil {
			return "", err
		}
		data[part] = b.String()
	}
	b.Reset()
	err = t.ExecuteTemplate(&b, "shell.html", data)
	return strings.TrimSpace(b.String()) + "\n", err
}

// nothing is the policy of what is no page.
const nothing = "default-src 'none'; frame-ancestors 'none'; sandbox"

// policyOf returns the Content-Security-Policy of a page: its own style by its hash, and only where it asks for work, a script of the
// same site and a form to it.
func policyOf(kind pageKind, style string) string {
	s := "default-src 'none'; style-src 'sha256-" + style + "'; img-src data:; base-uri 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'; "
	switch kind {
	case pageChallenge:
		return s + "script-src 'self'; form-action 'self'"
	case pageCookie:
		return s + "form-action 'self'"
	}
	return s + "form-action 'none'"
}

// fieldsOf returns the fields of all answers of a kind. None of them is kept anywhere, because all depend on the hour and on who
// asks; Vary says on what, for caches that keep them nevertheless.
func fieldsOf(kind, policy string, l Lang, packed bool) []field {
	all := []field{
		{"Content-Type", one(kind)}, {"Content-Language", one(l.String())}, {"Content-Security-Policy", one(policy)},
		{"Cache-Control", one("no-store")}, {"Referrer-Policy", one("same-origin")}, {"X-Content-Type-Options", one("nosniff")},
		{"Vary", one("Accept, Accept-Encoding, Accept-Language, Authorization, Cookie, Sec-Fetch-Dest, X-Requested-With")},
	}
	if packed {
		all = append(all, field{"Content-Encoding", one("gzip")})
	}
	return all[:len(all):len(all)]
}

// AnswerPath is where forms and refreshes of these pages bring token, nonce and to.
func (p *Pages) AnswerPath() string { return p.answerPath }

// ScriptPath is where the script lies. Its name changes with what it does, so that it may be kept for ever.
func (p *Pages) ScriptPath() string { return p.scriptPath }

// Script is what lies there.
func (p *Pages) Script(takesGzip bool) Answer {
	if takesGzip {
		return p.script[1]
	}
	return p.script[0]
}

// page fills a page.
func (p *Pages) page(dst []byte, kind pageKind, status int, v *Visitor, fill func([]byte, hole) []byte) Answer {
	l := v.lang()
	at := len(dst)
	dst = p.molds[kind][l].render(dst, v.Gzip, fill)
	return Answer{Status: status, Body: dst[at:], fields: p.heads[kind][l][bit(v.Gzip)]}
}

func (v *Visitor) lang() Lang {
	if v.Lang >= Langs {
		return English
	}
	return v.Lang
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
