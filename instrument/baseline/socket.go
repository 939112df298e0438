package baseline

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Socket is one of /proc/net (proc_pid_net(5)).
type Socket struct {
	Proto  string // tcp or udp
	Own    netip.AddrPort
	Remote netip.AddrPort
	State  uint8 // of TCP: StateEstablished, StateListen
	Inode  uint64
}

// States of include/net/tcp_states.h.
const (
	StateEstablished = 1
	StateListen      = 10
)

const maxSockets = 65_536

// ParseSockets reads /proc/net/tcp, tcp6, udp or udp6. Addresses are words of 32 bits in the order of bytes of the
// machine, which is little-endian on all that we build for. A line that is none is counted.
func ParseSockets(proto string, text []byte) (out []Socket, bad int) {
	first := true
	for line := range bytes.Lines(text) {
		if first {
			first = false
			continue
		}
		f := strings.Fields(string(line))
		if len(f) < 10 || len(out) >= maxSockets {
			bad++
			continue
		}
		local, ok1 := addrPort(f[1])
		remote, ok2 := addrPort(f[2])
		state, err1 := strconv.ParseUint(f[3], 16, 8)
		inode, err2 := strconv.ParseUint(f[9], 10, 64)
		if !ok1 || !ok2 || err1 != nil || err2 != nil {
			bad++
			continue
		}
		out = append(out, Socket{proto, local, remote, uint8(state), inode})
	}
	return out, bad
}

func addrPort(s string) (netip.AddrPort, bool) {
	host, port, ok := strings.Cut(s, ":")
	n, err := strconv.ParseUint(port, 16, 16)
	raw, err2 := hex.DecodeString(host)
	if !ok || err != nil || err2 != nil || len(raw) != 4 && len(raw) != 16 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		raw[i], raw[i+1], raw[i+2], raw[i+3] = raw[i+3], raw[i+2], raw[i+1], raw[i]
	}
	a, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), true
}

// Listens says whether it waits for whoever comes: a TCP socket that listens, a UDP socket that talks to nobody yet.
func (s *Socket) Listens() bool {
	return s.Proto == "tcp" && s.State == StateListen || s.Proto == "udp" && s.Remote.Port() == 0
}

// Local says whether only this machine reaches it.
func (s *Socket) Local() bool { return s.Own.Addr().IsLoopback() }

func (s *Socket) String() string { return fmt.Sprintf("%s/%d", s.Proto, s.Own.Port()) }
