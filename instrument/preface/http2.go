package preface

import "strconv"

// The bounds of what is kept of HTTP/2. RFC 9113 knows six settings and their successors some more; Firefox of before 2022 sent
// six priorities; there are four pseudo-headers, and one of RFC 8441.
const (
	MaxSettings   = 16
	MaxPriorities = 8
	MaxPseudo     = 8
)

// Setting is an entry of SETTINGS.
type Setting struct {
	ID    uint16
	Value uint32
}

// reserved says whether the identifier is one that some clients draw by lot, so that servers learn to pass over what
// they do not know: 0x0a0a, 0x1a1a … (as RFC 8701 does for TLS).
func (s Setting) reserved() bool { return s.ID&0x0f0f == 0x0a0a && s.ID>>8 == s.ID&0xff }

// Priority is what PRIORITY says, or HEADERS with it.
type Priority struct {
	Stream    uint32
	On        uint32 // the stream that it depends on
	Weight    uint8  // one less than the weight, as on the wire
	Exclusive bool
}

// HTTP2 is what a client said until the fields of its first request.
type HTTP2 struct {
	settings   [MaxSettings]Setting
	priorities [MaxPriorities]Priority
	pseudo     [MaxPseudo]byte
	nSettings  uint8
	nPriority  uint8
	nPseudo    uint8
	weighed    bool

	window uint32
	first  Priority
}

// Settings returns the settings in their order.
func (h *HTTP2) Settings() []Setting { return h.settings[:h.nSettings] }

// Window returns by how much the client widens the window of the connection, 0 where it does not: of the first
// WINDOW_UPDATE of stream 0.
func (h *HTTP2) Window() uint32 { return h.window }

// Priorities returns what the frames PRIORITY said before the request.
func (h *HTTP2) Priorities() []Priority { return h.priorities[:h.nPriority] }

// First returns the priority that the first request has in its HEADERS, and whether it has one.
func (h *HTTP2) First() (Priority, bool) { return h.first, h.weighed }

// Pseudo returns the order of the pseudo-headers: m for method, a authority, s scheme, p path, x any other.
func (h *HTTP2) Pseudo() string { return string(h.pseudo[:h.nPseudo]) }

// AppendText appends, separated by |: h2, the settings (g for those drawn by lot), the window, the priorities (stream:exclusive:on:weight), the
// priority of the first request as exclusive:on, since its weight is that of what is asked for, and the order of pseudo-headers; - where there is none.
func (h *HTTP2) AppendText(dst []byte) []byte {
	dst = append(dst, "h2|"...)
	for i, s := range h.Settings() {
		if i > 0 {
			dst = append(dst, ';')
		}
		if s.reserved() {
			dst = append(dst, 'g')
			continue
		}
		dst = strconv.AppendUint(dst, uint64(s.ID), 10)
		dst = append(dst, ':')
		dst = strconv.AppendUint(dst, uint64(s.Value), 10)
	}
	dst = append(dst, '|')
	dst = strconv.AppendUint(dst, uint64(h.window), 10)
	dst = append(dst, '|')
	for i, p := range h.Priorities() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(p.Stream), 10)
		dst = append(dst, ':')
		dst = p.appendText(dst)
		dst = append(dst, ':')
		dst = strconv.AppendUint(dst, uint64(p.Weight), 10)
	}
	if h.nPriority == 0 {
		dst = append(dst, '-')
	}
	dst = append(dst, '|')
	if h.weighed {
		dst = h.first.appendText(dst)
	} else {
		dst = append(dst, '-')
	}
	dst = append(dst, '|')
	if h.nPseudo == 0 {
		return append(dst, '-')
	}
	return append(dst, h.pseudo[:h.nPseudo]...)
}

func (p *Priority) appendText(dst []byte) []byte {
	exclusive := byte('0')
	if p.Exclusive {
		exclusive = '1'
	}
	dst = append(dst, exclusive, ':')
	return strconv.AppendUint(dst, uint64(p.On), 10)
}

// String returns the text.
func (h *HTTP2) String() string { return string(h.AppendText(nil)) }

// Key is a number for the text, the same wherever it is made.
func (h *HTTP2) Key() uint64 {
	var b [maxText]byte
	return keyOf(h.AppendText(b[:0]))
}
