package host

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
)

var noon = evenkeel.MomentOf(time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))

// shelf is what a machine holds, as a test lays it out.
type shelf struct {
	files     map[string]File
	filtering Answer
}

func (s *shelf) Look(_ evenkeel.AssetID, path string) File     { return s.files[path] }
func (s *shelf) Filtering(evenkeel.AssetID) (filtering Answer) { return s.filtering }

func program(line string) Program {
	args := strings.Fields(line)
	exe := args[0]
	args[0] = exe[strings.LastIndexByte(exe, '/')+1:]
	return Program{Exe: exe, Args: args}
}

// by is a process with its ancestors, the nearest first.
func by(line string, parents ...string) Process {
	p := Process{Program: program(line), PID: 4711}
	for _, q := range parents {
		p.Parents = append(p.Parents, program(q))
	}
	return p
}

const (
	session = "/usr/sbin/sshd"
	shell   = "/usr/bin/bash"
	initial = "/usr/lib/systemd/systemd"
)

// toldOf plays observations a second apart, lets everything settle, and returns what was told.
func toldOf(t *testing.T, s *shelf, born evenkeel.Moment, all ...Observation) []string {
	t.Helper()
	l := NewLookout(Settings{Source: "host-1", Key: siphash.Key{}, Born: func(evenkeel.AssetID) evenkeel.Moment { return born }}, s)
	b := evenkeel.NewBatch("host-1", 0)
	for i := range all {
		o := all[i]
		o.Asset = "vm-1"
		if o.At == 0 {
			o.At = noon.Add(time.Duration(i) * time.Second)
		}
		l.Due(o.At, b)
		l.Observe(&o, b)
	}
	for next := l.Next(); next != 0; next = l.Next() {
		l.Due(next, b)
	}
	if n := l.Tally(); n.Observed != n.Ordinary+n.Told+n.Merged+n.LeftOut+n.Waiting || n.Waiting != 0 || n.Told != int64(len(b.Records)) {
		t.Errorf("the tally does not add up: %+v, %d records", n, len(b.Records))
	}
	var out []string
	for i := range b.Records {
		e := b.HostEvent(&b.Records[i])
		out = append(out, e.What)
	}
	return out
}

// What detections tell of a machine that somebody got into (Elastic, Falco, Sigma, and Story C of 2016).
func TestSignsAreToldUnderTheirWords(t *testing.T) {
	login := []string{shell, session}
	replaced := &shelf{files: map[string]File{"/usr/sbin/sshd": {There: Yes, SHA256: strings.Repeat("a", 64), Packaged: No}}, filtering: No}
	for _, c := range []struct {
		name string
		all  []Observation
		want []string
	}{
		{"the ssh server is replaced by hand", []Observation{{Act: ActReplaced, Path: "/usr/sbin/sshd", By: by("/usr/bin/mv sshd /usr/sbin/sshd", login...)}}, []string{"sshd-replaced"}},
		{"it is replaced by what says that it is a package manager", []Observation{{Act: ActReplaced, Path: "/usr/sbin/sshd", By: by("/usr/bin/dpkg -i evil.deb", login...)}}, []string{"sshd-replaced"}},
		{"keys are rewritten by a shell", []Observation{{Act: ActWritten, Path: "/root/.ssh/authorized_keys", By: by(shell, session)}}, []string{"authorized-keys-changed"}},
		{"keys of a person whose home is elsewhere", []Observation{{Act: ActReplaced, Path: "/srv/people/ann/.ssh/authorized_keys2", By: by(shell)}}, []string{"authorized-keys-changed"}},
		{"keys are rewritten by somebody who had ended", []Observation{{Act: ActWritten, Path: "/root/.ssh/authorized_keys", By: Process{Gone: true}}}, []string{"authorized-keys-changed"}},
		{"a package that brings keys is no upgrade", []Observation{{Act: ActWritten, Path: "/root/.ssh/authorized_keys", By: by("/usr/bin/sh /var/lib/dpkg/info/x.postinst", "/usr/bin/dpkg -i x.deb")}}, []string{"authorized-keys-changed"}},
		{"a program in memory is no provisioning tool", []Observation{{Act: ActWritten, Path: "/etc/cron.d/x", By: Process{Program: program("/usr/bin/cloud-init"), Memory: true}}}, []string{"cron-changed"}},
		{"a tool's name in a folder of everybody's is no tool", []Observation{{Act: ActWritten, Path: "/etc/cron.d/x", By: by("/tmp/cloud-init")}}, []string{"cron-changed"}},
		{"nor is a script of its name there", []Observation{{Act: ActWritten, Path: "/etc/cron.d/x", By: by("/usr/bin/python3 /tmp/cloud-init init")}}, []string{"cron-changed"}},
		{"nor is it with an interpreter from there", []Observation{{Act: ActWritten, Path: "/etc/cron.d/x", By: by("/tmp/python3 /usr/bin/cloud-init")}}, []string{"cron-changed"}},
		{"the firewall is flushed", []Observation{{Act: ActExecuted, Path: "/usr/sbin/iptables", By: by("/usr/sbin/iptables -F", login...)}}, []string{"firewall-off"}},
		{"by a program of many names", []Observation{{Act: ActExecuted, Path: "/usr/sbin/xtables-nft-multi", By: Process{Program: Program{Exe: "/usr/sbin/xtables-nft-multi", Args: []string{"iptables", "--flush"}}}}}, []string{"firewall-off"}},
		{"by nft", []Observation{{Act: ActExecuted, Path: "/usr/sbin/nft", By: by("/usr/sbin/nft flush ruleset")}}, []string{"firewall-off"}},
		{"ufw is a script", []Observation{{Act: ActExecuted, Path: "/usr/bin/python3", By: by("/usr/bin/python3 /usr/sbin/ufw --force disable")}}, []string{"firewall-off"}},
		{"the service is stopped", []Observation{{Act: ActExecuted, Path: "/usr/bin/systemctl", By: by("/usr/bin/systemctl --now disable firewalld.service")}}, []string{"firewall-off"}},
		{"a script of init stops it", []Observation{{Act: ActExecuted, Path: "/usr/bin/bash", By: by("/bin/bash /etc/init.d/iptables stop")}}, []string{"firewall-off"}},
		{"nobody saw how the rules went", []Observation{{Act: ActFirewall, Answer: Yes}, {Act: ActFirewall, Answer: No}, {Act: ActFirewall, Answer: No}}, []string{"firewall-off"}},
		{"the command and the reading are one", []Observation{{Act: ActFirewall, Answer: Yes}, {Act: ActExecuted, Path: "/usr/sbin/iptables", By: by("/usr/sbin/iptables -F")}, {Act: ActFirewall, Answer: No}}, []string{"firewall-off"}},
		{"logs are emptied", []Observation{{Act: ActTruncated, Path: "/var/log/auth.log", By: by(shell)}}, []string{"logs-cleared"}},
		{"the journal is deleted", []Observation{{Act: ActRemoved, Path: "/var/log/journal/0123/system.journal", By: by("/usr/bin/rm -rf /var/log/journal")}}, []string{"logs-cleared"}},
		{"auditd is stopped", []Observation{{Act: ActExecuted, Path: "/usr/bin/systemctl", By: by("/usr/bin/systemctl stop auditd")}}, []string{"logging-stopped"}},
		{"a library for every program", []Observation{{Act: ActWritten, Path: "/etc/ld.so.preload", By: by("/usr/bin/dpkg --configure x")}}, []string{"ld-preload-changed"}},
		{"a job, a service, a right, a module of PAM", []Observation{
			{Act: ActWritten, Path: "/var/spool/cron/crontabs/root", By: by(shell)},
			{Act: ActReplaced, Path: "/etc/systemd/system/x.service", By: by(shell)},
			{Act: ActWritten, Path: "/etc/sudoers.d/x", By: by(shell)},
			{Act: ActReplaced, Path: "/usr/lib/x86_64-linux-gnu/security/pam_unix.so", By: by(shell)},
		}, []string{"cron-changed", "systemd-unit-changed", "sudoers-changed", "pam-changed"}},
		{"a program without a file", []Observation{{Act: ActExecuted, Path: "/memfd:x", By: Process{Program: Program{Exe: "/memfd:x"}, Memory: true}}}, []string{"exec-memory"}},
		{"one that only looks like a container's start", []Observation{{Act: ActExecuted, Path: "/memfd:runc_cloned:/proc/self/exe", By: Process{Program: Program{Exe: "/memfd:runc_cloned:/proc/self/exe"}, Memory: true, Parents: []Program{program("/tmp/containerd-shim-runc-v2")}}}}, []string{"exec-memory"}},
		{"a program where anybody may put one", []Observation{{Act: ActExecuted, Path: "/dev/shm/.x/kswapd0", By: by("/dev/shm/.x/kswapd0")}}, []string{"exec-temporary"}},
		{"it has ended already", []Observation{{Act: ActExecuted, Path: "/tmp/x", By: Process{Gone: true}}}, []string{"exec-temporary"}},
		{"a module from a file of its own", []Observation{{Act: ActExecuted, Path: "/usr/bin/kmod", By: Process{Program: Program{Exe: "/usr/bin/kmod", Args: []string{"insmod", "./rk.ko"}}}}}, []string{"module-loaded"}},
		{"a module that is not of the kernel's tree", []Observation{{Act: ActModule, Path: "rk", Taints: "OE"}}, []string{"module-loaded"}},
		{"a program that runs with its owner's rights", []Observation{{Act: ActExecuted, Path: "/usr/bin/chmod", By: by("/usr/bin/chmod u+s /usr/local/bin/x")}}, []string{"setuid-set"}},
		{"the package database is written by somebody else", []Observation{{Act: ActWritten, Path: "/var/lib/dpkg/info/openssh-server.md5sums", By: by("/usr/bin/vim")}}, []string{"package-database-changed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := toldOf(t, replaced, 0, c.all...); !slices.Equal(got, c.want) {
				t.Errorf("told %q; expected %q", got, c.want)
			}
		})
	}
}

// What looks the same and is not: detections, 1.6.
func TestLookAlikesAreToldApart(t *testing.T) {
	upgrade := []string{"/usr/bin/dpkg --unpack openssh-server.deb", "/usr/bin/apt-get -y upgrade", "/usr/bin/python3 /usr/bin/unattended-upgrade"}
	ansible := []string{"/usr/bin/python3 /home/deploy/.ansible/tmp/ansible-tmp-1764331200.1-17-4/AnsiballZ_copy.py", "/usr/bin/sh -c x", session}
	sound := &shelf{files: map[string]File{"/usr/sbin/sshd": {There: Yes, Packaged: Yes}}, filtering: Yes}
	unknown := &shelf{filtering: Unknown}
	for _, c := range []struct {
		name  string
		shelf *shelf
		born  evenkeel.Moment
		all   []Observation
		want  []string
	}{
		{"an upgrade of the ssh server", sound, 0, []Observation{
			{Act: ActReplaced, Path: "/usr/sbin/sshd", By: by(upgrade[0], upgrade[1:]...)},
			{Act: ActReplaced, Path: "/usr/lib/systemd/system/ssh.service", By: by(upgrade[0], upgrade[1:]...)},
			{Act: ActReplaced, Path: "/etc/pam.d/sshd", By: by(upgrade[0], upgrade[1:]...)},
			{Act: ActReplaced, Path: "/var/lib/dpkg/info/openssh-server.md5sums", By: by(upgrade[0], upgrade[1:]...)},
		}, []string{"systemd-unit-changed-by-upgrade", "pam-changed-by-upgrade", "sshd-replaced-by-upgrade"}},
		{"where the database cannot be read, whoever did it explains it", unknown, 0, []Observation{{Act: ActReplaced, Path: "/usr/sbin/sshd", By: by("/usr/bin/rpm -U openssh-server", "/usr/bin/dnf upgrade")}}, []string{"sshd-replaced-by-upgrade"}},
		{"a file of the distribution that was put back by hand", sound, 0, []Observation{{Act: ActReplaced, Path: "/usr/sbin/sshd", By: by("/usr/bin/cp sshd /usr/sbin/sshd")}}, []string{"sshd-replaced-by-upgrade"}},
		{"keys at the first boot", sound, noon.Add(-time.Minute), []Observation{{Act: ActWritten, Path: "/root/.ssh/authorized_keys", By: by(shell)}}, []string{"authorized-keys-changed-at-first-boot"}},
		{"keys by cloud-init", sound, 0, []Observation{{Act: ActWritten, Path: "/root/.ssh/authorized_keys", By: by("/usr/bin/python3 /usr/bin/cloud-init init", initial)}}, []string{"authorized-keys-changed-by-provisioning"}},
		{"keys by Ansible", sound, 0, []Observation{{Act: ActReplaced, Path: "/root/.ssh/authorized_keys", By: by(ansible[0], ansible[1:]...)}}, []string{"authorized-keys-changed-by-provisioning"}},
		{"keys rolled by a guest agent", sound, 0, []Observation{{Act: ActReplaced, Path: "/home/ann/.ssh/authorized_keys", By: by("/usr/bin/google_guest_agent")}}, []string{"authorized-keys-changed-by-provisioning"}},
		{"keys rolled by a panel", sound, 0, []Observation{{Act: ActReplaced, Path: "/home/ann/.ssh/authorized_keys", By: by("/usr/local/cpanel/cpsrvd")}}, []string{"authorized-keys-changed-by-provisioning"}},
		{"keys that are taken away", sound, 0, []Observation{{Act: ActRemoved, Path: "/root/.ssh/authorized_keys", By: by(shell)}}, []string{"authorized-keys-removed"}},
		{"fail2ban and docker change chains of their own", sound, 0, []Observation{
			{Act: ActExecuted, Path: "/usr/sbin/iptables", By: by("/usr/sbin/iptables -w -F f2b-sshd", "/usr/bin/python3 /usr/bin/fail2ban-server")},
			{Act: ActExecuted, Path: "/usr/sbin/iptables", By: by("/usr/sbin/iptables -t nat -F", "/usr/bin/dockerd")},
			{Act: ActExecuted, Path: "/usr/sbin/iptables", By: by("/usr/sbin/iptables --wait -t filter -F DOCKER", "/usr/bin/dockerd")},
		}, nil},
		{"a firewall that is loaded again", sound, 0, []Observation{{Act: ActExecuted, Path: "/usr/sbin/nft", By: by("/usr/sbin/nft flush ruleset", initial)}}, nil},
		{"flushed where there was none", &shelf{filtering: No}, 0, []Observation{{Act: ActFirewall, Answer: No}, {Act: ActExecuted, Path: "/usr/sbin/iptables", By: by("/usr/sbin/iptables -F")}}, nil},
		{"logs that are rotated", sound, 0, []Observation{
			{Act: ActRemoved, Path: "/var/log/auth.log", By: by("/usr/sbin/logrotate /etc/logrotate.conf")},
			{Act: ActTruncated, Path: "/var/log/syslog", By: by("/usr/bin/sh", "/usr/sbin/logrotate /etc/logrotate.conf")},
			{Act: ActRemoved, Path: "/var/log/journal/1/system@1.journal", By: by("/usr/lib/systemd/systemd-journald")},
			{Act: ActTruncated, Path: "/var/log/nginx/access.log", By: by(shell)},
		}, nil},
		{"a container is started", sound, 0, []Observation{{Act: ActExecuted, Path: "/memfd:runc_cloned:/proc/self/exe", By: Process{Program: Program{Exe: "/memfd:runc_cloned:/proc/self/exe"}, Memory: true, Parents: []Program{program("/usr/bin/containerd-shim-runc-v2")}}}}, nil},
		{"modules of the distribution", sound, 0, []Observation{
			{Act: ActExecuted, Path: "/usr/bin/kmod", By: Process{Program: Program{Exe: "/usr/bin/kmod", Args: []string{"modprobe", "-q", "overlay"}}}},
			{Act: ActExecuted, Path: "/usr/bin/kmod", By: Process{Program: Program{Exe: "/usr/bin/kmod", Args: []string{"modprobe", "-r", "x"}}}},
			{Act: ActModule, Path: "overlay"},
		}, nil},
		{"a package's own script in a temporary folder", sound, 0, []Observation{{Act: ActExecuted, Path: "/tmp/x.config", By: by("/tmp/x.config", "/usr/bin/dpkg-preconfigure", "/usr/bin/apt-get install x")}}, []string{"exec-temporary-by-upgrade"}},
		{"what an editor writes beside a file", sound, 0, []Observation{{Act: ActWritten, Path: "/etc/cron.d/.job.swp", By: by("/usr/bin/vim")}, {Act: ActWritten, Path: "/etc/sudoers.d/x~", By: by("/usr/bin/vim")}}, nil},
		{"a job that is removed", sound, 0, []Observation{{Act: ActRemoved, Path: "/etc/cron.d/x", By: by("/usr/bin/rm")}}, nil},
		{"a firewall that is stopped by an upgrade", &shelf{filtering: No}, 0, []Observation{{Act: ActExecuted, Path: "/usr/bin/systemctl", By: by("/usr/bin/systemctl stop ufw", upgrade...)}}, []string{"firewall-off-by-upgrade"}},
		{"a service that is started", sound, 0, []Observation{{Act: ActExecuted, Path: "/usr/bin/systemctl", By: by("/usr/bin/systemctl restart nftables")}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := toldOf(t, c.shelf, c.born, c.all...); !slices.Equal(got, c.want) {
				t.Errorf("told %q; expected %q", got, c.want)
			}
		})
	}
}

func TestADatabaseThatSomebodyElseWroteExplainsNothing(t *testing.T) {
	s := &shelf{files: map[string]File{"/usr/sbin/sshd": {There: Yes, Packaged: Yes}}}
	got := toldOf(t, s, 0,
		Observation{Act: ActWritten, Path: "/var/lib/dpkg/info/openssh-server.md5sums", By: by("/usr/bin/sed -i x")},
		Observation{Act: ActReplaced, Path: "/usr/sbin/sshd", By: by("/usr/bin/mv")})
	if want := []string{"package-database-changed", "sshd-replaced"}; !slices.Equal(got, want) {
		t.Errorf("told %q; expected %q", got, want)
	}
}

// The policy that comes with the program names these four: under other words a victim would be charged.
func TestThePolicysSignsOfAVictimAreWordsOfOurs(t *testing.T) {
	text, err := os.ReadFile("../../../judge/policy/builtin/default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "victim_signs: [")
	list, _, _ = strings.Cut(list, "]")
	signs := strings.Split(list, ", ")
	if len(signs) != 4 {
		t.Fatalf("the policy names %q; expected four signs", signs)
	}
	for _, sign := range signs {
		if !slices.ContainsFunc(Kinds(), func(k Kind) bool { return k.String() == sign }) {
			t.Errorf("nothing here is told as %s", sign)
		}
	}
}

func TestEveryKindHasAWordOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kinds() {
		for _, e := range []Explanation{Unexplained, ByUpgrade, ByProvisioning, AtFirstBoot} {
			w := e.Word(k)
			if w == "" || strings.HasPrefix(w, "invalid") || seen[w] {
				t.Errorf("kind %d, explained by %d, is told as %q", k, e, w)
			}
			seen[w] = true
		}
	}
	if Kind(200).String() != "invalid" || Act(200).String() != "invalid" || Answer(200).String() != "unknown" {
		t.Error("what is none has a word")
	}
	for a := ActWritten; a <= ActFirewall; a++ {
		if a.String() == "invalid" {
			t.Errorf("act %d has no word", a)
		}
	}
}

// Whoever floods one sign hides no other, and the flood is counted.
func TestAFloodOfOneSignHidesNoOther(t *testing.T) {
	l := NewLookout(Settings{Source: "host-1"}, &shelf{})
	b := evenkeel.NewBatch("host-1", 0)
	for i := range 10_000 {
		l.Observe(&Observation{At: noon.Add(time.Duration(i) * time.Millisecond), Asset: "vm-1", Act: ActExecuted, Path: "/tmp/" + strings.Repeat("x", i%97)}, b)
	}
	before := len(b.Records)
	l.Observe(&Observation{At: noon.Add(time.Minute), Asset: "vm-1", Act: ActWritten, Path: "/root/.ssh/authorized_keys"}, b)
	if len(b.Records) != before+1 {
		t.Error("the change of the keys was not told")
	}
	if before > burst {
		t.Errorf("%d were told at once; expected at most %d", before, burst)
	}
	left := l.LeftOut()
	if left["vm-1"] == 0 || left["vm-1"] != l.Tally().LeftOut || l.LeftOut() != nil {
		t.Errorf("left out %v, tally %+v", left, l.Tally())
	}
}

func TestTheSameAgainIsToldOnce(t *testing.T) {
	var all []Observation
	for i := range 40 {
		all = append(all, Observation{At: noon.Add(time.Duration(i) * 10 * time.Second), Act: ActWritten, Path: "/etc/crontab", By: by(shell)})
	}
	if got := toldOf(t, &shelf{}, 0, all...); len(got) != 2 { // 400 s, and quiet is 300 s
		t.Errorf("told %q; expected it twice", got)
	}
}

func TestAFirewallThatIsFlushedAgainAndAgainIsToldInTheEnd(t *testing.T) {
	l := NewLookout(Settings{}, &shelf{filtering: No})
	b := evenkeel.NewBatch("host-1", 0)
	flush := by("/usr/sbin/iptables -F")
	for i := range 1000 {
		at := noon.Add(time.Duration(i) * time.Second)
		l.Due(at, b)
		l.Observe(&Observation{At: at, Asset: "vm-1", Act: ActExecuted, Path: flush.Exe, By: flush}, b)
	}
	if len(b.Records) == 0 {
		t.Error("nothing was told in 1000 s: whoever goes on hides it")
	}
}

// A sweep reads every few seconds whether packets are filtered: that they still are not puts nothing off.
func TestAFirewallThatIsReadAsOffIsToldWhenItHasSettled(t *testing.T) {
	s := &shelf{filtering: Yes}
	l := NewLookout(Settings{}, s)
	b := evenkeel.NewBatch("host-1", 0)
	read := func(after time.Duration) {
		at := noon.Add(after)
		l.Observe(&Observation{At: at, Asset: "vm-1", Act: ActFirewall, Answer: s.filtering}, b)
		l.Due(at, b)
	}
	read(0)
	s.filtering = No
	for after := 5 * time.Second; after < 5*time.Second+settleRules; after += time.Second {
		if read(after); len(b.Records) != 0 {
			t.Fatalf("after %v it is told already", after)
		}
	}
	if read(5*time.Second + settleRules); len(b.Records) != 1 || b.HostEvent(&b.Records[0]).What != "firewall-off" {
		t.Errorf("%d records; expected that it is told", len(b.Records))
	}
	if n := l.Tally(); n.Observed != n.Ordinary+n.Told+n.Merged+n.LeftOut+n.Waiting {
		t.Errorf("%+v", n)
	}
}

func TestOneAssetTooManyTakesThePlaceOfTheQuietest(t *testing.T) {
	l := NewLookout(Settings{}, &shelf{})
	b := evenkeel.NewBatch("host-1", 0)
	for i := range maxAssets + 10 {
		l.Observe(&Observation{At: noon.Add(time.Duration(i)), Asset: evenkeel.AssetID("vm-" + time.Duration(i).String()), Act: ActWritten, Path: "/usr/sbin/sshd"}, b)
	}
	if n := l.Tally(); len(l.assets) != maxAssets || n.Dropped != 10 || n.Waiting != maxAssets || n.Observed != n.Ordinary+n.Told+n.Merged+n.LeftOut+n.Waiting {
		t.Errorf("%d assets, %+v", len(l.assets), l.Tally())
	}
	if l.assets["vm-0s"] != nil {
		t.Error("the quietest is still there")
	}
}

// The sensor looks only at programs that it is told to, so each command line that is known here begins with one of them.
func TestEachCommandThatIsKnownIsWatchedFor(t *testing.T) {
	for _, line := range []string{
		"/usr/sbin/iptables -F", "/usr/sbin/ip6tables -X", "/usr/sbin/nft flush ruleset", "/usr/sbin/ufw disable", "/usr/sbin/auditctl -D", "/usr/sbin/insmod x.ko",
		"/usr/sbin/modprobe ./x.ko", "/usr/bin/chmod 4755 x", "/usr/bin/systemctl stop ufw", "/usr/sbin/service ufw stop", "/sbin/rc-service iptables stop", "/sbin/chkconfig iptables off",
		"/usr/sbin/update-rc.d -f ufw remove", "/etc/init.d/ufw stop",
	} {
		p := program(line)
		if k, name := commandOf(&p); k == kindNone || name == "" || !WatchedProgram(p.Exe) {
			t.Errorf("%s is %s, and watched for: %v", line, k, WatchedProgram(p.Exe))
		}
	}
	for _, line := range []string{"/usr/bin/chmod 0755 x", "/usr/bin/chmod -R g+s x", "/usr/bin/systemctl stop nginx", "/usr/sbin/ufw allow 22", "/usr/sbin/nft list ruleset", "/usr/sbin/iptables -F f2b-sshd", "/usr/bin/systemctl"} {
		p := program(line)
		if k, _ := commandOf(&p); k != kindNone {
			t.Errorf("%s is %s", line, k)
		}
	}
}

func TestHomesAndFoldersAreFound(t *testing.T) {
	homes := Homes([]byte("root:x:0:0:root:/root:/bin/bash\nsshd:x:1:1::/run/sshd:/x\nann:x:1000:1000::/home/ann/:/bin/sh\nbob:x:1:1::/home/ann:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/x\nbad line\nrel:x:1:1::home:/x\n"))
	if want := []string{"/root", "/home/ann"}; !slices.Equal(homes, want) {
		t.Errorf("homes are %q; expected %q", homes, want)
	}
	var all []string
	for _, f := range Folders() {
		all = append(all, f.Path)
	}
	for _, want := range []string{"/etc", "/etc/cron.d", "/usr/sbin", "/var/log", "/etc/systemd/system", "/var/spool/cron", "/usr/lib/security"} {
		if !slices.Contains(all, want) {
			t.Errorf("%s is not watched", want)
		}
	}
}
