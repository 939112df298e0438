package gateway_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/mandate"
)

// announces has an edge show on the pages of a site what a person says there.
func (w *world) announces(n mandate.News) mandate.Taken {
	w.t.Helper()
	got, err := w.edge.Announce(n)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// TestAPageShowsWhatAPersonSaysUntilThatEnds in the visitor's language and as plain text, with its time and when the site is expected back; and a
// site that answers goes on as if nothing were said.
func TestAPageShowsWhatAPersonSaysUntilThatEnds(t *testing.T) {
	w := newWorld(t, nil, document("shop", "maintenance: {en: \"We are back soon.\"}\n"), document("blog", ""))
	now := momentOf(w.now)
	text := mandate.Text{At: now.Add(-5 * time.Minute), Until: now.Add(30 * time.Minute), Back: now.Add(20 * time.Minute), Says: map[string]string{"en": "A rack lost <b>power</b>.", "zh-Hans": "一个机柜断电。"}}
	taken := w.announces(mandate.News{Texts: []mandate.Text{text}, Sites: map[evenkeel.AssetID]int{"shop.example": 0, "elsewhere.example": 0}})
	if taken != (mandate.Taken{Sites: 1, Unknown: 1}) {
		t.Errorf("it took %+v", taken)
	}
	if w.stageOf("shop") != stage.Observe || !w.visits(person("shop.example", 1), "/").Forward {
		t.Error("a site that answers is held back by what is said about it")
	}
	w.orders(boot, orderOf("d-1", evenkeel.MeasureShut, map[string]string{"update": "It is ordered."}))
	page := func(lang string) string {
		v := person("shop.example", 1)
		v.fields["Accept-Language"] = lang
		x := w.visits(v, "/")
		if x.Forward || x.Answer.Status != 503 {
			t.Fatalf("the page is answered %d", x.Answer.Status)
		}
		return string(x.Answer.Body)
	}
	shows := func(body string, all ...string) {
		t.Helper()
		for _, s := range all {
			if !strings.Contains(body, s) {
				t.Errorf("the page does not show %q:\n%s", s, body)
			}
		}
	}
	english := page("en")
	shows(english, "We are back soon.", `<p lang="en" dir="auto">A rack lost &lt;b&gt;power&lt;/b&gt;.</p>`, `datetime="`+text.At.Time().Format("2006-01-02T15:04Z"), `datetime="`+text.Back.Time().Format("2006-01-02T15:04Z"), "It is ordered.")
	before, _, _ := strings.Cut(english, "It is ordered.")
	if at := strings.LastIndex(before, `datetime="`); !strings.HasPrefix(before[at:], `datetime="`+now.Time().Format("2006-01-02T15:04Z")) {
		t.Errorf("what an order says has another time than its own:\n%s", english)
	}
	chinese := page("zh-CN")
	if shows(chinese, `<p lang="zh-Hans" dir="auto">一个机柜断电。</p>`, `<p lang="en" dir="auto">We are back soon.</p>`); strings.Contains(chinese, "A rack") {
		t.Errorf("a reader of Chinese reads both:\n%s", chinese)
	}
	shows(page("de"), "A rack lost")

	// What is told in the place of that takes it back; what is told beside it does not.
	other := text
	other.Says = map[string]string{"en": "The blog too."}
	w.announces(mandate.News{Texts: []mandate.Text{other}, Sites: map[evenkeel.AssetID]int{"blog.example": 0}, More: true})
	shows(page("en"), "A rack lost")
	if got := w.edge.Announced(); len(got.Texts) != 2 || len(got.Sites) != 3 {
		t.Errorf("it shows %+v", got)
	}
	w.now = w.now.Add(30 * time.Minute)
	if body := page("en"); strings.Contains(body, "A rack") || !strings.Contains(body, "It is ordered.") {
		t.Errorf("it is shown beyond its end:\n%s", body)
	}
	if got := w.edge.Announced(); len(got.Sites) != 0 {
		t.Errorf("it shows %+v beyond its end", got)
	}
	text.At, text.Until = momentOf(w.now), momentOf(w.now).Add(time.Minute)
	w.announces(mandate.News{Texts: []mandate.Text{text}, Sites: map[evenkeel.AssetID]int{"shop.example": 0}})
	shows(page("en"), "A rack lost")
	w.announces(mandate.News{})
	if strings.Contains(page("en"), "A rack") {
		t.Error("what is taken back is shown")
	}
}

// TestNewsThatAnEdgeCannotKeepChangesNothing: more texts than are shown at once, though each question is a right one.
func TestNewsThatAnEdgeCannotKeepChangesNothing(t *testing.T) {
	w := newWorld(t, nil, document("shop", ""))
	now := momentOf(w.now)
	tell := func(k int) error {
		x := mandate.Text{At: now, Until: now.Add(time.Duration(k+1) * time.Hour), Says: map[string]string{"en": "We mend it."}}
		_, err := w.edge.Announce(mandate.News{Texts: []mandate.Text{x}, Sites: map[evenkeel.AssetID]int{evenkeel.AssetID(rune('a' + k)): 0}, More: true})
		return err
	}
	for k := range mandate.MostTexts {
		if err := tell(k); err != nil {
			t.Fatal(err)
		}
	}
	was := w.edge.Announced()
	if err := tell(mandate.MostTexts); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("one text more: %v", err)
	}
	if err := tell(0); err != nil { // the same once more
		t.Error(err)
	}
	if got := w.edge.Announced(); len(got.Sites) != mandate.MostTexts || !reflect.DeepEqual(len(got.Texts), len(was.Texts)) {
		t.Errorf("it shows %+v", got)
	}
}
