package sieve

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/door"
)

const large = 100 << 20

// bulk gives large bytes that are not alike.
func bulk() io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{7}), large)
}

func hashOf(r io.Reader) string {
	h := sha256.New()
	io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil))
}

// behind is what stands behind nginx.
func behind(t testing.TB) netip.AddrPort {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header.Get("Visitor"), " ", r.Host) })
	mux.HandleFunc("/down", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, bulk()) })
	mux.HandleFunc("/up", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, hashOf(r.Body)) })
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		io.Copy(c, rw)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.Listener.Addr().(*net.TCPAddr).AddrPort()
}

func get(t testing.TB, c *http.Client, url string) (int, string) {
	t.Helper()
	r, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.ProtoMajor, string(b)
}

func TestNginxServesThroughTheSieve(t *testing.T) {
	noneLeft(t)
	n := nginx(t, behind(t))
	s := open(t, nil, n.at)
	whole := hashOf(bulk())
	for version, set := range map[int]func(*http.Protocols){1: one, 2: two} {
		c := client(t, s.Addr(), "127.0.7."+strconv.Itoa(version), set)
		if v, b := get(t, c, "https://a.example/who"); v != version || b != fmt.Sprintf("127.0.7.%d a.example", version) {
			t.Errorf("HTTP/%d: %s", v, b)
		}
		r, err := c.Get("https://a.example/down")
		if err != nil {
			t.Fatal(err)
		}
		if got := hashOf(r.Body); got != whole {
			t.Errorf("HTTP/%d: what was downloaded is not what was sent", version)
		}
		r.Body.Close()
		r, err = c.Post("https://b.example/up", "application/octet-stream", bulk())
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if string(b) != whole {
			t.Errorf("HTTP/%d: what was uploaded is not what came: %s", version, b)
		}
		c.CloseIdleConnections()
	}
	eventually(t, "the end of all connections", func() bool { return s.Counts().Open == 0 })
	eventually(t, "the log", func() bool {
		b, err := os.ReadFile(filepath.Join(n.dir, "access"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(b), "127.0.7.1 ") && strings.Contains(string(b), ` a.example "GET /who HTTP/2.0" 200`)
	})
	if k := s.Counts(); k.Up < 2*large || k.Down < 2*large || k.Door.Outcomes[door.Served] < 3 {
		t.Errorf("%+v", k)
	}
}

// TestAStreamBothWaysIsCarriedAsItComes asks a connection that was upgraded for its echo again and again.
func TestAStreamBothWaysIsCarriedAsItComes(t *testing.T) {
	noneLeft(t)
	s := open(t, nil, nginx(t, behind(t)).at)
	_, roots := certificate()
	c := tls.Client(dial(t, s.Addr(), "127.0.0.1"), &tls.Config{ServerName: "a.example", RootCAs: roots})
	io.WriteString(c, "GET /echo HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	r := bufio.NewReader(c)
	answer, err := http.ReadResponse(r, nil)
	if err != nil || answer.StatusCode != 101 {
		t.Fatal(answer, err)
	}
	for i := range 1000 {
		line := strings.Repeat("x", i) + "\n"
		if _, err := io.WriteString(c, line); err != nil {
			t.Fatal(err)
		}
		if got, err := r.ReadString('\n'); err != nil || got != line {
			t.Fatalf("%d: %v", i, err)
		}
	}
	c.Close()
}

// TestTheKernelCarriesTheBytes counts what this process reads: nginx sends and curl takes, and the sieve's is all that is this one's.
func TestTheKernelCarriesTheBytes(t *testing.T) {
	n := nginx(t, netip.MustParseAddrPort("127.0.0.1:1"))
	f, err := os.Create(filepath.Join(n.dir, "bulk"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(f, bulk()); err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	s := open(t, nil, n.at)
	before := readSoFar(t)
	out, err := exec.Command("curl", "-sk", "--max-time", "60", "--connect-to", "::"+s.Addr().String(), "-o", "/dev/null", "-w", "%{size_download}",
		"https://a.example/file/bulk").CombinedOutput()
	if err != nil || string(out) != strconv.Itoa(large) {
		t.Fatalf("%s, %v", out, err)
	}
	eventually(t, "the end", func() bool { return s.Counts().Down >= large })
	if got := readSoFar(t) - before; got > large/10 {
		t.Errorf("%d bytes went through this program, of %d", got, large)
	}
}

// readSoFar is how many bytes this process has read with read(2) and its like, which splice(2) is not.
func readSoFar(t *testing.T) int {
	b, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "rchar: ")
	n, err := strconv.Atoi(strings.TrimSpace(rest[:strings.IndexByte(rest, '\n')]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestHAProxyTakesWhatTheSieveTellsIt(t *testing.T) {
	noneLeft(t)
	dir, at := folder(t), free(t)
	config := fmt.Sprintf(`defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend tls
  bind %s accept-proxy ssl crt %s/pair.pem alpn h2,http/1.1
  http-request return status 200 content-type text/plain lf-string "%%[src] %%[ssl_fc_sni] %%[fc_pp_authority]"
`, at, dir)
	h := run(t, at, dir, config, "haproxy", "-db", "-f", filepath.Join(dir, "haproxy.conf"))
	s := open(t, nil, h.at)
	for _, set := range []func(*http.Protocols){one, two} {
		c := client(t, s.Addr(), "127.0.8.9", set)
		if _, b := get(t, c, "https://a.example/"); b != "127.0.8.9 a.example a.example" {
			t.Error(b)
		}
		c.CloseIdleConnections()
	}
	first := open(t, func(c *Config) { c.Header = V1 }, h.at)
	if _, b := get(t, client(t, first.Addr(), "127.0.8.10", one), "https://a.example/"); !strings.HasPrefix(b, "127.0.8.10 a.example") {
		t.Error(b)
	}
}

// TestWhatIsInFlightIsFinished shuts the sieve down in the middle of a download.
func TestWhatIsInFlightIsFinished(t *testing.T) {
	noneLeft(t)
	s := open(t, nil, nginx(t, behind(t)).at)
	c := client(t, s.Addr(), "127.0.0.1", one)
	r, err := c.Get("https://a.example/down")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		ctx, cancel := contextOf(time.Minute)
		defer cancel()
		done <- s.Shutdown(ctx)
	}()
	eventually(t, "a closed port", func() bool {
		c, err := net.Dial("tcp", s.Addr().String())
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if hashOf(r.Body) != hashOf(bulk()) {
		t.Error("what was in flight is not whole")
	}
	r.Body.Close()
	c.CloseIdleConnections()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
