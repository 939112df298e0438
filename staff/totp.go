package staff

import (
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// Codes follow RFC 6238 with what every authenticator understands: SHA-1, six digits, steps of
// 30 seconds. A seed has 160 bits, as RFC 4226, 4, recommends.
const (
	seedBytes  = 20
	codeDigits = 6
	stepFor    = 30 * time.Second
	drift      = 1 // steps that a clock may be off, to either side (RFC 6238, 5.2)
)

var seedText = base32.StdEncoding.WithPadding(base32.NoPadding)

// stepAt returns the step of a moment.
func stepAt(t time.Time) int64 { return t.Unix() / int64(stepFor/time.Second) }

// codeOf returns the code of a step.
func codeOf(seed roll.Secret, step int64, digits otp.Digits) (string, error) {
	return hotp.GenerateCodeCustom(seedText.EncodeToString(seed), uint64(step), hotp.ValidateOpts{Digits: digits, Algorithm: otp.AlgorithmSHA1})
}

// matches finds the step around a moment whose code was typed and that is after the last one
// used. It does the same work whatever was typed.
func matches(seed roll.Secret, typed string, at time.Time, last int64) (step int64, fits bool) {
	typed = strings.ReplaceAll(typed, " ", "") // authenticators show it in two groups
	now := stepAt(at)
	for s := now - drift; s <= now+drift; s++ {
		code, err := codeOf(seed, s, codeDigits)
		equal := subtle.ConstantTimeCompare([]byte(code), []byte(typed)) == 1
		if err == nil && equal && s > last {
			step, fits = s, true
		}
	}
	return step, fits
}

// offer writes a seed as authenticators read it: the form of Google's Key URI.
func offer(issuer, name string, seed roll.Secret) (Offer, error) {
	if len(issuer)+len(name) > 2*roll.MaxName {
		return Offer{}, evenkeel.Invalid("issuer and name of a second factor have %d bytes; expected at most %d", len(issuer)+len(name), 2*roll.MaxName)
	}
	text := seedText.EncodeToString(seed)
	// A colon parts issuer and name, so neither may have one. Spaces are %20: some
	// authenticators show a plus sign as it is.
	clean := strings.NewReplacer(":", " ").Replace
	u := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/" + clean(issuer) + ":" + clean(name),
		RawQuery: "secret=" + text + "&issuer=" + url.PathEscape(clean(issuer)) + "&algorithm=SHA1&digits=6&period=30",
	}
	var groups []string
	for len(text) > 4 {
		groups, text = append(groups, text[:4]), text[4:]
	}
	return Offer{URI: u.String(), Secret: strings.Join(append(groups, text), " ")}, nil
}
