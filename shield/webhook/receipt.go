package webhook

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	signed "github.com/evenkeel/evenkeel/instrument/webhook"
)

// maxText bounds what a receiver says in words, in bytes.
const maxText = 2 << 10

// ParseReceipt reads what a receiver says of an order: a JSON object of texts, order and
// state, and as far as they apply effect, why and at (RFC 3339; else now is taken). Nothing
// is guessed: an unknown or repeated name, another type and a time that has not come are
// errors.
func ParseReceipt(body []byte, now evenkeel.Moment) (evenkeel.Receipt, error) {
	fields, err := readFields(body)
	if err != nil {
		return evenkeel.Receipt{}, err
	}
	r := evenkeel.Receipt{Order: evenkeel.OrderID(fields["order"]), Effect: fields["effect"], Why: fields["why"], At: now}
	if err := evenkeel.CheckID("order", fields["order"]); err != nil {
		return evenkeel.Receipt{}, err
	}
	if r.State, err = evenkeel.ParseReceiptState(fields["state"]); err != nil {
		return evenkeel.Receipt{}, err
	}
	for _, name := range []string{"effect", "why"} {
		if err := checkText(name, fields[name]); err != nil {
			return evenkeel.Receipt{}, err
		}
	}
	if r.State == evenkeel.ReceiptRefused && r.Why == "" {
		return evenkeel.Receipt{}, evenkeel.Invalid("the receipt refuses and does not say why")
	}
	if at, said := fields["at"]; said {
		if r.At, err = readAt(at, now); err != nil {
			return evenkeel.Receipt{}, err
		}
	}
	return r, nil
}

// receiptNames are the names that a receipt may have.
const receiptNames = "order, state, effect, why, at"

// readFields reads an object of texts with those names, each at most once.
func readFields(body []byte) (map[string]string, error) {
	if !utf8.Valid(body) {
		return nil, evenkeel.Invalid("the receipt is not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, evenkeel.Invalid("the receipt is no JSON object; expected one with %s", receiptNames)
	}
	fields := map[string]string{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, evenkeel.Invalid("the receipt is not JSON: %v", err)
		}
		name, _ := key.(string)
		if name == "" || strings.Contains(name, ",") || !strings.Contains(", "+receiptNames+",", ", "+name+",") {
			return nil, evenkeel.Invalid("the receipt has the name %.40q; expected %s", name, receiptNames)
		}
		if _, twice := fields[name]; twice {
			return nil, evenkeel.Invalid("the receipt has %s twice", name)
		}
		value, err := d.Token()
		if err != nil {
			return nil, evenkeel.Invalid("the receipt is not JSON: %v", err)
		}
		text, ok := value.(string)
		if !ok {
			return nil, evenkeel.Invalid("%s of the receipt is no text", name)
		}
		fields[name] = text
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return nil, evenkeel.Invalid("the receipt is cut off")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, evenkeel.Invalid("there is something behind the receipt")
	}
	return fields, nil
}

// checkText refuses what could not be shown to a person in one line.
func checkText(name, s string) error {
	if len(s) > maxText {
		return evenkeel.Invalid("%s of the receipt has %d bytes; expected at most %d", name, len(s), maxText)
	}
	if i := strings.IndexFunc(s, unicode.IsControl); i >= 0 {
		return evenkeel.Invalid("%s of the receipt has a control character", name)
	}
	return nil
}

// readAt reads when something was done: within the last month, and not ahead of now by more
// than clocks may differ.
func readAt(s string, now evenkeel.Moment) (evenkeel.Moment, error) {
	const oldest = 31 * 24 * time.Hour
	at, err := evenkeel.ParseMoment(s)
	switch {
	case err != nil:
		return 0, err
	case at > now.Add(signed.Tolerance):
		return 0, evenkeel.Invalid("the receipt is about %v, which has not come; compare the clocks", at)
	case at < now.Add(-oldest):
		return 0, evenkeel.Invalid("the receipt is about %v, more than %d days ago", at, oldest/(24*time.Hour))
	}
	return at, nil
}
