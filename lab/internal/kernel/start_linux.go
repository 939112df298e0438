package kernel

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Start starts a program in a namespace, on one core and in a session of its own, which is a process group too, from a thread that ends with it: what it
// starts stays there too. nice is added to how it gives way to others on that core; 0 is as usual, 19 the most; below 0 others give way to it.
func Start(space *os.File, core, nice int, cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return In(space, func() error {
		var set unix.CPUSet
		set.Set(core)
		if err := unix.SchedSetaffinity(0, &set); err != nil {
			return fmt.Errorf("bind a program to core %d: %w", core, err)
		}
		if err := unix.Setpriority(unix.PRIO_PROCESS, 0, nice); err != nil {
			return fmt.Errorf("let a program give way: %w", err)
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		// Where sessions are scheduled as groups (autogroup, see sched(7)), how much one gives way is said there; elsewhere there is no such file.
		_ = os.WriteFile(fmt.Sprintf("/proc/%d/autogroup", cmd.Process.Pid), fmt.Append(nil, nice), 0)
		return nil
	})
}

// Cores are the cores on which this process may run, in ascending order.
func Cores() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, err
	}
	var list []int
	for i := range len(set) * 64 {
		if set.IsSet(i) {
			list = append(list, i)
		}
	}
	return list, nil
}

// End asks a process group to end, or ends it at once.
func End(group int, now bool) error {
	sig := unix.SIGTERM
	if now {
		sig = unix.SIGKILL
	}
	if err := unix.Kill(-group, sig); err != nil && err != unix.ESRCH {
		return fmt.Errorf("end the processes of group %d: %w", group, err)
	}
	return nil
}

// Alone takes a file for this process, as long as it is open, and says whether nobody else has it.
func Alone(file string) (*os.File, bool, error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err {
	case nil:
		return f, true, nil
	case unix.EWOULDBLOCK:
		return nil, false, f.Close()
	default:
		return nil, false, errors.Join(fmt.Errorf("take %s: %w", file, err), f.Close())
	}
}
