package edge

import (
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/evenkeel/evenkeel/shield/gateway/bots"
)

// Bot is a good bot. What is left out of proof and rate is both, and DefaultBotRate.
type Bot struct {
	Name    string   `yaml:"name,required"`
	Agents  []string `yaml:"agents,required"`
	Domains []string `yaml:"domains"`
	Ranges  []string `yaml:"ranges"`
	Proof   string   `yaml:"proof"`
	Rate    int      `yaml:"rate"`
}

// DefaultBotRate is how many requests a second a good bot may send to a site at which something presses.
const DefaultBotRate = 10

// goodBots are the bots as the register takes them.
func (s *Settings) goodBots() (all []bots.Bot) {
	for _, b := range s.Bots {
		x := bots.Bot{Name: b.Name, Agents: b.Agents, Domains: b.Domains, Ranges: b.Ranges, Rate: b.Rate}
		if b.Rate == 0 {
			x.Rate = DefaultBotRate
		}
		if b.Proof != "" {
			x.Proof, _ = bots.ParseProof(b.Proof)
		}
		all = append(all, x)
	}
	return all
}

func (s *Settings) checkBots(want func(bool, string, ...any)) {
	for _, b := range s.Bots {
		_, ok := bots.ParseProof(b.Proof)
		want(ok || b.Proof == "", "bots: the proof of %.100s is %.60q; expected both, range or name", b.Name, b.Proof)
		for _, p := range b.Ranges {
			want(filepath.IsAbs(p), "bots: %q; expected a path from the root", p)
		}
	}
	if err := bots.Check(s.goodBots()); err != nil {
		for _, line := range strings.Split(err.Error(), "\n") {
			want(false, "bots: %s", line)
		}
	}
	_, err := netip.ParseAddrPort(s.Resolver)
	want(err == nil || s.Resolver == "", "resolver is %q; expected an address and a port, such as 127.0.0.1:53", s.Resolver)
}
