package roll

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

func wordsRead[E interface {
	~uint8
	String() string
}](t *testing.T, first, last E, parse func(string) (E, error)) {
	t.Helper()
	seen := map[string]bool{}
	for e := first; e <= last; e++ {
		w := e.String()
		if got, err := parse(w); w == "invalid" || seen[w] || got != e || err != nil {
			t.Errorf("%T(%d) has the word %q, which is read as %d (%v)", e, e, w, got, err)
		}
		seen[w] = true
	}
	if w := (last + 1).String(); w != "invalid" {
		t.Errorf("%T(%d) has the word %q; expected that it is not known to this test", last, last+1, w)
	}
	for _, bad := range []string{"", "invalid", strings.ToUpper(last.String())} {
		if _, err := parse(bad); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), last.String()) {
			t.Errorf("reading %q: %v; expected the words that are known", bad, err)
		}
	}
}

func TestEveryValueHasAWord(t *testing.T) {
	wordsRead(t, Reviewer, Auditor, ParseRole)
	wordsRead(t, SeeCases, ManageStaff, ParseRight)
	wordsRead(t, Invited, Disabled, ParseState)
	wordsRead(t, NoFactor, TOTP, ParseFactor)
	wordsRead(t, FirstLink, FirstUse, ParsePassKind)
}

func TestRolesAreReadInAnyOrder(t *testing.T) {
	list, err := ParseRoles(" admin reviewer admin")
	if got := JoinRoles(list); got != "reviewer admin" || err != nil {
		t.Errorf("they are %s (%v)", got, err)
	}
	if _, err := ParseRoles("reviewer owner"); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("a role that does not exist: %v", err)
	}
}

func TestASecretIsNeverPrinted(t *testing.T) {
	a := Account{ID: "account-1", Password: Secret("hunter2"), Seed: Secret("hunter2")}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+verb+"\n", a, a.Seed)
	}
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("a", "account", a, "seed", a.Seed)
	}
	for _, way := range []string{"hunter2", fmt.Sprintf("%x", "hunter2"), fmt.Sprintf("%X", "hunter2"), "aHVudGVyMg", fmt.Sprint([]byte("hunter2")), "0x68, 0x75"} {
		if strings.Contains(out.String(), way) {
			t.Errorf("it is printed as %s in\n%s", way, out.String())
		}
	}
	if strings.Count(out.String(), hidden) < 20 {
		t.Errorf("it is not printed as a word:\n%s", out.String())
	}
}
