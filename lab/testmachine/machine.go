package testmachine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Machine is one that runs. Its methods may be called by several goroutines.
type Machine struct {
	cmd     *exec.Cmd
	cancel  context.CancelFunc
	in      io.WriteCloser
	folder  string
	ended   chan struct{} // closed when nothing more comes from it
	writing sync.Mutex
	mu      sync.Mutex
	next    int
	waiting map[int]chan outcome // of one outcome each
}

// Start starts a machine with files, which are found in Files there under their names, and waits until it takes commands. One of them
// is this program. When within is over it ends, whatever it does.
func Start(ctx context.Context, disk string, files map[string]string, within time.Duration) (*Machine, error) {
	folder, err := os.MkdirTemp("", "evenkeel-testmachine-")
	if err != nil {
		return nil, err
	}
	m := &Machine{folder: folder, ended: make(chan struct{}), waiting: map[int]chan outcome{}}
	ctx, m.cancel = context.WithTimeout(ctx, within)
	if err := m.start(ctx, disk, files, within); err != nil {
		return nil, errors.Join(fmt.Errorf("start a test machine: %w", err), m.Close())
	}
	return m, nil
}

// Files is where the files of a machine are, for reading.
const Files = "/opt/files"

func (m *Machine) start(ctx context.Context, disk string, files map[string]string, within time.Duration) error {
	second := filepath.Join(m.folder, "files.ext4")
	if err := pack(ctx, second, files); err != nil {
		return err
	}
	// The port at which the machine is told what to do is the emulator's standard input and output: it is closed when this process ends, however it ends,
	// and then the machine turns itself off.
	// Should the machine stand still by then, timeout(1) ends it at its deadline.
	m.cmd = exec.CommandContext(ctx, "timeout", "--foreground", "--kill-after=5", strconv.Itoa(int(within.Seconds())+10), "qemu-system-x86_64",
		"-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max", "-smp", "2", "-m", "1536",
		"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-monitor", "none",
		"-kernel", filepath.Join(disk, "vmlinuz"),
		"-append", "console=ttyS0 quiet loglevel=5 nowatchdog root=/dev/nvme0n1 rw init=/lib/systemd/systemd systemd.unit=testmachine.target systemd.show_status=0 panic=-1 mitigations=off",
		"-drive", "if=none,id=root,format=raw,snapshot=on,cache=unsafe,file="+filepath.Join(disk, "root.ext4"), "-device", "nvme,drive=root,serial=root",
		"-drive", "if=none,id=files,format=raw,readonly=on,cache=unsafe,file="+second, "-device", "nvme,drive=files,serial=files",
		"-serial", "file:"+m.console(),
		"-device", "virtio-serial-pci", "-chardev", "stdio,id=orders,signal=off", "-device", "virtserialport,chardev=orders",
	)
	m.cmd.Env = append(os.Environ(), "TMPDIR="+m.folder) // of what is written to the disk
	m.cmd.Stderr = new(tail)
	m.cmd.Cancel = func() error { return m.cmd.Process.Signal(os.Interrupt) } // which it hands on
	m.cmd.WaitDelay = 10 * time.Second
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if m.in, err = m.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := m.cmd.Start(); err != nil {
		return err
	}
	_, ready := m.expect()
	go m.listen(out)
	_, err = m.wait(ctx, ready)
	return err
}

func (m *Machine) console() string { return filepath.Join(m.folder, "console") }

// pack makes a disk of files and of this program, which is the one named inside.
func pack(ctx context.Context, disk string, files map[string]string) error {
	own, err := os.Executable()
	if err != nil {
		return err
	}
	folder := disk + ".d"
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	size := int64(16 << 20)
	copyTo := func(name, file string) error {
		b, err := os.ReadFile(file)
		if err == nil {
			size += int64(len(b)) + int64(len(b))/16
			err = os.WriteFile(filepath.Join(folder, name), b, 0o755)
		}
		return err
	}
	err = copyTo("inside", own)
	for name, file := range files {
		err = errors.Join(err, copyTo(name, file))
	}
	if err == nil {
		err = os.WriteFile(disk, nil, 0o600)
	}
	if err == nil {
		err = os.Truncate(disk, size)
	}
	if err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-d", folder, disk).CombinedOutput(); err != nil {
		return fmt.Errorf("make the disk of its files: %w: %s", err, out)
	}
	return os.RemoveAll(folder)
}

// listen hands out what the machine says, until it ends.
func (m *Machine) listen(out io.Reader) {
	defer close(m.ended)
	for in := json.NewDecoder(out); ; {
		var o outcome
		if in.Decode(&o) != nil {
			return
		}
		m.mu.Lock()
		if to := m.waiting[o.ID]; to != nil {
			delete(m.waiting, o.ID)
			to <- o
		}
		m.mu.Unlock()
	}
}

// expect is where the outcome of the next command comes; the first of all is that the machine is ready.
func (m *Machine) expect() (id int, c chan outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, c = m.next, make(chan outcome, 1)
	m.next++
	m.waiting[id] = c
	return id, c
}

func (m *Machine) wait(ctx context.Context, c chan outcome) (outcome, error) {
	select {
	case o := <-c:
		return o, nil
	case <-m.ended:
		return outcome{}, fmt.Errorf("the machine ended: %s\n%s", m.cmd.Stderr, m.said())
	case <-ctx.Done():
		return outcome{}, fmt.Errorf("%w\n%s", ctx.Err(), m.said())
	}
}

// said is the end of what the console shows.
func (m *Machine) said() []byte {
	b, err := os.ReadFile(m.console())
	if err != nil {
		return nil
	}
	return b[max(0, len(b)-4096):]
}

// answered is by when a command that was killed is told of.
const answered = 30 * time.Second

// Command is what a machine does.
type Command struct {
	Args   []string
	Env    []string // besides the machine's own
	Stdin  string
	Within time.Duration // then it is killed; zero: a minute
}

// Run has a command run, and says what it printed, 1 MiB from its end at most, and its exit code. The error
// is not nil where it did not come to its end.
func (m *Machine) Run(ctx context.Context, c Command) (output string, code int, err error) {
	id, over := m.expect()
	o := order{ID: id, Args: c.Args, Env: c.Env, Stdin: c.Stdin, Within: cmp.Or(c.Within, time.Minute)}
	text, err := json.Marshal(o)
	if err == nil {
		m.writing.Lock()
		_, err = m.in.Write(text)
		m.writing.Unlock()
	}
	if err != nil {
		return "", -1, fmt.Errorf("tell the machine what to do: %w\n%s", err, m.said())
	}
	ctx, cancel := context.WithTimeout(ctx, o.Within+answered)
	defer cancel()
	got, err := m.wait(ctx, over)
	if err != nil {
		return "", -1, fmt.Errorf("run %s: %w", c.Args[0], err)
	}
	if got.Fault != "" {
		err = fmt.Errorf("run %s: %s", c.Args[0], got.Fault)
	}
	return string(got.Output), got.Code, err
}

// Close turns the machine off, and forgets what was written to its disks.
func (m *Machine) Close() error {
	m.cancel()
	if m.cmd != nil && m.cmd.Process != nil {
		<-m.ended
		m.cmd.Wait() // it was killed
	}
	return os.RemoveAll(m.folder)
}

// Began is a machine for a test, which is turned off with it. Where none can be had here the test is skipped; that it is said
// so in vain, .ci/skips sees to.
func Began(t testing.TB, files map[string]string, within time.Duration) *Machine {
	t.Helper()
	disk, err := Disk(t.Context())
	var absent Absent
	if errors.As(err, &absent) {
		t.Skip(absent)
	}
	if err != nil {
		t.Fatal(err)
	}
	m, err := Start(t.Context(), disk, files, within)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// Test runs some tests of a test program that is among the files, and fails where not all of them pass. What they say in lines with
// "figure: " is said.
func (m *Machine) Test(t *testing.T, program, tests string, within time.Duration, env ...string) {
	t.Helper()
	out, code, err := m.Run(t.Context(), Command{
		Args: []string{Files + "/" + program, "-test.run=" + tests, "-test.v", "-test.timeout=" + within.String()},
		Env:  append(env, "TMPDIR=/tmp"), Within: within + 10*time.Second,
	})
	if err != nil || code != 0 || !strings.Contains(out, "--- PASS: ") || strings.Contains(out, "--- SKIP: ") {
		t.Errorf("exit code %d, %v\n%s", code, err, out)
	}
	for line := range strings.Lines(out) {
		if _, figure, ok := strings.Cut(line, "figure: "); ok {
			t.Log(strings.TrimSpace(figure))
		}
	}
}
