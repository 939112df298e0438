package kernel

import (
	"path/filepath"
	"runtime"
	"testing"
)

func TestFreeBytes(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux is asked")
	}
	if free, known := FreeBytes(t.TempDir()); !known || free <= 0 {
		t.Errorf("a temporary folder has %d bytes free, known %t; expected some", free, known)
	}
	if free, known := FreeBytes(filepath.Join(t.TempDir(), "gone")); known {
		t.Errorf("a folder that does not exist is said to have %d bytes free; expected unknown", free)
	}
}
