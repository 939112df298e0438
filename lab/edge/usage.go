package edge

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ticks is USER_HZ: what /proc counts processor time in, on every architecture that Go knows of.
const ticks = 100

// process is what /proc/PID/stat says of one (proc(5)).
type process struct {
	pid, group int
	busy       time.Duration // of itself and of the children that it waited for
	memory     int64         // resident, in bytes
}

func parseStat(text string) (process, error) {
	i := strings.LastIndexByte(text, ')') // the name may hold anything
	open := strings.IndexByte(text, ' ')
	if i < 0 || open < 0 {
		return process{}, fmt.Errorf("read /proc/PID/stat: %q has no name", text)
	}
	f := strings.Fields(text[i+1:])
	if len(f) < 22 {
		return process{}, fmt.Errorf("read /proc/PID/stat: %d fields after the name; expected 22 and more", len(f))
	}
	var n [8]int64
	var err error
	for k, at := range [...]int{2, 11, 12, 13, 14, 21} { // pgrp, utime, stime, cutime, cstime, rss
		if n[k], err = strconv.ParseInt(f[at], 10, 64); err != nil {
			return process{}, fmt.Errorf("read /proc/PID/stat: field %d: %w", at+3, err)
		}
	}
	pid, err := strconv.Atoi(text[:open])
	if err != nil {
		return process{}, fmt.Errorf("read /proc/PID/stat: %w", err)
	}
	return process{pid, int(n[0]), time.Duration(n[1]+n[2]+n[3]+n[4]) * time.Second / ticks, n[5] * int64(os.Getpagesize())}, nil
}

// group returns the processes of a group.
func group(of int) []int {
	var list []int
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it ended meanwhile
		}
		if p, err := parseStat(string(text)); err == nil && p.group == of {
			list = append(list, p.pid)
		}
	}
	return list
}

// Usage is what processes have used.
type Usage struct {
	Busy   time.Duration `json:"busy"`
	Memory int64         `json:"memory"` // resident, in bytes
	Waited time.Duration `json:"waited"` // that their threads were ready and did not get their core
	Core   time.Duration `json:"core"`   // that this core was at work, whoever for
}

// usage reads what processes have used. Those that ended are counted by whoever waited for them.
func usage(pids []int) Usage {
	var u Usage
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		if p, err := parseStat(string(text)); err == nil {
			u.Busy += p.busy
			u.Memory += p.memory
		}
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		for _, name := range threads {
			text, err := os.ReadFile(name)
			if err != nil {
				continue
			}
			if d, err := delay(string(text)); err == nil {
				u.Waited += d
			}
		}
	}
	return u
}

// delay is what schedstat says of how long a thread waited for a core: the second of three numbers, in nanoseconds (sched-stats in the
// documentation of Linux).
func delay(text string) (time.Duration, error) {
	f := strings.Fields(text)
	if len(f) != 3 {
		return 0, fmt.Errorf("read schedstat: %q has %d numbers; expected 3", text, len(f))
	}
	n, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read schedstat: %w", err)
	}
	return time.Duration(n), nil
}

// core returns how long a core has been at work for processes since the machine started, by the text of /proc/stat (proc(5)); interrupts are left out.
func core(text string, number int) (time.Duration, error) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 5 || f[0] != fmt.Sprintf("cpu%d", number) {
			continue
		}
		var sum int64
		for _, at := range []int{1, 2, 3} { // user, nice, system
			n, err := strconv.ParseInt(f[at], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("read /proc/stat: %q: %w", line, err)
			}
			sum += n
		}
		return time.Duration(sum) * time.Second / ticks, nil
	}
	return 0, fmt.Errorf("read /proc/stat: there is no core %d", number)
}
