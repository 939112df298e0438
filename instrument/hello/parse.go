package hello

// take is a walk over bytes that says in the end whether they were enough.
type take struct {
	rest []byte
	bad  bool
}

func (t *take) bytes(n int) []byte {
	if n > len(t.rest) {
		t.bad, t.rest = true, nil
		return nil
	}
	b := t.rest[:n:n]
	t.rest = t.rest[n:]
	return b
}

func (t *take) byte() int {
	if b := t.bytes(1); b != nil {
		return int(b[0])
	}
	return 0
}

func (t *take) pair() int {
	if b := t.bytes(2); b != nil {
		return int(b[0])<<8 | int(b[1])
	}
	return 0
}

const (
	headBytes   = 4 // type and length of a message
	typeHello   = 1
	mostSession = 32
)

// Parse reads a whole ClientHello, its four bytes of header first: RFC 8446, section 4.1.2, RFC 5246, section
// 7.4.1.2, and RFC 6347, section 4.2.1, where the transport is DTLS (with the header of TLS in
// either case). An error wraps ErrNotHello, ErrTooLong, ErrTooMany or ErrMalformed; the Hello
// then has what stood before. It points into message.
func Parse(message []byte, over Transport) (h Hello, err error) {
	h.Transport, h.Message = over, message
	switch {
	case len(message) < headBytes:
		return h, errMessage
	case message[0] != typeHello:
		return h, ErrNotHello
	case len(message) > MostBytes:
		return h, ErrTooLong
	case len(message) != headBytes+length24(message[1:]):
		return h, errMessage
	}
	t := take{rest: message[headBytes:]}
	h.Version = uint16(t.pair())
	t.bytes(32) // random
	size := t.byte()
	h.Session = t.bytes(size)
	if t.bad || size > mostSession {
		return h, errSession
	}
	if over == DTLS {
		if t.bytes(t.byte()); t.bad {
			return h, errCookie
		}
	}
	size = t.pair()
	h.Ciphers = t.bytes(size)
	if t.bad || size == 0 || size%2 != 0 {
		h.Ciphers = nil
		return h, errCiphers
	}
	if h.Ciphers.Len() > MostCiphers {
		return h, ErrTooMany
	}
	h.greased(h.Ciphers)
	size = t.byte()
	if t.bytes(size); t.bad || size == 0 {
		return h, errCompression
	}
	if len(t.rest) == 0 { // without extensions, as SSL 3 and TLS 1.0 may
		return h, nil
	}
	if size = t.pair(); t.bad || size != len(t.rest) {
		return h, errExtensions
	}
	return h, h.extend(t.rest)
}

func length24(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }

func (h *Hello) greased(c Codes) {
	for i := range c.Len() {
		if Grease(c.At(i)) {
			h.Flags |= Greased
			return
		}
	}
}

// extend reads the extensions: first their lengths, so that what is kept of them can be gone
// through without a check, then those that are looked into.
func (h *Hello) extend(block []byte) error {
	var kinds [MostExtensions]uint16
	n := 0
	for t := (take{rest: block}); len(t.rest) > 0; n++ {
		kind := uint16(t.pair())
		t.bytes(t.pair())
		switch {
		case t.bad:
			return errExtensions
		case n == MostExtensions:
			return ErrTooMany
		case n > 0 && kinds[n-1] == extPSK:
			return errLast
		}
		for _, k := range kinds[:n] {
			if k == kind {
				return errTwice
			}
		}
		kinds[n] = kind
		if Grease(kind) {
			h.Flags |= Greased
		}
	}
	h.Extensions = block
	for kind, body := range h.Extensions.All() {
		if err := h.extension(kind, body); err != nil {
			return err
		}
	}
	return nil
}

func (h *Hello) extension(kind uint16, body []byte) error {
	var ok bool
	switch kind {
	case extName:
		h.Flags |= Named
		if h.ServerName, ok = serverName(body); !ok {
			return errName
		}
	case extProtocols:
		if h.Protocols, ok = names(body); !ok {
			return errProtocols
		}
	case extVersions:
		return h.list(&h.Versions, body, 1, errVersions)
	case extGroups:
		return h.list(&h.Groups, body, 2, errGroups)
	case extSignatures:
		return h.list(&h.Signatures, body, 2, errSignatures)
	case extFormats:
		if len(body) == 0 || int(body[0]) != len(body)-1 {
			return errFormats
		}
		h.Formats = body[1:]
	case extShares:
		return h.keyShares(body)
	case extTicket:
		if len(body) > 0 {
			h.Flags |= Ticket
		}
	case extPSK:
		h.Flags |= Resumes
	case extEarly:
		h.Flags |= EarlyData
	case extECH:
		h.Flags |= Encrypted
	case extPadding:
		h.Flags |= Padded
	case extCookie:
		h.Flags |= Retried
	}
	return nil
}

// list reads a list of numbers behind a length of width bytes.
func (h *Hello) list(to *Codes, body []byte, width int, f error) error {
	t, size := take{rest: body}, 0
	for range width {
		size = size<<8 | t.byte()
	}
	if t.bad || size != len(t.rest) || size == 0 || size%2 != 0 {
		return f
	}
	if size/2 > MostCodes {
		return ErrTooMany
	}
	*to = t.rest
	h.greased(*to)
	return nil
}

// serverName reads RFC 6066, section 3, and returns the first host_name. A body without a list is
// what servers answer with, and some clients send.
func serverName(body []byte) (name []byte, ok bool) {
	if len(body) == 0 {
		return nil, true
	}
	t := take{rest: body}
	if size := t.pair(); t.bad || size != len(t.rest) {
		return nil, false
	}
	for len(t.rest) > 0 {
		kind := t.byte()
		b := t.bytes(t.pair())
		if t.bad {
			return nil, false
		}
		if kind == 0 && name == nil {
			name = b
		}
	}
	return name, true
}

// names reads RFC 7301, section 3.1.
func names(body []byte) (Names, bool) {
	t := take{rest: body}
	if size := t.pair(); t.bad || size != len(t.rest) {
		return nil, false
	}
	list := Names(t.rest)
	for len(t.rest) > 0 {
		size := t.byte()
		if t.bytes(size); t.bad || size == 0 {
			return nil, false
		}
	}
	return list, true
}

// keyShares reads RFC 8446, section 4.2.8. A list may be empty: the server is asked to choose then.
func (h *Hello) keyShares(body []byte) error {
	t := take{rest: body}
	if size := t.pair(); t.bad || size != len(t.rest) {
		return errShares
	}
	list, n := t.rest, 0
	for len(t.rest) > 0 {
		group := uint16(t.pair())
		if t.bytes(t.pair()); t.bad {
			return errShares
		}
		if n++; n > MostCodes {
			return ErrTooMany
		}
		if Grease(group) {
			h.Flags |= Greased
		}
	}
	h.shares = list
	return nil
}
