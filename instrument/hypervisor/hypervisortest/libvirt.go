package hypervisortest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Libvirt starts the system's libvirt for one test alone, and returns the socket at which it listens.
// It has test:///default, whose one guest is called test, and qemu:///system.
func Libvirt(t testing.TB) string {
	t.Helper()
	program, err := exec.LookPath("libvirtd")
	if err != nil {
		t.Fatal("there is no libvirtd: apt-get install libvirt-daemon, or let .ci/run install it")
	}
	if os.Geteuid() != 0 {
		t.Skipf("libvirtd of the system starts as root only, and this is user %d", os.Geteuid())
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	conf := write("libvirtd.conf", fmt.Sprintf("unix_sock_dir = %q\nauth_unix_rw = \"none\"\nauth_unix_ro = \"none\"\nmdns_adv = 0\n", dir))
	qemu := write("qemu.conf", "security_driver = \"none\"\nuser = \"root\"\ngroup = \"root\"\nstdio_handler = \"file\"\nremember_owner = 0\n")
	// Its settings lie in /etc, and what it keeps in /run and /var/lib: it sees its own in their place, and makes
	// networks in a namespace of its own.
	script := fmt.Sprintf("mount --bind %q /etc/libvirt/qemu.conf && mkdir -p /run/libvirt && mount -t tmpfs none /run/libvirt && "+
		"mount -t tmpfs none /var/lib/libvirt && exec %q -f %q -p %q", qemu, program, conf, filepath.Join(dir, "pid"))
	said, err := os.Create(filepath.Join(dir, "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	c := exec.Command("unshare", "--mount", "--net", "sh", "-c", script)
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Signal(os.Interrupt)
		c.Wait()
	})
	socket := filepath.Join(dir, "libvirt-sock")
	until(t, 20*time.Second, func() error {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
		}
		return err
	}, said.Name())
	return socket
}

// until asks again and again whether something is so.
func until(t testing.TB, most time.Duration, is func() error, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	for {
		err := is()
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			text, _ := os.ReadFile(said)
			t.Fatalf("after %v: %v\n%s", most, err, text)
		}
		wait, stop := context.WithTimeout(ctx, 20*time.Millisecond)
		<-wait.Done()
		stop()
	}
}
