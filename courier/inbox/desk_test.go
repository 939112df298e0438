package inbox_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/inbox"
)

// office is what a desk knows in the tests, and what it is told. Its only tenant is acme, with a notice
// n-1 of case c-1, and ann@acme.example as owner.
type office struct {
	said    []inbox.Said
	bounced []inbox.Bounce
	open    int // cases of acme
	err     error
	busy    error // of Room
	tenants map[evenkeel.NoticeID]inbox.Place
	reports int
	answers error // of Report
}

func (o *office) Notice(_ context.Context, id evenkeel.NoticeID) (inbox.Place, error) {
	if o.err != nil {
		return inbox.Place{}, o.err
	}
	if at, ok := o.tenants[id]; ok {
		return at, nil
	}
	if id != "n-1" {
		return inbox.Place{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "notice"}
	}
	return inbox.Place{Tenant: "acme", Case: "c-1"}, nil
}

func (o *office) Case(_ context.Context, id evenkeel.CaseID) (inbox.Place, error) {
	if id != "c-1" {
		return inbox.Place{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "case"}
	}
	return inbox.Place{Tenant: "acme", Case: id}, nil
}

func (o *office) Open(_ context.Context, address string) (out []inbox.Place, _ error) {
	for i := range o.open {
		if strings.EqualFold(address, "ann@acme.example") && i < 2 {
			out = append(out, inbox.Place{Tenant: "acme", Case: evenkeel.CaseID(fmt.Sprint("c-", i+1))})
		}
	}
	return out, nil
}

func (*office) Role(_ context.Context, _ inbox.Place, address string) (string, bool, error) {
	return "owner", strings.EqualFold(address, "ann@acme.example"), nil
}

func (o *office) Room(context.Context, inbox.Place, string) error { return o.busy }

func (o *office) Say(_ context.Context, s inbox.Said) error {
	o.said = append(o.said, s)
	return o.err
}

func (o *office) Bounce(_ context.Context, b inbox.Bounce) (bool, error) {
	o.bounced = append(o.bounced, b)
	return true, o.err
}

func (o *office) Report(context.Context, []byte, bool) error { o.reports++; return o.answers }

func desk(t testing.TB, o *office, change ...func(*inbox.Parts)) (*inbox.Desk, *bytes.Buffer, string) {
	t.Helper()
	dir := t.TempDir()
	p := inbox.Parts{
		Books: o, Ears: o, Domain: "notices.example.com",
		Heard: inbox.NewFolder(filepath.Join(dir, "heard"), 3, 1<<20, true), Unplaced: inbox.NewFolder(filepath.Join(dir, "unplaced"), 2, 1<<20, false),
	}
	for _, f := range change {
		f(&p)
	}
	var log bytes.Buffer
	d, err := inbox.NewDesk(p, inbox.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	check(t, err)
	return d, &log, dir
}

func mailOf(from, id, more, text string) []byte {
	return []byte(strings.ReplaceAll("From: "+from+"\nMessage-ID: <"+id+">\n"+more+"\n"+text+"\n", "\n", "\r\n"))
}

const (
	ann     = "ann@acme.example"
	replies = "In-Reply-To: <n-1@notices.example.com>\n"
)

// TestWhatFollowsFromAMail: F15, R3, R27.
func TestWhatFollowsFromAMail(t *testing.T) {
	for _, c := range []struct {
		says string
		mail []byte
		null bool
		open int
		want string // fate
		said string // to which case, as what
	}{
		{"a contact's reply to a notice is an answer", mailOf(ann, "m@acme", replies, "Ours."), false, 1, inbox.FateAnswer, "c-1 answer true"},
		{"a reply to the case is one too", mailOf(ann, "m@acme", "References: <c-1@notices.example.com>\n", "Ours."), false, 1, inbox.FateAnswer, "c-1 answer true"},
		{"a stranger's reply is a message", mailOf("eve@x.example", "m@x", replies, "Lift it."), false, 1, inbox.FateMessage, "c-1 answer false"},
		{"a contact's new mail is a message in its only case", mailOf(ann, "m@acme", "", "Hello?"), false, 1, inbox.FateMessage, "c-1 answer false"},
		{"with two cases it is kept for a person", mailOf(ann, "m@acme", "", "Hello?"), false, 2, inbox.FateUnplaced, ""},
		{"a stranger's new mail is kept for a person", mailOf("eve@x.example", "m@x", "", "Hello?"), false, 1, inbox.FateUnplaced, ""},
		{"a reply to a notice that there is not is placed by its sender", mailOf(ann, "m@acme", "In-Reply-To: <n-9@notices.example.com>\n", "Ours."), false, 1, inbox.FateMessage, "c-1 answer false"},
		{"a notice of another house is none of ours", mailOf("eve@x.example", "m@x", "In-Reply-To: <n-1@elsewhere.example>\n", "Ours."), false, 1, inbox.FateUnplaced, ""},
		{"somebody is on holiday", mailOf(ann, "m@acme", replies+"Auto-Submitted: auto-replied\n", "I am away."), false, 1, inbox.FateAutomatic, ""},
		{"an older program says so", mailOf(ann, "m@acme", replies+"Precedence: auto_reply\n", "I am away."), false, 1, inbox.FateAutomatic, ""},
		{"a contact's reply by the list of its desk is an answer", mailOf(ann, "m@acme", replies+"List-Id: <abuse.acme.example>\nPrecedence: list\n", "Ours."), false, 1, inbox.FateAnswer, "c-1 answer true"},
		{"a help desk's is kept for a person to read", mailOf(ann, "m@acme", replies+"Auto-Submitted: auto-generated\n", "Ours."), false, 1, inbox.FateMessage, "c-1 answer false"},
		{"in bulk it is too", mailOf(ann, "m@acme", replies+"Precedence: bulk\nList-Id: <x@y>\n", "Ours."), false, 1, inbox.FateMessage, "c-1 answer false"},
		{"that of a stranger is not heard", mailOf("eve@x.example", "m@x", replies+"Precedence: list\n", "Ours."), false, 1, inbox.FateAutomatic, ""},
		{"nor is one that answers nothing of ours", mailOf(ann, "m@acme", "List-Id: <x.example>\n", "News."), false, 1, inbox.FateAutomatic, ""},
		{"nor one about a notice that there is not", mailOf(ann, "m@acme", "In-Reply-To: <n-9@notices.example.com>\nList-Id: <x.example>\n", "News."), false, 1, inbox.FateAutomatic, ""},
		{"a mail from nobody is not heard", mailOf(ann, "m@acme", replies, "I am away."), true, 1, inbox.FateAutomatic, ""},
		{"an abuse report that nobody takes is kept", mailOf(ann, "m@acme", "X-XARF: PLAIN\n", "x"), false, 1, inbox.FateUnplaced, ""},
		{"a mail with no words says its subject", mailOf(ann, "m@acme", replies+"Subject: It is ours\n", ""), false, 1, inbox.FateAnswer, "c-1 answer true"},
	} {
		o := &office{open: c.open}
		d, log, dir := desk(t, o)
		if err := d.Take(t.Context(), c.mail, c.null); err != nil {
			t.Errorf("%s: %v", c.says, err)
		}
		said := ""
		for _, s := range o.said {
			said += fmt.Sprintf("%s answer %v", s.Place.Case, s.Answer)
			if s.Words == "" || strings.Contains(s.Known, "@") || strings.Contains(c.says, "list of") != strings.Contains(s.Known, "by a list (") {
				t.Errorf("%s: words %q, known %q", c.says, s.Words, s.Known)
			}
		}
		if said != c.said || d.Tally()[c.want] != 1 {
			t.Errorf("%s: said %q, %v", c.says, said, d.Tally())
		}
		kept, _ := filepath.Glob(filepath.Join(dir, "unplaced", "*.eml"))
		if (len(kept) == 1) != (c.want == inbox.FateUnplaced) {
			t.Errorf("%s: %d are kept", c.says, len(kept))
		}
		if w, err := inbox.NewFolder(filepath.Join(dir, "unplaced"), 2, 1<<20, false).Waiting(); err != nil || w.Mails != len(kept) || (w.OfContacts == 1) != (c.open == 2) {
			t.Errorf("%s: %+v waits, %v", c.says, w, err)
		}
		if len(kept) == 1 && !strings.Contains(log.String(), "hint=") || strings.Contains(log.String(), "ann@") || strings.Contains(log.String(), "eve@") {
			t.Errorf("%s: the log says %s", c.says, log)
		}
	}
}

func TestTheSameMailHasOneIdentityAndAnothersHasNot(t *testing.T) {
	o := &office{}
	d, _, _ := desk(t, o)
	for _, raw := range [][]byte{
		mailOf(ann, "m@acme", replies, "Ours."), mailOf("Ann <ANN@acme.example>", "m@acme", replies+"Received: by another way\n", "Ours."),
		mailOf("eve@x.example", "m@acme", replies, "Not theirs."), // who knows a Message-ID takes nobody's place
	} {
		check(t, d.Take(t.Context(), raw, false))
	}
	if o.said[0].ID != o.said[1].ID || o.said[0].ID == o.said[2].ID {
		t.Errorf("the ids are %s, %s, %s", o.said[0].ID, o.said[1].ID, o.said[2].ID)
	}
}

// TestWhatAnswersNothingOfOursMayBeAReport: issue 3, abuse reports: whoever wrote it, and never in the
// place of an answer.
func TestWhatAnswersNothingOfOursMayBeAReport(t *testing.T) {
	notOne, invalid := &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "it reports nothing"}, evenkeel.Invalid("it names ann@acme.example")
	for _, c := range []struct {
		name    string
		mail    []byte
		null    bool
		open    int
		answers error
		want    string
	}{
		{"a stranger's", mailOf("eve@x.example", "m@x", "", "x"), false, 0, nil, inbox.FateReport},
		{"one that a machine wrote", mailOf("eve@x.example", "m@x", "Auto-Submitted: auto-generated\n", "x"), false, 0, nil, inbox.FateReport},
		{"one that comes from nobody", mailOf("eve@x.example", "m@x", "", "x"), true, 0, nil, inbox.FateReport},
		{"no answer to a notice", mailOf(ann, "m@acme", replies, "x"), false, 1, nil, inbox.FateAnswer},
		{"no automatic answer to a notice", mailOf(ann, "m@acme", replies+"Auto-Submitted: auto-replied\n", "x"), false, 1, nil, inbox.FateAutomatic},
		{"not what a contact with an open case writes", mailOf(ann, "m@acme", "", "x"), false, 1, nil, inbox.FateMessage},
		{"what reports nothing is kept", mailOf("eve@x.example", "m@x", "", "x"), false, 0, notOne, inbox.FateUnplaced},
		{"what reports nothing and a machine wrote is not", mailOf("eve@x.example", "m@x", "Auto-Submitted: auto-generated\n", "x"), false, 0, notOne, inbox.FateAutomatic},
		{"what is broken is kept", mailOf("eve@x.example", "m@x", "X-XARF: PLAIN\n", "x"), false, 0, invalid, inbox.FateUnplaced},
	} {
		o := &office{open: c.open, answers: c.answers}
		d, log, _ := desk(t, o, func(p *inbox.Parts) { p.Reports = o })
		if err := d.Take(t.Context(), c.mail, c.null); err != nil || d.Tally()[c.want] != 1 {
			t.Errorf("%s: %v, %v", c.name, err, d.Tally())
		}
		if strings.Contains(log.String(), "ann@") {
			t.Errorf("%s: the log names an address: %s", c.name, log)
		}
	}
	o := &office{answers: &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "later"}}
	d, _, _ := desk(t, o, func(p *inbox.Parts) { p.Reports = o })
	if err := d.Take(t.Context(), mailOf("eve@x.example", "m@x", "", "x"), false); evenkeel.KindOf(err) != evenkeel.KindUnavailable || d.Tally()[inbox.FatePutOff] != 1 {
		t.Errorf("what cannot be taken now: %v, %v", err, d.Tally())
	}
}

func TestReportsAreHandedToWhoeverTakesThem(t *testing.T) {
	o := &office{}
	d, _, _ := desk(t, o, func(p *inbox.Parts) { p.Reports = o })
	check(t, d.Take(t.Context(), mailOf(ann, "m@acme", "X-XARF: PLAIN\n", "x"), false))
	if o.reports != 1 || d.Tally()[inbox.FateReport] != 1 || len(o.said) != 0 {
		t.Errorf("%d reports, %v", o.reports, d.Tally())
	}
}

// TestWhoMayHaveSentItIsAFactBesideTheWords: a signature that holds, one that does not, and what servers
// say, are told; none of them keeps a mail from being heard.
func TestWhoMayHaveSentItIsAFactBesideTheWords(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	var signed bytes.Buffer
	check(t, dkim.Sign(&signed, bytes.NewReader(mailOf(ann, "m@acme", replies+"Subject: Re\n", "Ours.")), &dkim.SignOptions{Domain: "acme.example", Selector: "s", Signer: private}))
	key := "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	forged := bytes.Replace(signed.Bytes(), []byte("Ours."), []byte("Mine."), 1)
	says := "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=acme.example; dmarc=fail header.from=acme.example\n"
	for _, c := range []struct {
		says   string
		raw    []byte
		answer error
		want   string
	}{
		{"a signature that holds", signed.Bytes(), nil, "DKIM: signed by acme.example. SPF: not known. DMARC: not known."},
		{"words that were changed", forged, nil, "DKIM: a signature of acme.example that does not hold."},
		{"a key that cannot be asked for", signed.Bytes(), errors.New("no answer"), "DKIM: the key of acme.example could not be asked for."},
		{"none", mailOf(ann, "m@acme", replies, "Ours."), nil, "DKIM: no signature."},
		{"what the operator's server says", mailOf(ann, "m@acme", replies+says, "Ours."), nil, "SPF: pass. DMARC: fail."},
		{"what another server says", mailOf(ann, "m@acme", replies+strings.Replace(says, "mx.example.com", "mx.evil.example", 1), "Ours."), nil, "SPF: not known. DMARC: not known."},
		{"of two headers the one above", mailOf(ann, "m@acme", says+strings.Replace(says, "spf=pass", "spf=fail", 1)+replies, "Ours."), nil, "SPF: pass."},
		{"a result that is none", mailOf(ann, "m@acme", replies+strings.Replace(says, "spf=pass", "spf=ok", 1), "Ours."), nil, "SPF: not known."},
	} {
		o := &office{}
		d, _, _ := desk(t, o, func(p *inbox.Parts) {
			p.Verifier = "mx.example.com"
			p.Lookup = func(_ context.Context, domain string) ([]string, error) {
				if domain != "s._domainkey.acme.example" {
					t.Errorf("%s: %s is asked for", c.says, domain)
				}
				return []string{key}, c.answer
			}
		})
		check(t, d.Take(t.Context(), c.raw, false))
		if len(o.said) != 1 || !o.said[0].Answer || !strings.Contains(o.said[0].Known, c.want) {
			t.Errorf("%s: %+v; expected %q", c.says, o.said, c.want)
		}
	}
}

func returned(of, action, status string) []byte {
	return mailOf("MAILER-DAEMON@mx.example", "b@mx", "Auto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n",
		"--b\n\nNo.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ann@acme.example\nAction: "+action+"\nStatus: "+status+"\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <"+of+">\n--b--")
}

func TestWhatComesBackIsToldOfItsNotice(t *testing.T) {
	for _, c := range []struct {
		says string
		raw  []byte
		want string
		told int
	}{
		{"it failed", returned("n-1@notices.example.com", "failed", "5.1.1"), inbox.FateBounce, 1},
		{"it is delayed", returned("n-1@notices.example.com", "delayed", "4.4.1"), inbox.FateDelayed, 0},
		{"it is another house's mail", returned("n-1@elsewhere.example", "failed", "5.1.1"), inbox.FateStray, 0},
		{"it arrived", returned("n-1@notices.example.com", "delivered", "2.0.0"), inbox.FateStray, 0},
	} {
		o := &office{}
		d, _, _ := desk(t, o)
		check(t, d.Take(t.Context(), c.raw, true))
		if len(o.bounced) != c.told || d.Tally()[c.want] != 1 {
			t.Errorf("%s: %+v, %v", c.says, o.bounced, d.Tally())
		}
		if c.told == 1 && o.bounced[0] != (inbox.Bounce{Notice: "n-1", To: ann, Status: "5.1.1"}) {
			t.Errorf("%s: %+v", c.says, o.bounced)
		}
	}
}

func TestNothingIsTakenThatIsNotKept(t *testing.T) {
	away := &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the books are locked"}
	for says, raw := range map[string][]byte{"an answer": mailOf(ann, "m@acme", replies, "Ours."), "a bounce": returned("n-1@notices.example.com", "failed", "5.1.1")} {
		d, _, _ := desk(t, &office{err: away})
		if err := d.Take(t.Context(), raw, false); evenkeel.KindOf(err) != evenkeel.KindUnavailable || d.Tally()[inbox.FatePutOff] != 1 {
			t.Errorf("%s: %v, %v", says, err, d.Tally())
		}
	}
	d, _, dir := desk(t, &office{})
	var err error
	for i := range 3 {
		err = d.Take(t.Context(), mailOf("eve@x.example", fmt.Sprint("m", i, "@x"), "", "Hello?"), false)
	}
	if evenkeel.KindOf(err) != evenkeel.KindUnavailable || evenkeel.HintOf(err) == "" {
		t.Errorf("a folder that is full: %v; expected that it comes again", err)
	}
	if kept, _ := filepath.Glob(filepath.Join(dir, "unplaced", "*.eml")); len(kept) != 2 {
		t.Errorf("%d mails are kept, and none may be lost for another", len(kept))
	}
}

// G: what is put off because a case is busy takes no other mail's room, and whoever has many mails heard takes only their own:
// the answer of another tenant stays.
func TestAFloodOfMailsTakesNobodyElsesRoom(t *testing.T) {
	o := &office{tenants: map[evenkeel.NoticeID]inbox.Place{"n-2": {Tenant: "flood", Case: "c-2"}}}
	d, _, dir := desk(t, o, func(p *inbox.Parts) { p.Lookup = nil })
	floods := func(i, size int) error {
		return d.Take(t.Context(), mailOf("eve@x.example", fmt.Sprint("f", i, "@x"), "In-Reply-To: <n-2@notices.example.com>\n", strings.Repeat("More. ", size)), false)
	}
	check(t, d.Take(t.Context(), mailOf(ann, "m1@acme", replies, "Ours."), false))
	_, name, _ := strings.Cut(o.said[0].Known, "The whole mail: ")
	stays := func(says string, most int) {
		t.Helper()
		if _, err := os.Stat(filepath.Join(dir, strings.TrimSuffix(name, "."))); err != nil {
			t.Fatalf("%s: %v", says, err)
		}
		if kept, _ := filepath.Glob(filepath.Join(dir, "heard", "*")); len(kept) > most {
			t.Errorf("%s: %d are kept", says, len(kept))
		}
	}
	for i := range 6 { // three fit
		check(t, floods(i, 1))
		stays("a flood of mails", 3)
	}
	for i := range 4 { // of these no two
		check(t, floods(10+i, 100_000))
		stays("a flood of large mails", 3)
	}
	o.busy = &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "hear more"}
	before, _ := filepath.Glob(filepath.Join(dir, "heard", "*"))
	if err := floods(20, 1); evenkeel.KindOf(err) != evenkeel.KindUnavailable || len(o.said) != 11 {
		t.Errorf("%v, and %d were said", err, len(o.said))
	}
	if after, _ := filepath.Glob(filepath.Join(dir, "heard", "*")); !slices.Equal(before, after) {
		t.Errorf("what was put off is kept: %v, before %v", after, before)
	}
}

func TestHeardMailsAreKeptUntilNewerOnesTakeTheirRoom(t *testing.T) {
	o := &office{}
	d, _, dir := desk(t, o)
	for i := range 5 {
		check(t, d.Take(t.Context(), mailOf(ann, fmt.Sprint("m", i, "@acme"), replies, strings.Repeat("Ours. ", 2000)), false))
	}
	kept, _ := filepath.Glob(filepath.Join(dir, "heard", "*"))
	if len(kept) != 3 {
		t.Errorf("%v are kept", kept)
	}
	last := o.said[4]
	if len(last.Words) > 8000 || !strings.Contains(last.Known, "Its text was cut.") {
		t.Errorf("%d bytes of words, %q", len(last.Words), last.Known)
	}
	_, name, _ := strings.Cut(last.Known, "The whole mail: ")
	whole, err := os.ReadFile(filepath.Join(dir, strings.TrimSuffix(name, ".")))
	if err != nil || !bytes.Contains(whole, []byte(strings.Repeat("Ours. ", 2000))) {
		t.Errorf("%s: %v", name, err)
	}
}
