package cgroup

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
)

func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestBothVersionsSayTheSame(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"v2": {"g/cpu.stat": "usage_usec 2500000\nuser_usec 1\nthrottled_usec 500000\n", "g/io.stat": "8:0 rbytes=100 wbytes=20 rios=1\n253:0 rbytes=100 wbytes=20\n8:16 rbytes=1 wbytes=2\n"},
		"v1": {"cpuacct/g/cpuacct.usage": "2500000000\n", "cpu/g/cpu.stat": "nr_periods 3\nthrottled_time 500000000\n",
			"blkio/g/blkio.throttle.io_service_bytes_recursive": "8:0 Read 101\n8:0 Write 22\n8:0 Sync 123\n8:0 Total 123\nTotal 123\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Read(lay(t, files), "g")
			if err != nil || r.CPUSeconds == nil || *r.CPUSeconds != 2.5 || r.Throttled == nil || *r.Throttled != 0.5 || r.Read == nil || *r.Read != 101 || *r.Written != 22 {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

func TestWhatIsNotThereIsUnknown(t *testing.T) {
	r, err := Read(lay(t, map[string]string{"g/cpu.stat": "nr_periods 1\n"}), "g")
	if err != nil || r.CPUSeconds != nil || r.Read != nil {
		t.Errorf("%+v, %v", r, err)
	}
	b := evenkeel.NewBatch("host-1", 0)
	NewSource(siphash.Key{}, "host-1").Add(b, "vm-1", 1, &r)
	if len(b.Records) != 0 {
		t.Errorf("%d records of nothing known", len(b.Records))
	}
	r, err = Read(lay(t, map[string]string{"g/cpu.stat": "usage_usec lots\n", "g/io.stat": "8:0 rbytes=7 wbytes=1\n"}), "g")
	if err == nil || !strings.Contains(err.Error(), "expected a number") || r.Read == nil || *r.Read != 7 {
		t.Errorf("one bad file takes the other along: %+v, %v", r, err)
	}
}

func TestReadingsBecomeRecordsOnce(t *testing.T) {
	s, b := NewSource(siphash.Key{}, "host-1"), evenkeel.NewBatch("host-1", 0)
	cpu, read, written := 2.5, int64(101), int64(22)
	r := Reading{CPUSeconds: &cpu, Read: &read, Written: &written}
	s.Add(b, "vm-1", 1e9, &r)
	s.Add(b, "vm-1", 2e9, &r)
	s.AddCPUs(b, "host", 1e9, []CPU{{Number: 0, Idle: 150, IOWait: 50}, {Number: 1, Idle: 1}})
	s.Add(b, "vm-1", 1e9, &r) // again
	ids, lines := map[uint64]int{}, map[uint64]bool{}
	for i := range b.Records {
		u := b.Usage(&b.Records[i])
		ids[u.ID]++
		lines[u.Line] = true
		if u.Form != evenkeel.FormCumulative {
			t.Errorf("%+v", u)
		}
	}
	if len(b.Records) != 13 || len(ids) != 10 || len(lines) != 7 {
		t.Errorf("%d records, %d ids, %d lines", len(b.Records), len(ids), len(lines))
	}
	if u := b.Usage(&b.Records[6]); u.Value != 1.5 || !u.PerCPU || u.Part != evenkeel.PartIdle {
		t.Errorf("%+v", u)
	}
}

func TestStealIsAShare(t *testing.T) {
	before, err := ParseStat([]byte("cpu  1 1 1 1 1 1 1 1 0 0\ncpu0 10 0 10 100 5 0 0 20 0 0\nintr 5\n"))
	if err != nil || len(before) != 1 || before[0] != (CPU{0, 20, 100, 5, 20}) {
		t.Fatalf("%+v, %v", before, err)
	}
	now, err := ParseStat([]byte("cpu0 40 0 10 140 5 0 0 50 0 0\n"))
	if err != nil {
		t.Fatal(err)
	}
	if share, ok := Stolen(before, now); !ok || share != 0.3 {
		t.Errorf("stolen %v, %v", share, ok)
	}
	for _, other := range [][]CPU{nil, {{Number: 1}}, {{Number: 0}}, before} {
		if share, ok := Stolen(before, other); ok {
			t.Errorf("of %+v: %v", other, share)
		}
	}
	for _, bad := range []string{"cpu0 1 2 3\n", "cpux 1 2 3 4 5 6 7 8\n", "cpu0 1 2 3 4 5 6 7 -8\n"} {
		if _, err := ParseStat([]byte(bad)); err == nil || !strings.Contains(err.Error(), "expected the eight times") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// This machine's own files are read, whatever version it has.
func TestThisMachineIsRead(t *testing.T) {
	if _, err := os.Stat("/proc/stat"); err != nil {
		t.Skip("only Linux is asked")
	}
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		t.Fatal(err)
	}
	if cpus, err := ParseStat(text); err != nil || len(cpus) == 0 {
		t.Errorf("%d CPUs, %v", len(cpus), err)
	}
	if _, err := Read("/sys/fs/cgroup", "/"); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("usage_usec 2500000\n"))
	f.Add([]byte("8:0 rbytes=100 wbytes=20\n8:0 Read 9223372036854775807\n8:1 Read 9223372036854775807\n"))
	f.Add([]byte("cpu0 10 0 10 100 5 0 0 20 0 0\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var r Reading
		if err := ParseCPU(text, &r); err == nil && r.CPUSeconds != nil && (*r.CPUSeconds < 0 || math.IsInf(*r.CPUSeconds, 0)) {
			t.Errorf("%v seconds", *r.CPUSeconds)
		}
		_ = ParseUsage(text, &r) // no error is asked of it but that it is one
		if err := ParseDisk(text, &r); err == nil && (*r.Read < 0 || *r.Written < 0) {
			t.Errorf("%d and %d bytes", *r.Read, *r.Written)
		}
		if cpus, err := ParseStat(text); err == nil {
			if share, ok := Stolen(cpus, cpus); ok {
				t.Errorf("stolen %v of nothing", share)
			}
		}
	})
}
