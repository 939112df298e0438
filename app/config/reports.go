package config

import (
	"encoding/hex"
	"net/mail"
	"net/netip"

	"github.com/evenkeel/evenkeel"
)

// Reports says how others report abuse.
type Reports struct {
	Listen    string     `yaml:"listen"`
	Mail      bool       `yaml:"mail"`
	Answer    bool       `yaml:"answer"`
	Reporters []Reporter `yaml:"reporters"`
	Doubt     float64    `yaml:"doubt"`
	Proxies   []Network  `yaml:"trusted_proxies"`
	Attacked  Attacked   `yaml:"attacked"`
}

// Attacked says who is told that was attacked, where the policy has it done.
type Attacked struct {
	Hour     int            `yaml:"per_hour"`
	Contacts []AbuseContact `yaml:"contacts"`
}

// AbuseContact is who answers for a network of others.
type AbuseContact struct {
	Network Network `yaml:"network,required"`
	Mail    string  `yaml:"mail,required"`
}

// mostContacts bounds the list of those who answer for networks.
const mostContacts = 100_000

func (a *Attacked) check(fault func(key, format string, args ...any)) {
	const key = "reports.attacked"
	if a.Hour < 1 || a.Hour > 1000 {
		fault(key+".per_hour", "%d; expected 1 to 1000", a.Hour)
	}
	if len(a.Contacts) > mostContacts {
		fault(key+".contacts", "there are %d; expected at most %d", len(a.Contacts), mostContacts)
	}
	seen := map[netip.Prefix]bool{}
	for _, c := range a.Contacts {
		to, err := mail.ParseAddress(c.Mail)
		switch p := c.Network.Prefix; {
		case !p.IsValid(): // which is told already
		case p != p.Masked():
			fault(key+".contacts", "the network %s has bits beyond its length; expected %s", p, p.Masked())
		case seen[p]:
			fault(key+".contacts", "the network %s is there twice", p)
		case err != nil || to.Address != c.Mail || len(c.Mail) > 254:
			fault(key+".contacts", "the mail for %s is %.80q; expected an address such as abuse@example.net", p, c.Mail)
		}
		seen[c.Network.Prefix] = true
	}
}

// Reporter is somebody who may send more than a stranger.
type Reporter struct {
	Name        string `yaml:"name,required"`
	TokenSHA256 string `yaml:"token_sha256"`
	TokenFile   string `yaml:"token_file"`
	Minute      int    `yaml:"per_minute"`
}

// addresses are where reports come in by HTTP.
func (r *Reports) addresses() (all []address) {
	if r.Listen != "" {
		all = append(all, address{"reports.listen", r.Listen})
	}
	return all
}

func (r *Reports) secretFiles() (all []File) {
	for _, x := range r.Reporters {
		all = append(all, File{"reports.reporters." + x.Name + ".token_file", x.TokenFile})
	}
	return all
}

func (r *Reports) check(fault func(key, format string, args ...any)) {
	if !(r.Doubt >= 0 && r.Doubt < 1) {
		fault("reports.doubt", "%v; expected from 0 to less than 1", r.Doubt)
	}
	r.Attacked.check(fault)
	names := map[string]bool{}
	for _, x := range r.Reporters {
		key := "reports.reporters." + x.Name
		if err := evenkeel.CheckID("reporter", x.Name); err != nil {
			fault("reports.reporters", "%v", err)
		}
		digest, err := hex.DecodeString(x.TokenSHA256)
		switch {
		case names[x.Name]:
			fault(key, "it is named twice")
		case (x.TokenSHA256 == "") == (x.TokenFile == ""):
			fault(key, "expected one of token_sha256 and token_file")
		case x.TokenSHA256 != "" && (err != nil || len(digest) != 32):
			fault(key+".token_sha256", "expected 64 hex digits: the SHA-256 of the token")
		case x.Minute < 0:
			fault(key+".per_minute", "%d; expected 0, for 600, or more", x.Minute)
		}
		names[x.Name] = true
	}
}
