package sheet

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"strings"

	"github.com/evenkeel/evenkeel/instrument/plot"
)

// Page is one page. All texts are in Lang.
type Page struct {
	Title string // the only h1, and the window's name
	Lang  string // of the document; "" is en
	Skip  string // the words of the link over the navigation; "" is English
	Brand string // "" is Evenkeel
	Nav   []Group
	Aside template.HTML // at the end of the header, such as who is signed in; or nothing
	Lead  template.HTML // over the title, such as the way back; or nothing
	Body  template.HTML
	Foot  string
	Style string // where the style sheet is; "" is StylePath
	// Tongues are the languages that the page can be had in; nil where it is in one only.
	Tongues []Tongue
	// Retell says the whole page in another language; nil leaves it as it is.
	Retell func(page string) string
	// Narrow is for pages that are read like a letter, or hold one small form.
	Narrow bool
}

// Group are places that belong together, under a name.
type Group struct {
	Name  string
	Links []Link
}

// Link is one place to go to.
type Link struct {
	Href string
	Text string
	Here bool // it is the page that is shown
}

// Tongue is a language that a page can be had in.
type Tongue struct {
	Tag  string
	Name string // in itself
	Href string
	Here bool // the page is in it
}

// Policy forbids scripts, frames and everything that another origin serves.
const Policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

//go:embed frame.html
var frameText string

//go:embed sheet.css
var sheetText string

// style is ours, and what makes plots follow it.
var style = []byte(sheetText + "\n" + plot.Style)

var frame = template.Must(template.New("frame").Parse(frameText))

// StylePath is where pages expect Style. Its name changes with what it holds.
var StylePath = "/static/sheet-" + digest(style) + ".css"

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

// Style serves the style sheet. Its name changes with its content, so it is kept for a year.
func Style(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(style)
}

// Render writes a page. A page is somebody's own, so no cache keeps it.
func Render(w http.ResponseWriter, status int, p Page) {
	p.Lang, p.Brand, p.Skip, p.Style = cmp.Or(p.Lang, "en"), cmp.Or(p.Brand, "Evenkeel"), cmp.Or(p.Skip, "Skip to the content"), cmp.Or(p.Style, StylePath)
	var out strings.Builder
	if err := frame.Execute(&out, p); err != nil { // it is executed by a test; nothing in a Page can make it fail
		http.Error(w, "the page cannot be written", http.StatusInternalServerError)
		return
	}
	page := plainPage(out.String())
	if p.Retell != nil {
		page = p.Retell(page)
	}
	Secure(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(page))
}

// Secure sets the headers that every answer has. The referrer stays on this origin and is not
// left out: without one, browsers give no origin with a form either, and forms of other sites
// could not be told from ours.
func Secure(h http.Header) {
	h.Set("Content-Security-Policy", Policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// New returns a template set with the functions of this package.
func New(name string) *template.Template { return template.New(name).Funcs(funcs) }

// Fill executes a template for the body of a page.
func Fill(t *template.Template, name string, data any) (template.HTML, error) {
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, name, data); err != nil {
		return "", err
	}
	return template.HTML(out.String()), nil // html/template escaped it
}
