package sqlite

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// mounted makes and mounts a small ext4 file system, and returns its directory, what cuts its
// power, and what mounts it again. Where that cannot be done it skips the test with the reason,
// which it has made sure of. The log of the intake has the same (stream): an adapter shares
// nothing with another.
func mounted(t *testing.T) (dir string, cut, again func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("mounting a file system needs root; the user is %d", os.Geteuid())
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, caps, _ := strings.Cut(string(status), "CapEff:\t")
	caps, _, _ = strings.Cut(caps, "\n")
	if held, err := strconv.ParseUint(caps, 16, 64); err != nil {
		t.Fatalf("the capabilities of the process are not to be read: %v", err)
	} else if held&(1<<21) == 0 {
		t.Skip("mounting a file system needs CAP_SYS_ADMIN; this process has it not")
	}
	if c, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0); err != nil {
		t.Skipf("there are no loop devices: %v", err)
	} else {
		c.Close()
	}
	if known, err := os.ReadFile("/proc/filesystems"); err == nil && !strings.Contains(string(known), "\text4\n") {
		t.Skip("the kernel knows no ext4")
	}
	run := func(name string, args ...string) string {
		t.Helper()
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	folder := t.TempDir()
	image, dir := filepath.Join(folder, "image"), filepath.Join(folder, "mounted")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 64<<20); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	device := run("losetup", "--find", "--show", image)
	t.Cleanup(func() { run("losetup", "--detach", device) })
	run("mkfs.ext4", "-q", "-m", "0", device)
	run("mount", device, dir)
	t.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
	cut = func() {
		const shutdown, withoutLogging = 0x8004587d, 2 // FS_IOC_SHUTDOWN, FS_SHUTDOWN_FLAGS_NOLOGFLUSH
		f, err := os.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		flags := uint32(withoutLogging)
		if _, _, no := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&flags))); no != 0 {
			t.Fatalf("cut the power: %v", no)
		}
	}
	return dir, cut, func() { run("umount", dir); run("mount", device, dir) }
}

// TestWhatIsSettledSurvivesTheLossOfPower cuts the power of books that do not wait for the disk.
func TestWhatIsSettledSurvivesTheLossOfPower(t *testing.T) {
	for _, settles := range []bool{true, false} {
		dir, cut, again := mounted(t)
		path := filepath.Join(dir, "books.db")
		db, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		const before = 20
		for n := range before {
			put(t, db, n)
		}
		if settles {
			if err := db.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for n := range before {
			put(t, db, before+n)
		}
		cut()
		_ = db.Close() // its disk is gone
		again()
		if db, err = Open(path, Options{}); err != nil {
			t.Fatal(err)
		}
		n := len(dossierOf(t, db).Decisions)
		closed(t, db)
		if settles && n < before {
			t.Errorf("%d decisions are left of %d that were settled", n, before)
		}
		if !settles && n == 2*before {
			t.Error("nothing was lost without settling: the cut was none")
		}
	}
}
