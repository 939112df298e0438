package host

import (
	"path"
	"slices"
	"strings"
)

// Kind is what is told of a machine.
type Kind uint8

// The kinds.
const (
	kindNone Kind = iota
	KindSSHD
	KindKeys
	KindFirewall
	KindLogs
	KindKeysRemoved
	KindSSHDRemoved
	KindSSHDConfig
	KindPAM
	KindPreload
	KindCron
	KindUnit
	KindSudoers
	KindAccounts
	KindStartup
	KindModule
	KindMemory
	KindTemporary
	KindSetuid
	KindLogging
	KindPackages
	kindEnd
)

// kinds is the one table: the word in evenkeel.HostEvent.What, and what may explain it. A package upgrade
// changes files that packages own, and no keys; the first boot of an image does what a
// provisioning tool does. Nothing explains that a library is loaded into every program, that a program has no
// file, or that somebody else than the package manager writes its database.
var kinds = [kindEnd]struct {
	word      string
	explained []Explanation
}{
	KindSSHD:        {"sshd-replaced", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindKeys:        {"authorized-keys-changed", []Explanation{ByProvisioning, AtFirstBoot}},
	KindFirewall:    {"firewall-off", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindLogs:        {"logs-cleared", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindKeysRemoved: {"authorized-keys-removed", []Explanation{ByProvisioning, AtFirstBoot}},
	KindSSHDRemoved: {"sshd-removed", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindSSHDConfig:  {"sshd-config-changed", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindPAM:         {"pam-changed", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindPreload:     {"ld-preload-changed", nil},
	KindCron:        {"cron-changed", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindUnit:        {"systemd-unit-changed", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindSudoers:     {"sudoers-changed", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindAccounts:    {"accounts-changed", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindStartup:     {"startup-changed", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindModule:      {"module-loaded", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindMemory:      {"exec-memory", nil},
	KindTemporary:   {"exec-temporary", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindSetuid:      {"setuid-set", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindLogging:     {"logging-stopped", []Explanation{ByUpgrade, ByProvisioning, AtFirstBoot}},
	KindPackages:    {"package-database-changed", nil},
}

// String returns the word that is told where nothing explains it.
func (k Kind) String() string {
	if k == kindNone || k >= kindEnd {
		return "invalid"
	}
	return kinds[k].word
}

// Kinds returns all of them.
func Kinds() []Kind {
	out := make([]Kind, 0, kindEnd-1)
	for k := kindNone + 1; k < kindEnd; k++ {
		out = append(out, k)
	}
	return out
}

// Folders and files whose change is told, as the file hierarchy of Linux distributions has them (hier(7),
// systemd.unit(5), cron(8), pam.d(5), sshd(8), ld.so(8)). A name that ends in a slash is a folder
// with all that is in it.
var places = []struct {
	under string
	kind  Kind
}{
	{"/usr/sbin/sshd", KindSSHD}, {"/sbin/sshd", KindSSHD}, {"/usr/local/sbin/sshd", KindSSHD}, {"/usr/bin/sshd", KindSSHD},
	{"/usr/lib/openssh/sshd-session", KindSSHD}, {"/usr/lib/openssh/sshd-auth", KindSSHD},
	{"/usr/libexec/openssh/sshd-session", KindSSHD}, {"/usr/libexec/openssh/sshd-auth", KindSSHD},
	{"/usr/lib/ssh/sshd-session", KindSSHD}, {"/usr/lib/ssh/sshd-auth", KindSSHD},
	{"/etc/ssh/sshd_config", KindSSHDConfig}, {"/etc/ssh/sshd_config.d/", KindSSHDConfig},
	{"/etc/ssh/authorized_keys/", KindKeys}, {"/etc/ssh/authorized_keys", KindKeys},
	{"/etc/pam.d/", KindPAM}, {"/etc/pam.conf", KindPAM},
	{"/etc/ld.so.preload", KindPreload},
	{"/etc/crontab", KindCron}, {"/etc/anacrontab", KindCron}, {"/etc/cron.d/", KindCron}, {"/etc/cron.hourly/", KindCron},
	{"/etc/cron.daily/", KindCron}, {"/etc/cron.weekly/", KindCron}, {"/etc/cron.monthly/", KindCron},
	{"/var/spool/cron/", KindCron}, {"/var/spool/at/", KindCron},
	{"/etc/systemd/system/", KindUnit}, {"/etc/systemd/user/", KindUnit}, {"/usr/lib/systemd/system/", KindUnit},
	{"/lib/systemd/system/", KindUnit}, {"/usr/local/lib/systemd/system/", KindUnit}, {"/usr/lib/systemd/user/", KindUnit},
	{"/etc/systemd/system-generators/", KindUnit}, {"/usr/lib/systemd/system-generators/", KindUnit},
	{"/etc/init.d/", KindUnit}, {"/etc/rc.local", KindUnit},
	{"/etc/sudoers", KindSudoers}, {"/etc/sudoers.d/", KindSudoers},
	{"/etc/passwd", KindAccounts}, {"/etc/shadow", KindAccounts},
	{"/etc/profile", KindStartup}, {"/etc/profile.d/", KindStartup}, {"/etc/bash.bashrc", KindStartup}, {"/etc/bashrc", KindStartup},
	{"/etc/environment", KindStartup}, {"/etc/udev/rules.d/", KindStartup}, {"/etc/update-motd.d/", KindStartup},
	{"/etc/modules", KindStartup}, {"/etc/modules-load.d/", KindStartup}, {"/etc/modprobe.d/", KindStartup},
	{"/var/lib/dpkg/info/", KindPackages}, {"/lib/apk/db/installed", KindPackages}, {"/usr/lib/apk/db/installed", KindPackages},
}

// logNames are the logs that tell who was on a machine; the journal is known by its folder.
var logNames = map[string]bool{
	"auth.log": true, "secure": true, "syslog": true, "messages": true, "kern.log": true, "cron": true, "cron.log": true,
	"wtmp": true, "wtmp.db": true, "btmp": true, "lastlog": true, "lastlog2.db": true, "faillog": true, "audit.log": true, "sudo.log": true,
}

// unitEndings are the files that systemd reads from its folders.
var unitEndings = []string{".service", ".timer", ".socket", ".path", ".mount", ".automount", ".target", ".conf", ".swap", ".slice"}

// draftEndings are what package managers and editors write beside a file before or after they replace it. Nothing that
// reads these folders reads such names.
var draftEndings = []string{".dpkg-new", ".dpkg-tmp", ".dpkg-old", ".dpkg-dist", ".rpmnew", ".rpmsave", ".rpmorig", ".apk-new", ".swp", ".swx", "~"}

// placeOf says what a change of a file is.
func placeOf(p string, act Act) Kind {
	base := path.Base(p)
	for _, end := range draftEndings {
		if strings.HasSuffix(base, end) {
			return kindNone
		}
	}
	if under(p, "/var/log/") {
		if (logNames[base] || under(p, "/var/log/journal/")) && (act == ActTruncated || act == ActRemoved) {
			return KindLogs
		}
		return kindNone
	}
	if act == ActTruncated { // whoever truncated it writes to it, which is told by itself
		return kindNone
	}
	k := listed(p)
	if k == kindNone {
		k = atHome(p, base)
	}
	switch {
	case k == KindUnit && strings.Contains(p, "/systemd/") && !strings.Contains(p, "generators/") && !endsIn(base, unitEndings):
		return kindNone
	case k == KindPackages && !strings.HasSuffix(base, ".md5sums") && base != "installed":
		return kindNone
	case k == KindKeys && act == ActRemoved: // takes access away
		return KindKeysRemoved
	}
	return k
}

func listed(p string) Kind {
	for i := range places {
		if at := places[i].under; p == at || strings.HasSuffix(at, "/") && under(p, at) {
			return places[i].kind
		}
	}
	return kindNone
}

// atHome knows the files of people and the modules of PAM by their names, wherever homes and libraries are.
func atHome(p, base string) Kind {
	dir := path.Base(path.Dir(p))
	switch {
	case dir == ".ssh" && (base == "authorized_keys" || base == "authorized_keys2"):
		return KindKeys
	case dir == "security" && strings.HasPrefix(base, "pam_") && strings.HasSuffix(base, ".so"):
		return KindPAM
	case strings.Contains(p, "/.config/systemd/user/"):
		return KindUnit
	case p == "/"+"root/.bashrc" || p == "/"+"root/.profile" || p == "/"+"root/.bash_profile":
		return KindStartup
	}
	return kindNone
}

// temporary says whether a program lies where anybody may put one: /tmp, /var/tmp and /dev/shm (hier(7)), and the
// folders of their users in /run.
func temporary(p string) bool {
	return under(p, "/"+"tmp/") || under(p, "/var/"+"tmp/") || under(p, "/dev/shm/") || under(p, "/run/user/")
}

func under(p, dir string) bool { return strings.HasPrefix(p, dir) }

func endsIn(s string, ends []string) bool {
	for _, e := range ends {
		if strings.HasSuffix(s, e) {
			return true
		}
	}
	return false
}

// Folder is one that a sensor watches.
type Folder struct {
	Path string
	Deep bool // with the folders in it
}

// Folders returns the folders of a machine whose files are told, but for those of people, which are in their homes
// (HomeFolders).
func Folders() []Folder {
	seen := map[string]bool{}
	var out []Folder
	add := func(f Folder) {
		if !seen[f.Path] {
			seen[f.Path] = true
			out = append(out, f)
		}
	}
	for i := range places {
		if at := places[i].under; strings.HasSuffix(at, "/") {
			add(Folder{strings.TrimSuffix(at, "/"), true})
		} else {
			add(Folder{path.Dir(at), false})
		}
	}
	for _, lib := range []string{"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"} {
		add(Folder{lib + "/security", false})
	}
	add(Folder{"/var/log", true})
	return out
}

// HomeFolders returns those of one home.
func HomeFolders(home string) []Folder {
	return []Folder{{path.Join(home, ".ssh"), false}, {path.Join(home, ".config/systemd/user"), true}}
}

// MaxHomes bounds how many homes of a machine are watched.
const MaxHomes = 1024

// Homes reads the homes in /etc/passwd (passwd(5)), each once: that of root, of people, and of services that have one of their own.
// Those of services that live in folders of the system are left out.
func Homes(passwd []byte) (homes []string) {
	seen := map[string]bool{}
	for line := range strings.Lines(string(passwd)) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) != 7 || !strings.HasPrefix(f[5], "/") || len(f[5]) > MaxText || len(homes) >= MaxHomes {
			continue
		}
		home := path.Clean(f[5])
		inSystem := home == "/" || slices.ContainsFunc([]string{"/usr/", "/bin/", "/sbin/", "/dev/", "/proc/", "/run/"}, func(dir string) bool { return under(home+"/", dir) })
		if !seen[home] && !inSystem {
			seen[home] = true
			homes = append(homes, home)
		}
	}
	return homes
}

// Watched says whether a change of a file may be told, whoever made it.
func Watched(p string, act Act) bool { return placeOf(p, act) != kindNone }
