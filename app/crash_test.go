package app

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A killed process is another one, so that it can be killed.
type killed struct {
	at  Addresses
	cmd *exec.Cmd
	log *lines
}

func startProcess(t testing.TB, dir string) *killed {
	t.Helper()
	k := &killed{cmd: exec.Command(os.Args[0]), log: &lines{}}
	k.cmd.Env = append(os.Environ(), childEnv+"="+dir)
	k.cmd.Stderr = k.log
	out, err := k.cmd.StdoutPipe()
	if err == nil {
		err = k.cmd.Start()
	}
	if err == nil {
		t.Cleanup(func() {
			_ = k.cmd.Process.Kill() // it may have ended
			_ = k.cmd.Wait()
		})
		err = json.NewDecoder(out).Decode(&k.at)
	}
	if err != nil {
		t.Fatalf("start a process: %v\n%s", err, k.log)
	}
	return k
}

func (k *killed) kill() {
	_ = k.cmd.Process.Kill()
	_ = k.cmd.Wait()
}

func TestKillingItAtAnyPointChangesNothingThatIsDecided(t *testing.T) {
	const tenants = 3
	all := mining(ago(), tenants)
	whole := serve(t, dataDir(t))
	for _, r := range all {
		if err := r.to(whole.at); err != nil {
			t.Fatal(err)
		}
	}
	watched := `evenkeel_watch_records_total{fate="counted"}`
	points := fmt.Sprint(60*4*tenants + 10*tenants + tenants) // readings, flows and machines that were made
	eventually(t, "all is watched: "+points, func() bool { return whole.metric(t, watched) == points })
	eventually(t, "nothing waits for the judge", func() bool { return whole.metric(t, "evenkeel_judge_waiting") == "0" })
	if err := whole.stop(); err != nil {
		t.Fatal(err)
	}
	want := decisionsIn(t, whole.dir)

	dir := dataDir(t)
	kills := []int{len(all) / 3, len(all) / 2, len(all) * 3 / 4}
	from := 0
	for _, until := range append(kills, len(all)) {
		k := startProcess(t, dir)
		var senders sync.WaitGroup
		for ; from < until; from++ {
			if err := all[from].to(k.at); err != nil {
				t.Fatalf("%v\n%s", err, k.log)
			}
		}
		if until < len(all) { // this one may be acknowledged or not; it is sent again
			senders.Go(func() { _ = all[until].to(k.at) })
		}
		k.kill()
		senders.Wait()
	}
	again := serve(t, dir)
	eventually(t, "all is watched once: "+points, func() bool { return again.metric(t, watched) == points })
	eventually(t, "nothing waits for the judge", func() bool { return again.metric(t, "evenkeel_judge_waiting") == "0" })
	if missing := again.metric(t, `evenkeel_stream_messages_total{fate="missing"}`); missing != "0" {
		t.Errorf("%s messages are missing", missing)
	}
	if err := again.stop(); err != nil {
		t.Fatal(err)
	}
	if got := decisionsIn(t, dir); !slices.Equal(got, want) {
		t.Errorf("decided after kills\n%s\nwithout\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, line := range want {
		if strings.Contains(line, " ordered ") && !strings.HasSuffix(line, ", 1 times") {
			t.Errorf("%s", line)
		}
	}
}

// TestWhatIsNotKeptYetIsInNoCheckpoint has somebody else hold the books while everything is
// watched, and ends the process then: what was found must be found again.
func TestWhatIsNotKeptYetIsInNoCheckpoint(t *testing.T) {
	all := mining(ago(), 1)
	points := fmt.Sprint(60*4 + 10 + 1)
	watched := `evenkeel_watch_records_total{fate="counted"}`
	dir := dataDir(t)
	k := startProcess(t, dir)
	free := holdBooks(t, dir)
	for _, r := range all {
		if err := r.to(k.at); err != nil {
			t.Fatalf("%v\n%s", err, k.log)
		}
	}
	held := &served{at: k.at}
	eventually(t, "all is watched though nothing can be kept", func() bool { return held.metric(t, watched) == points })
	if n := held.metric(t, "evenkeel_judge_waiting"); n == "0" {
		t.Error("nothing waits for the judge, though the books are held")
	}
	k.kill()
	free()
	if got := decisionsIn(t, dir); len(got) > 0 {
		t.Fatalf("decided while the books were held: %v", got)
	}
	s := serve(t, dir)
	eventually(t, "what was found is judged", func() bool {
		return slices.ContainsFunc(decisionsIn(t, dir), func(l string) bool { return strings.Contains(l, "of isolate on [x-0], proposed live") })
	})
	if n := s.metric(t, watched); n != points {
		t.Errorf("%s records are counted; expected %s", n, points)
	}
}

// holdBooks keeps everybody else from writing books until free is called.
func holdBooks(t *testing.T, dir string) (free func()) {
	t.Helper()
	ctx := context.Background()
	db, err := sql.Open("sqlite", filepath.Join(dir, fileBooks))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, "PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(conn.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestADamagedCheckpointFallsBackToTheOneBefore(t *testing.T) {
	dir, base := dataDir(t), ago()
	all := mining(base, 1)
	half := len(all) / 2
	for _, part := range [][]request{all[:half], all[half : half+1]} { // a checkpoint at the end of each
		s := serve(t, dir)
		for _, r := range part {
			if err := r.to(s.at); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "it is ready", func() bool { code, _ := get(t, "http://"+s.at.Console+"/readyz"); return code == http.StatusOK })
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
	}
	damage := func(n int) {
		t.Helper()
		found, _ := filepath.Glob(filepath.Join(dir, "checkpoints", "*", "engine"))
		found = slices.DeleteFunc(found, func(p string) bool { return strings.Contains(p, "damaged") })
		if len(found) != n {
			t.Fatalf("checkpoints %v; expected %d", found, n)
		}
		for _, path := range found[1:] {
			flip(t, path)
		}
		if n == 1 {
			flip(t, found[0])
		}
	}
	damage(2)
	s := serve(t, dir)
	if !strings.Contains(s.log.String(), "set aside and the one before is used") || !strings.Contains(s.log.String(), "goes on from a checkpoint") {
		t.Errorf("it says\n%s", s.log)
	}
	for _, r := range all[half+1:] {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	points := fmt.Sprint(60*4 + 10 + 1)
	eventually(t, "all is watched once", func() bool { return s.metric(t, `evenkeel_watch_records_total{fate="counted"}`) == points })
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(dir, "checkpoints", "*", "engine"))
	for _, path := range found {
		flip(t, path)
	}
	s = serve(t, dir)
	if !strings.Contains(s.log.String(), "no checkpoint could be read") || !strings.Contains(s.log.String(), "send the inventory again") {
		t.Errorf("without any good one it says\n%s", s.log)
	}
}

// flip changes a byte in the middle of a file.
func flip(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		text[len(text)/2] ^= 0x40
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
