package status

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"html/template"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// The files, by their names.
const (
	FilePage    = "index.html"
	FileChinese = "zh.html"
	FileJSON    = "status.json"
	FileFeed    = "feed.atom"
)

// Policy is the content security policy of the pages: their own style, and nothing else.
const Policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"at":      func(m evenkeel.Moment) string { return m.Time().UTC().Format("2006-01-02 15:04 UTC") },
	"machine": func(m evenkeel.Moment) string { return m.Time().UTC().Format(time.RFC3339) },
}).Parse(`<!doctype html>
<html lang="{{.Lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{{.Title}}</title>
<link rel="alternate" type="application/atom+xml" href="feed.atom">
<style>
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere;color:#1b1f24;background:#fff}
a{color:#0b57a4}a:focus{outline:3px solid #0b57a4;outline-offset:2px}h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}h3{font-size:1rem;margin:1.5rem 0 .25rem}
dl{display:grid;grid-template-columns:minmax(6rem,max-content) 1fr;gap:.25rem 1rem}dt{font-weight:600}dd{margin:0}
li{margin:.5rem 0}time{color:#4a5560}.hurt{font-weight:700}
@media (prefers-color-scheme:dark){body{color:#e8eaed;background:#14171a}a{color:#8ab8f0}a:focus{outline-color:#8ab8f0}time{color:#aab4be}}
</style>
</head>
<body>
<main>
<h1>{{.Title}}</h1>
<p><a href="{{.Other}}" lang="{{.OtherLang}}" hreflang="{{.OtherLang}}">{{.OtherSays}}</a></p>
<h2>{{.W.Now}}</h2>
<dl>
{{range .Parts}}<dt>{{.Name.In $.Lang}}</dt><dd class="{{.State}}">{{.Says.In $.Lang}}</dd>
{{end}}</dl>
<p>{{.W.AsOf}} <time datetime="{{machine .At}}">{{at .At}}</time>.</p>
<h2>{{.W.Past}}</h2>
{{range .Incidents}}<h3 id="{{.ID}}">{{at .Began}}{{if .Over}} – {{at .Until}}{{else}}, {{$.W.GoesOn}}{{end}}</h3>
<ol reversed>
{{range .Updates}}<li><time datetime="{{machine .At}}">{{at .At}}</time>{{if .Corrects}} <strong>{{$.W.Corrects}}</strong>{{end}}<br>{{.Text.In $.Lang}}</li>
{{end}}</ol>
{{else}}<p>{{.W.None}}</p>
{{end}}{{if .Left}}<p>{{.W.Left}}</p>
{{end}}</main>
</body>
</html>
`))

type words struct{ Now, AsOf, Past, GoesOn, Corrects, None, Left string }

var spoken = map[string]words{
	"en": {"Now", "As of", "The last 90 days", "goes on", "Correction", "Nothing was told in this time.", "Older ones are in the document for machines."},
	"zh": {"目前", "截至", "过去 90 天", "仍在持续", "更正", "此期间没有通告。", "更早的事件见供程序读取的文件。"},
}

// Files are the page in both languages, the document and the feed, by their names. The same state is the same bytes.
func (s *State) Files() (map[string][]byte, error) {
	out := map[string][]byte{}
	for lang, name := range map[string]string{"en": FilePage, "zh": FileChinese} {
		b, err := s.page(lang)
		if err != nil {
			return nil, err
		}
		out[name] = b
	}
	var err error
	if out[FileJSON], err = s.document(); err != nil {
		return nil, err
	}
	out[FileFeed], err = s.feed()
	return out, err
}

// page leaves the oldest out where it would be longer than MaxPage.
func (s *State) page(lang string) ([]byte, error) {
	told := s.told()
	for i := range told {
		told[i].Updates = slices.Clone(told[i].Updates)
		slices.Reverse(told[i].Updates)
		told[i].Touched = nil
	}
	for left := false; ; left = true {
		v := struct {
			Lang, Title, Other, OtherLang, OtherSays string
			W                                        words
			At                                       evenkeel.Moment
			Parts                                    []Component
			Incidents                                []docket.Incident
			Left                                     bool
		}{lang, "Status", FileChinese, "zh", "中文", spoken[lang], s.At, s.Parts(), told, left}
		if lang == "zh" {
			v.Title, v.Other, v.OtherLang, v.OtherSays = "状态", FilePage, "en", "English"
		}
		if s.Operator != "" {
			v.Title = s.Operator + ": " + v.Title
		}
		var b bytes.Buffer
		if err := page.Execute(&b, &v); err != nil {
			return nil, err
		}
		switch {
		case b.Len() <= MaxPage || len(told) == 0:
			return b.Bytes(), nil
		case len(told) > 1:
			told = told[:len(told)-1]
		case len(told[0].Updates) > 1: // the newest are first
			told[0].Updates = told[0].Updates[:len(told[0].Updates)-1]
		default:
			told = nil
		}
	}
}

// document is the same for machines. Fields may be added; none is renamed.
func (s *State) document() ([]byte, error) {
	type update struct {
		At       evenkeel.Moment `json:"at"`
		Phase    docket.Phase    `json:"phase"`
		Text     docket.Texts    `json:"text"`
		Corrects int             `json:"corrects,omitempty"`
	}
	type one struct {
		ID      docket.IncidentID `json:"id"`
		Began   evenkeel.Moment   `json:"began"`
		Until   evenkeel.Moment   `json:"until,omitempty"`
		Over    bool              `json:"over"`
		Updates []update          `json:"updates"`
	}
	v := struct {
		At         evenkeel.Moment `json:"at"`
		Components []Component     `json:"components"`
		Incidents  []one           `json:"incidents"`
	}{s.At, s.Parts(), []one{}}
	for _, i := range s.told() {
		x := one{ID: i.ID, Began: i.Began, Over: i.Over != 0}
		if x.Over {
			x.Until = i.Until
		}
		for _, u := range i.Updates {
			x.Updates = append(x.Updates, update{u.At, u.Phase, u.Text, u.Corrects})
		}
		v.Incidents = append(v.Incidents, x)
	}
	b, err := json.MarshalIndent(&v, "", " ")
	return append(b, '\n'), err
}

// feed is Atom (RFC 4287), the newest update first.
func (s *State) feed() ([]byte, error) {
	type link struct {
		Rel  string `xml:"rel,attr,omitempty"`
		Href string `xml:"href,attr"`
	}
	type entry struct {
		ID      string `xml:"id"`
		Title   string `xml:"title"`
		Updated string `xml:"updated"`
		Link    link   `xml:"link"`
		Content string `xml:"content"`
	}
	type root struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Author  string   `xml:"author>name"`
		Link    link     `xml:"link"`
		Entries []entry  `xml:"entry"`
	}
	stamp := func(m evenkeel.Moment) string { return m.Time().UTC().Format(time.RFC3339) }
	name := s.Operator
	if name == "" {
		name = "Status"
	}
	f := root{ID: s.Base + "/", Title: name, Author: name, Updated: stamp(s.At), Link: link{"self", s.Base + "/" + FileFeed}}
	for _, i := range s.told() {
		for n := len(i.Updates) - 1; n >= 0 && len(f.Entries) < 100; n-- {
			u := &i.Updates[n]
			id := s.Base + "/#" + string(i.ID)
			f.Entries = append(f.Entries, entry{id + "-" + stamp(u.At), u.Phase.String(), stamp(u.At), link{"", id}, u.Text.English + "\n\n" + u.Text.Chinese})
		}
	}
	if len(f.Entries) > 0 {
		f.Updated = f.Entries[0].Updated
	}
	b, err := xml.MarshalIndent(&f, "", " ")
	return append([]byte(xml.Header), append(b, '\n')...), err
}
