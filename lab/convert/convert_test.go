package convert

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/lab/feed"
	"github.com/evenkeel/evenkeel/watch/intake"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// file is an input and its name.
type file struct{ name, text string }

// convert returns the lines of some files, the inventory's, and what was done.
func convert(t testing.TB, opts Options, files ...file) (out, inv string, s Summary, errs []error) {
	t.Helper()
	var o, i bytes.Buffer
	if opts.Inventory != nil {
		opts.Inventory.Out = &i
	}
	c, err := New(opts, &o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := c.Read(t.Context(), strings.NewReader(f.text), f.name); err != nil {
			errs = append(errs, err)
		}
	}
	if s, err = c.Close(); err != nil {
		t.Fatal(err)
	}
	return o.String(), i.String(), s, errs
}

// readings decodes lines as replay does and returns the usage records in words.
func readings(t testing.TB, lines string) (out []string, tally intake.Tally) {
	t.Helper()
	r := feed.New(feed.Options{Source: "test"})
	err := r.Read(t.Context(), strings.NewReader(lines), "out", func(b *evenkeel.Batch) error {
		for i := range b.Records {
			u := b.Usage(&b.Records[i])
			since := ""
			if u.Since != 0 {
				since = " since " + u.Since.String()
			}
			out = append(out, fmt.Sprintf("%s %s meter %d part %d form %d value %v percpu %v%s",
				u.At, u.Asset, u.Meter, u.Part, u.Form, u.Value, u.PerCPU, since))
		}
		return nil
	})
	if s := r.Summary(); err != nil || s.Malformed > 0 {
		t.Fatalf("decode: %v, %v", err, s.Problems)
	}
	return out, r.Summary().Tally
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestGeneralForm(t *testing.T) {
	for _, tt := range []struct {
		name     string
		opts     Options
		in       string
		want     []string
		problems []string
	}{
		{
			name: "CPU in percent and as a fraction, in RFC 3339",
			opts: Options{Map: []string{"i=cpu.idle:percent", "w=cpu.iowait:fraction"}, Asset: "vm-1"},
			in:   "time,i,w,other\n2021-11-26T01:00:00+01:00,25,0.5,x\n",
			want: []string{
				"2021-11-26T00:00:00Z vm-1 meter 1 part 1 form 1 value 0.25 percpu false",
				"2021-11-26T00:00:00Z vm-1 meter 1 part 2 form 1 value 0.5 percpu false",
			},
		},
		{
			name: "counters, and an asset column with a comma in it",
			opts: Options{
				Time: "ts", TimeFormat: "unix-ms", AssetColumn: "who",
				Map: []string{"o=network.out:counter", "r=disk.read:counter"},
			},
			in: "who,r,ts,o\n\"vm,\"\"1\"\"\",7,1600000000500,1e3\n",
			want: []string{
				"2020-09-13T12:26:40.5Z vm,\"1\" meter 4 part 5 form 2 value 1000 percpu false",
				"2020-09-13T12:26:40.5Z vm,\"1\" meter 5 part 7 form 2 value 7 percpu false",
			},
		},
		{
			name: "deltas begin at the asset's row before, so the first says nothing",
			opts: Options{
				Time: "ts", TimeFormat: "unix", AssetColumn: "who", Map: []string{"b=network.in:delta", "c=disk.write:delta"},
			},
			in: "ts,who,b,c\n100000000,a,5,1\n100000030,b,6,1\n100000060,a,7.5,\n100000060,a,9,1\n",
			want: []string{
				"1973-03-03T09:47:40Z a meter 4 part 6 form 3 value 7.5 percpu false since 1973-03-03T09:46:40Z",
			},
		},
		{
			name: "a layout in a zone, moved to a start and shifted",
			opts: Options{
				TimeFormat: "2006-01-02 15:04:05", Zone: time.FixedZone("", 2*3600), Asset: "a",
				Map: []string{"v=cpu.busy:percent"}, Start: evenkeel.Moment(1e9 * 86400 * 365 * 30), Shift: time.Hour,
			},
			in: "time,v\n2019-05-29 10:00:00,100\n2019-05-29 10:05:30,0\n",
			want: []string{
				"1999-12-25T01:00:00Z a meter 1 part 0 form 1 value 1 percpu false",
				"1999-12-25T01:05:30Z a meter 1 part 0 form 1 value 0 percpu false",
			},
		},
		{
			name: "a bad row is told, the rest goes on; a cell without a value is no zero",
			opts: Options{TimeFormat: "unix", Map: []string{"v=cpu.busy:percent"}},
			in: "time,v\n100000000,1\nnoon,2\n100000060,nine\n100000120\n100000180,-1\n100000240,\"5\n" +
				"100000300,151\n1,5\n100000360,\n100000420,NaN\n100000480, 50 \r\n",
			want: []string{
				"1973-03-03T09:46:40Z series meter 1 part 0 form 1 value 0.01 percpu false",
				"1973-03-03T09:54:40Z series meter 1 part 0 form 1 value 0.5 percpu false",
			},
			problems: []string{
				`dir/series.csv:3: time "noon": expected a number of seconds or milliseconds since 1970`,
				`dir/series.csv:4: column v: "nine": expected a number`,
				`dir/series.csv:5: the row has 1 cells; expected at least 2`,
				`dir/series.csv:6: column v: "-1": expected a number that is not below zero`,
				`dir/series.csv:7: a quoted cell has no closing quote on its line`,
				`dir/series.csv:8: column v: "151": expected a share of CPU as percent`,
				`dir/series.csv:9: time 1970-01-01T00:00:01Z: expected 1971 to 2199`,
			},
		},
		{
			name: "CPU states that do not add up are no reading; the rest of the row is",
			opts: Options{
				TimeFormat: "unix", Asset: "a",
				Map: []string{"u=cpu.user:percent", "s=cpu.system:percent", "i=cpu.idle:percent", "n=network.in:counter"},
			},
			in: "time,u,s,i,n\n100000000,1,0,0,10\n100000060,20,5,75,20\n",
			want: []string{
				"1973-03-03T09:46:40Z a meter 4 part 6 form 2 value 10 percpu false",
				"1973-03-03T09:47:40Z a meter 1 part 1 form 1 value 0.75 percpu false",
				"1973-03-03T09:47:40Z a meter 4 part 6 form 2 value 20 percpu false",
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, _, s, errs := convert(t, tt.opts, file{"dir/series.csv", tt.in})
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			got, _ := readings(t, out)
			wantSet(t, got, tt.want)
			var told []string
			for _, p := range s.Problems {
				told = append(told, p.String())
			}
			wantLines(t, told, tt.problems...)
			if int(s.Malformed) != len(tt.problems) {
				t.Errorf("%d rows malformed; want %d", s.Malformed, len(tt.problems))
			}
		})
	}
}

// wantSet compares without regard to order: the decoder keeps a line's metrics apart.
func wantSet(t *testing.T, got, want []string) {
	t.Helper()
	sorted := func(s []string) []string { c := append([]string(nil), s...); slices.Sort(c); return c }
	wantLines(t, sorted(got), sorted(want)...)
}

func TestLinesAreWhatTheCollectorReads(t *testing.T) {
	opts := Options{
		TimeFormat: "unix", AssetColumn: "a",
		Map: []string{"b=cpu.busy:fraction", "o=network.out:counter", "d=disk.read:delta"},
	}
	var in strings.Builder
	in.WriteString("time,a,b,o,d\n")
	const rows = 20_000
	for i := range rows {
		fmt.Fprintf(&in, "%d,vm-\u00fc\"%d,0.5,%d,%d\n", 1_600_000_000+i, i%7, i*1000, i)
	}
	out, _, s, _ := convert(t, opts, file{"f", in.String()})
	points := 0
	for line := range strings.Lines(out) {
		if len(line) > lineBytes+lineBytes/4 {
			t.Errorf("a line of %d bytes", len(line))
		}
		m, err := (&pmetric.JSONUnmarshaler{}).UnmarshalMetrics([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		points += m.DataPointCount()
	}
	// Each of the 7 assets leaves out its first delta.
	if want := rows*3 - 7; points != want || int(s.Points) != want || s.Unsaid != 7 || int(s.Lines) != strings.Count(out, "\n") || s.Lines < 5 {
		t.Errorf("%d points, summary %+v; want %d", points, s, want)
	}
	got, tally := readings(t, out)
	if len(got) != points || tally.Refused()+tally.Ignored() > 0 {
		t.Errorf("%d readings of %d points; %s", len(got), points, tally.String())
	}
	again, _, _, _ := convert(t, opts, file{"f", in.String()})
	if again != out {
		t.Error("a second conversion gives other bytes")
	}
}

func TestMiningVM(t *testing.T) {
	in := "cpu_user,cpu_nice,cpu_system,cpu_idle,cpu_iowait,cpu_irq,cpu_softirq,cpu_steal,cpu_guest,cpu_guest_nice," +
		"disk_read_bytes,disk_write_bytes,net_bytes_sent,net_bytes_recv,timestamp,crypto_running\n" +
		"2,0,1,0,0,0,0,0,0,0,1,2,3,4,1638017134,1\n" +
		"20,1,2,60,10,3,2,2,0,0,10,20,30,40,1638017149,1\n"
	out, _, s, errs := convert(t, Options{Preset: "mining-vm-1cpu"}, file{"a/session2.csv", in})
	if errs != nil || s.Partial != 1 || s.Malformed != 0 {
		t.Fatalf("%+v %v", s, errs)
	}
	got, tally := readings(t, out)
	const first, second = "2021-11-27T12:45:34Z session2 ", "2021-11-27T12:45:49Z session2 "
	wantSet(t, got, []string{
		first + "meter 4 part 5 form 2 value 3 percpu false", first + "meter 4 part 6 form 2 value 4 percpu false",
		first + "meter 5 part 7 form 2 value 1 percpu false", first + "meter 5 part 8 form 2 value 2 percpu false",
		second + "meter 1 part 1 form 1 value 0.6 percpu true", second + "meter 1 part 2 form 1 value 0.1 percpu true",
		second + "meter 4 part 5 form 2 value 30 percpu false", second + "meter 4 part 6 form 2 value 40 percpu false",
		second + "meter 5 part 7 form 2 value 10 percpu false", second + "meter 5 part 8 form 2 value 20 percpu false",
	})
	if n, _ := tally.Of(intake.Redundant); n != 6 || tally.Refused() > 0 {
		t.Errorf("tally %s; want the 6 busy states redundant and nothing refused", tally.String())
	}
}

func TestNABTakesOnlyWhatIsCPU(t *testing.T) {
	const in = "timestamp,value\n2014-02-14 14:30:00,12.5\n2014-02-14 14:35:00,25\n"
	out, _, _, errs := convert(t, Options{Preset: "nab"},
		file{"nab/ec2_cpu_utilization_24ae8d.csv", in}, file{"nab/ec2_network_in_5abac7.csv", in}, file{"grok_asg_anomaly.csv", in})
	if len(errs) != 1 || evenkeel.KindOf(errs[0]) != evenkeel.KindInvalid || !strings.Contains(errs[0].Error(), "ec2_network_in") {
		t.Errorf("errors %v; want one about the network series", errs)
	}
	got, _ := readings(t, out)
	wantSet(t, got, []string{
		"2014-02-14T14:30:00Z ec2_cpu_utilization_24ae8d meter 1 part 0 form 1 value 0.125 percpu false",
		"2014-02-14T14:35:00Z ec2_cpu_utilization_24ae8d meter 1 part 0 form 1 value 0.25 percpu false",
		"2014-02-14T14:30:00Z grok_asg_anomaly meter 1 part 0 form 1 value 0.125 percpu false",
		"2014-02-14T14:35:00Z grok_asg_anomaly meter 1 part 0 form 1 value 0.25 percpu false",
	})

	out, _, _, errs = convert(t, Options{Preset: "nab", Map: []string{"value=network.in:delta"}}, file{"ec2_network_in_5abac7.csv", in})
	got, _ = readings(t, out)
	if len(errs) > 0 {
		t.Error(errs)
	}
	wantLines(t, got, "2014-02-14T14:35:00Z ec2_network_in_5abac7 meter 4 part 6 form 3 value 25 percpu false since 2014-02-14T14:30:00Z")
}

func TestPlanetLab(t *testing.T) {
	out, _, s, errs := convert(t, Options{Preset: "planetlab"},
		file{"20110303.csv.gz", "node_a,4,,99\nnode_b,0\n\nnode_c\n"}, file{"day.csv", "a,1\n"}, file{"20110306.csv", "node_a,1\n"})
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "day.csv") {
		t.Errorf("errors %v; want one about the file without a day", errs)
	}
	if len(s.Problems) != 1 || s.Problems[0].String() != "20110303.csv.gz:4: the row has 0 values; expected 1 to 288" || s.Unsaid != 1 {
		t.Errorf("summary %+v", s)
	}
	got, _ := readings(t, out)
	wantSet(t, got, []string{
		"2011-03-03T00:00:00Z node_a@20110303 meter 1 part 0 form 1 value 0.04 percpu false",
		"2011-03-03T00:10:00Z node_a@20110303 meter 1 part 0 form 1 value 0.99 percpu false",
		"2011-03-03T00:00:00Z node_b@20110303 meter 1 part 0 form 1 value 0 percpu false",
		"2011-03-06T00:00:00Z node_a@20110306 meter 1 part 0 form 1 value 0.01 percpu false",
	})
}

func TestOptionsThatDoNotFit(t *testing.T) {
	for _, tt := range []struct {
		opts Options
		want string
	}{
		{Options{}, "no column is mapped"},
		{Options{Preset: "azure"}, "expected one of csv, mining-vm-1cpu, nab, planetlab, azure-v1-arrivals"},
		{Options{Map: []string{"cpu.idle:percent"}}, "no column is named"},
		{Options{Map: []string{"a=cpu.idle"}}, "no unit"},
		{Options{Map: []string{"a=cpu.load:percent"}}, "the targets are cpu.busy, cpu.idle"},
		{Options{Map: []string{"a=cpu.idle:counter"}}, "CPU is fraction or percent"},
		{Options{Map: []string{"a=disk.read:percent"}}, "bytes are counter or delta"},
		{Options{Map: []string{"a=disk.read:MB"}}, "the units are"},
		{Options{Map: []string{"a=cpu.idle:percent", "b=cpu.idle:fraction"}}, "twice"},
		{Options{Asset: "a", AssetColumn: "b", Map: []string{"a=cpu.idle:percent"}}, "expected one"},
		{Options{Asset: strings.Repeat("a", 256), Map: []string{"a=cpu.idle:percent"}}, "at most"},
		{Options{Preset: "planetlab", Asset: "a"}, "names its assets"},
		{Options{Preset: "azure-v1-arrivals", AssetColumn: "a"}, "has no columns"},
		{Options{Preset: "planetlab", Inventory: &Inventory{Tenant: "\x00"}}, "control character"},
	} {
		if _, err := New(tt.opts, io.Discard); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%+v: error %v; want %q", tt.opts, err, tt.want)
		}
	}
}

func TestAMisspeltFormNamesTheNearestOne(t *testing.T) {
	for given, want := range map[string]string{"cvs": "did you mean csv?", "azure": "", "nba": "did you mean nab?"} {
		if _, err := New(Options{Preset: given}, io.Discard); evenkeel.HintOf(err) != want {
			t.Errorf("%s: hint %q; want %q", given, evenkeel.HintOf(err), want)
		}
	}
	_, err := New(Options{}, io.Discard)
	if hint := evenkeel.HintOf(err); strings.Contains(fmt.Sprint(err), "--preset") || !strings.Contains(hint, "planetlab") {
		t.Errorf("error %v, hint %q; want the forms that need no --map", err, hint)
	}
}

func TestFilesOfOneNameAreNotOneMachine(t *testing.T) {
	csv := Options{TimeFormat: "unix", Map: []string{"value=cpu.busy:percent"}}
	one, column := csv, csv
	one.Asset, column.AssetColumn = "web", "host"
	const rows = "time,host,value\n1700000000,h,5\n"
	const nabRows = "timestamp,value\n2014-02-14 14:30:00,12.5\n"
	const said = "expected --asset where all files are one machine's, --asset-column where a column names it, or files of different names"
	for _, tt := range []struct {
		name  string
		opts  Options
		files []file
		want  string // "" takes both
	}{
		{"in two folders", csv, []file{{"a/web.csv", rows}, {"b/web.csv", rows}}, "convert b/web.csv: it would be asset web, which is a/web.csv already; " + said},
		{"packed and not", csv, []file{{"web.csv.gz", rows}, {"web.csv", rows}}, "convert web.csv: it would be asset web, which is web.csv.gz already; " + said},
		{"of a preset", Options{Preset: "nab"}, []file{{"a/cpu_utilization.csv", nabRows}, {"b/cpu_utilization.csv", nabRows}}, "convert b/cpu_utilization.csv: it would be"},
		{
			"of arrivals", Options{Preset: "azure-v1-arrivals"}, []file{{"a/x.txt", "300 g\n"}, {"b/x.txt", "300 g\n"}},
			"convert b/x.txt: its tenants would be named x-…, as those of a/x.txt are; expected files of different names, or one at a time, each with its own --asset",
		},
		{"of arrivals that are named by --asset", Options{Preset: "azure-v1-arrivals", Asset: "az"}, []file{{"x", "300 g\n"}, {"y", "300 g\n"}}, "convert y: its tenants"},
		{"where --asset says that they are one", one, []file{{"a/web.csv", rows}, {"b/web.csv", rows}}, ""},
		{"where a column names the machine", column, []file{{"a/web.csv", rows}, {"b/web.csv", rows}}, ""},
		{"where nothing came of the first", csv, []file{{"a/web.csv", "when,value\n"}, {"b/web.csv", rows}}, "convert a/web.csv:1: no column"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, s, errs := convert(t, tt.opts, tt.files...)
			wants := 2
			if tt.want != "" {
				wants = 1
				if len(errs) != 1 || evenkeel.KindOf(errs[0]) != evenkeel.KindInvalid || !strings.HasPrefix(errs[0].Error(), tt.want) {
					t.Fatalf("errors %v; want one: %s", errs, tt.want)
				}
			} else if len(errs) > 0 {
				t.Fatal(errs)
			}
			if int(s.Points+s.Events) != wants {
				t.Errorf("%d readings and %d events; want those of %d files", s.Points, s.Events, wants)
			}
		})
	}
}

func TestAFileThatDoesNotFitIsRefused(t *testing.T) {
	m := []string{"v=cpu.busy:percent"}
	for _, tt := range []struct {
		opts Options
		file file
		want string
	}{
		{Options{Map: m}, file{"f.csv", "when,v\n"}, `f.csv:1: no column "time"; the header has when, v`},
		{Options{Map: m}, file{"f.csv", "\n\ntime,w\n"}, `f.csv:3: no column "v"`},
		{Options{Map: m, AssetColumn: "host"}, file{"f.csv", "time,v\n"}, `no column "host"`},
		{Options{Map: m}, file{"-", "time,v\n"}, "expected --asset or --asset-column"},
		{Options{Preset: "azure-v1-arrivals"}, file{"-", "300 g\n"}, "expected --asset"},
	} {
		_, _, s, errs := convert(t, tt.opts, tt.file)
		if len(errs) != 1 || evenkeel.KindOf(errs[0]) != evenkeel.KindInvalid || !strings.Contains(errs[0].Error(), tt.want) {
			t.Errorf("%s: errors %v; want %q", tt.file.name, errs, tt.want)
		}
		if s.Points+s.Events > 0 {
			t.Errorf("%s: something was written: %+v", tt.file.name, s)
		}
	}
}

func TestAWriterThatIsFullEndsIt(t *testing.T) {
	full := errors.New("no space left")
	c, err := New(Options{Preset: "planetlab"}, writer(func([]byte) (int, error) { return 0, full }))
	if err != nil {
		t.Fatal(err)
	}
	err = c.Read(t.Context(), strings.NewReader(strings.Repeat("a"+strings.Repeat(",1", 288)+"\n", 100)), "20110303.csv")
	if !errors.Is(err, full) || evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("error %v of kind %v; want the writer's", err, evenkeel.KindOf(err))
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func FuzzRead(f *testing.F) {
	f.Add("", "timestamp,value\n2014-02-14 14:30:00,12.5\n")
	f.Add("mining-vm-1cpu", "cpu_idle,timestamp\n1,2\n")
	f.Add("nab", "timestamp,value\n2014-02-14 14:30:00,\"12.5\"\n\x00,\n")
	f.Add("planetlab", "node,4,5,6\n\"a\"\"\",1e400\n")
	f.Add("azure-v1-arrivals", "300 g,|,g,|,b,m,|\n600 a\n")
	f.Add("azure-v1-arrivals", "0 g\n99999999999999 |\n")
	f.Fuzz(func(t *testing.T, preset, text string) {
		opts := Options{Preset: preset, Inventory: &Inventory{Out: io.Discard}}
		if preset == "" || preset == "nab" {
			opts.Map, opts.Time, opts.TimeFormat = []string{"value=cpu.busy:percent"}, "timestamp", "2006-01-02 15:04:05"
		}
		var out bytes.Buffer
		c, err := New(opts, &out)
		if err != nil {
			return
		}
		if err := c.Read(t.Context(), strings.NewReader(text), "20110303.csv"); err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Fatal(err)
		}
		s, err := c.Close()
		if err != nil {
			t.Fatal(err)
		}
		if s.Events == 0 {
			got, tally := readings(t, out.String())
			if len(got)+tally.Ignored() != int(s.Points) {
				t.Fatalf("%d readings of %d points: %s", len(got), s.Points, tally.String())
			}
		}
	})
}

func BenchmarkPlanetLab(b *testing.B) {
	in := strings.Repeat("node"+strings.Repeat(",42", planetlabValues)+"\n", 100)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		c, err := New(Options{Preset: "planetlab"}, io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Read(b.Context(), strings.NewReader(in), "20110303.csv"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(100*planetlabValues*float64(b.N)/b.Elapsed().Seconds(), "points/s")
}
