package door

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/hello"
)

func TestCurlIsServed(t *testing.T) {
	if _, err := os.Stat("/usr/bin/curl"); os.IsNotExist(err) {
		t.Fatal("there is no /usr/bin/curl: apt-get install curl, or let .ci/run install it")
	}
	s := open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := From(r.Context())
		o, _ := v.Opening()
		fmt.Fprint(w, r.Proto, " ", v.Hello().Family(), " ", o.Text)
	}), nil)
	for flag, want := range map[string]string{"--http2": "HTTP/2.0 openssl h2|", "--http1.1": "HTTP/1.1 openssl h1|1.1|Host,User-Agent,Accept"} {
		out, err := exec.Command("/usr/bin/curl", "-sk", "--max-time", "30", flag, "--connect-to", "::"+s.at, "https://a.example/").CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("curl %s: %s, %v", flag, out, err)
		}
	}
}

func TestChromiumIsServed(t *testing.T) {
	const browserAt = "/usr/bin/chromium"
	if _, err := os.Stat(browserAt); os.IsNotExist(err) {
		t.Fatalf("there is no %s: apt-get install chromium, or let .ci/run install it", browserAt)
	}
	seen := make(chan *Visitor, 100)
	agents := make(chan string, 100)
	s := open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- From(r.Context())
		agents <- r.UserAgent()
		io.WriteString(w, "<title>served</title><p>"+r.Proto)
	}), nil)
	dir, err := os.MkdirTemp("", "chromium")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // a process of the browser's may be about to write a last file
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	_, port, _ := net.SplitHostPort(s.at)
	out, err := exec.CommandContext(ctx, browserAt, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
		"--disable-component-update", "--ignore-certificate-errors", "--host-resolver-rules=MAP a.example 127.0.0.1", "--user-data-dir="+dir,
		"--dump-dom", "https://a.example:"+port+"/").Output()
	if err != nil || !strings.Contains(string(out), "HTTP/2.0") {
		t.Fatalf("%v: %s", err, out)
	}
	v, agent := <-seen, <-agents
	o, ok := v.Opening()
	t.Log(v.JA4(), v.Stable(), o.Text, v.SYN.String(), agent)
	if v.Hello().Family() != hello.Chromium || v.Protocol != "h2" || !ok || !strings.HasPrefix(o.Text, "h2|1:65536;") || v.Name != "a.example" {
		t.Errorf("%s, %s, %+v, %s", v.Hello().Family(), v.Protocol, o, v.Name)
	}
	if answer, why := v.Contradicts(agent); answer == hello.Yes {
		t.Errorf("Chromium contradicts itself: %s", why)
	}
}
