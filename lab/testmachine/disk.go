package testmachine

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

//go:embed root.sh
var rootScript []byte

// Absent is the error where this machine cannot have a test machine at all; its text says why.
type Absent string

func (a Absent) Error() string { return string(a) }

// unreached is how root.sh ends where nobody brings packages.
const unreached = 3

// Disk finds the folder with the disk and the kernel of test machines in the user's cache, or makes it, which takes about
// a quarter of a minute and 70 MB from Debian's servers.
func Disk(ctx context.Context) (string, error) {
	switch _, noEmulator := exec.LookPath("qemu-system-x86_64"); {
	case runtime.GOARCH != "amd64" || runtime.GOOS != "linux":
		return "", Absent("a test machine has Linux and the processor of its tests, and this is no amd64")
	case os.Geteuid() != 0:
		return "", Absent("the disk of a test machine is made by root only, and this is not root")
	case noEmulator != nil:
		return "", Absent("there is no emulator here for a test machine: qemu-system-x86_64")
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return "", Absent("a test machine is made of Debian's packages, and here is no apt-get")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir() // whoever has no home
	}
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(append(release, rootScript...))
	dir := filepath.Join(cache, fmt.Sprintf("evenkeel-testmachine-%x", digest[:8]))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(cache, "evenkeel-testmachine-part-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	cmd := exec.CommandContext(ctx, "bash", "-c", string(rootScript), "root.sh", work)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == unreached {
		return "", Absent("Debian's packages are not to be had here")
	}
	if err != nil {
		return "", fmt.Errorf("make the disk of a test machine: %w\n%s", err, out)
	}
	// Another test may have been quicker: one disk is as good as the other.
	if err := os.Rename(work, dir); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	return dir, nil
}
