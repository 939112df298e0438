package stream_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/stream/streamtest"
)

// disk is a small ext4 file system on a file.
type disk struct {
	t      *testing.T
	device string
	dir    string // where it is mounted
}

// newDisk makes and mounts a file system of so many MiB. Where that cannot be done it skips
// the test with the reason, which it has made sure of; what should work and does not is a
// failure.
func newDisk(t *testing.T, mib int) *disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("mounting a file system needs root; the user is %d", os.Geteuid())
	}
	if !mayMount(t) {
		t.Skip("mounting a file system needs CAP_SYS_ADMIN; this process has it not")
	}
	if c, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0); err != nil {
		t.Skipf("there are no loop devices: %v", err)
	} else {
		c.Close()
	}
	if known, err := os.ReadFile("/proc/filesystems"); err == nil && !bytes.Contains(known, []byte("\text4\n")) {
		t.Skip("the kernel knows no ext4")
	}
	for _, tool := range []string{"losetup", "mkfs.ext4", "mount", "umount"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s: %v", tool, err)
		}
	}
	folder := t.TempDir()
	d := &disk{t: t, dir: filepath.Join(folder, "mounted")}
	image := filepath.Join(folder, "image")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, int64(mib)<<20); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	d.device = strings.TrimSpace(d.run("losetup", "--find", "--show", image))
	t.Cleanup(func() { d.run("losetup", "--detach", d.device) })
	d.run("mkfs.ext4", "-q", "-m", "0", d.device)
	d.mount()
	t.Cleanup(func() { _ = exec.Command("umount", d.dir).Run() })
	return d
}

// mayMount says whether the process has CAP_SYS_ADMIN (bit 21).
func mayMount(t *testing.T) bool {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, caps, ok := strings.Cut(string(status), "CapEff:\t")
	caps, _, _ = strings.Cut(caps, "\n")
	bits, err := strconv.ParseUint(caps, 16, 64)
	if !ok || err != nil {
		t.Fatalf("the capabilities of the process are not to be read: %v", err)
	}
	return bits&(1<<21) != 0
}

func (d *disk) run(name string, args ...string) string {
	d.t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (d *disk) mount()   { d.t.Helper(); d.run("mount", d.device, d.dir) }
func (d *disk) unmount() { d.t.Helper(); d.run("umount", d.dir) }

// cut ends the file system as a power cut does: nothing that is not on the disk yet gets
// there, the journal included.
func (d *disk) cut() {
	const (
		shutdown       = 0x8004587d // FS_IOC_SHUTDOWN, <linux/fs.h>
		withoutLogging = 2          // FS_SHUTDOWN_FLAGS_NOLOGFLUSH
	)
	f, err := os.Open(d.dir)
	if err != nil {
		d.t.Errorf("cut the power: %v", err)
		return
	}
	defer f.Close()
	flags := uint32(withoutLogging)
	if _, _, no := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&flags))); no != 0 {
		d.t.Errorf("cut the power: %v", no)
	}
}

// TestCutLosesWhatWasNotSynced shows that a cut is one: else the other tests show nothing.
func TestCutLosesWhatWasNotSynced(t *testing.T) {
	d := newDisk(t, 32)
	write := func(name string, sync bool) {
		f, err := os.Create(filepath.Join(d.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString("here"); err != nil {
			t.Fatal(err)
		}
		if sync {
			if err := f.Sync(); err != nil {
				t.Fatal(err)
			}
		}
	}
	write("synced", true)
	write("not", false)
	d.cut()
	d.unmount()
	d.mount()
	if text, err := os.ReadFile(filepath.Join(d.dir, "synced")); string(text) != "here" {
		t.Errorf("the synced file holds %q (%v) after the cut", text, err)
	}
	if text, _ := os.ReadFile(filepath.Join(d.dir, "not")); len(text) != 0 {
		t.Errorf("the file that was not synced holds %q after the cut: it was none", text)
	}
}

// powerCuts publishes on a disk whose power is cut several times, and returns how many
// acknowledged records were lost, and how many there were.
func powerCuts(t *testing.T, sync bool, rounds int) (gone, total int) {
	d := newDisk(t, 256)
	o := stream.Options{Dir: filepath.Join(d.dir, "intake"), Sync: sync, Reserve: -1}
	random := drawn(t)
	next := uint64(0)
	var trimTo stream.Position
	var all []uint64
	for range rounds {
		acked := strike(t, o, next, trimTo, 1+random.IntN(40), func(p *os.Process) {
			d.cut()
			_ = p.Kill()
		})
		d.unmount()
		d.mount()
		in := openAt(t, o)
		at := kept(t, in)
		gone += lost(acked, at)
		total += len(acked) * childRecords
		next = acked[len(acked)-1] + 2
		all = append(all, acked...)
		if s := in.Stats(); sync && (s.Damaged > 0 || s.Missing > 0) {
			t.Errorf("%d messages are damaged, %d positions missing", s.Damaged, s.Missing)
		}
		if trimTo == 0 && sync {
			if n := lost(all, at); n > 0 {
				t.Errorf("%d records of all rounds are lost", n)
			}
		}
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return gone, total
}

func TestPowerCutWithSyncLosesNothingAcknowledged(t *testing.T) {
	rounds := 5
	if testing.Short() {
		rounds = 2
	}
	gone, total := powerCuts(t, true, rounds)
	if gone > 0 {
		t.Errorf("%d of %d acknowledged records are lost", gone, total)
	}
	t.Logf("%d acknowledged records, all there after %d power cuts", total, rounds)
}

// TestPowerCutWithoutSync only tells: what is lost without Sync depends on when the kernel
// wrote.
func TestPowerCutWithoutSync(t *testing.T) {
	gone, total := powerCuts(t, false, 1)
	t.Logf("without sync, %d of %d acknowledged records were lost in a power cut", gone, total)
}

// fill publishes until it is refused, and returns the error and how many batches were
// acknowledged from the first on.
func fill(t *testing.T, in *stream.Intake, first uint64) (acked uint64, err error) {
	t.Helper()
	for k := first; ; k++ {
		begin := time.Now()
		if err := in.Publish(t.Context(), streamtest.Batch(1+k*1000, 1000, childAssets)); err != nil {
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("the refusal took %v; expected that it comes at once", took)
			}
			return k - first, err
		}
		if k-first > 100_000 {
			t.Fatal("the disk does not get full")
		}
	}
}

func TestFullDisk(t *testing.T) {
	for _, c := range []struct {
		name    string
		reserve int64
	}{
		{"the reserve is kept free", 4 << 20},
		{"the disk is full to the last byte", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDisk(t, 48)
			ballast := filepath.Join(d.dir, "ballast")
			if err := os.WriteFile(ballast, bytes.Repeat([]byte("x"), 32<<20), 0o600); err != nil {
				t.Fatal(err)
			}
			in := openAt(t, stream.Options{Dir: filepath.Join(d.dir, "intake"), Reserve: c.reserve})
			seen := streamtest.NewSeen()
			streamtest.Consume(t, in, 0, seen.Take)
			acked, err := fill(t, in, 0)
			if evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(err.Error(), "full") || !strings.Contains(evenkeel.HintOf(err), "room on the disk of ") {
				t.Errorf("publishing to a full disk says %v (hint %q); expected that the disk is full", err, evenkeel.HintOf(err))
			}
			if c.reserve > 0 && !strings.Contains(err.Error(), fmt.Sprintf("expected at least %d", c.reserve)) {
				t.Errorf("publishing says %v; expected that it names the reserve", err)
			}
			if acked == 0 {
				t.Fatal("nothing was acknowledged before the disk was full")
			}
			for range 3 { // it stays refused
				if err := in.Publish(t.Context(), streamtest.Batch(1, 1000, childAssets)); err == nil {
					t.Error("a full disk took a batch")
				}
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			again := acked + 1 // part of the refused batch may be there
			publishSoon(t, in, streamtest.Batch(1+again*1000, 1000, childAssets))
			held := map[uint64]bool{}
			for _, id := range streamtest.Collect(t, in, 0).IDs() {
				held[id] = true
			}
			seen.Await(t, len(held)) // the consumer goes on as well
			for id := uint64(1); id <= (again+1)*1000; id++ {
				if refused := id > acked*1000 && id <= again*1000; !held[id] && !refused {
					t.Fatalf("record %d was acknowledged and is gone; %d batches were", id, acked)
				}
			}
			if s := in.Stats(); s.Damaged > 0 || s.Missing > 0 || s.Refused < 4 {
				t.Errorf("the counts are %+v; expected nothing damaged or missing and the refusals counted", s)
			}
			t.Logf("%d batches of 1000 were acknowledged before: %v", acked, err)
		})
	}
}

// publishSoon publishes a batch as a sender does: again and again until it is taken.
func publishSoon(t *testing.T, in *stream.Intake, b *evenkeel.Batch) {
	t.Helper()
	late := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := in.Publish(t.Context(), b)
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("publishing does not go on: %v", fmt.Errorf("after 20 s: %w", err))
		}
	}
}
