package site_test

import (
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// whole is a document in which everything is set.
const whole = `site: shop
tenant: t-17
asset: domain/shop.example.org
names: [Shop.Example.ORG., "*.shop.example.org:443", xn--bcher-kva.example]
backends:
  - url: http://10.0.0.5:8080
    check: /healthz
    weight: 2
  - url: https://app.internal
    name: shop.internal
    http2: true
health: {interval: 5s, timeout: 1s, rise: 3, fall: 2, status: 200-299}
timeouts: {connect: 1s, answer: 30s, idle: 5m}
retries: 2
connections: 100
weight: 3
certificates:
  files: [{certificate: /etc/evenkeel/shop.pem, key: /etc/evenkeel/shop.key}]
paths: {health: [/ping], feeds: [/feed.xml], api: [/api/*]}
allowed: [192.0.2.0/24, "2001:db8::1"]
attack:
  highest: proof
  budget: {cpu: 30s, bytes: 1_000_000, backend: 10m}
  beyond: queue
  rules: shadow
maintenance: {en: We are back soon., ja: すぐに戻ります。}
updates:
  - at: 2026-11-28T10:00:00Z
    says: {en: The disk is being replaced.}
`

// plain is a site with what has no default.
func plain(id string, names ...string) site.Site {
	s := site.Default()
	s.ID, s.Tenant, s.Asset, s.Names = site.ID(id), evenkeel.TenantID("t-"+id), evenkeel.AssetID("domain/"+id), names
	s.Backends = []site.Backend{{Address: "10.0.0.1:8080", Weight: 1}, {Address: "10.0.0.2:8080", Weight: 1}}
	return s
}

// many are sites, each with a name and a wildcard.
func many(n int) []site.Site {
	out := make([]site.Site, n)
	for i := range out {
		out[i] = plain(fmt.Sprintf("site-%d", i), fmt.Sprintf("app%d.example.org", i), fmt.Sprintf("*.app%d.example.org", i))
	}
	return out
}

func directory(t testing.TB, sites ...site.Site) *site.Directory {
	t.Helper()
	d, err := new(site.Directory).With(sites, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
