package visit

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Parts are what the tenant's side is made of.
type Parts struct {
	Links interface {
		// Open returns the claim of a token, or why it is not believed.
		Open(token string, now time.Time) (link.Claim, error)
	}
	Books docket.Reader
	Reach docket.Reached // who came while a case is open; nil: nothing is known of that
	Marks redact.Key     // what links say of whose they are (redact.Key.Contact); without it the names of contacts say it
	Acts  interface {
		// Do takes in what a tenant says. The same act told twice counts once.
		Do(ctx context.Context, a docket.Act) error
	}
	// Lang returns the language of a tenant's contact by BCP 47, or "". nil: none is known.
	Lang func(t evenkeel.TenantID, contact string) string
	// Ways are those to a tenant's data under a decision, by what was shown last. nil: nothing is known of them.
	Ways   func(d *evenkeel.Decision) Ways
	Sites  *Sites // what came to sites at the edge; nil: nothing is known of any
	Mail   bool   // somebody reads what is answered by mail
	Calls  bool   // somebody can be called: a channel is set
	Brand  string // the operator's name, as tenants know it; "" is Evenkeel
	Now    func() time.Time
	Random io.Reader // of what makes forms different from each other; nil: the system's
	Log    *slog.Logger
}

// Ways are the ways to a tenant's data, by what was shown last and not by what is declared. Zero: nothing was
// shown, and nothing that stands closes one.
type Ways struct {
	Open   []string        // console, export, backup, rescue: those that were shown to be open
	Shown  evenkeel.Moment // when; 0: never
	Unsure bool            // it has to be shown and is not: a person is called to look
}

// The bounds of what a visitor sends.
const (
	MaxBody  = 256 << 10
	MaxWords = 8000 // bytes of one text
)

// mostTyped is how many characters a browser lets be typed, as it counts them: of no script does
// a form then have more than MaxBody, as none takes more than nine bytes. A text of more than
// MaxWords comes back whole, with how much is too much; one that does not fit a form is lost.
const mostTyped = (MaxBody - 16<<10) / 9

const (
	actTakes  = 20 * time.Second
	mostBytes = 1 << 16 // of a page's plots: after so many no other is drawn
)

// server is the tenant's side.
type server struct {
	parts Parts
	style []byte
	turns *turns
}

// New returns the routes of the tenant's side. KindInvalid where a part is missing.
func New(p Parts) (http.Handler, error) {
	if p.Links == nil || p.Books == nil || p.Acts == nil || p.Now == nil || p.Log == nil {
		return nil, evenkeel.Invalid("the tenant's side: a part is missing; expected links, books, acts, a clock and a log")
	}
	if p.Random == nil {
		p.Random = rand.Reader
	}
	s := &server{parts: p, style: styleSheet(), turns: newTurns()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+stylePath(s.style), s.serveStyle)
	mux.HandleFunc("GET /t/{token}", s.opened(s.show))
	mux.HandleFunc("GET /t/{token}/sites", s.opened(s.showSites))
	mux.HandleFunc("GET /t/{$}", s.brokenLink)
	mux.HandleFunc("GET /t/{token}/{more...}", s.brokenLink) // whether the link opens anything or not
	mux.HandleFunc("POST /t/{token}/{more}", s.brokenLink)
	for _, k := range kinds {
		mux.HandleFunc("POST /t/{token}/"+k.String(), s.opened(func(w http.ResponseWriter, r *http.Request, v *visitor) { s.post(w, r, v, k) }))
		mux.HandleFunc("GET /t/{token}/"+k.String(), s.back)
	}
	return guarded(mux, p.Brand), nil
}

// guarded sets what every answer has, and refuses forms of other sites.
//
// No page tells another where the visitor came from, as the address is what opens it. Browsers
// then send "null" for the origin of a form too; those that say nothing else (Sec-Fetch-Site came
// late to some, and is sent over TLS only) could not speak at all. They may: who knows the address
// may speak, and there is no cookie that another site could borrow.
func guarded(next http.Handler, brand string) http.Handler {
	var cross http.CrossOriginProtection
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		write(w, http.StatusForbidden, brand, bothPages(func(t *texts) (string, string) { return t.ForeignTitle, t.Foreign }, r))
	}))
	inner := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" {
			r = r.Clone(r.Context())
			r.Header.Del("Origin")
		}
		inner.ServeHTTP(w, r)
	})
}

func secure(h http.Header) {
	sheet.Secure(h)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	h.Set("Vary", "Accept-Language")
}

// write writes a page with our headers, where the sheet has others.
func write(w http.ResponseWriter, status int, brand string, p sheet.Page) {
	p.Brand, p.Style, p.Narrow = brand, stylePath(styleSheet()), true
	sheet.Render(stricter{w}, status, p)
}

// stricter puts our headers over those of the sheet.
type stricter struct{ http.ResponseWriter }

func (s stricter) WriteHeader(status int) {
	secure(s.Header())
	s.ResponseWriter.WriteHeader(status)
}

// opened lets a request pass whose link opens something; whatever shows or takes anything in goes through it.
func (s *server) opened(next func(http.ResponseWriter, *http.Request, *visitor)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := s.visitor(r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		next(w, r, v)
	}
}

// show shows the page of a link, and changes nothing.
func (s *server) show(w http.ResponseWriter, r *http.Request, v *visitor) {
	s.page(w, r, v, http.StatusOK, form{})
}

// back leads from where a form was sent to the page: a phone that opens its last page again
// asks for that address.
func (s *server) back(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/t/"+r.PathValue("token")+langQuery(r), http.StatusSeeOther)
}
