package edge

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"github.com/evenkeel/evenkeel/lab/internal/kernel"
)

// Command is a contender that is a program and its files. Files, Args and Env are templates of text/template over Setting.
type Command struct {
	Title   string
	Program string // looked up in PATH
	Args    []string
	Env     []string          // beside those of this process
	Files   map[string]string // by their names in Setting.Dir
	At      string            // the address and port at which it is reached from beside it; "" is that at which visitors come
}

// Name is its title.
func (c *Command) Name() string { return c.Title }

// Missing says whether the program is not installed.
func (c *Command) Missing() bool {
	_, err := exec.LookPath(c.Program)
	return err != nil
}

func filled(text string, s *Setting) (string, error) {
	t, err := template.New("").Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, s)
	return b.String(), err
}

// running is a program that runs.
type running struct {
	cmd   *exec.Cmd
	ended chan error // what it ended with, once
	log   string
	front []netip.AddrPort
}

// Start writes the files and starts the program.
func (c *Command) Start(ctx context.Context, w *World) (Started, error) {
	s := w.Setting
	var err error
	if s.Dir, err = os.MkdirTemp(w.dir, "contender-"); err != nil {
		return nil, err
	}
	for name, text := range c.Files {
		body, err := filled(text, &s)
		if err != nil {
			return nil, fmt.Errorf("write %s of %s: %w", name, c.Title, err)
		}
		file := filepath.Join(s.Dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command(c.Program)
	cmd.Dir, cmd.Env = s.Dir, os.Environ()
	for _, list := range []struct {
		from []string
		to   *[]string
	}{{c.Args, &cmd.Args}, {c.Env, &cmd.Env}} {
		for _, text := range list.from {
			word, err := filled(text, &s)
			if err != nil {
				return nil, fmt.Errorf("call %s: %w", c.Title, err)
			}
			*list.to = append(*list.to, word)
		}
	}
	r := &running{cmd: cmd, ended: make(chan error, 1), log: filepath.Join(s.Dir, "log"), front: []netip.AddrPort{s.Listen, s.Listen6}}
	log, err := os.Create(r.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := kernel.Start(w.Edge, w.Core, ahead, cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Title, err)
	}
	go func() { r.ended <- cmd.Wait() }()
	from := w.Clients
	if c.At != "" {
		at, err := netip.ParseAddrPort(c.At)
		if err != nil {
			return nil, errors.Join(err, r.Stop())
		}
		from, r.front = w.Edge, []netip.AddrPort{at}
	}
	for _, at := range r.front {
		err = errors.Join(err, r.ready(ctx, from, at))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w: %s", c.Title, err, tail(r.log)), r.Stop())
	}
	return r, nil
}

// ready waits until connections are taken.
func (r *running) ready(ctx context.Context, from *os.File, at netip.AddrPort) error {
	ctx, stop := context.WithTimeout(ctx, settle)
	defer stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var conn net.Conn
		err := kernel.In(from, func() (err error) {
			conn, err = net.DialTimeout("tcp", at.String(), time.Second)
			return err
		})
		if err == nil {
			return conn.Close()
		}
		select {
		case err := <-r.ended:
			r.ended <- err
			return fmt.Errorf("it ended: %v", err)
		case <-ctx.Done():
			return fmt.Errorf("it takes no connections: %w", err)
		case <-tick.C:
		}
	}
}

func tail(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}

// Front is where it listens.
func (r *running) Front() []netip.AddrPort { return r.front }

// Processes are those of its process group.
func (r *running) Processes() []int { return group(r.cmd.Process.Pid) }

// Stop asks it to end, and ends it where it does not.
func (r *running) Stop() error {
	if err := kernel.End(r.cmd.Process.Pid, false); err != nil {
		return err
	}
	timer := time.NewTimer(2 * time.Second)
	defer timer.Stop()
	select {
	case <-r.ended:
		return kernel.End(r.cmd.Process.Pid, true) // workers that stayed
	case <-timer.C:
	}
	if err := kernel.End(r.cmd.Process.Pid, true); err != nil {
		return err
	}
	<-r.ended
	return nil
}
