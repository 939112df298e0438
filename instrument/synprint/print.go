package synprint

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
)

// maxOptions is the most options that the 40 bytes of a TCP header hold.
const maxOptions = 40

// Print is how a machine asks for a connection. What is not there is zero.
type Print struct {
	Version      uint8  // of IP, 4 or 6
	TTL          uint8  // as it arrived: each router on the way takes one off
	Window       uint16 // as it stands in the header; in a SYN it is never scaled (RFC 7323, section 2.2)
	MSS          uint16 // largest segment in bytes
	Scale        uint8  // of the window, a power of two
	Scaled       bool   // the option is there
	DontFragment bool   // IPv4
	ECN          bool   // asks for it (RFC 3168, section 6.1.1)
	Broken       bool   // an option is cut, or longer than the header

	order [maxOptions]uint8
	many  uint8
}

// Options returns the kinds of the options in their order, as IANA numbers them; the last is 0 where the list is ended before
// the header is.
func (p *Print) Options() []uint8 { return p.order[:p.many] }

// Start is what the machine most likely sent as TTL: the next of 32, 64, 128 and 255, since hardly any
// way has more than 30 routers.
func (p *Print) Start() uint8 {
	for _, t := range [...]uint8{32, 64, 128} {
		if p.TTL <= t {
			return t
		}
	}
	return 255
}

// letters are the options that SYNs have, by their numbers in IANA's "TCP Option Kind Numbers".
var letters = [...]string{
	0: "E", 1: "N", 2: "M", 3: "W", 4: "S", 8: "T", 19: "K", 29: "A", 30: "P", 34: "F",
}

// AppendText appends, separated by |: s and the version of IP; the TTL it began with; df and ecn, - for neither; the window, as
// a multiple of the largest segment where it is one; the scale, - where none is told; the packets that the segment makes, in
// bytes, so that IPv4 and IPv6 of one machine say the same; and the options: M largest segment, W scale, S selective
// acknowledgement, T timestamps, N padding, E end, F fast open, P multipath, K and A signatures, others by number; ! where one is broken.
func (p *Print) AppendText(dst []byte) []byte {
	dst = append(dst, 's', '0'+p.Version, '|')
	dst = strconv.AppendUint(dst, uint64(p.Start()), 10)
	dst = append(dst, '|')
	switch {
	case p.DontFragment && p.ECN:
		dst = append(dst, "df,ecn"...)
	case p.DontFragment:
		dst = append(dst, "df"...)
	case p.ECN:
		dst = append(dst, "ecn"...)
	default:
		dst = append(dst, '-')
	}
	dst = append(dst, '|')
	if p.MSS > 0 && p.Window > 0 && p.Window%p.MSS == 0 {
		dst = append(dst, "mss*"...)
		dst = strconv.AppendUint(dst, uint64(p.Window/p.MSS), 10)
	} else {
		dst = strconv.AppendUint(dst, uint64(p.Window), 10)
	}
	dst = append(dst, '|')
	if p.Scaled {
		dst = strconv.AppendUint(dst, uint64(p.Scale), 10)
	} else {
		dst = append(dst, '-')
	}
	dst = append(dst, '|')
	dst = strconv.AppendUint(dst, uint64(p.packet()), 10)
	dst = append(dst, '|')
	for _, kind := range p.Options() {
		if int(kind) < len(letters) && letters[kind] != "" {
			dst = append(dst, letters[kind]...)
			continue
		}
		dst = append(dst, '(')
		dst = strconv.AppendUint(dst, uint64(kind), 10)
		dst = append(dst, ')')
	}
	if p.Broken {
		dst = append(dst, '!')
	}
	return dst
}

// packet is the largest packet in bytes that the largest segment makes with the headers of IP and TCP; 0 where none is told.
func (p *Print) packet() int {
	switch {
	case p.MSS == 0:
		return 0
	case p.Version == 6:
		return int(p.MSS) + ipv6Bytes + tcpBytes
	}
	return int(p.MSS) + ipv4Bytes + tcpBytes
}

// String returns the text.
func (p *Print) String() string { return string(p.AppendText(nil)) }

// maxText is the longest text: forty options of three digits in brackets, and what stands before them.
const maxText = 48 + 5*maxOptions

// Key is a number for the text, the same wherever it is made: the beginning of its SHA-256.
func (p *Print) Key() uint64 {
	var b [maxText]byte
	sum := sha256.Sum256(p.AppendText(b[:0]))
	return binary.BigEndian.Uint64(sum[:])
}
