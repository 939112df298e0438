package app

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

var start = evenkeel.MomentOf(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))

// nobody knows of nobody.
type nobody struct{}

func (nobody) TenancyAt(evenkeel.AssetID, evenkeel.Moment) (*evenkeel.Holding, bool) {
	return nil, false
}
func (nobody) AccountAt(t evenkeel.TenantID, _ evenkeel.Moment) evenkeel.Account {
	return evenkeel.Account{Tenant: t}
}

func (nobody) HeldBy(evenkeel.TenantID, evenkeel.Moment, int) []*evenkeel.Holding { return nil }

// found is a finding of usage alone, m minutes after the start.
func found(m int) evenkeel.Finding {
	s := evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: "vm-1", Tenant: "acme"}
	at := start.Add(time.Duration(m) * time.Minute)
	return evenkeel.Finding{
		ID: evenkeel.NewFindingID("busy", 1, s, at), Revision: evenkeel.Final, Rule: "busy", Version: 1, Family: "mining", Mode: evenkeel.ModeLive,
		Subject: s, From: at.Add(-time.Minute), Until: at, At: at, Score: 1,
		Terms: []evenkeel.Term{{Name: "pinned", Family: evenkeel.EvidenceUsage, Weight: 1, Says: "The CPU was busy."}},
	}
}

// kept keeps books about some findings in a new directory.
func kept(t *testing.T, findings ...evenkeel.Finding) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "some", "books")
	p, err := Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	j, err := Keep(dir, p)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := j.Enact(ctx, start); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Consider(ctx, findings, nobody{}, 0); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t testing.TB, dir string) *Books {
	t.Helper()
	b, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestWhatIsKeptCanBeReadAndVerified(t *testing.T) {
	b := open(t, kept(t, found(20)))
	rows, err := b.Cases(context.Background(), docket.Query{})
	if err != nil || len(rows) != 1 || rows[0].Case.Tenant != "acme" || rows[0].Highest != evenkeel.MeasureNotify {
		t.Fatalf("cases %+v (%v); want one of acme, which is notified", rows, err)
	}
	key, err := b.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	heads, err := b.Heads()
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Verify(context.Background(), key, heads)
	if err != nil || r.Fault != nil {
		t.Fatalf("%v, %v", r.Fault, err)
	}
	if r.Leaves < 3 || r.Heads < 2 || r.Unchecked > 0 || r.Contents == 0 || r.Rows == 0 {
		t.Errorf("verified %+v; want the leaves of a policy, a case and a decision, a head for the notice and one for the end", r)
	}
}

func TestAnotherKeyDoesNotVerify(t *testing.T) {
	b, other := open(t, kept(t, found(20))), open(t, kept(t))
	key, err := other.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	heads, err := b.Heads()
	if err != nil {
		t.Fatal(err)
	}
	if r, err := b.Verify(context.Background(), key, heads); err != nil || r.Fault == nil {
		t.Errorf("with the key of other books: fault %v, error %v; expected a fault", r.Fault, err)
	}
	if _, err := b.Verify(context.Background(), "no key", heads); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("with what is no key: %v", err)
	}
}

func TestHeadsOfEarlierBooksShowThatTheyWereMadeAnew(t *testing.T) {
	before := open(t, kept(t, found(20)))
	heads, err := before.Heads()
	if err != nil {
		t.Fatal(err)
	}
	key, err := before.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	anew := open(t, kept(t, found(21)))
	if r, err := anew.Verify(context.Background(), key, heads); err != nil || r.Fault == nil {
		t.Errorf("books that were made anew fit the heads of those before: %+v, %v", r, err)
	}
}

func TestTheSecretIsForItsOwnerAlone(t *testing.T) {
	dir := kept(t)
	for name, want := range map[string]os.FileMode{fileBooks: 0o600, fileSecret: 0o600, "": 0o700} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q may be used by %v; want %v", name, got, want)
		}
	}
	public, err := os.ReadFile(filepath.Join(dir, filePublic))
	if err != nil || strings.Contains(string(public), "PRIVATE") {
		t.Errorf("the public key is %q (%v)", public, err)
	}
}

func TestBooksAreBegunOnce(t *testing.T) {
	p, err := Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := kept(t, found(20))
	for _, name := range []string{fileBooks, fileSecret, filePublic, fileHeads} {
		before, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Keep(dir, p)
		if evenkeel.KindOf(err) != evenkeel.KindConflict || !strings.Contains(err.Error(), "it has books already ("+name+"); expected a directory without") || evenkeel.HintOf(err) == "" {
			t.Errorf("with %s there: %v", name, err)
		}
		if after, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(after) != string(before) {
			t.Errorf("%s was changed (%v)", name, err)
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil { // the next one is in the way then
			t.Fatal(err)
		}
	}
}

func TestWhatCannotBeBegunLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if _, err := Keep(dir, Policies{}); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("without a policy: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Keep(file, p); err == nil || !strings.Contains(err.Error(), "make the directory "+file) {
		t.Errorf("in a file: %v", err)
	}
}

// names are what a directory holds.
func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		out = append(out, e.Name())
	}
	return out
}

// begun begins books, about one finding, and does not end them.
func begun(t *testing.T, dir string) *Judge {
	t.Helper()
	p, err := Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	j, err := Keep(dir, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Enact(t.Context(), start); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Consider(t.Context(), []evenkeel.Finding{found(20)}, nobody{}, 0); err != nil {
		t.Fatal(err)
	}
	return j
}

func TestBooksAreThereAsAWholeOrNotAtAll(t *testing.T) {
	whole := []string{fileBooks, fileBooks + "-shm", fileBooks + "-wal", fileHeads, fileSecret, filePublic}
	for _, c := range []struct {
		name  string
		there []string // in the directory before; nil: there is no directory
	}{
		{"in a directory that is made", nil},
		{"in one that is empty", []string{}},
		{"in one that holds something else", []string{"notes.txt"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "march")
			if c.there != nil {
				if err := os.Mkdir(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range c.there {
				if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			before := len(names(t, parent))
			unended := begun(t, dir+"/")
			if _, err := Open(dir); evenkeel.KindOf(err) != evenkeel.KindNotFound {
				t.Errorf("before they are closed: %v", err)
			}
			dropped := begun(t, dir) // what another one began is not in the way
			if err := dropped.Drop(); err != nil {
				t.Error(err)
			}
			if err := unended.Drop(); err != nil {
				t.Error(err)
			}
			if got := names(t, parent); len(got) != before {
				t.Errorf("dropped books leave %q", got)
			}
			if c.there != nil && !slices.Equal(names(t, dir), c.there) {
				t.Errorf("dropped books leave %q", names(t, dir))
			}
			late := begun(t, dir)
			if err := begun(t, dir).Close(start.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			want := slices.Sorted(slices.Values(slices.Concat(whole, c.there)))
			if err := late.Close(start.Add(time.Hour)); evenkeel.KindOf(err) != evenkeel.KindConflict {
				t.Errorf("who is late: %v", err)
			}
			if got := names(t, dir); !slices.Equal(got, want) {
				t.Errorf("in the directory are %q; want %q", got, want)
			}
			if got := names(t, parent); !slices.Equal(got, []string{"march"}) {
				t.Errorf("beside it are %q", got)
			}
			if rows, err := open(t, dir).Cases(t.Context(), docket.Query{}); err != nil || len(rows) != 1 {
				t.Errorf("cases %v, %v", rows, err)
			}
		})
	}
}

func TestOpeningMakesNothing(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(dir)
	if evenkeel.KindOf(err) != evenkeel.KindNotFound || !strings.Contains(err.Error(), "there are none; expected a directory with "+fileBooks) {
		t.Errorf("no books: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// refusing are books that keep nothing.
type refusing struct{ docket.Books }

func (refusing) Transact(_ context.Context, f func(docket.Tx) error) error {
	_ = f(accepting{})
	return evenkeel.Invalid("the disk is full")
}

type accepting struct{ docket.Tx }

func (accepting) Put(docket.Changes) error { return nil }

func TestAHeadOfWhatWasNotKeptIsNotWritten(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "heads"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	put := func(tx docket.Tx) error {
		return tx.Put(docket.Changes{Notices: []evenkeel.Notice{{Ledger: "signed\n"}}})
	}
	h := &headed{Books: refusing{}, file: file}
	if err := h.Transact(context.Background(), put); err == nil {
		t.Error("the fault is lost")
	}
	if text, err := os.ReadFile(file.Name()); err != nil || len(text) > 0 {
		t.Errorf("written: %q (%v)", text, err)
	}
}
