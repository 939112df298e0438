//go:build !linux

package kernel

import (
	"errors"
	"net/netip"
	"os"
	"os/exec"
)

var errNone = errors.New("network namespaces are Linux's, and this is another system")

// What Linux does is refused elsewhere.

func NewSpace() (*os.File, error)                               { return nil, errNone }
func In(*os.File, func() error) error                           { return errNone }
func Join(string, *os.File, string, *os.File) error             { return errNone }
func Address(string, netip.Prefix) error                        { return errNone }
func Route(string, netip.Prefix, netip.Addr) error              { return errNone }
func Own(netip.Prefix) error                                    { return errNone }
func Switch(string, string) error                               { return errNone }
func Cores() ([]int, error)                                     { return nil, errNone }
func Start(space *os.File, core, nice int, cmd *exec.Cmd) error { return errNone }
func End(group int, now bool) error                             { return errNone }
func Alone(string) (*os.File, bool, error)                      { return nil, false, errNone }
