package prometheus

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

const t0 = evenkeel.Moment(1_779_999_960 * 1e9) // a full minute

// fake answers like a Prometheus, as far as one is asked. What it says is what a real one said;
// real_test.go of lab/lookback holds the same questions to a real one.
type fake struct {
	*httptest.Server
	answer func(path string, args url.Values, q *http.Request) (int, string)
	asked  int
}

func serve(t *testing.T, answer func(path string, args url.Values, q *http.Request) (int, string)) *fake {
	t.Helper()
	f := &fake{answer: answer}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		f.asked++
		if err := q.ParseForm(); err != nil {
			t.Error(err)
		}
		code, body := f.answer(strings.TrimPrefix(q.URL.Path, "/prom/api/v1/"), q.Form, q)
		if code >= 300 && code < 400 {
			w.Header().Set("Location", body)
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body)) // the asker may have gone
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) server(t *testing.T, o Options) *Server {
	t.Helper()
	if o.URL == "" {
		o.URL = f.URL + "/prom/"
	}
	o.Pause = time.Millisecond
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAnErrorSaysWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name  string
		code  int
		body  string
		kind  evenkeel.Kind
		says  string
		hint  string
		asked int // ranges
	}{
		{"who asks is not known", 401, "", evenkeel.KindDenied, "401", "--bearer-token-file", 1},
		{"who asks may not", 403, `{"status":"error","error":"no"}`, evenkeel.KindDenied, "403", "may not read", 1},
		{"nothing is there", 404, "<html>nginx</html>", evenkeel.KindInvalid, "does not answer as a Prometheus", "with the prefix", 1},
		{"another program answers", 200, "<html>Hello</html>", evenkeel.KindInvalid, "does not answer as a Prometheus", "with the prefix", 1},
		{"another kind of answer", 200, `{"status":"success","data":{"resultType":"vector","result":[]}}`, evenkeel.KindInvalid, "expected a matrix", "with the prefix", 1},
		{"no numbers", 200, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,2]]}]}}`, evenkeel.KindInvalid, "expected a time and a value in quotes", "with the prefix", 1},
		{"the selector is wrong", 400, `{"status":"error","errorType":"bad_data","error":"parse error: unexpected }"}`, evenkeel.KindInvalid, "unexpected }", "--selector", 1},
		{"it is busy for long", 503, `{"status":"error","error":"overloaded"}`, evenkeel.KindUnavailable, "overloaded", "try again", mostTries},
		{"it has had enough", 429, "", evenkeel.KindUnavailable, "429", "try again", mostTries},
		{"too many samples", 422, `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}`, evenkeel.KindInvalid, "too many samples", "", 1},
		{"it points elsewhere", 302, "https://login.example/", evenkeel.KindInvalid, "302", "login.example", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := serve(t, func(string, url.Values, *http.Request) (int, string) { return c.code, c.body })
			_, err := f.server(t, Options{}).Raw(t.Context(), "up{}", t0, t0.Add(time.Hour))
			if err == nil || evenkeel.KindOf(err) != c.kind && !isTooMuch(err) || !strings.Contains(err.Error(), c.says) || !strings.Contains(evenkeel.HintOf(err), c.hint) {
				t.Errorf("%v (%s), kind %v; expected %q (%q), kind %v", err, evenkeel.HintOf(err), evenkeel.KindOf(err), c.says, c.hint, c.kind)
			}
			if f.asked != c.asked {
				t.Errorf("asked %d times; expected %d", f.asked, c.asked)
			}
			if isTooMuch(err) != (c.code == 422) {
				t.Errorf("too much: %v", isTooMuch(err))
			}
		})
	}
}

func TestWhatIsSecretIsSentToTheServerAndToldToNobody(t *testing.T) {
	for _, c := range []struct {
		name string
		o    func(o *Options)
		want string
	}{
		{"a token", func(o *Options) { o.Token = "s3cret" }, "Bearer s3cret"},
		{"a password in the address", func(o *Options) { o.URL = strings.Replace(o.URL, "//", "//me:s3cret@", 1) }, "Basic bWU6czNjcmV0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			f := serve(t, func(_ string, _ url.Values, q *http.Request) (int, string) {
				got = q.Header.Get("Authorization")
				return 401, ""
			})
			o := Options{URL: f.URL + "/prom"}
			c.o(&o)
			s := f.server(t, o)
			_, err := s.Version(t.Context())
			if got != c.want || err == nil {
				t.Errorf("sent %q, %v; expected %q", got, err, c.want)
			}
			f.Close()
			_, gone := s.Version(t.Context())
			for _, says := range []string{err.Error(), evenkeel.HintOf(err), gone.Error(), evenkeel.HintOf(gone), s.Address()} {
				if strings.Contains(says, "s3cret") {
					t.Errorf("told: %q", says)
				}
			}
		})
	}
	if _, err := New(Options{URL: "http://me:s3cret@ho st"}); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("an address that cannot be read: %v", err)
	}
	for _, bad := range []string{"", "prometheus:9090", "ftp://x", "http://", "/metrics"} {
		if _, err := New(Options{URL: bad}); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("address %q: %v", bad, err)
		}
	}
}

func TestTheVersionIsAskedForOnce(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(path string) (int, string)
		want   string
		fails  bool
	}{
		{"a Prometheus", func(string) (int, string) { return 200, `{"status":"success","data":{"version":"3.1.0"}}` }, "Prometheus 3.1.0", false},
		{"one that does not tell", func(path string) (int, string) {
			if path != "query" {
				return 404, ""
			}
			return 200, `{"status":"success","data":{"resultType":"vector","result":[]}}`
		}, "", false},
		{"one that is down", func(string) (int, string) { return 502, "" }, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := serve(t, func(path string, _ url.Values, _ *http.Request) (int, string) { return c.answer(path) })
			got, err := f.server(t, Options{}).Version(t.Context())
			if got != c.want || (err != nil) != c.fails || f.asked > 2 {
				t.Errorf("%q, %v, asked %d times", got, err, f.asked)
			}
		})
	}
}

func TestARedirectToAnotherHostIsNotFollowed(t *testing.T) {
	other := serve(t, func(string, url.Values, *http.Request) (int, string) { return 200, "{}" })
	f := serve(t, func(string, url.Values, *http.Request) (int, string) { return 307, other.URL })
	if _, err := f.server(t, Options{Token: "s3cret"}).Raw(t.Context(), "up", t0, t0+1); err == nil || other.asked > 0 {
		t.Errorf("%v; the other host was asked %d times", err, other.asked)
	}
}

func TestAnInterruptEndsTheWaitingAndTheAsking(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := serve(t, func(string, url.Values, *http.Request) (int, string) { cancel(); return 503, "" })
	s := f.server(t, Options{})
	s.pause = time.Hour
	if _, err := s.Raw(ctx, "up", t0, t0+1e9); err != context.Canceled {
		t.Errorf("%v; expected that it was cancelled", err)
	}
}

// counters answers with two machines' idle time, scraped every 15 s from a moment on, and refuses
// questions that are too large for it.
func counters(t *testing.T, from evenkeel.Moment, most int) func(string, url.Values, *http.Request) (int, string) {
	return func(path string, args url.Values, _ *http.Request) (int, string) {
		if path == "label/instance/values" {
			return 200, `{"status":"success","data":["a:9100","b:9100"]}`
		}
		selector, span, _ := strings.Cut(args.Get("query"), "[")
		ms, err := strconv.ParseInt(strings.TrimSuffix(span, "ms]"), 10, 64)
		if err != nil || path != "query" {
			t.Errorf("asked %s %v", path, args)
		}
		if want := `node_cpu_seconds_total{mode=~"idle|iowait",job="node",instance=~"a:9100|b:9100"}`; selector != want {
			t.Errorf("asked for %s; expected %s", selector, want)
		}
		until, _ := strconv.ParseFloat(args.Get("time"), 64)
		var pairs []string
		for at := until*1000 - float64(ms); at <= until*1000; at++ {
			if at >= float64(from/1e6) && int64(at)%15_000 == 217 {
				pairs = append(pairs, fmt.Sprintf(`[%.3f,"%.1f"]`, at/1000, at/2000))
			}
			if int64(at)%15_000 > 217 && at+15_000-217 < until*1000 {
				at += float64(15_000 - int64(at)%15_000 + 216)
			}
		}
		if len(pairs) > most {
			return 422, `{"status":"error","errorType":"execution","error":"too many samples"}`
		}
		one := `{"metric":{"__name__":"node_cpu_seconds_total","cpu":"0","instance":"%s:9100","job":"node","mode":"idle"},"values":[` + strings.Join(pairs, ",") + `]}`
		return 200, `{"status":"success","data":{"resultType":"matrix","result":[` + fmt.Sprintf(one, "a") + "," + fmt.Sprintf(one, "b") + `]}}`
	}
}

func named(t *testing.T, name string) Metric {
	t.Helper()
	for _, m := range Metrics() {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no metric %s", name)
	return Metric{}
}

func TestAHistoryIsReadInPartsThatTheServerBears(t *testing.T) {
	begin := t0.Add(50 * time.Hour)
	f := serve(t, counters(t, begin, 2000))
	metric := named(t, "node_cpu_seconds_total")
	h, err := NewHistory(f.server(t, Options{}), Span{From: t0, Until: t0.Add(72 * time.Hour), Step: time.Minute, Selector: ` {job="node",} `}, []Metric{metric})
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]map[evenkeel.Moment]int{}
	var last Progress
	err = h.Read(t.Context(), func(b *evenkeel.Batch) error {
		for i := range b.Records {
			u := b.Usage(&b.Records[i])
			if at[string(u.Asset)] == nil {
				at[string(u.Asset)] = map[evenkeel.Moment]int{}
			}
			at[string(u.Asset)][u.At]++
			if u.At%1e9 != 217e6 || b.Source != Source || u.Part != evenkeel.PartIdle {
				t.Fatalf("%+v; expected the time of the scrape", u)
			}
		}
		return nil
	}, func(p Progress) {
		if p.Done < last.Done || p.Questions <= last.Questions {
			t.Errorf("progress went from %+v to %+v", last, p)
		}
		last = p
	})
	if err != nil {
		t.Fatal(err)
	}
	if last.Done != last.Total || last.Total != 72*3600 {
		t.Errorf("ended at %+v", last)
	}
	for _, name := range []string{"a", "b"} {
		if n := len(at[name]); n < 22*60 || n > 22*80+20 {
			t.Errorf("%s has %d readings in 22 hours; expected about one every 45 s", name, n)
		}
	}
	if seen := h.Seen()[0]; seen.Targets != 2 || seen.Records != len(at["a"])+len(at["b"]) || seen.Samples < 2*22*240 {
		t.Errorf("%+v", seen)
	}
	if tally := h.Tally(); tally.Refused() > 0 {
		t.Errorf("%v", &tally)
	}
	asked := ""
	f.answer = func(_ string, args url.Values, _ *http.Request) (int, string) {
		asked = args.Get("query")
		return 200, `{"status":"success","data":{"resultType":"matrix","result":[]}}`
	}
	if err := h.Again(t.Context(), "b", t0, t0.Add(time.Minute), nil); err != nil || !strings.HasPrefix(asked, `node_cpu_seconds_total{mode=~"idle|iowait",job="node",instance="b:9100",job="node"}[60000ms]`) {
		t.Errorf("again: %s, %v", asked, err)
	}
	if asked = ""; h.Again(t.Context(), "c", t0, t0.Add(time.Minute), nil) != nil || asked != "" {
		t.Errorf("of an asset that was never seen: %s", asked)
	}
}

func TestAServerThatBearsNothingIsAnError(t *testing.T) {
	f := serve(t, counters(t, t0, 0))
	h, err := NewHistory(f.server(t, Options{}), Span{From: t0, Until: t0.Add(24 * time.Hour), Step: time.Minute, Selector: `{job="node"}`}, []Metric{named(t, "node_cpu_seconds_total")})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Read(t.Context(), func(*evenkeel.Batch) error { return nil }, nil); err == nil || !strings.Contains(err.Error(), "too many samples") {
		t.Errorf("%v; expected what the server says", err)
	}
}

func TestAHistoryThatCannotBeIsRefused(t *testing.T) {
	for _, s := range []Span{
		{From: t0, Until: t0, Step: time.Minute}, {From: t0, Until: t0 + 1, Step: time.Millisecond},
		{From: t0, Until: t0.Add(time.Hour), Step: time.Minute, Selector: "job=node"},
	} {
		if _, err := NewHistory(nil, s, nil); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestManyTargetsAreAskedForInGroups(t *testing.T) {
	var targets []string
	for i := range 60 {
		targets = append(targets, fmt.Sprintf("10.0.0.%d:9100", i))
	}
	got := groups("instance", targets)
	if len(got) != 3 || !strings.HasPrefix(got[0], `instance=~"10\\.0\\.0\\.0:9100|10\\.0\\.0\\.1:9100|`) {
		t.Errorf("%d groups, the first %s", len(got), got[0])
	}
	if got := groups("instance", nil); len(got) != 1 || got[0] != "" {
		t.Errorf("without targets: %q", got)
	}
}

func FuzzPoints(f *testing.F) {
	for _, s := range []string{`[]`, `null`, `[[1,"2"]]`, `[ [1780000000.217 , "1e+06"], [2,"NaN"],[3,"+Inf"]]`, `[[1]]`, `[[[1,"2"]]]`, `{}`, `[["]","["]]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var fast Points
		if json.Unmarshal([]byte(s), &fast) != nil {
			return
		}
		var slow [][2]any
		if err := json.Unmarshal([]byte(s), &slow); err != nil || len(slow) != len(fast) {
			t.Fatalf("%q: %d points; a slow reading gives %d, %v", s, len(fast), len(slow), err)
		}
		for i, p := range slow {
			value, _ := strconv.ParseFloat(fmt.Sprint(p[1]), 64)
			if value != fast[i].Value && value == value {
				t.Fatalf("%q: value %v; a slow reading gives %v", s, fast[i].Value, p[1])
			}
		}
	})
}
