//go:build !linux

package kernel

import "time"

// Waited returns 0, which is not known.
func Waited() time.Duration { return 0 }
