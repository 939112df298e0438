package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/store/memory"
	"github.com/evenkeel/evenkeel/store/storetest"
)

func TestBooks(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Books { return openAt(t, fileOf(t), Options{}) })
}

// TestBooksAgreeWithThoseInMemory puts anything at all into both.
func TestBooksAgreeWithThoseInMemory(t *testing.T) {
	storetest.Agree(t, func(t testing.TB) storetest.Books { return openAt(t, fileOf(t), Options{}) },
		func(testing.TB) storetest.Books { return memory.New(nil) })
}

func fileOf(t testing.TB) string { return filepath.Join(t.TempDir(), "books.db") }

func openAt(t testing.TB, path string, o Options) *DB {
	t.Helper()
	db, err := Open(path, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { closed(t, db) })
	return db
}

func openToRead(t testing.TB, path string) *DB {
	t.Helper()
	db, err := OpenReadOnly(path)
	if err != nil {
		t.Fatalf("open to read: %v", err)
	}
	t.Cleanup(func() { closed(t, db) })
	return db
}

func closed(t testing.TB, db *DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

var began = evenkeel.MomentOf(time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC))

// theCase is the one case that these tests write about.
var theCase = evenkeel.Case{
	ID: "c-1", Tenant: "raisup", Family: "mining", Opened: began, State: evenkeel.CaseOpen, Since: began, Latest: began,
}

// decisionOf is the id of the decision that the nth finding leads to.
func decisionOf(n int) evenkeel.DecisionID { return evenkeel.DecisionID(fmt.Sprint("d-", n)) }

// nth is what a finding leads to, for the nth time: a decision with all that belongs to it.
func nth(tx docket.Tx, n int) error {
	d, err := tx.Dossier(theCase.Tenant, theCase.Family)
	if err != nil {
		return err
	}
	key, err := tx.Ledger().Key(theCase.Tenant)
	if err != nil {
		return err
	}
	at := began.Add(time.Duration(n) * time.Second)
	f := evenkeel.Finding{
		ID: evenkeel.FindingID(fmt.Sprint("f-", n)), Revision: evenkeel.Final, Rule: "crypto-mining", Version: 1, Family: "mining", Mode: evenkeel.ModeLive,
		Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: "vm-1", Tenant: "raisup"}, From: began, Until: at, At: at, Score: 2,
		Terms: []evenkeel.Term{
			{Name: "busy", Family: evenkeel.EvidenceUsage, Value: evenkeel.Reading{Value: 0.97, Known: true}, Threshold: evenkeel.Reading{Value: 0.9, Known: true}, Weight: 1, Says: "The CPU was busy for 97 % of the last hour."},
			{Name: "steady", Family: evenkeel.EvidenceUsage, Value: evenkeel.Reading{Value: 0.01, Known: true}, Threshold: evenkeel.Reading{Value: 0.05, Known: true}, Weight: 1, Says: "It hardly changed in that time."},
		},
		Panes: []evenkeel.PaneSeries{{Name: "cpu", From: began, Width: 60e9, Values: make([]evenkeel.Reading, 60)}},
	}
	x := evenkeel.Decision{
		ID: decisionOf(n), Case: theCase.ID, Tenant: "raisup", Family: "mining", Measure: evenkeel.MeasureNotify, Wanted: evenkeel.MeasureThrottle,
		Assets: []evenkeel.AssetID{"vm-1"}, From: at, Until: at.Add(72 * time.Hour), At: at, Actor: evenkeel.Actor{Policy: "sha256:abc"}, State: evenkeel.InForce, Mode: evenkeel.ModeLive,
		Grounds: evenkeel.Grounds{Clause: "4.2 of the terms", Row: "compute, one family", Basis: []evenkeel.Basis{{
			Finding: f.ID, Revision: f.Revision, Rule: f.Rule, Version: 1, From: f.From, Until: f.Until, Terms: f.Terms,
		}}},
		Safeguards: []evenkeel.Safeguard{{Name: "standing", Says: evenkeel.Unknown, Why: "on credit: no payment history"}, {Name: "age", Says: evenkeel.Permit, Why: "30 days"}},
	}
	entry := func(i int64, kind evenkeel.EntryKind, ref string) evenkeel.Entry {
		return evenkeel.Entry{Case: theCase.ID, Seq: d.Entries + i, At: at, Kind: kind, Ref: ref, State: "final", Says: "A sentence about what was found and decided."}
	}
	c := docket.Changes{
		Tenant: theCase.Tenant, Family: theCase.Family, Taken: []string{fmt.Sprint("n ", n)}, Cases: []evenkeel.Case{theCase},
		Entries:   []evenkeel.Entry{entry(1, evenkeel.EntryFound, string(f.ID)), entry(2, evenkeel.EntryDecided, string(x.ID)), entry(3, evenkeel.EntryToldTo, "")},
		Decisions: []evenkeel.Decision{x}, Findings: []evenkeel.Finding{f},
		Clocks: []docket.Clock{
			{Case: theCase.ID, Decision: x.ID, Kind: docket.ClockLease, Started: at, Due: x.Until, Breach: "The measure ends by itself."},
			{Case: theCase.ID, Kind: docket.ClockTenantAnswer, Started: at, Due: at.Add(24 * time.Hour), Breach: "A person looks."},
		},
		Orders: []evenkeel.Order{{ID: evenkeel.NewOrderID(x.ID, false), Decision: x.ID, Tenant: x.Tenant, Measure: x.Measure, Assets: x.Assets, From: x.From, Until: x.Until}},
		Notices: []evenkeel.Notice{{
			ID: evenkeel.NewNoticeID(x.ID, x.State), Case: x.Case, Decision: x.ID, Tenant: x.Tenant, Family: x.Family, At: at, State: x.State, Measure: x.Measure,
			Assets: x.Assets, From: x.From, Until: x.Until, Seen: f.Terms, Clause: x.Grounds.Clause, PersonBy: at.Add(time.Hour),
		}},
	}
	var leaves []ledger.Leaf
	if d.Case == nil {
		leaves = append(leaves, ledger.OfCase(key, &theCase, "sha256:abc"))
	}
	if c.Sealed, err = ledger.Seal(tx.Ledger(), append(leaves, ledger.OfDecision(key, &x, "sha256:abc"))...); err != nil {
		return err
	}
	return tx.Put(c)
}

// put keeps the nth of these.
func put(t testing.TB, db *DB, n int) {
	t.Helper()
	if err := db.Transact(t.Context(), func(tx docket.Tx) error { return nth(tx, n) }); err != nil {
		t.Fatalf("put %d: %v", n, err)
	}
}

// checkWhole wants exactly the first n of these in the books, whole, and sound files.
func checkWhole(t testing.TB, db *DB, n int) {
	t.Helper()
	f, err := db.Folder(t.Context(), theCase.ID)
	if n == 0 && evenkeel.KindOf(err) == evenkeel.KindNotFound {
		return
	}
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if len(f.Decisions) != n || len(f.Entries) != 3*n || len(f.Findings) != n || len(f.Orders) != n || len(f.Notices) != n || len(f.Clocks) != n+1 {
		t.Errorf("%d decisions, %d entries, %d findings, %d orders, %d notices, %d clocks; expected those of %d transactions",
			len(f.Decisions), len(f.Entries), len(f.Findings), len(f.Orders), len(f.Notices), len(f.Clocks), n)
	}
	staff, _, _ := sealedStaff(t, db)
	if r, leaves := verify(t, db), int64(n+1+staff); r.Fault != nil || r.Leaves != leaves || r.Contents != leaves || r.Rows != leaves {
		t.Errorf("the ledger is %+v (%v); expected %d leaves that fit", r, r.Fault, leaves)
	}
	err = db.read(t.Context(), "check", func(ctx context.Context, s *session) error {
		var ok string
		var taken int
		if _, err := s.one(ctx, []any{&ok}, "PRAGMA integrity_check"); err != nil || ok != "ok" {
			t.Errorf("the file is not sound: %s (%v)", ok, err)
		}
		_, err := s.one(ctx, []any{&taken}, "SELECT count(*) FROM taken")
		if taken != n {
			t.Errorf("%d keys are taken; expected %d", taken, n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func verify(t testing.TB, db *DB) (r ledger.Report) {
	t.Helper()
	err := db.Log(t.Context(), func(l ledger.Log) (err error) {
		r, err = ledger.Verify(l, nil, nil)
		return err
	})
	if err != nil {
		t.Errorf("verify: %v", err)
	}
	return r
}

// childFile names, in the environment of a process that a test starts, the file that it
// writes to.
const childFile = "EVENKEEL_TEST_BOOKS"

func TestMain(m *testing.M) {
	if path := os.Getenv(askedFile); path != "" {
		if err := askForLocks(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if path := os.Getenv(childFile); path != "" {
		if err := writeOn(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// writeOn keeps one transaction after the other, and prints the number of each once it is
// kept, until its input ends or it is killed. Each line of input asks for as many as it says.
func writeOn(path string) error {
	db, err := Open(path, Options{})
	if err != nil {
		return err
	}
	n := 0
	err = db.Transact(context.Background(), func(tx docket.Tx) error {
		d, err := tx.Dossier(theCase.Tenant, theCase.Family)
		n = int(d.Entries / 3)
		return err
	})
	if err != nil {
		return err
	}
	in := bufio.NewReader(os.Stdin)
	for {
		var many int
		if _, err := fmt.Fscanln(in, &many); err != nil {
			return db.Close()
		}
		for range many {
			if err := db.Transact(context.Background(), func(tx docket.Tx) error { return nth(tx, n) }); err != nil {
				return err
			}
			n++
			fmt.Println(n)
		}
	}
}

// child is another process that writes to a file.
type child struct {
	t   testing.TB
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func startChild(t testing.TB, path string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, cmd: exec.Command(exe)}
	c.cmd.Env, c.cmd.Stderr = append(os.Environ(), childFile+"="+path), os.Stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewScanner(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.cmd.Process.Kill(); _ = c.cmd.Wait() }) // it may have ended long ago
	return c
}

// write asks for some transactions and does not wait for them.
func (c *child) write(many int) { fmt.Fprintln(c.in, many) }

// next waits for the number of the next transaction that is kept; 0 where no more comes.
func (c *child) next() (n int) {
	if c.out.Scan() {
		fmt.Sscan(c.out.Text(), &n)
	}
	return n
}

// end lets it close the file and end.
func (c *child) end() {
	c.t.Helper()
	c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		c.t.Errorf("the other process: %v", err)
	}
}
