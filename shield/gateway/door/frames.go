package door

// Kinds of frames (RFC 9113, section 6) and the flags that count here.
const (
	frameData         = 0
	frameHeaders      = 1
	framePriority     = 2
	frameReset        = 3
	frameSettings     = 4
	framePing         = 6
	frameWindow       = 8
	frameContinuation = 9

	flagEndStream  = 1
	flagEndHeaders = 4

	magicBytes = 24 // PRI * HTTP/2.0 …, before the first frame
)

// frames follows the frames of a visitor through the decrypted stream by their headers alone, in pieces of any size. It
// judges no frame: net/http does, and ends connections whose frames are wrong.
type frames struct {
	passed int // bytes of the magic that went by
	head   [9]byte
	have   int // of head
	left   int // of the payload
	first  bool
	block  bool // a header block is not whole yet
}

// feed follows the next bytes, and returns how many points their frames cost: one for each that makes work and asks for nothing.
func (f *frames) feed(b []byte) (points int) {
	if n := min(magicBytes-f.passed, len(b)); n > 0 {
		f.passed += n
		b = b[n:]
	}
	for len(b) > 0 {
		if f.left > 0 {
			n := min(f.left, len(b))
			f.left -= n
			b = b[n:]
			f.ended()
			continue
		}
		n := copy(f.head[f.have:], b)
		f.have += n
		b = b[n:]
		if f.have < len(f.head) {
			return points
		}
		f.have = 0
		f.left = int(f.head[0])<<16 | int(f.head[1])<<8 | int(f.head[2])
		points += f.cost()
		if k := f.head[3]; k == frameHeaders || k == frameContinuation {
			f.block = true
		}
		f.ended()
	}
	return points
}

// ended sees whether the frame that is whole now ends a header block.
func (f *frames) ended() {
	k := f.head[3]
	if f.left == 0 && (k == frameHeaders || k == frameContinuation) && f.head[4]&flagEndHeaders != 0 {
		f.block = false
	}
}

func (f *frames) cost() int {
	switch f.head[3] {
	case frameHeaders, frameWindow: // a request is what we are here for, and whoever downloads widens windows all the time
		return 0
	case frameData:
		if f.left > 0 || f.head[4]&flagEndStream != 0 {
			return 0
		}
	case frameSettings:
		if !f.first {
			f.first = true
			return 0
		}
	}
	return 1
}
