package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The headers of a message.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// version begins a signature by HMAC-SHA256.
const version = "v1,"

// MaxID is the longest id of a message in bytes.
const MaxID = 256

// Sign sets the headers of a message. The id stays the same however often the message is
// sent: it is what the receiver knows a repeat by. The time is that of this attempt; it is
// signed in whole seconds.
func (k Keys) Sign(h interface{ Set(name, value string) }, id string, at time.Time, body []byte) error {
	if len(k) == 0 || len(k) > MaxKeys {
		return fmt.Errorf("sign message %q: there are %d secrets; expected 1 to %d", clip(id), len(k), MaxKeys)
	}
	if says := checkID(id); says != "" {
		return fmt.Errorf("sign message: %s", says)
	}
	if at.Unix() < 0 {
		return fmt.Errorf("sign message %q: its time is before 1970", id)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	var list strings.Builder
	for i, s := range k {
		if s.key == nil {
			return fmt.Errorf("sign message %q: secret %d of %d is empty", id, i+1, len(k))
		}
		if i > 0 {
			list.WriteByte(' ')
		}
		list.WriteString(version)
		list.WriteString(base64.StdEncoding.EncodeToString(s.mac(id, stamp, body)))
	}
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, stamp)
	h.Set(HeaderSignature, list.String())
	return nil
}

// mac is the HMAC-SHA256 over what is signed.
func (s Secret) mac(id, stamp string, body []byte) []byte {
	m := hmac.New(sha256.New, s.bytes())
	m.Write([]byte(id + "." + stamp + "."))
	m.Write(body)
	return m.Sum(nil)
}

// checkID says what is wrong with an id, or "". A full stop in it could move bytes between
// the id, the time and the body without changing what is signed.
func checkID(id string) string {
	if id == "" || len(id) > MaxID {
		return fmt.Sprintf("its id has %d bytes; expected 1 to %d", len(id), MaxID)
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c > '~' || c == '.' {
			return fmt.Sprintf("its id %q has %q; expected visible ASCII without full stops", clip(id), c)
		}
	}
	return ""
}

// clip cuts what came from outside to what fits into an error.
func clip(s string) string {
	if len(s) <= 64 {
		return s
	}
	return s[:64] + "…"
}
