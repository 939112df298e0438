package judge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/memory"
)

// R24: a mail that nobody can place may be an answer. Somebody is called, and in an hour once while it waits.
func TestMailsThatNobodyCanPlaceCallSomebodyOnceAnHour(t *testing.T) {
	books := memory.New(nil)
	d := governed(t, books, "  damping: {for: 0s}\n")
	for _, c := range []struct {
		says  string
		mails int
		after time.Duration
		calls int
	}{
		{"none waits", 0, 0, 0},
		{"one waits", 1, time.Minute, 1},
		{"another one joins it", 2, 30 * time.Minute, 1},
		{"they wait still", 2, 61 * time.Minute, 2},
		{"and are told of twice", 2, 61 * time.Minute, 2},
		{"then there is none", 0, 3 * time.Hour, 2},
	} {
		if err := d.Unplaced(t.Context(), c.mails, start, start.Add(c.after)); err != nil {
			t.Fatal(err)
		}
		all, err := books.RecentPages(t.Context(), 10)
		if err != nil || len(all) != c.calls {
			t.Fatalf("%s: %d calls, %v; expected %d", c.says, len(all), err, c.calls)
		}
		for _, p := range all {
			if p.Page.Tenant != docket.House || p.Page.Level != docket.LevelOnCall || !strings.Contains(p.Page.Why, "mail-unplaced: ") {
				t.Errorf("%s: %+v", c.says, p.Page)
			}
		}
	}
}
