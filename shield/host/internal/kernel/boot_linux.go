package kernel

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// SinceBoot is how long ago the host was booted, with the time that it slept (CLOCK_BOOTTIME). Nobody steps it.
func SinceBoot() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		panic("ask how long the host runs: " + err.Error()) // Linux has had this clock since 2.6.39
	}
	return time.Duration(t.Nano())
}

// BootID returns what tells this boot from all others.
func BootID() (string, error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(b)), err
}
