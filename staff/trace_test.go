package staff

import (
	"bytes"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/staff/roll"
)

// openLogged is open with a log that can be read.
func openLogged(t *testing.T, o Options) (*place, *bytes.Buffer) {
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	return open(t, o), &log
}

func TestWhoComesAndGoesLeavesATrace(t *testing.T) {
	p, log := openLogged(t, Options{})
	var secrets []string
	told := func(want ...string) {
		t.Helper()
		got := strings.TrimSuffix(log.String(), "\n")
		log.Reset()
		if text := strings.Join(want, "\n"); got != text {
			t.Errorf("the log says\n%s\nexpected\n%s", got, text)
		}
		for _, s := range append(secrets, password) {
			if strings.Contains(got, s) {
				t.Errorf("the log has %q:\n%s", s, got)
			}
		}
	}
	follow := func(token string) Session {
		t.Helper()
		s := p.must(p.EnterByLink(t.Context(), token, evil))
		secrets = append(secrets, token, s.Token)
		return s
	}
	enrol := func(s Session, name string) (Session, phone) {
		t.Helper()
		f := p.scan(s)
		secrets = append(secrets, p.code(f, 0), p.code(f, 1), seedText.EncodeToString(f.seed))
		s, _ = p.enrol(s, name)
		secrets = append(secrets, s.Token)
		return s, f
	}
	link, _, _ := p.FirstLink(t.Context())
	first := follow(link)
	a := " account=" + string(first.Account)
	told(`level=WARN msg="a link that signs in was used" person=operator`+a+" link=first_link source=203.0.113.7",
		`level=INFO msg="somebody has signed in" person=operator`+a+" how=link source=203.0.113.7")
	admin, f := enrol(first, "ada")
	told(`level=INFO msg="somebody has enrolled" person=operator` + a)
	for _, token := range []string{link, "hunter2"} {
		_, _ = p.EnterByLink(t.Context(), token, evil)
		told(`level=WARN msg="a link that signs in was refused" source=203.0.113.7`)
	}

	link = must(p.Invite(t.Context(), admin, roll.Person{ID: "bo", Roles: []roll.Role{roll.Reviewer}}))(t)
	again := must(p.Invite(t.Context(), admin, roll.Person{ID: "bo"}))(t)
	secrets = append(secrets, link, again)
	told(`level=INFO msg="somebody was invited" by=operator person=bo roles=reviewer`, `level=INFO msg="somebody was invited" by=operator person=bo roles=reviewer`)
	bo, _ := enrol(follow(again), "bo")
	log.Reset()
	if err := p.Appoint(t.Context(), admin, "bo", []roll.Role{roll.Lead, roll.Reviewer}); err != nil {
		t.Fatal(err)
	}
	told(`level=INFO msg="somebody was appointed" by=operator person=bo roles="reviewer lead"`)
	for range 2 { // the second changes nothing
		if err := p.Disable(t.Context(), admin, bo.Account); err != nil {
			t.Fatal(err)
		}
	}
	told(`level=INFO msg="an account was disabled" by=operator person=bo account=` + string(bo.Account))
	_ = p.Appoint(t.Context(), bo, "bo", nil) // refused: nothing was done
	told("")

	for range 2 { // the second time there is nobody
		if err := p.Leave(t.Context(), admin.Token); err != nil {
			t.Fatal(err)
		}
	}
	told(`level=INFO msg="somebody has left" person=operator` + a)
	code := p.code(f, 0)
	s := p.must(p.Enter(t.Context(), Attempt{Name: "ada", Password: password, Code: code}))
	secrets = append(secrets, code, s.Token)
	told(`level=INFO msg="somebody has signed in" person=operator` + a + " how=password source=unknown")
	p.pass(time.Minute)
	code = p.code(f, 0)
	here := p.must(p.Enter(t.Context(), Attempt{Name: "ada", Password: password, Code: code, Source: netip.MustParseAddr("127.0.0.1")}))
	secrets = append(secrets, code, here.Token)
	told(`level=INFO msg="somebody has signed in" person=operator` + a + " how=password source=loopback")
	if err := p.LeaveAll(t.Context(), s.Account); err != nil {
		t.Fatal(err)
	}
	told(`level=INFO msg="all sessions of an account were ended"` + a)
}

// TestARefusedTryLeavesATraceWithoutWhatWasTyped: a password is soon typed where the name belongs.
func TestARefusedTryLeavesATraceWithoutWhatWasTyped(t *testing.T) {
	p, log := openLogged(t, Options{})
	try := func(a Attempt) {
		t.Helper()
		a.Source = evil
		if _, err := p.Enter(t.Context(), a); err == nil {
			t.Error("it fits")
		}
	}
	guess := Attempt{Name: "hunter2", Password: "something else entirely", Code: "424242"}
	var want []string
	for n := range freeTries {
		try(guess)
		want = append(want, `level=WARN msg="a try to sign in was refused" failed=`+string(rune('1'+n))+" source=203.0.113.7")
	}
	for range 9 { // who is turned away is told of once
		try(guess)
	}
	want = append(want, `level=WARN msg="who tries to sign in is made to wait" until=2026-11-22T09:30:01Z source=203.0.113.7`)
	p.pass(waitAfter(freeTries))
	try(guess)
	try(guess)
	want = append(want, `level=WARN msg="a try to sign in was refused" failed=6 source=203.0.113.7`,
		`level=WARN msg="who tries to sign in is made to wait" until=2026-11-22T09:30:03Z source=203.0.113.7`)
	try(Attempt{Name: strings.Repeat("x", roll.MaxName+1), Password: "something else entirely"}) // which nobody types
	want = append(want, `level=WARN msg="a try to sign in was refused" failed=0 source=203.0.113.7`)
	if got := strings.TrimSuffix(log.String(), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("the log says\n%s\nexpected\n%s", got, strings.Join(want, "\n"))
	}
}
