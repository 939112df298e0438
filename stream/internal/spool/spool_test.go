package spool

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

// join is the Merge of the tests: texts joined by a comma, of at most ten words. A comma is shorter than
// the semicolon and the space that each text ends with.
func join(older, newer []byte) ([]byte, uint32, bool) {
	all := append(bytes.Clone(bytes.TrimSuffix(older, []byte("; "))), ',')
	all = append(all, newer...)
	n := bytes.Count(all, []byte(",")) + 1
	return all, uint32(n), n <= 10
}

func word(n int) []byte { return fmt.Appendf(nil, "word-%06d; ", n) }

// words returns what stands in an entry.
func words(data []byte) []string {
	return strings.Split(strings.TrimSuffix(string(data), "; "), ",")
}

func open(t testing.TB, o Options) *Spool {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	s, err := Open(o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { s.crash() })
	return s
}

// crash leaves the folder as a process does that is killed.
func (s *Spool) crash() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		s.file.Close()
	}
	_ = s.release()
}

func put(t testing.TB, s *Spool, data []byte) ID {
	t.Helper()
	id, err := s.Append(data, 1)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	return id
}

// rest takes everything that waits.
func rest(t testing.TB, s *Spool) (all []Entry) {
	t.Helper()
	for at := (ID{}); ; {
		e, ok, err := s.Take(at)
		if err != nil {
			t.Fatalf("take: %v", err)
		}
		if !ok {
			return all
		}
		all, at = append(all, e), e.ID
	}
}

func TestWhatIsAppendedIsTakenInOrderUntilItIsAcknowledged(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	var ids []ID
	for i := range 100 {
		ids = append(ids, put(t, s, word(i)))
	}
	for round := range 2 {
		got := rest(t, s)
		if len(got) != 100 {
			t.Fatalf("%d entries wait; expected 100", len(got))
		}
		for i, e := range got {
			if e.ID != ids[i] || !bytes.Equal(e.Data, word(i)) || e.Again != (round > 0) || e.Base != ids[0].Seq {
				t.Fatalf("entry %d of round %d is %v %q again %t base %d", i, round, e.ID, e.Data, e.Again, e.Base)
			}
		}
	}
	for i, id := range ids {
		if i != 50 {
			s.Ack(id)
			s.Ack(id) // twice is once
		}
	}
	if got := rest(t, s); len(got) != 1 || got[0].ID != ids[50] || got[0].Base != ids[50].Seq {
		t.Errorf("%v wait; expected the one that was not acknowledged", got)
	}
}

func TestWhatWasNotAcknowledgedComesAgainAfterACrash(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	for i := range 10 {
		put(t, s, word(i))
	}
	taken := rest(t, s)
	for _, e := range taken[:4] {
		s.Ack(e.ID)
	}
	s.crash()
	s = open(t, Options{Dir: dir})
	put(t, s, word(10))
	got := rest(t, s)
	for i, e := range got[:len(got)-1] {
		if !e.Again || e.ID.Boot != taken[0].ID.Boot {
			t.Errorf("entry %d %q comes again as new", i, e.Data)
		}
	}
	last := got[len(got)-1]
	if string(last.Data) != string(word(10)) || last.Again || last.ID.Boot == taken[0].ID.Boot {
		t.Errorf("the new entry is %v", last)
	}
	if n := len(got); n < 7 || n > 11 {
		t.Errorf("%d entries wait; expected the 6 that had not arrived and the new one, and at most those that had", n)
	}
}

func TestAfterACleanEndWhatHadArrivedDoesNotComeAgain(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	for i := range 10 {
		put(t, s, word(i))
	}
	for _, e := range rest(t, s)[:4] {
		s.Ack(e.ID)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(word(1), 1); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("append to a closed buffer: %v", err)
	}
	if got := rest(t, open(t, Options{Dir: dir})); len(got) != 6 || !bytes.Equal(got[0].Data, word(4)) {
		t.Errorf("%d entries wait, the first %q; expected 6 from word 4 on", len(got), got[0].Data)
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, Options{Dir: dir})
	if _, err := Open(Options{Dir: dir}); evenkeel.KindOf(err) != evenkeel.KindConflict || !strings.Contains(err.Error(), "another process has it") {
		t.Errorf("a second one opens it: %v", err)
	}
}

func TestTheFilesAreForTheirOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "buffer")
	s := open(t, Options{Dir: dir})
	put(t, s, word(1))
	rest(t, s)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 {
		t.Fatalf("%d files, %v; expected the lock, the mark and a segment", len(files), err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", f.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v, %v", info.Mode(), err)
	}
}

func TestWhatIsTooLongIsRefusedAndTheBufferGoesOn(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	if _, err := s.Append(make([]byte, MaxEntry+1), 1); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("an entry of more than MaxEntry: %v", err)
	}
	put(t, s, make([]byte, MaxEntry))
	if n := len(rest(t, s)); n != 1 {
		t.Errorf("%d entries wait; expected 1", n)
	}
	if _, err := Open(Options{Dir: t.TempDir(), MaxBytes: 100}); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("a buffer of 100 bytes: %v", err)
	}
}

// fill appends words until so many of them were given, and returns the largest size of the files.
func fill(t *testing.T, s *Spool, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		put(t, s, word(i))
		if st := s.Stats(); st.Bytes > st.MaxBytes || i%101 == 0 && onDisk(t, s.o.Dir) != st.Bytes {
			t.Fatalf("after %d words the files have %d bytes by the stats, %d on the disk; expected at most %d", i, st.Bytes, onDisk(t, s.o.Dir), st.MaxBytes)
		}
	}
}

func onDisk(t *testing.T, dir string) (n int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"+ending))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}

func TestWhenItIsFullTheOldestAreMergedBeforeAnyIsLost(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir(), MaxBytes: minBytes, Merge: join})
	const n = 3000 // of 33 bytes each: half as much again as there is room for
	fill(t, s, 0, n)
	st := s.Stats()
	if st.Merged == 0 || st.Dropped > 0 {
		t.Fatalf("%d entries were merged and %d lost; expected some and none", st.Merged, st.Dropped)
	}
	got := rest(t, s)
	var all []string
	coarse := true
	for i, e := range got {
		w := words(e.Data)
		all = append(all, w...)
		if int(e.Records) != len(w) {
			t.Errorf("entry %d says that it has %d records; it has %d", i, e.Records, len(w))
		}
		if len(w) == 1 && coarse && i > 0 && len(words(got[i-1].Data)) == 10 {
			coarse = false
		} else if !coarse && len(w) > 2 {
			t.Errorf("entry %d has %d words though an older one has one", i, len(w))
		}
	}
	if len(all) != n || !slices.IsSorted(all) {
		t.Errorf("%d words came in order %t; expected %d", len(all), slices.IsSorted(all), n)
	}
	fill(t, s, n, 4000) // now even what was merged has no room
	st = s.Stats()
	left := 0
	for _, e := range rest(t, s) {
		left += len(words(e.Data))
	}
	if st.Dropped == 0 || left+int(st.DroppedRecords) != n+4000 {
		t.Errorf("%d entries with %d records were lost and %d words are left; expected %d in all", st.Dropped, st.DroppedRecords, left, n+4000)
	}
}

func TestWhatMayHaveBeenSentIsNeverMerged(t *testing.T) {
	for _, how := range []string{"in this process", "before a crash", "before a crash that took the mark"} {
		t.Run(how, func(t *testing.T) {
			o := Options{Dir: t.TempDir(), MaxBytes: minBytes, Merge: join}
			s := open(t, o)
			const n = 200
			fill(t, s, 0, n)
			taken := rest(t, s)
			fill(t, s, n, 300)
			if how != "in this process" {
				s.crash()
				if how != "before a crash" {
					if err := os.WriteFile(filepath.Join(o.Dir, markName), []byte("no mark"), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				s = open(t, o)
			}
			fill(t, s, n+300, 2500)
			if st := s.Stats(); st.Merged == 0 || st.Dropped > 0 {
				t.Fatalf("%d entries were merged and %d lost; expected some and none", st.Merged, st.Dropped)
			}
			got := rest(t, s)
			for i, e := range taken {
				if got[i].ID != e.ID || !bytes.Equal(got[i].Data, e.Data) || !got[i].Again {
					t.Fatalf("entry %d was sent as %v %q and is %v %q, again %t", i, e.ID, e.Data, got[i].ID, got[i].Data, got[i].Again)
				}
			}
		})
	}
}

// TestModel holds the spool to a list in memory, over any order of what can happen to it.
func TestModel(t *testing.T) {
	dir := t.TempDir()
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		o := Options{Dir: filepath.Join(dir, fmt.Sprint(run)), MaxBytes: minBytes, Merge: join, Logger: slog.New(slog.DiscardHandler)}
		s, err := Open(o)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { s.crash(); os.RemoveAll(o.Dir) }()
		next, dropped := 0, uint64(0)
		waiting := map[string]bool{} // words that were appended and not acknowledged
		sent := map[ID]string{}      // what each ID was sent as
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"append", "append", "send", "crash", "close"}).Draw(rt, "what") {
			case "append":
				for range rapid.SampledFrom([]int{1, 10, 600}).Draw(rt, "n") {
					if _, err := s.Append(word(next), 1); err != nil {
						rt.Fatal(err)
					}
					waiting[words(word(next))[0]] = true
					next++
				}
			case "send":
				at, arrive := ID{}, rapid.IntRange(1, 4).Draw(rt, "one in so many is not acknowledged")
				for k := range rapid.SampledFrom([]int{5, 500}).Draw(rt, "n") {
					e, ok, err := s.Take(at)
					if err != nil {
						rt.Fatal(err)
					}
					if !ok {
						break
					}
					if was, ok := sent[e.ID]; ok && was != string(e.Data) {
						rt.Fatalf("%v was sent as %q and again as %q", e.ID, was, e.Data)
					} else if ok && !e.Again {
						rt.Fatalf("%v %q was sent before and comes as new", e.ID, e.Data)
					}
					sent[e.ID], at = string(e.Data), e.ID
					if k%arrive != 0 || arrive == 1 {
						s.Ack(e.ID)
						for _, w := range words(e.Data) {
							delete(waiting, w)
						}
					}
				}
			default:
				dropped += s.Stats().DroppedRecords
				if rapid.Bool().Draw(rt, "clean") {
					if err := s.Close(); err != nil {
						rt.Fatal(err)
					}
				} else {
					s.crash()
				}
				if s, err = Open(o); err != nil {
					rt.Fatal(err)
				}
			}
			if st := s.Stats(); st.Bytes > st.MaxBytes || st.Damaged > 0 || st.Torn > 0 {
				rt.Fatalf("%+v", st)
			}
		}
		for at := (ID{}); ; {
			e, ok, err := s.Take(at)
			if err != nil {
				rt.Fatal(err)
			}
			if !ok {
				break
			}
			at = e.ID
			for _, w := range words(e.Data) {
				delete(waiting, w)
			}
		}
		if lost := uint64(len(waiting)); lost > dropped+s.Stats().DroppedRecords {
			rt.Fatalf("%d words are gone and %d were said to be", lost, dropped+s.Stats().DroppedRecords)
		}
	})
}
