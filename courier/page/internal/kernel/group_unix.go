//go:build unix

package kernel

import (
	"os"
	"os/exec"
	"syscall"
)

// Group makes a command the leader of a group of its own when it starts.
func Group(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// Kill ends a leader's whole group. One that is gone is no error but os.ErrProcessDone.
func Kill(leader *os.Process) error {
	if err := syscall.Kill(-leader.Pid, syscall.SIGKILL); err != nil {
		return os.ErrProcessDone
	}
	return nil
}
