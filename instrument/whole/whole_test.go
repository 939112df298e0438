package whole

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestAFileIsWrittenWholeForThoseWhoMayReadIt(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, c := range []struct {
		text string
		mode os.FileMode
	}{{"first", 0o600}, {"", 0o644}, {strings.Repeat("x", 1<<20), 0o600}} {
		if err := Write(path, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		info, bad := os.Stat(path)
		if err != nil || bad != nil || string(text) != c.text || info.Mode().Perm() != c.mode {
			t.Errorf("%d bytes, %v, %v, %v; expected %d, %v", len(text), info.Mode(), err, bad, len(c.text), c.mode)
		}
	}
	if all := names(t, dir); len(all) != 1 {
		t.Errorf("%v lie there; expected the file alone", all)
	}
}

func TestWhatCannotBeWrittenLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(taken, "by a directory"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(taken, []byte("x"), 0o600); err == nil {
		t.Error("a directory was replaced by a file")
	}
	if err := Write(filepath.Join(dir, "none", "a"), []byte("x"), 0o600); err == nil {
		t.Error("a file was written where there is no directory")
	}
	if all := names(t, dir); len(all) != 1 {
		t.Errorf("%v lie there; expected the directory alone", all)
	}
}

// childEnv names the file that a child of this test writes again and again.
const childEnv = "EVENKEEL_TEST_WHOLE"

func TestMain(m *testing.M) {
	path := os.Getenv(childEnv)
	if path == "" {
		os.Exit(m.Run())
	}
	for i := 0; ; i++ {
		if err := Write(path, bytes.Repeat([]byte{'a' + byte(i%26)}, 1<<18), 0o600); err != nil {
			os.Exit(1)
		}
		if i == 0 {
			_, _ = os.Stdout.WriteString("x")
		}
	}
}

// TestAProcessThatIsKilledLeavesAWholeFile kills one that does nothing but write.
func TestAProcessThatIsKilledLeavesAWholeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		cmd := exec.CommandContext(t.Context(), exe)
		cmd.Env = append(os.Environ(), childEnv+"="+path)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err == nil {
			_, err = out.Read(make([]byte, 1)) // it has written once, and goes on
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		text, err := os.ReadFile(path)
		if err != nil || len(text) != 1<<18 || strings.Trim(string(text), string(text[:1])) != "" {
			t.Errorf("%d bytes, %v; expected one letter %d times", len(text), err, 1<<18)
		}
	}
}
