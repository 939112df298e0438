package sensor

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/host"
)

const proc = "/proc"

// A program that is being started still has the name of whoever starts it; it is asked so often how it is called now.
const (
	startTries = 40
	startWait  = 100 * time.Microsecond
)

// processOf looks a process up, and its ancestors.
func processOf(pid int) host.Process {
	p := host.Process{PID: pid}
	parent, ok := 0, false
	if pid > 0 {
		p.Program, p.Memory, parent, ok = programOf(pid)
	}
	if !ok {
		return host.Process{PID: pid, Gone: true}
	}
	dir := filepath.Join(proc, strconv.Itoa(pid))
	if status, err := os.ReadFile(filepath.Join(dir, "status")); err == nil {
		p.UID, _ = host.UserOf(status)
	}
	p.Container = containerOf(pid)
	for len(p.Parents) < host.MaxParents && parent > 0 {
		var q host.Program
		if q, _, parent, ok = programOf(parent); !ok {
			break
		}
		p.Parents = append(p.Parents, q)
	}
	return p
}

// programOf reads what a process runs, and who its parent is.
func programOf(pid int) (p host.Program, memory bool, parent int, ok bool) {
	dir := filepath.Join(proc, strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return p, false, 0, false
	}
	parent, ok = host.ParentOf(stat)
	if link, err := os.Readlink(filepath.Join(dir, "exe")); err == nil {
		p.Exe, memory = host.Executable(link)
	} else if parent != 0 && parent != 2 { // a thread of the kernel has none; anything else that has none is ending
		return p, false, 0, false
	}
	if cmdline, err := os.ReadFile(filepath.Join(dir, "cmdline")); err == nil {
		p.Args = host.ArgsOf(cmdline)
	}
	return p, memory, parent, ok
}

// startedAs waits until a process is the program that it starts, and looks it up: its executable is the file, or an interpreter
// that has the file among its arguments. Where it never becomes that (it ended, or the file was opened by another), it is gone.
func startedAs(pid int, path string) host.Process {
	for range startTries {
		p, _, _, ok := programOf(pid)
		if !ok {
			break
		}
		if p.Exe == path || slices.Contains(p.Args, path) || filepath.Base(p.Exe) == filepath.Base(path) {
			return processOf(pid)
		}
		time.Sleep(startWait)
	}
	return host.Process{PID: pid, Gone: true}
}

// lately are the processes that were looked up last, by their numbers: of a program that does several things and
// ends, the last ones are read when it has ended. A number is not given to another process so soon.
type lately struct {
	known map[int]host.Process
	order []int // of numbers, the oldest first
	since map[int]evenkeel.Moment
}

const (
	mostLately = 256
	lateFor    = evenkeel.Moment(10 * time.Second)
)

// of returns a process as it is or, where it has ended, as it was lately.
func (l *lately) of(p host.Process, now evenkeel.Moment) host.Process {
	if p.PID <= 0 {
		return p
	}
	if p.Gone {
		if was, ok := l.known[p.PID]; ok && now-l.since[p.PID] <= lateFor {
			return was
		}
		return p
	}
	if l.known == nil {
		l.known, l.since = map[int]host.Process{}, map[int]evenkeel.Moment{}
	}
	if _, ok := l.known[p.PID]; !ok {
		if len(l.order) == mostLately {
			delete(l.known, l.order[0])
			delete(l.since, l.order[0])
			l.order = l.order[1:]
		}
		l.order = append(l.order, p.PID)
	}
	l.known[p.PID], l.since[p.PID] = p, now
	return p
}

func containerOf(pid int) string {
	text, err := os.ReadFile(filepath.Join(proc, strconv.Itoa(pid), "cgroup"))
	if err != nil {
		return ""
	}
	return host.ContainerOf(text)
}
