package inbox

import (
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/automatic"
	"github.com/evenkeel/evenkeel/instrument/letter"
)

// Limits bound what one mail may cost. The zero value of a field stands for its default.
type Limits struct {
	Bytes  int // of the whole mail, as it came; 10 MiB
	Header int // bytes of its header; 256 KiB
	Parts  int // 100
	Depth  int // of parts in parts; 8
	Text   int // bytes of the text that is kept of it; 128 KiB
}

func (l Limits) filled() Limits {
	for _, f := range []struct {
		at   *int
		most int
	}{{&l.Bytes, 10 << 20}, {&l.Header, 256 << 10}, {&l.Parts, 100}, {&l.Depth, 8}, {&l.Text, 128 << 10}} {
		if *f.at <= 0 {
			*f.at = f.most
		}
	}
	return l
}

// Mail is what was read of one.
type Mail struct {
	ID      string   // its Message-ID without brackets, or ""
	From    string   // the first address of From, or of Sender; "" where there is none
	Subject string   // in one line
	About   []string // Message-IDs that it answers: those of In-Reply-To, then of References, the newest first
	// Whole is its text, with what it quotes; Words are what is new in it. Both are UTF-8 without
	// controls, with \n at the ends of lines.
	Whole, Words string
	Quoted       bool // Words leaves a quotation out
	Cut          bool // Whole ends before the text does
	Files        int  // parts beside the text: attachments, pictures
	// Automatic is why it counts as written by no person, or "".
	Automatic string
	// Replied is why it counts as the answer of a machine, or "". Passed says that it is Automatic by
	// no more than the marks of a list.
	Replied  string
	Passed   bool
	Returned *Returned // it says what became of another mail; nil: it does not
	Report   bool      // it is an abuse report in a form that programs read
	// Unread is why no more than its header was read, or "". Words then say that.
	Unread string

	header letter.Header
	cut    bool   // what came of it is not the whole mail
	lies   string // where the whole is then, in a sentence
}

// unreadWords stand for those of a mail that is not read.
const unreadWords = "(A mail that is too large to be read here.)"

// Read takes a mail apart. It does no I/O and executes nothing. KindInvalid where it is too large,
// has too many parts, lies too deep or is no mail. Encodings and charsets that are broken or not
// known make odd letters, and no error.
func Read(raw []byte, l Limits) (Mail, error) {
	m, why := read(raw, l)
	if why != "" {
		return Mail{}, unreadable(why)
	}
	return m, nil
}

// read is Read, which says why not.
func read(raw []byte, l Limits) (m Mail, why string) {
	l = l.filled()
	o, err := letter.Open(raw, l.opened())
	if err != nil {
		return Mail{}, err.Error()
	}
	m = headed(o)
	p := parts{limits: l, mail: &m}
	p.take(o)
	p.close()
	return m, ""
}

// headed is what the header of a mail says.
func headed(o *letter.Letter) Mail {
	h := o.Header
	return Mail{
		ID: firstID(h.Raw("Message-Id")), From: sender(h), Subject: oneLine(h.Get("Subject")),
		About: about(h), Automatic: automatic.Written(h), Replied: automatic.Replied(h), Passed: automatic.Passed(h), header: h,
		Report: h.Has("X-Xarf") || strings.EqualFold(h.Get("X-Arf"), "yes"),
	}
}

// readHead reads the header alone of a mail that is not read for a reason, and returns its lines. The mail may
// end anywhere behind it. *letter.Refused where not even that can be read.
func readHead(raw []byte, l Limits, why string) (m Mail, head []byte, err error) {
	l = l.filled()
	o, head, err := letter.Head(raw, l.opened())
	if err != nil {
		return Mail{}, nil, err
	}
	m = headed(o)
	p := parts{limits: l, mail: &m}
	p.take(o)
	m.Unread, m.Words = why, unreadWords
	if m.Subject != "" {
		m.Words += "\nIts subject: " + m.Subject
	}
	return m, head, nil
}

func tooLarge(most int) string { return fmt.Sprintf("it has more than %d bytes", most) }

// unreadable is why a mail is not taken.
func unreadable(why string) *evenkeel.Error {
	return &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: "read a mail: " + why + "; expected a mail of words",
		Hint: "where a tenant wrote it, act on its case in the console, or ask it for a shorter one",
	}
}

// sender is whom a mail says that it is from. It proves nothing.
func sender(h letter.Header) string {
	for _, name := range []string{"From", "Sender"} {
		if all := h.Addresses(name); len(all) > 0 && len(all[0].Mail) <= 320 {
			return all[0].Mail
		}
	}
	return ""
}
