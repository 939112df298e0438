package staff

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/evenkeel/evenkeel"
	"golang.org/x/crypto/argon2"
)

// cost is what one hash takes: memory in KiB, passes over it, lanes.
type cost struct {
	memory, passes uint32
	lanes          uint8
}

// owasp is what the OWASP Password Storage Cheat Sheet asks at least of Argon2id: 19 MiB, two
// passes, one lane (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html).
var owasp = cost{memory: 19 * 1024, passes: 2, lanes: 1}

// Salts have the 128 bits that RFC 9106, 3.1, recommends, and sums 256.
const (
	saltBytes = 16
	sumBytes  = 32
)

// phc is a hash with what it was made of, written as
//
//	$argon2id$v=19$m=19456,t=2,p=1$salt$sum
//
// by the PHC string format, salt and sum in base 64 without padding.
type phc struct {
	cost
	salt, sum []byte
}

// Bounds of what is read: a hash that somebody put into the file must not take the machine's
// memory.
const (
	maxPHC    = 256
	maxMemory = 64 * 1024 // KiB
	maxPasses = 16
	maxLanes  = 4
)

func (p phc) String() string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.passes, p.lanes, enc.EncodeToString(p.salt), enc.EncodeToString(p.sum))
}

// parsePHC reads what String writes, and nothing else.
func parsePHC(s string) (p phc, err error) {
	bad := evenkeel.Invalid("a password's hash is not of the form $argon2id$v=%d$m=…,t=…,p=…$salt$sum within bounds", argon2.Version)
	parts := strings.Split(s, "$")
	if len(s) > maxPHC || len(parts) != 6 {
		return phc{}, bad
	}
	costs := strings.Split(parts[3], ",")
	if len(costs) != 3 {
		return phc{}, bad
	}
	var numbers [3]uint64
	for i, key := range []string{"m=", "t=", "p="} {
		digits, found := strings.CutPrefix(costs[i], key)
		if numbers[i], err = strconv.ParseUint(digits, 10, 24); err != nil || !found {
			return phc{}, bad
		}
	}
	m, t, l := numbers[0], numbers[1], numbers[2]
	if l < 1 || l > maxLanes || t < 1 || t > maxPasses || m < 8*l || m > maxMemory {
		return phc{}, bad
	}
	p.cost = cost{memory: uint32(m), passes: uint32(t), lanes: uint8(l)}
	enc := base64.RawStdEncoding.Strict()
	salt, err1 := enc.DecodeString(parts[4])
	sum, err2 := enc.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(salt) > 64 || len(sum) < 16 || len(sum) > 64 {
		return phc{}, bad
	}
	if p.salt, p.sum = salt, sum; p.String() != s {
		return phc{}, bad
	}
	return p, nil
}

// hasher makes hashes, few at a time: each takes 19 MiB for some hundredths of a second.
type hasher struct {
	cost cost
	turn turn
	runs atomic.Uint64 // how many were made
}

func newHasher(c cost) *hasher { return &hasher{cost: c, turn: newTurn()} }

// hash makes a hash of a new password.
func (h *hasher) hash(ctx context.Context, password, salt []byte) (phc, error) {
	p := phc{cost: h.cost, salt: salt}
	done, err := h.turn.wait(ctx)
	if err != nil {
		return p, err
	}
	defer done()
	p.sum = h.sum(password, p, sumBytes)
	return p, nil
}

// fits says whether a password is the one of a hash, in constant time. Whoever calls it has a
// turn.
func (h *hasher) fits(password []byte, p phc) bool {
	return subtle.ConstantTimeCompare(h.sum(password, p, uint32(len(p.sum))), p.sum) == 1
}

func (h *hasher) sum(password []byte, p phc, n uint32) []byte {
	h.runs.Add(1)
	return argon2.IDKey(password, p.salt, p.passes, p.memory, p.lanes, n)
}
