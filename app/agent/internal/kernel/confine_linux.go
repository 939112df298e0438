package kernel

import (
	"fmt"
	"math/bits"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// confinedEnv says that this program was started anew by Confine.
const confinedEnv = "EVENKEEL_CONFINED"

// Confine leaves this process with no capability that is not kept, and lets nothing that it starts gain one. To reach every
// thread it starts the program anew, under the same number, with the same arguments: so it comes first. Where the rights are
// few already it does nothing. An error says what is left that could not be given up; the process goes on.
func Confine(keep Set) error {
	again := os.Getenv(confinedEnv) != ""
	if err := os.Unsetenv(confinedEnv); err != nil {
		return err
	}
	is, err := Held("")
	if err != nil {
		return err
	}
	switch over := is.Beyond(keep); {
	case over == 0 && is.NoNew:
		return nil
	case again && over != 0:
		return fmt.Errorf("this process keeps %v, which it does not need", over)
	case again:
		return fmt.Errorf("what this process starts may gain rights: no_new_privs did not hold")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if strings.HasSuffix(self, " (deleted)") { // it was replaced since
		self = "/proc/self/exe"
	}
	runtime.LockOSThread() // the rights of this thread are those of the program that it starts
	defer runtime.UnlockOSThread()
	if err := giveUp(keep, &is); err != nil {
		return err
	}
	if err := unix.Exec(self, os.Args, append(os.Environ(), confinedEnv+"=1")); err != nil {
		return fmt.Errorf("start %s anew with few rights: %w", self, err)
	}
	return nil
}

// giveUp takes rights from this thread (capabilities(7)). Of whoever is root the program that is started has what is
// bounded; of anybody else, what is ambient.
func giveUp(keep Set, is *Rights) error {
	if is.Effective&setPCap != 0 {
		for over := is.Bounding &^ keep; over != 0; over &= over - 1 {
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(bits.TrailingZeros64(uint64(over))), 0, 0, 0); err != nil {
				return fmt.Errorf("take %v from the bounds: %w", over&-over, err)
			}
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("clear the ambient capabilities: %w", err)
	}
	kept, inherit := is.Permitted&keep, Set(0)
	if os.Geteuid() != 0 {
		inherit = kept
	}
	// Version 3 has two halves of 32 bits each.
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	for i := range data {
		data[i] = unix.CapUserData{Effective: uint32(kept >> (32 * i)), Permitted: uint32(kept >> (32 * i)), Inheritable: uint32(inherit >> (32 * i))}
	}
	if err := unix.Capset(&header, &data[0]); err != nil {
		return fmt.Errorf("keep %v alone: %w", kept, err)
	}
	for rest := inherit; rest != 0; rest &= rest - 1 {
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, uintptr(bits.TrailingZeros64(uint64(rest))), 0, 0); err != nil {
			return fmt.Errorf("keep %v over the start: %w", rest&-rest, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("let nothing gain rights: %w", err)
	}
	return nil
}
