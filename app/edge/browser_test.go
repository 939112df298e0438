package edge

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/consoletest"
	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// attacked leaves in a data directory the state of a gateway one of whose sites was attacked until just now, and stands at a stage. Half of the flood
// asks for a feed, which is never challenged.
func attacked(t *testing.T, dir, document string, at stage.Stage) {
	t.Helper()
	sites, err := site.Parse("test", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	seed, _ := challenge.NewSeed(make([]byte, challenge.LeastSeed))
	const before = 10 * time.Minute
	now := time.Now().Add(-before)
	e, err := gateway.New(gateway.Config{Clock: func() time.Time { return now }, Lot: lot, Seeds: []challenge.Seed{seed}})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Put(sites, nil); err != nil {
		t.Fatal(err)
	}
	host := sites[0].Names[0]
	if err := e.Mandate(sites[0].ID, gateway.MandateOf(&sites[0], evenkeel.MomentOf(now).Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	second := func(visits int, status int, wait time.Duration) {
		for i := range 10 {
			for n := range visits {
				r := httptest.NewRequest("GET", "https://"+host+[]string{"/", "/feed"}[n%2], nil)
				r.Header.Set("Accept", "text/html")
				from := netip.AddrFrom4([4]byte{10, byte(now.Second()), byte(i), byte(n)})
				if e.Judge(&gateway.Ask{Request: r, From: from, Secure: true}, nil).Forward {
					e.Told(host, status, wait, 100)
				}
			}
			now = now.Add(100 * time.Millisecond)
			e.Look(now)
		}
	}
	for now.Before(time.Now().Add(-time.Minute)) {
		second(1, 200, 10*time.Millisecond)
	}
	for e.Standings(true)[0].Stage != at {
		if now.After(time.Now()) {
			t.Fatalf("the stage is %s; expected %s", e.Standings(true)[0].Stage, at)
		}
		second(100, 503, 3*time.Second)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, fileStages), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := e.Save(f); err != nil {
		t.Fatal(err)
	}
}

// TestChromiumIsLetInAtAnAttackedSite opens a site that asks for work, over TLS and HTTP/2, with JavaScript and without, and finds itself
// where it wanted to go, with all that the page loads.
func TestChromiumIsLetInAtAnAttackedSite(t *testing.T) {
	a := newAuthority(t, "shop.localhost")
	b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/look.svg":
			w.Header().Set("Content-Type", "image/svg+xml")
			fmt.Fprint(w, `<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"></svg>`)
		default:
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<!DOCTYPE html><title>in</title><p id="in">%s</p><img id="look" src="/look.svg" alt="">`, r.URL.RequestURI())
		}
	}))
	defer b.Close()
	text := strings.Replace(document("shop", b.URL, a.line()+"attack: {highest: proof}\npaths: {feeds: [/feed]}\n"), "shop.example]", "shop.localhost]", 1)
	dir, sites := folder(t, map[string]string{"shop.yaml": text})
	attacked(t, dir, text, stage.Proof)
	r := run(t, dir, sites, onTLS)
	_, port, _ := net.SplitHostPort(r.Ready().Listen[0])
	browser := consoletest.Chromium(t)
	for _, script := range []bool{true, false} {
		t.Run(fmt.Sprintf("JavaScript %v", script), func(t *testing.T) {
			x, err := AskStatus(t.Context(), dir, false)
			if err != nil || len(x.Standing) != 1 || x.Standing[0].Stage != stage.Proof.String() {
				t.Fatalf("it stands %+v, %v", x, err)
			}
			tab, done := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
			defer done()
			limited, stop := context.WithTimeout(tab, 2*time.Minute)
			defer stop()
			err = chromedp.Do(limited,
				chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
					if _, err := cdp.Call(ctx, t, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true}); err != nil {
						return err
					}
					_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script})
					return err
				}),
				chromedp.Navigate("https://shop.localhost:"+port+"/cart?item=7"),
			)
			if err != nil {
				t.Fatal(err)
			}
			if err := chromedp.Do(limited, chromedp.WaitReady("#in")); err != nil {
				t.Fatalf("it is not in: %v\n%s", err, *r.log.all.Load())
			}
			got, err := chromedp.Run(limited, chromedp.Text("#in"))
			if err != nil || got != "/cart?item=7" {
				t.Errorf("it is at %q, %v", got, err)
			}
			for _, path := range []string{"/other", "/cart?item=8"} { // it is not asked again
				if err := chromedp.Do(limited, chromedp.Navigate("https://shop.localhost:"+port+path)); err != nil {
					t.Fatal(err)
				}
				if got, err := chromedp.Run(limited, chromedp.Text("#in")); err != nil || got != path {
					t.Errorf("it is at %q, %v", got, err)
				}
			}
			if script {
				wide, err := chromedp.Run(limited, chromedp.Evaluate[int](`document.querySelector("#look").naturalWidth`))
				if err != nil || wide != 7 {
					t.Errorf("what the page loads is %d wide, %v", wide, err)
				}
			}
		})
	}
}
