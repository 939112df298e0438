package mandate

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
)

// The bounds of what is new at sites.
const (
	MostTexts = 8        // that are told at once: of so many incidents, the newest
	MostText  = 4 << 10  // bytes of one language
	mostTags  = 2        // languages of one text: both are told with each part of the sites
	mostSites = 16 << 10 // bytes of sites in one question: beside a text at its longest
	// MostSites is how many sites of one edge are told of.
	MostSites = 20_000
)

// News is what a person lets visitors know on the pages of sites at which nobody answers. It raises no stage and shuts nothing: an edge that is told
// shows it where it shows a site's own page anyway. The zero value takes back what was told.
type News struct {
	Texts []Text                   `json:"texts"`
	Sites map[evenkeel.AssetID]int `json:"sites"`          // which of Texts, from 0
	More  bool                     `json:"more,omitempty"` // beside what was told before, and not in its place
}

// Text is what is said, in plain text.
type Text struct {
	At    evenkeel.Moment   `json:"at"`             // when a person said it
	Until evenkeel.Moment   `json:"until"`          // it is not shown from then on
	Back  evenkeel.Moment   `json:"back,omitempty"` // when that person expects sites back; 0: not said
	Says  map[string]string `json:"says"`           // by language (BCP 47, such as en)
}

// Plain is a text as it can be told: without control characters, but for ends of lines, and without what is no UTF-8.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
}

// Same says whether two texts are the same.
func (t *Text) Same(o *Text) bool {
	return t.At == o.At && t.Until == o.Until && t.Back == o.Back && maps.Equal(t.Says, o.Says)
}

// asked is what an edge is asked to show.
type asked struct {
	News *News `json:"news"`
}

// Check says what is wrong with news, or nil.
func (n *News) Check() error {
	if len(n.Texts) > MostTexts || len(n.Sites) > MostSites {
		return evenkeel.Invalid("news of %d texts for %d sites; expected at most %d and %d", len(n.Texts), len(n.Sites), MostTexts, MostSites)
	}
	for _, t := range n.Texts {
		if t.At <= 0 || t.Until <= t.At || t.Back < 0 || len(t.Says) == 0 || len(t.Says) > mostTags {
			return evenkeel.Invalid("news said at %s until %s in %d languages; expected when it was said, an end after that and 1 to %d languages", t.At, t.Until, len(t.Says), mostTags)
		}
		for tag, says := range t.Says {
			if tag == "" || len(tag) > 35 || says == "" || len(says) > MostText || !utf8.ValidString(tag) || Plain(says) != says {
				return evenkeel.Invalid("news of %d bytes in language %.35q; expected 1 to %d bytes of UTF-8 without control characters but for ends of lines", len(says), tag, MostText)
			}
		}
	}
	for a, i := range n.Sites {
		if err := evenkeel.CheckID("asset", string(a)); err != nil {
			return err
		}
		if i < 0 || i >= len(n.Texts) {
			return evenkeel.Invalid("news: site %.80s has text %d of %d", a, i, len(n.Texts))
		}
	}
	return nil
}

// Questions are how an edge is told: one, or several that have to be asked in their order, each of a size that the link takes.
func (n *News) Questions() (all [][]byte, err error) {
	if err := n.Check(); err != nil {
		return nil, err
	}
	of := make([][]evenkeel.AssetID, len(n.Texts))
	for _, a := range slices.Sorted(maps.Keys(n.Sites)) {
		of[n.Sites[a]] = append(of[n.Sites[a]], a)
	}
	tell := func(part News) error {
		part.More = n.More || len(all) > 0
		q, err := written(asked{&part})
		if err == nil && len(q) > mostQuestion {
			err = evenkeel.Invalid("news of %d bytes; expected at most %d", len(q), mostQuestion)
		}
		all = append(all, q)
		return err
	}
	for i, sites := range of {
		for len(sites) > 0 {
			part, room := News{Texts: n.Texts[i : i+1], Sites: map[evenkeel.AssetID]int{}}, mostSites
			for len(sites) > 0 {
				name, err := written(sites[0])
				if room -= len(name) + len(`:0,`); err != nil || room < 0 && len(part.Sites) > 0 {
					break
				}
				part.Sites[sites[0]], sites = 0, sites[1:]
			}
			if err := tell(part); err != nil {
				return nil, err
			}
		}
	}
	if len(all) == 0 {
		err = tell(News{Texts: []Text{}, Sites: map[evenkeel.AssetID]int{}})
	}
	return all, err
}

// written is JSON with all characters as they are, but for those that JSON itself escapes: it is no page, and & of a name would be six bytes.
func written(x any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(x)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// ParseNews reads a question. is says whether it is one about news; only then is an error about it.
func ParseNews(b []byte) (n News, is bool, err error) {
	var q asked
	if !bytes.HasPrefix(b, []byte(`{"news"`)) {
		return n, false, nil
	}
	if len(b) > mostQuestion {
		return n, true, evenkeel.Invalid("news of %d bytes; expected at most %d", len(b), mostQuestion)
	}
	if err := json.Unmarshal(b, &q); err != nil || q.News == nil {
		return n, true, evenkeel.Invalid("news that cannot be read (%v); expected {\"news\": {\"texts\", \"sites\"}}", err)
	}
	return *q.News, true, q.News.Check()
}
