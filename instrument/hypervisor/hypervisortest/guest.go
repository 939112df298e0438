package hypervisortest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Guest starts a guest of QEMU's emulator at a libvirt of Libvirt, with one CPU, one card, 52:54:00:ee:00:01, at a
// port of that name, and disks, which are files of raw images. It returns virsh, which fails the test where it fails.
func Guest(t testing.TB, socket, name, port string, disks ...string) (virsh func(args ...string) string) {
	t.Helper()
	if _, err := exec.LookPath("qemu-system-x86_64"); err != nil {
		t.Fatal("there is no qemu-system-x86_64: apt-get install qemu-system-x86, or let .ci/run install it")
	}
	var drives strings.Builder
	for i, d := range disks {
		fmt.Fprintf(&drives, "<disk type='file'><driver name='qemu' type='raw'/><source file='%s'/><target dev='vd%c' bus='virtio'/></disk>", d, 'a'+i)
	}
	file := filepath.Join(t.TempDir(), "guest.xml")
	text := fmt.Sprintf(`<domain type='qemu'><name>%s</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
		<os><type arch='x86_64'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
		<interface type='ethernet'><mac address='52:54:00:ee:00:01'/><target dev='%s'/></interface>%s</devices></domain>`, name, port, drives.String())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	at := []string{"-c", "qemu:///system?socket=" + socket}
	virsh = func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "virsh", append(at, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("virsh %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	t.Cleanup(func() {
		_ = exec.Command("virsh", append(at, "destroy", name)...).Run() // or the test ended it
	})
	virsh("create", file)
	return virsh
}
