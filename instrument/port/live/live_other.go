//go:build !linux

package live

import "errors"

// ErrUnsupported is what every call answers where there is no Linux.
var ErrUnsupported = errors.New("programs at guests' ports need Linux")
