package preface

// reading is where in a field of HPACK (RFC 7541) the reader stands.
type reading uint8

const (
	atField reading = iota
	atIndex         // the rest of the field's first number
	atName          // the length of a name, or its rest
	inName
	atValue // the length of a value, or its rest
	inValue
)

// block reads names of fields as far as they are those of pseudo-headers, and passes over values.
type block struct {
	at      reading
	begun   bool // the number's first byte was read
	number  uint32
	shift   uint8
	skip    uint32 // bytes of a name or value that are passed over
	indexed bool   // the field has no value of its own
	update  bool   // it is no field but a new size of the table
	kept    bool   // it goes into the dynamic table
	huffman bool
	letter  byte
	name    [10]byte        // its beginning, as it came
	long    uint32          // how many bytes of it came
	dynamic [MaxPseudo]byte // letters of the pseudo-headers that went into the table, the oldest first
	many    uint8
}

// whole says whether a field may end here.
func (x *block) whole() bool { return x.at == atField }

// take reads some of the bytes, and says whether a field came that is no pseudo-header.
func (x *block) take(b []byte, h *HTTP2) (n int, done bool, err error) {
	for n < len(b) {
		if x.at == inValue {
			step := min(uint32(len(b)-n), x.skip)
			n += int(step)
			if x.skip -= step; x.skip == 0 {
				if err = x.keep(h); err != nil {
					return n, false, err
				}
			}
			continue
		}
		c := b[n]
		n++
		if done, err = x.step(c, h); done || err != nil {
			return n, done, err
		}
	}
	return n, false, nil
}

// step reads a byte that is not passed over.
func (x *block) step(c byte, h *HTTP2) (done bool, err error) {
	switch x.at {
	case atField:
		return x.field(c, h)
	case inName:
		return x.named(c), nil
	case atName, atValue:
		if !x.begun {
			x.huffman = c&0x80 != 0
			if !x.first(c, 7) {
				return false, nil
			}
			break
		}
		fallthrough
	default: // the rest of a number
		if ended, err := x.further(c); err != nil || !ended {
			return false, err
		}
	}
	return x.numbered(h)
}

// field begins a field by its first byte, RFC 7541, section 6.
func (x *block) field(c byte, h *HTTP2) (done bool, err error) {
	x.indexed, x.update, x.kept = false, false, false
	bits := uint8(4)
	switch {
	case c&0x80 != 0:
		x.indexed, bits = true, 7
	case c&0x40 != 0:
		x.kept, bits = true, 6
	case c&0x20 != 0:
		x.update, bits = true, 5
	}
	x.at = atIndex
	if !x.first(c, bits) {
		return false, nil
	}
	return x.numbered(h)
}

// first reads the beginning of a number of so many bits, and says whether that is all, RFC 7541, section 5.1.
func (x *block) first(c byte, bits uint8) bool {
	most := uint32(1)<<bits - 1
	x.number, x.shift = uint32(c)&most, 0
	x.begun = x.number == most
	return !x.begun
}

// further reads the next byte of a number. More than four are more than anybody needs.
func (x *block) further(c byte) (ended bool, err error) {
	if x.shift > 21 {
		return false, ErrMalformed
	}
	x.number += uint32(c&0x7f) << x.shift
	x.shift += 7
	x.begun = c&0x80 != 0
	return !x.begun, nil
}

// numbered goes on when a number is whole.
func (x *block) numbered(h *HTTP2) (done bool, err error) {
	switch x.at {
	case atName:
		if x.skip = x.number; x.skip == 0 {
			return false, ErrMalformed
		}
		x.at, x.long = inName, 0
		return false, nil
	case atValue:
		if x.skip = x.number; x.skip == 0 {
			return false, x.keep(h)
		}
		x.at = inValue
		return false, nil
	}
	switch {
	case x.update:
		x.at = atField
		return false, nil
	case x.number == 0 && x.indexed:
		return false, ErrMalformed
	case x.number == 0:
		x.at = atName
		return false, nil
	}
	if x.letter, err = x.listed(x.number); err != nil || x.letter == 0 {
		return err == nil, err
	}
	if x.indexed {
		return false, x.keep(h)
	}
	x.at = atValue
	return false, nil
}

// spelled are the pseudo-headers of a request, plain and in the code of RFC 7541, appendix B.
var spelled = [...]struct {
	plain, huffman string
	letter         byte
}{
	{":method", "\xb9\x49\x53\x39\xe4", 'm'},
	{":authority", "\xb8\x3b\x53\x39\xec\x32\x7d\x7f", 'a'},
	{":scheme", "\xb8\x82\x4e\x5a\x4b", 's'},
	{":path", "\xb9\x58\xd3\x3f", 'p'},
}

// named reads the next byte of a name that is in no table, and says whether the field is no pseudo-header.
func (x *block) named(c byte) (done bool) {
	if x.long == 0 {
		// A colon is 1011100 in that code.
		if pseudo := c == ':' && !x.huffman || c>>1 == 0b1011100 && x.huffman; !pseudo {
			return true
		}
	}
	if x.long < uint32(len(x.name)) {
		x.name[x.long] = c
	}
	x.long++
	if x.skip--; x.skip > 0 {
		return false
	}
	x.at, x.letter = atValue, 'x'
	if x.long > uint32(len(x.name)) {
		return false
	}
	for _, s := range &spelled {
		name := s.plain
		if x.huffman {
			name = s.huffman
		}
		if string(x.name[:x.long]) == name {
			x.letter = s.letter
		}
	}
	return false
}

// listed returns the letter of an index, 0 for a field that is no pseudo-header. The static table, RFC 7541, appendix
// A, has 61 entries; all pseudo-headers of requests stand first in it, and :status as 8 to 14.
func (x *block) listed(index uint32) (byte, error) {
	switch {
	case index == 1:
		return 'a', nil
	case index <= 3:
		return 'm', nil
	case index <= 5:
		return 'p', nil
	case index <= 7:
		return 's', nil
	case index <= 14:
		return 'x', nil
	case index <= 61:
		return 0, nil
	case index-61 > uint32(x.many):
		return 0, ErrMalformed
	}
	return x.dynamic[uint32(x.many)-(index-61)], nil
}

// keep ends a pseudo-header.
func (x *block) keep(h *HTTP2) error {
	x.at = atField
	if h.nPseudo == MaxPseudo {
		return ErrTooMuch
	}
	h.pseudo[h.nPseudo] = x.letter
	h.nPseudo++
	if x.kept {
		x.dynamic[x.many] = x.letter // many is at most nPseudo-1
		x.many++
	}
	return nil
}
