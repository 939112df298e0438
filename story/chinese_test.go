package story

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/judge/availability"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/staff/rota"
	"github.com/evenkeel/evenkeel/store/memory"
)

// shownBooks are books as a console asks for them.
type shownBooks interface {
	docket.Reached
	docket.Pages
	docket.Boards
	docket.Stands
	docket.Calls
	docket.Lessons
	docket.Promotions
}

// reader is a console over the books of a story, at which somebody who reads Chinese looks. Nothing
// is done in it.
type reader struct {
	p *player
	b shownBooks
	console.Door
	console.Roster
	console.Acts
}

func (r *reader) Whose(context.Context, string) (console.Session, error) {
	return console.Session{Person: console.Person{ID: "reader", Roles: []console.Role{console.RoleLead}}, Until: 1<<63 - 1, Enrolled: true}, nil
}
func (r *reader) Providers() []console.Provider                                  { return nil }
func (r *reader) Look(context.Context, evenkeel.CaseID, evenkeel.PersonID) error { return nil }
func (r *reader) Persons(context.Context) ([]console.Person, error)              { return nil, nil }
func (r *reader) Undo(context.Context, docket.Act) (docket.Tally, error)         { return docket.Tally{}, nil }
func (r *reader) Rates() console.Rates                                           { return console.Rates{} }
func (r *reader) Board(ctx context.Context) (docket.Board, error)                { return r.b.Board(ctx) }
func (r *reader) Stands(ctx context.Context, s docket.Standing) ([]evenkeel.Decision, error) {
	return r.b.Stands(ctx, s)
}

func (r *reader) Account(t evenkeel.TenantID) evenkeel.Account {
	return r.p.registry.Snapshot().AccountAt(t, r.p.clock)
}

func (r *reader) Profile(t evenkeel.TenantID) (p console.Profile) {
	name, contacts := r.p.registry.Snapshot().Reach(t)
	p.Name = name
	for _, c := range contacts {
		p.Contacts = append(p.Contacts, console.Contact{Role: c.Role, Lang: c.Lang})
	}
	return p
}

func (r *reader) Holding(a evenkeel.AssetID) (evenkeel.Holding, bool) {
	h, ok := r.p.registry.Snapshot().TenancyAt(a, r.p.clock)
	if !ok {
		return evenkeel.Holding{}, false
	}
	return *h, true
}

func (r *reader) Family(name string) (out console.Terms) {
	p := r.p.desk.policies[0]
	out.Digest, out.Announced = p.Digest(), p.Earned(policy.View{}, evenkeel.Burst{}).Families
	if f, ok := p.Family(name); ok {
		out.Clause, out.Ladder, out.Criteria, out.Keeps = f.Clause, f.Ladder, f.Criteria, map[evenkeel.Measure][]string{}
		for m, t := range f.Terms {
			out.Keeps[m] = t.Keeps
		}
	}
	return out
}

func (r *reader) onCall(ctx context.Context, at evenkeel.Moment) (out console.OnCall, err error) {
	if out.Calls, err = r.b.RecentPages(ctx, 1000); err != nil || r.p.script.rota == nil {
		return out, err
	}
	turns := r.p.script.rota.(*rota.Rota)
	out.Rota, out.Ahead = turns.Name(), at.Add(14*24*time.Hour)
	shifts, err := turns.Shifts(at, out.Ahead)
	for _, s := range shifts {
		out.Shifts = append(out.Shifts, console.Shift{Level: s.Level, From: s.From, Until: s.Until, Persons: s.Persons})
	}
	return out, err
}

func (r *reader) lots(ctx context.Context, one docket.AuditID, by evenkeel.PersonID) (out console.Lots, err error) {
	out.Audits, err = r.b.Asked(ctx, docket.LotQuery{ID: one})
	out.Vigils = docket.Vigils(docket.Watched(out.Audits), r.p.desk.policies[0].Audit().Limit)
	return out, err
}

// figures are what a story's books say of rules; a story has no reporters who come again, no probes and no witnesses.
type figures struct{ *reader }

func (f figures) Rules(ctx context.Context) (out console.Rules, err error) {
	all, err := f.b.Promoted(ctx)
	for i := range all {
		next, takes := all[i].Next(f.p.clock)
		out.All = append(out.All, console.RuleRecord{
			Learned: docket.Learned{RuleVersion: all[i].RuleVersion, Record: all[i].Record},
			Stands:  &console.Standing{Promoted: all[i], Next: next, Takes: takes},
		})
	}
	return out, err
}

func (figures) Reporters(context.Context, int) (console.Reporters, error) {
	return console.Reporters{}, nil
}
func (figures) Ways(context.Context) (console.Ways, error)           { return console.Ways{}, nil }
func (figures) Witnesses(context.Context) (console.Witnesses, error) { return console.Witnesses{}, nil }

// noReports are those of a story, which has no doors.
func noReports(context.Context, *docket.Folder, int) ([]docket.Reported, error) { return nil, nil }

// noUnsent is that of a story, in which all leaves at once.
func noUnsent(context.Context, evenkeel.CaseID, int) ([]docket.Unsent, error) { return nil, nil }

// noLetter is that of a story, which shows none.
func noLetter(context.Context, *docket.Folder, evenkeel.DecisionID) (console.Letter, error) {
	return console.Letter{}, nil
}

// noRecord is that of a story, which has no ledger to report from.
type noRecord struct{ console.Record }

// console is what the reader looks at.
func (r *reader) console(t *testing.T) http.Handler {
	t.Helper()
	s, err := console.New(console.Parts{
		Books: r.b, Reach: r.b, Acts: r, Second: r.p.desk.docket.Seconded, Reports: noReports, Unsent: noUnsent, Looks: r, Door: r, Roster: r, Tenants: r, Policy: r, Brakes: r, OnCall: r.onCall, Lots: r.lots, Credits: r.b.AllCredits, Incidents: noIncidents{}, Sites: console.Sites{Record: memory.NewSites(), Promises: availability.Unpromised()}, Figures: figures{r}, Record: noRecord{}, Letter: noLetter,
		Status: func(context.Context) (console.Status, error) { return console.Status{}, nil },
		Now:    func() time.Time { return r.p.clock.Time() }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.Handler()
}

func chinesePage(t *testing.T, h http.Handler, target string) string {
	t.Helper()
	r := httptest.NewRequest("GET", target, nil)
	r.Header.Set("Accept-Language", "zh")
	r.Header.Set("Cookie", "evenkeel=x")
	out := httptest.NewRecorder()
	h.ServeHTTP(out, r)
	if out.Code != 200 {
		t.Fatalf("%s: status %d: %.300s", target, out.Code, out.Body)
	}
	return out.Body.String()
}

// pages are all that can be read of a story, by where they are.
func (r *reader) pages(t *testing.T) (targets []string) {
	t.Helper()
	targets = []string{"/?closed=1", "/switches", "/switches/undo", "/oncall", "/audits", "/credits", "/flags", "/held", "/rules"}
	for i := range r.p.desk.cases {
		targets = append(targets, "/case/"+url.PathEscape(string(r.p.desk.cases[i].ID)))
	}
	lots, err := r.lots(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range lots.Audits {
		targets = append(targets, "/audits/"+string(a.ID))
	}
	return targets
}

// TestEveryStoryIsReadInChinese, to its last sentence: what rules, policy, procedure and judge wrote
// into the cases of all stories stands in Chinese on the pages of the console. What stays is what a
// story says itself, in rules and a policy of its own, and facts under which a part of it is cut off.
func TestEveryStoryIsReadInChinese(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			data, err := Text(name)
			if err != nil {
				t.Fatal(err)
			}
			own, _, _ := strings.Cut(string(data), "-- want --")
			p, err := play(builtinStory(t, name), Parts{Books: books})
			if err != nil {
				t.Fatal(err)
			}
			r := &reader{p: p, b: p.desk.books.(shownBooks)}
			h := r.console(t)
			for _, target := range r.pages(t) {
				for _, text := range englishOf(t, chinesePage(t, h, target)) {
					if !says(own, text) {
						t.Errorf("%s: %q stays in English; add a phrase to console/internal/chinese", target, text)
					}
				}
			}
		})
	}
}

var (
	values = regexp.MustCompile(`\d[\d,.]*( %| (day|hour|minute|second|flow record)s?\b)?( ago\b)?|just now|"[^"]*"|[^ -~]+|story draw|evenkeel [a-z ]+`)
	words  = regexp.MustCompile(`[A-Za-z][a-z']* [a-z][A-Za-z']*`) // two, of which the second is no name
)

// says whether a story has a sentence itself, but for values: in what a rule of its own says it stands
// with names in their places.
func says(story, text string) bool {
	_, said, found := strings.Cut(text, "): ") // of a finding, behind which rule it is, and about what
	if !found {
		said = text
	}
	for _, part := range values.Split(said, -1) {
		if part = strings.Trim(part, " .:;,?"); words.MatchString(part) && !strings.Contains(story, part) {
			return false
		}
	}
	return true
}

// clipped are the facts of a verdict, of which long ones are cut off: no phrase is for a part of one.
func clipped(text string) bool { return strings.Contains(text, " …") }

// englishOf are the texts of a page in Chinese that are in English: those that are marked so, and those
// that have two words of it, but for data and what people wrote.
func englishOf(t *testing.T, page string) (out []string) {
	t.Helper()
	tree, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page, `<html lang="zh-Hans">`) {
		t.Fatalf("the page is not in Chinese: %.200s", page)
	}
	for n := range tree.Descendants() {
		text := strings.Join(strings.Fields(n.Data), " ")
		if n.Type != html.TextNode || clipped(text) {
			continue
		}
		data, marked := heldBy(n)
		if !data && (marked || words.MatchString(text)) {
			out = append(out, text)
		}
	}
	return out
}

// heldBy says whether a text is data or somebody's words, and whether it is marked as English.
func heldBy(n *html.Node) (data, english bool) {
	for p := n.Parent; p != nil; p = p.Parent {
		data = data || slices.Contains([]string{"code", "pre", "time", "bdi", "textarea", "style"}, p.Data)
		for _, a := range p.Attr {
			data = data || a.Key == "hreflang" || a.Key == "class" && (a.Val == "words" || strings.Contains(" "+a.Val+" ", " said "))
			english = english || a.Key == "lang" && a.Val == "en"
		}
	}
	return data, english
}

// noIncidents: in stories the platform itself is never hurt.
type noIncidents struct{}

func (noIncidents) RecentIncidents(context.Context, evenkeel.Moment, int) ([]docket.Incident, error) {
	return nil, nil
}

func (noIncidents) NotesOf(context.Context, docket.IncidentID) ([]docket.SentNote, error) {
	return nil, nil
}

func (noIncidents) Draft(*docket.Incident) docket.Texts { return docket.Texts{} }

func (noIncidents) Note(*docket.Incident, int, evenkeel.TenantID) docket.Note { return docket.Note{} }

func (noIncidents) Publish(context.Context, console.Publication) error { return nil }

func (noIncidents) Discard(context.Context, string, docket.IncidentID, docket.Word) error { return nil }
