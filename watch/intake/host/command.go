package host

import (
	"path"
	"slices"
	"strings"
)

// firewalls are the services that filter packets.
var firewalls = []string{"firewalld", "nftables", "ufw", "iptables", "ip6tables", "netfilter-persistent", "shorewall", "shorewall6", "ferm", "csf", "lfd", "apf"}

// loggers are the services that write down who did what.
var loggers = []string{"auditd", "rsyslog", "syslog", "syslog-ng", "systemd-journald"}

// commandOf says what a command line does, and how it may be named: words of this file and never the command's
// own, since arguments may hold secrets. The forms are those of iptables(8), nft(8), ufw(8), systemctl(1), service(8),
// insmod(8), modprobe(8), chmod(1) and auditctl(8).
//
// A firewall is off when everything is flushed. One chain, another table and one rule are what docker,
// kube-proxy and fail2ban change all day.
func commandOf(p *Program) (Kind, string) {
	name, args := commandLine(p)
	switch name {
	case "iptables", "ip6tables", "iptables-nft", "iptables-legacy", "ip6tables-nft", "ip6tables-legacy":
		if args = without(args, "-w", "--wait"); len(args) == 1 && slices.Contains([]string{"-F", "--flush", "-X", "--delete-chain"}, args[0]) {
			return KindFirewall, name + " " + args[0]
		}
	case "nft":
		words := strings.Fields(strings.Join(args, " "))
		if len(words) == 2 && words[0] == "flush" && words[1] == "ruleset" {
			return KindFirewall, "nft flush ruleset"
		}
	case "ufw":
		if args = without(args, "--force"); len(args) > 0 && (args[0] == "disable" || args[0] == "reset") {
			return KindFirewall, "ufw " + args[0]
		}
	case "auditctl":
		if len(args) == 1 && args[0] == "-D" || len(args) == 2 && args[0] == "-e" && args[1] == "0" {
			return KindLogging, "auditctl"
		}
	case "insmod", "modprobe", "kmod":
		return moduleOf(name, args)
	case "chmod":
		if len(args) > 1 && setsUser(args) {
			return KindSetuid, "chmod"
		}
	}
	return serviceOf(name, args)
}

// WatchedProgram says whether the start of a program may be told, so that its arguments are worth a look. Programs of many
// names are asked for their first argument.
func WatchedProgram(p string) bool {
	name := path.Base(p)
	return temporary(p) || slices.Contains(watchedPrograms, name) || under(p, "/etc/init.d/")
}

var watchedPrograms = []string{
	"iptables", "ip6tables", "iptables-nft", "iptables-legacy", "ip6tables-nft", "ip6tables-legacy", "xtables-nft-multi", "xtables-legacy-multi", "xtables-multi",
	"nft", "ufw", "auditctl", "insmod", "modprobe", "kmod", "chmod", "systemctl", "service", "rc-service", "invoke-rc.d", "chkconfig", "update-rc.d", "busybox",
}

// commandLine is the name by which a program was called and its arguments. Programs of many names (xtables-nft-multi,
// kmod, busybox) go by the first argument; a script goes by its own name.
func commandLine(p *Program) (string, []string) {
	if len(p.Args) == 0 {
		return path.Base(p.Exe), nil
	}
	name, _ := p.called()
	if name != path.Base(strings.TrimSuffix(p.Exe, " (deleted)")) { // a script
		i := slices.IndexFunc(p.Args, func(a string) bool { return path.Base(a) == name })
		return name, p.Args[max(i, 0)+1:]
	}
	return strings.TrimPrefix(path.Base(p.Args[0]), "-"), p.Args[1:]
}

func without(args []string, words ...string) (out []string) {
	for _, a := range args {
		if !slices.Contains(words, a) {
			out = append(out, a)
		}
	}
	return out
}

// moduleOf tells a module that is loaded from a file of its own from one that the distribution has.
func moduleOf(name string, args []string) (Kind, string) {
	for _, a := range args {
		if strings.HasPrefix(a, "-") {
			if a == "-r" || a == "--remove" {
				return kindNone, ""
			}
			continue
		}
		if name == "modprobe" && !strings.Contains(a, "/") { // by name, from the distribution's own folder
			return kindNone, ""
		}
		if under(a, "/lib/modules/") || under(a, "/usr/lib/modules/") {
			return kindNone, ""
		}
		return KindModule, name
	}
	return kindNone, ""
}

// setsUser says whether chmod gives a program its owner's rights: 4755, u+s, +s.
func setsUser(args []string) bool {
	for _, a := range args[:len(args)-1] {
		if len(a) == 4 && strings.Trim(a, "01234567") == "" && a[0] >= '4' {
			return true
		}
		who, what, plus := strings.Cut(a, "+")
		if plus && !strings.HasPrefix(a, "-") && strings.Trim(who, "ugoa") == "" && who != "g" && strings.Contains(what, "s") {
			return true
		}
	}
	return false
}

// serviceOf knows the ways in which a service is stopped for now or for ever.
func serviceOf(name string, args []string) (Kind, string) {
	var verb string
	var units []string
	switch {
	case name == "systemctl":
		if args = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return strings.HasPrefix(a, "-") }); len(args) > 1 {
			verb, units = args[0], args[1:]
		}
	case name == "service" || name == "rc-service" || name == "invoke-rc.d":
		if len(args) > 1 {
			units, verb = args[:1], args[1]
		}
	case name == "chkconfig" || name == "update-rc.d":
		if args = without(args, "-f"); len(args) > 1 {
			units, verb = args[:1], args[1]
		}
	case len(args) == 1 && (slices.Contains(firewalls, name) || slices.Contains(loggers, name)): // /etc/init.d/ufw stop
		units, verb = []string{name}, args[0]
	}
	if !slices.Contains([]string{"stop", "disable", "mask", "kill", "off", "remove"}, verb) {
		return kindNone, ""
	}
	for _, u := range units {
		u = strings.TrimSuffix(u, ".service")
		if slices.Contains(firewalls, u) {
			return KindFirewall, verb + " " + u
		}
		if slices.Contains(loggers, u) {
			return KindLogging, verb + " " + u
		}
	}
	return kindNone, ""
}
