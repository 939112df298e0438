package host

import (
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

func TestWhatProcSaysIsRead(t *testing.T) {
	modules, bad := ParseModules([]byte("overlay 172032 0 - Live 0x0000000000000000\nrk 16384 0 - Live 0xffffffffc0a3d000 (OE)\nnf_tables 262144 1 nft_compat, Live 0x0 (E+)\nno line\n"))
	if want := []Module{{"overlay", ""}, {"rk", "OE"}, {"nf_tables", "E"}}; !slices.Equal(modules, want) || bad != 1 {
		t.Errorf("modules are %+v with %d bad; expected %+v", modules, bad, want)
	}
	if got := NewModules(modules[:1], modules); !slices.Equal(got, modules[1:]) {
		t.Errorf("new are %+v", got)
	}
	if pid, ok := ParentOf([]byte("17 (a) b) S 4711 17 17 0 -1")); pid != 4711 || !ok {
		t.Errorf("the parent is %d, %v", pid, ok)
	}
	if uid, ok := UserOf([]byte("Name:\tx\nUid:\t1000\t33\t1000\t1000\n")); uid != 33 || !ok {
		t.Errorf("the user is %d, %v", uid, ok)
	}
	if got := ArgsOf([]byte("nft\x00flush\x00\x00ruleset\x00")); !slices.Equal(got, []string{"nft", "flush", "", "ruleset"}) {
		t.Errorf("arguments are %q", got)
	}
	id := strings.Repeat("0123456789abcdef", 4)
	for text, want := range map[string]string{
		"0::/system.slice/docker-" + id + ".scope\n":                                    id,
		"12:pids:/docker/" + id + "\n0::/init.scope\n":                                  id,
		"0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope/init\n": id,
		"0::/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" + id:  id,
		"0::/lxc.payload.web-1/init.scope\n":                                            "web-1",
		"0::/user.slice/user-1000.slice\n":                                              "",
		"nonsense":                                                                      "",
	} {
		if got := ContainerOf([]byte(text)); got != want {
			t.Errorf("%q is of container %q; expected %q", text, got, want)
		}
	}
	for link, want := range map[string]struct {
		path   string
		memory bool
	}{
		"/usr/bin/bash":           {"/usr/bin/bash", false},
		"/usr/bin/bash (deleted)": {"/usr/bin/bash", false}, // an upgrade did that
		"/memfd:x (deleted)":      {"/memfd:x", true},
		"/dev/shm/x (deleted)":    {"/dev/shm/x", true},
		"/dev/shm/x":              {"/dev/shm/x", false},
	} {
		if path, memory := Executable(link); path != want.path || memory != want.memory {
			t.Errorf("%q is %q, %v", link, path, memory)
		}
	}
}

func TestPackageDatabasesAreRead(t *testing.T) {
	md5 := strings.Repeat("ab", 16)
	dpkg := []byte("short  usr/sbin/sshd\n" + md5 + "  usr/sbin/sshd\n" + md5 + "  usr/share/doc/a file\n")
	if got, ok := DpkgDigest(dpkg, "/usr/sbin/sshd"); got != md5 || !ok {
		t.Errorf("dpkg has %q, %v", got, ok)
	}
	if _, ok := DpkgDigest(dpkg, "/usr/sbin/ssh"); ok {
		t.Error("dpkg has a file that is not in it")
	}
	apk := []byte("P:openssh-server\nF:etc/ssh\nR:sshd_config\nZ:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAE=\nF:usr/sbin\nR:sshd\na:0:0:755\nZ:Q1//////////////////////////8=\n\nP:other\nR:sshd\n")
	if got, ok := ApkDigest(apk, "/usr/sbin/sshd"); got != strings.Repeat("ff", 20) || !ok {
		t.Errorf("apk has %q, %v", got, ok)
	}
	if _, ok := ApkDigest(apk, "/sshd"); ok {
		t.Error("apk has a file that is not in it")
	}
}

// Whatever a guest writes into what is read of it, nothing is read past its bounds.
func FuzzProc(f *testing.F) {
	f.Add([]byte("rk 16384 0 - Live 0xffffffffc0a3d000 (OE)\n"))
	f.Add([]byte("17 (a) b) S 4711 17 17 0 -1"))
	f.Add([]byte("Uid:\t1000\t33\t1000\t1000\n"))
	f.Add([]byte("0::/system.slice/docker-" + strings.Repeat("a", 64) + ".scope\n"))
	f.Add([]byte(strings.Repeat("ab", 16) + "  usr/sbin/sshd\n"))
	f.Add([]byte("F:usr/sbin\nR:sshd\nZ:Q1//////////////////////////8=\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		modules, _ := ParseModules(text)
		if len(modules) > maxModules {
			t.Errorf("%d modules", len(modules))
		}
		if pid, ok := ParentOf(text); ok && pid < 0 {
			t.Errorf("the parent is %d", pid)
		}
		UserOf(text)
		if args := ArgsOf(text); len(args) > MaxArgs {
			t.Errorf("%d arguments", len(args))
		}
		if id := ContainerOf(text); len(id) > evenkeel.MaxID {
			t.Errorf("an id of %d bytes", len(id))
		}
		if md5, ok := DpkgDigest(text, "/usr/sbin/sshd"); ok && !isHex(md5, 32) {
			t.Errorf("dpkg has %q", md5)
		}
		if sha1, ok := ApkDigest(text, "/usr/sbin/sshd"); ok && !isHex(sha1, 40) {
			t.Errorf("apk has %q", sha1)
		}
		Executable(string(text))
	})
}

func FuzzObserve(f *testing.F) {
	f.Add(uint8(ActExecuted), "/usr/sbin/iptables", "/usr/sbin/iptables", "iptables\x00-F", "OE", false)
	f.Add(uint8(ActTruncated), "/var/log/auth.log", "", "", "", true)
	f.Add(uint8(ActExecuted), "/usr/bin/python3", "/usr/bin/python3", "python3\x00/usr/sbin/ufw\x00disable", "", false)
	f.Fuzz(func(t *testing.T, act uint8, path, exe, args, taints string, gone bool) {
		l := NewLookout(Settings{}, &shelf{})
		b := evenkeel.NewBatch("host-1", 0)
		l.Observe(&Observation{At: noon, Asset: "vm-1", Act: Act(act), Path: path, Taints: taints, By: Process{Program: Program{Exe: exe, Args: ArgsOf([]byte(args))}, Gone: gone}}, b)
		l.Due(noon.Add(settleUpgrade), b)
		if n := l.Tally(); n.Waiting != 0 || n.Observed != n.Ordinary+n.Told+n.Merged+n.LeftOut {
			t.Errorf("the tally does not add up: %+v", n)
		}
		for i := range b.Records {
			if e := b.HostEvent(&b.Records[i]); len(e.Name) > maxName || e.What == "" || strings.HasPrefix(e.What, "invalid") {
				t.Errorf("a record that is no good: %+v", e)
			}
		}
	})
}
