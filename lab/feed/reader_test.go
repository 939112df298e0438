package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// otlpLine is a request with one reading of an asset.
func otlpLine(asset string, second int) string {
	return fmt.Sprintf(`{"resourceMetrics":[{"resource":{"attributes":[{"key":"host.id","value":{"stringValue":%q}}]},`+
		`"scopeMetrics":[{"metrics":[{"name":"system.cpu.utilization","unit":"1","gauge":{"dataPoints":[`+
		`{"timeUnixNano":"%d","asDouble":0.5}]}}]}]}]}`, asset, (1_600_000_000+int64(second))*1e9)
}

func eventLine(id string) string {
	return `{"id":"` + id + `","source":"s","type":"evenkeel.lifecycle.v1","specversion":"1.0","time":"2021-11-26T01:00:00Z",` +
		`"data":{"asset":"vm-9","tenant":"t-9","action":"create"}}`
}

// read reads one stream and returns the assets of its records, in order.
func read(t *testing.T, opts Options, in io.Reader, name string) (assets []string, s Summary, err error) {
	t.Helper()
	r := New(opts)
	err = r.Read(t.Context(), in, name, func(b *evenkeel.Batch) error {
		for i := range b.Records {
			assets = append(assets, b.Text(b.Records[i].Asset))
		}
		return nil
	})
	return assets, r.Summary(), err
}

func gz(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

func zst(s string) string {
	w, _ := zstd.NewWriter(nil)
	return string(w.EncodeAll([]byte(s), nil))
}

func TestWhatIsRead(t *testing.T) {
	a, b, c := otlpLine("a", 1), otlpLine("b", 2), otlpLine("c", 3)
	for _, tt := range []struct {
		name     string
		opts     Options
		in       string
		want     []string
		problems []string // prefixes
		err      string
	}{
		{name: "lines in their order", in: a + "\n" + b + "\n" + c + "\n", want: []string{"a", "b", "c"}},
		{name: "a last line without its end", in: a + "\n" + b, want: []string{"a", "b"}},
		{name: "lines that end with CRLF", in: a + "\r\n" + b + "\r\n", want: []string{"a", "b"}},
		{name: "a byte order mark", in: "\ufeff" + a + "\n", want: []string{"a"}},
		{name: "blank lines", in: "\n  \n\r\n" + a + "\n\n\t\n" + b + "\n\n", want: []string{"a", "b"}},
		{name: "an empty file", in: ""},
		{name: "a file of blanks", in: " \n\n"},
		{name: "gzip", in: gz(a + "\n" + b), want: []string{"a", "b"}},
		{name: "gzip in several members", in: gz(a+"\n") + gz(b+"\n"), want: []string{"a", "b"}},
		{name: "an empty file in gzip", in: gz("")},
		{name: "zstd", in: zst(a + "\n" + b), want: []string{"a", "b"}},
		{name: "events, whose first key says nothing yet", in: eventLine("1") + "\n", want: []string{"vm-9"}},
		{name: "an array of events", in: "[" + eventLine("1") + "," + eventLine("2") + "]\n", want: []string{"vm-9", "vm-9"}},

		{
			name: "a bad line costs nothing but itself", in: a + "\n{\"resourceMetrics\":[{\n" + b + "\nrubbish\n" + c,
			want: []string{"a", "b", "c"}, problems: []string{"x.json:2: ", "x.json:4: "},
		},
		{
			name: "a bad first line does not hide the format", in: "rubbish\n" + a, want: []string{"a"},
			problems: []string{"x.json:1: "},
		},
		{
			name: "a line of the other format", in: a + "\n" + eventLine("1") + "\n" + b, want: []string{"a", "b"},
			problems: []string{"x.json:2: this line is a CloudEvent, but the file is read as OTLP requests (its first line is one): put the two formats into different files"},
		},
		{
			name: "a line of the other format the other way round", in: eventLine("1") + "\n" + a + "\n" + eventLine("2"),
			want: []string{"vm-9", "vm-9"}, problems: []string{"x.json:2: this line is an OTLP request, but the file is read as CloudEvents (its first line is one): put the two formats into different files"},
		},
		{
			name: "an array of events among requests", in: a + "\n[" + eventLine("1") + "]\n", want: []string{"a"},
			problems: []string{"x.json:2: this line is a CloudEvent, but the file is read as OTLP requests"},
		},
		{
			name: "another format than the one that is forced", opts: Options{Format: FormatCloudEvents}, in: a + "\n" + eventLine("1"), want: []string{"vm-9"},
			problems: []string{"x.json:1: this line is an OTLP request, but the file is read as CloudEvents (--format says so): "},
		},
		{
			name: "something else among requests", in: a + "\n{\"a\":1}\n" + b, want: []string{"a", "b"},
			problems: []string{"x.json:2: expected an OTLP request"},
		},
		{name: "a request without points", in: a + "\n" + `{"resourceMetrics":[]}`, want: []string{"a"}},
		{
			name: "a bad event in an array leaves the others", in: "[" + eventLine("1") + `,{"specversion":"1.0"},` + eventLine("2") + "]\n" +
				eventLine("3"), want: []string{"vm-9", "vm-9", "vm-9"}, problems: []string{"x.json:1: read batch of events: 1 of 3 refused"},
		},
		{
			name: "an event that is not what its type says", in: eventLine("1") + "\n" + strings.Replace(eventLine("2"), "create", "explode", 1),
			want: []string{"vm-9"}, problems: []string{"x.json:2: read event"},
		},
		{
			name: "a line beyond the limit is skipped", opts: Options{MaxLine: 1000},
			in: a + "\n" + strings.Repeat("x", 200_000) + "\n" + b, want: []string{"a", "b"},
			problems: []string{"x.json:2: line is too long; expected at most 1000 bytes"},
		},
		{
			name: "a last line beyond the limit", opts: Options{MaxLine: 1000},
			in: a + "\n" + strings.Repeat("x", 1001), want: []string{"a"}, problems: []string{"x.json:2: line is too long"},
		},
		{
			name: "a line that just fits", opts: Options{MaxLine: len(a)}, in: a + "\r\n" + a + "\n", want: []string{"a", "a"},
		},
		{
			name: "gzip that is cut", in: gz(a + "\n" + b + "\n")[:150],
			problems: []string{"x.json:1: read: it ends in the middle of what was compressed, as if it had been cut off"},
		},
		{name: "gzip that is cut at once", in: gz(a)[:5], problems: []string{"x.json: read: it ends in the middle of what was compressed"}},
		{name: "gzip that is damaged at once", in: "\x1f\x8b rubbish", problems: []string{"x.json: read: what was compressed is damaged"}},
		{name: "zstd that is damaged at once", in: "\x28\xb5\x2f\xfd rubbish", problems: []string{"x.json:1: read: "}},
		{
			name: "a forced format", opts: Options{Format: FormatOTLP}, in: "rubbish\n" + a, want: []string{"a"},
			problems: []string{"x.json:1: "},
		},

		{name: "no JSON", in: "time,value\n1,2\n", err: "read x.json: its lines are not JSON objects; the formats are otlp-json ("},
		{name: "JSON over several lines", in: "{\n  \"resourceMetrics\": []\n}\n", err: "each must stand on one line"},
		{name: "other JSON", in: `{"a":1}` + "\n", err: "the formats are otlp-json"},
		{name: "traces", in: `{"resourceSpans":[]}` + "\n", err: "traces, logs or profiles"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
				got, s, err := read(t, tt.opts, in, "x.json")
				if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
					t.Fatalf("error %v; want %q", err, tt.err)
				}
				if tt.err != "" && (evenkeel.KindOf(err) != evenkeel.KindInvalid || evenkeel.HintOf(err) == "") {
					t.Errorf("error of kind %v, hint %q; want invalid and a hint", evenkeel.KindOf(err), evenkeel.HintOf(err))
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("assets %q; want %q", got, tt.want)
				}
				if int(s.Records) != len(tt.want) || s.Files != 1 {
					t.Errorf("summary says %d records of %d files", s.Records, s.Files)
				}
				if int(s.Malformed) != len(tt.problems) || len(s.Problems) != len(tt.problems) {
					t.Fatalf("problems %v; want %q", s.Problems, tt.problems)
				}
				for i, p := range s.Problems {
					if !strings.HasPrefix(p.String(), tt.problems[i]) {
						t.Errorf("problem %q; want it to begin with %q", p, tt.problems[i])
					}
				}
			}
		})
	}
}

func TestWhatHeldNoRecordIsNamed(t *testing.T) {
	r := New(Options{})
	for _, in := range []struct{ name, text string }{
		{"blank", "\n\n"}, {"good", otlpLine("a", 1)}, {"useless", strings.Replace(otlpLine("a", 2), "system.cpu.utilization", "system.memory.usage", 1)},
		{"damaged", "\x1f\x8b rubbish"}, {"refused", strings.Replace(eventLine("2"), "create", "explode", 1)},
	} {
		if err := r.Read(t.Context(), strings.NewReader(in.text), in.name, func(*evenkeel.Batch) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := r.Summary().Empty, []string{"blank", "useless", "damaged", "refused"}; !slices.Equal(got, want) {
		t.Errorf("without a record %q; want %q", got, want)
	}
}

// What a malformed line says is told with the line; the tally does not say it again.
func TestTheTallyCountsWhatIsInGoodLines(t *testing.T) {
	bad := strings.Replace(eventLine("2"), "create", "explode", 1)
	_, s, err := read(t, Options{}, strings.NewReader(eventLine("1")+"\n"+bad+"\n["+eventLine("3")+","+bad+"]\n"), "f")
	if err != nil || s.Malformed != 2 || s.Records != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	if s.Tally.Accepted != 2 || s.Tally.Refused() != 0 {
		t.Errorf("the tally is %s; want the two that were taken", s.Tally.String())
	}
	var before, now intake.Tally
	now.Accepted = 1
	now.Count(intake.BadEvent)
	now.Count(intake.NoValue)
	now.Explain(intake.NoValue, "this one")
	got := unrefused(before, now)
	if n, example := got.Of(intake.NoValue); got.Refused() != 0 || got.Accepted != 1 || n != 1 || example != "this one" {
		t.Errorf("left is %s with %q; want what was taken and ignored", got.String(), example)
	}
}

func TestProblemsAreAllCountedAndTheFirstOnesTold(t *testing.T) {
	told := 0
	in := otlpLine("a", 1) + strings.Repeat("\nrubbish", 500)
	_, s, err := read(t, Options{Problems: 3, Problem: func(Problem) { told++ }}, strings.NewReader(in), "f")
	if err != nil || told != 3 || len(s.Problems) != 3 || s.Malformed != 500 || s.Lines != 501 {
		t.Errorf("told %d, kept %d, counted %d of %d lines, %v", told, len(s.Problems), s.Malformed, s.Lines, err)
	}
}

func TestASkippedLineIsNotHeld(t *testing.T) {
	const limit = 1 << 10
	long := io.MultiReader(
		strings.NewReader(otlpLine("a", 1)+"\n"),
		io.LimitReader(endless{}, 64<<20), strings.NewReader("\n"+otlpLine("b", 2)))
	lines := NewLines(long, limit)
	var got []error
	for {
		_, err := lines.Next()
		if err == io.EOF {
			break
		}
		got = append(got, err)
	}
	if !slices.Equal(got, []error{nil, ErrLineTooLong, nil}) {
		t.Fatalf("lines end with %v", got)
	}
	if cap(lines.buf) > 2*limit+prefixBytes {
		t.Errorf("holds %d bytes for a limit of %d", cap(lines.buf), limit)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestALineOfManyPointsIsHandedOnInPieces(t *testing.T) {
	const points = evenkeel.MaxBatchRecords + 10
	var b strings.Builder
	b.WriteString(`{"resourceMetrics":[{"resource":{"attributes":[{"key":"host.id","value":{"stringValue":"vm"}}]},` +
		`"scopeMetrics":[{"metrics":[{"name":"system.cpu.utilization","unit":"1","gauge":{"dataPoints":[`)
	for i := range points {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"timeUnixNano":"%d","asDouble":0.5}`, 1_600_000_000_000_000_000+i)
	}
	b.WriteString(`]}}]}]}]}`)
	r, n := New(Options{}), 0
	err := r.Read(t.Context(), strings.NewReader(b.String()), "f", func(b *evenkeel.Batch) error {
		got, err := evenkeel.DecodeBatch(evenkeel.AppendBatch(nil, b))
		if err != nil {
			return err
		}
		n += len(got.Records)
		if a := got.Usage(&got.Records[0]).Asset; a != "vm" || got.Source != DefaultSource {
			t.Errorf("a piece is of asset %q, source %q", a, got.Source)
		}
		return nil
	})
	if err != nil || n != points || r.Summary().Records != points {
		t.Errorf("%d records, %v; want %d", n, err, points)
	}
}

func TestReadingEndsWithEmitsErrorOrTheContexts(t *testing.T) {
	in := strings.Repeat(otlpLine("a", 1)+"\n", 20_000)
	full := errors.New("full")
	r, calls := New(Options{}), 0
	err := r.Read(t.Context(), strings.NewReader(in), "f", func(*evenkeel.Batch) error { calls++; return full })
	if err != full || calls != 1 {
		t.Errorf("error %v after %d calls; want emit's after one", err, calls)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = New(Options{}).Read(ctx, strings.NewReader(in), "f", func(*evenkeel.Batch) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want the context's", err)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one := write("one.json", strings.Repeat(otlpLine("a", 1)+"\n", 10_000))
	two := write("two.json.gz", gz(strings.Repeat(otlpLine("b", 2)+"\n", 100)))
	bad := write("bad.csv", "a,b\n1,2\n")
	files := func(names ...string) (records int64, steps []Progress, err error) {
		r := New(Options{Progress: func(p Progress) { steps = append(steps, p) }})
		err = r.Files(t.Context(), names, strings.NewReader(otlpLine("in", 3)), func(*evenkeel.Batch) error { return nil })
		return r.Summary().Records, steps, err
	}

	t.Run("several, one of them packed, with progress in stored bytes", func(t *testing.T) {
		n, steps, err := files(one, two)
		if err != nil || n != 10_100 {
			t.Fatalf("%d records, %v", n, err)
		}
		size, err := Sizes([]string{one, two})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range steps {
			if p.Total != size || i > 0 && p.Read < steps[i-1].Read {
				t.Errorf("step %d: %+v after %+v; want a total of %d and no way back", i, p, steps[max(0, i-1)], size)
			}
		}
		if last := steps[len(steps)-1]; last.Read != size || last.File != two || len(steps) < 3 {
			t.Errorf("%d steps, the last %+v; want %d bytes of %s", len(steps), last, size, two)
		}
	})
	t.Run("standard input between them, of unknown size", func(t *testing.T) {
		n, steps, err := files(two, "-")
		if err != nil || n != 101 || steps[len(steps)-1].Total != 0 {
			t.Errorf("%d records, last step %+v, %v", n, steps[len(steps)-1], err)
		}
	})
	t.Run("one of an unknown format is left out and named", func(t *testing.T) {
		n, _, err := files(two, bad, "-")
		if n != 101 || evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), bad) {
			t.Errorf("%d records, %v", n, err)
		}
	})
	t.Run("one that is not there stops before the first", func(t *testing.T) {
		n, _, err := files(two, filepath.Join(dir, "gone"))
		if n != 0 || evenkeel.KindOf(err) != evenkeel.KindNotFound || !strings.HasSuffix(err.Error(), "gone: no such file or directory") {
			t.Errorf("%d records, %v of kind %v", n, err, evenkeel.KindOf(err))
		}
	})
	t.Run("a directory", func(t *testing.T) {
		_, _, err := files(dir)
		if want := "open " + dir + ": it is a directory; expected files"; evenkeel.KindOf(err).ExitCode() != 1 || err.Error() != want {
			t.Errorf("error %v with exit code %d; want that of a file that is not there", err, evenkeel.KindOf(err).ExitCode())
		}
	})
}

func TestFormatsHaveTheirWords(t *testing.T) {
	for _, f := range []Format{FormatOTLP, FormatCloudEvents} {
		if got, err := ParseFormat(f.String()); got != f || err != nil {
			t.Errorf("%s is read as %s, %v", f, got, err)
		}
	}
	if _, err := ParseFormat("json"); err == nil || !strings.Contains(err.Error(), "cloudevents") {
		t.Errorf("error %v; want the known formats named", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"", "\n", otlpLine("a", 1), eventLine("1"), "[" + eventLine("1") + "]", gz(otlpLine("a", 1)), zst(eventLine("2")),
		"\xef\xbb\xbf" + otlpLine("a", 1) + "\r\n{", "\x1f\x8b\x08", "[[{", `{"specversion":`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := New(Options{MaxLine: 4096})
		err := r.Read(t.Context(), io.LimitReader(bytes.NewReader(data), 1<<16), "f", func(b *evenkeel.Batch) error {
			if _, err := evenkeel.DecodeBatch(evenkeel.AppendBatch(nil, b)); err != nil {
				t.Fatalf("a batch cannot be stored: %v", err)
			}
			return nil
		})
		if err != nil && !isFormat(err) {
			t.Fatalf("error %v", err)
		}
		if s := r.Summary(); s.Malformed > s.Lines+1 || len(s.Problems) > DefaultProblems {
			t.Fatalf("%d malformed of %d lines, %d kept", s.Malformed, s.Lines, len(s.Problems))
		}
	})
}

func FuzzLines(f *testing.F) {
	f.Add("a\r\n\nbb\nccc", 2)
	f.Add("yyyy\n\r\n", 3)
	f.Fuzz(func(t *testing.T, text string, most int) {
		checkLines(t, text, min(max(most, 0), 1<<20))
	})
}

func TestLinesLongerThanTheReadersBuffer(t *testing.T) {
	for _, n := range []int{prefixBytes - 2, prefixBytes - 1, prefixBytes, prefixBytes + 1, 3 * prefixBytes} {
		for _, end := range []string{"\n", "\r\n"} {
			long := strings.Repeat("y", n)
			checkLines(t, "a"+end+long+end+end+long, n)
			checkLines(t, "a"+end+long+end+end+long, n-1)
		}
	}
}

// checkLines compares with strings.Split.
func checkLines(t *testing.T, text string, most int) {
	t.Helper()
	lines := NewLines(strings.NewReader(text), most)
	want := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
	if want[len(want)-1] == "" {
		want = want[:len(want)-1]
	}
	for i, w := range want {
		w = strings.TrimSuffix(w, "\r")
		got, err := lines.Next()
		if lines.Number() != i+1 || len(w) > most != (err == ErrLineTooLong) || err == nil && string(got) != w {
			t.Fatalf("line %d is %q, %v; want %q", lines.Number(), got, err, w)
		}
	}
	if _, err := lines.Next(); err != io.EOF {
		t.Fatalf("after the last line: %v", err)
	}
}

func TestLinesAreReadWithoutAllocations(t *testing.T) {
	lines := NewLines(strings.NewReader(strings.Repeat("a line\r\n", 2000)), 100)
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := lines.Next(); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations per line", n)
	}
}

func BenchmarkRead(b *testing.B) {
	line := otlpLine("vm-1", 1)
	in := []byte(strings.Repeat(line+"\n", 10_000))
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		r := New(Options{})
		if err := r.Read(b.Context(), bytes.NewReader(in), "f", func(*evenkeel.Batch) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(10_000*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
