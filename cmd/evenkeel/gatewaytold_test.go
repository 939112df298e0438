package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/app/edge"
)

// weakShop is a backend that answers so many requests a second, and fails beyond.
func weakShop(t *testing.T, bears int64) *httptest.Server {
	var second, came atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if now := time.Now().Unix(); second.Swap(now) != now {
			came.Store(0)
		}
		if came.Add(1) > bears {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "a page")
	}))
	t.Cleanup(s.Close)
	return s
}

// ownCertificate writes a certificate for names that signs itself, and returns who believes it.
func ownCertificate(t *testing.T, chain, secret string, names ...string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: names, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	put(t, chain, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	put(t, secret, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})))
	return roots
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAnAttackAtAGatewayIsToldAndReplayed floods a site of a gateway over TLS, reads what the attack took, and has the file of records watched.
func TestAnAttackAtAGatewayIsToldAndReplayed(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	back := weakShop(t, 20)
	roots := ownCertificate(t, "chain.pem", "key.pem", "shop.example")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	free.Close()
	if err := os.Mkdir("sites", 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, "sites/shop.yaml", fmt.Sprintf("site: shop\ntenant: t-1\nasset: shop.example\nnames: [shop.example]\nbackends: [{url: %q}]\ncertificates: {files: [{certificate: %q, key: %q}]}\nattack: {highest: proof, budget: {cpu: 1h}}\n",
		back.URL, filepath.Join(dir, "chain.pem"), filepath.Join(dir, "key.pem")))
	put(t, "g.yaml", fmt.Sprintf("name: edge-1\ndata: %q\nsites: [%q]\nlisten: [%q]\nrecords: {file: %q}\n", filepath.Join(dir, "data"), filepath.Join(dir, "sites"), at, filepath.Join(dir, "records.jsonl")))
	cmd := started(t, "ready: 1 site", "evenkeel", "gateway", "run", "--config", "g.yaml")

	ctx, calm := context.WithCancel(t.Context())
	var sent, held, dialed atomic.Uint64
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 8,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { // each from another address
			n := dialed.Add(1)
			from := &net.TCPAddr{IP: net.IPv4(127, 1, byte(n>>8), byte(n))}
			return (&net.Dialer{LocalAddr: from}).DialContext(ctx, "tcp", at)
		},
	}}
	var flood sync.WaitGroup
	for range 4 {
		flood.Go(func() {
			for ctx.Err() == nil {
				r, _ := http.NewRequestWithContext(ctx, "GET", "https://shop.example/search?q=secret", nil)
				r.Header.Set("Accept", "text/html")
				r.Header.Set("Sec-Fetch-Dest", "document")
				a, err := client.Do(r)
				if err != nil {
					continue
				}
				_, _ = io.Copy(io.Discard, a.Body)
				a.Body.Close()
				if n := sent.Add(1); n%30 == 0 { // an address that asks oftener is refused soon
					client.CloseIdleConnections()
				}
				if a.StatusCode == http.StatusTooManyRequests {
					held.Add(1)
				}
			}
		})
	}
	eventually(t, "visitors are asked", func() bool { return held.Load() > 2000 })
	var status edge.Status
	text := shell(t, "evenkeel gateway status shop --json --config g.yaml || [ $? = 1 ]")
	if err := json.Unmarshal([]byte(text), &status); err != nil || len(status.Standing) != 1 || status.Standing[0].Attack == nil {
		t.Errorf("while it lasts: %s (%v)", text, err)
	}
	if text = shell(t, "evenkeel gateway status shop --config g.yaml || [ $? = 1 ]"); !strings.Contains(text, "which took") || !strings.Contains(text, " of 1h0m0s of the processor") {
		t.Errorf("while it lasts: %s", text)
	}
	calm()
	flood.Wait()
	var costs []edge.Attack
	eventually(t, "all is added up", func() bool {
		if err := json.Unmarshal([]byte(shell(t, "evenkeel gateway cost --json --config g.yaml")), &costs); err != nil {
			t.Fatal(err)
		}
		return len(costs) == 1 && costs[0].Asked+costs[0].Refused >= held.Load()
	})
	a := costs[0]
	if a.Site != "shop" || a.Visits > sent.Load()+100 || a.Visits < held.Load() || a.CPU == 0 || a.Bytes == 0 || a.Highest == "observe" || len(a.Stages) < 2 {
		t.Errorf("%d were sent and %d held back; it is told as %+v", sent.Load(), held.Load(), a)
	}
	if text = shell(t, "evenkeel gateway cost shop --config g.yaml"); !strings.HasPrefix(text, "SITE") || !strings.Contains(text, "held ") || !strings.Contains(text, ", runs") {
		t.Errorf("the table: %s", text)
	}
	if text = shell(t, "evenkeel gateway cost nobody --config g.yaml 2>&1 || true"); !strings.Contains(text, `there is no site "nobody"`) {
		t.Errorf("of a site that is not there: %s", text)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}

	put(t, "books.jsonl", `{"specversion":"1.0","id":"1","source":"books","type":"evenkeel.asset.v1","time":"2026-01-01T00:00:00Z","data":{"asset":"shop.example","kind":"domain","tenant":"t-1"}}`+"\n")
	put(t, "flood.yaml", `rule: asked-much
version: 1
family: flood
mode: shadow
subject: asset
about: |
  An edge holds back much of what comes to a site.
windows:
  asked:    {of: site.asked, for: 60s, pane: 30s}
  refused:  {of: site.refused, for: 60s, pane: 30s}
  requests: {of: request, sum: requests, for: 60s, pane: 30s, where: 'path == "GET /search"'}
terms:
  - name: held
    family: wire
    when: asked.sum + refused.sum >= 1000 && requests.sum >= 1000
    value: asked.sum
    threshold: 1000
    weight: 4
    says: "The edge asked visitors {asked.sum:count} times; of all requests {requests.sum:count} were for the search."
score: 4
quiet: 10m
tests: {hit: [much.txtar], miss: [little.txtar]}
`)
	text = shell(t, "evenkeel replay --rules flood.yaml --inventory books.jsonl records.jsonl 2>&1")
	if !strings.Contains(text, "were for the search") || !strings.Contains(text, "in shadow 1") {
		t.Errorf("the records are watched: %s", text)
	}
	lines, err := os.ReadFile("records.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(lines), "secret") || strings.Contains(string(lines), "127.0.0.1") {
		t.Error("the records tell what is nobody's business")
	}
	var visits, of uint64
	for line := range strings.Lines(string(lines)) {
		var e struct {
			Type string
			Data struct{ Visits, Of uint64 }
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		visits += e.Data.Visits
		of += e.Data.Of
	}
	if visits < sent.Load() || visits > sent.Load()+100 || of < visits/2 || of > visits {
		t.Errorf("%d were sent; records tell of %d visits, and requests that stand for %d", sent.Load(), visits, of)
	}
}
