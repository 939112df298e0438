package desk

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/staff"
	"github.com/evenkeel/evenkeel/store/memory"
	"time"
)

func request(host, remote string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host, r.RemoteAddr = host, remote
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestWhoIsPassedOnByAProxyIsNotHere(t *testing.T) {
	for _, c := range []struct {
		name string
		r    *http.Request
		here bool
	}{
		{"a browser on this machine", request("127.0.0.1:7070", "127.0.0.1:5000", "Sec-Fetch-Site", "none"), true},
		{"by name", request("localhost:7070", "[::1]:5000"), true},
		{"without a port", request("[::1]", "[::1]:5000"), true},
		{"another machine", request("127.0.0.1:7070", "192.0.2.1:5000"), false},
		{"a proxy that says for whom", request("127.0.0.1:7070", "127.0.0.1:5000", "X-Forwarded-For", "203.0.113.9"), false},
		{"a proxy that says how", request("127.0.0.1:7070", "127.0.0.1:5000", "Via", "1.1 edge"), false},
		{"a proxy that keeps the name", request("evenkeel.example.net", "127.0.0.1:5000"), false},
		{"a name of somebody else's that leads here", request("evil.example:7070", "127.0.0.1:5000"), false},
		{"no address", request("127.0.0.1:7070", "@"), false},
	} {
		if got := Here(c.r); got != c.here {
			t.Errorf("%s: %v; expected %v", c.name, got, c.here)
		}
	}
}

// TestWhereARequestComesFrom: that of a proxy on this machine is not where the browser is.
func TestWhereARequestComesFrom(t *testing.T) {
	for _, c := range []struct {
		name string
		r    *http.Request
		want string
	}{
		{"a browser on this machine", request("127.0.0.1:7070", "127.0.0.1:5000"), "127.0.0.1"},
		{"a browser on this machine, mapped", request("localhost:7070", "[::ffff:127.0.0.1]:5000"), "127.0.0.1"},
		{"another machine", request("evenkeel.example.net", "192.0.2.1:5000"), "192.0.2.1"},
		{"a proxy that says for whom", request("127.0.0.1:7070", "127.0.0.1:5000", "X-Forwarded-For", "203.0.113.9"), "invalid IP"},
		{"a proxy that keeps the name", request("evenkeel.example.net", "127.0.0.1:5000"), "invalid IP"},
		{"no address", request("127.0.0.1:7070", "@"), "invalid IP"},
	} {
		if got := source(c.r).String(); got != c.want {
			t.Errorf("%s: %s; expected %s", c.name, got, c.want)
		}
	}
}

// The first link lets the operator look around at once, on this machine only.
func TestWhoIsNotHereHasToEnrolFirst(t *testing.T) {
	people := staff.New(memory.NewStaff(), time.Now, staff.Options{Loopback: true})
	door := NewDoor(people)
	for name, c := range map[string]struct {
		r    *http.Request
		must bool
	}{
		"here":         {request("127.0.0.1:7070", "127.0.0.1:5000"), false},
		"by a proxy":   {request("evenkeel.example.net", "127.0.0.1:5000", "X-Forwarded-For", "203.0.113.9"), true},
		"by rebinding": {request("evil.example", "127.0.0.1:5000"), true},
	} {
		token, _, err := people.FirstLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var s, again console.Session
		Near(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if s, err = door.EnterByLink(r.Context(), token); err == nil {
				again, err = door.Whose(r.Context(), s.Token)
			}
		})).ServeHTTP(httptest.NewRecorder(), c.r)
		if err != nil || s.MustEnrol != c.must || again.MustEnrol != c.must {
			t.Errorf("%s: must enrol %v, then %v (%v); expected %v", name, s.MustEnrol, again.MustEnrol, err, c.must)
		}
	}
}
