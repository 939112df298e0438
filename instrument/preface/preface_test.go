package preface

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"pgregory.net/rapid"
)

// read feeds bytes in pieces of a size, and returns what was said, or the error.
func read(b []byte, piece int) (text string, done bool, err error) {
	var r Reader
	for len(b) > 0 && !done && err == nil {
		n := min(piece, len(b))
		done, err = r.Feed(b[:n])
		b = b[n:]
	}
	return string(r.AppendText(nil)), done, err
}

// wire is a preface that another implementation wrote.
type wire struct {
	bytes.Buffer
	frames *http2.Framer
	fields bytes.Buffer
	hpack  *hpack.Encoder
}

func newWire() *wire {
	w := &wire{}
	w.WriteString(http2.ClientPreface)
	w.frames = http2.NewFramer(&w.Buffer, nil)
	w.frames.AllowIllegalWrites = true
	w.hpack = hpack.NewEncoder(&w.fields)
	return w
}

func (w *wire) field(name, value string) {
	_ = w.hpack.WriteField(hpack.HeaderField{Name: name, Value: value})
}

// chromium is what Chromium 156 says over TLS, written by golang.org/x/net.
func chromium() *wire {
	w := newWire()
	_ = w.frames.WriteSettings(http2.Setting{ID: 1, Val: 65536}, http2.Setting{ID: 2, Val: 0}, http2.Setting{ID: 4, Val: 6291456}, http2.Setting{ID: 6, Val: 262144})
	_ = w.frames.WriteWindowUpdate(0, 15663105)
	for _, f := range []string{":method GET", ":authority shop.example", ":scheme https", ":path /?q=1", "sec-ch-ua x", "user-agent y"} {
		name, value, _ := strings.Cut(f, " ")
		w.field(name, value)
	}
	_ = w.frames.WriteHeaders(http2.HeadersFrameParam{
		StreamID: 1, BlockFragment: w.fields.Bytes(), EndStream: true, EndHeaders: true,
		Priority: http2.PriorityParam{Exclusive: true, Weight: 255},
	})
	return w
}

func TestABrowserIsReadAsItIsKnown(t *testing.T) {
	want := "h2|1:65536;2:0;4:6291456;6:262144|15663105|-|1:0|masp"
	in := chromium().Bytes()
	for piece := 1; piece <= len(in); piece++ {
		if got, done, err := read(in, piece); got != want || !done || err != nil {
			t.Fatalf("in pieces of %d: %s, %v, %v; want %s", piece, got, done, err, want)
		}
	}
	var r Reader
	if _, err := r.Feed(in); err != nil {
		t.Fatal(err)
	}
	if r.Protocol() != Two || r.Key() != r.Two().Key() || r.Two().Pseudo() != "masp" || r.Two().Window() != 15663105 || len(r.Two().Settings()) != 4 {
		t.Errorf("%+v", r.Two())
	}
	if p, ok := r.Two().First(); !ok || p != (Priority{Stream: 1, Weight: 255, Exclusive: true}) {
		t.Errorf("the first request has the priority %+v", p)
	}
	if got := fmt.Sprintf("%016x", r.Key()); got != "6bc0a4f3691ed87b" {
		t.Errorf("the key is %s; it has to stay what it was", got)
	}
}

// TestWhatAnotherImplementationWritesIsRead draws a preface, has golang.org/x/net write it, and compares.
func TestWhatAnotherImplementationWritesIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWire()
		var settings []http2.Setting
		var said []string
		for range rapid.IntRange(0, MaxSettings).Draw(t, "settings") {
			s := http2.Setting{ID: http2.SettingID(rapid.Uint16().Draw(t, "id")), Val: rapid.Uint32().Draw(t, "value")}
			settings = append(settings, s)
			if own := (Setting{uint16(s.ID), s.Val}); own.reserved() {
				said = append(said, "g")
			} else {
				said = append(said, fmt.Sprintf("%d:%d", s.ID, s.Val))
			}
		}
		cut := rapid.IntRange(0, len(settings)).Draw(t, "in the first frame")
		_ = w.frames.WriteSettings(settings[:cut]...)
		window := uint32(0)
		var priorities []string
		for range rapid.IntRange(0, 6).Draw(t, "frames") {
			switch rapid.IntRange(0, 5).Draw(t, "kind") {
			case 0:
				v := rapid.Uint32Range(1, 1<<31-1).Draw(t, "window")
				_ = w.frames.WriteWindowUpdate(0, v)
				if window == 0 {
					window = v
				}
			case 1:
				p := http2.PriorityParam{StreamDep: rapid.Uint32Range(0, 99).Draw(t, "on"), Exclusive: rapid.Bool().Draw(t, "exclusive"), Weight: rapid.Byte().Draw(t, "weight")}
				stream := rapid.Uint32Range(1, 99).Draw(t, "stream")
				_ = w.frames.WritePriority(stream, p)
				priorities = append(priorities, fmt.Sprintf("%d:%s:%d:%d", stream, one(p.Exclusive), p.StreamDep, p.Weight))
			case 2:
				_ = w.frames.WriteSettingsAck()
			case 3:
				_ = w.frames.WritePing(false, [8]byte{1})
			case 4:
				_ = w.frames.WriteRawFrame(http2.FrameType(rapid.IntRange(11, 255).Draw(t, "a kind nobody knows")), 7, 3, rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "payload"))
			case 5:
				_ = w.frames.WriteWindowUpdate(1, 5)
			}
		}
		_ = w.frames.WriteSettings(settings[cut:]...)
		pseudo := ""
		names := map[string]string{":method": "m", ":authority": "a", ":scheme": "s", ":path": "p", ":protocol": "x"}
		list := rapid.Permutation([]string{":method", ":authority", ":scheme", ":path", ":protocol", ":path"}).Draw(t, "pseudo-headers")
		if rapid.Bool().Draw(t, "table of another size") {
			w.hpack.SetMaxDynamicTableSize(rapid.Uint32Range(0, 4096).Draw(t, "size"))
		}
		for _, name := range list[:rapid.IntRange(0, len(list)).Draw(t, "how many")] {
			value := rapid.StringN(0, 300, 600).Draw(t, "value")
			_ = w.hpack.WriteField(hpack.HeaderField{Name: name, Value: value, Sensitive: rapid.Bool().Draw(t, "sensitive")})
			pseudo += names[name]
		}
		for range rapid.IntRange(0, 3).Draw(t, "fields") {
			w.field(rapid.SampledFrom([]string{"accept", "x-own", "user-agent", "cookie"}).Draw(t, "field"), "v")
		}
		fields := w.fields.Bytes()
		first := rapid.IntRange(0, len(fields)).Draw(t, "in HEADERS")
		prio, firstSaid := http2.PriorityParam{}, "-"
		if rapid.Bool().Draw(t, "with priority") {
			prio = http2.PriorityParam{StreamDep: rapid.Uint32Range(0, 9).Draw(t, "on"), Exclusive: rapid.Bool().Draw(t, "exclusive"), Weight: rapid.Uint8Range(1, 255).Draw(t, "weight")}
			firstSaid = fmt.Sprintf("%s:%d", one(prio.Exclusive), prio.StreamDep)
		}
		_ = w.frames.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: fields[:first], EndHeaders: first == len(fields), PadLength: rapid.Byte().Draw(t, "padding"), Priority: prio})
		if first < len(fields) {
			second := rapid.IntRange(first, len(fields)).Draw(t, "in CONTINUATION")
			_ = w.frames.WriteContinuation(1, false, fields[first:second])
			_ = w.frames.WriteContinuation(1, true, fields[second:])
		}
		want := fmt.Sprintf("h2|%s|%d|%s|%s|%s", strings.Join(said, ";"), window, or(strings.Join(priorities, ",")), firstSaid, or(pseudo))
		got, done, err := read(w.Bytes(), rapid.IntRange(1, 60).Draw(t, "piece"))
		if got != want || !done || err != nil {
			t.Fatalf("got  %s, %v, %v\nwant %s", got, done, err, want)
		}
	})
}

func one(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func or(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func TestARequestOfHTTP1IsReadInItsOrder(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"curl", "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n", "h1|1.1|Host,User-Agent,Accept"},
		{"what comes and goes is left out", "POST /a HTTP/1.1\r\nHost: a\r\nCookie: x: y\r\nContent-LENGTH: 3\r\nRange: a\r\nAccept: b\r\n\r\nabc", "h1|1.1|Host,Accept"},
		{"letters as they were written", "PUT / HTTP/1.0\r\nhost:a\r\naccept:\r\n\r\n", "h1|1.0|host,accept"},
		{"lines that end with a line feed", "PRINT / HTTP/1.1\nHost: a\n\n", "h1|1.1|Host|lf"},
		{"no field", "M-SEARCH * HTTP/1.1\r\n\r\n", "h1|1.1|"},
	} {
		for piece := 1; piece <= len(c.in); piece++ {
			if got, done, err := read([]byte(c.in), piece); got != c.want || !done || err != nil {
				t.Fatalf("%s, in pieces of %d: %q, %v, %v; want %q", c.name, piece, got, done, err, c.want)
			}
		}
	}
	var r Reader
	_, _ = r.Feed([]byte("GET / HTTP/1.1\r\nHost: a\r\nCookie: b\r\n\r\n"))
	if r.One().Fields() != 2 || r.Protocol().String() != "HTTP/1" || r.Key() != r.One().Key() || r.One().String() != "h1|1.1|Host" {
		t.Errorf("%v %+v", r.Protocol(), r.One())
	}
}

func frame(kind, flags byte, stream uint32, payload string) string {
	b, _ := hex.DecodeString(strings.ReplaceAll(payload, " ", ""))
	return string([]byte{byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b)), kind, flags, byte(stream >> 24), byte(stream >> 16), byte(stream >> 8), byte(stream)}) + string(b)
}

func TestAnIntroductionThatContradictsItselfIsRefused(t *testing.T) {
	settings := magic + frame(frameSettings, 0, 0, "")
	many := strings.Repeat
	for _, c := range []struct {
		name, in string
		want     error
	}{
		{"TLS", "\x16\x03\x01\x02\x00", ErrNotHTTP},
		{"SSH", "SSH-2.0-OpenSSH\r\n", ErrMalformed},
		{"an empty line", "\r\n", ErrNotHTTP},
		{"HTTP/2 that is none", "PRI * HTTP/2.0\r\n\r\nAB", ErrMalformed},
		{"HTTP/0.9", "GET /\r\n", ErrMalformed},
		{"a version that is none", "GET / HTTP/1.2\r\n", ErrMalformed},
		{"a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n", ErrMalformed},
		{"a field without a name", "GET / HTTP/1.1\r\n: a\r\n", ErrMalformed},
		{"a line that is continued", "GET / HTTP/1.1\r\nA: b\r\n c\r\n", ErrMalformed},
		{"a carriage return alone", "GET / HTTP/1.1\r\n\rA", ErrMalformed},
		{"a long name", "GET / HTTP/1.1\r\n" + many("a", MaxName+1) + ": b\r\n", ErrTooMuch},
		{"many fields", "GET / HTTP/1.1\r\n" + many("Cookie: b\r\n", MaxFields+1), ErrTooMuch},
		{"many long names", "GET / HTTP/1.1\r\n" + many(many("a", MaxName)+": b\r\n", 17), ErrTooMuch},
		{"a line without end", "GET /" + many("a", MaxBytes), ErrTooMuch},
		{"a value without end", "GET / HTTP/1.1\r\nA: " + many("b", MaxBytes), ErrTooMuch},

		{"no settings", magic + frame(frameHeaders, flagEndHeaders, 1, "82"), ErrMalformed},
		{"an answer to settings that nobody sent", magic + frame(frameSettings, flagAck, 0, ""), ErrMalformed},
		{"settings of a stream", magic + frame(frameSettings, 0, 1, ""), ErrMalformed},
		{"settings that are cut", magic + frame(frameSettings, 0, 0, "0001 0000"), ErrMalformed},
		{"many settings", magic + frame(frameSettings, 0, 0, many("0001 00000000", MaxSettings+1)), ErrTooMuch},
		{"many priorities", settings + many(frame(framePriority, 0, 3, "00000000 01"), MaxPriorities+1), ErrTooMuch},
		{"a long frame", magic + "\x00\x40\x01\x04\x00\x00\x00\x00\x00", ErrMalformed},
		{"many frames", settings + many(frame(6, 0, 0, "00"), maxFrames), ErrTooMuch},
		{"data before a request", settings + frame(frameData, 0, 1, "00"), ErrMalformed},
		{"a push", settings + frame(framePush, 0, 1, "00"), ErrMalformed},
		{"fields that continue nothing", settings + frame(frameContinuation, 0, 1, "82"), ErrMalformed},
		{"a window between fields", settings + frame(frameHeaders, 0, 1, "82") + frame(frameWindowUpdate, 0, 0, "00000001"), ErrMalformed},
		{"a window of nothing", settings + frame(frameWindowUpdate, 0, 0, "80000000"), ErrMalformed},
		{"a window that is cut", settings + frame(frameWindowUpdate, 0, 0, "0001"), ErrMalformed},
		{"a priority of no stream", settings + frame(framePriority, 0, 0, "00000000 01"), ErrMalformed},
		{"a request of a server's stream", settings + frame(frameHeaders, flagEndHeaders, 2, "82"), ErrMalformed},
		{"more padding than there is", settings + frame(frameHeaders, flagEndHeaders|flagPadded, 1, "05 82"), ErrMalformed},
		{"no room for the priority", settings + frame(frameHeaders, flagEndHeaders|flagPriority, 1, "82"), ErrMalformed},
		{"a field that ends in the midst", settings + frame(frameHeaders, flagEndHeaders, 1, "82 41"), ErrMalformed},
		{"a value that ends in the midst", settings + frame(frameHeaders, flagEndHeaders, 1, "41 05 61"), ErrMalformed},
		{"an index of nothing", settings + frame(frameHeaders, flagEndHeaders, 1, "80"), ErrMalformed},
		{"an index that is not there", settings + frame(frameHeaders, flagEndHeaders, 1, "be"), ErrMalformed},
		{"an index that is not there yet", settings + frame(frameHeaders, flagEndHeaders, 1, "41 01 61 bf"), ErrMalformed},
		{"a number without end", settings + frame(frameHeaders, flagEndHeaders, 1, "ff ffffffffff 00"), ErrMalformed},
		{"a name of no length", settings + frame(frameHeaders, flagEndHeaders, 1, "00 00 00"), ErrMalformed},
		{"nine pseudo-headers", settings + frame(frameHeaders, flagEndHeaders, 1, many("82", MaxPseudo+1)), ErrTooMuch},
		{"endless continuations", settings + frame(frameHeaders, 0, 1, "82") + many(frame(frameContinuation, 0, 1, ""), maxFrames), ErrTooMuch},
		{"one value over many frames", settings + frame(frameHeaders, 0, 1, "41 ff ff ff 7f") + many(frame(frameContinuation, 0, 1, many("61", 8000)), 5), ErrTooMuch},
	} {
		for _, piece := range []int{1, 7, len(c.in)} {
			if got, done, err := read([]byte(c.in), piece); !errors.Is(err, c.want) || done {
				t.Errorf("%s, in pieces of %d: %q, %v, %v; want %v", c.name, piece, got, done, err, c.want)
			}
		}
	}
	var r Reader
	if r.Key() != 0 || len(r.AppendText(nil)) != 0 || r.Protocol().String() != "unknown" {
		t.Error("nothing was said and something is told")
	}
	_, _ = r.Feed([]byte{0x16})
	if _, err := r.Feed([]byte("GET / HTTP/1.1\r\n\r\n")); !errors.Is(err, ErrNotHTTP) {
		t.Errorf("after an error: %v", err)
	}
}

// TestTheLimitIsAtOneByte: however it is cut, what is beyond MaxBytes is not looked at.
func TestTheLimitIsAtOneByte(t *testing.T) {
	for long := MaxBytes - 45; long < MaxBytes+5; long++ {
		for _, end := range []string{"\r\n\r\n", "\r\n bad", "\r\nbad\r"} {
			in := []byte("GET / HTTP/1.1\r\nA: " + strings.Repeat("b", long-20) + end)
			_, done, err := read(in, len(in))
			for _, piece := range []int{1, 1000} {
				if _, also, err2 := read(in, piece); done != also || !errors.Is(err2, err) {
					t.Fatalf("%d bytes and %q at once: %v, %v; in pieces of %d: %v, %v", long, end, done, err, piece, also, err2)
				}
			}
			if beyond := len(in) > MaxBytes; end == "\r\n\r\n" && done == beyond {
				t.Fatalf("of %d bytes: %v, %v", len(in), done, err)
			}
		}
	}
}

func TestWhatMayBeTakenFromTheTableIs(t *testing.T) {
	settings := magic + frame(frameSettings, 0, 0, "")
	for _, c := range []struct{ name, fields, want string }{
		{"a field that was put there", "41 01 61  be  84", "aap"},
		{"the older of two", "42 01 61  47 01 62  bf  be", "msms"},
		{"names of their own, plain and in the code of Huffman", "00 09 3a70726f746f636f6c 01 61  00 82 b8 ff 01 61", "xx"},
		{"names that need not be spelled", "00 07 3a6d6574686f64 01 61  00 84 b958d33f 01 61  40 85 b8824e5a4b 01 61  be", "mpss"},
		{"a name that is longer than any", "00 0b 3a617574686f7269747979 01 61", "x"},
		{"a status, which is no request's", "88", "x"},
		{"new sizes of the table first", "20 3f e1 1f 82", "m"},
		{"nothing", "", "-"},
		{"a field that is none of them ends it", "82 90 ffffffffffffff", "m"},
		{"one with a name of its own, too", "82 00 81 ff", "m"},
	} {
		got, done, err := read([]byte(settings+frame(frameHeaders, flagEndHeaders, 1, c.fields)), 1000)
		if want := "h2||0|-|-|" + c.want; got != want || !done || err != nil {
			t.Errorf("%s: %s, %v, %v; want %s", c.name, got, done, err, want)
		}
	}
}

func TestNamesAreSpelledAsTheCodeSays(t *testing.T) {
	for _, s := range spelled {
		if got := string(hpack.AppendHuffmanString(nil, s.plain)); got != s.huffman || s.plain[1] != s.letter {
			t.Errorf("%s is %x, not %x", s.plain, got, s.huffman)
		}
	}
}

func TestNumbersDrawnByLotDoNotShow(t *testing.T) {
	keys := map[uint64]bool{}
	for i := range uint16(16) {
		id := 0x0a0a | i<<4 | i<<12
		w := newWire()
		_ = w.frames.WriteSettings(http2.Setting{ID: 1, Val: 1}, http2.Setting{ID: http2.SettingID(id), Val: uint32(i)})
		w.field(":method", "GET")
		_ = w.frames.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: w.fields.Bytes(), EndHeaders: true})
		var r Reader
		if done, err := r.Feed(w.Bytes()); !done || err != nil {
			t.Fatal(err)
		}
		keys[r.Key()] = true
	}
	if len(keys) != 1 {
		t.Errorf("one client has %d keys", len(keys))
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	two := chromium().Bytes()
	one := []byte("GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/8\r\nAccept: */*\r\nCookie: a=b\r\n\r\n")
	for _, in := range [][]byte{two, one} {
		var r Reader
		if n := testing.AllocsPerRun(200, func() {
			r = Reader{}
			if done, err := r.Feed(in); !done || err != nil {
				t.Fatal(err)
			}
			if r.Key() == 0 {
				t.Fatal("there is no key")
			}
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

func BenchmarkFeed(b *testing.B) {
	fields := ""
	for i := range 14 {
		fields += fmt.Sprintf("Sec-Header-%d: %s\r\n", i, strings.Repeat("v", 30))
	}
	for name, in := range map[string][]byte{"HTTP/2": chromium().Bytes(), "HTTP/1": []byte("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n")} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			var r Reader
			for b.Loop() {
				r = Reader{}
				if done, err := r.Feed(in); !done || err != nil {
					b.Fatal(err)
				}
				r.Key()
			}
		})
	}
}

// FuzzFeed: nothing panics, and pieces do not show.
func FuzzFeed(f *testing.F) {
	f.Add(chromium().Bytes(), uint8(1))
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"), uint8(3))
	f.Add([]byte(magic+frame(frameSettings, 0, 0, "0001 00000000")+frame(frameHeaders, flagPadded|flagPriority, 1, "02 80000000 ff 41 01 61 0000")+frame(frameContinuation, flagEndHeaders, 1, "be")), uint8(2))
	f.Add([]byte("PRI * HTTP/2.0\r\n\r\nGET"), uint8(9))
	f.Fuzz(func(t *testing.T, in []byte, piece uint8) {
		whole, done, err := read(in, len(in)+1)
		again, also, err2 := read(in, int(piece)+1)
		if whole != again || done != also || !errors.Is(err2, err) {
			t.Errorf("at once: %q, %v, %v; in pieces of %d: %q, %v, %v", whole, done, err, piece+1, again, also, err2)
		}
		if len(whole) > maxText {
			t.Errorf("the text has %d bytes", len(whole))
		}
	})
}
