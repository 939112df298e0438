package challenge

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A pass is 50 bytes, written as 67 characters:
//
//	version 1 | mark of the seed 1 | epoch, its lowest 8 bits 1 | nonce 12 | sealed 19 | tag 16
//
// Sealed with AES-256-GCM under the key of the epoch in which it was granted stand id 8, granted at 6 (ms since
// 1970), seconds that it lasts 3, form 1 and amount 1; authenticated beside it are the first three bytes, the domain
// and the client. The nonce follows from all of these under a key of its own, as in SIV (P. Rogaway, T. Shrimpton, 2006):
// two passes have the same nonce only where they are the same pass.
const (
	passHead   = 3
	passNonce  = 12
	passSealed = 19
	passTag    = 16
	passBytes  = passHead + passNonce + passSealed + passTag
	passSize   = 67
	passBound  = passHead + len(Domain{}) + 8

	passVersion = 0x21
)

// Jar is how the names of cookies begin.
type Jar string

// The jars. SecureJar's prefix makes browsers keep a cookie only if the site itself set it over TLS, for its own
// host and all paths, so that no neighbouring host puts one there (RFC 6265bis, section 4.1.3.2). PlainJar is
// for sites without TLS.
const (
	SecureJar Jar = "__Host-ek-"
	PlainJar  Jar = "ek-"
)

// The bounds of what Admit reads: bytes of all Cookie lines, and cookies of ours that are opened.
const (
	MaxCookies = 16 << 10
	MaxTried   = 8
)

// ErrNoPass says that a request brings no pass that counts.
var ErrNoPass = errors.New("the request brings no pass that counts here")

// Pass is what a visitor earned, and keeps as a cookie.
type Pass struct {
	ID    uint64 // of the challenge; whoever counts what comes with a pass counts by it
	Ask   Ask    // what was asked
	From  time.Time
	Until time.Time // from then on it does not count; at most MostPassFor after From

	value [passSize]byte
}

// Grant returns the pass for a ticket, in the scope that it was checked for, which lasts so long from now on, cut to whole seconds and to 1 second up to
// MostPassFor. Of one ticket at one time it is always the same.
func (k *Keys) Grant(t Ticket, long time.Duration, now time.Time) (Pass, error) {
	ms := now.UnixMilli()
	if err := t.Ask.check(); err != nil || t.ms == 0 || ms <= 0 || ms > latest {
		return Pass{}, errors.New("grant a pass: there is no ticket or no time; expected a ticket that Check gave")
	}
	long = min(max(long, time.Second), MostPassFor).Truncate(time.Second)
	p := Pass{ID: t.ID(), Ask: t.Ask, From: time.UnixMilli(ms).UTC()}
	p.Until = p.From.Add(long)

	c := k.chains[0]
	epoch := epochOf(ms, passEpoch)
	key := c.pass(epoch)
	var b [passBytes]byte
	b[0], b[1], b[2] = passVersion, c.seed.mark, byte(epoch)
	bound := boundOf(&b, t.scope)
	var open [passSealed]byte
	seconds := int64(long / time.Second)
	binary.BigEndian.PutUint64(open[6:], uint64(ms)) // its first two bytes are written over
	binary.BigEndian.PutUint64(open[:], p.ID)
	open[14], open[15], open[16] = byte(seconds>>16), byte(seconds>>8), byte(seconds)
	open[17], open[18] = byte(t.Ask.Form), t.Ask.Amount
	nonce := key.nonce.sum(append(bound[:], open[:]...))
	copy(b[passHead:], nonce[:passNonce])
	key.aead.Seal(b[passHead+passNonce:passHead+passNonce], b[passHead:passHead+passNonce], open[:], bound[:])
	encoding.Encode(p.value[:], b[:])
	return p, nil
}

// boundOf returns what is authenticated beside the pass.
func boundOf(b *[passBytes]byte, s Scope) (out [passBound]byte) {
	copy(out[:], b[:passHead])
	copy(out[passHead:], s.Domain[:])
	binary.BigEndian.PutUint64(out[passHead+len(s.Domain):], s.Client)
	return out
}

// SetCookie returns the line that makes a browser keep a pass that Grant made: the value of a Set-Cookie header. Each
// challenge has a name of its own, so that what is earned in one tab does not replace what another earned. It comes back with
// links from other sites, or who follows one would be asked anew; no script reads it.
func (j Jar) SetCookie(p *Pass) string {
	secure := "; Secure"
	if j != SecureJar {
		secure = ""
	}
	return fmt.Sprintf("%s%08x=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s", string(j), uint32(p.ID>>32), p.value[:],
		int64(p.Until.Sub(p.From)/time.Second), secure)
}

// Admit returns the pass of a request that came at the time now, from its Cookie lines. Several may be there; browsers send
// the oldest first, so it looks from the end, and opens at most MaxTried. Its only error is ErrNoPass.
func (k *Keys) Admit(j Jar, s Scope, lines []string, now time.Time) (Pass, error) {
	left, tried := MaxCookies, 0
	for i := len(lines) - 1; i >= 0; i-- {
		line := lines[i]
		if left -= len(line); left < 0 {
			break
		}
		for line != "" {
			var pair string
			if at := strings.LastIndexByte(line, ';'); at >= 0 {
				line, pair = line[:at], line[at+1:]
			} else {
				line, pair = "", line
			}
			value, ok := j.value(pair)
			if !ok {
				continue
			}
			if tried++; tried > MaxTried {
				return Pass{}, ErrNoPass
			}
			if p, ok := k.open(s, value, now); ok {
				return p, nil
			}
		}
	}
	return Pass{}, ErrNoPass
}

// value returns what stands behind the name of a cookie of the jar.
func (j Jar) value(pair string) (string, bool) {
	pair = strings.Trim(pair, " \t")
	if !strings.HasPrefix(pair, string(j)) || len(pair) != len(j)+8+1+passSize || pair[len(j)+8] != '=' {
		return "", false
	}
	return pair[len(j)+9:], true
}

// scratch holds what the cipher, behind an interface, would make the heap hold anew each time.
type scratch struct {
	text  [passSize]byte
	raw   [passBytes + 2]byte
	bound [passBound]byte
	open  [passSealed]byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// open returns the pass of a cookie's value.
func (k *Keys) open(s Scope, value string, now time.Time) (p Pass, ok bool) {
	x := scratches.Get().(*scratch)
	defer scratches.Put(x)
	copy(x.text[:], value)
	if n, err := encoding.Decode(x.raw[:], x.text[:]); err != nil || n != passBytes || x.raw[0] != passVersion {
		return Pass{}, false
	}
	epoch, ok := nearest(epochOf(now.UnixMilli(), passEpoch), x.raw[2])
	if !ok {
		return Pass{}, false
	}
	x.bound = boundOf((*[passBytes]byte)(x.raw[:]), s)
	for _, c := range k.chains {
		if c.seed.mark != x.raw[1] {
			continue
		}
		_, err := c.pass(epoch).aead.Open(x.open[:0], x.raw[passHead:passHead+passNonce], x.raw[passHead+passNonce:passBytes], x.bound[:])
		if err == nil {
			return readPass(x, epoch, now)
		}
	}
	return Pass{}, false
}

// readPass reads what was sealed.
func readPass(x *scratch, epoch int64, now time.Time) (Pass, bool) {
	o := &x.open
	ms := int64(binary.BigEndian.Uint64(o[6:]) & latest)
	seconds := int64(o[14])<<16 | int64(o[15])<<8 | int64(o[16])
	age := now.UnixMilli() - ms
	if epochOf(ms, passEpoch) != epoch || age < -Skew.Milliseconds() || age >= seconds*1000 {
		return Pass{}, false
	}
	from := time.UnixMilli(ms).UTC()
	return Pass{
		ID: binary.BigEndian.Uint64(o[:]), Ask: Ask{Form(o[17]), o[18]},
		From: from, Until: from.Add(time.Duration(seconds) * time.Second), value: x.text,
	}, true
}

// nearest returns the epoch beside now, or now, whose lowest bits these are.
func nearest(now int64, low byte) (int64, bool) {
	for _, e := range [...]int64{now, now - 1, now + 1} {
		if e >= 0 && byte(e) == low {
			return e, true
		}
	}
	return 0, false
}

// String says which pass it is, and not what opens anything.
func (p Pass) String() string {
	return p.Ask.Form.String() + " " + strconv.Itoa(int(p.Ask.Amount)) + " until " + p.Until.Format(time.RFC3339)
}
