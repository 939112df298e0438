package hello

import "errors"

// What reading ends with, besides a hello. What was wrong with a malformed one is in the
// text of the error, which wraps ErrMalformed.
var (
	ErrMore      = errors.New("the hello goes on: more bytes are wanted")
	ErrNotTLS    = errors.New("not TLS: expected a record that begins with 16 03")
	ErrHTTP      = errors.New("plain HTTP where TLS is spoken: expected a record that begins with 16 03")
	ErrSSLv2     = errors.New("a hello in the form of SSL 2, which RFC 6176 forbids: expected a record that begins with 16 03")
	ErrNotHello  = errors.New("TLS, but no ClientHello stands first")
	ErrTooLong   = errors.New("a hello beyond what is read: expected at most 65,536 bytes in 1,024 records")
	ErrTooMany   = errors.New("a list beyond what is read: expected at most 512 cipher suites, 256 extensions and 256 of anything else")
	ErrMalformed = errors.New("malformed hello")
)

// fault is a way to be malformed. Each is made once, so that a flood of them allocates nothing.
type fault struct {
	kind error
	text string
}

func (f *fault) Error() string { return f.text }
func (f *fault) Unwrap() error { return f.kind }

func malformed(says string) error { return &fault{ErrMalformed, ErrMalformed.Error() + ": " + says} }

var (
	errRecordVersion = malformed("a record of an unknown version; expected 03 00 to 03 04")
	errRecordLength  = malformed("a record without content or longer than the 16,384 bytes of RFC 8446, section 5.1")
	errBehind        = malformed("the record goes on behind the hello")
	errMessage       = malformed("the message is shorter or longer than it says")
	errSession       = malformed("the session id is longer than 32 bytes or than the message")
	errCookie        = malformed("the cookie of DTLS is longer than the message")
	errCiphers       = malformed("the list of cipher suites is empty, of an odd length or longer than the message")
	errCompression   = malformed("the compression methods are none or longer than the message")
	errExtensions    = malformed("the extensions are shorter or longer than they say")
	errTwice         = malformed("an extension stands twice, which RFC 8446, section 4.2, forbids")
	errLast          = malformed("something stands behind the pre-shared key, which RFC 8446, section 4.2.11, wants last")
	errName          = malformed("the server name has lengths that contradict each other")
	errProtocols     = malformed("the list of protocols (ALPN) has lengths that contradict each other, or an empty name")
	errVersions      = malformed("the list of versions has lengths that contradict each other")
	errGroups        = malformed("the list of groups has lengths that contradict each other")
	errSignatures    = malformed("the list of signature algorithms has lengths that contradict each other")
	errShares        = malformed("the key shares have lengths that contradict each other")
	errFormats       = malformed("the point formats have lengths that contradict each other")
	errFragment      = malformed("a fragment of DTLS contradicts those before it or its record")
)
