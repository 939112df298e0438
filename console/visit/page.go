package visit

import (
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
)

//go:embed page.html help.html sites.html
var pageFile embed.FS

var pageTemplate = template.Must(sheet.New("visit").Funcs(template.FuncMap{"pair": pairOf, "words": wordsOf}).ParseFS(pageFile, "page.html", "help.html", "sites.html"))

// pair gives a part of the template two values.
type pair struct{ First, Second any }

func pairOf(a, b any) pair { return pair{a, b} }

// wordsPart is the field of a form in which words are typed.
type wordsPart struct {
	Kind, Nonce       string
	Label, Hint, Text string
	Wrong             string
	Rows, Most        int
}

// wordsOf is that field of a form, with what was typed where the form comes back.
func wordsOf(s *speakPart, kind, label, hint string, rows int) wordsPart {
	w := wordsPart{Kind: kind, Nonce: s.Nonces[kind], Label: label, Hint: hint, Rows: rows, Most: s.Most}
	if s.Open == kind {
		w.Text, w.Wrong = s.F.Text, s.Field["text"]
	}
	return w
}

// sheetOf is all that the template of the page is given. What is said stands in it already, in one
// language; the template puts it in its place.
type sheetOf struct {
	T          *texts
	Receipt    []template.HTML // what was received a moment ago; nil: nothing
	Trouble    template.HTML   // why something was not
	Wrong      []wrongField    // where
	Answered   bool            // the tenant waits for a person
	Closed     bool            // the case is
	Lead       []template.HTML
	Works      []template.HTML
	Fetch      []template.HTML // how to fetch data
	FetchTitle string
	Help       *helpPart // nil: nobody has to be helped
	Seen       []seenPart
	More       []template.HTML // ways to the rest of what was seen
	Done       []donePart
	Owed       []template.HTML
	Said       []saidPart
	Earlier    []template.HTML // ways to the rest of what was said
	Allowed    []template.HTML
	Newcomers  *newcomersPart // nil: nobody came while the case is open
	Speak      *speakPart     // nil: the link only shows
	OnlyShows  string         // what it says then
	Looks      looksPart
	Sites      template.HTML // the way to the page of its sites; "" where it has none
	Foot       template.HTML
}

// speakPart is what the forms need.
type speakPart struct {
	To      string            // where they go, before the kind of act
	Query   string            // after it
	Nonces  map[string]string // by kind
	F       form
	Field   map[string]string // what is wrong with each of its fields
	Has     map[string]bool   // by kind: the page has its form
	Choices []choice          // of an appeal
	Hears   string            // who hears an appeal
	Waits   string            // that one waits, and what to do with what is to be added; "" where none does
	More    template.HTML     // until when a longer time to answer is
	Open    string            // the kind that is open
	Zones   []string
	Zone    string
	ZoneNow template.HTML
	Calls   string // that somebody is called; "" where nobody can be
	Most    int    // characters of a text, so that a form can be read
}

// page writes the page of a link, with a form that was not taken in, if any.
func (s *server) page(w http.ResponseWriter, r *http.Request, v *visitor, status int, f form) {
	t := tongue{saying(s.language(r, v), v.atSites()), v.now}
	if f.Kind != 0 && !v.offered(f.Kind) { // what was typed is shown where it can be sent
		f.Kind = docket.ActMessage
	}
	p := sheetOf{
		T: t.texts, Closed: v.folder.Case.State == evenkeel.CaseClosed, Answered: v.folder.Case.Waiting != 0, Receipt: t.receipt(v, r.URL.Query()), Trouble: t.trouble(&f), Done: t.done(v), Owed: t.owed(v), Allowed: t.allowed(v), Help: t.help(v, &f),
	}
	title := t.happened(v, &p)
	p.Fetch, p.FetchTitle = t.fetch(v), t.FetchTitle
	if len(v.folder.Withheld(v.now)) > 0 {
		if p.FetchTitle = t.WithheldTitle; len(p.Works) > 0 {
			p.Works = []template.HTML{say("%s", t.WithheldKeeps)}
		}
	}
	if p.Trouble != "" {
		title, p.Wrong = fmt.Sprintf(t.TroubleOf, title), t.wrongFields(&f)
	}
	p.Seen, p.More = t.seen(v, r.URL.Query())
	p.Said, p.Earlier = t.said(v, r.URL.Query())
	p.Newcomers, p.Looks = t.newcomers(v, &f), t.looks(v, r.URL.Query())
	p.OnlyShows, p.Sites = s.onlyShows(t.texts), s.sitesLink(r, v, t)
	p.Foot = say(t.FootShow, t.moment(evenkeel.MomentOf(v.claim.Until)))
	if v.speaks() {
		p.Foot = say(t.Foot, t.moment(evenkeel.MomentOf(v.claim.Until)), v.claim.Contact)
		p.Speak = s.speak(t, v, r, f)
		if p.Help != nil && p.Speak.Nonces[rescueForm] == "" {
			p.Speak.Nonces[rescueForm] = s.nonce()
		}
	}
	body, err := sheet.Fill(pageTemplate, "page", &p)
	if err != nil {
		s.parts.Log.ErrorContext(r.Context(), "write a page to a tenant", "err", err)
		write(w, http.StatusInternalServerError, s.parts.Brand, s.laterPage(r))
		return
	}
	write(w, status, s.parts.Brand, sheet.Page{Title: title, Lang: t.Tag, Skip: t.Skip, Aside: t.others(v), Body: body})
}

// others leads to the page in the other languages.
func (t tongue) others(v *visitor) template.HTML {
	var out template.HTML
	for _, tag := range []string{"en", "zh"} {
		if o := languages[tag]; o.Tag != t.Tag {
			out += say(`%s`, template.HTML(`<a href="/t/`+url.PathEscape(v.token)+`?lang=`+tag+`" lang="`+o.Tag+`" hreflang="`+o.Tag+`">`+template.HTMLEscapeString(o.Name)+`</a>`))
		}
	}
	return out
}

// speak fills in the forms.
func (s *server) speak(t tongue, v *visitor, r *http.Request, f form) *speakPart {
	p := &speakPart{
		To: "/t/" + url.PathEscape(v.token) + "/", Query: langQuery(r), Nonces: map[string]string{}, Has: map[string]bool{}, Choices: t.choices(v, f.Decision), F: f, Field: f.Wrong, Open: docket.ActAnswer.String(),
		Zones: zones, Zone: noOffset, ZoneNow: say(t.ZoneHint, t.moment(v.now)), Most: mostTyped,
	}
	for _, k := range kinds {
		if p.Has[k.String()] = v.offered(k); p.Has[k.String()] {
			p.Nonces[k.String()] = s.nonce()
		}
	}
	p.Hears = one(v, t.SoloHint, t.AppealHint)
	if len(v.appeals()) > 0 {
		p.Waits = t.AppealWaits
	}
	if v.calls {
		p.Calls = t.Blank + t.Calls
	}
	if until, _ := v.moreTime(); until != 0 {
		p.More = say(t.ExtendHint, t.when(until))
	}
	if f.Kind != 0 {
		p.Open = f.Kind.String()
		if f.Rescue {
			p.Open = rescueForm
		}
		if f.Nonce != "" {
			p.Nonces[p.Open] = f.Nonce
		}
	}
	if f.Burst.Zone != "" {
		p.Zone = f.Burst.Zone
	}
	return p
}

// nonce tells one form from all others.
func (s *server) nonce() string {
	var b [16]byte
	if _, err := io.ReadFull(s.parts.Random, b[:]); err != nil {
		return "" // the form is then asked for again
	}
	return hex.EncodeToString(b[:])
}

// trouble says why a form was not taken in, or "".
func (t tongue) trouble(f *form) template.HTML {
	switch {
	case f.Busy != 0:
		return say(t.Busy, t.moment(f.Busy))
	case f.Wrong[""] != "":
		return say("%s", f.Wrong[""])
	case len(f.Wrong) > 0:
		return say("%s", t.FieldsWrong)
	}
	return ""
}

// wrongField leads to a field that has to be corrected.
type wrongField struct{ To, Label, Says string }

// wrongFields lists what is wrong with the fields of a form, in their order on the page.
func (t tongue) wrongFields(f *form) []wrongField {
	text := wrongField{"answer-text", t.AnswerLabel, f.Wrong["text"]}
	var all []wrongField
	if f.Rescue {
		text.To, text.Label = "rescue-text", helpSays[t.Tag].Words
	}
	switch f.Kind {
	case docket.ActMessage:
		text.To, text.Label = "message-text", t.MessageLabel
	case docket.ActAppeal:
		text.To, text.Label = "appeal-text", t.AppealLabel
		all = []wrongField{{"appeal-decision", t.ContestLabel, f.Wrong["decision"]}}
	case docket.ActVouch:
		text.To, text.Label = "vouch-text", t.VouchLabel
		all = []wrongField{{"vouch-newcomer", t.NewcomerLabel, f.Wrong["newcomer"]}}
	case docket.ActExtend:
		text.To, text.Label = "extend-text", t.ExtendLabel
	case docket.ActDown, docket.ActAnswered:
		text.To, text.Label = f.Kind.String()+"-text", t.UrgentLabel
	case docket.ActAnnounce:
		text.To, text.Label = "burst-text", t.ForLabel
		all = []wrongField{
			{"burst-machines", t.MachinesLabel, f.Wrong["machines"]}, {"burst-from", t.FromLabel, f.Wrong["from"]}, {"burst-until", t.UntilLabel, f.Wrong["until"]},
			{"burst-zone", t.ZoneLabel, f.Wrong["zone"]}, {"burst-principal", t.PrincipalLabel, f.Wrong["principal"]},
		}
	}
	return slices.DeleteFunc(append(all, text), func(w wrongField) bool { return w.Says == "" })
}

// bothPages is a page in every language, for whoever has come by a link that says nothing of its
// reader. With a request it begins with the language that the browser prefers; without one it is
// always the same, byte for byte.
func bothPages(says func(*texts) (title, text string), r *http.Request) sheet.Page {
	first, second := &english, &chinese
	if r != nil && accepted(r.Header.Get("Accept-Language")) == second {
		first, second = second, first
	}
	title, text := says(first)
	other, otherText := says(second)
	return sheet.Page{
		Title: title, Lang: first.Tag, Skip: first.Skip,
		Body: template.HTML("<section><p>" + template.HTMLEscapeString(text) + "</p></section>\n<section lang=\"" + second.Tag + "\"><h2>" +
			template.HTMLEscapeString(other) + "</h2><p>" + template.HTMLEscapeString(otherText) + "</p></section>"),
	}
}
