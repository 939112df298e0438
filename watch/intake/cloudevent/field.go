package cloudevent

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/instrument/webhook"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/internal/jsonpull"
)

// form is what a field may hold.
type form uint8

const (
	formID       form = iota // evenkeel.CheckID
	formText                 // text of field.least to field.longest bytes on one line
	formProse                // text of at most maxText bytes, lines and tabs allowed
	formWord                 // one of field.words
	formMoment               // RFC 3339, or a date: its first moment in UTC
	formDecimal              // "12.50", not negative, of at most maxDigits and maxDecimals
	formCurrency             // ISO 4217: three capital letters
	formCount                // a whole number from 0 up to field.most
	formAddress              // an IP address
	formSHA256               // 64 hexadecimal digits
	formContacts             // [{role, email, lang}]
)

const (
	maxText      = 4096
	maxName      = 1024 // what the inventory keeps of a machine's flavour, image and region
	maxDigits    = 12   // before the point: what the inventory counts
	maxDecimals  = 6    // after it
	maxContacts  = 32
	maxEndpoints = 4 // of them
)

// field is one field of an event type's data.
type field struct {
	name     string
	form     form
	required bool
	words    []string // of formWord
	least    int64    // of formCount; of formText in bytes
	most     int64    // the same; 0 in formText is maxText
	with     string   // the field that must be told where this one is; "" for none
}

// longest is how many bytes a text may have.
func (f *field) longest() int {
	if f.most > 0 {
		return int(f.most)
	}
	return maxText
}

// values are the fields of one event's data, in the order of its type's fields. A zero
// value was not told.
type values struct {
	fields   []field
	told     []bool
	texts    []string
	moments  []evenkeel.Moment
	counts   []int64
	contacts []evenkeel.Contact
	strange  int      // fields of the event that its type does not have
	named    []string // the first of them, as the event calls each, with the one that was probably meant
}

func newValues(fields []field) *values {
	n := len(fields)
	return &values{
		fields: fields, told: make([]bool, n), texts: make([]string, n),
		moments: make([]evenkeel.Moment, n), counts: make([]int64, n),
	}
}

func (v *values) index(name string) int {
	return slices.IndexFunc(v.fields, func(f field) bool { return f.name == name })
}

func (v *values) text(name string) string              { return v.texts[v.index(name)] }
func (v *values) count(name string) int64              { return v.counts[v.index(name)] }
func (v *values) moment(name string) evenkeel.Moment   { return v.moments[v.index(name)] }
func (v *values) tenant(name string) evenkeel.TenantID { return evenkeel.TenantID(v.text(name)) }
func (v *values) asset(name string) evenkeel.AssetID   { return evenkeel.AssetID(v.text(name)) }

// read reads an object into v. null is the same as absent.
func (v *values) read(r *jsonpull.Reader) error {
	if r.Peek() != '{' {
		r.Fail("expected an object")
	}
	if r.Object() {
		for r.More() {
			key := r.Key()
			i := v.index(key)
			if i < 0 {
				if r.Skip(); r.Err() == nil {
					v.stranger("", key)
				}
				continue
			}
			f := &v.fields[i]
			if r.Null() {
				continue
			}
			if v.told[i] {
				return evenkeel.Invalid("data.%s is given twice", f.name)
			}
			v.told[i] = true
			if err := v.readField(r, i, f); err != nil {
				return err
			}
			if r.Err() != nil {
				return fmt.Errorf("data.%s, which is to be %s: %w", f.name, f.expects(), r.Err())
			}
		}
	}
	if r.Err() != nil {
		return fmt.Errorf("data: %w", r.Err())
	}
	for i, f := range v.fields {
		if f.required && !v.told[i] {
			return evenkeel.Invalid("data.%s is missing; expected %s", f.name, f.expects())
		}
		if f.with == "" || !v.told[i] {
			continue
		}
		if other := v.index(f.with); !v.told[other] {
			return evenkeel.Invalid("data.%s is missing; expected %s, to go with data.%s", f.with, v.fields[other].expects(), f.name)
		}
	}
	return nil
}

// stranger notes a field that is not known. where is the path to its object: "" or
// "contacts.".
func (v *values) stranger(where, key string) {
	if v.strange++; len(v.named) == intake.MaxStrange {
		return
	}
	known := contactFields
	if where == "" {
		known = make([]string, len(v.fields))
		for i, f := range v.fields {
			known[i] = f.name
		}
	}
	near := strict.Nearest(key, known)
	if !isText(key, 60, "") || !utf8.ValidString(key) {
		key = fmt.Sprintf("%.60q", key)
	}
	name := where + strings.Clone(key)
	if near != "" {
		name += " (did you mean " + where + near + "?)"
	}
	if !slices.Contains(v.named, name) {
		v.named = append(v.named, name)
	}
}

// readField reads the value of a field. Damage of the JSON itself stays in r.
func (v *values) readField(r *jsonpull.Reader, i int, f *field) (err error) {
	switch f.form {
	case formCount:
		v.counts[i] = r.Int()
		if n := v.counts[i]; r.Err() == nil && (n < f.least || n > f.most) {
			return evenkeel.Invalid("data.%s is %d; expected %s", f.name, n, f.expects())
		}
		return nil
	case formContacts:
		v.contacts, err = v.readContacts(r)
		return err
	}
	text := r.String()
	if r.Err() != nil {
		return nil
	}
	wrong := func() error {
		return evenkeel.Invalid("data.%s is %.100q; expected %s", f.name, text, f.expects())
	}
	switch f.form {
	case formID:
		err = evenkeel.CheckID("data."+f.name, text)
	case formMoment:
		at, ok := parseMoment(text)
		if v.moments[i] = at; !ok {
			err = wrong()
		}
		return err
	case formAddress:
		a, parseErr := netip.ParseAddr(text)
		if parseErr != nil || a.Zone() != "" {
			return wrong()
		}
		text = a.Unmap().String()
	case formSHA256:
		text = strings.ToLower(text)
		fallthrough
	default:
		if !f.holds(text) {
			err = wrong()
		}
	}
	v.texts[i] = strings.Clone(text)
	return err
}

// holds says whether a text is what the field's form asks for.
func (f *field) holds(text string) bool {
	switch f.form {
	case formText:
		return len(text) >= int(f.least) && isText(text, f.longest(), "")
	case formProse:
		return isText(text, f.longest(), "\n\r\t")
	case formWord:
		return slices.Contains(f.words, text)
	case formDecimal:
		return isDecimal(text)
	case formCurrency:
		return len(text) == 3 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	case formSHA256:
		b, err := hex.DecodeString(text)
		return err == nil && len(b) == 32
	}
	return false
}

// expects says what a field should hold.
func (f *field) expects() string {
	switch f.form {
	case formID:
		return fmt.Sprintf("an id of 1 to %d bytes", evenkeel.MaxID)
	case formText:
		if f.least > 0 {
			return fmt.Sprintf("one line of %d to %d bytes", f.least, f.longest())
		}
		return fmt.Sprintf("one line of at most %d bytes", f.longest())
	case formProse:
		return fmt.Sprintf("a text of at most %d bytes", f.longest())
	case formWord:
		return "one of " + strings.Join(f.words, ", ")
	case formMoment:
		return "a time in RFC 3339 such as 2026-11-22T09:30:00Z, or a date, from 1971 to 2199"
	case formDecimal:
		return fmt.Sprintf(`a decimal as a string, such as "12.50", of at most %d digits before the point and %d after it`, maxDigits, maxDecimals)
	case formCurrency:
		return "a currency of ISO 4217, such as EUR"
	case formCount:
		return fmt.Sprintf("a whole number from %d to %d", f.least, f.most)
	case formAddress:
		return "an IP address"
	case formSHA256:
		return "a SHA-256 sum of 64 hexadecimal digits"
	}
	return "a list of contacts {role, email, lang}"
}

func isText(s string, most int, controls string) bool {
	return len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune(controls, r)
	})
}

// isDecimal says whether s is digits, perhaps with a point and more digits. Amounts have no
// sign: what kind of payment it is says the way.
func isDecimal(s string) bool {
	whole, rest, point := strings.Cut(s, ".")
	digits := func(s string, most int) bool {
		return s != "" && len(s) <= most && strings.Trim(s, "0123456789") == ""
	}
	return digits(whole, maxDigits) && (!point || digits(rest, maxDecimals))
}

// parseMoment reads RFC 3339 or a date.
func parseMoment(s string) (evenkeel.Moment, bool) {
	at, err := evenkeel.ParseMoment(s)
	if err != nil {
		day, err := time.Parse(time.DateOnly, s)
		if err != nil {
			return 0, false
		}
		at = evenkeel.MomentOf(day)
	}
	return at, intake.Sane(at)
}

var contactFields = []string{"role", "email", "lang", "endpoint"}

func (v *values) readContacts(r *jsonpull.Reader) (all []evenkeel.Contact, err error) {
	if !r.Array() {
		return nil, nil
	}
	endpoints := 0
	for r.More() {
		c := evenkeel.Contact{}
		if r.Object() {
			for r.More() {
				switch key := r.Key(); key {
				case "role":
					c.Role = strings.Clone(r.String())
				case "email":
					c.Email = strings.Clone(r.String())
				case "lang":
					c.Lang = strings.Clone(r.String())
				case "endpoint":
					c.Endpoint = strings.Clone(r.String())
				default:
					if r.Skip(); r.Err() == nil {
						v.stranger("contacts.", key)
					}
				}
			}
		}
		if r.Err() != nil {
			return nil, nil
		}
		if err := checkContact(c); err != nil {
			return nil, fmt.Errorf("data.contacts, number %d: %w", len(all)+1, err)
		}
		if all = append(all, c); len(all) > maxContacts {
			return nil, evenkeel.Invalid("data.contacts has more than %d", maxContacts)
		}
		if c.Endpoint != "" {
			endpoints++
		}
		if endpoints > maxEndpoints {
			return nil, evenkeel.Invalid("data.contacts has more than %d endpoints", maxEndpoints)
		}
	}
	return all, nil
}

// checkContact keeps out what could end up in a mail's header, and what is no endpoint.
func checkContact(c evenkeel.Contact) error {
	name, host, ok := strings.Cut(c.Email, "@")
	switch {
	case c.Role == "" || !isText(c.Role, 64, ""):
		return evenkeel.Invalid("role is %.100q; expected a word of at most 64 bytes", c.Role)
	case strings.Contains(c.Role, "@"): // a role is written where no address may be
		return evenkeel.Invalid("role is %.100q; expected what the contact is to the tenant, such as owner, and no address", c.Role)
	case c.Endpoint != "" && c.Email != "":
		return evenkeel.Invalid("it has an email and an endpoint; expected one of the two, and another contact for the other")
	case c.Endpoint != "":
		return checkEndpoint(c)
	case !ok || name == "" || host == "" || !isText(c.Email, 320, "") || strings.ContainsAny(c.Email, " <>,;\"") || strings.Contains(host, "@"):
		return evenkeel.Invalid("email is %.100q; expected one plain address", c.Email)
	}
	return checkLang(c.Lang)
}

func checkLang(lang string) error {
	if len(lang) > 35 || strings.Trim(strings.ToLower(lang), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return evenkeel.Invalid("lang is %.100q; expected a BCP 47 tag such as en or zh-Hans", lang)
	}
	return nil
}

func checkEndpoint(c evenkeel.Contact) error {
	if err := webhook.CheckAddress(c.Endpoint); err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "endpoint", Err: err}
	}
	return checkLang(c.Lang)
}
