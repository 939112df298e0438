package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// P, N, R15: what is found of a tenant whose key was erased cannot be judged, so nothing is limited; but nobody is left
// without a call: within a minute, each hour while more comes, and then ever more seldom until a person removed the file.
func TestWhatCannotBeJudgedCallsSomebody(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		o := hold(t, dir, time.Now)
		ctx := t.Context()
		if err := o.books.EraseKey(ctx, "acme"); err != nil {
			t.Fatal(err)
		}
		v := &vigil{over: "findings", look: overAside(o.aside), call: o.judge.SetAside, now: func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }, log: o.state.log}
		called := func(says string, want int) {
			t.Helper()
			if err := v.round(ctx); err != nil {
				t.Fatalf("%s: %v", says, err)
			}
			all, err := o.books.RecentPages(ctx, 100)
			n := 0
			for _, p := range all {
				if strings.Contains(p.Page.Why, "aside.jsonl: ") && p.Page.Tenant == docket.House && p.Page.Level == docket.LevelOnCall {
					n++
				}
			}
			if err != nil || n != want {
				t.Errorf("%s: %d calls, %v; expected %d", says, n, err, want)
			}
		}
		comes := func() {
			t.Helper()
			now := evenkeel.MomentOf(time.Now())
			e := &errand{arrived: now, made: time.Now(), known: o.known.Snapshot(), found: []evenkeel.Finding{o.found(now.Sub(o.began), true, true)}}
			if err := o.do(ctx, e); err != nil {
				t.Fatal(err)
			}
		}
		pass(3 * time.Hour)
		called("nothing lies there", 0)
		comes()
		called("one came", 1)
		pass(30 * time.Minute)
		comes()
		called("another one within the hour", 1)
		pass(31 * time.Minute)
		called("in the next hour", 2)
		pass(61 * time.Minute)
		called("no more came", 3)
		pass(61 * time.Minute)
		called("an hour later", 4)
		pass(61 * time.Minute)
		called("and not each hour from then on", 4)
		comes()
		pass(61 * time.Minute)
		called("one more came", 5)
		if n, _, err := o.aside.waiting(); n != 3 || err != nil {
			t.Errorf("%d lie there, %v; expected 3", n, err)
		}
		if text, err := os.ReadFile(filepath.Join(dir, fileAside)); err != nil || strings.Count(string(text), "key of tenant acme: it was erased") != 3 {
			t.Errorf("the file says %s, %v", text, err)
		}
		if err := os.Remove(filepath.Join(dir, fileAside)); err != nil {
			t.Fatal(err)
		}
		pass(25 * time.Hour)
		called("a person removed it", 5)
	})
}

// G, O: what is set aside has a bound, and what is beyond it is said and counted until a person removed the file; a start
// finds what lies there, and what one tenant left goes with its key.
func TestWhatIsSetAsideIsBoundedAndCounted(t *testing.T) {
	path, now, why := filepath.Join(t.TempDir(), fileAside), start, errors.New("no key")
	f := found(0)
	a := newAside(path)
	lies := func(says string, want int) {
		t.Helper()
		if n, last, err := a.waiting(); n != want || err != nil || want > 0 && last == 0 {
			t.Errorf("%s: %d lie there, the last at %s, %v; expected %d", says, n, last, err, want)
		}
	}
	for range 2 {
		if err := a.keep(&f, why, now); err != nil {
			t.Fatal(err)
		}
	}
	i, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	a = newAside(path)
	a.most = i.Size() * 3 / 2
	lies("after a start", 2)
	if err := a.keep("acme", why, now); err != nil {
		t.Errorf("it fits: %v", err)
	}
	if err := a.keep(&f, why, now); err == nil || !strings.Contains(err.Error(), "it is full") {
		t.Errorf("beyond the bound: %v", err)
	}
	lies("one is beyond", 4)
	if i, err := os.Stat(path); err != nil || i.Size() > a.most {
		t.Errorf("the file has %d bytes, %v; expected at most %d", i.Size(), err, a.most)
	}
	n, err := a.forget(func(_ time.Time, of evenkeel.TenantID) bool { return of == f.Subject.Tenant })
	if n != 2 || err != nil {
		t.Errorf("%d went with the key, %v; expected 2", n, err)
	}
	lies("without the tenant", 2)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	lies("a person removed it", 0)
	if err := a.keep(&f, why, now); err != nil {
		t.Error(err)
	}
	lies("one came after", 1)
}
