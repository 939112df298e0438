package console

import (
	"cmp"
	"flag"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/chromedp/chromedp/kb"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/consoletest"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// pictures says whether pictures are kept.
func pictures() bool {
	f := flag.Lookup("test.artifacts")
	return f != nil && f.Value.String() == "true"
}

// TestTasksAreDoneByKeyboardAlone walks through what a reviewer does at night, in a real
// browser without scripts: on a desk and on a phone, by day and by night.
func TestTasksAreDoneByKeyboardAlone(t *testing.T) {
	parent := consoletest.Chromium(t)
	type screen struct {
		width  int64
		scheme string
	}
	screens := []screen{{1280, "light"}, {390, "dark"}}
	if pictures() {
		screens = append(screens, screen{1280, "dark"}, screen{390, "light"})
	}
	for _, screen := range screens {
		t.Run(fmt.Sprintf("%d px, %s", screen.width, screen.scheme), func(t *testing.T) {
			w := newWorld()
			w.folders = crowd()
			k := walk(t, parent, "walk", screen.width, screen.scheme)
			k.open(serving(t, w) + "/")
			k.signIn()
			k.openRaisup()
			k.findWords()
			k.lift(w)
			k.clear(w)
		})
	}
}

// signIn is the task "sign in".
func (k *walker) signIn() {
	k.t.Helper()
	if p := k.comes("textbox"); p.name != "Name" {
		k.t.Fatalf("the door begins at %s; expected the name", p)
	}
	k.picture("door")
	k.types("anna")
	k.tab("textbox", "Password")
	k.types("not " + goodWords)
	k.tab("textbox", "Code")
	k.types(goodCode)
	k.press(kb.Enter)
	if !k.sees("Name, password or code is not right") {
		k.t.Fatal("a wrong password is not told")
	}
	k.picture("refused")
	k.tab("textbox", "Name") // it still has what was typed
	k.tab("textbox", "Password")
	k.types(goodWords)
	k.tab("textbox", "Code")
	k.types(goodCode)
	k.press(kb.Enter)
	if !k.sees("Locked, and have spoken") {
		k.t.Fatalf("signing in does not lead to the docket: %.300s", k.text())
	}
}

// openRaisup is the task "open the first case that waits".
func (k *walker) openRaisup() {
	k.t.Helper()
	k.picture("docket")
	k.tab("link", "Skip to the content")
	k.jump()
	k.tab("link", "Nine Shells: flood") // the first of all
	k.tab("link", "Raisup Ltd: mining")
	k.press(kb.Enter)
	if !k.sees("This tenant was cleared before.") {
		k.t.Fatal("the case does not say that the tenant was cleared before")
	}
	k.picture("case")
}

// findWords is the task "find what the tenant said".
func (k *walker) findWords() {
	k.t.Helper()
	k.tab("link", "What the tenant said")
	k.jump()
	if !k.sees("Production is down. We are two people, and I am abroad.") {
		k.t.Fatal("the tenant's words are not there")
	}
}

// answer answers the criteria.
func (k *walker) answer() {
	k.t.Helper()
	for range miningCriteria {
		k.tab("radio", "speaks for the tenant")
		k.types(" ")
		k.down("speaks against")
		k.down("cannot tell")
		k.tab("textbox", "")
		k.types("The script is on their page, and it ran in March too.")
	}
}

// lift is the task "answer the criteria and lift".
func (k *walker) lift(w *world) {
	k.t.Helper()
	k.back("link", "Decide")
	k.jump()
	k.answer()
	k.tab("textbox", "Why you decide so")
	k.tab("radio", "Refuse it")
	for k.here().name != "Lift it It ends now. The case stays open." {
		k.down("")
	}
	k.tab("button", "Enter the decision")
	k.press(kb.Enter)
	if len(w.acts) != 0 || !k.sees("Give the reason, in a sentence.") {
		k.t.Fatalf("a lift without a reason is done or not refused: %v", w.acts)
	}
	k.comes("alert")
	k.picture("no-reason")
	k.tab("link", "Give the reason")
	k.jump()
	k.types("It is a batch job.") // the link leads to the field
	k.tab("button", "Enter the decision")
	k.press(kb.Enter)
	if !k.sees("The measure was lifted.") {
		k.t.Fatalf("the lift is not told: %.500s", k.text())
	}
	k.picture("lifted")
	a := w.acts[0]
	if r := docket.ReadReasons(a.Says); a.Kind != docket.ActLift || a.Decision != "d-throttle" || a.By != "anna" || r.Reason != "It is a batch job." || len(r.Points) != len(miningCriteria) ||
		r.Points[2].Note != "The script is on their page, and it ran in March too." || r.Points[2].Speaks != docket.CannotTell {
		k.t.Errorf("what was done is %+v, for %+v", a, r)
	}
}

// clear is the task "clear with a flag".
func (k *walker) clear(w *world) {
	k.t.Helper()
	k.tab("link", "Decide")
	k.jump()
	k.answer()
	k.tab("textbox", "Why you decide so")
	k.types("A batch job, and it will come again.")
	k.tab("radio", "Refuse it")
	for len(k.here().name) < 8 || k.here().name[:8] != "Clear it" {
		k.down("")
	}
	k.tab("radio", "false positive")
	k.tab("radio", "made by deploy from image ubuntu-24.04")
	k.types(" ")
	k.tab("textbox", "For days")
	k.tab("textbox", "At most machines")
	k.types("24")
	k.picture("clearing")
	k.tab("button", "Enter the decision")
	k.press(kb.Enter)
	if !k.sees("The case was cleared.") || len(w.acts) != 2 {
		k.t.Fatalf("the clearance is not told: %.500s", k.text())
	}
	a := w.acts[1]
	if a.Kind != docket.ActClear || a.Outcome != evenkeel.OutcomeFalsePositive || a.Grant == nil || a.Grant.Selector.Principal != "deploy" || a.Grant.Envelope.Count != 24 ||
		a.Grant.Until != noon.Add(90*24*3600*1e9) {
		k.t.Errorf("what was done is %+v, with %+v", a, a.Grant)
	}
}

// TestWhatIsShownIsWhatIsDone by keyboard: whoever changes nothing approves what is proposed, and
// allows what was announced.
func TestWhatIsShownIsWhatIsDone(t *testing.T) {
	parent, dark := consoletest.Chromium(t), []bool{true}
	if pictures() {
		dark = append(dark, false)
	}
	for _, is := range dark {
		for _, width := range []int64{1280, 390} {
			scheme := map[bool]string{true: "dark", false: "light"}[is]
			t.Run(fmt.Sprintf("%d px, %s", width, scheme), func(t *testing.T) {
				w := newWorld()
				w.folders = []docket.Folder{proposals(evenkeel.MeasureThrottle), announcedByLink()}
				k, origin := walk(t, parent, "done", width, scheme), serving(t, w)
				k.as(annasToken, origin)
				k.decide(origin+"/case/c-proposals", 3, "Approve it", "The measure was approved")
				k.decide(origin+"/case/c-link", 2, "Allow it by a flag", "The flag was granted.")
				if len(w.acts) != 2 || w.acts[0].Measure != evenkeel.MeasureThrottle || w.acts[1].Grant == nil || w.acts[1].Grant.Selector.Principal != "ci" ||
					w.acts[1].Grant.Envelope.Count != 3 || w.acts[1].Grant.Until != noon.Add(13*3600*1e9) {
					t.Errorf("what was done is %+v", w.acts)
				}
			})
		}
	}
}

// decide answers the points of a case, chooses an act and sends the form as it stands.
func (k *walker) decide(at string, points int, act, done string) {
	k.t.Helper()
	k.open(at)
	k.tab("link", "Decide")
	k.jump()
	for range points {
		k.tab("radio", "speaks for the tenant")
		k.types(" ")
		k.tab("textbox", "")
		k.types("They asked before.")
	}
	k.tab("textbox", "Why you decide so")
	k.types("It is fine.")
	k.tab("radio", "")
	for range 20 {
		if strings.HasPrefix(k.here().name, act) {
			break
		}
		k.down("")
	}
	k.types(" ")
	k.picture(strings.Map(letters, act))
	k.tab("button", "Enter the decision")
	k.press(kb.Enter)
	if !k.sees(done) {
		k.picture("lost")
		k.t.Fatalf("%q is not told: %.500s", act, k.text())
	}
}

// Every page is looked at on a phone. Where pictures are kept it is looked at by night and on a
// desk too, so that a person can.
func TestPagesFitAPhone(t *testing.T) {
	type screen struct {
		width  int64
		scheme string
	}
	parent, screens := consoletest.Chromium(t), []screen{{360, "light"}}
	if pictures() {
		screens = append(screens, screen{360, "dark"}, screen{1280, "light"}, screen{1280, "dark"})
	}
	for _, on := range screens {
		t.Run(fmt.Sprintf("%d px, %s", on.width, on.scheme), func(t *testing.T) {
			k := walk(t, parent, "fit", on.width, on.scheme)
			for i, c := range states() {
				if c.status == 500 || c.status == 503 {
					continue // the frame, and one sentence: as where there is no such page
				}
				t.Run(c.name, func(t *testing.T) {
					w := newWorld()
					if c.change != nil {
						c.change(w)
					}
					origin := serving(t, w)
					k.t, k.shot = t, i
					k.as(cmp.Or(c.token, "nobody"), origin)
					k.open(origin + c.target)
					k.fits(float64(on.width))
					k.picture(strings.Map(letters, c.name))
				})
			}
		})
	}
}

// letters leaves in the name of a file what every system takes.
func letters(r rune) rune {
	if r == ' ' {
		return '-'
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return -1
}
