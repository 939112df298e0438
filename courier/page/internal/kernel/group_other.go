//go:build !unix

package kernel

import (
	"os"
	"os/exec"
)

// Group does nothing here.
func Group(*exec.Cmd) {}

// Kill ends the one process.
func Kill(leader *os.Process) error { return leader.Kill() }
