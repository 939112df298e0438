package edge

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/mandate"
)

// TestADeadSiteShowsWhatControlSaysAlsoAfterARestartWithoutControl: the rack that lost its power may be control's too.
func TestADeadSiteShowsWhatControlSaysAlsoAfterARestartWithoutControl(t *testing.T) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	down := "http://" + dead.Addr().String()
	dead.Close()
	c, b := startControl(t), backend(t, "b")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", down, ""), "blog.yaml": document("blog", b.URL, "")})
	c.enrols(dir)
	r := run(t, dir, sites, nil)
	comes(t, "what it holds", func() bool { return len(c.here().Status.Holds) == 2 })
	now := evenkeel.MomentOf(time.Now())
	n := mandate.News{
		Texts: []mandate.Text{{At: now, Until: now.Add(time.Hour), Says: map[string]string{"en": "A rack lost its power.", "zh-Hans": "一个机柜断电。"}}},
		Sites: map[evenkeel.AssetID]int{"shop.example": 0, "blog.example": 0},
	}
	tells := func() mandate.Taken {
		t.Helper()
		all, err := n.Questions()
		if err != nil {
			t.Fatal(err)
		}
		var got mandate.Taken
		for _, q := range all {
			a, err := c.Ask(t.Context(), "edge-1", q)
			if err != nil {
				t.Fatal(err)
			}
			if got, err = mandate.ParseTaken(a); err != nil {
				t.Fatal(err)
			}
		}
		return got
	}
	if got := tells(); got != (mandate.Taken{Sites: 2}) {
		t.Errorf("it took %+v", got)
	}
	shows := func(r *running, is bool) {
		t.Helper()
		at := r.Ready().Clear[0]
		if code, body := get(t, at, "shop.example"); code != 503 || strings.Contains(body, "A rack lost its power.") != is {
			t.Errorf("the dead site answers %d; expected that it shows what is new: %v\n%s", code, is, body)
		}
		if code, body := get(t, at, "blog.example"); code != 200 || strings.Contains(body, "A rack") {
			t.Errorf("the site that is up answers %d: %s", code, body)
		}
	}
	shows(r, true)
	if s, err := AskStatus(t.Context(), dir, true); err != nil || s.Control == nil || s.Control.Highest != "" || len(s.Control.Orders) != 0 {
		t.Errorf("it is told more than news: %+v, %v", s.Control, err)
	}
	c.end()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	shows(run(t, dir, sites, nil), true)
}
