package gateway_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// TestNobodyIsRefusedForWhatBrowsersDo holds those who would be refused if each question that is not answered counted.
func TestNobodyIsRefusedForWhatBrowsersDo(t *testing.T) {
	w := attacked(t, stage.Proof)
	v := person("shop.example", 5000)
	_, _, wait := asked(t, w.visits(v, "/").Answer.Body)
	for s := range 30 {
		w.second(func(tenth int) {
			if s == 0 && tenth < 3 { // thirty windows that were open before are opened again
				for i := range 10 {
					w.visits(v, "/tab/"+strconv.Itoa(i))
				}
			}
			poll := *v
			poll.fields = map[string]string{"Accept": "application/json", "Sec-Fetch-Dest": "empty"}
			w.visits(&poll, "/poll") // a page that asks for news
			image := *v
			image.fields = map[string]string{"Accept": "image/*", "Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "cross-site"}
			w.visits(&image, "/picture")
			w.answers(v, "x", "1", "/") // a stranger's page has the browser ask for this
			r := v.request("GET", "/.evenkeel/answer?token="+wait+"&nonce=&to=/")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			w.edge.Answer(v.ask(r), nil)
			v.cookies = nil
		})
	}
	if until, refused := w.edge.Banned("shop", v.from); refused {
		t.Errorf("somebody who did nothing wrong is refused until %s", until)
	}
}

// TestManyThatFailAreAllRefused: a botnet has thousands of addresses.
func TestManyThatFailAreAllRefused(t *testing.T) {
	w := attacked(t, stage.Proof)
	const bots = 300
	for range 11 {
		w.second(func(int) {
			for i := range bots {
				w.visits(bot("shop.example", 20_000+i), "/search")
			}
		})
	}
	refused := 0
	for i := range bots {
		if _, ok := w.edge.Banned("shop", bot("shop.example", 20_000+i).from); ok {
			refused++
		}
	}
	if refused < bots*9/10 {
		t.Errorf("of %d addresses that were asked 110 times within 11 s each, %d are refused", bots, refused)
	}
}

func TestNoAnswerLeadsPastTheWaitingRoom(t *testing.T) {
	w := attacked(t, stage.Queue)
	v := person("shop.example", 5000)
	for _, token := range []string{"x", ""} {
		if x, to := w.answers(v, token, "", "/"); x.SetCookie != "" || len(x.Answer.Body) > 0 || to != "/" {
			t.Errorf("an answer that is none leads to %q, with %d bytes of a page", to, len(x.Answer.Body))
		}
	}
	proof := attacked(t, stage.Proof)
	_, _, wait := asked(t, proof.visits(v, "/").Answer.Body)
	w.now = proof.now.Add(30 * time.Second) // the edges share their seed
	if x, _ := w.answers(v, wait, "", "/"); x.SetCookie != "" {
		t.Error("who waited elsewhere goes past those who wait here")
	}
}

func TestNobodyHoldsTheWaitingRoomUpWithATokenThatWasUsed(t *testing.T) {
	w := attacked(t, stage.Queue)
	w.second(nil)
	thief, v := person("shop.example", 7000), person("shop.example", 7001)
	w.visits(thief, "/")
	used := slices.Clone(thief.cookies)
	for range 20 {
		w.second(nil)
		if w.visits(thief, "/").Forward {
			break
		}
	}
	w.visits(v, "/")
	for range 30 {
		in := false
		w.second(func(int) {
			for range 500 {
				again := *thief
				again.cookies = slices.Clone(used)
				w.visits(&again, "/")
			}
			in = in || w.visits(v, "/").Forward
		})
		if in {
			return
		}
	}
	t.Error("somebody waits for half a minute, because others bring a token that was used")
}

// served is an edge that serves without TLS, before one backend, in real time.
func served(t *testing.T, back http.HandlerFunc) (w *world, at string) {
	t.Helper()
	w = newWorld(t, func(c *gateway.Config) { c.Clock, c.Lot = time.Now, rand.Uint64 }, fmt.Sprintf("site: shop\ntenant: t\nasset: shop.example\nnames: [shop.example]\nbackends: [{url: %q}]\n", backendOf(t, back)))
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- w.edge.Run(ctx) }()
	with := door.ServingOf(door.Streams)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: w.edge, Protocols: with.Protocols, HTTP2: with.HTTP2, ErrorLog: log.New(io.Discard, "", 0)}
	go s.Serve(l)
	t.Cleanup(func() {
		s.Close()
		cancel()
		<-over
	})
	return w, l.Addr().String()
}

func (w *world) limit() int {
	for _, s := range w.edge.Standings(true) {
		return s.Limit
	}
	return -1
}

// gone is a visitor who left: nothing that is written reaches anybody.
type gone struct{ header http.Header }

func (g gone) Header() http.Header       { return g.header }
func (gone) WriteHeader(int)             {}
func (gone) Write(b []byte) (int, error) { return 0, syscall.ECONNRESET }

// TestVisitorsWhoLeaveInTheMiddleMakeNoBackendLookBad serves them and time by turns, so that each could take a part of the site's limit.
func TestVisitorsWhoLeaveInTheMiddleMakeNoBackendLookBad(t *testing.T) {
	b := backendOf(t, func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 1<<10)) })
	w := newWorld(t, nil, strings.Replace(document("shop", ""), "http://192.0.2.80", b, 1))
	v := person("shop.example", 1)
	for range 100 {
		w.now = w.now.Add(200 * time.Millisecond)
		func() {
			defer func() {
				if x := recover(); x != nil && x != http.ErrAbortHandler {
					panic(x)
				}
			}()
			r := v.request("GET", "/") // as a server's
			w.edge.ServeHTTP(gone{http.Header{}}, r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, new(http.Server))))
		}()
	}
	if n := w.edge.InFlight(); n != 0 {
		t.Errorf("%d places are held by visitors who left", n)
	}
	if after := w.limit(); after < 32 {
		t.Errorf("100 visitors left in the middle, and the site's limit went from 32 to %d", after)
	}
}

func backendOf(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	b := httptest.NewServer(h)
	t.Cleanup(b.Close)
	return b.URL
}

// TestWhoTakesNothingHoldsNoPlace opens as many requests on one connection of HTTP/2 as the site has places, and takes nothing of the answers.
func TestWhoTakesNothingHoldsNoPlace(t *testing.T) {
	w, at := served(t, func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 200<<10)) })
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write([]byte(http2.ClientPreface))
	f := http2.NewFramer(c, c)
	f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	go io.Copy(io.Discard, c)
	var head bytes.Buffer
	to := hpack.NewEncoder(&head)
	for i := range 90 {
		head.Reset()
		for _, x := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "shop.example"}, {":path", "/"}} {
			to.WriteField(hpack.HeaderField{Name: x[0], Value: x[1]})
		}
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: head.Bytes(), EndStream: true, EndHeaders: true})
	}
	over, beat := time.Now().Add(time.Minute), time.NewTicker(time.Millisecond)
	defer beat.Stop()
	for held := false; ; <-beat.C {
		n := w.edge.InFlight()
		if held = held || n >= 20; held && n == 0 {
			break
		}
		if time.Now().After(over) {
			t.Fatalf("%d places are held by somebody who takes nothing (held: %v)", n, held)
		}
	}
	x, err := http.NewRequest("GET", "http://"+at+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	x.Host = "shop.example"
	a, err := http.DefaultClient.Do(x)
	if err != nil || a.StatusCode != 200 {
		t.Errorf("somebody else is answered %v, %v", a, err)
	} else {
		a.Body.Close()
	}
}
