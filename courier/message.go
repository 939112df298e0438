package courier

import (
	"cmp"

	"github.com/evenkeel/evenkeel"
)

// Recipient is one contact of a tenant.
type Recipient struct {
	Role  string // who it is to the tenant; in links and deliveries, where no address may be
	Mark  string // stands for the address in what is written of this notice; "" before Deliver sets it
	Email string // "" where none is known
	Lang  string // BCP 47; English where we do not speak it
	// Endpoint is where a machine of the tenant's is posted to, in the place of Email.
	Endpoint string
}

// address is what a recipient is known by.
func (r *Recipient) address() string { return cmp.Or(r.Endpoint, r.Email) }

// Links are what a recipient can open. Neither changes anything when it is opened.
type Links struct {
	Speak string // to read, and to answer
	Show  string // to read; can be passed on
}

// Letterhead is who writes.
type Letterhead struct {
	Operator string // the name that a tenant knows
	Domain   string // of Message-IDs; as long as it stays the same, a case stays one thread
	ReplyTo  string // an address that people read, or ""
	Lang     string // of the sentences in rules and policies; English
	// OnPaper says that nobody carries out what is decided: nothing of the tenant's is limited by it.
	OnPaper bool
	// Ways are those to the data of the tenant who is told, as they are when the letter is written.
	Ways Ways
	// Reported is what others reported of the assets of the notice, the newest first: never who did.
	Reported []Reported
}

// Reported is one report of others.
type Reported struct {
	Asset evenkeel.AssetID
	Class string          // category/type of XARF v4
	At    evenkeel.Moment // when that was so, as they say
}

// Ways are the ways to a tenant's data, by what was shown last and not by what is declared. Zero: nothing
// was shown, and nothing that stands closes one.
type Ways struct {
	Open  []string        // console, export, backup, rescue: those that were shown to be open
	Shown evenkeel.Moment // when; 0: never
	// Unsure says that it has to be shown and is not: a person is called to look.
	Unsure bool
	// Withheld says that a lawful order withholds the data: no way is named, nor that one is open.
	Withheld bool
}

// check says what is missing, or nil.
func (h *Letterhead) check() error {
	switch {
	case clean(h.Operator) == "":
		return evenkeel.Invalid("a letterhead without the operator's name")
	case !domainLike(h.Domain):
		return evenkeel.Invalid("a letterhead of domain %q; expected one such as abuse.example.com", h.Domain)
	}
	return nil
}

// domainLike takes letters, digits, hyphens and full stops, and nothing that could end a
// header or an address.
func domainLike(s string) bool {
	if s == "" || len(s) > 253 || s[0] == '.' || s[len(s)-1] == '.' {
		return false
	}
	for _, r := range s {
		if r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}

// Field is one header of a message. Its value has no line break.
type Field struct{ Name, Value string }

// Message is a notice in words, complete in each of its two forms.
type Message struct {
	ID      string // the Message-ID without its brackets: the same whenever this notice is rendered
	Lang    string // of the words, BCP 47
	Subject string
	Text    string
	HTML    string
	Header  []Field // what goes with it, subject and addresses apart
	// Attached goes with the text in the place of HTML. Notices have none.
	Attached []Attachment
}

// Attachment is a file that goes with a message.
type Attachment struct {
	Name string // of a-z, digits, hyphens and full stops
	Type string // such as application/json
	Body []byte
}
