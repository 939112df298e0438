package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // as any program that has the file

	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/store/sqlite"
	"github.com/evenkeel/evenkeel/story"
)

// TestTheBooksOfEveryStoryVerify: what the judge does is what the ledger asks for, notices and
// orders too.
func TestTheBooksOfEveryStoryVerify(t *testing.T) {
	var sent int64
	for _, name := range story.Names() {
		s, err := readStory(name)
		if err != nil {
			t.Fatal(err)
		}
		var all []*sqlite.DB
		parts := story.Parts{Books: func() docket.Books {
			db, err := sqlite.Open(filepath.Join(t.TempDir(), "books.db"), sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, db)
			return db
		}}
		if _, err := story.Play(s, parts); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, db := range all {
			err := db.Log(t.Context(), func(l ledger.Log) error {
				r, err := ledger.Verify(l, nil, nil)
				if r.Fault != nil {
					t.Errorf("%s: %s", name, r.Fault)
				}
				sent += r.Sent
				return err
			})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if sent == 0 {
		t.Error("no story writes a notice")
	}
}

// TestWhatAnotherProgramChangedIsFound changes books as another program might, and asks for
// them to be verified.
func TestWhatAnotherProgramChangedIsFound(t *testing.T) {
	r := day(t)
	for _, c := range []struct {
		name, do, says string
		code           int
	}{
		{"nothing", "", "", 0},
		{"the state of a decision, by which it is counted", "UPDATE decisions SET state = 'proposed' WHERE measure = 'throttle'", "column state says proposed", 1},
		{"the outcome of a case", "UPDATE cases SET outcome = 'confirmed'", "column outcome says confirmed", 1},
		{"a decision that is gone", "DELETE FROM decisions WHERE measure = 'throttle'", "is not there any more", 1},
		{"notices that are gone", "DELETE FROM notices", "the notice n-", 1},
		{"orders that are gone", "DELETE FROM orders", "the order o-", 1},
		{"a flag that is gone", "DELETE FROM flags", "is not there any more", 1},
		{"what the ledger does not cover, as it says", "DROP TRIGGER entries_stay; UPDATE entries SET body = replace(body, 'paper', 'scheme'); UPDATE findings SET body = replace(body, 'busy', 'idle')", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "march")
			if _, says, code := replayed(t, r, "--books", dir); code != 0 {
				t.Fatal(says)
			}
			change(t, filepath.Join(dir, "books.db"), c.do)
			p, stdout, stderr := inMemory(nil)
			if code := run(t.Context(), p, []string{"ledger", "verify", "--books", dir}); code != c.code || !strings.Contains(stderr.String(), c.says) {
				t.Errorf("exit code %d, %s%s; expected %d and %q", code, stdout, stderr, c.code, c.says)
			}
			if !strings.Contains(stdout.String(), "\nnot covered by the ledger: timelines, findings, clocks, ") {
				t.Errorf("it does not say what is not covered: %s", stdout)
			}
		})
	}
}

// TestWhatCannotBeCheckedIsSaidAndNoKeyIsShown: a wrong file is named, and what is in it is not.
func TestWhatCannotBeCheckedIsSaidAndNoKeyIsShown(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "march")
	if _, says, code := replayed(t, day(t), "--books", dir); code != 0 {
		t.Fatal(says)
	}
	key, empty := filepath.Join(dir, "ledger.key"), filepath.Join(t.TempDir(), "none")
	secret, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	last := strings.SplitN(string(secret), "+", 5)[4][:8] // base64 may hold more of them
	for _, c := range []struct {
		name, args, says string
		code             int
	}{
		{"the secret key for the public one", "ledger verify --key " + key, "read public key " + key + ": this is the secret key of the ledger; expected the public one", 2},
		{"what is no key", "ledger verify --key " + filepath.Join(dir, "ledger.heads"), "this is no public key of a ledger", 2},
		{"no heads", "ledger verify --heads " + empty, "read heads " + empty + ": there are none; expected at least one signed head", 2},
		{"a key for heads", "ledger verify --heads " + key, "head 1 of 1: tree head: malformed note", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, stdout, stderr := inMemory(nil)
			code := run(t.Context(), p, append(strings.Fields(c.args), "--books", dir))
			if code != c.code || !strings.Contains(stderr.String(), c.says) {
				t.Errorf("exit code %d, %s; expected %d with %q", code, stderr, c.code, c.says)
			}
			if said := stdout.String() + stderr.String(); strings.Contains(said, last) {
				t.Errorf("it shows the key: %s", said)
			}
		})
	}
}

// TestAFileWithASecretIsNotShown: any file can be named by mistake where another is expected.
func TestAFileWithASecretIsNotShown(t *testing.T) {
	const lot = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
	for name, text := range map[string]string{
		"the ledger's": "PRIVATE+KEY+evenkeel-4ff1+50d12fe9+" + lot, "a webhook's": "whsec_" + lot, "that of links": "ab12:" + lot, "a token": lot,
		"that of TLS": "-----BEGIN PRIVATE KEY-----\n" + lot + "\n-----END PRIVATE KEY-----",
	} {
		key := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(key, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range []string{
			"config check KEY", "serve --config KEY", "rules check KEY", "policy check KEY", "rehearse KEY", "replay KEY", "replay --acts KEY KEY",
			"replay --inventory KEY KEY", "convert csv --map v=cpu.busy:percent --asset a KEY",
		} {
			p, stdout, stderr := inMemory(nil)
			code := run(t.Context(), p, strings.Fields(strings.ReplaceAll(args, "KEY", key)))
			if said := stdout.String() + stderr.String(); code == 0 || strings.Contains(said, lot[:6]) {
				t.Errorf("%s: %s: exit code %d, %s; expected an error that does not show it", name, args, code, said)
			}
		}
	}
}

// change runs statements on a database.
func change(t *testing.T, file, do string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), do); err != nil {
		t.Fatal(err)
	}
}
