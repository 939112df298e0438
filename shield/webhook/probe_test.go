package webhook

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
)

func isolating() shield.Probe {
	return shield.Probe{ID: "p-1", Measure: evenkeel.MeasureIsolate, Ways: []string{"console", "export"}, Object: bytes.Repeat([]byte{9}, 64), Order: "o-1", Assets: []evenkeel.AssetID{"vm-1"}}
}

// D: the receiver of the documents shows on each way what came back; a way that is cut shows.
func TestTheReceiverOfTheDocumentsShowsTheWayToTheData(t *testing.T) {
	for _, c := range []struct {
		name string
		cut  map[string]string
		says string
	}{
		{"every way is open", nil, ""},
		{"one is cut", map[string]string{"export": "connection timed out"}, "under isolate, export brought nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := backendtest.NewClock()
			n := newNode(t, clock)
			n.cut = c.cut
			b, p := backend(t, clocked(t, Endpoint{URL: n.url, Keys: keys(t), Allow: loopback}, clock)), isolating()
			came, err := b.Probe(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Amiss(came); got != c.says {
				t.Errorf("got %q; expected %q", got, c.says)
			}
			if len(n.said) > 0 {
				t.Errorf("a probe was carried out as an order: %v", n.said)
			}
		})
	}
}

// D: a backend of a receiver that was proven keeps the contract, and goes on to while measures stand.
func TestAReceiverThatIsProvenKeepsTheContract(t *testing.T) {
	m := shield.Means{Measures: []evenkeel.Measure{evenkeel.MeasureThrottle, evenkeel.MeasureIsolate}, Declared: true, Keeps: []string{"console", "export"}, Proven: true}
	backendtest.Run(t, func(t testing.TB) *backendtest.Scene {
		clock := backendtest.NewClock()
		n := newNode(t, clock)
		n.also = "isolate"
		to := Endpoint{URL: n.url, Keys: keys(t), Allow: loopback}
		open := func() *Backend {
			b, err := New("edge", m, clocked(t, to, clock))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		s := scene(t, n, clock, open())
		s.Restart = func() shield.Backend { return open() }
		s.Cannot.Measure = evenkeel.MeasureSuspend
		return s
	})
}

// TestAProbeAsItIsSent: the request that the documents describe.
func TestAProbeAsItIsSent(t *testing.T) {
	var id, body string
	s := sender(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		all, _ := io.ReadAll(r.Body)
		id, body = r.Header.Get("Webhook-Id"), string(all)
		_, _ = io.WriteString(w, `{"probe":"p-1","fetched":[]}`)
	}).URL, nil)
	p := isolating()
	p.Object = bytes.Repeat([]byte{0}, shield.LeastObject)
	if _, err := backend(t, s).Probe(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	want := `{"type":"evenkeel.probe.v1","id":"p-1","measure":"isolate","ways":["console","export"],"object":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","order":"o-1","assets":["vm-1"]}`
	if id != "p-1" || body != want {
		t.Errorf("Webhook-Id %q and\n%s\nexpected\n%s", id, body, want)
	}
}

// A receiver that knows no probes, as those of before, or that says something else, shows nothing.
func TestAReceiverThatShowsNothingIsAnError(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		says   string
	}{
		{"it takes it for no order", 400, "this is no order", "this is no order"},
		{"it answers nothing", 200, "", "no JSON object"},
		{"it takes it and says nothing", 202, "{}", `names probe ""`},
		{"it speaks of another probe", 200, `{"probe":"p-2","fetched":[]}`, "expected p-1"},
		{"it answers with a receipt", 200, `{"order":"p-1","state":"applied"}`, "unknown field"},
		{"it answers with too much", 200, `{"probe":"p-1","fetched":[` + strings.Repeat(`{"way":"a"},`, 16) + `{"way":"a"}]}`, "17 ways"},
		{"it answers without an end", 200, strings.Repeat(" ", MaxAnswer+1), "more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sender(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}).URL, nil)
			if came, err := backend(t, s).Probe(t.Context(), isolating()); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, %v; expected an error with %q", came, err, c.says)
			}
		})
	}
}

func TestWhatIsReadOfAnAnswerToAProbe(t *testing.T) {
	const hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, c := range []struct {
		name, body, says string
	}{
		{"all fields", `{"probe":"p-1","fetched":[{"way":"export","sha256":"` + hash + `","size":64,"why":"in 3 ms"}]}`, ""},
		{"a way that brought nothing", `{"probe":"p-1","fetched":[{"way":"export","why":"timed out"}]}`, ""},
		{"a hash in upper case", `{"probe":"p-1","fetched":[{"way":"export","sha256":"` + strings.ToUpper(hash) + `","size":64}]}`, "lower case"},
		{"a size below nothing", `{"probe":"p-1","fetched":[{"way":"export","size":-1}]}`, "size"},
		{"a size in words", `{"probe":"p-1","fetched":[{"way":"export","size":"64"}]}`, "no JSON object"},
		{"no way", `{"probe":"p-1","fetched":[{"sha256":"` + hash + `","size":64}]}`, "way"},
		{"a line break in words", `{"probe":"p-1","fetched":[{"way":"export","why":"a\nb"}]}`, "control character"},
		{"a name that nobody knows", `{"probe":"p-1","fetched":[],"proven":true}`, "unknown field"},
		{"two of them", `{"probe":"p-1","fetched":[]}{}`, "behind it"},
		{"bytes that are no text", "{\"probe\":\"p-1\xff\"}", "UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseFetched([]byte(c.body), "p-1")
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v; expected %q", err, c.says)
			}
		})
	}
}

// FuzzParseFetched: whatever a receiver says is refused or bounded, and never more than it was asked.
func FuzzParseFetched(f *testing.F) {
	for _, s := range []string{`{"probe":"p-1","fetched":[{"way":"export","sha256":"","size":1,"why":"x"}]}`, `{"probe":"p-1"}`, `[]`, `{`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := ParseFetched(body, "p-1")
		if err != nil {
			return
		}
		if len(all) > shield.MaxWays {
			t.Errorf("%d ways", len(all))
		}
		for _, x := range all {
			if x.Way == "" || x.Size < 0 || len(x.Why) > maxText || x.Hash != "" && len(x.Hash) != 64 {
				t.Errorf("took %+v", x)
			}
		}
	})
}
