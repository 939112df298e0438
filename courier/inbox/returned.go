package inbox

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"github.com/emersion/go-message/textproto"
)

// Returned is what a server says became of a mail of ours (RFC 3464).
type Returned struct {
	Original   string // the Message-ID of the mail that it speaks of, or ""
	Recipients []Fate // at most mostFates
}

// Fate is what became of a mail for one recipient.
type Fate struct {
	To     string // the address, as we wrote it where that is told
	Action string // failed, delayed, delivered, relayed, expanded
	Status string // such as 5.1.1 (RFC 3463), or ""
	Says   string // what the server said, in one line
}

// mostFates bounds the recipients that are read of one report; our mails have one each.
const mostFates = 16

// Final says whether the recipient does not get the mail, however long one waits. The action decides,
// where there is one: a server that gives up after days says failed with the last passing status,
// 4.X.X. Without one, the class of the status does.
func (f *Fate) Final() bool {
	switch f.Action {
	case "failed":
		return true
	case "":
		return strings.HasPrefix(f.Status, "5.")
	}
	return false
}

// read takes the groups of fields apart: the first is about the mail, each of the others about a
// recipient.
func (r *Returned) read(body io.Reader) {
	in := bufio.NewReader(io.LimitReader(body, 64<<10))
	for n := 0; len(r.Recipients) < mostFates; n++ {
		h, err := textproto.ReadHeader(in)
		if f := fateOf(&h); f.To != "" {
			r.Recipients = append(r.Recipients, f)
		}
		if err != nil || n > 4*mostFates {
			return
		}
	}
}

func fateOf(h *textproto.Header) Fate {
	f := Fate{To: typed(h.Get("Final-Recipient")), Action: strings.ToLower(oneLine(h.Get("Action"))), Status: statusIn(h.Get("Status")), Says: oneLine(typed(h.Get("Diagnostic-Code")))}
	if to := typed(h.Get("Original-Recipient")); strings.Contains(to, "@") {
		f.To = to
	}
	if !strings.Contains(f.To, "@") || len(f.To) > 320 {
		f.To = ""
	}
	return f
}

// typed is a value after its type, such as rfc822; ann@acme.example.
func typed(s string) string {
	if _, v, ok := strings.Cut(s, ";"); ok {
		s = v
	}
	return strings.Trim(strings.TrimSpace(s), "<>")
}

// statusIn is the status without its comment, where it is one.
func statusIn(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	for i, n := range strings.SplitN(s, ".", 3) {
		if v, err := strconv.Atoi(n); err != nil || v < 0 || v > 999 || i == 0 && len(n) != 1 {
			return ""
		}
	}
	if strings.Count(s, ".") != 2 {
		return ""
	}
	return s
}
