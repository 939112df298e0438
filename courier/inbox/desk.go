package inbox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

// Books are what the desk asks of what was decided and told.
type Books interface {
	// Notice returns whose a notice is and which case it is of. KindNotFound where there is none.
	Notice(ctx context.Context, id evenkeel.NoticeID) (Place, error)
	// Case is Notice of a case. A notice or a case that is shown is one.
	Case(ctx context.Context, id evenkeel.CaseID) (Place, error)
	// Open returns the open cases of tenants of whom an address is a contact: two of them where there are more.
	Open(ctx context.Context, address string) ([]Place, error)
	// Role is who an address is to a tenant in a case, and whether it is a contact of it, or was one when its
	// contacts were changed in the course of the case.
	Role(ctx context.Context, at Place, address string) (role string, known bool, err error)
}

// Place is what a mail is about.
type Place struct {
	Tenant evenkeel.TenantID
	Case   evenkeel.CaseID
}

// Ears take in what mails say. What they return is kept; an error of KindUnavailable says to come again,
// any other that it will never be taken. The same twice counts once.
type Ears interface {
	// Room says whether so much more is heard in a case now, or it was heard: before a mail is verified and kept,
	// so that what is put off costs nothing and nobody else anything.
	Room(ctx context.Context, at Place, id string) error
	Say(ctx context.Context, s Said) error
	// Bounce takes in that a notice did not reach a recipient. It says whether that was news: nobody
	// was told who could not be, and a contact that has spoken since was told.
	Bounce(ctx context.Context, b Bounce) (news bool, err error)
}

// Said is what somebody said in a case.
type Said struct {
	ID     string // the same for the same mail, however it came
	Place  Place
	Role   string // who the address that it came from is to the tenant; "" a stranger
	Answer bool   // a contact of the tenant answers a notice; else it is only heard
	Words  string
	Known  string // beside the words: who said it, and what is known of that
}

// Bounce is that a notice came back.
type Bounce struct {
	Notice evenkeel.NoticeID
	To     string // the recipient's address
	Status string
	Says   string
}

// Reports take abuse reports, in forms of their own. They are offered mails that answer nothing of ours.
type Reports interface {
	// Report takes a mail. An error of KindUnavailable says to come again, one of KindNotFound that it
	// reports nothing, and any other that a person has to look at it. null says that nobody may be
	// written back to.
	Report(ctx context.Context, raw []byte, null bool) error
}

// Parts are what a desk works with.
type Parts struct {
	Books  Books
	Ears   Ears
	Domain string // of our Message-IDs, as in the letterhead
	// Heard keeps mails that were heard, Unplaced those that nobody can place.
	Heard, Unplaced *Folder
	Reports         Reports                                                    // nil: reports are kept with what nobody can place
	Lookup          func(ctx context.Context, domain string) ([]string, error) // of DKIM keys, as net.Resolver.LookupTXT; nil: none is verified
	Verifier        string                                                     // the name under which the operator's server writes Authentication-Results; "" none
}

// Options are what a Desk may be told. The zero value is good.
type Options struct {
	Limits Limits
	Words  int           // bytes of the words that go into a case; 8000
	Lookup time.Duration // how long all keys of a mail may take; 5 s
	Log    *slog.Logger
}

// Desk says what follows from a mail. Safe for concurrent use.
type Desk struct {
	parts Parts
	opts  Options

	mu    sync.Mutex
	tally map[string]uint64
}

// What became of mails, as Tally counts them.
const (
	FateAnswer    = "answer"    // said in a case, by a contact, to a notice
	FateMessage   = "message"   // said in a case
	FateBounce    = "bounce"    // a notice did not arrive
	FateStray     = "stray"     // what came back is none of ours, or was known
	FateDelayed   = "delayed"   // a server tries on
	FateAutomatic = "automatic" // no person wrote it
	FateReport    = "report"    // handed to whoever takes reports
	FateUnplaced  = "unplaced"  // kept for a person
	FateRefused   = "refused"   // it will never be taken
	FatePutOff    = "put_off"   // it comes again
)

// Fates are all of them.
var Fates = []string{FateAnswer, FateMessage, FateBounce, FateStray, FateDelayed, FateAutomatic, FateReport, FateUnplaced, FateRefused, FatePutOff}

// NewDesk returns a desk, or what its parts lack.
func NewDesk(p Parts, o Options) (*Desk, error) {
	if p.Books == nil || p.Ears == nil || p.Domain == "" || p.Heard == nil || p.Unplaced == nil {
		return nil, evenkeel.Invalid("a desk for mails: a part is missing; expected books, ears, the domain of our Message-IDs and two folders")
	}
	o.Limits = o.Limits.filled()
	if o.Words <= 0 {
		o.Words = 8000
	}
	if o.Lookup <= 0 {
		o.Lookup = 5 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Desk{parts: p, opts: o, tally: map[string]uint64{}}, nil
}

// Tally says how many mails became what.
func (d *Desk) Tally() map[string]uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string]uint64{}
	for _, f := range Fates {
		out[f] = d.tally[f]
	}
	return out
}

// MostBytes is the largest mail that is taken.
func (d *Desk) MostBytes() int { return d.opts.Limits.Bytes }

// Take does what follows from a mail, whole as it came. from is who handed it in with SMTP: null says
// that it was nobody, as with bounces. nil says that it was taken. An error of KindUnavailable says
// that it has to come again, any other that it never will be taken.
//
// Of a mail that cannot be read the header is heard all the same, as that of any other mail: who answered has
// answered, however much came along. It is refused after that.
func (d *Desk) Take(ctx context.Context, raw []byte, null bool) error {
	m, why := read(raw, d.opts.Limits)
	if why == "" {
		return d.counted(ctx, func() (string, error) { return d.follow(ctx, &m, raw, null) })
	}
	m, _, err := readHead(raw, d.opts.Limits, why)
	return d.unread(ctx, &m, raw, null, unreadable(why), err)
}

// TakeLarge is Take of a mail of more than MostBytes, of which raw is the beginning. lies says in a sentence
// where the whole mail is. Its error is of KindInvalid once its header was heard.
func (d *Desk) TakeLarge(ctx context.Context, raw []byte, null bool, lies string) error {
	why := tooLarge(d.MostBytes())
	m, head, err := readHead(raw, d.opts.Limits, why)
	m.cut, m.lies = true, lies
	return d.unread(ctx, &m, head, null, unreadable(why), err)
}

// unread does what follows from the header of a mail, unless that cannot be read either, and refuses it then.
func (d *Desk) unread(ctx context.Context, m *Mail, raw []byte, null bool, refusal *evenkeel.Error, bad error) error {
	err := d.counted(ctx, func() (fate string, err error) {
		if bad != nil {
			return "", refusal
		}
		fate, err = d.follow(ctx, m, raw, null)
		switch fate {
		case FateAnswer, FateMessage:
			refusal.Hint = "it is heard in its case, by its header alone; the page behind the link of the letter takes the rest, or a shorter mail"
		case FateUnplaced:
			refusal.Hint = "its header was kept with the mails that nobody can place"
		}
		return fate, err
	})
	return cmp.Or(err, error(refusal))
}

// counted counts what became of a mail.
func (d *Desk) counted(ctx context.Context, f func() (string, error)) error {
	fate, err := f()
	switch {
	case err == nil:
	case evenkeel.KindOf(err) == evenkeel.KindUnavailable || ctx.Err() != nil:
		fate = FatePutOff
	default:
		fate = FateRefused
	}
	d.mu.Lock()
	d.tally[fate]++
	d.mu.Unlock()
	return err
}

func (d *Desk) follow(ctx context.Context, m *Mail, raw []byte, null bool) (string, error) {
	switch {
	case m.Returned != nil:
		return d.returned(ctx, m)
	case m.Report && !d.answers(m): // who answers may send along what somebody reported
		if fate, err := d.reported(ctx, m, raw, null); fate != "" || err != nil {
			return fate, err
		}
		return d.unplaced(m, raw, "an abuse report, and nobody takes those")
	case null || m.Replied != "":
		return d.automatic(ctx, m, raw, null)
	case m.Automatic != "" && !d.answers(m):
		return d.automatic(ctx, m, raw, null)
	}
	at, found, err := d.threaded(ctx, m)
	if err != nil {
		return "", err
	}
	switch {
	case found:
	case m.Automatic != "":
		return d.automatic(ctx, m, raw, null)
	default:
		return d.strange(ctx, m, raw, null)
	}
	role, contact, err := d.parts.Books.Role(ctx, at, m.From)
	switch {
	case err != nil:
		return "", err
	case m.Automatic != "" && !contact:
		return d.automatic(ctx, m, raw, null)
	}
	return d.say(ctx, m, raw, at, role, contact, contact && (m.Automatic == "" || m.Passed))
}

// automatic counts a mail that no person wrote. Many reporters are machines.
func (d *Desk) automatic(ctx context.Context, m *Mail, raw []byte, null bool) (string, error) {
	if !d.answers(m) {
		if fate, err := d.reported(ctx, m, raw, null); fate != "" || err != nil {
			return fate, err
		}
	}
	d.opts.Log.Info("a mail that no person wrote is not heard", "why", because(m.Automatic, "it comes from nobody"), "id", logged(m.ID))
	return FateAutomatic, nil
}

// answers says whether a mail names a notice or a case of ours as what it is about.
func (d *Desk) answers(m *Mail) bool {
	t := threadOf(d.parts.Domain, m.About...)
	return len(t.Notices)+len(t.Cases) > 0
}

// reported offers a mail to whoever takes reports; fate is "" where it reports nothing.
func (d *Desk) reported(ctx context.Context, m *Mail, raw []byte, null bool) (fate string, err error) {
	if d.parts.Reports == nil || m.cut { // of what is cut off, something would be missing
		return "", nil
	}
	err = d.parts.Reports.Report(ctx, raw, null)
	switch kind := evenkeel.KindOf(err); {
	case err == nil:
		return FateReport, nil
	case kind == evenkeel.KindNotFound:
		return "", nil
	case kind == evenkeel.KindUnavailable || ctx.Err() != nil:
		return "", err
	}
	return d.unplaced(m, raw, "an abuse report that cannot be taken: "+redact.Addresses(oneLine(err.Error())))
}

// threaded finds what a mail is about by what it answers.
func (d *Desk) threaded(ctx context.Context, m *Mail) (at Place, found bool, err error) {
	t := threadOf(d.parts.Domain, m.About...)
	for _, id := range t.Notices {
		if at, err = d.parts.Books.Notice(ctx, id); evenkeel.KindOf(err) != evenkeel.KindNotFound || err == nil {
			return at, err == nil, err
		}
	}
	for _, id := range t.Cases {
		if at, err = d.parts.Books.Case(ctx, id); evenkeel.KindOf(err) != evenkeel.KindNotFound || err == nil {
			return at, err == nil, err
		}
	}
	return Place{}, false, nil
}

// strange places a mail that answers nothing of ours by who sent it, where that leaves one case. Of
// anybody else it may be a report.
func (d *Desk) strange(ctx context.Context, m *Mail, raw []byte, null bool) (string, error) {
	var open []Place
	if m.From != "" {
		var err error
		if open, err = d.parts.Books.Open(ctx, m.From); err != nil {
			return "", err
		}
	}
	switch len(open) {
	case 0:
		if fate, err := d.reported(ctx, m, raw, null); fate != "" || err != nil {
			return fate, err
		}
		if m.From == "" {
			return d.unplaced(m, raw, "it answers no notice and says no sender")
		}
		return d.unplaced(m, raw, "it answers no notice, and its sender is no contact of a tenant with an open case")
	case 1:
		role, _, err := d.parts.Books.Role(ctx, open[0], m.From)
		if err != nil {
			return "", err
		}
		return d.say(ctx, m, raw, open[0], role, true, false)
	}
	return d.unplacedAs(ofContact+m.key(raw), m, raw, "it answers no notice, and its sender is a contact in several open cases")
}

// say hands what a mail says to its case.
func (d *Desk) say(ctx context.Context, m *Mail, raw []byte, at Place, role string, contact, answer bool) (string, error) {
	id := "mail-" + m.key(raw)
	if err := d.parts.Ears.Room(ctx, at, id); err != nil {
		return "", err
	}
	proof := Proof{}
	looking, cancel := context.WithTimeout(ctx, d.opts.Lookup)
	defer cancel()
	switch {
	case m.cut:
		proof.Broken = []string{"not verified, since the mail was not read"}
	case d.parts.Lookup != nil:
		proof.verify(raw, func(domain string) ([]string, error) { return d.parts.Lookup(looking, domain) })
	}
	proof.trust(m, d.parts.Verifier)
	kept, err := d.parts.Heard.Keep(shareOf(at.Tenant), m.key(raw), raw)
	if err != nil {
		return "", err
	}
	who := "from the " + role + " contact's address"
	if !contact {
		who = "from an address that is not a contact"
	}
	s := Said{ID: id, Place: at, Role: role, Answer: answer, Words: m.Words, Known: "By mail, " + who + ". " + proof.Says()}
	if s.Words == "" {
		s.Words = m.Subject
	}
	if short := bounded(s.Words, d.opts.Words); short != s.Words || m.Cut {
		s.Words = short
		s.Known += " Its text was cut."
	}
	switch field, _, _ := strings.Cut(m.Automatic, ":"); {
	case m.Passed:
		s.Known += " It came by a list (" + field + ")."
	case m.Automatic != "":
		s.Known += " Perhaps a program wrote it (" + field + "): whether it answers a person has to read."
	}
	if m.Quoted {
		s.Known += " What it quotes was left out."
	}
	if m.Files > 0 {
		s.Known += " It has files that nobody opened."
	}
	switch {
	case m.cut:
		s.Known += " Only its header was read (" + kept + "), since " + m.Unread + ". " + m.lies
	case m.Unread != "":
		s.Known += " Only its header was read, since " + m.Unread + ". The whole mail: " + kept + "."
	default:
		s.Known += " The whole mail: " + kept + "."
	}
	if answer {
		return FateAnswer, d.parts.Ears.Say(ctx, s)
	}
	return FateMessage, d.parts.Ears.Say(ctx, s)
}

// unplaced keeps a mail for a person. Where there is no room it comes again: it is never lost.
func (d *Desk) unplaced(m *Mail, raw []byte, why string) (string, error) {
	return d.unplacedAs(m.key(raw), m, raw, why)
}

func (d *Desk) unplacedAs(key string, m *Mail, raw []byte, why string) (string, error) {
	name, err := d.parts.Unplaced.Keep("", key, raw)
	if err != nil {
		return "", err
	}
	if m.Unread != "" {
		why += "; only its header was read, since " + m.Unread
	}
	d.opts.Log.Warn("a mail cannot be placed, and is kept", "file", name, "why", why,
		"hint", "open the file; where a tenant wrote it, act on its case in the console or ask it to answer the notice; then remove the file")
	return FateUnplaced, nil
}

// returned takes in what could not be delivered. What a server only delays, and what is none of our
// mails, is counted.
func (d *Desk) returned(ctx context.Context, m *Mail) (string, error) {
	t, fate := threadOf(d.parts.Domain, append([]string{m.Returned.Original}, m.About...)...), FateStray
	for i := range m.Returned.Recipients {
		f := &m.Returned.Recipients[i]
		if !f.Final() {
			if f.Action == "delayed" && fate == FateStray {
				fate = FateDelayed
			}
			continue
		}
		for _, id := range t.Notices[:min(len(t.Notices), 1)] {
			news, err := d.parts.Ears.Bounce(ctx, Bounce{Notice: id, To: f.To, Status: f.Status, Says: f.Says})
			if err != nil && evenkeel.KindOf(err) != evenkeel.KindNotFound {
				return "", err
			}
			if news {
				fate = FateBounce
			}
		}
	}
	if fate == FateStray {
		d.opts.Log.Info("a bounce changes nothing: it is of none of our letters, was known, or the tenant has spoken since", "id", logged(m.ID), "of", logged(m.Returned.Original))
	}
	return fate, nil
}

// key names a mail: the same one by whatever way it comes, and another one of another sender. One
// without a Message-ID is named by all that is in it.
func (m *Mail) key(raw []byte) string {
	h := sha256.New()
	h.Write([]byte("evenkeel mail 1\n"))
	if m.ID != "" {
		h.Write([]byte(m.ID + "\n" + strings.ToLower(m.From) + "\n"))
	} else {
		h.Write(raw)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// shareOf names a tenant's share of the mails that are kept.
func shareOf(t evenkeel.TenantID) string {
	sum := sha256.Sum256([]byte("evenkeel mail share 1\n" + string(t)))
	return hex.EncodeToString(sum[:8])
}

// logged is an id as it may stand in a log: the part before the sign names nobody's mailbox there,
// and is left out where it may.
func logged(id string) string {
	local, domain, ok := strings.Cut(oneLine(id), "@")
	if !ok {
		return ""
	}
	if len(local) > 8 {
		local = local[:8] + "…"
	}
	return strings.ToValidUTF8(local, "") + " of " + domain
}

func because(why, otherwise string) string {
	if why != "" {
		return why
	}
	return otherwise
}
