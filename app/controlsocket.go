package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
)

const (
	fileControl  = "control.sock" // where acts are handed in; for the directory's owner alone
	dirBinding   = ".control"     // where the socket is made, before anybody may connect to it
	maxSockPath  = 103            // bytes of a socket's path, on every system that we know
	controlEnds  = time.Second    // for answers that are being written
	controlProbe = time.Second
)

// control is the way of writes from the command line: a socket in the data directory.
type control struct {
	server   *http.Server
	listener net.Listener
	path     string
}

// openControl listens on the socket of a data directory, which only its owner may connect to.
// h takes in what comes there. A socket whose process has ended is replaced; KindConflict where
// somebody listens. Whoever opens it has to Run it.
func openControl(dir string, h hatch) (*control, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fileError("listen in", dir, err)
	}
	owner, known := kernel.Owner(info)
	path := filepath.Join(dir, fileControl)
	if !known {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "listen at " + path + ": this system does not tell who owns the directory or who connects"}
	}
	if err := private("listen at", dir); err != nil {
		return nil, err
	}
	if err := unheld(path); err != nil {
		return nil, err
	}
	l, err := bind(dir, path)
	if err != nil {
		return nil, err
	}
	h.owner = owner
	return &control{
		server: &http.Server{
			Handler:           &h,
			ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: actTakes + 10*time.Second, IdleTimeout: 30 * time.Second,
			MaxHeaderBytes: 8 << 10, ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelDebug),
			ConnContext: func(ctx context.Context, c net.Conn) context.Context {
				return context.WithValue(ctx, peerKey{}, peerOf(c))
			},
		},
		listener: l, path: path,
	}, nil
}

func peerOf(c net.Conn) (p peer) {
	if u, ok := c.(*net.UnixConn); ok {
		p.user, p.process, p.known = kernel.Peer(u)
	}
	return p
}

// unheld says who is in the way of a new socket, or nil.
func unheld(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fileError("listen at", path, err)
	case info.Mode()&fs.ModeSocket == 0: // the kernel would say that nobody listens on a file, too
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "listen at " + path + ": there is something that is no socket; expected nothing", Hint: "move it away"}
	}
	c, err := net.DialTimeout("unix", path, controlProbe)
	switch {
	case err == nil:
		p := peerOf(c)
		_ = c.Close()
		return &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: fmt.Sprintf("listen at %s: process %d listens there already", path, p.process),
			Hint: "one evenkeel serve runs on a data directory; name another with --data",
		}
	case kernel.Deserted(err):
		return nil
	}
	return dialError("listen at", path, err)
}

// bind makes the socket where nobody else can come, so that there is no moment in which it is
// open to others, and puts it in its place, over one that is deserted.
func bind(dir, path string) (net.Listener, error) {
	within := filepath.Join(dir, dirBinding)
	if err := os.RemoveAll(within); err != nil {
		return nil, fileError("clear", within, err)
	}
	if err := os.Mkdir(within, 0o700); err != nil {
		return nil, fileError("make the directory", within, err)
	}
	defer os.RemoveAll(within)
	made := filepath.Join(within, "s")
	l, err := net.Listen("unix", made)
	if err != nil {
		return nil, dialError("listen at", path, err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // it knows the name that the socket has only now
	if err := os.Chmod(made, 0o600); err != nil {
		return nil, errors.Join(fileError("listen at", path, err), l.Close())
	}
	if err := os.Rename(made, path); err != nil {
		return nil, errors.Join(fileError("listen at", path, err), l.Close())
	}
	return l, nil
}

// sockPath says that a path is too long for a socket, or nil.
func sockPath(doing, path string) error {
	if len(path) <= maxSockPath {
		return nil
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("%s %s: the path has %d bytes; expected at most %d, as for any socket", doing, path, len(path), maxSockPath),
		Hint: "name the data directory by a shorter path, such as one from where you are",
	}
}

// dialError is an error of a socket without its address, which is named already.
func dialError(doing, path string, err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	return fileError(doing, path, err)
}

// Run takes acts in until ctx is done, and takes the socket away. An act that is at work then
// is given up, and nothing of it is kept, or it is kept and answered.
func (c *control) Run(ctx context.Context) error {
	var open sync.WaitGroup // connections, each with whatever is done for it
	c.server.BaseContext = func(net.Listener) context.Context { return ctx }
	c.server.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			open.Done()
		}
	}
	served := make(chan error, 1)
	go func() { served <- c.server.Serve(c.listener) }()
	var err error
	select {
	case err = <-served:
		err = dialError("listen at", c.path, err)
	case <-ctx.Done():
	}
	_ = os.Remove(c.path) // what is left behind is found to be deserted
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), controlEnds)
	defer cancel()
	if c.server.Shutdown(last) != nil {
		_ = c.server.Close() // somebody who does not read the answer
	}
	if err == nil {
		<-served
	}
	open.Wait()
	return err
}

// Close gives up a socket that was not run.
func (c *control) Close() error {
	return errors.Join(os.Remove(c.path), c.listener.Close())
}
