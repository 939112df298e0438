//go:build linux

package sensor

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/host"
	"github.com/evenkeel/evenkeel/watch/intake/host/internal/kernel"
)

// machine is a root of its own file system, watched by a sensor.
type machine struct {
	t      *testing.T
	root   string
	sensor *Sensor
	ahead  atomic.Int64 // how far its clock is ahead of ours
	log    bytes.Buffer
	told   chan evenkeel.HostEvent
	mu     sync.Mutex
	filter host.Answer
}

// lay makes a root with the files of a small system, on a file system of its own.
func lay(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skipf("mounting a file system needs root; the user is %d", os.Getuid())
	}
	root := t.TempDir()
	if err := unix.Mount("tmpfs", root, "tmpfs", 0, "size=64m"); err != nil {
		t.Fatalf("mount a file system: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(root, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	for name, text := range map[string]string{
		"etc/passwd":                     "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/srv/ann:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n",
		"etc/crontab":                    "# none\n",
		"etc/cron.d/.keep":               "",
		"etc/systemd/system/a.service":   "[Unit]\n",
		"root/.profile":                  "",
		"srv/ann/.profile":               "",
		"usr/sbin/sshd":                  "the program of the distribution",
		"var/log/auth.log":               strings.Repeat("who was here\n", 100),
		"var/log/wtmp":                   "ann tty1",
		"var/log/nginx/access.log":       "GET /\n",
		"var/lib/dpkg/status":            "",
		"var/lib/dpkg/info/.keep":        "",
		"var/lib/dpkg/updates/.keep":     "",
		"tmp/.keep":                      "",
		"elsewhere/keys/authorized_keys": "",
	} {
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// watched begins to watch a root as the machine vm-1.
func watched(t *testing.T, root string) *machine {
	t.Helper()
	m := &machine{t: t, root: root, told: make(chan evenkeel.HostEvent, 1024)} // more than a test tells
	s, err := Open(Settings{
		Roots: []Root{{Asset: "vm-1", Path: root}}, Source: "host-1", Every: 50 * time.Millisecond, Deliver: 20 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(&m.log, nil)), Now: func() time.Time { return time.Now().Add(time.Duration(m.ahead.Load())) },
		Filtering: func(evenkeel.AssetID) host.Answer {
			m.mu.Lock()
			defer m.mu.Unlock()
			return m.filter
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	m.sensor = s
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- s.Run(ctx, func(b *evenkeel.Batch) error {
			for i := range b.Records {
				m.told <- b.HostEvent(&b.Records[i])
			}
			return nil
		})
	}()
	t.Cleanup(func() {
		end()
		if err := <-done; err != nil {
			t.Errorf("the sensor ended with %v", err)
		}
	})
	return m
}

// sh has a shell do something in the root: who does it is not the sensor itself.
func (m *machine) sh(script string) {
	m.t.Helper()
	cmd := exec.Command("/bin/bash", "-c", script)
	cmd.Dir = m.root
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("%s: %v\n%s", script, err, out)
	}
}

// next waits for the next event but those that are named.
func (m *machine) next(but ...string) evenkeel.HostEvent {
	m.t.Helper()
	for {
		select {
		case e := <-m.told:
			skip := false
			for _, w := range but {
				skip = skip || e.What == w
			}
			if !skip {
				return e
			}
		case <-time.After(10 * time.Second):
			m.t.Fatalf("nothing was told; figures %+v\n%s", m.sensor.Figures(), m.log.String())
		}
	}
}

func (m *machine) wants(what, name string) {
	m.t.Helper()
	if e := m.next(); e.What != what || !strings.HasPrefix(e.Name, name) || e.Asset != "vm-1" {
		m.t.Errorf("told %s (%s) of %s; expected %s (%s…)", e.What, e.Name, e.Asset, what, name)
	}
}

// as has a shell do something that goes on living, so that it can be looked at.
func (m *machine) as(script string) {
	m.t.Helper()
	cmd := exec.Command("/bin/bash", "-c", script+"\nread")
	cmd.Dir = m.root
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // read finds the end of its input, which is 1
	})
}

func (m *machine) later(d time.Duration) { m.ahead.Add(int64(d)) }

func TestWhoChangedWhatIsTold(t *testing.T) {
	m := watched(t, lay(t))
	m.as("echo '* * * * * root x' >> etc/crontab")
	m.wants("cron-changed", "/etc/crontab by /usr/bin/bash")
	m.as("echo x > etc/systemd/system/b.service")
	m.wants("systemd-unit-changed", "/etc/systemd/system/b.service by /usr/bin/bash")
	m.sh("mkdir etc/systemd/system/a.service.d; cp etc/crontab etc/systemd/system/a.service.d/x.conf")
	m.wants("systemd-unit-changed", "/etc/systemd/system/a.service.d/x.conf by ")
	m.sh("ln -s /etc/systemd/system/b.service etc/systemd/system/c.service")
	m.wants("systemd-unit-changed", "/etc/systemd/system/c.service by ")
	m.as("echo /x.so > etc/ld.so.preload")
	m.wants("ld-preload-changed", "/etc/ld.so.preload by /usr/bin/bash")
}

// A home has no .ssh until somebody makes it; the file in it may be written before the sensor can look.
func TestKeysInAFolderThatIsMadeLaterAreTold(t *testing.T) {
	m := watched(t, lay(t))
	m.sh("mkdir root/.ssh && echo ssh-ed25519 AAAA > root/.ssh/authorized_keys")
	m.wants("authorized-keys-changed", "/root/.ssh/authorized_keys by ")
	m.sh("mkdir -p new/.ssh && echo key > new/.ssh/authorized_keys && mv new/.ssh srv/ann/.ssh")
	m.wants("authorized-keys-changed", "/srv/ann/.ssh/authorized_keys by ")
}

func TestTheSSHServerIsReplaced(t *testing.T) {
	m := watched(t, lay(t))
	m.sh("echo other > x && mv x usr/sbin/sshd")
	waitFor(t, m, func(f Figures) bool { return f.Waiting == 1 })
	m.later(3 * time.Second)
	e := m.next()
	if e.What != "sshd-replaced" || len(e.SHA256) != 64 {
		t.Errorf("told %+v", e)
	}
}

// The look-alike, with the real dpkg: the ssh server, its service and a job of cron come with a package.
func TestAPackageIsInstalledByDpkg(t *testing.T) {
	root := lay(t)
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("no program dpkg-deb: the package dpkg of Debian has it")
	}
	m := watched(t, root)
	m.sh(`set -e
		mkdir -p ../pkg/DEBIAN ../pkg/usr/sbin ../pkg/etc/cron.d ../pkg/usr/lib/systemd/system
		cd ../pkg
		echo 'a newer program of the distribution' > usr/sbin/sshd
		echo '# job' > etc/cron.d/openssh; echo '[Unit]' > usr/lib/systemd/system/ssh.service
		printf 'Package: openssh-server\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.net>\nDescription: x\n' > DEBIAN/control
		md5sum usr/sbin/sshd usr/lib/systemd/system/ssh.service > DEBIAN/md5sums
		printf '#!/bin/sh\nsleep 1\n' > DEBIAN/postinst; chmod 755 DEBIAN/postinst # as the configuration of a real one takes
		dpkg-deb --build . ../x.deb`)
	m.sh("dpkg --root=. --force-all --force-script-chrootless --log=/dev/null -i ../x.deb")
	m.sh("rm -r ../pkg ../x.deb")
	waitFor(t, m, func(f Figures) bool { return f.Waiting == 1 })
	m.later(3 * time.Minute)
	seen := map[string]bool{}
	for !seen["sshd-replaced-by-upgrade"] {
		e := m.next()
		seen[e.What] = true
		if !strings.HasSuffix(e.What, "-by-upgrade") {
			t.Errorf("told %s (%s)", e.What, e.Name)
		}
	}
	if !seen["cron-changed-by-upgrade"] || !seen["systemd-unit-changed-by-upgrade"] {
		t.Errorf("told %v", seen)
	}
}

func TestLogsThatAreEmptiedAreTold(t *testing.T) {
	m := watched(t, lay(t))
	m.as("echo one more >> var/log/auth.log; : > var/log/nginx/access.log; : > var/log/auth.log")
	m.wants("logs-cleared", "/var/log/auth.log by /usr/bin/bash")
	m.sh("rm var/log/wtmp")
	m.wants("logs-cleared", "/var/log/wtmp by ")
}

func TestAProgramInATemporaryFolderIsTold(t *testing.T) {
	m := watched(t, lay(t))
	m.sh("cp /usr/bin/sleep tmp/kswapd0; tmp/kswapd0 0.3")
	m.wants("exec-temporary", "/tmp/kswapd0 by ")
}

func TestTheFirewallIsReadNowAndThen(t *testing.T) {
	root := lay(t)
	m := watched(t, root)
	set := func(a host.Answer) {
		m.mu.Lock()
		m.filter = a
		m.mu.Unlock()
	}
	set(host.Yes)
	waitFor(t, m, func(f Figures) bool { return f.Ordinary > 2 })
	set(host.No)
	waitFor(t, m, func(f Figures) bool { return f.Waiting == 1 })
	m.later(11 * time.Second)
	m.wants("firewall-off", "no rule is left that filters")
}

// Links that a guest makes lead nowhere else: the folder that they name is the guest's own.
func TestALinkLeadsNowhereElse(t *testing.T) {
	root := lay(t)
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "authorized_keys"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(root, "root/.ssh")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/elsewhere/keys", filepath.Join(root, "srv/ann/.ssh")); err != nil {
		t.Fatal(err)
	}
	m := watched(t, root)
	at, err := os.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	for _, p := range []string{"/root/.ssh/authorized_keys", "/../../../../../../etc/hostname", "/proc/self/root/etc/hostname"} {
		if f, err := kernel.OpenIn(at, p); err == nil {
			t.Errorf("%s opened %s", p, f.Name())
		}
	}
	m.as("echo x > " + outside + "/authorized_keys; echo key > elsewhere/keys/authorized_keys")
	m.wants("authorized-keys-changed", "/srv/ann/.ssh/authorized_keys by /usr/bin/bash")
}

func TestAMachineThatIsGoneIsWatchedNoMore(t *testing.T) {
	one, two := lay(t), lay(t)
	m := watched(t, one)
	m.sensor.Follow([]Root{{Asset: "vm-2", Path: two}})
	m.sh("echo x >> etc/crontab; echo x >> " + two + "/etc/crontab")
	if e := m.next(); e.Asset != "vm-2" || e.What != "cron-changed" {
		t.Errorf("told %+v; expected it of vm-2 only", e)
	}
	m.sensor.Follow(nil)
	if n := m.sensor.Figures().Folders; n != 0 {
		t.Errorf("%d folders are still watched", n)
	}
}

func TestOfAProcessThatEndedItIsKnownWhatItWasLately(t *testing.T) {
	dpkg := host.Process{PID: 7, Program: host.Program{Exe: "/usr/bin/dpkg"}}
	var l lately
	now := evenkeel.Moment(1e15)
	if p := l.of(host.Process{PID: 7, Gone: true}, now); !p.Gone {
		t.Errorf("a process that nobody saw is %+v", p)
	}
	l.of(dpkg, now)
	if p := l.of(host.Process{PID: 7, Gone: true}, now+lateFor); p.Exe != dpkg.Exe {
		t.Errorf("it was %+v lately", p)
	}
	if p := l.of(host.Process{PID: 7, Gone: true}, now+lateFor+1); !p.Gone {
		t.Errorf("long after its end it is %+v", p)
	}
	for i := range mostLately {
		l.of(host.Process{PID: 100 + i}, now)
	}
	if p := l.of(host.Process{PID: 7, Gone: true}, now); !p.Gone || len(l.known) != mostLately {
		t.Errorf("%d processes are kept, and this one is %+v", len(l.known), p)
	}
}

func TestWhoHasEndedIsAnAnswer(t *testing.T) {
	if p := processOf(1 << 30); !p.Gone {
		t.Errorf("a process that is none is %+v", p)
	}
	if p := processOf(os.Getpid()); p.Gone || p.Exe == "" || len(p.Parents) == 0 || len(p.Parents) > host.MaxParents {
		t.Errorf("this process is %+v", p)
	}
	if p := startedAs(os.Getpid(), "/nowhere/else"); !p.Gone {
		t.Errorf("a program that never came is %+v", p)
	}
}

// waitFor polls what the sensor counts.
func waitFor(t *testing.T, m *machine, ok func(Figures) bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(10 * time.Second)
	for !ok(m.sensor.Figures()) {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("it did not come to that; figures %+v\n%s", m.sensor.Figures(), m.log.String())
		}
	}
}
