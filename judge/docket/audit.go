package docket

import (
	"cmp"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/learning"
)

// AuditID names an audit. It tells nothing of the case, nor whether the case is a known one.
type AuditID string

// AuditFor is how long the person has on whom the lot fell; then anybody may who had no part in it.
// Nothing waits for an audit, so nobody is called.
const AuditFor = 7 * 24 * time.Hour

// Audit is the lot that was drawn when a case was closed that nobody appealed, and what a person found
// who looked at it all the same. Or it is a control: a case of which is known that the tenant did
// nothing wrong, shown in the same way to see who finds it guilty.
type Audit struct {
	ID     AuditID           `json:"id"`
	Case   evenkeel.CaseID   `json:"case"`
	Tenant evenkeel.TenantID `json:"tenant"`
	Family string            `json:"family"`
	Closed evenkeel.Outcome  `json:"closed"` // what the case was closed as
	// Control says that it is a known case; then no lot fell on it.
	Control bool `json:"control,omitempty"`
	// Opened is from when on somebody is asked: learning.Opens of when the lot was drawn.
	Opened evenkeel.Moment `json:"opened"`
	// Share and Nonce are what the lot was drawn with: learning.Audited says the same of them again.
	Share learning.Permille `json:"share"`
	Nonce string            `json:"nonce"`
	// Candidates are who had no part in the case; Drawn is on whom the lot fell, "" where there
	// was nobody.
	Candidates []evenkeel.PersonID `json:"candidates,omitempty"`
	Drawn      evenkeel.PersonID   `json:"drawn,omitempty"`

	State AuditState        `json:"state"`
	By    evenkeel.PersonID `json:"by,omitempty"`
	At    evenkeel.Moment   `json:"at,omitempty"` // of the verdict
	Found evenkeel.Outcome  `json:"found,omitempty"`
	Why   string            `json:"why,omitempty"`
}

// Check says what an audit lacks, or nil.
func (a *Audit) Check() error {
	switch {
	case a.ID == "" || a.Case == "" || a.Tenant == "" || a.Family == "" || a.Opened == 0 || a.Nonce == "":
		return evenkeel.Invalid("audit %q of case %q of tenant %q under %q, drawn at %v with nonce %q; expected all of them", a.ID, a.Case, a.Tenant, a.Family, a.Opened, a.Nonce)
	case a.State.String() == "invalid" || a.Closed.String() == "invalid" || a.Found.String() == "invalid":
		return evenkeel.Invalid("audit %s is in no state, or of no outcome; expected passed, open or done", a.ID)
	case a.Control && a.State == AuditPassed:
		return evenkeel.Invalid("audit %s of a known case was passed over; expected that somebody is asked", a.ID)
	case a.State == AuditDone && (a.By == "" || a.Why == "" || a.At < a.Opened || !Judged(a.Found)):
		return evenkeel.Invalid("audit %s by %q at %v: %s, because %q; expected a person, a time, an outcome and a reason", a.ID, a.By, a.At, a.Found, a.Why)
	case a.State != AuditDone && (a.By != "" || a.Found != evenkeel.OutcomeNone):
		return evenkeel.Invalid("audit %s is %s with a verdict; expected that it is done", a.ID, a.State)
	case a.Drawn != "" && !slices.Contains(a.Candidates, a.Drawn):
		return evenkeel.Invalid("audit %s: %q was drawn; expected one of the candidates", a.ID, a.Drawn)
	}
	return nil
}

// For says whether a person may say what they found, as far as the lot goes: it fell on them or on
// nobody, or the time is over of whoever it fell on. That they had no part in it is another question.
func (a *Audit) For(p evenkeel.PersonID, now evenkeel.Moment) bool {
	return a.Waits(now) && (a.Drawn == "" || a.Drawn == p || now >= a.Opened.Add(AuditFor))
}

// Waits says whether somebody is asked by now, and has not answered.
func (a *Audit) Waits(now evenkeel.Moment) bool { return a.State == AuditOpen && now >= a.Opened }

// Shown says whether people may know of it: somebody is asked by now, or was. What is yet to come would tell
// which case it is, and that a lot was drawn over one is nobody's errand.
func (a *Audit) Shown(now evenkeel.Moment) bool { return a.State == AuditDone || a.Waits(now) }

// Judged says whether an outcome is one that a person comes to who looks at a case.
func Judged(o evenkeel.Outcome) bool {
	return o >= evenkeel.OutcomeConfirmed && o <= evenkeel.OutcomeInconclusive
}

// AuditState is where an audit stands: passed, or open and then done.
type AuditState uint8

// The states of an audit.
const (
	AuditPassed AuditState = iota + 1 // the lot did not fall on the case
	AuditOpen                         // a person is asked
	AuditDone                         // and said what they found
)

var auditStates = [...]string{AuditPassed: "passed", AuditOpen: "open", AuditDone: "done"}

// String returns passed, open or done.
func (s AuditState) String() string {
	if int(s) >= len(auditStates) || auditStates[s] == "" {
		return "invalid"
	}
	return auditStates[s]
}

// MarshalText writes String.
func (s AuditState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word.
func (s *AuditState) UnmarshalText(b []byte) (err error) {
	*s, err = parseWord[AuditState]("state of an audit", auditStates[:], string(b))
	return err
}

// Feedback is what is said to the person at once, in a sentence: whether the case was a known one,
// and what it had been closed as.
func (a *Audit) Feedback() string {
	switch {
	case a.State != AuditDone:
		return ""
	case a.Control && learning.Guilty(a.Found):
		return "It was a known case, in which the tenant had done nothing wrong: " + wordsOf(a.Closed) + ". You found " + wordsOf(a.Found) + "."
	case a.Control:
		return "It was a known case, in which the tenant had done nothing wrong, and you did not find them guilty."
	case a.Found.Cleared() && !a.Closed.Cleared():
		return "It had been closed as " + wordsOf(a.Closed) + ", and nobody had appealed. The lead is called: the case has to be cleared."
	}
	return "It had been closed as " + wordsOf(a.Closed) + ", and nobody had appealed."
}

func wordsOf(o evenkeel.Outcome) string {
	b := []byte(o.String())
	for i, c := range b {
		if c == '_' {
			b[i] = ' '
		}
	}
	return string(b)
}

// LotQuery is which audits are looked for, of those that somebody was asked about.
type LotQuery struct {
	ID    AuditID           // that one alone; "": all
	State AuditState        // open: those that wait longest first; done or 0 (both): those drawn last first; then by id
	By    evenkeel.PersonID // whose verdicts; "": anybody's
	Max   int               // at most so many; 0: all
}

// Meant says whether an audit is looked for.
func (q *LotQuery) Meant(a *Audit) bool {
	return a.State != AuditPassed && (q.ID == "" || a.ID == q.ID) && (q.State == 0 || a.State == q.State) && (q.By == "" || a.By == q.By)
}

// Vigilance is how many known cases somebody judged, and how many of them as guilty.
type Vigilance = learning.Vigilance

// Watched says how vigilant each person is, by the controls among some audits.
func Watched(all []Audit) map[evenkeel.PersonID]learning.Vigilance {
	out := map[evenkeel.PersonID]learning.Vigilance{}
	for i := range all {
		if a := &all[i]; a.Control && a.State == AuditDone {
			v := out[a.By]
			v.Count(a.Found)
			out[a.By] = v
		}
	}
	return out
}

// Missed says whether somebody found the tenant guilty of whom it is known that they are not.
func (a *Audit) Missed() bool { return a.Control && a.State == AuditDone && learning.Guilty(a.Found) }

// Vigil is how vigilant a person is, as far as it is known.
type Vigil struct {
	Person evenkeel.PersonID
	learning.Vigilance
	Low, High learning.Permille // the Wilson 95 % interval of what the person misses
	Alarm     bool              // the lead was called: it is the limit at least
}

// Vigils are those of everybody who judged a known case, by what they miss at least, the most first.
func Vigils(watched map[evenkeel.PersonID]learning.Vigilance, limit learning.Permille) (out []Vigil) {
	for p, v := range watched {
		out = append(out, Vigil{Person: p, Vigilance: v, Low: v.Bound(), High: v.High(), Alarm: v.Alarm(limit)})
	}
	slices.SortFunc(out, func(a, b Vigil) int { return cmp.Or(cmp.Compare(b.Low, a.Low), cmp.Compare(a.Person, b.Person)) })
	return out
}

// Audits is what a transaction is asked about cases that are looked at by lot.
type Audits interface {
	// Audit returns one. KindNotFound where there is no such.
	Audit(id AuditID) (Audit, error)
	// AuditsOf returns those of a case, by Opened, then id.
	AuditsOf(c evenkeel.CaseID) ([]Audit, error)
	// Controls returns the known cases that a person was asked about, or gave a verdict on, by
	// Opened, then id.
	Controls(p evenkeel.PersonID) ([]Audit, error)
	// Innocent returns cases of a family that stand closed as false positives and in which a machine
	// acted before the tenant spoke (ActedFirst), those closed last first (then by id), at most so many.
	Innocent(family string, most int) ([]evenkeel.Case, error)
}
