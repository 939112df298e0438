package spool

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// smallDisk mounts a file system of so many KiB in memory. Where that cannot be done the test is skipped
// with the reason.
func smallDisk(t *testing.T, kib int) string {
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
	const admin = 1 << 21 // CAP_SYS_ADMIN
	if bits, err := strconv.ParseUint(caps, 16, 64); err != nil {
		t.Fatal(err)
	} else if bits&admin == 0 {
		t.Skip("mounting a file system needs CAP_SYS_ADMIN; this process has it not")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+strconv.Itoa(kib)+"k", "none", dir).CombinedOutput(); err != nil {
		t.Fatalf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	return dir
}

func TestADiskThatIsFullIsABufferThatIsFull(t *testing.T) {
	dir := smallDisk(t, 256)
	s := open(t, Options{Dir: dir, MaxBytes: 1 << 20, Merge: join})
	n := 0
	for s.Stats().Merged == 0 && n < 20000 {
		put(t, s, word(n))
		n++
	}
	if st := s.Stats(); st.Merged == 0 {
		t.Fatalf("after %d words nothing was merged: %+v", n, st)
	}
	// Somebody else takes what is left of the disk.
	if err := os.WriteFile(dir+"/other", make([]byte, 1<<20), 0o600); err == nil {
		t.Fatal("the disk took more than it has")
	}
	for i := range 3000 {
		put(t, s, word(n+i))
	}
	left := 0
	for _, e := range rest(t, s) {
		left += len(words(e.Data))
		s.Ack(e.ID)
	}
	if st := s.Stats(); left+int(st.DroppedRecords) != n+3000 || st.Damaged > 0 {
		t.Errorf("%d words came and %d were dropped; expected %d in all: %+v", left, st.DroppedRecords, n+3000, st)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close on a full disk: %v", err)
	}
}
