package mandate_test

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/mandate"
	"github.com/evenkeel/evenkeel/stream/hostlink"
)

func textOf(english, chinese string) mandate.Text {
	return mandate.Text{At: noon, Until: noon.Add(time.Hour), Back: noon.Add(20 * time.Minute), Says: map[string]string{"en": english, "zh-Hans": chinese}}
}

// TestWhatIsNewAtManySitesIsToldInPartsThatTheLinkTakes at its longest: of the longest ids and texts nothing is lost.
func TestWhatIsNewAtManySitesIsToldInPartsThatTheLinkTakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := mandate.News{Texts: []mandate.Text{}, Sites: map[evenkeel.AssetID]int{}}
		for i := range rapid.IntRange(0, mandate.MostTexts).Draw(t, "texts") {
			x := textOf(fmt.Sprint(i, strings.Repeat(rapid.SampledFrom([]string{`"`, "\n", "<", "\u2028", "a"}).Draw(t, "letter"), rapid.IntRange(0, 1300).Draw(t, "long"))), fmt.Sprint(i, "\n", strings.Repeat(`"`, 4000)))
			n.Texts = append(n.Texts, x)
			for s := range rapid.IntRange(1, 300).Draw(t, "sites") {
				n.Sites[evenkeel.AssetID(fmt.Sprintf("%d-%d%s", i, s, strings.Repeat(`\`, rapid.IntRange(1, 240).Draw(t, "id"))))] = i
			}
		}
		if err := n.Check(); err != nil {
			t.Fatal(err)
		}
		all, err := n.Questions()
		if err != nil || len(all) == 0 {
			t.Fatalf("%d questions, %v", len(all), err)
		}
		got := map[evenkeel.AssetID]mandate.Text{}
		for i, q := range all {
			x, is, err := mandate.ParseNews(q)
			if !is || err != nil || len(q) > hostlink.MaxQuestion || x.More != (i > 0) {
				t.Fatalf("question %d of %d bytes: %v, %v, more %v", i, len(q), is, err, x.More)
			}
			for a, k := range x.Sites {
				got[a] = x.Texts[k]
			}
		}
		want := map[evenkeel.AssetID]mandate.Text{}
		for a, k := range n.Sites {
			want[a] = n.Texts[k]
		}
		if !maps.EqualFunc(got, want, func(a, b mandate.Text) bool { return a.Same(&b) }) {
			t.Fatalf("of %d sites %d are told of, or otherwise", len(want), len(got))
		}
	})
}

func TestNewsThatNoPageCouldShowIsRefused(t *testing.T) {
	good := textOf("We mend it.", "正在修复。")
	over, silent, long, odd, unread := good, good, good, good, good
	over.Until, silent.Says, long.Says = over.At, nil, map[string]string{"en": strings.Repeat("a", mandate.MostText+1)}
	odd.Says, unread.Says = map[string]string{"en": "a\x1b[31m"}, map[string]string{"en": "a\xff"}
	for name, n := range map[string]mandate.News{
		"a text that is over": {Texts: []mandate.Text{over}}, "no words": {Texts: []mandate.Text{silent}}, "too long": {Texts: []mandate.Text{long}},
		"a control character": {Texts: []mandate.Text{odd}}, "no UTF-8": {Texts: []mandate.Text{unread}},
		"a text that is not there": {Texts: []mandate.Text{good}, Sites: map[evenkeel.AssetID]int{"a": 1}}, "a nameless site": {Texts: []mandate.Text{good}, Sites: map[evenkeel.AssetID]int{"": 0}},
	} {
		if _, err := n.Questions(); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{odd.Says["en"], unread.Says["en"], "two\nlines"} {
		x := good
		x.Says = map[string]string{"en": mandate.Plain(text)}
		if err := (&mandate.News{Texts: []mandate.Text{x}}).Check(); err != nil || text == "two\nlines" && x.Says["en"] != text {
			t.Errorf("%q as it can be told is %q: %v", text, x.Says["en"], err)
		}
	}
	if _, is, err := mandate.ParseNews([]byte(`{"mandates":{}}`)); is || err != nil {
		t.Errorf("another question: %v, %v", is, err)
	}
	for _, q := range []string{`{"news"`, `{"news":null}`, `{"news":{"texts":[],"sites":{"a":-1}}}`} {
		if _, is, err := mandate.ParseNews([]byte(q)); !is || evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%s: %v, %v", q, is, err)
		}
	}
}

func FuzzParseNews(f *testing.F) {
	f.Add([]byte(`{"news":{"texts":[{"at":"2024-01-01T00:00:00Z","until":"2024-01-01T01:00:00Z","says":{"en":"We mend it."}}],"sites":{"a":0}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, is, err := mandate.ParseNews(b)
		if !is || err != nil {
			return
		}
		all, err := n.Questions()
		if err != nil {
			t.Fatalf("%q was read and cannot be told: %v", b, err)
		}
		if again, _, err := mandate.ParseNews(all[0]); err != nil || len(all) == 1 && len(n.Texts) == 1 && len(n.Sites) > 0 && !reflect.DeepEqual(again.Sites, n.Sites) {
			t.Fatalf("%q became %q: %v", b, all[0], err)
		}
	})
}
