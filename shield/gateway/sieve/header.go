package sieve

import (
	"github.com/evenkeel/evenkeel/instrument/proxyproto"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
)

// Types of the fields of our own in the PROXY header.
const (
	StableField = proxyproto.Own     // the hello's stable key, eight bytes; see hello.Key
	JA4Field    = proxyproto.Own + 1 // its JA4, as text
)

// appendHeader appends what the upstream is told of a visitor.
func (h Header) append(dst []byte, v *door.Visitor) ([]byte, error) {
	p := proxyproto.Header{Source: v.Remote, Target: v.Local}
	switch h {
	case None:
		return dst, nil
	case V1:
		return p.AppendV1(dst), nil
	}
	if h == V2Bare || !v.Secure { // no more is known than what the upstream reads itself
		return p.AppendV2(dst)
	}
	var room [512]byte
	p.Fields = proxyproto.Fields(room[:0])
	if v.Naming == door.Named {
		p.Fields = p.Fields.Append(proxyproto.Authority, v.Hello().ServerName)
	}
	// The field tells what is spoken, and that is the upstream's to choose where the client offers more than one.
	var only []byte
	n := 0
	for name := range v.Hello().Protocols.All() {
		only = name
		n++
	}
	if n == 1 {
		p.Fields = p.Fields.Append(proxyproto.ALPN, only)
	}
	key := v.Stable()
	p.Fields = p.Fields.Append(StableField, key[:])
	p.Fields = p.Fields.Append(JA4Field, []byte(v.JA4()))
	return p.AppendV2(dst)
}
