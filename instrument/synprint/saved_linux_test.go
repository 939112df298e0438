package synprint

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Of linux/tcp.h.
const (
	tcpSaveSYN  = 27
	tcpSavedSYN = 28
)

// saved opens a connection to a listener that saves SYNs, with options set at the client's socket, and returns
// the SYN as the kernel saved it.
func saved(t *testing.T, network, address string, set func(fd int) error) []byte {
	t.Helper()
	control := func(f func(fd int) error) func(string, string, syscall.RawConn) error {
		return func(_, _ string, c syscall.RawConn) error {
			var failed error
			return errors.Join(c.Control(func(fd uintptr) { failed = f(int(fd)) }), failed)
		}
	}
	config := net.ListenConfig{Control: control(func(fd int) error {
		return syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, tcpSaveSYN, 1)
	})}
	listener, err := config.Listen(context.Background(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dialer := net.Dialer{Control: control(set)}
	client, err := dialer.Dial(network, listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	b, long := make([]byte, 256), uint32(256)
	var failed syscall.Errno
	if err := raw.Control(func(fd uintptr) {
		_, _, failed = unix.Syscall6(unix.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, tcpSavedSYN, uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&long)), 0)
	}); err != nil || failed != 0 {
		t.Fatal(err, failed)
	}
	return b[:long]
}

// TestASYNThatTheKernelSavedIsRead has the kernel of this machine open real connections, as it is and as other machines would.
func TestASYNThatTheKernelSavedIsRead(t *testing.T) {
	none := func(int) error { return nil }
	read := func(network, address string, set func(int) error) Print {
		b := saved(t, network, address, set)
		p, err := Read(b)
		if err != nil {
			t.Fatalf("%x: %v", b, err)
		}
		t.Logf("%d bytes, %s", len(b), p.String())
		return p
	}
	one, two := read("tcp4", "127.0.0.1:0", none), read("tcp4", "127.0.0.1:0", none)
	if one.Key() != two.Key() {
		t.Errorf("one machine is %s and %s", one.String(), two.String())
	}
	if one.Version != 4 || one.Start() != 64 || one.MSS == 0 || one.Broken || len(one.Options()) == 0 {
		t.Errorf("%+v", one)
	}
	if b := saved(t, "tcp4", "127.0.0.1:0", none); len(b) < 40 || len(b) > 80 {
		t.Errorf("the kernel saves %d bytes", len(b))
	}
	for name, set := range map[string]func(int) error{
		"with another segment": func(fd int) error {
			return syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 1400)
		},
		"with another TTL":    func(fd int) error { return syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, syscall.IP_TTL, 128) },
		"with another window": func(fd int) error { return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 8192) },
	} {
		other := read("tcp4", "127.0.0.1:0", set)
		if other.Key() == one.Key() {
			t.Errorf("one %s is not told apart: %s", name, other.String())
		}
	}
}
