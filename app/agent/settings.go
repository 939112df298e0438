package agent

import (
	_ "embed" // the default document
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/app/internal/canary"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/shield/plan"
	"github.com/evenkeel/evenkeel/stream/hostlink"
)

// Text is the document with every key at its default, and what each is for.
//
//go:embed default.yaml
var Text string

// Settings are all that can be set. default.yaml says what the keys mean.
type Settings struct {
	Data       string           `yaml:"data"`
	Pins       string           `yaml:"pins"`
	Cgroups    string           `yaml:"cgroups"`
	Own        []string         `yaml:"own"`
	Ports      []Pattern        `yaml:"ports"`
	Guests     map[string]Guest `yaml:"guests"`
	Libvirt    Libvirt          `yaml:"libvirt"`
	Containers []Containers     `yaml:"containers"`
	Facts      Facts            `yaml:"facts"`
	Payload    Payload          `yaml:"payload"`
	Samples    Samples          `yaml:"samples"`
	DataPath   []Network        `yaml:"data_path"`
	Canary     canary.Settings  `yaml:"canary"`
	NeverTouch NeverTouch       `yaml:"never_touch"`
}

// Pattern finds guests by the names of interfaces.
type Pattern struct {
	Name  string `yaml:"name,required"`
	Kind  string `yaml:"kind"`
	Asset string `yaml:"asset"`
}

// linkKinds are those of Linux (rtnl_link_ops), the likely ones first; a device of hardware has none.
var linkKinds = []string{
	"tun", "veth", "netkit", "macvtap", "macvlan", "ipvtap", "ipvlan", "device",
	"amt", "bareudp", "batadv", "bond", "bridge", "can", "dummy", "erspan", "geneve", "gre", "gretap", "gtp", "hsr", "ifb", "ip6erspan", "ip6gre",
	"ip6gretap", "ip6tnl", "ipip", "ipoib", "lowpan", "macsec", "netdevsim", "nlmon", "openvswitch", "ovpn", "pfcp", "rmnet", "sit", "team", "vcan",
	"virt_wifi", "vlan", "vrf", "vti", "vti6", "vxcan", "vxlan", "wireguard", "wwan", "xfrm",
}

// mostLikely is how many kinds an error names.
const mostLikely = 7

func (p *Pattern) check() error {
	if p.Kind == "" || slices.Contains(linkKinds, p.Kind) {
		return nil
	}
	return evenkeel.Invalid("ports: the kind %.40q of %s; expected a kind of link, such as %s (tun is of tap devices too), or none: any fits", p.Kind, p.Name, strings.Join(linkKinds[:mostLikely], ", "))
}

// unfit says of each pattern that fits no interface which ones it fits but for their kind.
func (s *Settings) unfit(places []port.Place) (out []string) {
	for _, p := range s.Ports {
		x, err := whose.NewPattern(p.Name, p.Kind, p.Asset)
		byName, wrong := whose.NewPattern(p.Name, "", p.Asset)
		if err != nil {
			continue // it was refused
		}
		fits, says := false, fmt.Sprintf("no interface fits name %q", p.Name)
		if p.Kind != "" {
			says += fmt.Sprintf(" of kind %q", p.Kind)
		}
		for _, at := range places {
			if _, ok := x.Guest(at); ok {
				fits = true
				break
			}
			if _, ok := byName.Guest(at); ok && wrong == nil && !strings.Contains(says, "; ") {
				says += fmt.Sprintf("; %s would, and is of kind %s", at.Name, at.Kind)
			}
		}
		if !fits {
			out = append(out, says)
		}
	}
	return out
}

// Guest is what is known of one.
type Guest struct {
	Addresses []strict.Located[Network] `yaml:"addresses"`
	Ports     []strict.Located[string]  `yaml:"ports"`
	MACs      []strict.Located[string]  `yaml:"macs"`
	Cgroup    string                    `yaml:"cgroup"`
	Domain    string                    `yaml:"domain"`
	CPUs      int                       `yaml:"cpus"`
}

// cards are the addresses of its cards that can be read.
func (g *Guest) cards() (out [][6]byte) {
	for _, text := range g.MACs {
		if m, err := net.ParseMAC(text.Value); err == nil && len(m) == 6 {
			out = append(out, [6]byte(m))
		}
	}
	return out
}

// Libvirt is which libvirt is asked for guests, and what the inventory calls them.
type Libvirt struct {
	Socket string `yaml:"socket"`
	URI    string `yaml:"uri"`
	Asset  string `yaml:"asset"`
}

func (l *Libvirt) check() (all []error) {
	if l.Socket != "" && !filepath.IsAbs(l.Socket) {
		all = append(all, evenkeel.Invalid("libvirt.socket is %q; expected a path from the root, such as %s, or none", l.Socket, hypervisor.Socket))
	}
	if u, err := url.Parse(l.URI); err != nil || u.Scheme == "" {
		all = append(all, evenkeel.Invalid("libvirt.uri is %q; expected one such as %s", l.URI, hypervisor.System))
	}
	if strings.Count(l.Asset, placeName)+strings.Count(l.Asset, placeUUID) != 1 {
		all = append(all, evenkeel.Invalid("libvirt.asset is %q; expected %s or %s once, such as vm-%s", l.Asset, placeName, placeUUID, placeName))
	}
	return all
}

// Payload is what is looked at beyond headers.
type Payload struct {
	Stratum string `yaml:"stratum"` // the reason; empty: it is not looked at
}

// leastReason is how many letters a reason has at least: a word such as yes is none.
const leastReason = 10

// check wants a reason and not a switch: it is what tenants are told.
func (p *Payload) check() error {
	bad := func(r rune) bool { return !unicode.IsPrint(r) }
	if p.Stratum != "" && (len(p.Stratum) > hostlink.MaxReason || utf8.RuneCountInString(p.Stratum) < leastReason || strings.ContainsFunc(p.Stratum, bad)) {
		return evenkeel.Invalid("payload.stratum is %.60q; expected the reason, %d letters to %d bytes in one line, or nothing to have it off", p.Stratum, leastReason, hostlink.MaxReason)
	}
	return nil
}

// Facts are what is told of machines, beside what passes their ports.
type Facts struct {
	Host    string `yaml:"host"`
	Cgroups bool   `yaml:"cgroups"`
	Roots   []Root `yaml:"roots"`
}

// Root is a machine whose files and programs are watched.
type Root struct {
	Asset     string `yaml:"asset,required"`
	Path      string `yaml:"path,required"`
	Container string `yaml:"container"`
}

// mostRoots is how many machines are watched.
const mostRoots = 1000

func (f *Facts) check() (all []error) {
	if f.Host != "" {
		all = append(all, evenkeel.CheckID("facts.host", f.Host))
	}
	if len(f.Roots) > mostRoots {
		all = append(all, evenkeel.Invalid("facts.roots are %d; expected at most %d", len(f.Roots), mostRoots))
	}
	seen := map[string]bool{}
	for _, r := range f.Roots {
		all = append(all, evenkeel.CheckID("facts.roots.asset", r.Asset))
		if !filepath.IsAbs(r.Path) {
			all = append(all, evenkeel.Invalid("facts.roots: the path of %s is %q; expected one from the root, / for this host", r.Asset, r.Path))
		}
		if seen[r.Asset] {
			all = append(all, evenkeel.Invalid("facts.roots: %s is there twice; expected each machine once", r.Asset))
		}
		seen[r.Asset] = true
	}
	return all
}

// NeverTouch is what no measure cuts off.
type NeverTouch struct {
	Management   []Network `yaml:"management"`
	Gateways     []Network `yaml:"gateways"`
	Resolvers    []Network `yaml:"resolvers"`
	ControlPlane []Network `yaml:"control_plane"`
	Operator     []Network `yaml:"operator"`
	Floor        int       `yaml:"floor"`
}

// Network is a range of addresses, or one address.
type Network = config.Range

// Default are the settings where nothing is said.
func Default() (s Settings) {
	if err := strict.Decode("default.yaml", []byte(Text), &s); err != nil {
		panic(err) // it comes with the program, and a test reads it
	}
	return s
}

// Parse reads a document. All faults are told at once.
func Parse(name string, data []byte) (Settings, error) {
	s := Default()
	if config.Blank(data) {
		return s, nil
	}
	if err := strict.Decode(name, data, &s); err != nil {
		return s, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read the settings of the host", Err: err, Hint: "evenkeel host config print writes every key with its meaning"}
	}
	if err := s.check(); err != nil { // each line names the file
		says := name + ": " + strings.ReplaceAll(err.Error(), "\n", "\n"+name+": ")
		return s, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: says, Hint: "evenkeel host config print writes every key with its meaning"}
	}
	return s, nil
}

func (s *Settings) check() error {
	var all []error
	for key, dir := range map[string]string{"data": s.Data, "pins": s.Pins, "cgroups": s.Cgroups} {
		if dir != "" && !filepath.IsAbs(dir) || dir == "" && key != "cgroups" {
			all = append(all, evenkeel.Invalid("%s is %q; expected a path from the root", key, dir))
		}
	}
	if f := s.NeverTouch.Floor; f < 0 || f > plan.MostRate {
		all = append(all, evenkeel.Invalid("never_touch.floor is %d; expected 0 to %d packets a second", f, plan.MostRate))
	}
	w := s.world()
	all = append(append(append(append(all, w.Check()), s.Libvirt.check()...), s.Facts.check()...), append(s.Canary.Check("a guest of this host"), s.Samples.check()...)...)
	all = append(append(all, s.Payload.check()), s.sharedPorts()...)
	if len(s.Containers) > whose.MostPatterns {
		all = append(all, evenkeel.Invalid("containers are %d patterns; expected at most %d", len(s.Containers), whose.MostPatterns))
	}
	if len(s.Containers) > 0 && s.Cgroups == "" {
		all = append(all, evenkeel.Invalid("containers are named, and cgroups is empty; expected where their control groups are"))
	}
	for i := range s.Containers {
		_, err := s.Containers[i].pattern()
		all = append(all, err)
	}
	_, err := s.Book(nil)
	slices.SortFunc(all, func(a, b error) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return errors.Join(append(all, err)...)
}

// Book says whose ports are, with what a hypervisor or a runtime claims.
func (s *Settings) Book(claims []whose.Claim) (*whose.Book, error) { return s.book(claims, nil) }

// book says so with what libvirt tells, too; nil: nothing yet.
func (s *Settings) book(claims []whose.Claim, told *Told) (*whose.Book, error) {
	var patterns []whose.Pattern
	var all []error
	for _, p := range s.Ports {
		x, err := whose.NewPattern(p.Name, p.Kind, p.Asset)
		all = append(all, err, p.check())
		patterns = append(patterns, x)
	}
	var guests []whose.Guest
	for asset, g := range s.Guests {
		x := whose.Guest{Asset: asset, Addresses: prefixes(values(g.Addresses)), Ports: values(g.Ports), MACs: g.cards(), Cgroup: g.Cgroup, Domain: g.Domain, CPUs: g.CPUs}
		for _, text := range g.MACs {
			if m, err := net.ParseMAC(text.Value); err != nil || len(m) != 6 {
				all = append(all, evenkeel.Invalid("guest %s: the address %.40q of a card; expected one such as 52:54:00:00:00:07", asset, text.Value))
			}
		}
		switch {
		case evenkeel.CheckID("a guest", asset) != nil:
			all = append(all, evenkeel.CheckID("a guest", asset))
		case g.Cgroup != "" && !filepath.IsLocal(g.Cgroup):
			all = append(all, evenkeel.Invalid("guest %s: the control group %q; expected a path below cgroups", asset, g.Cgroup))
		case g.CPUs < 0:
			all = append(all, evenkeel.Invalid("guest %s: %d CPUs; expected 1 or more, or none where it is not known", asset, g.CPUs))
		}
		guests = append(guests, x)
	}
	if err := errors.Join(all...); err != nil {
		return nil, err
	}
	if told != nil {
		claims = append(slices.Clone(claims), told.Claims...)
	}
	return whose.NewBook(s.Own, patterns, told.with(guests), claims)
}

func prefixes(list []Network) []netip.Prefix { return config.Prefixes(list) }
