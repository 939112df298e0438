package hello

import "iter"

// Transport is what carried a hello.
type Transport uint8

// The transports.
const (
	TCP  Transport = iota // TLS over a stream
	QUIC                  // RFC 9001
	DTLS                  // RFC 6347, RFC 9147
)

// String returns the transport in a word.
func (t Transport) String() string {
	switch t {
	case TCP:
		return "tls"
	case QUIC:
		return "quic"
	case DTLS:
		return "dtls"
	}
	return "invalid"
}

// What is read at most.
const (
	MostBytes      = 64 << 10 // of a message, its four bytes of header included
	MostRecords    = 1024     // that one message is spread over
	MostCiphers    = 512      // IANA has registered some 350
	MostExtensions = 256
	MostCodes      = 256 // groups, signature algorithms, versions, key shares
)

// The extensions that are looked into: IANA's "TLS ExtensionType Values".
const (
	extName        = 0
	extGroups      = 10
	extFormats     = 11
	extSignatures  = 13
	extProtocols   = 16
	extSCT         = 18
	extPadding     = 21
	extEncryptMAC  = 22
	extCompress    = 27
	extRecordLimit = 28
	extDelegated   = 34
	extTicket      = 35
	extPSK         = 41
	extEarly       = 42
	extVersions    = 43
	extCookie      = 44
	extPSKModes    = 45
	extShares      = 51
	extALPSOld     = 0x4469 // application settings, draft-vvv-tls-alps
	extALPS        = 0x44cd
	extECH         = 0xfe0d
)

// Flags are what a hello has, as bits.
type Flags uint16

// The flags.
const (
	Named     Flags = 1 << iota // a server name: the extension is there, whatever it holds
	Ticket                      // a session ticket of TLS 1.2 that is not empty
	Resumes                     // a pre-shared key of TLS 1.3
	EarlyData                   // wants to send before the handshake ends
	Encrypted                   // an encrypted hello, or what looks like one
	Padded
	Retried // a cookie, which a server asked for
	Greased // a reserved value of RFC 8701, in whatever list
)

// Hello is a ClientHello. Its slices point into the bytes that it was read from.
type Hello struct {
	Transport Transport
	Flags     Flags
	Version   uint16 // legacy_version; what the client can is in Versions, if that is not empty
	Message   []byte // the whole message, its header included
	Session   []byte // at most 32 bytes
	Ciphers   Codes  // in the client's order, as all that follows
	Extensions

	ServerName []byte // the host_name as it was sent: not checked, perhaps no name at all
	Protocols  Names  // ALPN
	Versions   Codes
	Groups     Codes
	Signatures Codes
	Formats    []byte // of points on curves
	shares     []byte
}

// Has says whether all flags are set.
func (f Flags) Has(all Flags) bool { return f&all == all }

// Codes is a list of 16-bit numbers as it lies on the wire.
type Codes []byte

// Len returns how many numbers there are.
func (c Codes) Len() int { return len(c) / 2 }

// At returns the number at i, from 0 to Len()-1.
func (c Codes) At(i int) uint16 { return uint16(c[2*i])<<8 | uint16(c[2*i+1]) }

// Has says whether the number is in the list.
func (c Codes) Has(code uint16) bool {
	for i := range c.Len() {
		if c.At(i) == code {
			return true
		}
	}
	return false
}

// All goes through the numbers.
func (c Codes) All() iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		for i := range c.Len() {
			if !yield(c.At(i)) {
				return
			}
		}
	}
}

// Names is a list of names with their lengths, as ALPN has it on the wire.
type Names []byte

// All goes through the names.
func (n Names) All() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for rest := n; len(rest) > 0; rest = rest[1+int(rest[0]):] {
			if !yield(rest[1 : 1+int(rest[0])]) {
				return
			}
		}
	}
}

// Extensions is the block of extensions as it lies on the wire.
type Extensions []byte

// All goes through the extensions: their types and what they hold.
func (e Extensions) All() iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for len(e) > 0 {
			size := 4 + int(e[2])<<8 + int(e[3])
			if !yield(uint16(e[0])<<8|uint16(e[1]), e[4:size]) {
				return
			}
			e = e[size:]
		}
	}
}

// Find returns what an extension holds; false where the hello does not have it.
func (e Extensions) Find(kind uint16) ([]byte, bool) {
	for k, body := range e.All() {
		if k == kind {
			return body, true
		}
	}
	return nil, false
}

// Shares goes through the groups for which a key share was sent.
func (h *Hello) Shares() iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		for rest := h.shares; len(rest) > 0; {
			if !yield(uint16(rest[0])<<8 | uint16(rest[1])) {
				return
			}
			rest = rest[4+int(rest[2])<<8+int(rest[3]):]
		}
	}
}

// Grease says whether a number is one of those that RFC 8701 reserves, so that whoever does not ignore
// what is unknown is found out: 0a0a, 1a1a … fafa.
func Grease(code uint16) bool { return code&0x0f0f == 0x0a0a && code>>8 == code&0xff }
