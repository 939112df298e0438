package agent

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
)

// placeGuest is the placeholder of containers, and byContainers who claims their ports.
const (
	placeGuest   = "{guest}"
	byContainers = "containers"
)

// kindGroup is the kind under which a control group's name is held against a whose.Pattern, which may then be any.
const kindGroup = "cgroup"

// Containers finds containers by their control groups. default.yaml says what the keys mean.
type Containers struct {
	Cgroup string `yaml:"cgroup,required"`
	Asset  string `yaml:"asset"`
	CPUs   int    `yaml:"cpus"`
}

// groupPattern is Containers, made ready: parts of a path, one of which names the guest.
type groupPattern struct {
	parts []string
	at    int // which part names the guest
	name  whose.Pattern
	cpus  int
}

func (c *Containers) pattern() (p groupPattern, err error) {
	wrong := func(expected string) (groupPattern, error) {
		return p, evenkeel.Invalid("containers: the control group %.200q; expected %s", c.Cgroup, expected)
	}
	if strings.Count(c.Cgroup, placeGuest) != 1 {
		return wrong(placeGuest + " once, such as system.slice/docker-" + placeGuest + ".scope")
	}
	if !filepath.IsLocal(c.Cgroup) || path.Clean(c.Cgroup) != c.Cgroup {
		return wrong("a path below cgroups, such as system.slice/docker-" + placeGuest + ".scope")
	}
	if c.CPUs < 0 {
		return p, evenkeel.Invalid("containers: %d CPUs at %.200q; expected 1 or more, or none where it is not known", c.CPUs, c.Cgroup)
	}
	p.parts, p.cpus = strings.Split(c.Cgroup, "/"), c.CPUs
	for i, part := range p.parts {
		if strings.Contains(part, placeGuest) {
			p.at = i
			if p.name, err = whose.NewPattern(part, kindGroup, c.Asset); err != nil {
				return p, evenkeel.Invalid("containers: %v", err)
			}
		} else if _, err := path.Match(part, ""); err != nil {
			return wrong("letters, * and ? beside " + placeGuest)
		}
	}
	return p, nil
}

// find tells each group below the root of a hierarchy that fits, and the guest's name. list says which folders a folder
// has; what it cannot say has none.
func (p *groupPattern) find(list func(group string) []string, tell func(group, asset string)) {
	var down func(group, asset string, at int)
	down = func(group, asset string, at int) {
		if at == len(p.parts) {
			tell(group, asset)
			return
		}
		for _, name := range list(group) {
			is, fits := asset, false
			if at == p.at {
				is, fits = p.name.Guest(port.Place{Name: name, Kind: kindGroup})
			} else {
				fits, _ = path.Match(p.parts[at], name)
			}
			if fits {
				down(path.Join(group, name), is, at+1)
			}
		}
	}
	down("", "", 0)
}

// container is a control group that is a guest's.
type container struct {
	asset string
	group string
	cpus  int
	ports []string // veths of this host that lead into the networks of its processes
	half  string   // why it could not be looked at whole; "": it was
}

// keep adds the ports that were known before to containers that could not be looked at whole, except those that lead to another now.
func keep(found []container, last *Told) {
	if last == nil {
		return
	}
	now := map[string]bool{}
	for i := range found {
		for _, name := range found[i].ports {
			now[name] = true
		}
	}
	was := map[string][]string{}
	for _, c := range last.Claims {
		was[c.Asset] = append(was[c.Asset], c.Port)
	}
	for i := range found {
		if found[i].half == "" {
			continue
		}
		for _, name := range was[found[i].asset] {
			if !now[name] {
				found[i].ports = append(found[i].ports, name)
			}
		}
	}
}

// contain makes of containers what is told of guests. Two groups that would be one guest are none, and that is told: a wrong
// guest is worse than none.
func contain(found []container, at evenkeel.Moment) *Told {
	slices.SortFunc(found, func(a, b container) int {
		return cmp.Or(strings.Compare(a.asset, b.asset), strings.Compare(a.group, b.group))
	})
	out := &Told{At: at}
	for i := 0; i < len(found); {
		c, n := found[i], 1
		for i+n < len(found) && found[i+n].asset == c.asset {
			n++
		}
		i += n
		if n > 1 {
			out.Odd = append(out.Odd, fmt.Sprintf("%s and %s would both be %s: name them apart, by other patterns", c.group, found[i-1].group, c.asset))
			continue
		}
		if err := evenkeel.CheckID("a guest", c.asset); err != nil {
			out.Odd = append(out.Odd, fmt.Sprintf("%.200q cannot be called so: %v", c.group, err))
			continue
		}
		out.Guests = append(out.Guests, whose.Guest{Asset: c.asset, Cgroup: c.group, CPUs: c.cpus})
		if c.half != "" {
			if out.Half == nil {
				out.Half = map[string]string{}
			}
			out.Half[c.asset] = c.half
		}
		for _, name := range c.ports {
			out.Claims = append(out.Claims, whose.Claim{Port: name, Asset: c.asset, By: byContainers})
		}
	}
	slices.SortFunc(out.Claims, func(a, b whose.Claim) int {
		return cmp.Or(strings.Compare(a.Port, b.Port), strings.Compare(a.Asset, b.Asset))
	})
	slices.Sort(out.Odd)
	return out
}

// beside joins what libvirt says of guests and what their control groups say. A guest of both is libvirt's, and its group is
// told as odd. Either may be nil.
func (t *Told) beside(groups *Told) *Told {
	if t == nil || groups == nil {
		return cmp.Or(t, groups)
	}
	out := &Told{At: t.At, Used: t.Used, Guests: slices.Clone(t.Guests), Claims: slices.Clone(t.Claims), Odd: slices.Concat(t.Odd, groups.Odd), Half: groups.Half}
	known := map[string]bool{}
	for _, g := range t.Guests {
		known[g.Asset] = true
	}
	for _, g := range groups.Guests {
		if known[g.Asset] {
			out.Odd = append(out.Odd, fmt.Sprintf("%s would be %s, which is a guest of libvirt", g.Cgroup, g.Asset))
			continue
		}
		out.Guests = append(out.Guests, g)
	}
	for _, c := range groups.Claims {
		if !known[c.Asset] {
			out.Claims = append(out.Claims, c)
		}
	}
	return out
}

// halves are why guests could not be looked at whole.
func (t *Told) halves() map[string]string {
	if t == nil {
		return nil
	}
	return t.Half
}
