package hello

const (
	recordBytes   = 5
	leastType     = 20 // change_cipher_spec, RFC 8446, section 5.1
	mostType      = 24 // heartbeat, RFC 6520, section 3
	typeHandshake = 22
	mostContent   = 1 << 14 // RFC 8446, section 5.1
)

// Reader reads the first bytes of a connection, in whatever pieces they come, until its ClientHello
// is whole. Its zero value is ready. It holds what came of the message, never more than MostBytes,
// and takes no memory for what is only announced. Whoever hands a connection on keeps its bytes: the
// records' headers are not kept.
type Reader struct {
	head    [recordBytes]byte
	headed  int // bytes of head that came
	left    int // bytes of the record still to come
	records int
	message []byte
	hello   Hello
	err     error
	ended   bool
}

// Reset makes the reader ready for another connection, in the memory that it has. What it read
// before is overwritten.
func (r *Reader) Reset() { *r = Reader{message: r.message[:0]} }

// Hello returns what was read. It is whole once Add has returned no error, and points into the
// reader until that is reset.
func (r *Reader) Hello() *Hello { return &r.hello }

// Add takes the next bytes. No error: the hello is whole, and rest is what came behind it. ErrMore:
// all was taken, and more is wanted. Any other error is for good, and wraps one that this package
// names.
func (r *Reader) Add(b []byte) (rest []byte, err error) {
	if r.ended {
		return b, r.err
	}
	for len(b) > 0 {
		if r.left == 0 {
			n := copy(r.head[r.headed:], b)
			r.headed, b = r.headed+n, b[n:]
			if err := r.record(); err == ErrMore {
				continue
			} else if err != nil {
				return b, r.end(err)
			}
		}
		n := min(r.left, len(b))
		if n == 0 {
			break
		}
		r.message, b, r.left = append(r.message, b[:n]...), b[n:], r.left-n
		if done, err := r.complete(); done {
			return b, r.end(err)
		}
	}
	return nil, ErrMore
}

func (r *Reader) end(err error) error {
	r.ended, r.err = true, err
	return err
}

// record reads what came of a record's header; ErrMore until it is whole.
func (r *Reader) record() error {
	head := r.head[:r.headed]
	if r.records == 0 {
		if err := first(head); err != nil {
			return err
		}
	}
	if len(head) < recordBytes {
		return ErrMore
	}
	size := int(head[3])<<8 | int(head[4])
	switch {
	case head[0] != typeHandshake:
		return ErrNotHello
	case head[1] != 3 || head[2] > 4:
		return errRecordVersion
	case size == 0 || size > mostContent:
		return errRecordLength
	case r.records == MostRecords:
		return ErrTooLong
	}
	r.records, r.headed, r.left = r.records+1, 0, size
	return nil
}

// complete parses the message once it is there. What is no hello is said at its first byte, what
// is too long at its fourth.
func (r *Reader) complete() (done bool, err error) {
	m := r.message
	switch {
	case m[0] != typeHello:
		return true, ErrNotHello
	case len(m) < headBytes:
		return false, nil
	}
	switch size := headBytes + length24(m[1:]); {
	case size > MostBytes:
		return true, ErrTooLong
	case len(m) < size:
		return false, nil
	case len(m) > size || r.left > 0:
		return true, errBehind
	}
	r.hello, err = Parse(m, TCP)
	return true, err
}

// first tells from the first bytes, up to five, what else than a record of TLS they begin. It
// returns nil for TLS, and ErrMore where that is open.
func first(b []byte) error {
	if len(b) == 0 {
		return ErrMore
	}
	switch c := b[0]; {
	case c >= leastType && c <= mostType:
		if len(b) > 1 && b[1] != 3 {
			return ErrNotTLS
		}
		return nil
	case c&0x80 != 0: // RFC 5246, appendix E.2: length with its highest bit set, type, version
		switch {
		case len(b) > 2 && b[2] != typeHello, len(b) > 3 && b[3] != 0 && b[3] != 3:
			return ErrNotTLS
		case len(b) > 3:
			return ErrSSLv2
		}
		return ErrMore
	}
	return method(b)
}

// methods are those of RFC 9110, section 9, PATCH of RFC 5789, and PRI, with which HTTP/2 begins.
var methods = [...]string{"GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "CONNECT ", "OPTIONS ", "TRACE ", "PATCH ", "PRI "}

// method is told from the five bytes that a header of a record has, or fewer where one is short.
func method(b []byte) error {
	for _, m := range methods {
		n := min(len(m), recordBytes)
		if len(b) >= n && string(b[:n]) == m[:n] {
			return ErrHTTP
		}
		if len(b) < n && string(b) == m[:len(b)] {
			return ErrMore
		}
	}
	return ErrNotTLS
}

// Read reads a hello from the first bytes of a connection, where all of them are there. Nothing is
// copied where it stands in one record; the Hello points into b then. Errors are those of
// Reader.Add.
func Read(b []byte) (Hello, error) {
	if len(b) >= recordBytes+headBytes && b[0] == typeHandshake && b[1] == 3 && b[2] <= 4 && b[5] == typeHello {
		size := int(b[3])<<8 | int(b[4])
		if size == headBytes+length24(b[6:]) && size <= mostContent && len(b) >= recordBytes+size {
			return Parse(b[recordBytes:recordBytes+size:recordBytes+size], TCP)
		}
	}
	var r Reader
	_, err := r.Add(b)
	return r.hello, err
}
