package door

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/letter"
	"github.com/evenkeel/evenkeel/watch/intake/report"
	"github.com/evenkeel/evenkeel/watch/intake/report/arf"
	"github.com/evenkeel/evenkeel/watch/intake/report/form"
	"github.com/evenkeel/evenkeel/watch/intake/report/xarf"
)

// MaxBytes is the size of the largest mail or document.
const MaxBytes = xarf.MaxBytes

// Mail is what a mail reports.
type Mail struct {
	Reports []*report.Report
	// Answerable says whether a receipt may be sent back (RFC 3834): never to what a machine or
	// a list wrote.
	Answerable bool
	From       string // the address that it says it is from, lower case; "" where it says none
	ID         string // its Message-ID without brackets, or ""
}

// Read reads a mail in any form: XARF as an attached document, ARF, X-ARF, the forms of known
// reporters, and what a person wrote. authServer is the name by which the operator's own mail
// server signs its Authentication-Results; "" takes no server's word. A mail that reports nothing
// is an error of KindNotFound, one that is broken or beyond the bounds of KindInvalid.
func Read(mail []byte, authServer string) (Mail, error) {
	l, err := letter.Open(mail, letter.Limits{Bytes: MaxBytes})
	if err != nil {
		return Mail{}, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "read a mail: " + err.Error() + "; expected a mail that reports something",
			Hint: "send less evidence: XARF allows 15 MB of it",
		}
	}
	out := Mail{Answerable: l.Answerable(), ID: report.Clip(strings.Trim(l.Header.Get("Message-Id"), "<> "), report.MaxName)}
	_, out.From = l.Sender()
	if out.Reports, err = read(l, 0); err != nil {
		return out, err
	}
	spf, dkim, dmarc := l.Header.Checked(authServer)
	for _, r := range out.Reports {
		r.Authentication = report.Authentication{
			SPF: cmp.Or(spf, "unknown"), DKIM: cmp.Or(dkim, "unknown"), DMARC: cmp.Or(dmarc, "unknown"),
		}
		r.Settle()
	}
	return out, nil
}

func read(l *letter.Letter, depth int) ([]*report.Report, error) {
	if r, err := arf.Read(l); err == nil {
		return []*report.Report{r}, nil
	}
	if !l.Automatic() {
		switch r, err := attached(l); {
		case err != nil:
			return nil, err
		case r != nil:
			return []*report.Report{r}, nil
		}
	}
	all, err := form.Read(l)
	if evenkeel.KindOf(err) == evenkeel.KindNotFound && !l.Automatic() && depth == 0 {
		if passed := forwarded(l); passed != nil {
			return passed, nil
		}
	}
	return all, err
}

// attached reads a document of XARF that is a part of a mail. One that is broken is an error: its
// sender can mend it, and guessing from the text beside it would hide that.
func attached(l *letter.Letter) (*report.Report, error) {
	for _, p := range l.Parts {
		json := strings.HasSuffix(p.Type, "json") || strings.HasSuffix(strings.ToLower(p.Name), ".json")
		if p.Inner || !json {
			continue
		}
		if !bytes.Contains(p.Body, []byte(`"xarf_version"`)) && !bytes.Contains(p.Body, []byte(`"ReporterInfo"`)) {
			continue
		}
		return xarf.Read(p.Body)
	}
	return nil, nil
}

// forwarded reads a report that somebody passes on as an attached mail. Who passed it on reports;
// we are less sure of it.
func forwarded(l *letter.Letter) []*report.Report {
	i := slices.IndexFunc(l.Parts, func(p letter.Part) bool { return p.Type == "message/rfc822" && !p.Inner })
	if i < 0 {
		return nil
	}
	inner, err := letter.Open(l.Parts[i].Body, letter.Limits{Bytes: MaxBytes})
	if err != nil {
		return nil
	}
	all, err := read(inner, 1)
	if err != nil {
		return nil
	}
	name, from := l.Sender()
	for _, r := range all {
		r.Reporter = report.Reporter{
			Org: cmp.Or(name, letter.Domain(from)), Domain: letter.Domain(from), Contact: report.ContactOf(from),
		}
		r.Confidence = min(r.Confidence, 0.5)
	}
	return all
}

// Document reads one document of XARF.
func Document(doc []byte) (*report.Report, error) { return xarf.Read(doc) }

// Faults returns what is wrong with a document, each with its place, where err is of Document or
// of a document that a mail had attached.
func Faults(err error) *xarf.Faults {
	f, _ := errors.AsType[*xarf.Faults](err)
	return f
}
