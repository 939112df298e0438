package learning

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Canary says whether a rule that is on trial for a share of the tenants is live for one. The
// same tenant is always in or out for a rule, and in for every larger share.
func Canary(rule string, t evenkeel.TenantID, share Permille) bool {
	return lot("evenkeel canary 1", rule, string(t)) < uint64(max(share, 0))
}

// Audited says whether a case that nobody appealed is drawn for a review all the same. The nonce
// is drawn before and written down, so that nobody can choose which cases are looked at, and
// everybody can count again.
func Audited(c evenkeel.CaseID, nonce string, share Permille) bool {
	return lot("evenkeel audit 1", string(c), nonce) < uint64(max(share, 0))
}

// lot draws from 0 to 999. Of 2^64 values, 616 more fall on some numbers than on others, which
// nobody can notice.
func lot(parts ...string) uint64 { return drawn(parts) % 1000 }

// falls draws a lot that falls so many times of so many (of is at least 1, at most 2^32).
func falls(times, of uint64, parts ...string) bool {
	n, _ := bits.Mul64(drawn(parts), of) // from 0 to of - 1
	return n < times
}

func drawn(parts []string) uint64 {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return binary.BigEndian.Uint64(sum[:8])
}
