package app

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func nothing(context.Context, docket.Act) (judge.Heard, error) { return judge.Heard{}, nil }

// listenControl opens a socket that is not run.
func listenControl(dir string) (*control, error) {
	return openControl(dir, hatch{do: nothing, now: start.Time, log: slog.New(slog.DiscardHandler)})
}

func TestTheSocketIsForItsOwnerAloneAndGoesWithItsProcess(t *testing.T) {
	d := &bureau{dir: dataDir(t), now: start, log: &lines{}}
	stop := runControl(t, d, nothing)
	info, err := os.Lstat(filepath.Join(d.dir, fileControl))
	if err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("the socket is %v (%v); expected one of mode 0600", info.Mode(), err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(d.dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestADesertedSocketIsReplacedAndOneInUseIsNot(t *testing.T) {
	dir := dataDir(t)
	c, err := listenControl(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = listenControl(dir)
	if evenkeel.KindOf(err) != evenkeel.KindConflict || !strings.Contains(err.Error(), fmt.Sprintf("process %d listens there already", os.Getpid())) {
		t.Errorf("while somebody listens: %v", err)
	}
	if err := c.Listener.Close(); err != nil { // as when its process is killed
		t.Fatal(err)
	}
	if _, err := os.Lstat(c.Path); err != nil {
		t.Fatalf("the socket did not stay behind: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, ".control"), 0o700); err != nil { // it may have been killed earlier, too
		t.Fatal(err)
	}
	c, err = listenControl(dir)
	if err != nil {
		t.Fatalf("over one that is deserted: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestWhereNoSocketCanBeItSaysWhy(t *testing.T) {
	dir := dataDir(t)
	sub := func(name string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // past the umask
			t.Fatal(err)
		}
		return path
	}
	taken := sub("taken", 0o700)
	if err := os.WriteFile(filepath.Join(taken, fileControl), []byte("keep this"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, dir string
		kind      evenkeel.Kind
		says      string
	}{
		{"no directory", filepath.Join(dir, "gone"), evenkeel.KindNotFound, "listen in " + dir + "/gone"},
		{"one that others may write to", sub("open", 0o770), evenkeel.KindDenied, "expected one for its owner alone"},
		{"a file in the way", taken, evenkeel.KindConflict, "there is something that is no socket"},
		{"a path that is too long", sub(strings.Repeat("d", 100), 0o700), evenkeel.KindInvalid, "expected at most 103"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := listenControl(c.dir)
			if evenkeel.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; expected %s with %q", err, c.kind, c.says)
			}
		})
	}
	if text, err := os.ReadFile(filepath.Join(taken, fileControl)); err != nil || string(text) != "keep this" {
		t.Errorf("the file in the way holds %q (%v)", text, err)
	}
}

func TestWhoCannotBeReachedIsNamedWithWhatToStart(t *testing.T) {
	dir := dataDir(t)
	a := docket.Act{ID: ActID("anna", "7"), Kind: docket.ActLift, At: start, Case: "c-1", By: "anna", Says: "Over."}
	path := filepath.Join(dir, fileControl)
	expect := func(name, says, hint string) {
		t.Helper()
		_, err := Send(context.Background(), dir, a)
		if evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.HasPrefix(err.Error(), says) || !strings.Contains(evenkeel.HintOf(err), hint) {
			t.Errorf("%s: %v (%s)", name, err, evenkeel.HintOf(err))
		}
	}
	const nobody, begin = ": nobody listens; expected evenkeel serve to run on this directory", "evenkeel serve --data "
	expect("no socket", "connect to "+path+nobody, begin+dir)
	c, err := listenControl(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Listener.Close(); err != nil {
		t.Fatal(err)
	}
	expect("one that is deserted", "connect to "+path+nobody, begin+dir)

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			_ = c.Close()
		}
	}()
	expect("one that hangs up", "no answer from "+path+", so it is not known whether the act was done", "the same --id")
}

func TestAnActThatIsAtWorkEndsWithTheProcess(t *testing.T) {
	d := &bureau{dir: dataDir(t), now: start, log: &lines{}}
	begun := make(chan struct{})
	ended := false
	stop := runControl(t, d, func(ctx context.Context, _ docket.Act) (judge.Heard, error) {
		close(begun)
		<-ctx.Done()
		ended = true
		return judge.Heard{}, ctx.Err()
	})
	answer := make(chan error, 1)
	go func() {
		_, err := Send(context.Background(), d.dir, docket.Act{ID: ActID("anna", "7"), Kind: docket.ActLift, At: start, Case: "c-1", By: "anna", Says: "Over."})
		answer <- err
	}()
	<-begun
	if err := stop(); err != nil || !ended {
		t.Errorf("Run returned %v, its work ended %t; expected nil and true", err, ended)
	}
	if err := <-answer; evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("the answer is %v; expected %s", err, evenkeel.KindUnavailable)
	}
}

func TestWhoSaysNothingDoesNotHoldUpTheEnd(t *testing.T) {
	d := &bureau{dir: dataDir(t), now: start, log: &lines{}}
	stop := runControl(t, d, nothing)
	c, err := net.Dial("unix", filepath.Join(d.dir, fileControl))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("POST /acts HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n")); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v; expected about a second", took)
	}
}
