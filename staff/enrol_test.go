package staff

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

func TestEnrolSaysWhatIsWrong(t *testing.T) {
	p := open(t, Options{Loopback: true})
	s := p.first()
	p.person(s, "bo", roll.Reviewer)
	_, err := p.Enrol(t.Context(), s, "ada", password, "123456")
	p.wants(evenkeel.KindConflict, err, "was offered yet")
	f := p.scan(s)
	right := p.code(f, 0)
	before := p.hashing.runs.Load()
	for _, c := range []struct {
		name, as, password, code string
		kind                     evenkeel.Kind
		says                     string
	}{
		{"no name", "", password, right, evenkeel.KindInvalid, "1 to 256 bytes"},
		{"a name with a space", "ada l", password, right, evenkeel.KindInvalid, "without spaces"},
		{"a name that is too long", strings.Repeat("a", 257), password, right, evenkeel.KindInvalid, "1 to 256 bytes"},
		{"a password that is too short", "ada", "eleven char", right, evenkeel.KindInvalid, "has 11 characters; expected 12 to 256"},
		{"a password that is too long", "ada", strings.Repeat("é", 257), right, evenkeel.KindInvalid, "has 257 characters"},
		{"a password far too long", "ada", strings.Repeat("x", 2000), right, evenkeel.KindInvalid, "has 2000 characters"},
		{"a password with a control character", "ada", "twelve chars\x00", right, evenkeel.KindInvalid, "keyboards do not make"},
		{"the name as password", "Ada.Lovelace", "ada.LOVELACE", right, evenkeel.KindInvalid, "is the name"},
		{"a wrong code", "ada", password, "000000", evenkeel.KindInvalid, "six digits"},
		{"no code", "ada", password, "", evenkeel.KindInvalid, "six digits"},
		{"a code of too long ago", "ada", password, p.code(f, -2), evenkeel.KindInvalid, "six digits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := p.Enrol(t.Context(), s, c.as, c.password, c.code)
			p.wants(c.kind, err, c.says)
		})
	}
	if n := p.hashing.runs.Load() - before; n > 0 {
		t.Errorf("%d passwords were hashed for nothing", n)
	}
	_, err = p.Enrol(t.Context(), s, "BO", password, right)
	p.wants(evenkeel.KindConflict, err, "name BO is taken")
	now := p.must(p.Enrol(t.Context(), s, "Ada", strings.Repeat("é", 256), right[:3]+" "+right[3:]))
	if now.Name != "ada" || now.Person.Name != "Ada" || !now.Enrolled {
		t.Errorf("enrolled it is %+v", now)
	}
}

func TestEnrollingGivesTheSessionAnotherToken(t *testing.T) {
	p := open(t, Options{Loopback: true})
	first := p.first()
	other := p.byLink(must(p.Link(t.Context(), roll.Operator))(t))
	now, _ := p.enrol(first, "ada")
	if now.Token == first.Token || now.ID == first.ID {
		t.Error("it has the token that it had")
	}
	if p.whose(first.Token) != nil || p.whose(other.Token) != nil {
		t.Error("sessions from before go on")
	}
	if s := p.whose(now.Token); s == nil || !s.Enrolled {
		t.Errorf("the new one is %+v", s)
	}
	f := other
	_, err := p.Enrolment(t.Context(), f)
	p.wants(evenkeel.KindDenied, err, "is over")
	_, err = p.Enrolment(t.Context(), now)
	p.wants(evenkeel.KindConflict, err, "has enrolled")
	_, err = p.Enrol(t.Context(), now, "eve", password, "123456")
	p.wants(evenkeel.KindConflict, err, "has enrolled")
}

func TestTheOfferStaysWhileThePageIsShownAgain(t *testing.T) {
	p := open(t, Options{Loopback: true, Issuer: "Evenkeel: host 1"})
	s := p.first()
	a, err := p.Enrolment(t.Context(), s)
	b, err2 := p.Enrolment(t.Context(), s)
	if a != b || err != nil || err2 != nil {
		t.Errorf("it offers %+v, then %+v (%v, %v)", a, b, err, err2)
	}
	secret := strings.ReplaceAll(a.Secret, " ", "")
	if want := "otpauth://totp/Evenkeel%20%20host%201:operator?secret=" + secret + "&issuer=Evenkeel%20%20host%201&algorithm=SHA1&digits=6&period=30"; a.URI != want {
		t.Errorf("the URI is\n%s; expected\n%s", a.URI, want)
	}
	if len(secret) != 32 || !strings.HasPrefix(a.Secret[4:], " ") {
		t.Errorf("the secret is %q; expected 32 letters in groups of four", a.Secret)
	}
	if c, _ := p.Enrolment(t.Context(), p.first()); c.Secret == a.Secret {
		t.Error("two sessions are offered the same secret")
	}
}

func TestTheSamePasswordFromAnotherKeyboard(t *testing.T) {
	p := open(t, Options{})
	s := p.first()
	f := p.scan(s)
	p.must(p.Enrol(t.Context(), s, "josé", "pâté and crème brûlée", p.code(f, 0)))
	p.pass(stepFor)
	p.must(p.enter("JOSE\u0301", "pa\u0302te\u0301 and cre\u0300me bru\u0302le\u0301e", p.code(f, 0))) // letters and accents apart
}

// TestTwoWhoChooseTheSameNameAtOnce race for a name.
func TestTwoWhoChooseTheSameNameAtOnce(t *testing.T) {
	p := open(t, Options{Loopback: true})
	admin := p.first()
	errs := make(chan error, 2) // one of each
	for _, id := range []evenkeel.PersonID{"bo", "cy"} {
		token, err := p.Invite(t.Context(), admin, roll.Person{ID: id, Roles: []roll.Role{roll.Reviewer}})
		if err != nil {
			t.Fatal(err)
		}
		s := p.byLink(token)
		code := p.code(p.scan(s), 0)
		go func() {
			_, err := p.Enrol(t.Context(), s, "same", password, code)
			errs <- err
		}()
	}
	a, b := <-errs, <-errs
	if (a == nil) == (b == nil) {
		t.Errorf("they are told %v and %v; expected that one has it", a, b)
	}
}
