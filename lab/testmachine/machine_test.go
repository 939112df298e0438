package testmachine

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	Child()
	os.Exit(m.Run())
}

func TestTry(t *testing.T) {
	disk, err := Disk(t.Context())
	var absent Absent
	if errors.As(err, &absent) {
		t.Skip(absent)
	}
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range strings.Fields(os.Getenv("TRYFILES")) {
		files[f[strings.LastIndex(f, "/")+1:]] = f
	}
	from := time.Now()
	m, err := Start(t.Context(), disk, files, 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("started after %v", time.Since(from))
	defer m.Close()
	b, _ := os.ReadFile(os.Getenv("TRY"))
	for line := range strings.Lines(string(b)) {
		from := time.Now()
		out, code, err := m.Run(t.Context(), Command{Args: []string{"sh", "-c", line}, Within: 5 * time.Minute})
		t.Logf("%s: %d %v %v\n%s", line, code, err, time.Since(from), out)
	}
}
