package hello_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/evenkeel/evenkeel/instrument/hello"
)

// signature is a browser's hello as curl-impersonate has written it down.
type signature struct {
	Name      string
	Browser   struct{ Name string }
	Signature struct {
		Hello struct {
			Suites     []any `yaml:"ciphersuites"`
			Extensions []struct {
				Type       any
				Groups     []any    `yaml:"supported_groups"`
				Signatures []any    `yaml:"sig_hash_algs"`
				Versions   []any    `yaml:"supported_versions"`
				Protocols  []string `yaml:"alpn_list"`
				Shares     []struct {
					Group  any
					Length int
				} `yaml:"key_shares"`
			}
		} `yaml:"tls_client_hello"`
		HTTP2 struct{ Headers []string }
	}
}

var extensionTypes = map[string]int{
	"server_name": 0, "status_request": 5, "supported_groups": 10, "ec_point_formats": 11, "signature_algorithms": 13, "application_layer_protocol_negotiation": 16,
	"signed_certificate_timestamp": 18, "padding": 21, "extended_master_secret": 23, "compress_certificate": 27, "record_size_limit": 28, "delegated_credentials": 34,
	"session_ticket": 35, "supported_versions": 43, "psk_key_exchange_modes": 45, "keyshare": 51, "application_settings": 0x4469, "renegotiation_info": 0xff01,
}

var versionNames = map[string]uint16{"TLS_VERSION_1_3": 0x0304, "TLS_VERSION_1_2": 0x0303, "TLS_VERSION_1_1": 0x0302, "TLS_VERSION_1_0": 0x0301}

func code(t *testing.T, v any) uint16 {
	t.Helper()
	switch v := v.(type) {
	case int:
		return uint16(v)
	case string:
		if v == "GREASE" {
			return 0x5a5a
		}
		if n, ok := versionNames[v]; ok {
			return n
		}
	}
	t.Fatalf("%v is no number that a hello has", v)
	return 0
}

func codes(t *testing.T, list []any) (out []uint16) {
	t.Helper()
	for _, v := range list {
		out = append(out, code(t, v))
	}
	return out
}

// build writes the hello that a signature describes.
func (s *signature) build(t *testing.T) []byte {
	t.Helper()
	var exts [][]byte
	greased := 0
	for _, e := range s.Signature.Hello.Extensions {
		name, _ := e.Type.(string)
		kind, known := extensionTypes[name]
		switch {
		case name == "GREASE":
			exts = append(exts, ext(0x1a1a+0x1010*greased, make([]byte, greased)))
			greased++
		case !known:
			t.Fatalf("%s: extension %v is not known to this test", s.Name, e.Type)
		case kind == 0:
			exts = append(exts, sni("a.example"))
		case kind == 10:
			exts = append(exts, groups(codes(t, e.Groups)...))
		case kind == 11:
			exts = append(exts, ext(11, []byte{1, 0}))
		case kind == 13:
			exts = append(exts, signatures(codes(t, e.Signatures)...))
		case kind == 16:
			exts = append(exts, alpn(e.Protocols...))
		case kind == 43:
			exts = append(exts, versions(codes(t, e.Versions)...))
		case kind == 51:
			var shares []byte
			for _, share := range e.Shares {
				shares = append(shares, slices.Concat(u16(int(code(t, share.Group))), vec(2, make([]byte, share.Length)))...)
			}
			exts = append(exts, ext(51, vec(2, shares)))
		default:
			exts = append(exts, ext(kind))
		}
	}
	return message(codes(t, s.Signature.Hello.Suites), exts...)
}

func (s *signature) agent() string {
	for _, h := range s.Signature.HTTP2.Headers {
		if ua, ok := strings.CutPrefix(h, "user-agent: "); ok {
			return ua
		}
	}
	return ""
}

// Each browser whose hello was recorded is told by it, agrees with its own user agent and contradicts each
// other family's.
func TestRealInputRecordedBrowsersAreToldByTheirHellos(t *testing.T) {
	root := os.Getenv("EVENKEEL_DATA")
	if root == "" {
		t.Skip("EVENKEEL_DATA names no folder of recorded data")
	}
	want := map[string]hello.Family{"chrome": hello.Chromium, "edge": hello.Chromium, "firefox": hello.Firefox, "safari": hello.Safari}
	files, err := filepath.Glob(filepath.Join(root, "tls-http2", "curl-impersonate-signatures", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	type browser struct {
		name, agent string
		hello       hello.Hello
	}
	var all []browser
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for in := yaml.NewDecoder(f); ; {
			var s signature
			if err := in.Decode(&s); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			h, err := hello.Parse(s.build(t), hello.TCP)
			if err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			if got := h.Family(); got != want[s.Browser.Name] || got == hello.Unknown {
				t.Errorf("%s is like %s; expected %s", s.Name, got, want[s.Browser.Name])
			}
			if got := hello.Claimed(s.agent()); got != h.Family() {
				t.Errorf("%s: %q names %s", s.Name, s.agent(), got)
			}
			all = append(all, browser{s.Name, s.agent(), h})
		}
	}
	kept, contradicted := 0, 0
	for _, a := range all {
		for _, b := range all {
			answer, why := hello.Contradicts(&a.hello, b.agent)
			switch {
			case a.hello.Family() == b.hello.Family() && answer == hello.No:
				kept++
			case a.hello.Family() != b.hello.Family() && answer == hello.Yes && why == hello.WhyOther:
				contradicted++
			default:
				t.Errorf("the hello of %s under the name of %s: %s, %q", a.name, b.name, answer, why)
			}
		}
	}
	fmt.Printf("note: %d recorded browsers are told by their hellos; of all pairs of hello and user agent %d agree and %d contradict, as they do\n", len(all), kept, contradicted)
	if len(all) < 14 {
		t.Errorf("%d browsers; expected 14", len(all))
	}
}

const (
	firefox128 = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
	safari26   = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15"
)

func TestWhatAUserAgentNames(t *testing.T) {
	for ua, want := range map[string]hello.Family{
		chrome131:                    hello.Chromium,
		firefox128:                   hello.Firefox,
		safari26:                     hello.Safari,
		chrome131 + " Edg/131.0.0.0": hello.Chromium,
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36": hello.Chromium,

		"": hello.Unknown, "curl/8.5.0": hello.Unknown, "Go-http-client/2.0": hello.Unknown,
		"Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/49.0.2623.112 Safari/537.36":                                                       hello.Unknown,
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763":                            hello.Unknown,
		"Mozilla/5.0 (Windows NT 10.0; rv:68.0) Gecko/20100101 Firefox/68.0":                                                                                           hello.Unknown,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0 Mobile/15E148 Safari/604.1":                       hello.Unknown,
		"Mozilla/5.0 (Linux; Android 14; SM-A515F; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36":                       hello.Unknown,
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/131.0.0.0 Safari/537.36":                hello.Unknown,
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15":                                                        hello.Unknown,
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.38 Chrome/126.0.0.0 Electron/31.1.0 Safari/537.36 Sonic Slack": hello.Unknown,
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/":                                                                                                            hello.Unknown,
		"Mozilla/5.0 (" + strings.Repeat("x", 5000) + " Chrome/131.0":                                                                                                  hello.Unknown,
	} {
		if got := hello.Claimed(ua); got != want {
			t.Errorf("%.120q names %s; expected %s", ua, got, want)
		}
	}
}

// What makes a family is each of its facts: with one of them gone it is not told any more.
func TestFamiliesAreToldByFacts(t *testing.T) {
	family := func(m []byte) hello.Family {
		h, err := hello.Parse(m, hello.TCP)
		if err != nil {
			t.Fatal(err)
		}
		return h.Family()
	}
	for want, m := range map[hello.Family][]byte{hello.Chromium: chromium(), hello.Firefox: firefox(), hello.Safari: safari(), hello.Go: golang(), hello.OpenSSL: openssl()} {
		if got := family(m); got != want {
			t.Errorf("%s is like %s", want, got)
		}
	}
	for name, m := range map[string][]byte{
		"Chromium's suites without reserved values": message([]uint16{0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35}, ext(27, []byte{2, 0, 2}), ext(18), groups(29)),
		"a suite more than Chromium's":              message([]uint16{0x9a9a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35, 0x0a}, ext(27, []byte{2, 0, 2}), ext(18), groups(0x3a3a, 29)),
		"Firefox's suites alone":                    message([]uint16{0x1301, 0x1303, 0x1302, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c, 0xc030, 0xc00a, 0xc009, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35}, groups(29)),
		"nothing":                                   message([]uint16{0x1301}),
	} {
		if got := family(m); got != hello.Unknown {
			t.Errorf("%s is like %s", name, got)
		}
	}
}

// A contradiction needs a fact: what is not known contradicts nothing.
func TestAContradictionNeedsAFact(t *testing.T) {
	strange := [][]byte{ext(11, []byte{1, 0}), groups(29), signatures(0x0403), versions(0x0304)}
	for name, c := range map[string]struct {
		message []byte
		over    hello.Transport
		agent   string
		want    hello.Answer
		why     string
	}{
		"OpenSSL under Firefox's name":            {openssl(), hello.TCP, firefox128, hello.Yes, hello.WhyEncrypt},
		"OpenSSL under Chrome's name":             {openssl(), hello.TCP, chrome131, hello.Yes, hello.WhyEncrypt},
		"OpenSSL under its own":                   {openssl(), hello.TCP, "curl/8.5.0", hello.Unsure, ""},
		"a strange one under Chrome's name":       {message([]uint16{0x1301}, strange...), hello.TCP, chrome131, hello.Yes, hello.WhyNoGrease},
		"a strange one under Safari's":            {message([]uint16{0x1301}, strange...), hello.TCP, safari26, hello.Yes, hello.WhyNoGrease},
		"a strange one under Firefox's":           {message([]uint16{0x1301}, strange...), hello.TCP, firefox128, hello.Unsure, ""},
		"one with reserved values under Chrome's": {message([]uint16{0x1a1a, 0x1301}, strange...), hello.TCP, chrome131, hello.Unsure, ""},
		"QUIC under Chrome's":                     {message([]uint16{0x1301}, strange...), hello.QUIC, chrome131, hello.Unsure, ""},
		"Chromium under its own":                  {chromium(), hello.TCP, chrome131, hello.No, ""},
		"Firefox under Chrome's name":             {firefox(), hello.TCP, chrome131, hello.Yes, hello.WhyOther},
		"Safari under Firefox's":                  {safari(), hello.TCP, firefox128, hello.Yes, hello.WhyOther},
		"Go under Safari's":                       {golang(), hello.TCP, safari26, hello.Yes, hello.WhyOther},
	} {
		h, err := hello.Parse(c.message, c.over)
		if err != nil {
			t.Fatal(name, err)
		}
		if got, why := hello.Contradicts(&h, c.agent); got != c.want || why != c.why {
			t.Errorf("%s: %s, %q; expected %s, %q", name, got, why, c.want, c.why)
		}
	}
}

func TestWordsOfAllValues(t *testing.T) {
	if s := fmt.Sprint(hello.TCP, hello.QUIC, hello.DTLS, hello.Transport(9), hello.Unsure, hello.No, hello.Yes, hello.Answer(9)); s != "tls quic dtls invalid unsure no yes invalid" {
		t.Error(s)
	}
	if s := fmt.Sprint(hello.Unknown, hello.Chromium, hello.Firefox, hello.Safari, hello.Go, hello.OpenSSL, hello.Family(9)); s != "unknown chromium firefox safari go openssl invalid" {
		t.Error(s)
	}
}
