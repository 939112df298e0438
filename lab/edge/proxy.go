package edge

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"os"
)

type proxyLoad struct {
	Setting Setting
}

// Proxy is net/http/httputil.ReverseProxy as it comes, with nothing that defends it.
func Proxy() Contender { return proxy{} }

type proxy struct{}

func (proxy) Name() string { return "ReverseProxy" }

func (proxy) Start(ctx context.Context, w *World) (Started, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(load{Proxy: &proxyLoad{w.Setting}})
	if err != nil {
		return nil, err
	}
	c := &Command{Title: "ReverseProxy", Program: self, Files: map[string]string{}, Env: []string{"GOMAXPROCS=1", loadEnv + "={{`" + string(text) + "`}}"}}
	return c.Start(ctx, w)
}

func (l *proxyLoad) run(context.Context) error {
	pair, err := tls.LoadX509KeyPair(l.Setting.Certificate, l.Setting.Key)
	if err != nil {
		return err
	}
	sites := map[string]*httputil.ReverseProxy{}
	for _, s := range l.Setting.Sites {
		to := &url.URL{Scheme: "http", Host: s.Backend.String()}
		sites[s.Name] = &httputil.ReverseProxy{
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to); r.SetXForwarded() },
			Transport: &http.Transport{MaxIdleConnsPerHost: 100},
			ErrorLog:  log.New(io.Discard, "", 0),
		}
	}
	server := &http.Server{
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}}, ErrorLog: log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			site := sites[r.Host]
			if site == nil {
				http.NotFound(w, r)
				return
			}
			site.ServeHTTP(w, r)
		}),
	}
	faults := make(chan error, 2)
	for _, at := range []netip.AddrPort{l.Setting.Listen, l.Setting.Listen6} {
		listener, err := net.Listen("tcp", at.String())
		if err != nil {
			return err
		}
		go func() { faults <- server.ServeTLS(listener, "", "") }()
	}
	return <-faults
}
