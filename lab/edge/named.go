package edge

import "slices"

// choice is a contender by the name under which one asks for it.
type choice struct {
	name string
	of   func(program string) Contender
}

var choices = []choice{
	{"evenkeel", func(p string) Contender { return Evenkeel(p) }},
	{"evenkeel+nginx", func(p string) Contender {
		return Before(p, "sieve and guard before nginx", IsNginx, Parts{Sieve: true, Guard: true, Drop: true})
	}},
	{"sieve+nginx", func(p string) Contender { return Before(p, "sieve before nginx", IsNginx, Parts{Sieve: true}) }},
	{"guard+nginx", func(p string) Contender { return Before(p, "guard behind nginx", IsNginx, Parts{Guard: true}) }},
	{"evenkeel+haproxy", func(p string) Contender {
		return Before(p, "sieve and guard before HAProxy", IsHAProxy, Parts{Sieve: true, Guard: true, Drop: true})
	}},
	{"sieve+haproxy", func(p string) Contender {
		return Before(p, "sieve before HAProxy", IsHAProxy, Parts{Sieve: true})
	}},
	{"guard+haproxy", func(p string) Contender {
		return Before(p, "guard behind HAProxy", IsHAProxy, Parts{Guard: true})
	}},
	{"nginx", func(string) Contender { return Nginx() }},
	{"nginx-plain", func(string) Contender { return PlainNginx() }},
	{"haproxy", func(string) Contender { return HAProxy() }},
	{"haproxy-plain", func(string) Contender { return PlainHAProxy() }},
	{"caddy", func(string) Contender { return Caddy(kept()) }},
	{"reverseproxy", func(string) Contender { return Proxy() }},
}

// Names are the names of all contenders.
func Names() []string {
	var list []string
	for _, c := range choices {
		list = append(list, c.name)
	}
	return list
}

// Usual are the names of those that are measured where nobody says which.
func Usual() []string {
	return []string{"evenkeel", "evenkeel+nginx", "nginx", "haproxy", "caddy", "reverseproxy"}
}

// Called is the contender of a name, with this program evenkeel where it needs one; nil where there is none of that name.
func Called(name, program string) Contender {
	i := slices.IndexFunc(choices, func(c choice) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return choices[i].of(program)
}
