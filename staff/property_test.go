package staff

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/staff/roll"
	"pgregory.net/rapid"
)

// history is a desk to which anything happens, with what the test knows of how sessions began.
type history struct {
	*place
	loopback bool
	sessions []began
	links    []string
	phones   map[roll.AccountID]phone // of the account's last enrolment
	names    map[roll.AccountID]string
	admins   map[roll.AccountID]bool // enrolled, and not disabled since
}

type began struct {
	Session
	both bool // with both factors
	at   time.Time
}

// TestNoSessionActsWithoutBothFactorsOnceAnAdminHasEnrolled lets anything happen in any order,
// and asks after each step what every session that ever was may do.
func TestNoSessionActsWithoutBothFactorsOnceAnAdminHasEnrolled(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := &history{loopback: rapid.Bool().Draw(rt, "loopback"), phones: map[roll.AccountID]phone{}, names: map[roll.AccountID]string{}, admins: map[roll.AccountID]bool{}}
		h.place = open(t, Options{Loopback: h.loopback, Rand: rand.NewChaCha8([32]byte{1})})
		steps := map[string]func(*rapid.T){
			"first link": h.firstLink, "link": h.relink, "open a link": h.openLink, "enrol": h.enrolOne, "sign in": h.signIn,
			"invite": h.inviteOne, "disable": h.disableOne, "leave": h.leaveOne,
			"time passes": func(rt *rapid.T) { h.pass(time.Duration(rapid.IntRange(1, 4000).Draw(rt, "seconds")) * time.Second) },
			"":            h.holds,
		}
		rt.Repeat(steps)
	})
}

func (h *history) holds(rt *rapid.T) {
	for _, b := range h.sessions {
		s := h.whose(b.Token)
		if s == nil {
			continue
		}
		if s.MayAct() && !b.both && (!h.loopback || len(h.admins) > 0) {
			rt.Fatalf("%+v may act and never showed both factors", *s)
		}
		if s.Enrolled != b.both {
			rt.Fatalf("%+v says that it has enrolled; it began with both factors: %t", *s, b.both)
		}
		if h.at.Sub(b.at) >= SessionFor {
			rt.Fatalf("%+v goes on after %s", *s, h.at.Sub(b.at))
		}
	}
}

// any draws a session that may be over.
func (h *history) any(rt *rapid.T) (b began, ok bool) {
	if len(h.sessions) == 0 {
		return b, false
	}
	return h.sessions[rapid.IntRange(0, len(h.sessions)-1).Draw(rt, "session")], true
}

func (h *history) firstLink(rt *rapid.T) {
	token, first, err := h.FirstLink(h.Context())
	if err != nil || first != (len(h.admins) == 0) || first != (token != "") {
		rt.Fatalf("a first link is given: %t (%v); %d admins have enrolled", first, err, len(h.admins))
	}
	if first {
		h.links = append(h.links, token)
	}
}

func (h *history) relink(rt *rapid.T) {
	if b, ok := h.any(rt); ok {
		if token, err := h.LinkTo(h.Context(), string(b.Account)); err == nil {
			h.links = append(h.links, token)
		}
	}
}

func (h *history) openLink(rt *rapid.T) {
	if len(h.links) > 0 {
		token := h.links[rapid.IntRange(0, len(h.links)-1).Draw(rt, "link")]
		if s, err := h.EnterByLink(h.Context(), token, evil); err == nil {
			h.sessions = append(h.sessions, began{s, false, h.at})
		}
	}
}

func (h *history) enrolOne(rt *rapid.T) {
	b, ok := h.any(rt)
	if !ok {
		return
	}
	if _, err := h.Enrolment(h.Context(), b.Session); err != nil {
		return
	}
	f := h.scan(b.Session)
	name := rapid.SampledFrom([]string{"ada", "bo", "cy"}).Draw(rt, "name")
	typed := h.code(f, rapid.Int64Range(-2, 2).Draw(rt, "steps"))
	if s, err := h.Enrol(h.Context(), b.Session, name, password, typed); err == nil {
		h.sessions = append(h.sessions, began{s, true, h.at})
		h.phones[s.Account], h.names[s.Account] = f, name
		if s.Person.Has(roll.Admin) {
			h.admins[s.Account] = true
		}
	}
}

func (h *history) signIn(rt *rapid.T) {
	b, ok := h.any(rt)
	if !ok || h.names[b.Account] == "" {
		return
	}
	right := rapid.Bool().Draw(rt, "password")
	steps := rapid.Int64Range(-2, 2).Draw(rt, "steps")
	typed := password
	if !right {
		typed = "something else entirely"
	}
	s, err := h.Enter(h.Context(), Attempt{Name: h.names[b.Account], Password: typed, Code: h.code(h.phones[b.Account], steps), Before: b.Token})
	if err == nil {
		if !right || steps < -drift || steps > drift {
			rt.Fatalf("a wrong password or code fits: %t, %d", right, steps)
		}
		h.sessions = append(h.sessions, began{s, true, h.at})
	}
}

func (h *history) inviteOne(rt *rapid.T) {
	b, ok := h.any(rt)
	if !ok {
		return
	}
	id := rapid.SampledFrom([]roll.Person{{ID: "bo", Roles: []roll.Role{roll.Reviewer}}, {ID: "cy", Roles: []roll.Role{roll.Admin}}}).Draw(rt, "person")
	if token, err := h.Invite(h.Context(), b.Session, id); err == nil {
		h.links = append(h.links, token)
	}
}

func (h *history) disableOne(rt *rapid.T) {
	by, ok := h.any(rt)
	if !ok {
		return
	}
	all, err := h.Persons(h.Context())
	if err != nil {
		rt.Fatal(err)
	}
	accounts := []roll.AccountID{"account-of-nobody"}
	for _, m := range all {
		for _, a := range m.Accounts {
			accounts = append(accounts, a.ID)
		}
	}
	slices.Sort(accounts)
	a := rapid.SampledFrom(accounts).Draw(rt, "account")
	if err := h.Disable(h.Context(), by.Session, a); err == nil {
		delete(h.admins, a)
	}
}

func (h *history) leaveOne(rt *rapid.T) {
	if b, ok := h.any(rt); ok {
		if err := h.Leave(h.Context(), b.Token); err != nil {
			rt.Fatal(err)
		}
	}
}
