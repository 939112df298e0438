package cgroup

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Reading is what a group has used since it was made. Nil is unknown.
type Reading struct {
	CPUSeconds *float64
	Read       *int64 // bytes from disks
	Written    *int64
	Throttled  *float64 // seconds for which it wanted a CPU and its quota had run out
}

// ParseCPU reads cpu.stat of cgroup v2 (Documentation/admin-guide/cgroup-v2.rst): lines of a word and a number, in
// microseconds; unknown words are left out. In v1 cpu.stat has throttled_time, in nanoseconds, and no usage.
func ParseCPU(text []byte, r *Reading) error {
	for line := range bytes.Lines(text) {
		word, number, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		per := 1e6
		var to **float64
		switch word {
		case "usage_usec":
			to = &r.CPUSeconds
		case "throttled_usec":
			to = &r.Throttled
		case "throttled_time":
			to, per = &r.Throttled, 1e9
		default:
			continue
		}
		n, err := strconv.ParseUint(number, 10, 63)
		if err != nil {
			return fmt.Errorf("read cpu.stat: %s is %q; expected a number", word, number)
		}
		seconds := float64(n) / per
		*to = &seconds
	}
	return nil
}

// ParseUsage reads cpuacct.usage of cgroup v1: one number, in nanoseconds.
func ParseUsage(text []byte, r *Reading) error {
	n, err := strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 63)
	if err != nil {
		return fmt.Errorf("read cpuacct.usage: %.40q; expected a number", text)
	}
	seconds := float64(n) / 1e9
	r.CPUSeconds = &seconds
	return nil
}

// ParseDisk reads io.stat of v2 ("8:0 rbytes=1 wbytes=2 …") or blkio.throttle.io_service_bytes_recursive of v1 ("8:0 Read 1";
// Sync, Async and Total count the same again). Bytes of several devices are added. Those of loop (7), device mapper (253) and md (9)
// pass through another device and would count twice. An empty file is a group that used no disk.
func ParseDisk(text []byte, r *Reading) error {
	var read, written int64
	for line := range bytes.Lines(text) {
		f := strings.Fields(string(line))
		if len(f) < 2 {
			continue
		}
		major, _, device := strings.Cut(f[0], ":")
		if !device || major == "7" || major == "9" || major == "253" {
			continue
		}
		add := func(to *int64, number string) error {
			n, err := strconv.ParseInt(number, 10, 64)
			if err != nil || n < 0 || *to+n < *to {
				return fmt.Errorf("read the bytes of disk %s: %.40q; expected a number", f[0], number)
			}
			*to += n
			return nil
		}
		var err error
		if len(f) == 3 && !strings.Contains(f[1], "=") {
			switch f[1] {
			case "Read":
				err = add(&read, f[2])
			case "Write":
				err = add(&written, f[2])
			}
		}
		for _, field := range f[1:] {
			if n, ok := strings.CutPrefix(field, "rbytes="); ok && err == nil {
				err = add(&read, n)
			} else if n, ok := strings.CutPrefix(field, "wbytes="); ok && err == nil {
				err = add(&written, n)
			}
		}
		if err != nil {
			return err
		}
	}
	r.Read, r.Written = &read, &written
	return nil
}

// CPU is what one CPU of the host did since it started, in ticks of 1/100 s (USER_HZ).
type CPU struct {
	Number                    int
	Busy, Idle, IOWait, Steal uint64
}

// maxCPUs is what Linux can be built for.
const maxCPUs = 8192

// ParseStat reads the lines of single CPUs in /proc/stat (proc_stat(5)): user, nice, system, idle, iowait, irq, softirq, steal.
// Guest times are in user and nice already. A line that is none is an error, as nothing says what it would mean.
func ParseStat(text []byte) (cpus []CPU, err error) {
	for line := range bytes.Lines(text) {
		f := strings.Fields(string(line))
		if len(f) == 0 || !strings.HasPrefix(f[0], "cpu") || f[0] == "cpu" {
			continue
		}
		number, err := strconv.ParseUint(f[0][3:], 10, 16)
		if err != nil || len(f) < 9 || len(cpus) >= maxCPUs {
			return nil, fmt.Errorf("read /proc/stat: %.60q; expected the eight times of a CPU", line)
		}
		var t [8]uint64
		for i := range t {
			if t[i], err = strconv.ParseUint(f[i+1], 10, 63); err != nil {
				return nil, fmt.Errorf("read /proc/stat: %.60q; expected the eight times of a CPU", line)
			}
		}
		cpus = append(cpus, CPU{int(number), t[0] + t[1] + t[2] + t[5] + t[6], t[3], t[4], t[7]})
	}
	return cpus, nil
}

// Stolen is the share of what CPUs wanted to do between two readings that the host below took, 0 to 1. ok is false where nothing is
// known: other CPUs, a counter that went back, no time passed.
func Stolen(before, now []CPU) (share float64, ok bool) {
	if len(before) != len(now) {
		return 0, false
	}
	var stolen, all uint64
	for i := range now {
		a, b := &before[i], &now[i]
		if a.Number != b.Number || b.Steal < a.Steal || b.Busy < a.Busy || b.Idle+b.IOWait < a.Idle+a.IOWait {
			return 0, false
		}
		stolen += b.Steal - a.Steal
		all += b.Steal - a.Steal + b.Busy - a.Busy + b.Idle + b.IOWait - a.Idle - a.IOWait
	}
	if all == 0 {
		return 0, false
	}
	return float64(stolen) / float64(all), true
}
