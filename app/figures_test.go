package app

import (
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	public "github.com/evenkeel/evenkeel/judge/ledger/report"
)

// TestTheConsoleShowsThePublicRecord: row R10. What it shows and hands out is what evenkeel report counts of
// the same leaves, and nothing of a tenant is in it.
func TestTheConsoleShowsThePublicRecord(t *testing.T) {
	f := newFilm()
	s := serve(t, dataDir(t), func(p *Parts) { p.Now = f.now })
	b := newBrowser(t)
	b.send(s.at.SignIn, url.Values{})
	at := "http://" + s.at.Console
	f.play(t, s, mining(f.from(), 1))
	eventually(t, "decisions", func() bool { return len(decisionsIn(t, s.dir)) > 2 })
	quarter := public.QuarterOf(f.now())
	page := b.page(at + "/record")
	expect(t, "the record", page, "Public record "+quarter.String(), "measures took effect", "/record/report-"+quarter.String()+".zh.html")
	if strings.Contains(page, "t-0") || strings.Contains(page, "x-0") {
		t.Error("a tenant or an asset is named in the public record")
	}
	r, err := b.Get(at + "/record/report-" + quarter.String() + ".json")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	var got public.Report
	if err := json.Unmarshal(text, &got); err != nil || r.Header.Get("Content-Disposition") == "" {
		t.Fatalf("%v, %v: %s", err, r.Header, text)
	}
	var want public.Report
	if err := open(t, s.dir).Log(t.Context(), func(log ledger.Log) error {
		want, err = public.Make(func(yield func(ledger.Line, error) bool) {
			for line, err := range log.Lines {
				if line.N >= got.Log.Leaves || !yield(line, err) {
					return
				}
			}
		}, quarter)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if again, _ := json.MarshalIndent(&want, "", "  "); string(again)+"\n" != string(text) || got.Took.All == 0 {
		t.Errorf("the console hands out\n%s\nand of the same leaves comes\n%s", text, again)
	}
	for path, says := range map[string]string{
		"/rules": "crypto-mining", "/reporters": "Nobody reported anything yet.", "/ways": "Nobody carries anything out", "/ledger": "No witness is asked.",
	} {
		expect(t, path, b.page(at+path), says)
	}
	for _, name := range []string{"report-never.json", "report-" + quarter.String() + ".exe", "ledger.key"} {
		if r, err := b.Get(at + "/record/" + name); err != nil || r.StatusCode != 404 && r.StatusCode != 400 {
			t.Errorf("%s: %v, %v", name, r, err)
		} else {
			_ = r.Body.Close()
		}
	}
}

// TestQuartersAreThoseOfTheLedger: from its first leaf until now, and no more than ten years.
func TestQuartersAreThoseOfTheLedger(t *testing.T) {
	b := open(t, func() string {
		dir := dataDir(t)
		f := newFilm()
		s := serve(t, dir, func(p *Parts) { p.Now = f.now })
		f.play(t, s, mining(f.from(), 1))
		eventually(t, "decisions", func() bool { return len(decisionsIn(t, dir)) > 0 })
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		return dir
	}())
	now := public.QuarterOf(time.Now())
	for later, want := range map[int]int{0: 1, 2: 3, 100: mostQuarters} {
		r := &record{log: b.Log, now: func() time.Time { return now.Until().Time().AddDate(0, 3*later, -1) }}
		all, err := r.Quarters(t.Context())
		if err != nil || len(all) < want || len(all) > want+1 {
			t.Errorf("%d quarters later: %v, %v; expected %d", later, all, err, want)
		}
		if _, err := r.Page(t.Context(), "2026Q5", "en"); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("a quarter that is none: %v", err)
		}
	}
}
