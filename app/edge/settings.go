package edge

import (
	_ "embed" // the default document
	"errors"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
	"github.com/evenkeel/evenkeel/shield/gateway/sieve"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// Text is the document with every key at its default, and what each is for.
//
//go:embed default.yaml
var Text string

// Settings are all that can be set. default.yaml says what the keys mean.
type Settings struct {
	Name           string        `yaml:"name"`
	Data           string        `yaml:"data"`
	Sites          []string      `yaml:"sites"`
	Listen         []string      `yaml:"listen"`
	Plain          []string      `yaml:"plain"`
	Clear          []string      `yaml:"clear"`
	ACME           ACME          `yaml:"acme"`
	Sieve          Sieve         `yaml:"sieve"`
	Guard          Guard         `yaml:"guard"`
	Control        Control       `yaml:"control"`
	Fleet          Fleet         `yaml:"fleet"`
	Trusted        []Network     `yaml:"trusted"`
	Forbidden      []Network     `yaml:"forbidden"`
	Drop           Drop          `yaml:"drop"`
	Operator       string        `yaml:"operator"`
	Contact        string        `yaml:"contact"`
	Form           string        `yaml:"form"`
	Health         []string      `yaml:"health"`
	Pass           time.Duration `yaml:"pass"`
	Lease          time.Duration `yaml:"lease"`
	Flight         int           `yaml:"flight"`
	Handshakes     int           `yaml:"handshakes"`
	HandshakesEach int           `yaml:"handshakes_each"`
	Whence         Whence        `yaml:"whence"`
	Bots           []Bot         `yaml:"bots"`
	Resolver       string        `yaml:"resolver"`
	Rules          string        `yaml:"rules"`
	TakeBack       int           `yaml:"take_back"` // in percent
	Records        Records       `yaml:"records"`
}

// Records is what is told of what comes.
type Records struct {
	File       string `yaml:"file"`
	Megabytes  int    `yaml:"megabytes"`
	Files      int    `yaml:"files"`
	Samples    int    `yaml:"samples"`
	SamplesAll int    `yaml:"samples_all"`
}

func (r *Records) check(want func(bool, string, ...any)) {
	want(r.File == "" || filepath.IsAbs(r.File), "records.file is %q; expected a path from the root", r.File)
	want(r.Megabytes >= 1 && r.Megabytes <= 1<<16, "records.megabytes is %d; expected 1 to %d", r.Megabytes, 1<<16)
	want(r.Files >= 1 && r.Files <= 100, "records.files is %d; expected 1 to 100", r.Files)
	want(r.Samples >= 0 && r.Samples <= gateway.MostSamples, "records.samples is %d; expected 0 to %d", r.Samples, gateway.MostSamples)
	want(r.SamplesAll >= 0 && r.SamplesAll <= 10_000, "records.samples_all is %d; expected 0 to 10000", r.SamplesAll)
}

// ACME is the authority of sites that want certificates by it.
type ACME struct {
	Directory string `yaml:"directory"`
	Email     string `yaml:"email"`
	Roots     string `yaml:"roots"`
	Profile   string `yaml:"profile"`
	EAB       EAB    `yaml:"eab"`
}

// EAB binds the account to one that the authority knows.
type EAB struct {
	KeyID   string `yaml:"key_id"`
	KeyFile string `yaml:"key_file"`
}

// Sieve is where connections come in that the operator's own gateway ends.
type Sieve struct {
	Listen    []string      `yaml:"listen"`
	Upstreams []string      `yaml:"upstreams"`
	Header    string        `yaml:"header"`
	Idle      time.Duration `yaml:"idle"`
	Unknown   string        `yaml:"unknown"`
}

// The words of sieve.unknown.
const (
	unknownPass   = "pass"
	unknownRefuse = "refuse"
)

// headers are the words for what an upstream is told.
var headers = map[string]sieve.Header{"v2": sieve.V2Bare, "v2-fields": sieve.V2, "v1": sieve.V1, "none": sieve.None}

func (s *Sieve) check(want func(bool, string, ...any)) {
	want((len(s.Listen) == 0) == (len(s.Upstreams) == 0), "sieve has %d addresses to listen at and %d upstreams; expected both, or neither", len(s.Listen), len(s.Upstreams))
	for _, at := range s.Upstreams {
		_, err := netip.ParseAddrPort(at)
		want(err == nil, "sieve.upstreams: %q; expected an address and a port, such as \"127.0.0.1:8443\"", at)
	}
	want(len(s.Upstreams) <= sieve.MostUpstreams, "sieve.upstreams are %d; expected at most %d", len(s.Upstreams), sieve.MostUpstreams)
	_, known := headers[s.Header]
	want(known, "sieve.header is %q; expected v2, v2-fields, v1 or none", s.Header)
	want(s.Unknown == unknownPass || s.Unknown == unknownRefuse, "sieve.unknown is %.40q; expected pass or refuse", s.Unknown)
	want(s.Idle >= time.Second && s.Idle <= 24*time.Hour, "sieve.idle is %s; expected 1s to 24h", s.Idle)
}

// Guard is where the operator's own gateways ask for verdicts.
type Guard struct {
	HTTP    []string  `yaml:"http"`
	SPOE    []string  `yaml:"spoe"`
	Log     []string  `yaml:"log"`
	Trusted []Network `yaml:"trusted"`
	RealIP  bool      `yaml:"real_ip"`
	Hellos  bool      `yaml:"hellos"`
}

// Network is a range of addresses, or one address.
type Network = config.Range

func prefixes(list []Network) []netip.Prefix { return config.Prefixes(list) }

// Default are the settings where nothing is said.
func Default() (s Settings) {
	if err := strict.Decode("default.yaml", []byte(Text), &s); err != nil {
		panic(err) // it comes with the program, and a test reads it
	}
	return s
}

const hintPrint = "evenkeel gateway config print writes every key with its meaning"

// Parse reads a document. All faults are told at once.
func Parse(name string, data []byte) (Settings, error) {
	s := Default()
	if config.Blank(data) {
		return s, nil
	}
	if err := strict.Decode(name, data, &s); err != nil {
		return s, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read the settings of the gateway", Err: err, Hint: hintPrint}
	}
	if err := s.check(); err != nil { // each line names the file
		says := name + ": " + strings.ReplaceAll(err.Error(), "\n", "\n"+name+": ")
		return s, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: says, Hint: hintPrint}
	}
	return s, nil
}

// The bounds of what can be set.
const (
	leastPass, mostPass   = time.Minute, challenge.MostPassFor
	leastLease, mostLease = time.Minute, 30 * 24 * time.Hour
	mostFlight            = 1 << 20
)

func (s *Settings) check() error {
	var all []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			all = append(all, evenkeel.Invalid(format, args...))
		}
	}
	all = append(all, s.Control.Canary.Check("a site of this edge")...)
	want(filepath.IsAbs(s.Data), "data is %q; expected a path from the root", s.Data)
	want(len(s.Sites) > 0, "sites is empty; expected files or folders of sites")
	for _, p := range s.Sites {
		want(filepath.IsAbs(p), "sites: %q; expected a path from the root", p)
	}
	want(len(s.Listen)+len(s.Clear)+len(s.Guard.HTTP)+len(s.Guard.SPOE)+len(s.Sieve.Listen) > 0, "listen, clear, sieve and guard are empty; expected an address at which visitors come in, such as \":443\", or a gateway asks")
	want(len(s.Guard.Log) == 0 || len(s.Guard.HTTP) > 0, "guard.log is said and guard.http is empty; expected an address at which nginx asks, such as \"127.0.0.1:8402\"")
	seen := map[string]string{}
	for _, x := range []struct {
		key  string
		list []string
	}{{"listen", s.Listen}, {"plain", s.Plain}, {"clear", s.Clear}, {"sieve.listen", s.Sieve.Listen}, {"guard.http", s.Guard.HTTP}, {"guard.spoe", s.Guard.SPOE}, {"guard.log", s.Guard.Log}} {
		for _, at := range x.list {
			host, port, err := net.SplitHostPort(at)
			if err == nil && host != "" {
				_, err = netip.ParseAddr(host)
			}
			if err == nil {
				_, err = strconv.ParseUint(port, 10, 16)
			}
			want(err == nil && port != "", "%s: %q; expected an address and a port, such as \":443\" or \"192.0.2.1:443\"", x.key, at)
			want(seen[at] == "" || strings.HasSuffix(at, ":0"), "%s: %q stands at %s too; expected each address once", x.key, at, seen[at])
			seen[at] = x.key
		}
	}
	want(s.Pass >= leastPass && s.Pass <= mostPass, "pass is %s; expected %s to %s", s.Pass, leastPass, mostPass)
	want(s.Lease >= leastLease && s.Lease <= mostLease, "lease is %s; expected %s to %s", s.Lease, leastLease, mostLease)
	want(s.Flight >= 16 && s.Flight <= mostFlight, "flight is %d; expected 16 to %d requests", s.Flight, mostFlight)
	want(s.Handshakes >= 1 && s.Handshakes <= mostFlight, "handshakes is %d; expected 1 to %d a second", s.Handshakes, mostFlight)
	want(s.HandshakesEach >= 1 && s.HandshakesEach <= s.Handshakes, "handshakes_each is %d; expected 1 to %d, as many as there are in all", s.HandshakesEach, s.Handshakes)
	if a := &s.ACME; a.Directory != "" {
		u, err := url.Parse(a.Directory)
		want(err == nil && u.Scheme == "https" && u.Host != "", "acme.directory is %.200q; expected an https URL, such as https://acme-v02.api.letsencrypt.org/directory", a.Directory)
		want(len(s.Listen)+len(s.Plain) > 0, "acme.directory is set, and listen and plain are empty; expected where the authority reaches this edge")
		want(a.Roots == "" || filepath.IsAbs(a.Roots), "acme.roots is %q; expected a path from the root", a.Roots)
		want((a.EAB.KeyID == "") == (a.EAB.KeyFile == ""), "acme.eab has one of key_id and key_file; expected both or none")
		want(a.EAB.KeyFile == "" || filepath.IsAbs(a.EAB.KeyFile), "acme.eab.key_file is %q; expected a path from the root", a.EAB.KeyFile)
	}
	s.Sieve.check(want)
	s.Fleet.check(want)
	s.Whence.check(want)
	s.checkBots(want)
	want(s.Rules == string(site.Live) || s.Rules == string(site.Shadow), "rules is %q; expected live or shadow", s.Rules)
	want(s.TakeBack >= 1 && s.TakeBack <= 100, "take_back is %d; expected 1 to 100, in percent", s.TakeBack)
	s.Drop.check(want)
	s.Records.check(want)
	if s.Name != "" {
		if err := evenkeel.CheckID("name", s.Name); err != nil {
			all = append(all, err)
		}
	}
	for _, p := range s.Health {
		want(strings.HasPrefix(p, "/"), "health: %q; expected a path, such as /healthz", p)
	}
	if _, err := answer.New(s.pages()); err != nil {
		all = append(all, err)
	}
	return errors.Join(all...)
}

func (s *Settings) pages() answer.Settings {
	return answer.Settings{Operator: s.Operator, Contact: s.Contact, Form: s.Form}
}
