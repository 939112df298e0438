//go:build linux

package kernel

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skipf("watching what others do needs root; the user is %d", os.Getuid())
	}
}

// events reads a group until it is closed.
func events(t *testing.T, g Group) <-chan Event {
	t.Helper()
	out := make(chan Event, 200_000) // more than the kernel's queue holds
	done := make(chan error, 1)
	go func() {
		for {
			if _, err := g.Read(func(e Event) { out <- e }); err != nil {
				done <- err
				return
			}
		}
	}()
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, os.ErrClosed) {
			t.Errorf("reading ended with %v", err)
		}
	})
	return out
}

func wait(t *testing.T, in <-chan Event, is func(Event) bool) Event {
	t.Helper()
	end := time.After(10 * time.Second)
	for {
		select {
		case e := <-in:
			if is(e) {
				return e
			}
		case <-end:
			t.Fatal("the event did not come")
		}
	}
}

func TestBothWaysTellTheSameOfAFolder(t *testing.T) {
	for name, begin := range map[string]func() (Group, error){"fanotify": NewFolders, "inotify": func() (Group, error) { return newInotify() }} {
		t.Run(name, func(t *testing.T) {
			needRoot(t)
			g, err := begin()
			if err != nil {
				t.Fatal(err)
			}
			if g.Who() != (name == "fanotify") {
				t.Errorf("it says who: %v", g.Who())
			}
			in := events(t, g)
			dir := t.TempDir()
			f, err := os.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			key, err := g.Watch(f)
			if err != nil {
				t.Fatal(err)
			}
			again, err := g.Watch(f)
			if err != nil || again != key {
				t.Errorf("watched twice it has another key, or %v", err)
			}
			cmd := exec.Command("/bin/sh", "-c", "echo x > a; mkdir b; mv a c; rm c")
			cmd.Dir = dir
			if err := cmd.Run(); err != nil {
				t.Fatal(err)
			}
			for _, want := range []Event{{Does: Closed, Name: "a"}, {Does: Created | Folder, Name: "b"}, {Does: MovedAway, Name: "a"}, {Does: MovedHere, Name: "c"}, {Does: Deleted, Name: "c"}} {
				e := wait(t, in, func(e Event) bool { return e.Does&want.Does == want.Does && e.Name == want.Name })
				if e.Key != key || g.Who() != (e.PID > 0) {
					t.Errorf("%+v has another key, or no process", e)
				}
			}
		})
	}
}

// More than the queue holds is said by the kernel, and told.
func TestWhatTheKernelDropsIsTold(t *testing.T) {
	needRoot(t)
	g, err := NewFolders()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := g.Watch(f); err != nil {
		t.Fatal(err)
	}
	for i := range 20_000 { // fs.fanotify.max_queued_events is 16,384 where nobody changed it
		a := filepath.Join(dir, fmt.Sprint(i))
		if err := os.Mkdir(a, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if e := wait(t, events(t, g), func(e Event) bool { return e.Lost }); e.Key != "" {
		t.Errorf("%+v has a folder", e)
	}
}

func TestAProbeSaysWhatWorks(t *testing.T) {
	needRoot(t)
	folders, programs := Probe(t.TempDir())
	if !folders.Works || !programs.Works {
		t.Errorf("folders %+v, programs %+v", folders, programs)
	}
	if gone, _ := Probe(filepath.Join(t.TempDir(), "none")); gone.Works || gone.Absent || gone.Err == nil {
		t.Errorf("of a folder that is not there: %+v", gone)
	}
}

func TestAPipeIsNotOpened(t *testing.T) {
	dir := t.TempDir()
	if err := exec.Command("mkfifo", filepath.Join(dir, "pipe")).Run(); err != nil {
		t.Fatal(err)
	}
	at, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	if f, err := OpenIn(at, "/pipe"); err == nil {
		t.Errorf("opened %s", f.Name())
	}
	if f, err := OpenIn(at, "/"); err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
}
