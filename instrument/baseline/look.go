package baseline

import (
	"fmt"
	"slices"
	"strings"
)

// Look goes over the facts. There is always one point for each thing, in the same order.
func Look(f *Facts) []Point {
	return []Point{f.firewall(), f.password(), f.rootLogin(), f.keys(), f.listening(), f.upgrades()}
}

func (f *Facts) firewall() Point {
	p := Point{ID: "firewall", Why: "What listens by mistake is reached from everywhere unless a list says what may be."}
	switch f.Filtered {
	case Yes:
		p.State, p.Seen = Good, "What comes in is dropped unless a rule lets it pass ("+f.FilterBy+")."
	case No:
		p.State, p.Seen = Bad, "Everything that comes in passes ("+f.FilterBy+")."
		p.Do = "evenkeel host check --apply --allow tcp/443 lets pass what you name and the ssh connection that you sit on."
	default:
		p.State, p.Seen, p.Do = Unsure, "The rules could not be read.", "Run it as root, with nft installed."
	}
	return p
}

func (f *Facts) setting(id, key, why, do string, bad ...string) Point {
	p := Point{ID: id, Why: why}
	v, ok := f.SSH[key]
	switch {
	case !ok:
		p.State, p.Seen, p.Do = Unsure, "The settings of the ssh server could not be read, or there is none.", "Where there is one, run it as root."
	case slices.Contains(bad, v):
		p.State, p.Seen, p.Do = Bad, fmt.Sprintf("The ssh server has %s %s.", key, v), do
	default:
		p.State, p.Seen = Good, fmt.Sprintf("The ssh server has %s %s.", key, v)
	}
	return p
}

func (f *Facts) password() Point {
	return f.setting("ssh-password", "passwordauthentication", "Passwords are guessed all day, from everywhere; keys are not.",
		"Put your key on the machine, try it, then set PasswordAuthentication no in sshd_config.", "yes")
}

func (f *Facts) rootLogin() Point {
	return f.setting("ssh-root", "permitrootlogin", "Root is the one name that every guesser knows.",
		"Set PermitRootLogin prohibit-password, or no.", "yes")
}

// minRSA is what NIST SP 800-131A allows until 2030; OpenSSH itself refuses less than 1024.
const minRSA = 2048

func (f *Facts) keys() Point {
	p := Point{ID: "ssh-keys", Why: "Whoever can compute a weak key signs in as its owner."}
	var weak []string
	for _, k := range f.Keys {
		switch {
		case k.Type == "ssh-dss", k.Type == "ssh-rsa" && k.Bits > 0 && k.Bits < minRSA:
			if s := strings.TrimSpace(k.User + " " + k.Type); !slices.Contains(weak, s) {
				weak = append(weak, s)
			}
		}
	}
	switch {
	case f.Keys == nil:
		p.State, p.Seen, p.Do = Unsure, "The lists of keys could not be read.", "Run it as root."
	case len(weak) > 0:
		p.State, p.Seen = Bad, fmt.Sprintf("%d of %d keys that may sign in are weak: %s.", len(weak), len(f.Keys), strings.Join(weak[:min(len(weak), 5)], ", "))
		p.Do = "Make new ones with ssh-keygen -t ed25519 and take the old ones out."
	default:
		p.State, p.Seen = Good, fmt.Sprintf("%d keys may sign in; none is known to be weak.", len(f.Keys))
	}
	return p
}

func (f *Facts) listening() Point {
	p := Point{ID: "services", Why: "A database or a cache that answers everybody is found within hours."}
	if !f.SocketsOK {
		p.State, p.Seen, p.Do = Unsure, "What listens could not be read.", "Run it where /proc is."
		return p
	}
	var open []string
	for _, s := range f.Listening {
		if !s.Local() {
			open = append(open, s.String())
		}
	}
	slices.Sort(open)
	open = slices.Compact(open)
	p.Seen = fmt.Sprintf("%d services can be reached from outside", len(open))
	if len(open) > 0 {
		p.Seen += ": " + strings.Join(open[:min(len(open), 12)], ", ")
	}
	p.Seen += "."
	switch {
	case len(open) == 0 || f.Filtered == Yes:
		p.State = Good
		if len(open) > 0 {
			p.Seen += " The firewall decides which of them are."
		}
	case f.Filtered == Unknown:
		p.State, p.Do = Unsure, "Whether a firewall stands before them is not known."
	default:
		p.State, p.Do = Bad, "Bind those that only this machine needs to 127.0.0.1, and let a firewall name the others."
		if len(open) == 1 && strings.Contains(open[0], "/22") {
			p.State, p.Do = Good, ""
		}
	}
	return p
}

func (f *Facts) upgrades() Point {
	p := Point{ID: "upgrades", Why: "Between the mend of a hole and its use by everybody lie days."}
	switch f.Upgrades {
	case Yes:
		p.State, p.Seen = Good, "Security upgrades are installed by themselves."
	case No:
		p.State, p.Seen, p.Do = Bad, "Nothing installs security upgrades by itself.", "apt install unattended-upgrades, or dnf install dnf-automatic and start its timer."
	default:
		p.State, p.Seen, p.Do = Unsure, "Whether upgrades are installed by themselves is not known here.", "See what your distribution has for it."
	}
	return p
}
