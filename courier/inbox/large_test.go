package inbox_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/inbox"
)

// tenMegabytes is a mail whose text has more of them than are read.
func tenMegabytes(from, more string) []byte {
	return mailOf(from, "large@acme", more, strings.Repeat("large and larger\n", 11<<20/17))
}

// tenThousandParts is a mail that has so many.
func tenThousandParts(from, more string) []byte {
	return mailOf(from, "large@acme", more+"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n", strings.Repeat("--b\n\nx\n", 10_000)+"--b--")
}

// TestAnAnswerThatIsTooLargeIsAnAnswer (R3, R24, issue 3: mail with 10,000 parts or 1 GB): what is too large to
// be read is refused, and its header is heard before as that of any other mail: whoever answered has answered.
func TestAnAnswerThatIsTooLargeIsAnAnswer(t *testing.T) {
	const bounce = "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n"
	for _, c := range []struct {
		says, from, more string
		null             bool
		open             int
		want, said       string
	}{
		{"a contact's reply to a notice is an answer", ann, replies + "Subject: Re: Question\n", false, 1, inbox.FateAnswer, "c-1 answer true"},
		{"a stranger's reply is a message", "eve@x.example", replies, false, 1, inbox.FateMessage, "c-1 answer false"},
		{"a contact's new mail is a message in its only case", ann, "", false, 1, inbox.FateMessage, "c-1 answer false"},
		{"with two cases its header is kept for a person", ann, "", false, 2, inbox.FateUnplaced, ""},
		{"a stranger's is kept too", "eve@x.example", "", false, 1, inbox.FateUnplaced, ""},
		{"somebody is on holiday", ann, replies + "Auto-Submitted: auto-replied\n", false, 1, inbox.FateAutomatic, ""},
		{"nobody sent it", ann, replies, true, 1, inbox.FateAutomatic, ""},
		{"an abuse report is kept for a person", "eve@x.example", "X-XARF: PLAIN\n", false, 1, inbox.FateUnplaced, ""},
	} {
		for shape, large := range map[string]func(from, more string) []byte{"10 MB": tenMegabytes, "10,000 parts": tenThousandParts} {
			o := &office{open: c.open}
			d, log, dir := desk(t, o, func(p *inbox.Parts) {
				if strings.Contains(c.more, "X-XARF") && shape == "10 MB" {
					p.Reports = o // who would have to read what is not there
				}
			})
			raw := large(c.from, c.more)
			take := func() error {
				if len(raw) > d.MostBytes() {
					return d.TakeLarge(t.Context(), raw[:d.MostBytes()+1], c.null, "It lies in the mailbox, flagged.")
				}
				return d.Take(t.Context(), raw, c.null)
			}
			err := take()
			if evenkeel.KindOf(err) != evenkeel.KindInvalid || evenkeel.HintOf(err) == "" || !strings.Contains(err.Error(), "it has more than ") {
				t.Errorf("%s of %s: %v, hint %q; expected a refusal that says why", c.says, shape, err, evenkeel.HintOf(err))
			}
			said := ""
			for _, s := range o.said {
				said += fmt.Sprintf("%s answer %v", s.Place.Case, s.Answer)
				if !strings.HasPrefix(s.Words, "(A mail that is too large to be read here.)") || strings.Contains(c.more, "Subject") != strings.Contains(s.Words, "Re: Question") ||
					!strings.Contains(s.Known, "Only its header was read") || shape == "10 MB" && !strings.HasSuffix(s.Known, "It lies in the mailbox, flagged.") {
					t.Errorf("%s of %s: words %q, known %q", c.says, shape, s.Words, s.Known)
				}
			}
			if said != c.said || d.Tally()[c.want] != 1 || o.reports != 0 {
				t.Errorf("%s of %s: said %q, %v, %d reports", c.says, shape, said, d.Tally(), o.reports)
			}
			kept, _ := filepath.Glob(filepath.Join(dir, "*", "*.eml"))
			if len(kept) != 1 != (c.want == inbox.FateAutomatic) {
				t.Errorf("%s of %s: %v are kept", c.says, shape, kept)
			}
			for _, file := range kept {
				text, err := os.ReadFile(file)
				if shape == "10 MB" && (err != nil || !bytes.Contains(text, []byte("large@acme")) || len(text) > 1000) || shape != "10 MB" && !bytes.Equal(text, raw) {
					t.Errorf("%s of %s: %d bytes are kept, %v", c.says, shape, len(text), err)
				}
			}
			if strings.Contains(log.String(), "ann@") || strings.Contains(log.String(), "eve@") {
				t.Errorf("%s of %s: the log says %s", c.says, shape, log)
			}
			before := len(o.said)
			if err := take(); evenkeel.KindOf(err) != evenkeel.KindInvalid || len(o.said) == 2*before && before > 0 && o.said[0].ID != o.said[before].ID {
				t.Errorf("%s of %s, once more: %v, as %+v", c.says, shape, err, o.said)
			}
		}
	}

	o := &office{open: 1}
	d, _, _ := desk(t, o)
	if err := d.TakeLarge(t.Context(), mailOf("MAILER-DAEMON@mx.example", "b@mx", replies+bounce, "--b"), false, "There."); evenkeel.KindOf(err) != evenkeel.KindInvalid || len(o.said)+len(o.bounced) != 0 {
		t.Errorf("a bounce: %v, said %+v, bounced %+v", err, o.said, o.bounced)
	}
	away := &office{open: 1, err: &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the books are locked"}}
	d, _, _ = desk(t, away)
	if err := d.TakeLarge(t.Context(), mailOf(ann, "m@acme", replies, "x"), false, "There."); evenkeel.KindOf(err) != evenkeel.KindUnavailable || d.Tally()[inbox.FatePutOff] != 1 {
		t.Errorf("what cannot be heard now: %v, %v; expected that it comes again", err, d.Tally())
	}
}
