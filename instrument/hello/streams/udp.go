package streams

import (
	"errors"

	"github.com/evenkeel/evenkeel/instrument/hello"
	"github.com/evenkeel/evenkeel/instrument/hello/initial"
)

// flow is what one end sends another over UDP.
type flow struct {
	quic *initial.Reader
	dtls *hello.Datagrams
	said error // of the last datagram that says something
	over bool
}

// datagram takes what begins like DTLS or like a long header of QUIC. The server's side of a known
// client is not looked at.
func (f *Finder) datagram(e ends, b []byte) {
	if len(b) < 13 {
		return
	}
	u := f.udp[e]
	if u == nil {
		u = &flow{}
		switch {
		case b[0] == 22 && (b[1] == 0xfe || b[1] == 1 && b[2] == 0):
			u.dtls = &hello.Datagrams{}
		case b[0]&0xc0 == 0xc0 && b[5] <= 20: // a long header, and an id of at most 20 bytes
			u.quic = &initial.Reader{}
		default:
			return
		}
		if f.udp[e.back()] != nil {
			return
		}
		if len(f.udp) >= MostStreams {
			f.left++
			return
		}
		f.udp[e] = u
	}
	if u.over {
		return
	}
	found := Found{Source: e.from, Destination: e.to, Nth: 1}
	if u.quic != nil {
		found.Transport, found.Err, found.Hello = hello.QUIC, u.quic.Add(b), u.quic.Hello()
	} else {
		found.Transport, found.Err, found.Hello = hello.DTLS, u.dtls.Add(b), u.dtls.Hello()
	}
	if u.said == nil || found.Err != initial.ErrNotInitial { // what follows a hello that is not read says less
		u.said = found.Err
	}
	if errors.Is(found.Err, hello.ErrMore) || errors.Is(found.Err, initial.ErrNotInitial) ||
		errors.Is(found.Err, initial.ErrVersion) || errors.Is(found.Err, initial.ErrSealed) {
		return
	}
	f.tell(&found)
	*u = flow{over: true}
}

// cut tells of a client whose hello did not become whole.
func (u *flow) cut(f *Finder, e ends) {
	switch {
	case u.over:
	case u.quic != nil:
		f.tell(&Found{Source: e.from, Destination: e.to, Transport: hello.QUIC, Nth: 1, Hello: u.quic.Hello(), Err: u.said})
	default:
		f.tell(&Found{Source: e.from, Destination: e.to, Transport: hello.DTLS, Nth: 1, Hello: u.dtls.Hello(), Err: u.said})
	}
}
