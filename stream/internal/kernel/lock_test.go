//go:build unix

package kernel

import (
	"os"
	"path/filepath"
	"testing"
)

func TestALockIsHeldByOneOpenFileUntilItIsClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	first, second := open(), open()
	if taken, err := Lock(first); taken || err != nil {
		t.Fatalf("a lock that nobody has: taken %t, %v", taken, err)
	}
	if taken, err := Lock(second); !taken || err != nil {
		t.Errorf("a lock that another file has: taken %t, %v; expected taken", taken, err)
	}
	first.Close()
	if taken, err := Lock(second); taken || err != nil {
		t.Errorf("a lock whose holder closed its file: taken %t, %v; expected it free", taken, err)
	}
}
