package hostcheck

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel/app/agent"
	"github.com/evenkeel/evenkeel/instrument/baseline"
)

// maxFile bounds what is read of one file.
const maxFile = 4 << 20

// Gather reads the machine. What cannot be read stays unknown.
func Gather(ctx context.Context) *baseline.Facts {
	f := &baseline.Facts{SSH: settings(ctx), Keys: keys()}
	f.Filtered, f.FilterBy = agent.Filtered(ctx)
	sockets, ok := sockets()
	f.SocketsOK = ok
	for _, s := range sockets {
		if s.Listens() {
			f.Listening = append(f.Listening, s)
		}
	}
	if out, err := exec.CommandContext(ctx, "apt-config", "dump", "APT::Periodic").Output(); err == nil {
		f.Upgrades = baseline.ParseUpgrades(out)
	}
	return f
}

// settings asks the ssh server itself, else its file; nil where there is none.
func settings(ctx context.Context) baseline.Settings {
	for _, name := range []string{"sshd", "/usr/sbin/sshd"} {
		if out, err := exec.CommandContext(ctx, name, "-T").Output(); err == nil {
			return baseline.ParseSettings(out)
		}
	}
	text, err := os.ReadFile("/etc/ssh/sshd_config")
	if err != nil {
		return nil
	}
	var all []byte
	more, _ := filepath.Glob("/etc/ssh/sshd_config.d/*.conf") // included first, as distributions have it; the pattern is sound
	for _, m := range more {
		if part, err := os.ReadFile(m); err == nil {
			all = append(append(all, part...), '\n')
		}
	}
	return baseline.ParseSettings(append(all, text...)).Defaults()
}

// keys reads the lists of everybody in /etc/passwd; nil where that cannot be read.
func keys() []baseline.Key {
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return nil
	}
	out := []baseline.Key{}
	for line := range strings.Lines(string(passwd)) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) != 7 {
			continue
		}
		path := filepath.Join(f[5], ".ssh/authorized_keys")
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
			if os.IsPermission(err) {
				return nil
			}
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		out = append(out, baseline.ParseKeys(f[0], text)...)
	}
	return out
}

func sockets() (out []baseline.Socket, ok bool) {
	for _, name := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, err := os.ReadFile("/proc/net/" + name)
		if err != nil {
			continue
		}
		s, _ := baseline.ParseSockets(strings.TrimSuffix(name, "6"), text)
		out, ok = append(out, s...), true
	}
	return out, ok
}

// servers are the programs that take ssh connections.
var servers = []string{"sshd", "dropbear", "tinysshd"}

// SSH finds the ports at which this machine is reached by ssh and the connections that stand: what the server is set
// to, where its processes listen, and the connection of whoever asks (SSH_CONNECTION). What sudo took out of the
// environment is found among the sockets.
func SSH(ctx context.Context, environment string, more []uint16) (ports []uint16, standing []baseline.Connection) {
	add := func(p uint16) {
		if p != 0 && !slices.Contains(ports, p) {
			ports = append(ports, p)
		}
	}
	for _, p := range more {
		add(p)
	}
	if c, ok := baseline.ParseSSHConnection(environment); ok {
		add(c.Own)
		standing = append(standing, c)
	}
	if s := settings(ctx); s != nil {
		for _, p := range s.Ports() {
			add(p)
		}
	}
	all, _ := sockets()
	owned := ownedBy(servers)
	for _, s := range all {
		if s.Proto == "tcp" && s.Listens() && owned[s.Inode] {
			add(s.Own.Port())
		}
	}
	for _, s := range all {
		if s.Proto != "tcp" || s.State != baseline.StateEstablished || !owned[s.Inode] && !slices.Contains(ports, s.Own.Port()) {
			continue
		}
		c := baseline.Connection{Remote: s.Remote, Own: s.Own.Port()}
		if !slices.Contains(standing, c) && !s.Remote.Addr().IsLoopback() {
			standing = append(standing, c)
		}
	}
	return ports, standing
}

// ownedBy finds the sockets that processes of these names hold.
func ownedBy(names []string) map[uint64]bool {
	out := map[uint64]bool{}
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return out
	}
	for _, dir := range processes {
		comm, err := os.ReadFile(filepath.Join(dir, "comm"))
		name, _, _ := strings.Cut(strings.TrimSpace(string(comm)), "-") // sshd-session
		if err != nil || !slices.Contains(names, name) {
			continue
		}
		fds, err := os.ReadDir(filepath.Join(dir, "fd"))
		if err != nil {
			continue
		}
		for _, fd := range fds {
			link, err := os.Readlink(filepath.Join(dir, "fd", fd.Name()))
			if err != nil {
				continue
			}
			if n, ok := strings.CutPrefix(link, "socket:["); ok {
				if inode, err := strconv.ParseUint(strings.TrimSuffix(n, "]"), 10, 64); err == nil {
					out[inode] = true
				}
			}
		}
	}
	return out
}
