package edge

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"time"

	"github.com/evenkeel/evenkeel/lab/edge/crowd"
	"github.com/evenkeel/evenkeel/lab/edge/flood"
	"github.com/evenkeel/evenkeel/lab/edge/shop"
	"github.com/evenkeel/evenkeel/lab/internal/kernel"
)

const loadEnv = "EVENKEEL_EDGE_LOAD"

// load is what a process of its own does: one of these.
type load struct {
	Shops    *shopsLoad    `json:",omitempty"`
	Crowd    *crowdLoad    `json:",omitempty"`
	Flood    *floodLoad    `json:",omitempty"`
	Proxy    *proxyLoad    `json:",omitempty"`
	Browsers *browsersLoad `json:",omitempty"`
}

type shopsLoad struct {
	Sites []Site
	From  time.Time
}

type crowdLoad struct {
	Town  crowd.Town
	Front []netip.AddrPort
	CA    string
	Begin time.Time
	Limit time.Duration
}

type floodLoad struct {
	Letter  string
	Seed    uint64
	Host    string
	Front   []netip.AddrPort
	CA      string
	Begin   time.Time
	Lasts   time.Duration
	Rate    float64
	Carrier []netip.Addr
}

// Child does a load where this process was started for one, and does not come back then. Whoever calls Run calls it first, before anything else.
func Child() {
	text := os.Getenv(loadEnv)
	if text == "" {
		return
	}
	if err := do(text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func do(text string) error {
	var l load
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	if l.Proxy == nil { // that one is a contender, and is ended as one
		go func() {
			io.Copy(io.Discard, os.Stdin)
			stop(errors.New("whoever started this load ended it"))
		}()
	}
	var report any
	var err error
	switch {
	case l.Shops != nil:
		report, err = l.Shops.run(ctx)
	case l.Crowd != nil:
		report, err = l.Crowd.run(ctx)
	case l.Flood != nil:
		report, err = l.Flood.run(ctx)
	case l.Browsers != nil:
		report, err = l.Browsers.run(ctx)
	case l.Proxy != nil:
		err = l.Proxy.run(ctx)
	default:
		err = errors.New("do a load: it has no kind")
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(report)
}

func ready() { fmt.Println("ready") }

// run serves the sites until it is ended, and reports what each counted.
func (l *shopsLoad) run(ctx context.Context) ([][]shop.Count, error) {
	list := make([]*shop.Shop, len(l.Sites))
	faults := make(chan error, len(l.Sites))
	for i, s := range l.Sites {
		list[i] = shop.New(s.Name, s.Workers, l.From, now)
		at, err := net.Listen("tcp", s.Backend.String())
		if err != nil {
			return nil, err
		}
		server := &http.Server{Handler: list[i], ReadHeaderTimeout: 10 * time.Second}
		go func() { faults <- server.Serve(at) }()
		defer server.Close()
	}
	ready()
	select {
	case err := <-faults:
		return nil, err
	case <-ctx.Done():
	}
	counts := make([][]shop.Count, len(list))
	for i, s := range list {
		counts[i] = s.Counts()
	}
	return counts, nil
}

func (l *crowdLoad) run(ctx context.Context) ([]crowd.Entry, error) {
	pool, err := trust(l.CA)
	if err != nil {
		return nil, err
	}
	ready()
	p := crowd.Play{Town: l.Town, Front: l.Front, CAs: pool, Begin: l.Begin, Limit: l.Limit, Now: now}
	return p.Run(ctx)
}

func (l *floodLoad) run(ctx context.Context) (flood.Report, error) {
	pool, err := trust(l.CA)
	if err != nil {
		return flood.Report{}, err
	}
	ready()
	a := flood.Attack{
		Letter: l.Letter, Seed: l.Seed, Host: l.Host, Front: l.Front, CAs: pool, From: Hostile, From6: Hostile6, Carrier: l.Carrier,
		Begin: l.Begin, Lasts: l.Lasts, Rate: l.Rate, Now: now,
	}
	return a.Run(ctx)
}

// worker is a load that runs.
type worker struct {
	cmd    *exec.Cmd
	in     io.Closer
	out    *bufio.Reader
	fault  bytes.Buffer
	leaves bool // it may leave processes behind, in its group
}

// start starts a load in a namespace, on the core that is not the contender's.
func (w *World) start(space *os.File, nice int, l load) (*worker, error) {
	text, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	k := &worker{cmd: exec.Command(self)}
	k.cmd.Env = append(os.Environ(), loadEnv+"="+string(text), "GOMAXPROCS=1")
	k.cmd.Stderr = &k.fault
	in, err := k.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	k.in, k.out = in, bufio.NewReader(out)
	if err := kernel.Start(space, w.Other, nice, k.cmd); err != nil {
		return nil, fmt.Errorf("start a load: %w", err)
	}
	if line, err := k.out.ReadString('\n'); line != "ready\n" {
		in.Close()
		return nil, fmt.Errorf("start a load: it said %q (%v): %w: %s", line, err, k.cmd.Wait(), k.fault.String())
	}
	return k, nil
}

// wait waits until it is done, and reads what it reports.
func (k *worker) wait(report any) error {
	derr := json.NewDecoder(k.out).Decode(report)
	k.in.Close()
	err := k.cmd.Wait()
	if k.leaves {
		err = errors.Join(err, kernel.End(k.cmd.Process.Pid, true))
	}
	if err != nil {
		return fmt.Errorf("a load ended with %w: %s", err, k.fault.String())
	}
	return derr
}

// end ends it before its time.
func (k *worker) end(report any) error {
	k.in.Close()
	return k.wait(report)
}
