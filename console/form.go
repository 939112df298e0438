package console

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
)

const (
	maxFields = 300     // of a form
	maxText   = 8 << 10 // bytes of a value that is taken in; longer ones are read, so that they can be shown again
)

// form is what a browser sent. A name that is there twice has no value.
type form map[string]string

// readForm reads a form. KindInvalid where it is none, or has a value that nobody can have typed.
func readForm(body io.Reader) (form, error) {
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	if strings.Count(string(raw), "&") >= maxFields {
		return nil, evenkeel.Invalid("the form has more than %d fields", maxFields)
	}
	values, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, evenkeel.Invalid("the form cannot be read; expected names and values, percent-encoded")
	}
	f := form{}
	for name, v := range values {
		if len(v) != 1 {
			return nil, evenkeel.Invalid("the form has %.60q %d times; expected it once", name, len(v))
		}
		text := strings.ReplaceAll(strings.ReplaceAll(v[0], "\r\n", "\n"), "\r", "\n")
		if !utf8.ValidString(text) || strings.ContainsFunc(text, forbidden) {
			return nil, evenkeel.Invalid("%.60q has characters that are no text", name)
		}
		f[name] = text
	}
	return f, nil
}

func forbidden(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// sum is a digest of what a form says on a page, whatever stood there by then.
func (f form) sum(page string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q", page)
	for _, name := range slices.Sorted(maps.Keys(f)) {
		switch name {
		case "nonce", "seen", "terms":
		default:
			fmt.Fprintf(h, "%q=%q", name, f.text(name))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// fits says which of some values is longer than what is taken in, or nil.
func (f form) fits(names ...string) error {
	for _, name := range names {
		if n := len(f[name]); n > maxText {
			return evenkeel.Invalid("the %s has %d bytes; expected at most %d", name, n, maxText)
		}
	}
	return nil
}

// line is a value on one line, without blanks around it.
func (f form) line(name string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(f[name], "\n", " ")), " ")
}

// text is a value of several lines, without blanks around it.
func (f form) text(name string) string { return strings.TrimSpace(f[name]) }

// secret is a value as it was typed.
func (f form) secret(name string) string { return f[name] }
