package section

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// value is one that a Writer takes.
type value struct {
	begin string
	kind  byte
	n     uint64
	text  string
}

func drawValues(t *rapid.T) []value {
	list := []value{{begin: "one."}}
	for range rapid.IntRange(0, 60).Draw(t, "values") {
		v := value{kind: byte(rapid.IntRange(0, 6).Draw(t, "kind")), n: rapid.OneOf(rapid.Uint64Range(0, 300), rapid.Uint64()).Draw(t, "number")}
		switch {
		case v.kind == 6 && rapid.Bool().Draw(t, "begin"):
			v.begin = rapid.SampledFrom([]string{"one.", "two.", "more"}).Draw(t, "section")
		case v.kind >= 4:
			v.text = rapid.String().Draw(t, "text")
			if rapid.IntRange(0, 9).Draw(t, "long") == 0 {
				v.text = strings.Repeat(v.text+"x", 1_000*rapid.IntRange(1, 200).Draw(t, "times"))
			}
		}
		list = append(list, v)
	}
	return list
}

func write(t testing.TB, list []value) []byte {
	var out bytes.Buffer
	w := NewWriter(&out, "test", 3)
	for _, v := range list {
		switch {
		case v.begin != "":
			w.Begin(v.begin)
		case v.kind == 0:
			w.Uint64(v.n)
		case v.kind == 1:
			w.Uvarint(v.n)
		case v.kind == 2:
			w.Byte(byte(v.n))
		case v.kind == 3:
			w.Bool(v.n&1 == 1)
		case v.kind == 4:
			w.Text(v.text)
		default:
			w.Bytes([]byte(v.text))
		}
	}
	n, err := w.Close()
	if err != nil || n != int64(out.Len()) {
		t.Fatalf("wrote %d bytes, told %d, %v", out.Len(), n, err)
	}
	return out.Bytes()
}

// read compares what a stream gives with what was written, and says where it first differs.
func read(data []byte, list []value) (different int, err error) {
	r := NewReader(bytes.NewReader(data), "test", 3)
	for i, v := range list {
		same := true
		switch {
		case v.begin != "":
			r.Begin(v.begin)
		case v.kind == 0:
			same = r.Uint64() == v.n
		case v.kind == 1:
			same = r.Uvarint() == v.n
		case v.kind == 2:
			same = r.Byte() == byte(v.n)
		case v.kind == 3:
			same = r.Bool() == (v.n&1 == 1)
		case v.kind == 4:
			same = r.Text(1<<30) == v.text
		default:
			b := make([]byte, len(v.text))
			r.Bytes(b)
			same = string(b) == v.text
		}
		if r.Err() == nil && !same {
			return i, nil
		}
	}
	return -1, r.Close()
}

func TestWhatWasWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		list := drawValues(rt)
		if i, err := read(write(t, list), list); i >= 0 || err != nil {
			rt.Fatalf("value %d of %d differs, %v", i, len(list), err)
		}
	})
}

func TestAnyDamageIsNoticedBeforeAWrongValueIsGiven(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		list := drawValues(rt)
		data := write(t, list)
		bad := slices.Clone(data)
		at := rapid.IntRange(0, len(bad)-1).Draw(rt, "at")
		switch rapid.IntRange(0, 2).Draw(rt, "damage") {
		case 0:
			bad[at] ^= byte(rapid.IntRange(1, 255).Draw(rt, "bits"))
		case 1:
			bad = bad[:at]
		default:
			bad = append(bad, byte(at))
		}
		i, err := read(bad, list)
		if _, ok := errors.AsType[*Damaged](err); i >= 0 || !ok {
			rt.Fatalf("value %d of %d differs, %v", i, len(list), err)
		}
	})
}

func TestPiecesThatWereMovedOrLeftOutAreNoticed(t *testing.T) {
	noise := make([]byte, 3*pieceData) // does not shrink: three pieces of full length, and an empty one
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	var out bytes.Buffer
	w := NewWriter(&out, "test", 3)
	w.Begin("one.")
	w.Bytes(noise)
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := out.Bytes()
	piece := func(i int) []byte { return data[headBytes+i*(pieceBytes+pieceData):][:pieceBytes+pieceData] }
	begin, end := data[:headBytes], data[headBytes+3*(pieceBytes+pieceData):]
	for _, c := range []struct {
		name   string
		pieces [][]byte
		good   bool
	}{
		{"as they were", [][]byte{piece(0), piece(1), piece(2)}, true},
		{"two changed places", [][]byte{piece(1), piece(0), piece(2)}, false},
		{"one is missing", [][]byte{piece(0), piece(2)}, false},
		{"the last is missing", [][]byte{piece(0), piece(1)}, false},
		{"one is there twice", [][]byte{piece(0), piece(1), piece(1), piece(2)}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			stream := slices.Concat(begin, slices.Concat(c.pieces...), end)
			r := NewReader(bytes.NewReader(stream), "test", 3)
			r.Begin("one.")
			back := make([]byte, pieceData)
			for range c.pieces {
				r.Bytes(back)
			}
			if err := r.Close(); (err == nil) != c.good {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestAStreamIsRefused(t *testing.T) {
	list := []value{{begin: "one."}, {kind: 1, n: 300}, {kind: 4, text: "abc"}}
	good := write(t, list)
	for _, c := range []struct {
		name string
		in   []byte
		do   func(r *Reader)
		want string
	}{
		{"that is empty", nil, nil, "ends within its first bytes"},
		{"of another kind", append([]byte("TEST"), good[4:]...), nil, `begins with "TEST"; expected "test"`},
		{"of a later version", append([]byte("test\x04\x00\x00\x00"), good[8:]...), nil, "version 4, of a later version of the program; expected 3"},
		{"of an earlier version", append([]byte("test\x02\x00\x00\x00"), good[8:]...), nil, "version 2, of an earlier version of the program; expected 3"},
		{"that is only begun", good[:8], func(r *Reader) { r.Begin("one.") }, "ends within the head of a piece"},
		{"whose sections are others", good, func(r *Reader) { r.Begin("two.") }, `section "two.": piece 0 of section "one."; expected piece 0`},
		{"that is not read to the end of a section", good, func(r *Reader) { r.Begin("one."); r.Uvarint() }, `section "one.": 4 bytes too many`},
		{"that is read beyond a section", good, func(r *Reader) { r.Begin("one."); r.Uvarint(); r.Text(9); r.Byte() }, `section "one.": piece 0 of section "end."; expected piece 1`},
		{"with a count beyond its bound", good, func(r *Reader) { r.Begin("one."); r.Count(299) }, `section "one.": a count of 300; expected at most 299`},
		{"with a text beyond its bound", good, func(r *Reader) { r.Begin("one."); r.Uvarint(); r.Text(2) }, `section "one.": a count of 3; expected at most 2`},
		{"with something that is no truth", good, func(r *Reader) { r.Begin("one."); r.Bool() }, `section "one.": a truth of 172; expected 0 or 1`},
		{"with a number that could be shorter", write(t, []value{{begin: "one."}, {kind: 5, text: "\x81\x00"}}), func(r *Reader) { r.Begin("one."); r.Uvarint() },
			`section "one.": a number that is not in its shortest form or above 2⁶⁴−1`},
		{"with a number that is too long", write(t, []value{{begin: "one."}, {kind: 5, text: strings.Repeat("\xff", 9) + "\x02"}}), func(r *Reader) { r.Begin("one."); r.Uvarint() },
			`section "one.": a number that is not in its shortest form or above 2⁶⁴−1`},
		{"with something behind its end", append(slices.Clone(good), 0), func(r *Reader) { r.Begin("one."); r.Uvarint(); r.Text(3) }, `section "end.": something follows`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := NewReader(bytes.NewReader(c.in), "test", 3)
			if c.do != nil {
				c.do(r)
			}
			err := r.Close()
			if _, ok := errors.AsType[*Damaged](err); !ok || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if r.Uint64() != 0 || r.Uvarint() != 0 || r.Byte() != 0 || r.Text(9) != "" || r.Bool() {
				t.Error("a value is given after an error")
			}
		})
	}
}

// broken fails after so many bytes, both ways.
type broken struct {
	data []byte
	left int
}

var errBroken = errors.New("the cable is out")

func (b *broken) Read(p []byte) (int, error) {
	n := copy(p, b.data)
	if b.data = b.data[n:]; n == 0 {
		return 0, errBroken
	}
	return n, nil
}

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestFaultsOfTheFileAreToldAsTheyAre(t *testing.T) {
	good := write(t, []value{{begin: "one."}, {kind: 0, n: 7}})
	for n := range good {
		r := NewReader(&broken{data: good[:n]}, "test", 3)
		r.Begin("one.")
		r.Uint64()
		if err := r.Close(); !errors.Is(err, errBroken) {
			t.Errorf("after %d bytes: %v", n, err)
		}
		w := NewWriter(&broken{left: n}, "test", 3)
		w.Begin("one.")
		w.Uint64(7)
		if _, err := w.Close(); !errors.Is(err, errBroken) {
			t.Errorf("after room for %d bytes: %v", n, err)
		}
	}
	for _, c := range []struct{ name, magic, section string }{
		{"a magic that is too long", "tests", "one."}, {"a name that is too short", "test", "one"}, {"the name of the end", "test", "end."},
	} {
		w := NewWriter(io.Discard, c.magic, 3)
		w.Begin(c.section)
		if _, err := w.Close(); err == nil {
			t.Error(c.name, "was taken")
		}
	}
}

func TestTheStoredFormStays(t *testing.T) {
	got := hex.EncodeToString(write(t, []value{{begin: "one."}, {kind: 1, n: 300}, {kind: 4, text: "abc"}, {begin: "two."}, {kind: 0, n: math.MaxUint64}}))
	const want = "74657374030000006f6e652e00000000060000000600000015380a580f4b3e3aac020361626374776f2e" +
		"000000000800000008000000c74b6748f70b3fcbffffffffffffffff656e642e00000000000000000000000000000000c3e1a827"
	if got != want {
		t.Errorf("stored as %s, want %s", got, want)
	}
}

// FuzzReader: a stream of any bytes, and one of any content under good checksums.
func FuzzReader(f *testing.F) {
	f.Add(write(f, []value{{begin: "one."}, {kind: 1, n: 300}, {kind: 4, text: "abc"}}))
	f.Add([]byte("test\x03\x00\x00\x00one.\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add(bytes.Repeat([]byte{0xff}, 70))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, stream := range [][]byte{data, write(t, []value{{begin: "one."}, {kind: 5, text: string(data)}})} {
			r := NewReader(bytes.NewReader(stream), "test", 3)
			r.Begin("one.")
			for i := 0; i < 40 && r.Err() == nil; i++ {
				r.Uvarint()
				if got := r.Text(1 << 20); len(got) > len(stream)+pieceData {
					t.Fatalf("a text of %d bytes out of %d", len(got), len(stream))
				}
				r.Uint64()
				r.Bool()
			}
			_ = r.Close()
		}
	})
}
