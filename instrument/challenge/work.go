package challenge

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"strconv"
)

// MaxNonce is the longest nonce in characters.
const MaxNonce = 32

// isNonce says whether a text may be a nonce: 1 to MaxNonce letters, digits, full stops, hyphens and
// underscores. It is not a number: 1, 1.0 and 01 are three nonces.
func isNonce(s string) bool {
	if s == "" || len(s) > MaxNonce {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// solves says whether SHA-256 of the token's characters and the nonce's behind them begins with so
// many zero bits (C. Dwork, M. Naor, CRYPTO '92; A. Back, "Hashcash", 2002). The token has always the
// same length, so where the nonce begins is no question.
func solves(token, nonce string, zeros uint8) bool {
	var b [TokenSize + MaxNonce]byte
	n := copy(b[:], token)
	n += copy(b[n:], nonce)
	return zerosOf(b[:n]) >= int(zeros)
}

// zerosOf counts the zero bits that a hash begins with, up to 64.
func zerosOf(b []byte) int {
	sum := sha256.Sum256(b)
	return bits.LeadingZeros64(binary.BigEndian.Uint64(sum[:]))
}

// Solve looks for a nonce among the whole numbers from one on, as many as tries says. It is what a
// page's script does, for clients that have none and for tests.
func Solve(token string, zeros uint8, from, tries uint64) (nonce string, found bool) {
	if len(token) != TokenSize {
		return "", false
	}
	b := make([]byte, 0, TokenSize+MaxNonce)
	b = append(b, token...)
	for i := from; i-from < tries; i++ {
		b = strconv.AppendUint(b[:TokenSize], i, 10)
		if zerosOf(b) >= int(zeros) {
			return string(b[TokenSize:]), true
		}
	}
	return "", false
}
