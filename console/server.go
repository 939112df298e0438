package console

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// maxBody is how many bytes a form may have. What its fields can hold fits in it in any script:
// a letter of three bytes has nine once it is percent-encoded.
const maxBody = 256 << 10

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(sheet.New("pages").Funcs(template.FuncMap{"digest": digest, "spoken": spoken, "outcome": outcomeWord}).ParseFS(pageFiles, "pages/*.html"))

// Server shows pages and takes forms.
type Server struct {
	parts  Parts
	mux    *http.ServeMux
	guard  *http.CrossOriginProtection
	routes []route
	goesOn time.Duration // goesOnFor, but in tests
}

// New returns a console. KindInvalid where a part is missing or wrong.
func New(p Parts) (*Server, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	s := &Server{parts: p, mux: http.NewServeMux(), guard: http.NewCrossOriginProtection(), goesOn: goesOnFor}
	s.routes = s.table()
	for i := range s.routes {
		if !s.routes[i].whom.declared() {
			return nil, &evenkeel.Error{Says: "the route " + s.routes[i].pattern + " does not say whom it is for"}
		}
		s.mux.Handle(s.routes[i].pattern, s.serve(&s.routes[i]))
	}
	s.mux.HandleFunc("GET "+sheet.StylePath, sheet.Style)
	s.mux.HandleFunc("/", s.nowhere)
	return s, nil
}

// Handler returns the console's pages. It is meant to stand at the root of its origin.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sheet.Secure(w.Header())
		s.keepTongue(w, r)
		if err := s.guard.Check(r); err != nil {
			s.trouble(w, r, nil, http.StatusForbidden, &evenkeel.Error{
				Kind: evenkeel.KindDenied, Says: "this form was sent by another site",
				Hint: "open the page here and send the form from it; nothing was changed", Err: err,
			})
			return
		}
		s.mux.ServeHTTP(w, r)
	})
}

// home is the pattern of the first page.
const home = "GET /{$}"

// route is one thing that can be asked for.
type route struct {
	pattern string
	whom    who
	do      func(*visit) error
}

// table lists all that can be asked for.
func (s *Server) table() []route {
	return []route{
		{home, with(roll.SeeCases), s.docket},
		{"GET /case/{id}", with(roll.SeeCases), s.showCase},
		{"GET /case/{id}/letter/{of}", with(roll.SeeCases), s.letter},
		{"POST /case/{id}/act", with(roll.Decide), s.act},
		{"POST /case/{id}/confirm", with(roll.GrantFlags), s.confirm},
		{"POST /case/{id}/propose", with(roll.Decide), s.propose},
		{"POST /case/{id}/verdict", with(roll.Decide), s.verdict},
		{"POST /case/{id}/recuse", with(roll.Decide), s.recuse},
		{"POST /case/{id}/told", with(roll.Decide), s.tell},
		{"GET /flags", with(roll.SeeCases), s.flags},
		{"POST /flags/revoke", with(roll.GrantFlags), s.revoke},
		{"GET /held", with(roll.SeeCases), s.held},
		{"GET /unsent", with(roll.SeeCases), s.unsent},
		{"GET /switches", with(roll.SeeCases), s.switches},
		{"POST /switches/pull", with(roll.Decide), s.pull},
		{"POST /switches/release", with(roll.Decide), s.release},
		{"POST /switches/reset", with(roll.Steer), s.reset},
		{"POST /switches/accept", with(roll.Steer), s.accept},
		{"GET /switches/undo", with(roll.Steer), s.showUndo},
		{"POST /switches/undo", with(roll.Steer), s.undo},
		{"GET /oncall", with(roll.SeeCases), s.onCall},
		{"GET /audits", with(roll.SeeCases), s.lots},
		{"GET /audits/{id}", with(roll.SeeCases), s.showLot},
		{"POST /audits/{id}", with(roll.Decide), s.findByLot},
		{"GET /credits", with(roll.SeeCases), s.credits},
		{"POST /credits", with(roll.Steer), s.settle},
		{"GET /incidents", with(roll.SeeCases), s.incidents},
		{"GET /incidents/{id}", with(roll.SeeCases), s.showIncident},
		{"POST /incidents/{id}/send", with(roll.Decide), s.publish},
		{"POST /incidents/{id}/discard", with(roll.Decide), s.discard},
		{"GET /sites", with(roll.SeeCases), s.sites},
		{"GET /sites/of", with(roll.SeeCases), s.sitesOf},
		{"POST /sites/of", with(roll.Decide), s.stop},
		{"GET /rules", with(roll.SeeCases), s.rules},
		{"POST /rules/promote", with(roll.Steer), s.promote},
		{"GET /reporters", with(roll.SeeCases), s.reporters},
		{"GET /ways", with(roll.SeeCases), s.ways},
		{"GET /record", with(roll.SeeLedger), s.record},
		{"GET /record/{file}", with(roll.SeeLedger), s.recordFile},
		{"GET /ledger", with(roll.SeeLedger), s.ledger},
		{"GET /people", with(roll.SeeStaff), s.people},
		{"POST /people", with(roll.ManageStaff), s.invite},
		{"POST /people/expect", with(roll.ManageStaff), s.expect},
		{"POST /people/roles", with(roll.ManageStaff), s.appoint},
		{"POST /people/disable", with(roll.ManageStaff), s.disable},
		{"GET /enter", anybody, s.door},
		{"POST /enter", anybody, s.enter},
		{"GET /enter/{token}", anybody, s.showLink},
		{"POST /enter/{token}", anybody, s.enterByLink},
		{"GET /enter/with/{provider}", anybody, s.sendThere},
		{"GET /enter/with/{provider}/back", anybody, s.comeBack},
		{"POST /leave", anybody, s.leave},
		{"GET /enrol", newcomer, s.showEnrol},
		{"POST /enrol", newcomer, s.enrol},
		{"GET /enrol/with/{provider}", newcomer, s.sendToJoin},
	}
}

// visit is one request, who made it, and the form that came with it.
type visit struct {
	w    http.ResponseWriter
	r    *http.Request
	who  *Session // nil where nobody is signed in
	form form
	now  evenkeel.Moment
	two  *twoView     // of a form that was refused; nil where it is to be made
	tell *tellingForm // the same
	came *cameView    // the same
}

// ctx is the request's.
func (v *visit) ctx() context.Context { return v.r.Context() }

// serve lets a request pass to a route, or says why not.
func (s *Server) serve(to *route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &visit{w: w, r: r, now: evenkeel.MomentOf(s.parts.Now())}
		var err error
		if v.who, err = s.whose(r); err != nil {
			s.fail(v, err)
			return
		}
		switch {
		case to.whom == anybody:
		case v.who == nil:
			s.askIn(v)
			return
		case v.who.MustEnrol && to.whom != newcomer:
			http.Redirect(w, r, "/enrol", http.StatusSeeOther)
			return
		case to.pattern == home && !v.who.Person.May(roll.SeeCases) && v.who.Person.May(roll.SeeStaff):
			http.Redirect(w, r, "/people", http.StatusSeeOther)
			return
		}
		if err := to.whom.lets(v.who); err != nil {
			s.fail(v, err)
			return
		}
		if r.Method == http.MethodPost {
			if status, err := v.readForm(); err != nil {
				s.trouble(w, r, v.who, status, err)
				return
			}
		}
		if err := to.do(v); err != nil {
			s.fail(v, err)
		}
	}
}

// readForm reads the body, or says what is wrong with it and with which status.
func (v *visit) readForm() (status int, err error) {
	media, _, _ := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	if media != "application/x-www-form-urlencoded" {
		return http.StatusUnsupportedMediaType, evenkeel.Invalid("content type %.100q; expected a form, application/x-www-form-urlencoded", v.r.Header.Get("Content-Type"))
	}
	v.form, err = readForm(http.MaxBytesReader(v.w, v.r.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return http.StatusRequestEntityTooLarge, evenkeel.Invalid("the form is too long; expected at most %d bytes", maxBody)
	}
	return http.StatusBadRequest, err
}

// nowhere answers what no route is for.
func (s *Server) nowhere(w http.ResponseWriter, r *http.Request) {
	who, err := s.whose(r)
	if err != nil {
		who = nil
	}
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := s.mux.Handler(probe); pattern != "/" && pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 && !slices.Contains(allowed, r.Method) {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		s.trouble(w, r, who, http.StatusMethodNotAllowed, evenkeel.Invalid("%.20s is not for this page; expected %s", r.Method, strings.Join(allowed, " or ")))
		return
	}
	s.trouble(w, r, who, http.StatusNotFound, &evenkeel.Error{
		Kind: evenkeel.KindNotFound, Says: "there is no such page", Hint: "the docket lists all open cases, and with the filter the closed ones too",
	})
}

// show renders a page for who is signed in.
func (s *Server) show(v *visit, status int, p sheet.Page, name string, data any) error {
	body, err := sheet.Fill(pages, name, data)
	if err != nil {
		return err
	}
	return s.frame(v.w, v.r, v.who, status, p, body)
}

// frame puts a body into the frame of who is signed in.
func (s *Server) frame(w http.ResponseWriter, r *http.Request, who *Session, status int, p sheet.Page, body template.HTML) error {
	p.Body = body
	p.Foot = "As of " + evenkeel.MomentOf(s.parts.Now()).Time().Format("2006-01-02 15:04:05") + " UTC."
	if who != nil {
		p.Foot += " Every look at a case is written down."
		aside, err := sheet.Fill(pages, "who", who)
		if err != nil {
			return err
		}
		p.Aside = aside
		if !who.MustEnrol {
			p.Nav = nav(r.URL.Path, &who.Person)
		}
		if !who.Enrolled && !who.MustEnrol && r.URL.Path != "/enrol" {
			p.Lead = `<p class="note warn">You came in by a one-time link and have no password yet. <a href="/enrol">Enrol</a>, so that you can come in again.</p>` + p.Lead
		}
	}
	s.inTongue(r, &p)
	sheet.Render(w, status, p)
	return nil
}

// nav are the places that a person can go to, under what they are about. Where none of a group is for the
// person, the group is not there.
func nav(path string, p *Person) (groups []sheet.Group) {
	for _, g := range places {
		var links []sheet.Link
		for _, l := range g.links {
			if p.May(l.right) {
				links = append(links, sheet.Link{Href: l.href, Text: l.text, Here: l.href == path})
			}
		}
		if len(links) > 0 {
			groups = append(groups, sheet.Group{Name: g.name, Links: links})
		}
	}
	return groups
}

// destination is a page that the navigation leads to.
type destination struct {
	right      roll.Right
	href, text string
}

// places are all of them, in groups.
var places = []struct {
	name  string
	links []destination
}{
	{"Cases", []destination{{roll.SeeCases, "/", "Docket"}, {roll.SeeCases, "/flags", "Flags"}, {roll.SeeCases, "/audits", "By lot"}, {roll.SeeCases, "/held", "Whose is this?"}}},
	{"Machines", []destination{{roll.SeeCases, "/rules", "Rules"}, {roll.SeeCases, "/switches", "Switches"}, {roll.SeeCases, "/ways", "Ways to the data"}}},
	{"People", []destination{{roll.SeeCases, "/oncall", "On call"}, {roll.SeeStaff, "/people", "People"}}},
	{"Outside", []destination{{roll.SeeCases, "/reporters", "Reporters"}, {roll.SeeCases, "/credits", "Credits"}, {roll.SeeCases, "/sites", "Sites"}}},
	{"Record", []destination{{roll.SeeLedger, "/record", "Public record"}, {roll.SeeLedger, "/ledger", "Ledger"}}},
}
