package console

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func TestAConsoleNeedsAllOfItsParts(t *testing.T) {
	all := newWorld().server(t).parts
	for name, drop := range map[string]func(*Parts){
		"Books": func(p *Parts) { p.Books = nil }, "Reach": func(p *Parts) { p.Reach = nil }, "Acts": func(p *Parts) { p.Acts = nil }, "Looks": func(p *Parts) { p.Looks = nil }, "Door": func(p *Parts) { p.Door = nil },
		"Roster": func(p *Parts) { p.Roster = nil }, "Tenants": func(p *Parts) { p.Tenants = nil }, "Policy": func(p *Parts) { p.Policy = nil }, "Status": func(p *Parts) { p.Status = nil },
		"Second": func(p *Parts) { p.Second = nil }, "Reports": func(p *Parts) { p.Reports = nil }, "Unsent": func(p *Parts) { p.Unsent = nil },
		"Now": func(p *Parts) { p.Now = nil }, "Log": func(p *Parts) { p.Log = nil },
	} {
		p := all
		drop(&p)
		if _, err := New(p); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestABaseAndANameAreWhatTheyHaveToBe(t *testing.T) {
	p := newWorld().server(t).parts
	for _, c := range []struct {
		base, name string
		ok         bool
	}{
		{"https://evenkeel.example/", "8443", true}, {"http://127.0.0.1:8080", "a.b_c-d", true}, {"evenkeel.example", "", false}, {"ftp://x", "", false}, {"https:///x", "", false},
		{"https://x/y", "", false}, {"https://x/?y", "", false}, {"://", "", false}, {"", "a b", false}, {"", "a;b", false}, {"", strings.Repeat("x", 65), false},
	} {
		p.Base, p.Name = c.base, c.name
		if _, err := New(p); (err == nil) != c.ok || err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%q, %q: %v", c.base, c.name, err)
		}
	}
}

func TestEveryAnswerForbidsScriptsAndCaches(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	for _, path := range []string{"/", "/case/" + raisupID, "/nowhere", "/enter", "/people"} {
		h := w.get(t, annasToken, path).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": sheet.Policy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q; want %q", path, name, h.Get(name), want)
			}
		}
	}
	got := w.get(t, "", sheet.StylePath)
	if got.Code != 200 || !strings.HasPrefix(got.Header().Get("Content-Type"), "text/css") || !strings.Contains(got.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("the style sheet: status %d, %v", got.Code, got.Header())
	}
}

func TestAWrongMethodIsToldTheRightOne(t *testing.T) {
	w := newWorld()
	for _, c := range []struct{ method, path, allow string }{
		{http.MethodPost, "/", "GET, HEAD"}, {http.MethodDelete, "/flags", "GET, HEAD"}, {http.MethodGet, "/leave", "POST"}, {http.MethodGet, "/case/c-1/act", "POST"}, {http.MethodPut, "/enter", "GET, HEAD, POST"},
	} {
		got := w.ask(t, annasToken, c.method, c.path, url.Values{})
		if got.Code != http.StatusMethodNotAllowed && got.Code != http.StatusForbidden || got.Code == http.StatusMethodNotAllowed && got.Header().Get("Allow") != c.allow {
			t.Errorf("%s %s: status %d, allow %q", c.method, c.path, got.Code, got.Header().Get("Allow"))
		}
	}
}

func TestABodyIsBoundedAndAForm(t *testing.T) {
	for _, c := range []struct {
		name, media, body string
		status            int
	}{
		{"too long", "application/x-www-form-urlencoded", "reason=" + strings.Repeat("x", maxBody), 413},
		{"a value twice", "application/x-www-form-urlencoded", "reason=a&reason=b", 400},
		{"no UTF-8", "application/x-www-form-urlencoded", "reason=%ff", 400},
		{"a control character", "application/x-www-form-urlencoded", "reason=%1b", 400},
		{"not percent-encoded", "application/x-www-form-urlencoded", "reason=%zz", 400},
		{"too many fields", "application/x-www-form-urlencoded", strings.Repeat("&", maxFields), 400},
		{"JSON", "application/json", `{"reason":"x"}`, 415},
		{"files", "multipart/form-data; boundary=x", "--x--", 415},
		{"nothing said", "", "reason=x", 415},
	} {
		w := newWorld()
		w.folders = crowd()
		r := httptest.NewRequest(http.MethodPost, "/case/"+raisupID+"/act", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.media)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(cookieOf(annasToken))
		out := httptest.NewRecorder()
		w.server(t).Handler().ServeHTTP(out, r)
		if out.Code != c.status || len(w.acts) > 0 {
			t.Errorf("%s: status %d; want %d", c.name, out.Code, c.status)
		}
		whole(t, out.Body.String())
	}
}

// FuzzReadForm reads whatever comes as a form, and puts it under a case.
func FuzzReadForm(f *testing.F) {
	f.Add(typed("lift d-throttle").Encode())
	f.Add(typed("clear", "clear-outcome", "false_positive", "cover", "assets=these", "days", "90", "count", "1").Encode())
	f.Add("a=1&a=2&=&;&%00")
	w := newWorld()
	w.folders = crowd()
	s := w.server(f)
	folder := raisup()
	terms := w.Family("mining")
	f.Fuzz(func(t *testing.T, body string) {
		form, err := readForm(strings.NewReader(body))
		if err != nil {
			if evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("%q: %v", body, err)
			}
			return
		}
		for name, v := range form {
			if len(v) > len(body) || strings.ContainsRune(v, '\r') || strings.ContainsRune(v, 0) {
				t.Errorf("%q holds %q", name, v)
			}
		}
		d := s.newDecide(&folder, &terms, "anna")
		d.typed(form)
		a, err := d.read(form, &folder, noon)
		if err != nil && evenkeel.KindOf(err) == evenkeel.KindInternal {
			t.Errorf("%q: %v", body, err)
		}
		if err == nil && (a.Says == "" || len(a.Says) > maxSays || a.Kind.OfTenant() || a.Measure.NeedsTwo() || a.Kind == docket.ActClear && (a.Grant == nil) == (a.NoFlag == docket.NoFlagMissing)) {
			t.Errorf("%q became %+v", body, a)
		}
	})
}

// TestTheDocketKeepsItsOrder holds the runs of the list to docket.CompareRows: put together they
// are the list, and no run comes twice.
func TestTheDocketKeepsItsOrder(t *testing.T) {
	s := newWorld().server(t)
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) docket.Row {
			maybe := func(name string) evenkeel.Moment {
				return evenkeel.Moment(rapid.Int64Range(0, 3).Draw(t, name)) * 1e12
			}
			return docket.Row{
				Case: evenkeel.Case{
					ID: evenkeel.CaseID(fmt.Sprint(rapid.IntRange(0, 1e6).Draw(t, "id"))), State: evenkeel.CaseState(rapid.IntRange(1, 4).Draw(t, "state")),
					Waiting: maybe("waiting"), Spoke: maybe("spoke"), Opened: maybe("opened"),
				},
				Highest: evenkeel.Measure(rapid.IntRange(0, 10).Draw(t, "highest")), Proposed: rapid.IntRange(0, 2).Draw(t, "proposed"), Due: maybe("due"),
				DueKind: docket.ClockOurAnswer, Cleared: rapid.Bool().Draw(t, "cleared"), Unstopped: rapid.IntRange(0, 1).Draw(t, "unstopped"), Unaware: rapid.IntRange(0, 1).Draw(t, "unaware"),
			}
		}), 0, 30).Draw(t, "rows")
		slices.SortFunc(rows, docket.CompareRows)
		var names []string
		var ids, want []evenkeel.CaseID
		for _, g := range s.grouped(rows, nil, "", noon) {
			names = append(names, g.Name)
			for _, r := range g.Rows {
				ids = append(ids, r.ID)
			}
		}
		for i := range rows {
			want = append(want, rows[i].Case.ID)
		}
		sorted := slices.Clone(names)
		slices.Sort(sorted)
		if !slices.Equal(ids, want) || len(slices.Compact(sorted)) != len(names) {
			t.Fatalf("runs %q list %q; want %q", names, ids, want)
		}
	})
}

// TestEveryWordIsKnown holds what is shown to the enumerations, so that a new value is noticed.
func TestEveryWordIsKnown(t *testing.T) {
	alone := []docket.ClockKind{docket.ClockQuiet, docket.ClockPage, docket.ClockSecondLevel, docket.ClockUrgent} // nothing else follows
	for k := docket.ClockKind(1); k.String() != "invalid"; k++ {
		if w := clockWords[k]; w.is == "" || w.was == "" || w.then == "" && !slices.Contains(alone, k) {
			t.Errorf("clock %s has no words", k)
		}
	}
	for k := docket.ActKind(1); k.String() != "invalid"; k++ {
		if want := !k.OfTenant() && !k.OfHouse() && k != docket.ActRevoke; (doneWords(k.String()) != "") != want {
			t.Errorf("act %s: %q", k, doneWords(k.String()))
		}
	}
	for o := evenkeel.OutcomeConfirmed; o.String() != "invalid"; o++ {
		if outcomeWord(o) == "" {
			t.Errorf("outcome %s has no words", o)
		}
	}
	for n := docket.NoFlagOnce; n.String() != "invalid"; n++ {
		if !slices.ContainsFunc(noFlagWords, func(v noFlagView) bool { return v.Value == n.String() }) {
			t.Errorf("no flag, because %s, is not offered", n)
		}
	}
}

func TestWithoutAWordOfANodeNothingIsDone(t *testing.T) {
	receipt := func(s evenkeel.ReceiptState, effect string) *docket.Dispatch {
		return &docket.Dispatch{Order: "o", Over: noon, Receipt: evenkeel.Receipt{Order: "o", Node: "n1", State: s, Effect: effect, Why: "why"}}
	}
	for _, c := range []struct {
		name string
		d    *docket.Dispatch
		lift bool
		says string
		mark Mark
	}{
		{"nothing is known", nil, false, "It has not left yet, or nobody has taken it.", Mark{"warn", "unconfirmed"}},
		{"it waits", &docket.Dispatch{Order: "o", Attempts: 3}, false, "It has not left yet, or nobody has taken it.", Mark{"warn", "unconfirmed"}},
		{"it was taken", receipt(0, ""), false, "Taken by n1, and not confirmed: why.", Mark{"warn", "unconfirmed"}},
		{"it was applied", receipt(evenkeel.ReceiptApplied, "cpu.max is 20000"), false, "Applied by n1: cpu.max is 20000; why.", Mark{"good", "confirmed"}},
		{"it is on paper", receipt(evenkeel.ReceiptApplied, "on paper"), false, "It was written down by n1, and nobody carries it out.", Mark{"info", "on paper"}},
		{"it was refused", receipt(evenkeel.ReceiptRefused, ""), false, "Refused by n1: why.", Mark{"danger", "refused"}},
		{"nobody took it", &docket.Dispatch{Order: "o", Over: noon, Failed: true}, false, "Nobody took the order: no reason was told.", Mark{"danger", "not taken"}},
		{"it was let go of too early", receipt(evenkeel.ReceiptLifted, ""), false, "Let go by n1: why.", Mark{"danger", "lifted"}},
		{"a lift was carried out", receipt(evenkeel.ReceiptLifted, ""), true, "Let go by n1: why.", Mark{"good", "lifted"}},
		{"what was to be lifted was applied", receipt(evenkeel.ReceiptApplied, "x"), true, "n1 took the order and has not said what it did.", Mark{"warn", "unconfirmed"}},
	} {
		if says, m := receiptOf(c.d, c.lift); says != c.says || m != c.mark {
			t.Errorf("%s: %q, %v; want %q, %v", c.name, says, m, c.says, c.mark)
		}
	}
}
