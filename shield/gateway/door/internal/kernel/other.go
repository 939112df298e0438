//go:build !linux

package kernel

import (
	"errors"
	"fmt"
)

// SaveSYN is not there.
func SaveSYN(any) error { return fmt.Errorf("save SYNs: only Linux does: %w", errors.ErrUnsupported) }

// SavedSYN is not there.
func SavedSYN(any, []byte) (int, error) {
	return 0, fmt.Errorf("fetch the SYN: only Linux keeps it: %w", errors.ErrUnsupported)
}
