package spool

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// recorded returns the folder and the one segment of a spool with three entries.
func recorded(t *testing.T) (file string, data []byte) {
	t.Helper()
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	for i := range 3 {
		put(t, s, word(i))
	}
	s.crash()
	files, err := filepath.Glob(filepath.Join(dir, "*"+ending))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v; expected one segment", files, err)
	}
	if data, err = os.ReadFile(files[0]); err != nil {
		t.Fatal(err)
	}
	return files[0], data
}

// TestWhatIsHalfWrittenIsNeverHandedOut cuts a segment at each byte.
func TestWhatIsHalfWrittenIsNeverHandedOut(t *testing.T) {
	file, data := recorded(t)
	each := (len(data) - headerBytes) / 3
	for n := range len(data) + 1 {
		if err := os.WriteFile(file, data[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, Options{Dir: filepath.Dir(file)})
		got := rest(t, s)
		if whole := max(n-headerBytes, 0) / each; len(got) != whole {
			t.Fatalf("of %d bytes %d entries came back; expected %d", n, len(got), whole)
		}
		for i, e := range got {
			if !bytes.Equal(e.Data, word(i)) {
				t.Fatalf("of %d bytes entry %d came back as %q", n, i, e.Data)
			}
		}
		s.crash()
	}
}

// TestDamageCostsWhatItHits turns each byte of a segment.
func TestDamageCostsWhatItHits(t *testing.T) {
	file, data := recorded(t)
	each := (len(data) - headerBytes) / 3
	for n := range data {
		bent := bytes.Clone(data)
		bent[n] ^= 0x20
		mark := filepath.Join(filepath.Dir(file), markName) // of the round before
		if err := errors.Join(os.WriteFile(file, bent, 0o600), os.WriteFile(mark, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		s := open(t, Options{Dir: filepath.Dir(file)})
		got := rest(t, s)
		st := s.Stats()
		s.crash()
		if st.Damaged+st.Torn == 0 {
			t.Fatalf("byte %d was turned and nothing is said", n)
		}
		hit, length := (n-headerBytes)/each, (n-headerBytes)%each < 4
		want := 2
		if n < headerBytes {
			want = 0
		} else if length { // where the next one begins is not known then
			want = hit
		}
		if len(got) < want || len(got) > 2 {
			t.Fatalf("byte %d was turned and %d entries came back; expected %d", n, len(got), want)
		}
		for _, e := range got {
			if i := e.ID.Seq - 1; n >= headerBytes && int(i) == hit || !bytes.Equal(e.Data, word(int(i))) {
				t.Fatalf("byte %d was turned and entry %d came back as %q", n, i, e.Data)
			}
		}
	}
}

// TestDamageWhileItRunsCostsWhatItHits turns bytes that were whole when the spool was opened.
func TestDamageWhileItRunsCostsWhatItHits(t *testing.T) {
	file, data := recorded(t)
	s := open(t, Options{Dir: filepath.Dir(file)})
	data[headerBytes+frameBytes+2] ^= 1
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	got := rest(t, s)
	if len(got) != 2 || !bytes.Equal(got[0].Data, word(1)) || s.Stats().Damaged != 1 {
		t.Errorf("%d entries came, %d were damaged; expected 2 and 1", len(got), s.Stats().Damaged)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if got := rest(t, s); len(got) != 0 || s.Stats().Damaged != 3 {
		t.Errorf("%d entries came of a file that is gone, %d were damaged; expected 0 and 3", len(got), s.Stats().Damaged)
	}
	put(t, s, word(9))
	if got := rest(t, s); len(got) != 1 {
		t.Errorf("%d entries wait after that; expected the new one", len(got))
	}
}

func TestOfTheMarkTheNewerWholeSlotCounts(t *testing.T) {
	older := mark{version: 4, sent: position{1, 2}, gone: position{1, 1}}
	newer := mark{version: 5, sent: position{3, 4}, gone: position{3, 3}}
	file := make([]byte, 2*slotBytes)
	copy(file, older.encode())
	copy(file[slotBytes:], newer.encode())
	if m, known := decodeMark(file); m != newer || !known {
		t.Errorf("the mark is %+v, known %t; expected the newer", m, known)
	}
	file[slotBytes+9] ^= 1
	if m, known := decodeMark(file); m != older || !known {
		t.Errorf("the mark is %+v, known %t; expected the older, which is whole", m, known)
	}
	file[9] ^= 1
	if m, known := decodeMark(file); m.sent != everything || known {
		t.Errorf("the mark is %+v, known %t; expected that all was sent", m, known)
	}
	if m, known := decodeMark(nil); m != (mark{}) || !known {
		t.Errorf("the mark of a new folder is %+v, known %t", m, known)
	}
}

func FuzzScan(f *testing.F) {
	boot := Boot{1, 2, 3}
	whole := appendEntry(appendEntry(appendHeader(nil, boot), 1, 1, []byte("one")), 7, 2, nil)
	f.Add(whole)
	f.Add(whole[:len(whole)-2])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		found := scan(data)
		if found.foreign {
			if len(found.entries) > 0 {
				t.Fatal("entries of what is no segment")
			}
			return
		}
		// What was found is found again when it is written as a segment of its own.
		again := appendHeader(nil, found.boot)
		newest := uint64(0)
		for _, p := range found.entries {
			if p.seq <= newest {
				t.Fatalf("sequence %d after %d", p.seq, newest)
			}
			newest = p.seq
			again = appendEntry(again, p.seq, p.records, data[p.at+frameBytes:p.at+p.bytes()])
		}
		twice := scan(again)
		if twice.foreign || twice.damaged > 0 || twice.torn > 0 || len(twice.entries) != len(found.entries) {
			t.Fatalf("%d entries come back as %+v", len(found.entries), twice)
		}
	})
}
