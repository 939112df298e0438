package app

import (
	"net/http"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

func TestWhoHasNotTheRoleNeitherSendsNorShows(t *testing.T) {
	f := newFilm()
	s := serve(t, dataDir(t), func(p *Parts) { p.Roles, p.Now = []Role{RoleWatch, RoleJudge}, f.now })
	f.play(t, s, mining(f.from(), 1))
	eventually(t, "an order and notices wait", func() bool {
		return s.metric(t, `evenkeel_outbox_waiting{kind="orders"}`) == "1" && s.metric(t, `evenkeel_outbox_waiting{kind="notices"}`) >= "2"
	})
	if status, _ := get(t, "http://"+s.at.Console+"/"); status != http.StatusNotFound || s.at.SignIn != "" {
		t.Errorf("%d, sign in by %q; expected no pages", status, s.at.SignIn)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	again := serve(t, s.dir) // whoever has the roles sends what waits
	eventually(t, "nothing waits any more", func() bool {
		return again.metric(t, `evenkeel_outbox_waiting{kind="orders"}`) == "0" && again.metric(t, `evenkeel_outbox_waiting{kind="notices"}`) == "0"
	})
}

func TestRolesAreKnownAndHaveTheCore(t *testing.T) {
	if r, err := ParseRoles("watch, judge,console"); err != nil || len(r) != 3 {
		t.Errorf("%v, %v", r, err)
	}
	for text, says := range map[string]string{"watch,jugde": `role "jugde"; expected some of watch, judge`, "judge,console": "without watch", "watch": "without judge", "": `role ""`} {
		if _, err := ParseRoles(text); err == nil || !strings.Contains(err.Error(), says) || evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%q: %v; expected %q", text, err, says)
		}
	}
}
