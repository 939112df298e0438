//go:build !unix

package kernel

import "time"

// CPU returns 0, which is not known.
func CPU() time.Duration { return 0 }
