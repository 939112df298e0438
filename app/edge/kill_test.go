package edge

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// childEnv makes a process of this test's program a gateway: it holds the data directory and the folder of sites.
const childEnv = "EVENKEEL_TEST_GATEWAY"

// dropEnv is the way in which that one drops addresses in the kernel.
const dropEnv = "EVENKEEL_TEST_GATEWAY_DROP"

// fleetEnv makes it one of several: its name, and addresses of others.
const fleetEnv = "EVENKEEL_TEST_FLEET"

func TestMain(m *testing.M) {
	if text := os.Getenv(clientEnv); text != "" {
		visitAsClient(text)
		return
	}
	at := os.Getenv(childEnv)
	if at == "" {
		os.Exit(m.Run())
	}
	s := Default()
	s.Data, s.Sites[0], _ = strings.Cut(at, "\n")
	s.Listen, s.Clear = nil, []string{"127.0.0.1:0"}
	if way := os.Getenv(dropEnv); way != "" {
		s.Drop = Drop{Way: way, Interface: "lo"}
	}
	if fleet := strings.Fields(os.Getenv(fleetEnv)); len(fleet) > 0 {
		s.Fleet.Name, s.Fleet.Listen, s.Fleet.Peers = fleet[0], "127.0.0.1:0", fleet[1:]
	}
	p, err := Open(context.Background(), Options{Settings: s, Now: time.Now, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(p.Ready().Clear[0])
	fmt.Fprintln(os.Stderr, p.Run(context.Background()))
}

// killed starts a gateway that can be killed, and says where it serves.
func killed(t *testing.T, dir, sites string) (at string, kill func()) {
	t.Helper()
	return child(t, dir, sites, os.Stderr)
}

func child(t *testing.T, dir, sites string, log io.Writer, more ...string) (at string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), childEnv+"="+dir+"\n"+sites), more...)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("it says nowhere that it serves:", err)
	}
	return strings.TrimSpace(line), kill
}

// TestKilledUnderLoadItServesAgainAtTheStageWhereItWas kills it while a site is attacked, twice.
func TestKilledUnderLoadItServesAgainAtTheStageWhereItWas(t *testing.T) {
	b := backend(t, "b")
	text := document("shop", b.URL, "attack: {highest: proof}\npaths: {feeds: [/feed]}\n")
	dir, sites := folder(t, map[string]string{"shop.yaml": text, "blog.yaml": document("blog", b.URL, "")})
	attacked(t, dir, text, stage.Proof)
	asks := func(at, host string) int {
		q, _ := http.NewRequestWithContext(t.Context(), "GET", "http://"+at+"/", nil)
		q.Host = host
		q.Header.Set("Accept", "text/html")
		a, err := http.DefaultTransport.RoundTrip(q)
		if err != nil {
			return 0
		}
		a.Body.Close()
		return a.StatusCode
	}
	for range 3 {
		began := time.Now()
		at, kill := killed(t, dir, sites)
		if code := asks(at, "shop.example"); code != 429 {
			t.Errorf("the attacked site answers %d; expected 429: the stage is as it was", code)
		}
		if code := asks(at, "blog.example"); code != 200 {
			t.Errorf("its neighbour answers %d", code)
		}
		t.Log("started, and both answered, within", time.Since(began))
		ctx, cancel := context.WithCancel(t.Context())
		var load sync.WaitGroup
		for range 8 {
			load.Go(func() {
				for ctx.Err() == nil && asks(at, "shop.example") != 0 {
				}
			})
		}
		for range 20 { // it is at work
			asks(at, "shop.example")
		}
		kill()
		cancel()
		load.Wait()
	}
}
