package testmachine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// insideEnv names the port at which the process in the machine is told what to do.
const insideEnv = "EVENKEEL_TEST_MACHINE"

// mostOutput is how much of what a command printed is kept, from its end.
const mostOutput = 1 << 20

// order is one command, and what came of it.
type (
	order struct {
		ID     int           `json:"id"`
		Args   []string      `json:"args"`
		Env    []string      `json:"env,omitempty"`
		Within time.Duration `json:"within"`
		Stdin  string        `json:"stdin,omitempty"`
	}
	outcome struct {
		ID     int    `json:"id"` // 0: the machine is ready
		Code   int    `json:"code"`
		Output []byte `json:"output"`
		Fault  string `json:"fault,omitempty"` // why it could not be run to its end
	}
)

// Child does what it is told where this process was started in a test machine, and does not come back then.
func Child() {
	name := os.Getenv(insideEnv)
	if name == "" {
		return
	}
	if err := inside(name); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(0) // and the machine is turned off
}

func inside(name string) error {
	os.Unsetenv(insideEnv)
	port, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	out := json.NewEncoder(port)
	say := func(o outcome) {
		mu.Lock()
		defer mu.Unlock()
		out.Encode(o) // whoever is not there any more does not wait for it
	}
	say(outcome{})
	for in := json.NewDecoder(port); ; {
		var o order
		if err := in.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read what is to be done: %w", err)
		}
		go func() { say(o.do()) }()
	}
}

func (o order) do() outcome {
	ctx, cancel := context.WithTimeout(context.Background(), o.Within)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.Args[0], o.Args[1:]...)
	cmd.Env = append(os.Environ(), o.Env...)
	cmd.Stdin = bytes.NewReader([]byte(o.Stdin))
	cmd.WaitDelay = time.Second // for those that it leaves behind with its output
	var out tail
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	got := outcome{ID: o.ID, Output: out}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		got.Code, got.Fault = -1, fmt.Sprintf("it was not over after %v", o.Within)
	case errors.As(err, &exit):
		got.Code = exit.ExitCode()
	case errors.Is(err, exec.ErrWaitDelay):
	case err != nil:
		got.Code, got.Fault = -1, err.Error()
	}
	return got
}

// tail is the end of what was written to it.
type tail []byte

func (t *tail) Write(b []byte) (int, error) {
	*t = append(*t, b...)
	if over := len(*t) - mostOutput; over > 0 {
		*t = append((*t)[:0], (*t)[over:]...)
	}
	return len(b), nil
}
