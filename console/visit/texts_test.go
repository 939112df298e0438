package visit

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// flat lists all texts of a language by the path of their field.
func flat(path string, v reflect.Value, to map[string]string) {
	switch v.Kind() {
	case reflect.String:
		to[path] = v.String()
	case reflect.Struct:
		for i := range v.NumField() {
			flat(path+"."+v.Type().Field(i).Name, v.Field(i), to)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			flat(fmt.Sprintf("%s[%v]", path, k), v.MapIndex(k), to)
		}
	case reflect.Func: // translates, or is nil where nothing needs to be
	default:
		panic("a text of another kind: " + path)
	}
}

func all(t *texts) map[string]string {
	out := map[string]string{}
	flat("", reflect.ValueOf(*t), out)
	return out
}

var verbs = regexp.MustCompile(`%(\[\d\])?[a-z]`)

// used are the values that a sentence names, each once: languages order them as they like.
func used(s string) []string {
	out := verbs.FindAllString(s, -1)
	slices.Sort(out)
	return slices.Compact(out)
}

func TestEveryTextStandsInEveryLanguageAndNamesTheSameValues(t *testing.T) {
	en, zh := all(&english), all(&chinese)
	empty := []string{".Outcomes[none]", ".Blank"} // a case that is open has no outcome; Chinese has no blanks
	for path, e := range en {
		z, there := zh[path]
		switch {
		case !there:
			t.Errorf("%s is missing in Chinese", path)
		case slices.Contains(empty, path):
		case strings.TrimSpace(e) == "" || strings.TrimSpace(z) == "":
			t.Errorf("%s is empty: %q, %q", path, e, z)
		case !slices.Equal(used(e), used(z)):
			t.Errorf("%s names %v in English and %v in Chinese", path, used(e), used(z))
		}
	}
	for path := range zh {
		if _, there := en[path]; !there {
			t.Errorf("%s is missing in English", path)
		}
	}
}

func TestEveryStateAndMeasureHasWords(t *testing.T) {
	for _, x := range []*texts{&english, &chinese} {
		for m := evenkeel.Measure(0); m.String() != "invalid"; m++ {
			if x.Measures[m] == (phrase{}) {
				t.Errorf("%s: no words for %s", x.Tag, m)
			}
		}
		for s := evenkeel.DecisionState(1); s.String() != "invalid"; s++ {
			if x.Statement[s] == "" {
				t.Errorf("%s: no words for %s", x.Tag, s)
			}
		}
		for o := evenkeel.OutcomeConfirmed; o.String() != "invalid"; o++ {
			if x.Outcomes[o] == "" {
				t.Errorf("%s: no words for %s", x.Tag, o)
			}
		}
		for _, k := range []docket.ActKind{docket.ActAnswer, docket.ActMessage, docket.ActAnnounce} {
			if x.Kinds[k.String()] == "" {
				t.Errorf("%s: no words for %s", x.Tag, k)
			}
		}
	}
}

func TestTheLanguageIsTheOneThatIsReadBest(t *testing.T) {
	for _, c := range []struct{ header, want string }{
		{"zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"}, {"en-GB,en;q=0.9,zh;q=0.8", "en"}, {"de,zh;q=0.4,en;q=0.3", "zh-Hans"}, {"de-DE", ""}, {"", ""}, {"*", ""}, {"zh-Hant-TW", "zh-Hans"},
		{"en;q=0,zh;q=0.1", "zh-Hans"}, {"en;q=nonsense,zh;q=0.1", "zh-Hans"}, {"en;q=NaN, zh;q=0.2", "zh-Hans"}, {strings.Repeat("x,", 40) + "zh", ""}, {"EN", "en"},
	} {
		got := ""
		if x := accepted(c.header); x != nil {
			got = x.Tag
		}
		if got != c.want {
			t.Errorf("%.40q is read as %q; expected %q", c.header, got, c.want)
		}
	}
}

func TestMarksAreTakenOffWhereTheyStand(t *testing.T) {
	for _, f := range []form{{}, {Down: true}, {Done: true}, {Down: true, Done: true}, {Text: "x"}, {Down: true, Text: "two\nlines"}, {Done: true, Text: "Production is downhill."}} {
		down, done, text := marked(f.words())
		if down != f.Down || done != f.Done || text != f.Text {
			t.Errorf("%q is read as %t, %t, %q", f.words(), down, done, text)
		}
	}
}

func TestATextInASentenceIsEscaped(t *testing.T) {
	if got := say("<b>%[2]s & %[1]s", "<i>", name("<u>")); got != "&lt;b&gt;<code>&lt;u&gt;</code> &amp; &lt;i&gt;" {
		t.Errorf("the sentence is %s", got)
	}
}

func TestContactsWithBlanksAreToldApart(t *testing.T) {
	a := (&visitor{}).as("a b").linkID()
	b := (&visitor{}).as("a").linkID() + "b "
	if a == b || roleOf(a+"n") != "a b" {
		t.Errorf("%q and %q; the role is %q", a, b, roleOf(a+"n"))
	}
}

func (v *visitor) as(contact string) *visitor {
	v.claim.Contact = contact
	return v
}
