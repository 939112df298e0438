package courier

import (
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/link"
)

// How long a link opens: until the decision can no longer be appealed, within these bounds.
const (
	leastLink = 30 * 24 * time.Hour
	mostLink  = 366 * 24 * time.Hour
)

// Doors make the links of letters: <base>/t/<token>. The zero value makes none.
type Doors struct {
	base string
	keys link.Keys
}

// NewDoors returns doors under a public address, such as https://abuse.example.com. Plain HTTP
// is for loopback only: who reads a link on its way could answer in the tenant's name.
func NewDoors(base string, keys link.Keys) (Doors, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return Doors{}, evenkeel.Invalid("the address that links begin with is %q; expected one such as https://abuse.example.com", base)
	case u.Scheme != "https" && (u.Scheme != "http" || !Loopback(u.Hostname())):
		return Doors{}, evenkeel.Invalid("links under %q; expected https", base)
	case len(keys) == 0:
		return Doors{}, evenkeel.Invalid("links under %q and no key to sign them", base)
	}
	return Doors{strings.TrimRight(base, "/"), keys}, nil
}

// Loopback says whether a host is this machine, by name or by address.
func Loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// links returns those of a notice for one recipient, as whom they say by redact.Label. They are the same whenever it is sent.
func (d *Doors) links(n *evenkeel.Notice, contact string) (l Links, err error) {
	if d.base == "" {
		return Links{}, nil
	}
	until := min(max(n.Appeal, n.At.Add(leastLink)), n.At.Add(mostLink))
	for _, x := range []struct {
		p  link.Purpose
		to *string
	}{{link.Speak, &l.Speak}, {link.Show, &l.Show}} {
		token, err := d.keys.Make(link.Claim{Purpose: x.p, Case: string(n.Case), Tenant: string(n.Tenant), Contact: contact, Until: until.Time()})
		if err != nil {
			return Links{}, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "notice " + string(n.ID), Err: err}
		}
		*x.to = d.base + "/t/" + token
	}
	return l, nil
}
