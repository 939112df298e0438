package feed

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// ErrLineTooLong is what Lines.Next returns for a line beyond the limit.
var ErrLineTooLong = errors.New("the line is too long")

// Lines reads a text line by line and holds at most one line of a bounded length.
type Lines struct {
	in     *bufio.Reader
	most   int
	buf    []byte
	number int
}

// NewLines reads r; a line of more than most bytes is skipped. A byte order mark of UTF-8
// at the beginning is no part of the first line.
func NewLines(r io.Reader, most int) *Lines {
	in := bufio.NewReaderSize(r, prefixBytes)
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	return &Lines{in: in, most: most}
}

// prefixBytes is how far a file is looked into for its format.
const prefixBytes = 64 << 10

// Prefix returns how the rest of the text begins, at most 64 KiB, and takes nothing away.
func (l *Lines) Prefix() []byte {
	p, _ := l.in.Peek(prefixBytes)
	return p
}

// Number returns the number of the line that Next returned last; the first is 1.
func (l *Lines) Number() int { return l.number }

// Next returns the next line without its end (LF or CRLF), valid until the next call;
// ErrLineTooLong for one that was skipped, after which reading may go on; io.EOF after the
// last; any other error is the reader's.
func (l *Lines) Next() ([]byte, error) {
	l.buf = l.buf[:0]
	long, begun := false, false
	for {
		part, err := l.in.ReadSlice('\n')
		begun = begun || len(part) > 0
		if !long && len(l.buf)+len(part) > l.most+2 {
			long = true
			l.buf = l.buf[:0]
		}
		whole := len(l.buf) == 0 && err == nil
		if !long && !whole {
			l.buf = append(l.buf, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err != nil && err != io.EOF:
			if begun {
				l.number++
			}
			return nil, err
		case !begun:
			return nil, io.EOF
		}
		l.number++
		if !whole {
			part = l.buf
		}
		part = bytes.TrimSuffix(bytes.TrimSuffix(part, []byte("\n")), []byte("\r"))
		if long || len(part) > l.most {
			return nil, ErrLineTooLong
		}
		return part, nil
	}
}
