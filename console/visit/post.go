package visit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// form is what a visitor typed, and what is wrong with it. The zero value is an empty one.
type form struct {
	Kind     docket.ActKind
	Nonce    string
	Text     string
	Down     bool                // production is down
	Done     bool                // all questions are answered
	Decision evenkeel.DecisionID // of an appeal: against which
	Rescue   bool                // it is the one of the steps of help
	Steps    []string            // those that are ticked
	Newcomer string              // whom it confirms
	Listed   string              // of which list of contacts
	Burst    burstForm
	Wrong    map[string]string // by field: what was expected; "" is about the whole
	Busy     evenkeel.Moment   // too much was said: when to come again
	Status   int
}

// post takes in what a visitor says.
func (s *server) post(w http.ResponseWriter, r *http.Request, v *visitor, k docket.ActKind) {
	if _, err := v.claim.For(link.Speak); err != nil {
		s.page(w, r, v, http.StatusForbidden, form{Wrong: map[string]string{"": s.onlyShows(s.language(r, v))}})
		return
	}
	t := s.language(r, v)
	f, status := readForm(w, r, k, t)
	var act docket.Act
	if status == 0 {
		act, status = v.act(&f, t)
	}
	if status != 0 {
		s.page(w, r, v, status, f)
		return
	}
	// What has arrived is taken in though the line goes down meanwhile.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), actTakes)
	defer cancel()
	s.say(ctx, w, r, v, f, act)
}

// say hands an act in and sends the visitor back to the page, which shows the receipt.
func (s *server) say(ctx context.Context, w http.ResponseWriter, r *http.Request, v *visitor, f form, act docket.Act) {
	done, err := s.turns.take(ctx, v.tenant)
	if err == nil {
		defer done()
		err = s.look(ctx, v) // somebody else may have spoken meanwhile
	}
	if err == nil && v.said(act.ID) == nil {
		if again := v.tooMuch(); again != 0 {
			f.Busy = again
			w.Header().Set("Retry-After", seconds(again.Sub(v.now)))
			s.page(w, r, v, http.StatusTooManyRequests, f)
			return
		}
		err = s.parts.Acts.Do(ctx, act)
	}
	for _, a := range f.besides(act) { // again too, where an earlier attempt stopped between them
		if err == nil && v.said(a.ID) == nil {
			err = s.parts.Acts.Do(ctx, a)
		}
	}
	if err != nil {
		s.notTaken(ctx, w, r, v, f, err)
		return
	}
	to := url.Values{"said": {strings.TrimPrefix(act.ID, v.linkID())}}
	if act.Kind == docket.ActAnnounce {
		if flag := s.grantedBy(ctx, v, act.Burst); flag != "" {
			to = url.Values{"allowed": {string(flag)}}
		}
	}
	if q := langQuery(r); q != "" {
		to.Set("lang", r.URL.Query().Get("lang"))
	}
	http.Redirect(w, r, "/t/"+v.token+"?"+to.Encode()+"#receipt", http.StatusSeeOther)
}

// notTaken shows the page again with all that was typed, and says that none of it was taken in.
func (s *server) notTaken(ctx context.Context, w http.ResponseWriter, r *http.Request, v *visitor, f form, err error) {
	t, status := s.language(r, v), evenkeel.KindOf(err).HTTPStatus()
	says := s.byMail(t.NotTaken, t.NotTakenUnread)
	if ctx.Err() != nil || status >= http.StatusInternalServerError {
		status, says = http.StatusServiceUnavailable, t.NotTakenNow
		s.parts.Log.ErrorContext(ctx, "take in what a tenant says", "kind", f.Kind.String(), "err", err, "hint", evenkeel.HintOf(err))
	}
	if f.Kind == docket.ActExtend && status == http.StatusConflict {
		says = t.NoMore
	}
	if f.Kind == docket.ActVouch && status < http.StatusInternalServerError {
		says = t.VouchAgain
	}
	f.Wrong = map[string]string{"": says}
	s.page(w, r, v, status, f)
}

// readForm reads the fields of a form. A status other than 0 says why it cannot be used.
func readForm(w http.ResponseWriter, r *http.Request, k docket.ActKind, t *texts) (form, int) {
	f := form{Kind: k, Wrong: map[string]string{}}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		f.Wrong[""] = t.NoForm
		return f, http.StatusUnsupportedMediaType
	}
	r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
	if err := r.ParseForm(); err != nil {
		f.Wrong[""] = t.NoForm
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			f.Wrong[""] = t.TooBig
			return f, http.StatusRequestEntityTooLarge
		}
		return f, http.StatusBadRequest
	}
	p := r.PostForm
	f.Nonce, f.Text = p.Get("nonce"), cleaned(p.Get("text"))
	f.Down, f.Done = p.Get("down") != "", p.Get("done") != ""
	f.Rescue, f.Steps = p.Get("rescue") != "" && k == docket.ActAnswer, p["step"]
	f.Decision = evenkeel.DecisionID(p.Get("decision"))
	f.Burst = readBurst(p)
	f.Newcomer, f.Listed = p.Get("newcomer"), p.Get("listed")
	if !isNonce(f.Nonce) {
		f.Nonce, f.Wrong[""] = "", t.NoForm
		return f, http.StatusBadRequest
	}
	return f, 0
}

// cleaned is a text as it is kept: valid UTF-8 with ends of lines as one character, without
// controls.
func cleaned(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\r\n", "\n"), "\r", "\n")
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// shortest and longest are the bounds of what tells two forms apart.
const (
	shortest = 16
	longest  = 64
)

func isNonce(s string) bool {
	return len(s) >= shortest && len(s) <= longest && strings.Trim(s, "0123456789abcdef") == ""
}

// act makes the act of a form that was read.
func (v *visitor) act(f *form, t *texts) (docket.Act, int) {
	a := docket.Act{Kind: f.Kind, At: v.now, Tenant: v.tenant, Contact: v.claim.Contact}
	if f.Kind == docket.ActAnnounce {
		a.Burst = v.burst(f, t)
		a.Says = f.burstWords(a.Burst)
	} else {
		a.Case = v.folder.Case.ID
		a.Says = f.words()
		if a.Says == "" {
			f.Wrong["text"] = t.NoWords
		}
		if f.Kind == docket.ActAppeal {
			a.Decision = v.contest(f, t)
		}
		if f.Kind == docket.ActVouch {
			if a.Confirm = v.vouch(f, t); v.came.on != docket.FootingKnown {
				return a, http.StatusForbidden
			}
		}
	}
	if n := tooMany(f.Text, min(MaxWords, mostSays-(len(a.Says)-len(f.Text)))); n > 0 {
		f.Wrong["text"] = fmt.Sprintf(t.TooLong, n)
	}
	if len(f.Wrong) > 0 {
		return a, http.StatusUnprocessableEntity
	}
	a.ID = v.linkID() + f.Nonce + "." + f.digest()
	return a, 0
}

// tooMany is how many characters of a text are beyond so many bytes.
func tooMany(s string, most int) (n int) {
	for at, r := range s {
		if at+utf8.RuneLen(r) > most {
			n++
		}
	}
	return n
}

// digest tells apart what was said through one form: whoever goes back, changes the words and
// sends them again says something new, and whoever taps twice does not.
func (f *form) digest() string {
	h := sha256.New()
	b := &f.Burst
	for _, s := range []string{f.Kind.String(), f.words(), f.Text, string(f.Decision), f.Newcomer, f.Listed, b.Machines, b.From, b.Until, b.Zone, b.Principal} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// said returns the entry of an act, and the case that it stands in, or nil.
func (v *visitor) said(id string) *spoken {
	for i := range v.cases() {
		f := v.cases()[i]
		for j := range f.Entries {
			if f.Entries[j].Ref == id {
				return &spoken{&f.Entries[j], f}
			}
		}
	}
	return nil
}

// spoken is a line that the tenant said, and where.
type spoken struct {
	entry *evenkeel.Entry
	in    *docket.Folder
}

// cases are the link's case and the announcements.
func (v *visitor) cases() []*docket.Folder {
	out := []*docket.Folder{&v.folder}
	for i := range v.asked {
		out = append(out, &v.asked[i])
	}
	return out
}

// grantedBy returns the flag that an announcement became, or "" where a person is asked.
func (s *server) grantedBy(ctx context.Context, v *visitor, b *evenkeel.Burst) evenkeel.FlagID {
	if s.look(ctx, v) != nil {
		return ""
	}
	for _, f := range slices.Backward(v.flags) {
		ago := v.now.Sub(f.From)
		begins := f.From == b.From || b.From == v.now && ago > 0 && ago < SaidFor // the form came twice
		if begins && f.By.Person == "" && f.Until == b.Until && f.Envelope.Count == b.Count &&
			f.Selector.Principal == strings.TrimPrefix(b.Selector, byPrincipal) {
			return f.ID
		}
	}
	return ""
}

// mostSays is how much an act may say: MaxWords, and what the marks add.
const mostSays = 8 << 10

var _ = [mostSays - MaxWords - len(markDown) - len(markDone) - 2]struct{}{}
