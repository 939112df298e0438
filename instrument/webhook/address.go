package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"
)

// MaxAddress is the longest address that somebody else may name, in bytes.
const MaxAddress = 1024

// CheckAddress says what is wrong with an address that messages go to because somebody else named it, or nil:
// it is https://host/path, without a user and without a fragment, in visible ASCII. Which networks its host
// may be in is for whoever dials. The error does not quote it, since a path may hold a token.
func CheckAddress(s string) error {
	if len(s) > MaxAddress {
		return fmt.Errorf("an address of %d bytes; expected at most %d", len(s), MaxAddress)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) {
		return fmt.Errorf("an address with a space, a backslash or a letter beyond ASCII; expected https://host/path, names as xn--… and the rest as %%XX")
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Opaque != "":
		return fmt.Errorf("it is no address; expected https://host/path")
	case u.Scheme != "https":
		return fmt.Errorf("an address that begins with %q; expected https://", clip(u.Scheme))
	case u.Hostname() == "":
		return fmt.Errorf("an address that names no host; expected https://host/path")
	case u.User != nil:
		return fmt.Errorf("an address that holds a user; expected none, because the signature says who sends")
	case strings.Contains(s, "#"):
		return fmt.Errorf("an address that holds a fragment; expected none, because it is never sent")
	}
	return nil
}

// For returns keys of their own for whom the parts name, in the same order: whoever is told theirs can verify
// what was signed with them, and learns nothing of these or of another's. The same parts give the same keys.
func (k Keys) For(parts ...string) Keys {
	out := make(Keys, len(k))
	for i, s := range k {
		m := hmac.New(sha256.New, s.bytes())
		for _, p := range append([]string{"evenkeel webhook key 1"}, parts...) {
			_, _ = fmt.Fprintf(m, "%d\n%s\n", len(p), p) // a hash takes everything
		}
		own := m.Sum(nil)
		out[i] = Secret{func() []byte { return own }}
		if s.key == nil {
			out[i] = Secret{} // Sign refuses it
		}
	}
	return out
}
