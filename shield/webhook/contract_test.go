package webhook

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
)

func scene(t testing.TB, n *node, c *backendtest.Clock, b *Backend) *backendtest.Scene {
	isolate := backendtest.Throttle("d-isolate", "vm-1")
	isolate.Measure = evenkeel.MeasureIsolate
	return &backendtest.Scene{
		Backend: b, Clock: c,
		Restart:  func() shield.Backend { return backend(t, clocked(t, b.sender.to, c)) },
		Standing: func(d evenkeel.DecisionID) bool { return n.holds(string(d)) },
		Acts:     n.acted,
		Cannot:   &isolate,
	}
}

func clocked(t testing.TB, to Endpoint, c *backendtest.Clock) *Sender {
	t.Helper()
	s, err := NewSender(to, c.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

// TestAReceiverThatAnswersKeepsTheContract: over a real connection, to the receiver of the
// documents.
func TestAReceiverThatAnswersKeepsTheContract(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) *backendtest.Scene {
		c := backendtest.NewClock()
		n := newNode(t, c)
		return scene(t, n, c, backend(t, clocked(t, Endpoint{URL: n.url, Keys: keys(t), Allow: loopback}, c)))
	})
}

// TestAReceiverThatCallsBackKeepsTheContract: it takes an order with 202 and says later what
// became of it, by a signed request of its own.
func TestAReceiverThatCallsBackKeepsTheContract(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) *backendtest.Scene {
		c := backendtest.NewClock()
		n, in := newNode(t, c), newInbox()
		var callback string
		var calls sync.WaitGroup
		slow := serve(t, func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			n.ServeHTTP(rec, r)
			if rec.Code != http.StatusOK {
				w.WriteHeader(rec.Code)
				return
			}
			w.WriteHeader(http.StatusAccepted)
			id := "r-" + r.Header.Get("Webhook-Id")
			calls.Go(func() { call(t, callback, id, c, rec.Body.Bytes()) })
		})
		b := backend(t, clocked(t, Endpoint{URL: slow.URL, Keys: keys(t), Allow: loopback}, c))
		callback = serve(t, NewCallback(b, in, c.Now, quiet).ServeHTTP).URL
		t.Cleanup(calls.Wait)
		s := scene(t, n, c, b)
		s.Later = func(id evenkeel.OrderID) evenkeel.Receipt { return in.await(t, id) }
		return s
	})
}

// call is what the receiver's own client does.
func call(t testing.TB, url, id string, c *backendtest.Clock, body []byte) {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err == nil {
		req.Header.Set("Content-Type", "application/json")
		err = keys(t).Sign(req.Header, id, c.Now().Time(), body)
	}
	if err != nil {
		t.Error(err)
		return
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	if said, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK && res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the callback answered %d: %s", res.StatusCode, said)
	}
}

// TestTheReceiverInTheDocuments is the one that the contract is held to.
func TestTheReceiverInTheDocuments(t *testing.T) {
	doc, err := os.ReadFile("../../docs/shield.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("receiver_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, found := strings.Cut(string(source), "word for word (TestTheReceiverInTheDocuments).\n\n")
	if !found || !strings.Contains(string(doc), "```go\n"+code+"```\n") {
		t.Error("docs/shield.md does not have the receiver of receiver_test.go")
	}
}

// TestTheExampleInTheDocuments: the request that they show is the one that is sent.
func TestTheExampleInTheDocuments(t *testing.T) {
	doc, err := os.ReadFile("../../docs/shield.md")
	if err != nil {
		t.Fatal(err)
	}
	var got *http.Request
	var body []byte
	s := sender(t, serve(t, func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	}).URL, nil)
	o := backendtest.Throttle("d-example", "vm-1", "vm-2")
	if _, err := backend(t, s).Apply(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	lines := []string{"    " + string(body), secretText}
	for _, h := range []string{"Content-Type", "User-Agent", "Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"} {
		lines = append(lines, "    "+h+": "+got.Header.Get(h))
	}
	for _, line := range lines {
		if !strings.Contains(string(doc), line+"\n") {
			t.Errorf("docs/shield.md does not have the line\n%s", line)
		}
	}
	in := receipt{}
	_, rest, _ := strings.Cut(string(doc), "    {\"order\":")
	line, _, _ := strings.Cut(rest, "\n")
	if err := json.Unmarshal([]byte(`{"order":`+line), &in); err != nil || in.Order != string(o.ID) {
		t.Errorf("its receipt is %q: %v", line, err)
	}
	if r, err := ParseReceipt([]byte(`{"order":`+line), backendtest.Start.Add(time.Minute)); err != nil || shield.Fits(&o, &r) != nil {
		t.Errorf("its receipt is not taken: %+v, %v", r, err)
	}
}
