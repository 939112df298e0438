package initial

import "encoding/binary"

// The frames that an Initial packet may hold: RFC 9000, section 12.4.
const (
	framePadding = 0x00
	framePing    = 0x01
	frameAck     = 0x02
	frameAckECN  = 0x03
	frameCrypto  = 0x06
	frameClose   = 0x1c
)

// varint reads a number of RFC 9000, section 16. Not ok: b is too short.
func varint(b []byte) (v uint64, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	switch size := 1 << (b[0] >> 6); {
	case len(b) < size:
		return 0, nil, false
	case size == 1:
		return uint64(b[0]), b[1:], true
	case size == 2:
		return uint64(binary.BigEndian.Uint16(b) & 0x3fff), b[2:], true
	case size == 4:
		return uint64(binary.BigEndian.Uint32(b) & 0x3fffffff), b[4:], true
	default:
		return binary.BigEndian.Uint64(b) & (1<<62 - 1), b[8:], true
	}
}

// counted reads n numbers and drops them.
func counted(b []byte, n uint64) (rest []byte, ok bool) {
	for ok = true; n > 0 && ok; n-- {
		_, b, ok = varint(b)
	}
	return b, ok
}

// chunk reads a number and as many bytes.
func chunk(b []byte) (c, rest []byte, ok bool) {
	n, b, ok := varint(b)
	if !ok || n > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}

// frames goes through a payload and hands on what CRYPTO frames hold.
func frames(b []byte, put func(at uint64, data []byte) error) error {
	for len(b) > 0 {
		kind := b[0]
		b = b[1:]
		ok := true
		switch kind {
		case framePadding, framePing:
		case frameAck, frameAckECN:
			var ranges uint64
			if b, ok = counted(b, 2); ok {
				if ranges, b, ok = varint(b); ok {
					more := 1 + 2*min(ranges, 1<<20)
					if kind == frameAckECN {
						more += 3
					}
					b, ok = counted(b, more)
				}
			}
		case frameCrypto:
			var at uint64
			var data []byte
			if at, b, ok = varint(b); ok {
				if data, b, ok = chunk(b); ok {
					if err := put(at, data); err != nil {
						return err
					}
				}
			}
		case frameClose:
			if b, ok = counted(b, 2); ok {
				_, b, ok = chunk(b)
			}
		default:
			return errFrame
		}
		if !ok {
			return errFrame
		}
	}
	return nil
}
