package proxyproto

import (
	"bytes"
	"net/netip"
)

// parse1 reads the one line of version 1 (section 2.1). The text is read strictly: what a line-eater would forgive, two of
// them forgive in two ways.
func parse1(b []byte) (h Header, n int, err error) {
	end := bytes.IndexByte(b[:min(len(b), mostVersion)], '\n')
	if end < 0 {
		if len(b) >= mostVersion {
			return h, 0, ErrTooLong
		}
		return h, 0, ErrMore
	}
	if end < 7 || b[end-1] != '\r' {
		return h, 0, ErrMalformed
	}
	h.Version = 1
	line := b[len("PROXY ") : end-1]
	family, line, _ := bytes.Cut(line, []byte(" "))
	if string(family) == "UNKNOWN" { // whatever follows is to be passed over
		return h, end + 1, nil
	}
	var words [4][]byte
	for i := range words {
		var more bool
		words[i], line, more = bytes.Cut(line, []byte(" "))
		if more != (i < len(words)-1) {
			return Header{}, 0, ErrMalformed
		}
	}
	source, ok1 := address(words[0], string(family))
	target, ok2 := address(words[1], string(family))
	from, ok3 := port(words[2])
	to, ok4 := port(words[3])
	if !(ok1 && ok2 && ok3 && ok4) {
		return Header{}, 0, ErrMalformed
	}
	h.Source, h.Target = netip.AddrPortFrom(source, from), netip.AddrPortFrom(target, to)
	return h, end + 1, nil
}

func address(b []byte, family string) (netip.Addr, bool) {
	if len(b) > 45 || bytes.IndexByte(b, '%') >= 0 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(string(b))
	return a.Unmap(), err == nil && (family == "TCP4" && a.Is4() || family == "TCP6" && a.Is6())
}

func port(b []byte) (uint16, bool) {
	if len(b) == 0 || len(b) > 5 || b[0] == '0' && len(b) > 1 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return uint16(n), n < 1<<16
}
