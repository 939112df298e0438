package webhook

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/backendtest"
)

// callback serves one on loopback.
func callback(t testing.TB, in Receipts, c *backendtest.Clock, log *slog.Logger) (h *Callback, url string) {
	t.Helper()
	h = NewCallback(backend(t, sender(t, "https://receiver.example.net", nil)), in, c.Now, log)
	return h, serve(t, h.ServeHTTP).URL + "/receipts"
}

const applied = `{"order":"o-1","state":"applied","effect":"quota 20 %"}`

func TestAReceiptThatIsSentIsTaken(t *testing.T) {
	c, in := backendtest.NewClock(), newInbox()
	_, url := callback(t, in, c, quiet)
	res := post(t, url, "r-1", c.Now().Time(), applied, nil)
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusOK || string(body) != `{"again":false}`+"\n" || res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("answered %d %q %v", res.StatusCode, body, res.Header)
	}
	want := evenkeel.Receipt{Order: "o-1", Node: "edge", State: evenkeel.ReceiptApplied, Effect: "quota 20 %", At: c.Now()}
	if got := in.took("o-1"); len(got) != 1 || got[0] != want {
		t.Errorf("took %+v; expected %+v", got, want)
	}
}

func TestWhatACallbackRefuses(t *testing.T) {
	missing := &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "there is no order o-1"}
	o := backendtest.Throttle("d-1", "vm-1")
	sent, err := encode(&o)
	if err != nil {
		t.Fatal(err)
	}
	at := backendtest.Start.Time()
	for _, c := range []struct {
		name   string
		id     string
		at     time.Time
		body   string
		change func(*http.Request)
		known  error
		status int
		says   string
	}{
		{"no signature", "r-1", at, applied, func(r *http.Request) { r.Header.Del("Webhook-Signature") }, nil, 401, "Webhook-Signature"},
		{"a forged signature", "r-1", at, applied, func(r *http.Request) {
			r.Header.Set("Webhook-Signature", "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
		}, nil, 401, "no signature fits"},
		{"another secret", "r-1", at, applied, func(r *http.Request) {
			_ = keys(t, olderText).Sign(r.Header, "r-1", at, []byte(applied))
		}, nil, 401, "no signature fits"},
		{"a signature that was made for something else", "r-1", at, applied, func(r *http.Request) { r.Header.Set("Webhook-Id", "r-2") }, nil, 401, "no signature fits"},
		{"an expired message", "r-1", at.Add(-5*time.Minute - time.Second), applied, nil, nil, 401, "too old"},
		{"a message from the future", "r-1", at.Add(5*time.Minute + time.Second), applied, nil, nil, 401, "from the future"},
		{"an order that nobody gave", "r-1", at, applied, nil, missing, 404, "no order o-1"},
		{"a receipt that does not fit", "r-1", at, applied, nil, evenkeel.Invalid("it does not fit"), 400, "does not fit"},
		{"books that are busy", "r-1", at, applied, nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "later"}, 503, "later"},
		{"garbage", "r-1", at, "garbage", nil, nil, 400, "no JSON object"},
		{"an unknown state", "r-1", at, `{"order":"o-1","state":"done"}`, nil, nil, 400, `"done"`},
		{"an order of ours that is sent back to us", string(o.ID), at, string(sent), nil, nil, 400, `"type"`},
		{"a body of megabytes", "r-1", at, applied + strings.Repeat(" ", 1<<20), nil, nil, 413, "64 KiB"},
		{"another method", "r-1", at, applied, func(r *http.Request) { r.Method = http.MethodPut }, nil, 405, "POST"},
		{"a form", "r-1", at, applied, func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, nil, 415, "application/json"},
		{"no content type", "r-1", at, applied, func(r *http.Request) { r.Header.Del("Content-Type") }, nil, 415, "application/json"},
		{"a body that is packed", "r-1", at, applied, func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, nil, 415, "content encoding"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := newInbox()
			in.known = func(evenkeel.OrderID) error { return c.known }
			_, url := callback(t, in, backendtest.NewClock(), quiet)
			res := post(t, url, c.id, c.at, c.body, c.change)
			var p struct {
				Type, Title, Detail string
				Status              int
			}
			err := json.NewDecoder(res.Body).Decode(&p)
			if res.StatusCode != c.status || p.Status != c.status || err != nil || !strings.Contains(p.Detail, c.says) || res.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("answered %d %+v, %v; expected %d, %q", res.StatusCode, p, err, c.status, c.says)
			}
			if (c.status == 401) != (res.Header.Get("WWW-Authenticate") != "") || (c.status == 405) != (res.Header.Get("Allow") == "POST") {
				t.Errorf("the headers are %v", res.Header)
			}
			if n := len(in.took("o-1")) + len(in.took(o.ID)); n != 0 {
				t.Errorf("%d receipts were taken", n)
			}
		})
	}
}

func TestAReplayedReceiptDoesNothing(t *testing.T) {
	c, in := backendtest.NewClock(), newInbox()
	_, url := callback(t, in, c, quiet)
	for i, after := range []time.Duration{0, 0, 4 * time.Minute} {
		c.Pass(after)
		res := post(t, url, "r-1", backendtest.Start.Time(), applied, nil)
		if body, _ := io.ReadAll(res.Body); res.StatusCode != 200 || strings.Contains(string(body), "true") != (i > 0) {
			t.Errorf("%d: answered %d %s", i, res.StatusCode, body)
		}
	}
	if n := len(in.took("o-1")); n != 1 {
		t.Errorf("it was taken %d times", n)
	}
	if res := post(t, url, "r-2", c.Now().Time(), applied, nil); res.StatusCode != 200 || len(in.took("o-1")) != 2 {
		t.Errorf("another message: answered %d", res.StatusCode)
	}
}

func TestAReceiptThatCouldNotBeTakenMayComeAgain(t *testing.T) {
	c, in := backendtest.NewClock(), newInbox()
	var said strings.Builder
	fault := errors.New("the disk is full")
	in.known = func(evenkeel.OrderID) error { return fault }
	_, url := callback(t, in, c, slog.New(slog.NewTextHandler(&said, nil)))
	res := post(t, url, "r-1", c.Now().Time(), applied, nil)
	if body, _ := io.ReadAll(res.Body); res.StatusCode != 500 || strings.Contains(string(body), "disk") {
		t.Errorf("answered %d %s", res.StatusCode, body)
	}
	fault = nil
	if res := post(t, url, "r-1", c.Now().Time(), applied, nil); res.StatusCode != 200 || len(in.took("o-1")) != 1 {
		t.Errorf("the second time: answered %d", res.StatusCode)
	}
	if !strings.Contains(said.String(), "the disk is full") || !strings.Contains(said.String(), "level=ERROR") {
		t.Errorf("the log says %q", said.String())
	}
}

func TestTheSameReceiptManyTimesAtOnceIsTakenOnce(t *testing.T) {
	c, in := backendtest.NewClock(), newInbox()
	_, url := callback(t, in, c, quiet)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if res := post(t, url, "r-1", c.Now().Time(), applied, nil); res.StatusCode != 200 && res.StatusCode != 503 {
				t.Errorf("answered %d", res.StatusCode)
			}
		})
	}
	all.Wait()
	if n := len(in.took("o-1")); n != 1 {
		t.Errorf("it was taken %d times", n)
	}
}

func TestABodyThatDoesNotComeIsNotWaitedFor(t *testing.T) {
	h, _ := callback(t, newInbox(), backendtest.NewClock(), quiet)
	h.patience = 50 * time.Millisecond
	conn, err := net.Dial("tcp", serve(t, h.ServeHTTP).Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(conn, "POST /receipts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "+strconv.Itoa(len(applied))+"\r\n\r\n{")
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != http.StatusRequestTimeout {
		t.Errorf("got %v, %v", res, err)
	}
}
