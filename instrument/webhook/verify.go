package webhook

import (
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Tolerance is how far the time of a message may lie from now, before or behind: clocks
// differ, and a message that was caught on its way must not be of use for long.
const Tolerance = 5 * time.Minute

// Why a message is not believed.
var (
	// ErrUnsigned: a header is missing, there twice, or not in its form.
	ErrUnsigned = errors.New("the message is not signed")
	// ErrForged: no signature was made with one of the secrets, over this id, time and body.
	ErrForged = errors.New("no signature fits")
	// ErrExpired: rightly signed, longer ago than Tolerance.
	ErrExpired = errors.New("the message is too old")
	// ErrEarly: rightly signed, for a time further ahead than Tolerance.
	ErrEarly = errors.New("the message is from the future")
)

// The bounds of what is read of a signature header.
const (
	maxSignatures      = 16
	maxSignatureHeader = 4096
)

// Verify returns the id of a message, or why it is not believed: an error that is one of
// those above. The body has to be the bytes as they came. A message that came before is
// verified again: see Seen.
func (k Keys) Verify(h interface{ Values(name string) []string }, body []byte, now time.Time) (id string, err error) {
	id, err = single(h.Values(HeaderID), HeaderID)
	if err != nil {
		return "", err
	}
	if says := checkID(id); says != "" {
		return "", fmt.Errorf("%w: %s", ErrUnsigned, says)
	}
	stamp, err := single(h.Values(HeaderTimestamp), HeaderTimestamp)
	if err != nil {
		return "", err
	}
	at, err := readStamp(stamp)
	if err != nil {
		return "", err
	}
	list, err := single(h.Values(HeaderSignature), HeaderSignature)
	if err != nil {
		return "", err
	}
	macs, err := readSignatures(list)
	if err != nil {
		return "", err
	}
	if !k.fits(id, stamp, body, macs) {
		return "", ErrForged
	}
	switch ahead := at.Sub(now); {
	case ahead > Tolerance:
		return "", fmt.Errorf("%w: it was signed for %v from now; expected at most %v; compare the clocks", ErrEarly, ahead.Round(time.Second), Tolerance)
	case ahead < -Tolerance:
		return "", fmt.Errorf("%w: it was signed %v ago; expected at most %v; sign each attempt anew, and compare the clocks", ErrExpired, -ahead.Round(time.Second), Tolerance)
	}
	return id, nil
}

// fits compares every signature with every key, whatever was found before.
func (k Keys) fits(id, stamp string, body []byte, macs [][]byte) (found bool) {
	for _, s := range k {
		if s.key == nil {
			continue // an empty key would verify what anybody signs
		}
		want := s.mac(id, stamp, body)
		for _, m := range macs {
			found = hmac.Equal(want, m) || found
		}
	}
	return found
}

// single returns the one value of a header.
func single(values []string, name string) (string, error) {
	if len(values) != 1 || values[0] == "" {
		return "", fmt.Errorf("%w: %d values of the header %s; expected one", ErrUnsigned, len(values), name)
	}
	return values[0], nil
}

// readStamp reads whole seconds since 1970, in digits alone and without leading zeros.
func readStamp(s string) (time.Time, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || len(s) > 11 || n < 0 || strconv.FormatInt(n, 10) != s {
		return time.Time{}, fmt.Errorf("%w: the header %s is %q; expected seconds since 1970", ErrUnsigned, HeaderTimestamp, clip(s))
	}
	return time.Unix(n, 0), nil
}

// readSignatures returns the signatures of our version. Others are passed over: a sender may
// use several versions at once.
func readSignatures(list string) (macs [][]byte, err error) {
	if len(list) > maxSignatureHeader {
		return nil, fmt.Errorf("%w: the header %s has %d bytes; expected at most %d", ErrUnsigned, HeaderSignature, len(list), maxSignatureHeader)
	}
	parts := strings.Split(list, " ")
	if len(parts) > maxSignatures {
		return nil, fmt.Errorf("%w: there are %d signatures; expected at most %d", ErrUnsigned, len(parts), maxSignatures)
	}
	for _, p := range parts {
		text, ours := strings.CutPrefix(p, version)
		if !ours {
			continue
		}
		if m, err := base64.StdEncoding.Strict().DecodeString(text); err == nil {
			macs = append(macs, m)
		}
	}
	if len(macs) == 0 {
		return nil, fmt.Errorf(`%w: the header %s has no signature of the form "v1," and base64`, ErrUnsigned, HeaderSignature)
	}
	return macs, nil
}
