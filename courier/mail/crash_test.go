package mail

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/courier/outboxtest"
)

// journal is an outbox that survives its process: a line of JSON for each delivery and each
// end, synced before it counts.
type journal struct {
	outboxtest.Memory
	file *os.File
}

type journalLine struct {
	Delivered courier.Delivery
	Done      evenkeel.NoticeID
}

func openJournal(path string, notices ...evenkeel.Notice) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{file: f}
	j.Put(notices...)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var l journalLine
		if json.Unmarshal(lines.Bytes(), &l) != nil {
			break // the last line of a process that was killed
		}
		ctx := context.Background()
		if l.Done != "" {
			err = j.Memory.Done(ctx, l.Done)
		} else {
			err = j.Memory.Delivered(ctx, l.Delivered.Notice, l.Delivered)
		}
		if err != nil {
			return nil, err
		}
	}
	return j, nil
}

func (j *journal) write(l journalLine) error {
	b, err := json.Marshal(l)
	if err == nil {
		_, err = j.file.Write(append(b, '\n'))
	}
	if err == nil {
		err = j.file.Sync()
	}
	return err
}

func (j *journal) Delivered(ctx context.Context, id evenkeel.NoticeID, d courier.Delivery) error {
	if err := j.Memory.Delivered(ctx, id, d); err != nil {
		return err
	}
	return j.write(journalLine{Delivered: d})
}

func (j *journal) Done(ctx context.Context, id evenkeel.NoticeID) error {
	if err := j.Memory.Done(ctx, id); err != nil {
		return err
	}
	return j.write(journalLine{Done: id})
}

func TestTheJournalIsAnOutbox(t *testing.T) {
	outboxtest.Run(t, func(t testing.TB) (courier.Outbox, func(...evenkeel.Notice)) {
		j, err := openJournal(filepath.Join(t.(*testing.T).TempDir(), "journal"))
		check(t, err)
		return j, j.Put
	})
}

// stopping stands where a process is killed: between the server's answer and what is written
// down of it.
type stopping struct{ *journal }

func (s *stopping) Delivered(context.Context, evenkeel.NoticeID, courier.Delivery) error {
	_, _ = os.Stdout.WriteString("taken\n")
	select {}
}

// The environment of a child of this test: what it is to do, and where.
const childEnv = "EVENKEEL_TEST_COURIER"

func TestMain(m *testing.M) {
	if what := os.Getenv(childEnv); what != "" {
		if err := beChild(what); err != nil {
			slog.Error("child", "err", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type job struct {
	Server  Server
	Journal string
	Stop    bool
}

// beChild runs a courier until there is nothing left to tell.
func beChild(what string) error {
	var j job
	if err := json.Unmarshal([]byte(what), &j); err != nil {
		return err
	}
	kept, err := openJournal(j.Journal, notice())
	if err != nil {
		return err
	}
	mail, err := New(j.Server, clock)
	if err != nil {
		return err
	}
	var out courier.Outbox = kept
	if j.Stop {
		out = &stopping{kept}
	}
	c, err := courier.New(courier.Parts{
		Outbox: out, Channels: []courier.Channel{mail}, Head: head, Marks: marks,
		Contacts: people{"acme": {{Role: "owner", Email: owner}, {Role: "admin", Email: "admin@acme.example"}}},
	}, clock, courier.Options{})
	if err != nil {
		return err
	}
	for {
		due, err := out.Pending(context.Background(), clock(), 10)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, w := range due {
			if err := c.Deliver(context.Background(), w); err != nil {
				return err
			}
		}
	}
}

func child(t *testing.T, j *job) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	b, err := json.Marshal(j)
	check(t, err)
	exe, err := os.Executable()
	check(t, err)
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), childEnv+"="+string(b))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	return cmd, bufio.NewReader(out)
}

// TestAProcessThatIsKilledRepeatsOneLetterUnderTheSameID: the server has the letter, the process
// is killed before it has written that down. The next one sends it again, once, with the same
// Message-ID, and what follows once; the one after that sends nothing.
func TestAProcessThatIsKilledRepeatsOneLetterUnderTheSameID(t *testing.T) {
	s := &tray{}
	j := &job{Server: Server{Addr: s.open(t, nil, false), Security: Plain, From: sender}, Journal: filepath.Join(t.TempDir(), "journal"), Stop: true}
	cmd, said := child(t, j)
	line, err := said.ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "taken" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	check(t, cmd.Process.Kill()) // SIGKILL
	_ = cmd.Wait()
	count := func() map[string]int {
		n := map[string]int{}
		for _, m := range s.took() {
			n[m.to+" "+m.messageID()]++
		}
		return n
	}
	const id = " <n-dnpq7javsymn5k2mjpbr56fzfj@abuse.example.com>"
	if n := count(); len(n) != 1 || n[owner+id] != 1 {
		t.Fatalf("before it was killed the server took %v", n)
	}
	j.Stop = false
	for range 2 {
		cmd, said := child(t, j)
		_, _ = io.Copy(io.Discard, said)
		check(t, cmd.Wait())
		if n := count(); len(n) != 2 || n[owner+id] != 2 || n["admin@acme.example"+id] != 1 {
			t.Errorf("the server took %v; expected the owner's letter twice and the admin's once", n)
		}
	}
}
