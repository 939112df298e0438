package app

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/receive"
)

// front is where others come in: senders, whoever asks how it is, and the command line.
type front struct {
	at      Addresses
	doors   []door
	mails   *mails
	hosts   *hosts // nil: none can connect
	control *control
	sweep   func(context.Context) error
	ran     bool
}

// door is a server at an address.
type door struct {
	server *http.Server
	listen net.Listener
}

// durable is the log as the intake needs it.
type durable struct{ *stream.Intake }

// Append publishes.
func (d durable) Append(ctx context.Context, b *evenkeel.Batch) error { return d.Publish(ctx, b) }

func openFront(ctx context.Context, h *house, key secret) (*front, error) {
	p, c := h.parts, &h.parts.Config.Intake
	sources, err := sourcesOf(c.Sources)
	if err != nil {
		return nil, err
	}
	h.arrivals = newArrivals(durable{h.intake}, p.Now)
	in, err := receive.New(h.arrivals, sources, h.reg, receive.Options{Key: key, Assets: c.Assets, Labels: c.Labels, Now: p.Now, Logger: p.Log})
	if err != nil {
		return nil, err
	}
	if err := registerAll(h.reg, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})); err != nil {
		return nil, err
	}
	f := &front{sweep: func(ctx context.Context) error { return h.bench.sweep(ctx, h.watcher.registry) }}
	// The site's links begin with its address, which is chosen only when it listens.
	site := &later{}
	secure, err := certified(&p.Config.Console)
	if err != nil {
		return nil, err
	}
	reports, err := h.clerk.handler(&p.Config.Reports, p.Now)
	if err != nil {
		return nil, err
	}
	http2 := &http.Protocols{}
	http2.SetUnencryptedHTTP2(true)
	for _, d := range []struct {
		key, at   string
		chosen    *string
		handler   http.Handler
		protocols *http.Protocols
		secure    *tls.Config
	}{
		{"listen", p.Config.Listen, &f.at.Console, site, nil, secure},
		{"intake.otlp_http", c.OTLPHTTP, &f.at.OTLPHTTP, in.HTTP(), nil, nil},
		{"intake.otlp_grpc", c.OTLPgRPC, &f.at.OTLPgRPC, in.GRPC(), http2, nil},
		{"reports.listen", p.Config.Reports.Listen, &f.at.Reports, reports, nil, secure},
	} {
		if d.at == "" {
			continue
		}
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", d.at)
		if err != nil {
			return nil, errors.Join(taken(d.key, d.at, err), f.close())
		}
		*d.chosen = l.Addr().String()
		server := serverOf(d.handler, d.protocols, p.Log)
		server.TLSConfig = d.secure
		f.doors = append(f.doors, door{server, l})
	}
	f.control, err = openControl(h.dir, hatch{do: h.do, works: h.works, reads: h.readsWhoCame, link: h.signIn, roles: h.appoint, probe: h.canary.ask, hosts: h.askedOfHosts, incidents: h.askedOfIncident, looks: h.looksAt, second: h.judge.Seconded, names: h.directory(), scope: h.scopes(), now: p.Now, log: p.Log})
	if err == nil {
		site.Handler, err = h.openSite(ctx, f)
	}
	if err == nil {
		f.mails, err = openMails(ctx, h, &f.at)
	}
	if err == nil && h.hosts != nil {
		f.hosts, h.hosts.take = h.hosts, h.arrivals.Append
		h.hosts.tenantOf = h.tenantOf
		if err = f.hosts.listen(ctx, h.dir, &p.Config.Hosts, p.Now); err == nil {
			f.at.Hosts = f.hosts.link.Addr()
			err = registerAll(h.reg, f.hosts)
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// later is a handler that is set before anybody is let in.
type later struct{ http.Handler }

// serverOf bounds what a connection may take. The intake bounds bodies by itself.
func serverOf(h http.Handler, protocols *http.Protocols, log *slog.Logger) *http.Server {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug), Protocols: protocols,
	}
	if protocols != nil { // a request of a thousand points in one frame instead of five
		s.HTTP2 = &http.HTTP2Config{MaxReadFrameSize: 1 << 20, MaxReceiveBufferPerStream: 4 << 20}
	} else {
		s.ReadTimeout, s.WriteTimeout = time.Minute, time.Minute
	}
	return s
}

// taken says that an address cannot be listened at.
func taken(key, at string, err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindConflict, Says: "listen at " + at + " (" + key + ")", Err: err,
		Hint: "another program may listen there: set " + key + " to another address, or to port 0 for any that is free",
	}
}

// runs are the parts to run, until front ends.
func (f *front) runs(ctx context.Context) []func() error {
	f.ran = true
	all := []func() error{
		func() error { return f.control.Run(ctx) }, func() error { return f.sweep(ctx) },
	}
	for _, d := range f.doors {
		all = append(all, func() error { return d.run(ctx) })
	}
	if f.mails != nil {
		for _, run := range f.mails.runs {
			all = append(all, func() error { return run(ctx) })
		}
	}
	if f.hosts != nil {
		all = append(all, func() error { return f.hosts.run(ctx) }, func() error { return f.hosts.listenFor(ctx) })
	}
	return all
}

// run serves until ctx ends. Requests at work then have a moment.
func (d *door) run(ctx context.Context) error {
	served := make(chan error, 1)
	go func() {
		if d.server.TLSConfig != nil {
			served <- d.server.ServeTLS(d.listen, "", "")
		} else {
			served <- d.server.Serve(d.listen)
		}
	}()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), endsFront)
	defer cancel()
	if d.server.Shutdown(last) != nil {
		_ = d.server.Close() // whoever was not answered comes again
	}
	<-served
	return nil
}

// close gives up what was not run.
func (f *front) close() error {
	if f.ran {
		return nil
	}
	var errs []error
	for _, d := range f.doors {
		errs = append(errs, d.listen.Close())
	}
	if f.control != nil {
		errs = append(errs, f.control.Close())
	}
	f.mails.close()
	f.hosts.close()
	return errors.Join(errs...)
}

var grantOf = map[string]intake.Grant{"telemetry": intake.GrantTelemetry, "inventory": intake.GrantInventory}

// sourcesOf makes the senders that have a token; whoever sends from this machine needs none.
func sourcesOf(list []config.Source) (*receive.Sources, error) {
	var all []receive.Source
	for _, c := range list {
		s := receive.Source{Name: c.Name, Points: c.Points, Bytes: float64(c.Bytes), Tokens: make([][sha256.Size]byte, 1)}
		if _, err := hex.Decode(s.Tokens[0][:], []byte(c.TokenSHA256)); err != nil {
			return nil, err
		}
		if c.TokenFile != "" {
			text, err := tokenIn(c.Name, c.TokenFile)
			if err != nil {
				return nil, err
			}
			s.Tokens[0] = sha256.Sum256([]byte(text))
		}
		for _, g := range c.May {
			s.May |= grantOf[g]
		}
		all = append(all, s)
	}
	return receive.NewSources(receive.Loopback, all...)
}

// maxToken is the longest token in bytes.
const maxToken = 4096

// tokenIn reads the token of a source.
func tokenIn(source, file string) (string, error) {
	doing := "read the token of source " + source + " from"
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fileError(doing, file, err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" || len(token) > maxToken || strings.ContainsAny(token, "\r\n") {
		return "", &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: doing + " " + file + fmt.Sprintf(": expected one line that is not empty, of at most %d bytes", maxToken),
			Hint: "make one with: head -c 32 /dev/urandom | base64 -w 0 > " + file,
		}
	}
	return token, nil
}
