package config

import (
	"regexp"
	"slices"
	"strings"
)

// Provider is somebody who signs people in by OpenID Connect.
type Provider struct {
	Name       string      `yaml:"name,required"`
	Title      string      `yaml:"title"`
	Issuer     string      `yaml:"issuer,required"`
	ClientID   string      `yaml:"client_id,required"`
	SecretFile string      `yaml:"secret_file,required"`
	Scopes     []string    `yaml:"scopes"`
	ACR        []string    `yaml:"acr"`
	AMR        []string    `yaml:"amr"`
	Groups     string      `yaml:"groups"`
	Provision  bool        `yaml:"provision"`
	Roles      []GroupRole `yaml:"roles"`
}

// GroupRole is a role that whoever is in a group at a provider is given when they are made a person.
type GroupRole struct {
	Group string `yaml:"group,required"`
	Role  string `yaml:"role,required"`
}

// maxProviders is how many there may be: each is a button.
const maxProviders = 8

// granted are the roles that a group can give. Who says who works here is never made by a group:
// whoever runs the provider could then make themselves everybody.
var granted = []string{"viewer", "reviewer", "lead", "auditor"}

var providerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// checkProviders holds who signs people in.
func (c *Console) checkProviders(fault func(key, format string, args ...any)) {
	if len(c.Providers) > maxProviders {
		fault("console.providers", "there are %d; expected at most %d", len(c.Providers), maxProviders)
	}
	seen := map[string]bool{}
	for i := range c.Providers {
		p := &c.Providers[i]
		key := "console.providers." + p.Name
		if !providerName.MatchString(p.Name) || seen[p.Name] {
			fault("console.providers", "the name %.80q; expected up to 32 of a-z, 0-9 and hyphens, which no other has", p.Name)
		}
		if seen["at "+p.Issuer] {
			fault(key+".issuer", "%s is another provider's too; expected each once", p.Issuer)
		}
		seen[p.Name], seen["at "+p.Issuer] = true, true
		if !secureOrHere(p.Issuer) {
			fault(key+".issuer", "%q; expected such as https://id.example.net, as the provider says it", p.Issuer)
		}
		if strings.TrimSpace(p.ClientID) == "" || p.SecretFile == "" {
			fault(key, "no client_id, or no secret_file; expected both, as the provider gives them")
		}
		if p.Provision != (len(p.Roles) > 0) {
			fault(key+".provision", "it stands without roles, or roles without it; expected both or neither")
		}
		for _, r := range p.Roles {
			if !slices.Contains(granted, r.Role) {
				fault(key+".roles", "%q; expected %s: an admin is made by an admin", r.Role, strings.Join(granted, ", "))
			}
		}
	}
}
