//go:build unix

package kernel

import (
	"os/exec"
	"syscall"
)

// Detach has a command live on in a session of its own when whoever starts it, or its terminal, ends.
func Detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
