package hello

// Family is a family of clients with one TLS library, set up in one way.
type Family uint8

// The families. Unknown is everything about which no fact is known here, also a browser that has
// changed since.
const (
	Unknown  Family = iota
	Chromium        // Chrome, Edge and others made of it
	Firefox         // with the Tor Browser
	Safari          // with whatever else uses the library of Apple's systems
	Go              // crypto/tls as it is set up by default
	OpenSSL         // curl, Python and many more
)

var families = [...]string{Unknown: "unknown", Chromium: "chromium", Firefox: "firefox", Safari: "safari", Go: "go", OpenSSL: "openssl"}

// String returns the family in a word.
func (f Family) String() string {
	if int(f) >= len(families) {
		return "invalid"
	}
	return families[f]
}

// Browser says whether the family is one of browsers.
func (f Family) Browser() bool { return f == Chromium || f == Firefox || f == Safari }

// What browsers offer, without reserved values, from their recorded hellos: curl-impersonate,
// tests/signatures, MIT licence: github.com/lwthiker/curl-impersonate at 822dbef (Chrome 98 to 110, Edge 98 and 101,
// Firefox 91 to 117, Safari 15.3) and github.com/lexiforest/curl-impersonate (Chrome 131 to 150, Safari 18 and 26, Tor Browser 14.5, which is
// Firefox 128), read in November 2026.
var (
	// Chromium's suites are the same in all of them.
	chromiumSuites = []uint16{
		0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
	}
	// Firefox begins with these; until version 91 one with 3DES stood at the end.
	firefoxSuites = []uint16{
		0x1301, 0x1303, 0x1302, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c, 0xc030, 0xc00a, 0xc009, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
	}
	// Safari has these behind its three suites of TLS 1.3, whose order has changed, and ends with 3DES.
	safariSuites = []uint16{0xc02c, 0xc02b, 0xcca9, 0xc030, 0xc02f, 0xcca8}
	safariLast   = []uint16{0xc008, 0xc012, 0x000a}

	// goSignatures is how Go's crypto/tls has begun its list since Go 1.13.
	goSignatures = []uint16{0x0804, 0x0403, 0x0807, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0503, 0x0603}
)

// Family says which family a hello over TCP is like. It is what a hello is like, and not who sent it:
// there are programs that copy a browser's byte by byte.
func (h *Hello) Family() Family {
	if h.Transport != TCP { // no facts about QUIC and DTLS are known here
		return Unknown
	}
	var buf [MostCiphers]uint16
	s := buf[:0]
	for i := range h.Ciphers.Len() {
		if code := h.Ciphers.At(i); !Grease(code) {
			s = append(s, code)
		}
	}
	greased := h.Ciphers.Len() > 0 && Grease(h.Ciphers.At(0)) && h.Groups.Len() > 0 && Grease(h.Groups.At(0))
	has := func(kind uint16) bool { _, ok := h.Find(kind); return ok }
	switch {
	case greased && len(s) == len(chromiumSuites) && begins(s, chromiumSuites) && has(extCompress) && has(extSCT):
		return Chromium
	case greased && len(s) >= 3+len(safariSuites)+len(safariLast) && begins(s[3:], safariSuites) &&
		begins(s[len(s)-len(safariLast):], safariLast) && has(extSCT):
		return Safari
	case h.Flags.Has(Greased):
		return Unknown
	case begins(s, firefoxSuites) && has(extRecordLimit) && has(extDelegated):
		return Firefox
	case begins(codes(h.Signatures, buf[:0]), goSignatures) && has(extSCT) && len(h.Formats) == 1 && !has(extEncryptMAC):
		return Go
	case has(extEncryptMAC) && len(h.Formats) == 3:
		return OpenSSL
	}
	return Unknown
}

// codes copies the first of a list.
func codes(c Codes, into []uint16) []uint16 {
	for i := range min(c.Len(), cap(into)) {
		into = append(into, c.At(i))
	}
	return into
}

func begins(s, with []uint16) bool {
	if len(s) < len(with) {
		return false
	}
	for i, code := range with {
		if s[i] != code {
			return false
		}
	}
	return true
}
