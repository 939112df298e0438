package preface

import "encoding/binary"

// Frames and flags of RFC 9113, section 6.
const (
	frameData         = 0
	frameHeaders      = 1
	framePriority     = 2
	frameSettings     = 4
	framePush         = 5
	frameWindowUpdate = 8
	frameContinuation = 9

	flagAck        = 0x1
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20

	headBytes     = 9
	settingBytes  = 6
	priorityBytes = 5
	windowBytes   = 4

	noReserved = 1<<31 - 1 // numbers of 31 bits
)

// phase is where in a frame the reader stands.
type phase uint8

const (
	inHead     phase = iota
	inItem           // of the frame's kind: a setting, a priority, a window
	inBefore         // what stands before the fields in HEADERS: length of the padding, priority
	inFragment       // fields
	inRest           // what is passed over
)

// frames reads frames one after the other.
type frames struct {
	part     [headBytes]byte // what is collected of the head or of an item
	have     int
	phase    phase
	kind     uint8
	flags    uint8
	stream   uint32
	left     int // bytes of the frame
	padding  int
	count    int
	settled  bool // SETTINGS came
	fields   bool // HEADERS came and has not ended
	fragment block
}

// take reads some of the bytes, and says whether all was said.
func (f *frames) take(b []byte, h *HTTP2) (n int, done bool, err error) {
	switch f.phase {
	case inHead:
		n, full := f.collect(b, headBytes)
		if full {
			done, err = f.head(h)
		}
		return n, done, err
	case inItem:
		n, full := f.collect(b, f.itemBytes())
		f.left -= n
		if full {
			err = f.item(h)
		}
		if f.left == 0 {
			f.phase = inHead
		}
		return n, false, err
	case inBefore:
		n, full := f.collect(b, f.beforeBytes())
		f.left -= n
		if full {
			err = f.before(h)
			if err == nil && f.phase == inHead {
				done, err = f.ended()
			}
		}
		return n, done, err
	case inFragment:
		n, done, err = f.fragment.take(b[:min(len(b), f.left-f.padding)], h)
		f.left -= n
		if f.left == f.padding {
			f.rest()
			if err == nil && !done && f.phase == inHead {
				done, err = f.ended()
			}
		}
		return n, done, err
	}
	n = min(len(b), f.left)
	if f.left -= n; f.left == 0 {
		f.phase = inHead
		if f.fields {
			done, err = f.ended()
		}
	}
	return n, done, err
}

// collect takes bytes until there are enough.
func (f *frames) collect(b []byte, enough int) (n int, full bool) {
	n = copy(f.part[f.have:enough], b)
	f.have += n
	if f.have < enough {
		return n, false
	}
	f.have = 0
	return n, true
}

// rest passes over what is left of the frame.
func (f *frames) rest() {
	f.phase = inRest
	if f.left == 0 {
		f.phase = inHead
	}
}

func (f *frames) itemBytes() int {
	switch f.kind {
	case frameSettings:
		return settingBytes
	case framePriority:
		return priorityBytes
	}
	return windowBytes
}

func (f *frames) beforeBytes() (n int) {
	if f.flags&flagPadded != 0 {
		n++
	}
	if f.flags&flagPriority != 0 {
		n += priorityBytes
	}
	return n
}

// head begins a frame.
func (f *frames) head(h *HTTP2) (done bool, err error) {
	p := f.part[:]
	f.left = int(p[0])<<16 | int(p[1])<<8 | int(p[2])
	f.kind, f.flags, f.stream = p[3], p[4], binary.BigEndian.Uint32(p[5:])&noReserved
	f.count++
	switch {
	case f.left > maxFrame || !f.settled && (f.kind != frameSettings || f.flags&flagAck != 0):
		return false, ErrMalformed
	case f.fields != (f.kind == frameContinuation):
		return false, ErrMalformed
	case f.count > maxFrames:
		return false, ErrTooMuch
	}
	f.rest()
	switch f.kind {
	case frameSettings:
		f.settled = true
		if f.stream != 0 || f.left%settingBytes != 0 || f.flags&flagAck != 0 && f.left != 0 {
			return false, ErrMalformed
		}
		if f.left > 0 {
			f.phase = inItem
		}
	case framePriority, frameWindowUpdate:
		if f.left != f.itemBytes() || f.kind == framePriority && f.stream == 0 {
			return false, ErrMalformed
		}
		f.phase = inItem
	case frameHeaders:
		if f.stream&1 == 0 || f.left < f.beforeBytes() {
			return false, ErrMalformed
		}
		f.fields, f.padding = true, 0
		if f.beforeBytes() > 0 {
			f.phase = inBefore
			return false, nil
		}
		return f.fragments()
	case frameContinuation:
		f.padding = 0
		return f.fragments()
	case frameData, framePush:
		return false, ErrMalformed // of no stream that is open, or not a client's
	}
	return false, nil
}

// fragments begins the fields of a frame.
func (f *frames) fragments() (done bool, err error) {
	if f.left > f.padding {
		f.phase = inFragment
		return false, nil
	}
	f.rest()
	if f.phase == inHead {
		return f.ended()
	}
	return false, nil
}

// item keeps what a frame says.
func (f *frames) item(h *HTTP2) error {
	v := binary.BigEndian.Uint32(f.part[:])
	switch f.kind {
	case frameSettings:
		if h.nSettings == MaxSettings {
			return ErrTooMuch
		}
		h.settings[h.nSettings] = Setting{binary.BigEndian.Uint16(f.part[:]), binary.BigEndian.Uint32(f.part[2:])}
		h.nSettings++
	case framePriority:
		if h.nPriority == MaxPriorities {
			return ErrTooMuch
		}
		h.priorities[h.nPriority] = Priority{f.stream, v & noReserved, f.part[4], v>>31 == 1}
		h.nPriority++
	case frameWindowUpdate:
		if v&noReserved == 0 {
			return ErrMalformed
		}
		if f.stream == 0 && h.window == 0 {
			h.window = v & noReserved
		}
	}
	return nil
}

// before keeps what stands before the fields.
func (f *frames) before(h *HTTP2) error {
	p := f.part[:]
	if f.flags&flagPadded != 0 {
		f.padding, p = int(p[0]), p[1:]
	}
	if f.flags&flagPriority != 0 {
		v := binary.BigEndian.Uint32(p)
		h.first, h.weighed = Priority{f.stream, v & noReserved, p[4], v>>31 == 1}, true
	}
	if f.padding > f.left {
		return ErrMalformed
	}
	f.phase = inFragment
	if f.left == f.padding {
		f.rest()
	}
	return nil
}

// ended is asked at the end of each frame of fields.
func (f *frames) ended() (done bool, err error) {
	if f.flags&flagEndHeaders == 0 {
		return false, nil
	}
	if !f.fragment.whole() {
		return false, ErrMalformed
	}
	return true, nil
}
