package host

import (
	"path"
	"slices"
	"strings"
)

// Explanation is what makes a change an ordinary one.
type Explanation uint8

// The explanations.
const (
	Unexplained    Explanation = iota
	ByUpgrade                  // a package manager did it
	ByProvisioning             // a tool that sets machines up, the guest agent of a cloud, or a hosting panel did it
	AtFirstBoot                // the machine is younger than FirstBoot
)

var explanations = [...]string{ByUpgrade: "-by-upgrade", ByProvisioning: "-by-provisioning", AtFirstBoot: "-at-first-boot"}

// Word returns what is told of a kind that is explained so: rules that ask for the kind do not count it.
func (e Explanation) Word(k Kind) string {
	if e == Unexplained || int(e) >= len(explanations) {
		return k.String()
	}
	return k.String() + explanations[e]
}

// upgraders and provisioners are programs by the last part of their path, or of the script that an
// interpreter runs. Dpkg and rpm run what a package brings as their children, so a whole tree is explained.
var upgraders = []string{
	"dpkg", "dpkg-deb", "apt", "apt-get", "aptitude", "apt.systemd.daily", "unattended-upgrade", "unattended-upgrades", "packagekitd",
	"rpm", "rpmdb", "dnf", "dnf5", "dnf-3", "yum", "microdnf", "dnf-automatic", "zypper", "apk", "pacman", "snapd", "rpm-ostreed", "transactional-update",
}

var provisioners = []string{
	"cloud-init", "cloud-init-per", "cloud-id", "ignition", "coreos-metadata", "afterburn",
	"ansible", "ansible-playbook", "ansible-pull", "puppet", "puppet-agent", "salt-minion", "salt-call", "salt-ssh", "chef-client", "cinc-client", "cf-agent",
	"google_guest_agent", "google_guest_agent_manager", "google_metadata_script_runner", "waagent", "walinuxagent", "amazon-ssm-agent", "ssm-agent-worker",
	"qemu-ga", "vmtoolsd", "xe-daemon", "oracle-cloud-agent", "cloudbase-init",
	"cpsrvd", "whostmgrd", "sw-engine", "plesk", "virtualmin", "miniserv.pl", "directadmin", "ispconfig",
}

// rotators end and begin logs as their work.
var rotators = []string{
	"logrotate", "savelog", "newsyslog", "systemd-journald", "systemd-journal-remote", "journalctl", "rsyslogd", "syslog-ng", "syslog-ng-ctl", "auditd",
	"systemd-tmpfiles", "syslogd", "wtmpdb", "lastlog2",
}

// runtimes start containers; runc and crun run from a sealed copy of themselves in memory (CVE-2019-5736).
var runtimes = []string{
	"containerd", "containerd-shim", "containerd-shim-runc-v2", "dockerd", "runc", "crun", "youki", "podman", "conmon", "crio", "kubelet", "buildkitd", "buildah", "lxc-start", "lxd", "incusd",
}

var interpreters = []string{"sh", "bash", "dash", "ash", "zsh", "perl", "ruby", "node", "busybox"}

// trusted are the folders whose programs can be put there by root only; the agents of clouds and
// panels are in /opt and /usr/local.
var trusted = []string{"/usr/", "/bin/", "/sbin/", "/opt/", "/lib/", "/snap/"}

// called returns the name of a program: the last part of its path or, where an interpreter runs a script, of
// the script's; path is where that lies.
func (p *Program) called() (name, at string) {
	at = strings.TrimSuffix(p.Exe, " (deleted)") // an upgrade replaces the program that does it
	name = path.Base(at)
	if at == "" && len(p.Args) > 0 {
		return path.Base(p.Args[0]), ""
	}
	if !slices.Contains(interpreters, name) && !strings.HasPrefix(name, "python") {
		return name, at
	}
	for _, a := range p.Args[min(1, len(p.Args)):] {
		if strings.HasPrefix(a, "-") && a != "-c" {
			continue
		}
		if a == "-c" || !strings.HasPrefix(a, "/") {
			break
		}
		return path.Base(a), a
	}
	return name, at
}

// isOne says whether a program is one of these, and lies where only root can have put it.
func (p *Program) isOne(of []string) bool {
	name, at := p.called()
	return slices.Contains(of, name) && isTrusted(at) && isTrusted(p.Exe)
}

func isTrusted(p string) bool {
	return slices.ContainsFunc(trusted, func(dir string) bool { return under(p, dir) })
}

// ansible knows the modules that Ansible copies to a machine and runs there with Python: AnsiballZ_….py in a folder
// ansible-tmp-… of whoever signs in.
func (p *Program) ansible() bool {
	name, at := p.called()
	return strings.HasPrefix(name, "AnsiballZ_") && strings.Contains(at, "/ansible-tmp-") && strings.HasPrefix(path.Base(p.Exe), "python") && isTrusted(p.Exe)
}

// does says whether a process or one of its ancestors is one of these.
func (p *Process) does(of []string) bool {
	if p.Gone || p.Unseen {
		return false
	}
	return p.isOne(of) || slices.ContainsFunc(p.Parents, func(q Program) bool { return q.isOne(of) })
}

// explain says what makes a change by this process an ordinary one.
func (p *Process) explain() Explanation {
	switch {
	case p.Gone || p.Unseen || p.Memory:
		return Unexplained
	case p.does(upgraders):
		return ByUpgrade
	case p.does(provisioners), p.ansible(), slices.ContainsFunc(p.Parents, func(q Program) bool { return q.ansible() }):
		return ByProvisioning
	}
	return Unexplained
}

// may says whether an explanation counts for a kind.
func (e Explanation) may(k Kind) bool { return slices.Contains(kinds[k].explained, e) }
