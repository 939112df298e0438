package kernel

import (
	"strings"

	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel"
)

// Capabilities that are needed, by their names in capabilities(7).
var rights = map[string]int{"CAP_NET_ADMIN": unix.CAP_NET_ADMIN, "CAP_BPF": unix.CAP_BPF, "CAP_PERFMON": unix.CAP_PERFMON}

// lacks are those of some capabilities that this process does not have in effect.
func lacks(names ...string) (out []string) {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&head, &data[0]) != nil {
		return nil
	}
	has := func(n int) bool { return data[n/32].Effective>>(n%32)&1 != 0 }
	for _, name := range names {
		// CAP_SYS_ADMIN stands for the two that were split off it in Linux 5.8.
		if !has(rights[name]) && (name == "CAP_NET_ADMIN" || !has(unix.CAP_SYS_ADMIN)) {
			out = append(out, name)
		}
	}
	return out
}

// denied says what is missing and how it is given, or nil.
func denied(way string, names ...string) error {
	missing := lacks(names...)
	if len(missing) == 0 {
		return nil
	}
	list := strings.Join(missing, ", ")
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: "drop packets by " + way + ": this process lacks " + list,
		Hint: "give it: AmbientCapabilities=" + strings.Join(names, " ") + " in its systemd unit, or setcap " + strings.ToLower(strings.Join(names, ",")) + "+ep on the program; or set drop.way to off",
	}
}
