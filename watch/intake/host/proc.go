package host

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Module is a line of /proc/modules.
type Module struct {
	Name   string
	Taints string // flags such as OE; empty for one of the kernel's own tree
}

// maxModules bounds what is read of /proc/modules.
const maxModules = 4096

// ParseModules reads /proc/modules (proc_modules(5)): name, size, users, who uses it, state, address and, where there
// are any, flags in parentheses. A line that is none is counted.
func ParseModules(text []byte) (modules []Module, bad int) {
	for line := range bytes.Lines(text) {
		f := strings.Fields(string(line))
		if len(f) < 5 || len(f[0]) > MaxText || len(modules) >= maxModules {
			bad++
			continue
		}
		if _, err := strconv.ParseUint(f[1], 10, 64); err != nil {
			bad++
			continue
		}
		m := Module{Name: f[0]}
		if last := f[len(f)-1]; strings.HasPrefix(last, "(") && strings.HasSuffix(last, ")") {
			m.Taints = strings.Trim(last, "()+-") // + and - stand for one that comes or goes
		}
		modules = append(modules, m)
	}
	return modules, bad
}

// NewModules returns those that are there now and were not before.
func NewModules(before, now []Module) (out []Module) {
	had := make(map[string]bool, len(before))
	for _, m := range before {
		had[m.Name] = true
	}
	for _, m := range now {
		if !had[m.Name] {
			out = append(out, m)
		}
	}
	return out
}

// ParentOf reads the parent of a process from /proc/PID/stat (proc_pid_stat(5)): the second field behind the name, which
// is in parentheses and may hold any.
func ParentOf(stat []byte) (pid int, ok bool) {
	i := bytes.LastIndexByte(stat, ')')
	if i < 0 {
		return 0, false
	}
	f := strings.Fields(string(stat[i+1:]))
	if len(f) < 2 {
		return 0, false
	}
	pid, err := strconv.Atoi(f[1])
	return pid, err == nil && pid >= 0
}

// UserOf reads the effective user of a process from /proc/PID/status (proc_pid_status(5)).
func UserOf(status []byte) (uid uint32, ok bool) {
	for line := range bytes.Lines(status) {
		if rest, found := strings.CutPrefix(string(line), "Uid:"); found {
			f := strings.Fields(rest)
			if len(f) < 2 {
				return 0, false
			}
			n, err := strconv.ParseUint(f[1], 10, 32)
			return uint32(n), err == nil
		}
	}
	return 0, false
}

// ArgsOf splits /proc/PID/cmdline: arguments that each end in a zero byte. At most MaxArgs are kept.
func ArgsOf(cmdline []byte) (args []string) {
	cmdline = bytes.TrimSuffix(cmdline, []byte{0})
	if len(cmdline) == 0 {
		return nil
	}
	for a := range bytes.SplitSeq(cmdline, []byte{0}) {
		if len(args) == MaxArgs {
			break
		}
		args = append(args, string(a[:min(len(a), MaxText)]))
	}
	return args
}

// ContainerOf finds the id of a container in /proc/PID/cgroup: 64 hex digits in the last part of a path, as containerd,
// CRI-O, Docker and Podman name their groups, or what stands behind lxc/, lxc.payload. and machine-.
func ContainerOf(cgroup []byte) string {
	for line := range bytes.Lines(cgroup) {
		parts := strings.SplitN(strings.TrimRight(string(line), "\n"), ":", 3)
		if len(parts) != 3 {
			continue
		}
		for part := range strings.SplitSeq(parts[2], "/") {
			if name, ok := strings.CutPrefix(part, "lxc.payload."); ok && name != "" {
				return name[:min(len(name), evenkeel.MaxID)]
			}
			part = strings.TrimSuffix(part, ".scope")
			if i := strings.LastIndexAny(part, "-:"); i >= 0 {
				part = part[i+1:]
			}
			if isHex(part, 64) {
				return part
			}
		}
	}
	return ""
}

// Executable takes /proc/PID/exe apart (proc_pid_exe(5)): the path, and whether it is in memory only (memfd_create(2)).
func Executable(link string) (path string, memory bool) {
	path = strings.TrimSuffix(link, " (deleted)")
	return path[:min(len(path), MaxText)], strings.HasPrefix(link, "/memfd:") || strings.HasPrefix(link, "/dev/shm/") && path != link
}
