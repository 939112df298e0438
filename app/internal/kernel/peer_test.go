package kernel

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestWhoIsAtTheOtherEndOfASocket(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux is asked")
	}
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	here, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	user, process, known := Peer(here.(*net.UnixConn))
	if !known || int(user) != os.Geteuid() || int(process) != os.Getpid() {
		t.Errorf("user %d, process %d, known %t; expected this one", user, process, known)
	}
	if err := here.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, known := Peer(here.(*net.UnixConn)); known {
		t.Error("who is at the end of a closed connection is said to be known")
	}

	if _, err := net.Dial("unix", filepath.Join(filepath.Dir(path), "gone")); Deserted(err) {
		t.Errorf("a socket that does not exist is said to be deserted: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := net.Dial("unix", path); !Deserted(err) {
		t.Errorf("a socket on which nobody listens is not deserted: %v", err)
	}
}

func TestWhoseAFileIs(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux is asked")
	}
	info, err := os.Stat(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if user, known := Owner(info); !known || int(user) != os.Geteuid() {
		t.Errorf("user %d, known %t; expected this one", user, known)
	}
}
