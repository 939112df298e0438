package letter

import (
	"strings"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
)

// Header reads the fields of a header; names in any case.
type Header struct{ fields *message.Header }

// Get returns a field decoded and on one line, or "".
func (h Header) Get(name string) string {
	if h.fields == nil {
		return ""
	}
	s, err := h.fields.Text(name)
	if err != nil {
		s = h.fields.Get(name)
	}
	return strings.Join(strings.Fields(s), " ")
}

// Raw returns a field as it stands, or "".
func (h Header) Raw(name string) string {
	if h.fields == nil {
		return ""
	}
	return h.fields.Get(name)
}

// All returns the values of a field that may be there several times, the topmost first.
func (h Header) All(name string) (all []string) {
	if h.fields != nil {
		for f := h.fields.FieldsByKey(name); f.Next(); {
			all = append(all, strings.Join(strings.Fields(f.Value()), " "))
		}
	}
	return all
}

// Has says whether the field is there.
func (h Header) Has(name string) bool { return h.fields != nil && h.fields.Has(name) }

// Address is somebody's, with the name beside it.
type Address struct{ Name, Mail string }

// Addresses returns those of a field, such as From; none where it cannot be read. The field is parsed as
// it stands and its names are decoded after that, so an encoded name adds no address.
func (h Header) Addresses(name string) (all []Address) {
	list, err := mail.ParseAddressList(h.Raw(name))
	if err != nil {
		return nil
	}
	for _, a := range list {
		all = append(all, Address{a.Name, a.Address})
	}
	return all
}
