package config

import (
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Hosts says where the agents on hosts connect, and what they are asked for.
type Hosts struct {
	Listen    string   `yaml:"listen"`
	Addresses []string `yaml:"addresses"`
	Measures  []OnHost `yaml:"measures"`
	Keeps     []string `yaml:"keeps"`
	// ProbeEvery is how often they have to show that the ways stay open, ProofFor how long that counts.
	ProbeEvery time.Duration `yaml:"probe_every"`
	ProofFor   time.Duration `yaml:"proof_for"`
}

// onHosts are the measures that an agent, or an edge, knows how to carry out.
var onHosts = []evenkeel.Measure{
	evenkeel.MeasureLimit, evenkeel.MeasureDropFlow, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate, evenkeel.MeasureSuspend, evenkeel.MeasureChallenge, evenkeel.MeasureShut,
}

// OnHost is a measure that agents on hosts can be asked for.
type OnHost struct{ evenkeel.Measure }

// UnmarshalText reads its word.
func (m *OnHost) UnmarshalText(b []byte) error {
	known := make([]string, len(onHosts))
	for i, x := range onHosts {
		if known[i] = x.String(); known[i] == string(b) {
			m.Measure = x
			return nil
		}
	}
	return evenkeel.Invalid("measure %.80q; expected one of %s%s", b, strings.Join(known, ", "), meant(string(b), known))
}

// mostAddresses is how many addresses an invitation carries.
const mostAddresses = 8

// Carrier is who carries orders out, as it is declared: the receiver, or the agents on hosts.
func (d *Document) Carrier() Receiver {
	if len(d.Hosts.Measures) == 0 {
		return d.Shield.Webhook
	}
	all := make([]Carried, len(d.Hosts.Measures))
	for i, m := range d.Hosts.Measures {
		all[i] = Carried(m)
	}
	return Receiver{
		Name: "hosts", Measures: all, Keeps: d.Hosts.Keeps, Destroys: []string{"connections"},
		ProbeEvery: d.Hosts.ProbeEvery, ProofFor: d.Hosts.ProofFor,
	}
}

func (h *Hosts) addresses() []address {
	if h.Listen == "" {
		return nil
	}
	return []address{{"hosts.listen", h.Listen}}
}

func (h *Hosts) check(webhook *Receiver, fault func(key, format string, args ...any)) {
	if len(h.Addresses) > mostAddresses {
		fault("hosts.addresses", "%d; expected at most %d", len(h.Addresses), mostAddresses)
	}
	for _, a := range h.Addresses {
		if why := notAddress(a); why != "" {
			fault("hosts.addresses", "%q %s; expected such as evenkeel.example.net:7422", a, why)
		}
	}
	checkProofs("hosts.", h.ProbeEvery, h.ProofFor, fault)
	checkWords("hosts.keeps", h.Keeps, ways, fault)
	if h.Listen == "" && len(h.Addresses)+len(h.Measures) > 0 {
		fault("hosts.listen", "it is empty, and no agent can connect; expected such as 0.0.0.0:7422, or neither addresses nor measures")
	}
	if len(h.Addresses) == 0 && everywhere(h.Listen) {
		fault("hosts.addresses", "it is empty, and hosts.listen is every address (%s), which no host can connect to; expected the one at which hosts reach this machine, such as evenkeel.example.net:7422", h.Listen)
	}
	if len(h.Measures) > 0 && webhook.URL != "" {
		fault("hosts.measures", "agents and shield.webhook would both carry orders out; expected one of them: leave measures empty, and agents only see")
	}
}

// everywhere says whether one listens at every address of a machine.
func everywhere(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip, bad := netip.ParseAddr(host)
	return err == nil && (host == "" || bad == nil && ip.Unmap().IsUnspecified())
}
