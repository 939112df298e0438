package initial

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/evenkeel/evenkeel/instrument/hello"
	"github.com/evenkeel/evenkeel/instrument/hello/internal/pieces"
)

// What reading ends with, besides a hello and the errors of package hello.
var (
	ErrNotInitial = errors.New("no Initial packet of QUIC: expected a long header of type Initial")
	ErrVersion    = errors.New("a version of QUIC that is not read: expected 1, 2 or drafts 22 to 34")
	ErrSealed     = errors.New("an Initial packet that its keys do not open")
	errFrame      = fmt.Errorf("%w: a frame is cut, or of a kind that no Initial packet may hold", hello.ErrMalformed)
)

const (
	mostBytes  = 16 << 10 // of a hello
	mostID     = 20       // RFC 9000, section 17.2
	mostPacket = 64 << 10
)

// Reader reads the ClientHello of one QUIC client. Its zero value is ready.
type Reader struct {
	version uint32
	id      []byte // that the keys are of
	keys    keys
	largest int64
	crypto  pieces.Buffer
	scratch []byte
	hello   hello.Hello
	err     error
	ended   bool
}

// Hello returns what was read. It is whole once Add has returned no error.
func (r *Reader) Hello() *hello.Hello { return &r.hello }

// Version returns the version of QUIC that the client spoke; 0 before its first packet was opened.
func (r *Reader) Version() uint32 { return r.version }

// Add takes a datagram, which it neither changes nor keeps. No error: the hello is whole.
// hello.ErrMore: it is not yet. ErrNotInitial, ErrVersion and ErrSealed cost this datagram only:
// anybody can send one in a client's name. Other errors are for good.
func (r *Reader) Add(datagram []byte) error {
	if r.ended {
		return r.err
	}
	if len(datagram) > mostPacket {
		return ErrNotInitial
	}
	said, opened := ErrNotInitial, false
	for len(datagram) > 0 {
		p, rest, err := parse(datagram)
		datagram = rest
		if err == nil && p.number == 0 { // another packet than an Initial
			continue
		}
		if err == nil {
			err = r.packet(&p)
		}
		switch {
		case err == nil || errors.Is(err, hello.ErrMalformed) || errors.Is(err, hello.ErrTooLong) ||
			errors.Is(err, hello.ErrTooMany) || errors.Is(err, hello.ErrNotHello):
			r.ended, r.err = true, err
			return err
		case err == hello.ErrMore:
			opened = true
		default:
			said = err
		}
	}
	if opened {
		return hello.ErrMore
	}
	return said
}

// packet is an Initial that is still protected.
type packet struct {
	version uint32
	id      []byte
	bytes   []byte // the whole packet
	number  int    // where its number stands; 0 of another kind of packet
}

// parse reads a long header: RFC 9000, section 17.2. rest is what stands behind the packet in its datagram, if
// that is known.
func parse(b []byte) (p packet, rest []byte, err error) {
	if b[0]&0x80 == 0 || len(b) < 7 { // a short header has no end of its own
		return p, nil, ErrNotInitial
	}
	p.version = binary.BigEndian.Uint32(b[1:])
	v, known := versionOf(p.version)
	if !known {
		if p.version == 0 || b[0]&0x40 == 0 { // version negotiation, or not QUIC
			return p, nil, ErrNotInitial
		}
		return p, nil, ErrVersion
	}
	at := b[5:]
	var id, source []byte
	if id, at = short(at); id == nil {
		return p, nil, ErrNotInitial
	}
	if source, at = short(at); source == nil {
		return p, nil, ErrNotInitial
	}
	kind := b[0] >> 4 & 3
	ok := true
	if kind == v.kind {
		if _, at, ok = chunk(at); !ok { // a token
			return p, nil, ErrNotInitial
		}
	} else if kind == (v.kind+3)&3 { // a Retry, which has no length
		return packet{}, nil, nil
	}
	sealed, rest, ok := chunk(at)
	if !ok {
		return p, nil, ErrNotInitial
	}
	if kind != v.kind {
		return packet{}, rest, nil
	}
	end := len(b) - len(rest)
	p.id, p.bytes, p.number = id, b[:end], end-len(sealed)
	return p, rest, nil
}

// short reads a connection id with its length; nil where there is none.
func short(b []byte) (id, rest []byte) {
	if len(b) == 0 || b[0] > mostID || len(b) < 1+int(b[0]) {
		return nil, nil
	}
	n := 1 + int(b[0])
	return b[1:n:n], b[n:]
}

// packet opens one and takes what it holds.
func (r *Reader) packet(p *packet) error {
	payload, err := r.open(p)
	if err != nil {
		return err
	}
	if err := frames(payload, r.put); err != nil {
		return err
	}
	m := r.crypto.Prefix()
	if len(m) > 0 && m[0] != 1 {
		return hello.ErrNotHello
	}
	if len(m) < 4 {
		return hello.ErrMore
	}
	size := 4 + int(m[1])<<16 + int(m[2])<<8 + int(m[3])
	if size > mostBytes {
		return hello.ErrTooLong
	}
	if len(m) < size {
		return hello.ErrMore
	}
	r.hello, err = hello.Parse(m[:size:size], hello.QUIC)
	return err
}

func (r *Reader) put(at uint64, data []byte) error {
	r.crypto.Most = mostBytes
	if at > mostBytes || r.crypto.Put(int(at), data) != nil {
		return hello.ErrTooLong
	}
	return nil
}

// open takes the protection off. A client goes on with the keys of its first id when the server has
// chosen another, and makes new ones after a Retry, when it says everything again.
func (r *Reader) open(p *packet) ([]byte, error) {
	if r.version == p.version {
		r.scratch = append(r.scratch[:0], p.bytes...)
		if n, payload, ok := r.keys.open(r.scratch, p.number, r.largest); ok {
			r.largest = max(r.largest, n)
			return payload, nil
		}
		if bytes.Equal(p.id, r.id) {
			return nil, ErrSealed
		}
	}
	v, _ := versionOf(p.version)
	k, err := derive(v, p.id)
	if err != nil {
		return nil, err
	}
	r.scratch = append(r.scratch[:0], p.bytes...)
	n, payload, ok := k.open(r.scratch, p.number, -1)
	if !ok {
		return nil, ErrSealed
	}
	r.version, r.id, r.keys, r.largest = p.version, bytes.Clone(p.id), k, n
	r.crypto.Reset()
	return payload, nil
}
