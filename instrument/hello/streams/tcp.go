package streams

import (
	"github.com/evenkeel/evenkeel/instrument/hello"
	"github.com/evenkeel/evenkeel/instrument/hello/internal/pieces"
	"github.com/evenkeel/evenkeel/instrument/packet"
)

// mostStream is how much of a stream is put together: two hellos with the headers of their records.
const mostStream = 2 * (hello.MostBytes + 5*hello.MostRecords)

// stream is the way of a TCP connection from who opened it, or who spoke first where that was not seen.
type stream struct {
	next   uint32 // the number of its first byte
	begun  bool
	over   bool
	pieces pieces.Buffer
	taken  int // bytes that the reader took
	nth    int // hellos that were told
	reader hello.Reader
}

func (f *Finder) segment(e ends, h *packet.Headers, seq uint32, payload []byte) {
	s := f.tcp[e]
	if h.Opens() {
		if s != nil && s.next == seq+1 { // the same once more
			return
		}
		s = nil
		delete(f.tcp, e)
		delete(f.tcp, e.back())
	}
	if s == nil {
		if !h.Opens() && (len(payload) == 0 || f.tcp[e.back()] != nil) {
			return
		}
		if len(f.tcp) >= MostStreams {
			f.left++
			return
		}
		s = &stream{pieces: pieces.Buffer{Most: mostStream}}
		if h.Opens() {
			s.next, s.begun = seq+1, true
			if len(payload) > 0 { // of a SYN with data, the SYN counts first
				seq++
			}
		}
		f.tcp[e] = s
	}
	if s.over || len(payload) == 0 {
		return
	}
	if !s.begun {
		s.next, s.begun = seq, true
	}
	at := int(int32(seq - s.next))
	if at < 0 { // keep-alive, or what came before the capture
		if -at >= len(payload) {
			return
		}
		payload, at = payload[-at:], 0
	}
	if at == 0 && padding(payload) {
		return
	}
	if s.pieces.Put(at, payload) != nil {
		f.over(e, s, hello.ErrTooLong)
		return
	}
	f.read(e, s)
}

// padding says whether a payload is what fills a frame of Ethernet up to its least length behind a bare
// ACK: some devices count it into the length of the packet. No hello begins like that.
func padding(b []byte) bool {
	const most = 6 // 60 bytes, less the 54 of the headers
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return len(b) <= most
}

// read hands what is there on to the reader.
func (f *Finder) read(e ends, s *stream) {
	for !s.over {
		more := s.pieces.Prefix()[s.taken:]
		if len(more) == 0 {
			return
		}
		if s.nth == 1 && s.reader.Hello().Message == nil { // behind a first hello
			const change = "\x14\x03\x03\x00\x01\x01" // RFC 8446, appendix D.4
			n := min(len(change), len(more))
			if string(more[:n]) == change[:n] {
				if n < len(change) {
					return
				}
				s.taken += n
				continue
			}
		}
		rest, err := s.reader.Add(more)
		s.taken += len(more) - len(rest)
		switch {
		case err == hello.ErrMore:
			return
		case err != nil:
			f.over(e, s, err)
			return
		}
		s.nth++
		f.tell(&Found{Source: e.from, Destination: e.to, Nth: s.nth, Hello: s.reader.Hello()})
		s.over = s.nth == 2
		s.reader.Reset()
	}
	s.pieces = pieces.Buffer{}
}

// over ends a stream. Why it has no hello is told, but not why it has no second one.
func (f *Finder) over(e ends, s *stream, err error) {
	if s.nth == 0 {
		f.tell(&Found{Source: e.from, Destination: e.to, Nth: 1, Hello: s.reader.Hello(), Err: err})
	}
	s.over, s.pieces, s.reader = true, pieces.Buffer{}, hello.Reader{}
}
