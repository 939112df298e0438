package staff

import (
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
	"golang.org/x/text/secure/precis"
)

// Passwords have 12 to 256 characters, and nothing else is asked of them: NIST SP 800-63B-4,
// 3.1.1.2, forbids rules of composition and wants at least 8 characters beside a second factor
// and at least 64 allowed.
const (
	MinPassword = 12
	MaxPassword = 256
	maxTyped    = 4 * MaxPassword // bytes
)

// fold returns a name as it is compared, by RFC 8265 (UsernameCaseMapped): in lower case and
// in one form of Unicode. Not every text can be a name.
func fold(name string) (string, bool) {
	if name == "" || len(name) > roll.MaxName {
		return "", false
	}
	folded, err := precis.UsernameCaseMapped.String(name)
	return folded, err == nil && len(folded) <= roll.MaxName
}

// checkAccountName returns a name folded, or what is wrong with it.
func checkAccountName(name string) (string, error) {
	folded, ok := fold(name)
	if !ok {
		return "", evenkeel.Invalid("enrol: the name is %.40q; expected 1 to %d bytes of letters, digits and signs, without spaces", name, roll.MaxName)
	}
	return folded, nil
}

// prepare returns a password as it is hashed, by RFC 8265 (OpaqueString): however the keyboard
// composes letters, the same password is the same bytes.
func prepare(password string) ([]byte, bool) {
	if len(password) > maxTyped {
		return nil, false
	}
	b, err := precis.OpaqueString.Bytes([]byte(password))
	return b, err == nil && utf8.RuneCount(b) <= MaxPassword
}

// checkPassword returns a new password as it is hashed, or what is wrong with it.
func checkPassword(folded, password string) ([]byte, error) {
	b, ok := prepare(password)
	n := utf8.RuneCount(b)
	if n == 0 {
		n = utf8.RuneCountInString(password)
	}
	switch {
	case n < MinPassword || n > MaxPassword:
		return nil, evenkeel.Invalid("enrol: the password has %d characters; expected %d to %d, any that you like", n, MinPassword, MaxPassword)
	case !ok:
		return nil, evenkeel.Invalid("enrol: the password has a character that keyboards do not make; expected letters, digits, signs and spaces")
	}
	if again, ok := fold(password); ok && again == folded {
		return nil, evenkeel.Invalid("enrol: the password is the name; expected another")
	}
	return b, nil
}
