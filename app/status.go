package app

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// console is what can be asked from outside: how it is, for people and for programs.
func (h *house) console() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", h.page)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, health{Status: "alive"}) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if why := h.state.unready(); len(why) > 0 {
			answer(w, http.StatusServiceUnavailable, health{"not ready", why})
			return
		}
		answer(w, http.StatusOK, health{Status: "ready"})
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.reg, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second}))
	return mux
}

// health is the answer to whoever asks whether it works.
type health struct {
	Status  string   `json:"status"`
	Reasons []string `json:"reasons,omitempty"`
}

func answer(w http.ResponseWriter, status int, v health) {
	body, _ := json.Marshal(v) // plain texts: it cannot fail
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // whoever is gone needs no answer
}

func (h *house) page(w http.ResponseWriter, _ *http.Request) {
	var out bytes.Buffer
	if err := pageText.Execute(&out, struct {
		report
		Addresses
	}{h.report(), h.front.at}); err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, _ = w.Write(out.Bytes())
}

var pageText = template.Must(template.New("status").Funcs(template.FuncMap{
	"round": func(d time.Duration) time.Duration { return d.Round(time.Second) },
}).Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Evenkeel</title>
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}dt{float:left;clear:left;width:22rem}dd{margin:0 0 0 23rem}</style>
<h1>Evenkeel</h1>
{{with .Unready}}<p><strong>Not ready:</strong> {{range .}}{{.}}. {{end}}</p>{{else}}<p>It watches and judges.</p>{{end}}
<dl>
<dt>Running for<dd>{{round .Up}}
<dt>Records watched<dd>{{.Tally.Records}}, of which {{.Tally.Repeated}} had come before and {{.Tally.Late}} came too late
<dt>Records of assets that nobody is known to hold<dd>{{.Tally.Unknown}}
<dt>Findings that wait to learn whose the asset is<dd>{{.Held}}
<dt>Waiting for the judge<dd>{{.Waiting}}
<dt>Decided and waiting to be carried out<dd>{{if .Outbox}}{{.Orders}} orders, {{.Notices}} notices{{else}}unknown: the books do not answer{{end}}
<dt>Since the last checkpoint<dd>{{round .CheckpointAge}}
<dt>Telemetry comes in at<dd>{{.OTLPHTTP}} (HTTP), {{.OTLPgRPC}} (gRPC)
</dl>
<p>Nothing is carried out or sent yet: orders and notices wait in the books. Cases are shown by <code>evenkeel case list --books</code> and the data directory.</p>
<p><a href="/healthz">healthz</a> · <a href="/readyz">readyz</a> · <a href="/metrics">metrics</a></p>
</html>
`))
