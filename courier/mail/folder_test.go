package mail

import (
	"context"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

func TestMailsOfWhoHasNoServerLieInAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mail")
	f, err := NewFolder(dir, "", func() evenkeel.Moment { return 1 })
	check(t, err)
	for range 2 { // a letter that comes again is the same file
		for _, role := range []string{"owner", "../Abuse desk 2"} {
			says, err := f.Send(context.Background(), letter(t, role, "ann@acme.example", "zh"))
			check(t, err)
			if !strings.Contains(says, "nobody got it") {
				t.Errorf("it says %q, as if somebody had got it", says)
			}
		}
	}
	files, err := os.ReadDir(dir)
	check(t, err)
	if len(files) != 2 {
		t.Fatalf("%d files; expected one for each letter", len(files))
	}
	for _, file := range files {
		info, err := file.Info()
		check(t, err)
		text, err := os.Open(filepath.Join(dir, file.Name()))
		check(t, err)
		m, err := mail.ReadMessage(text)
		check(t, err)
		check(t, text.Close())
		if info.Mode().Perm() != 0o600 || m.Header.Get("To") != "<ann@acme.example>" || m.Header.Get("Message-Id") == "" {
			t.Errorf("%s, %v: %v", file.Name(), info.Mode(), m.Header)
		}
	}
	if _, err := f.Send(context.Background(), letter(t, "owner", "no address", "en")); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("%v of what is no address", err)
	}
	full, err := NewFolder(filepath.Join(dir, files[0].Name()), "", func() evenkeel.Moment { return 1 })
	check(t, err)
	if _, err := full.Send(context.Background(), letter(t, "owner", "ann@acme.example", "en")); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("%v where there can be no folder; expected that it comes again", err)
	}
}
