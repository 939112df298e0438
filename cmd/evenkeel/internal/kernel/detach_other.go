//go:build !unix

package kernel

import "os/exec"

// Detach does nothing here.
func Detach(*exec.Cmd) {}
