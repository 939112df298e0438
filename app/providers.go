package app

import (
	"os"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/app/internal/desk"
	"github.com/evenkeel/evenkeel/staff/oidc"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// scopesAsked are asked of a provider where the settings name none: who somebody is, and the address.
var scopesAsked = []string{"profile", "email"}

// providersOf are those who sign people in, by the settings. base is how links to the console begin.
func providersOf(c *config.Console, base string, now func() time.Time) (all []desk.Provider, err error) {
	for i := range c.Providers {
		set := &c.Providers[i]
		key := "console.providers." + set.Name
		secret, err := os.ReadFile(set.SecretFile)
		if err != nil {
			return nil, fileError("read the secret of "+key+" from", set.SecretFile, err)
		}
		s := oidc.Settings{
			Name: set.Name, Title: set.Title, Issuer: set.Issuer, ClientID: set.ClientID, Secret: strings.TrimSpace(string(secret)),
			Redirect: base + "/enter/with/" + set.Name + "/back", Scopes: set.Scopes, ACR: set.ACR, AMR: set.AMR, Groups: set.Groups,
		}
		if len(s.Scopes) == 0 {
			s.Scopes = scopesAsked
		}
		p, err := oidc.New(s, now)
		if err != nil {
			return nil, &evenkeel.Error{Kind: evenkeel.KindOf(err), Says: key, Err: err, Hint: "evenkeel config print shows what each key means; docs/sign-in.md how to register at a provider"}
		}
		grants := map[string]roll.Role{}
		for _, r := range set.Roles {
			if grants[r.Group], err = roll.ParseRole(r.Role); err != nil {
				return nil, err
			}
		}
		all = append(all, desk.Provider{Provider: p, Grants: grants})
	}
	return all, nil
}
