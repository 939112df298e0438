package stream_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/stream/streamtest"
)

// TestOpenUsesNoSocket: the server is reached inside the process and by nobody else.
func TestOpenUsesNoSocket(t *testing.T) {
	before := sockets(t)
	in := openAt(t, stream.Options{Dir: t.TempDir()})
	streamtest.Publish(t, in, streamtest.Batch(1, 10, 3))
	if now := sockets(t); now > before {
		t.Errorf("the process has %d sockets; expected %d as before the stream was opened", now, before)
	}
}

func sockets(t *testing.T) (n int) {
	t.Helper()
	files, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no open files to be seen (%v)", err)
	}
	for _, f := range files {
		if to, err := os.Readlink(f); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}
