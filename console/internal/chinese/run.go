package chinese

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// Signs within a run that no page has: sheet writes controls as escapes, and a run that has one
// all the same is left as it is.
const (
	mark         = "\x01" // an element stands here
	englishFrom  = "\x02"
	englishUntil = "\x03"
	signs        = mark + englishFrom + englishUntil
)

// run is the text between two ends of blocks, or within an inline element.
type run struct {
	name  string // the inline element's, "" of a block
	text  strings.Builder
	from  int // the piece before which a text can be put
	first slot
	slots []slot // behind each element
	class string // of the inline element
	scope bool   // it is the name of a switch or the like
	odd   bool   // it has signs of ours
}

// slot is a place for text, before the first element of a run or behind one.
type slot struct {
	texts []int // the pieces that are text
	from  int
}

func (u *run) slot(k int) *slot {
	if k > 0 {
		return &u.slots[k-1]
	}
	return &u.first
}

// add adds the text of a piece.
func (u *run) add(i int, text string) {
	if len(u.slots) == 0 && len(u.first.texts) == 0 {
		u.first.from = u.from
	}
	s := u.slot(len(u.slots))
	s.texts = append(s.texts, i)
	u.odd = u.odd || strings.ContainsAny(text, signs)
	u.text.WriteString(text)
}

// mark notes an element, the first piece of whose inside is next.
func (u *run) mark(next int) {
	if len(u.slots) == 0 && len(u.first.texts) == 0 {
		u.first.from = next - 1
	}
	u.slots = append(u.slots, slot{from: next})
	u.text.WriteString(mark)
}

// moved says that the last element ends before a piece.
func (u *run) moved(next int) {
	if n := len(u.slots); n > 0 {
		u.slots[n-1].from = next
	}
}

// english is the run with single blanks and none at its ends; "" where there is nothing to say.
func (u *run) english() string {
	if u.odd {
		return ""
	}
	return blanks(u.text.String())
}

// blanks makes all that is blank one blank, and none at the ends.
func blanks(s string) string { return strings.Join(strings.FieldsFunc(s, unicode.IsSpace), " ") }

// Elements by what they do to the text around them.
var (
	inline = set("a strong em b i span time code bdi small abbr sub sup br")
	void   = set("area base br col embed hr img input link meta param source track wbr")
	inSVG  = set("svg g path rect circle line polyline polygon text title desc defs pattern use")
	silent = set("script style pre code textarea time bdi iframe noembed noframes noscript xmp plaintext template")
	bare   = set("title select svg option head")
	theirs = set("words said qr secret id")
	named  = set("who") // who is signed in: what is not known here is a name
)

// hush says whether nothing is said in an element: it holds data, or words of somebody.
func hush(name string, attrs []html.Attribute) bool {
	if silent[name] {
		return true
	}
	for _, a := range attrs {
		switch a.Key {
		case "translate":
			if strings.EqualFold(a.Val, "no") {
				return true
			}
		case "lang":
			if name != "html" {
				return true
			}
		}
	}
	return hasClass(attrs, theirs)
}

func classOf(attrs []html.Attribute) string {
	for _, a := range attrs {
		if a.Key == "class" {
			return a.Val
		}
	}
	return ""
}

func hasClass(attrs []html.Attribute, of map[string]bool) bool {
	return slices.ContainsFunc(strings.Fields(classOf(attrs)), func(c string) bool { return of[c] })
}

func set(names string) map[string]bool {
	all := map[string]bool{}
	for _, n := range strings.Fields(names) {
		all[n] = true
	}
	return all
}
