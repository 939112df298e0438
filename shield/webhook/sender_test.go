package webhook

import (
	"compress/gzip"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
)

func TestAMessageIsSignedAndSaysWhoSends(t *testing.T) {
	var got []*http.Request
	srv := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, err := keys(t, olderText).Verify(r.Header, body, backendtest.Start.Add(time.Minute).Time()); err != nil {
			t.Errorf("a receiver that has the older secret says %v", err)
		}
		got = append(got, r)
	})
	c := backendtest.NewClock()
	s := clocked(t, Endpoint{URL: srv.URL + "/orders?token=1", Keys: keys(t, secretText, olderText), Allow: loopback}, c)
	for range 2 {
		if _, err := s.Post(t.Context(), "o-17", []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
		c.Pass(2 * time.Minute)
	}
	for i, r := range got {
		h := r.Header
		if r.Method != "POST" || r.URL.String() != "/orders?token=1" || h.Get("Content-Type") != "application/json" || h.Get("User-Agent") != "Evenkeel" || h.Get("Accept-Encoding") != "" {
			t.Errorf("attempt %d: %s %s %v", i, r.Method, r.URL, h)
		}
		want := strconv.FormatInt(backendtest.Start.Add(time.Duration(i)*2*time.Minute).Time().Unix(), 10)
		if h.Get("Webhook-Id") != "o-17" || h.Get("Webhook-Timestamp") != want {
			t.Errorf("attempt %d has the id %q and the time %s; expected the same id, and the time %s", i, h.Get("Webhook-Id"), h.Get("Webhook-Timestamp"), want)
		}
	}
}

func TestWhatAStatusMeans(t *testing.T) {
	inAMinute := backendtest.Start.Add(time.Minute).Time().Format(http.TimeFormat)
	for _, c := range []struct {
		name, after string
		status      int
		kind        evenkeel.Kind // of the error; internal: none
		next        time.Duration // the pause that the receiver wished for and gets
	}{
		{"200 is success", "", 200, 0, 0},
		{"201 is success", "", 201, 0, 0},
		{"202 is success", "", 202, 0, 0},
		{"204 is success", "", 204, 0, 0},
		{"299 is success", "", 299, 0, 0},
		{"300 comes again", "", 300, evenkeel.KindUnavailable, 0},
		{"304 comes again", "", 304, evenkeel.KindUnavailable, 0},
		{"400 stays refused", "", 400, evenkeel.KindInvalid, 0},
		{"401 comes again: it speaks of the secret or the address", "", 401, evenkeel.KindUnavailable, 0},
		{"403 comes again: it speaks of the secret or the address", "", 403, evenkeel.KindUnavailable, 0},
		{"404 comes again: it speaks of the secret or the address", "", 404, evenkeel.KindUnavailable, 0},
		{"405 stays refused", "", 405, evenkeel.KindInvalid, 0},
		{"408 comes again", "", 408, evenkeel.KindUnavailable, 0},
		{"409 stays refused", "", 409, evenkeel.KindConflict, 0},
		{"410 stays refused", "", 410, evenkeel.KindDenied, 0},
		{"413 stays refused", "", 413, evenkeel.KindInvalid, 0},
		{"422 stays refused", "", 422, evenkeel.KindInvalid, 0},
		{"425 comes again", "", 425, evenkeel.KindUnavailable, 0},
		{"429 comes again", "", 429, evenkeel.KindUnavailable, 0},
		{"429 comes again after the seconds that it says", "7", 429, evenkeel.KindUnavailable, 7 * time.Second},
		{"500 comes again", "", 500, evenkeel.KindUnavailable, 0},
		{"501 comes again", "", 501, evenkeel.KindUnavailable, 0},
		{"503 comes again at the time that it says", inAMinute, 503, evenkeel.KindUnavailable, time.Minute},
		{"503 that says a time that is over comes again", "Mon, 02 Jan 2006 15:04:05 GMT", 503, evenkeel.KindUnavailable, 0},
		{"503 that says nonsense comes again", "soon", 503, evenkeel.KindUnavailable, 0},
		{"503 that says a negative number comes again", "-5", 503, evenkeel.KindUnavailable, 0},
		{"503 that says years comes again after a day at most", "99999999", 503, evenkeel.KindUnavailable, 24 * time.Hour},
		{"599 comes again", "", 599, evenkeel.KindUnavailable, 0},
		{"a status that nobody knows comes again", "", 742, evenkeel.KindUnavailable, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sender(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.after != "" {
					w.Header().Set("Retry-After", c.after)
				}
				w.WriteHeader(c.status)
			}).URL, nil)
			a, err := s.Post(t.Context(), "o-17", []byte(`{}`))
			if a.Status != c.status && err == nil {
				t.Errorf("the status is %d", a.Status)
			}
			if (err == nil) != (c.kind == 0) || err != nil && evenkeel.KindOf(err) != c.kind {
				t.Fatalf("got %v, of kind %v", err, evenkeel.KindOf(err))
			}
			if err != nil && (shield.Final(err) != (c.kind != evenkeel.KindUnavailable) || !strings.Contains(err.Error(), strconv.Itoa(c.status))) {
				t.Errorf("the error %q is final: %v", err, shield.Final(err))
			}
			if got := retryAfter(c.after, backendtest.Start); got != c.next {
				t.Errorf("it wishes for a pause of %v; expected %v", got, c.next)
			}
		})
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		var elsewhere atomic.Int32
		other := serve(t, func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
		s := sender(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/moved?token=geheim", status)
		}).URL, nil)
		_, err := s.Post(t.Context(), "o-17", []byte(`{}`))
		host := strings.TrimPrefix(other.URL, "http://")
		if err == nil || shield.Final(err) || !strings.Contains(err.Error(), "redirects are not followed") || !strings.Contains(err.Error(), host) ||
			strings.Contains(err.Error(), "geheim") || evenkeel.HintOf(err) == "" {
			t.Errorf("%d: got %v", status, err)
		}
		if n := elsewhere.Load(); n != 0 {
			t.Errorf("%d: the other address was asked %d times", status, n)
		}
	}
}

func TestAfterGoneNothingIsSent(t *testing.T) {
	var asked atomic.Int32
	s := sender(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusGone)
	}).URL, nil)
	for range 3 {
		_, err := s.Post(t.Context(), "o-17", []byte(`{}`))
		if !shield.Final(err) || !strings.Contains(err.Error(), "410 Gone") || evenkeel.HintOf(err) == "" {
			t.Errorf("got %v", err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the receiver was asked %d times", n)
	}
}

// hang answers only when the test is over.
func hang(t testing.TB, before func(http.ResponseWriter)) http.HandlerFunc {
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	return func(w http.ResponseWriter, r *http.Request) {
		if before != nil {
			before(w)
			_ = http.NewResponseController(w).Flush()
		}
		<-over
	}
}

func TestAReceiverThatNeverAnswersIsLeft(t *testing.T) {
	srv := httptest.NewServer(nil)
	t.Cleanup(srv.Close)
	srv.Config.Handler = hang(t, nil)
	s := sender(t, srv.URL, func(e *Endpoint) { e.Whole = 50 * time.Millisecond })
	_, err := s.Post(t.Context(), "o-17", []byte(`{}`))
	if err == nil || shield.Final(err) || !strings.Contains(err.Error(), "did not answer in time") {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsReadOfAnAnswerIsBounded(t *testing.T) {
	o := backendtest.Throttle("d-1", "vm-1")
	good := jsonOf(t, receipt{Order: string(o.ID), State: "applied"})
	for _, c := range []struct {
		name   string
		answer func(w http.ResponseWriter)
		hangs  bool
		why    string
	}{
		{"an answer of megabytes", func(w http.ResponseWriter) {
			for range 200 {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return // it was left
				}
			}
		}, false, "more than 65536 bytes"},
		{"what is too much is not waited for", func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 65<<10)) }, true, "more than 65536 bytes"},
		{"a receipt with megabytes of spaces behind it", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, good+strings.Repeat(" ", 2<<20))
		}, false, "more than 65536 bytes"},
		{"an answer that never ends", func(w http.ResponseWriter) { _, _ = io.WriteString(w, good[:10]) }, true, "broke off"},
		{"an answer that is cut off", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, good)
		}, false, "broke off"},
		{"a packed answer that would be megabytes", func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(make([]byte, 1<<20))
			_ = z.Close()
		}, false, "no receipt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := httptest.NewServer(nil)
			t.Cleanup(srv.Close)
			srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { c.answer(w) })
			if c.hangs {
				srv.Config.Handler = hang(t, c.answer)
			}
			s := sender(t, srv.URL, func(e *Endpoint) {
				if c.hangs {
					e.Whole = 200 * time.Millisecond
				}
			})
			r, err := backend(t, s).Apply(t.Context(), o)
			if err != nil || r.State != 0 || r.Order != o.ID || !strings.Contains(r.Why, c.why) {
				t.Errorf("got %+v, %v; expected that it is unconfirmed: %q", r, err, c.why)
			}
		})
	}
	t.Run("headers of megabytes", func(t *testing.T) {
		s := sender(t, serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 2<<20)) }).URL, nil)
		if _, err := s.Post(t.Context(), "o-17", []byte(`{}`)); err == nil || shield.Final(err) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a message of megabytes is not sent", func(t *testing.T) {
		s := sender(t, "https://receiver.example.net/", nil)
		if _, err := s.Post(t.Context(), "o-17", make([]byte, MaxBody+1)); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("got %v", err)
		}
	})
}

func TestWhoVouchesForTheReceiverIsAsked(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of our refusals
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	port := srv.URL[strings.LastIndex(srv.URL, ":"):]
	for _, c := range []struct {
		name, host string
		roots      *x509.CertPool
		says       string
	}{
		{"a certificate that is vouched for", "127.0.0.1", roots, ""},
		{"a name that is in the certificate", "example.com", roots, ""},
		{"a certificate that nobody vouches for", "127.0.0.1", nil, "certificate"},
		{"a certificate for another name", "receiver.test", roots, "certificate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sender(t, "https://"+c.host+port, func(e *Endpoint) {
				e.Roots, e.resolve = c.roots, resolves("127.0.0.1")
			})
			_, err := s.Post(t.Context(), "o-17", []byte(`{}`))
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v; expected %q", err, c.says)
			}
		})
	}
}

func TestNoErrorTellsASecret(t *testing.T) {
	statuses := []int{301, 400, 410, 500}
	for i, url := range []string{
		"http://127.0.0.1:1", "http://receiver.test:80", "https://127.0.0.1:1", "http://10.1.2.3", "https://user:geheim@receiver.test",
		"ftp://receiver.test", "http://%zz", "https://receiver.test:99999",
		serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(statuses[0])
			statuses = statuses[1:]
		}).URL,
	} {
		to := Endpoint{URL: url + "/geheim?token=geheim#geheim", Keys: keys(t), Allow: loopback, resolve: resolves()}
		s, err := NewSender(to, backendtest.NewClock().Now)
		for n := len(statuses); ; n-- {
			if err == nil {
				_, err = s.Post(t.Context(), "o-17", []byte(`{}`))
			}
			if err == nil || strings.Contains(err.Error()+evenkeel.HintOf(err), "geheim") || strings.Contains(fmt.Sprintf("%+v", err), "AAECAw") {
				t.Errorf("address %d: got %v", i, err)
			}
			if i < 8 || n == 1 {
				break
			}
			err = nil
		}
	}
}

func TestAnExcerptIsSafeToPrint(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"nothing", "", ""},
		{"only spaces", " \r\n\t ", ""},
		{"lines become one", "no\r\nsuch\torder", ": no such order"},
		{"escapes of terminals are taken out", "\x1b[2Jgone\x00", ": [2Jgone"},
		{"bytes that are no text are taken out", "a\xff\xfeb", ": a b"},
		{"signs that turn the direction are taken out", "a\u202eb", ": a b"},
		{"other scripts stay", "kein Auftrag, 没有", ": kein Auftrag, 没有"},
		{"the rest is cut off", strings.Repeat("x", 500), ": " + strings.Repeat("x", 200)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := excerpt([]byte(c.body)); got != c.want {
				t.Errorf("got %q; expected %q", got, c.want)
			}
		})
	}
}
