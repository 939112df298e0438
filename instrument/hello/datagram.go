package hello

import "github.com/evenkeel/evenkeel/instrument/hello/internal/pieces"

const (
	datagramRecord = 13 // RFC 6347, section 4.1
	datagramHead   = 12 // section 4.2.2
	mostDatagrams  = 16 << 10
)

// Datagrams reads the ClientHello of DTLS from the datagrams of one client, which may come in any
// order. Its zero value is ready. A hello of DTLS is held to 16,384 bytes.
type Datagrams struct {
	body  pieces.Buffer
	size  int // of the body
	seq   int
	begun bool
	hello Hello
	err   error
	ended bool
}

// Hello returns what was read. It is whole once Add has returned no error.
func (d *Datagrams) Hello() *Hello { return &d.hello }

// Add takes a datagram. No error: the hello is whole. ErrMore: more is wanted. Other errors are for good.
func (d *Datagrams) Add(b []byte) error {
	if d.ended {
		return d.err
	}
	for len(b) > 0 {
		if b[0] != typeHandshake {
			if !d.begun {
				return d.end(ErrNotHello)
			}
			break // what follows the hello
		}
		t := take{rest: b[1:]}
		version := t.pair()
		epoch := t.pair()
		t.bytes(6) // sequence number
		content := t.bytes(t.pair())
		switch {
		case len(b) > 1 && b[1] != 0xfe && !(b[1] == 1 && version == 0x100): // 0100 is OpenSSL's before the RFC
			return d.end(ErrNotTLS)
		case t.bad || epoch != 0 || len(content) == 0:
			return d.end(errRecordLength)
		}
		b = t.rest
		if whole, err := d.fragments(content); whole || err != nil {
			return d.end(err)
		}
	}
	return ErrMore
}

func (d *Datagrams) end(err error) error {
	d.ended, d.err = true, err
	return err
}

// fragments reads RFC 6347, section 4.2.2, from the content of a record.
func (d *Datagrams) fragments(content []byte) (whole bool, err error) {
	for len(content) > 0 {
		t := take{rest: content}
		head := t.bytes(datagramHead)
		if t.bad {
			return false, errFragment
		}
		size, seq := length24(head[1:]), int(head[4])<<8|int(head[5])
		at, long := length24(head[6:]), length24(head[9:])
		part := t.bytes(long)
		content = t.rest
		switch {
		case head[0] != typeHello:
			if !d.begun {
				return false, ErrNotHello
			}
			continue
		case t.bad || at+long > size || d.begun && seq == d.seq && size != d.size:
			return false, errFragment
		case size > mostDatagrams:
			return false, ErrTooLong
		case d.begun && seq != d.seq: // a second hello, with a cookie
			continue
		}
		d.begun, d.seq, d.size = true, seq, size
		d.body.Most = mostDatagrams
		if err := d.body.Put(at, part); err != nil {
			return false, ErrTooLong
		}
		if have := d.body.Prefix(); len(have) == size && size > 0 {
			message := append(make([]byte, 0, headBytes+size), typeHello, byte(size>>16), byte(size>>8), byte(size))
			d.hello, err = Parse(append(message, have...), DTLS)
			return true, err
		}
	}
	return false, nil
}
