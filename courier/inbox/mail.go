package inbox

import (
	"bytes"
	"fmt"
	"mime"
	netmail "net/mail"
	"strings"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/charset"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/automatic"
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
	Returned  *Returned // it says what became of another mail; nil: it does not
	Report    bool      // it is an abuse report in a form that programs read
	// Verified are the Authentication-Results of its header, the topmost first, as they stand.
	Verified []string
}

// Read takes a mail apart. It does no I/O and executes nothing. KindInvalid where it is too large,
// has too many parts, lies too deep or is no mail. Encodings and charsets that are broken or not
// known make odd letters, and no error.
func Read(raw []byte, l Limits) (Mail, error) {
	l = l.filled()
	if len(raw) > l.Bytes {
		return Mail{}, tooLarge(l.Bytes)
	}
	e, err := message.ReadWithOptions(bytes.NewReader(raw), &message.ReadOptions{MaxHeaderBytes: int64(l.Header)})
	if e == nil {
		return Mail{}, unreadable(fmt.Sprintf("its header cannot be read, or has more than %d bytes", l.Header), err)
	}
	m := Mail{
		ID: firstID(e.Header.Get("Message-Id")), From: sender(&e.Header), Subject: oneLine(decoded(e.Header.Get("Subject"))),
		About: about(&e.Header), Automatic: automatic.Written(&e.Header), Verified: verified(&e.Header),
	}
	p := parts{limits: l, mail: &m}
	if err := p.walk(e, 0); err != nil {
		return Mail{}, err
	}
	p.close()
	m.Report = m.Report || e.Header.Has("X-Xarf") || strings.EqualFold(e.Header.Get("X-Arf"), "yes") || strings.EqualFold(e.Header.Get("X-Xarf"), "plain")
	return m, nil
}

func tooLarge(most int) error {
	return unreadable(fmt.Sprintf("it has more than %d bytes", most), nil)
}

// unreadable is why a mail is not taken. The cause may quote the mail, so only its presence counts.
func unreadable(why string, cause error) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: "read a mail: " + why + "; expected a mail of words", Err: cause,
		Hint: "the sender is told; nothing is to be done, unless a tenant says that its answer was refused",
	}
}

// words decodes what a header encodes (RFC 2047).
var wordsOf = mime.WordDecoder{CharsetReader: charset.Reader}

func decoded(s string) string {
	if d, err := wordsOf.DecodeHeader(s); err == nil {
		return d
	}
	return s
}

// sender is whom a mail says that it is from. It proves nothing.
func sender(h *message.Header) string {
	for _, name := range []string{"From", "Sender"} {
		p := netmail.AddressParser{WordDecoder: &wordsOf}
		if list, err := p.ParseList(h.Get(name)); err == nil && len(list) > 0 && len(list[0].Address) <= 320 {
			return list[0].Address
		}
	}
	return ""
}
