package testhost

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

const jobEnv = "EVENKEEL_TEST_LOAD"

// job is what a process of its own is told.
type job struct {
	Frames *Frames `json:",omitempty"`
	Serve  *Serve  `json:",omitempty"`
	Visit  *Visit  `json:",omitempty"`
	Answer *Answer `json:",omitempty"`
	Talk   *Talk   `json:",omitempty"`
	Link   string
	Near   []byte // hardware addresses
	Far    []byte
}

// Load is something that can be started in a place.
type Load interface{ job() job }

// Report is what a load did.
type Report struct {
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Sent     int       `json:"sent,omitempty"`     // frames, connections or datagrams
	Answered int       `json:"answered,omitempty"` // connections that were answered as was waited for
	Bytes    int       `json:"bytes,omitempty"`    // said in connections or datagrams, by whoever spoke first
	Visits   []Fetch   `json:"visits,omitempty"`   // in the order in which they were due
}

// Child does a load where this process was started for one, and does not come back then. Each TestMain of tests that
// start loads calls it first.
func Child() {
	text := os.Getenv(jobEnv)
	if text == "" {
		return
	}
	var j job
	err := json.Unmarshal([]byte(text), &j)
	if err == nil {
		err = j.do()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// do does the load until it is done or whoever started it closes the standard input.
func (j job) do() error {
	stop := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(stop)
	}()
	ready := func() { fmt.Println("ready") }
	var r Report
	var err error
	switch {
	case j.Frames != nil:
		r, err = j.Frames.run(j, ready, stop)
	case j.Serve != nil:
		r, err = j.Serve.run(ready, stop)
	case j.Visit != nil:
		r, err = j.Visit.run(ready, stop)
	case j.Answer != nil:
		r, err = j.Answer.run(ready, stop)
	case j.Talk != nil:
		r, err = j.Talk.run(ready, stop)
	default:
		err = errors.New("do a load: it has no kind")
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// Running is a load that was started.
type Running struct {
	cmd   *exec.Cmd
	in    io.Closer
	out   *bufio.Reader
	fault bytes.Buffer
}

// Start starts a load in a process of its own, and comes back when it has begun.
func (p *Place) Start(l Load) (*Running, error) {
	j := l.job()
	j.Link, j.Near, j.Far = p.link, p.own, p.next
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	r := &Running{cmd: p.command(os.Args[0])}
	r.cmd.Env = append(os.Environ(), jobEnv+"="+string(text))
	r.cmd.Stderr = &r.fault
	in, err := r.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.in, r.out = in, bufio.NewReader(out)
	if err := r.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a load: %w", err)
	}
	if line, err := r.out.ReadString('\n'); line != "ready\n" {
		in.Close()
		return nil, fmt.Errorf("start a load: it said %q (%v): %w: %s", line, err, r.cmd.Wait(), r.fault.String())
	}
	return r, nil
}

// Wait waits until the load has ended.
func (r *Running) Wait() (Report, error) {
	var got Report
	derr := json.NewDecoder(r.out).Decode(&got)
	r.in.Close()
	if err := r.cmd.Wait(); err != nil {
		return got, fmt.Errorf("a load ended with %w: %s", err, r.fault.String())
	}
	return got, derr
}

// Stop ends the load before its time.
func (r *Running) Stop() (Report, error) {
	r.in.Close()
	return r.Wait()
}
