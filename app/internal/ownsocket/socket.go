package ownsocket

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
	dirBinding = ".control"  // where the socket is made, before anybody may connect to it
	maxPath    = 103         // bytes of a socket's path, on every system that we know
	ends       = time.Second // for answers that are being written
	probe      = time.Second
)

// Socket is one that is listened at. Whoever made it has to Serve or Close it.
type Socket struct {
	net.Listener
	Path  string
	Owner uint32 // of the directory: who may speak
}

// Listen makes the socket of a directory, which only its owner may connect to. One whose process has ended
// is replaced; KindConflict, with a hint, where somebody listens.
func Listen(dir, name, inUse string) (*Socket, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, kernel.FileError("listen in", dir, err)
	}
	owner, known := kernel.Owner(info)
	path := filepath.Join(dir, name)
	if !known {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "listen at " + path + ": this system does not tell who owns the directory or who connects"}
	}
	if err := Private("listen at", dir, name); err != nil {
		return nil, err
	}
	if err := unheld(path, inUse); err != nil {
		return nil, err
	}
	l, err := bind(dir, path)
	if err != nil {
		return nil, err
	}
	return &Socket{Listener: l, Path: path, Owner: owner}, nil
}

// Private says why a directory is none for a socket of its owner's, or nil. One that is not there is yet to be made.
func Private(doing, dir, name string) error {
	path := filepath.Join(dir, name)
	if err := Fits(doing, path); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return kernel.FileError(doing, path, err)
	case !info.IsDir():
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: dir + " is a file; expected a directory, or nothing yet", Hint: "name another directory with --data or data:"}
	case info.Mode().Perm()&0o022 != 0:
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("%s %s: others may write to the directory (%v); expected one for its owner alone", doing, path, info.Mode().Perm()),
			Hint: "chmod 700 " + dir,
		}
	}
	return nil
}

// Fits says that a path is too long for a socket, or nil.
func Fits(doing, path string) error {
	if len(path) <= maxPath {
		return nil
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("%s %s: the path has %d bytes; expected at most %d, as for any socket", doing, path, len(path), maxPath),
		Hint: "name the data directory by a shorter path, such as one from where you are",
	}
}

// unheld says who is in the way of a new socket, or nil.
func unheld(path, inUse string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return kernel.FileError("listen at", path, err)
	case info.Mode()&fs.ModeSocket == 0: // the kernel would say that nobody listens on a file, too
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "listen at " + path + ": there is something that is no socket; expected nothing", Hint: "move it away"}
	}
	c, err := net.DialTimeout("unix", path, probe)
	switch {
	case err == nil:
		p := peerOf(c)
		_ = c.Close()
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("listen at %s: process %d listens there already", path, p.Process), Hint: inUse}
	case kernel.Deserted(err):
		return nil
	}
	return DialError("listen at", path, err)
}

// bind makes the socket where nobody else can come, so that there is no moment in which it is
// open to others, and puts it in its place, over one that is deserted.
func bind(dir, path string) (net.Listener, error) {
	within := filepath.Join(dir, dirBinding)
	if err := os.RemoveAll(within); err != nil {
		return nil, kernel.FileError("clear", within, err)
	}
	if err := os.Mkdir(within, 0o700); err != nil {
		return nil, kernel.FileError("make the directory", within, err)
	}
	defer os.RemoveAll(within)
	made := filepath.Join(within, "s")
	l, err := net.Listen("unix", made)
	if err != nil {
		return nil, DialError("listen at", path, err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // it knows the name that the socket has only now
	if err := os.Chmod(made, 0o600); err != nil {
		return nil, errors.Join(kernel.FileError("listen at", path, err), l.Close())
	}
	if err := os.Rename(made, path); err != nil {
		return nil, errors.Join(kernel.FileError("listen at", path, err), l.Close())
	}
	return l, nil
}

// DialError is an error of a socket without its address, which is named already.
func DialError(doing, path string, err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	return kernel.FileError(doing, path, err)
}

// Serve answers with h until ctx is done, and takes the socket away. A request that is at work then is given up by its
// context. takes is how long a request may take.
func (s *Socket) Serve(ctx context.Context, h http.Handler, takes time.Duration, log *slog.Logger) error {
	var open sync.WaitGroup // connections, each with whatever is done for it
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: takes + 10*time.Second, IdleTimeout: 30 * time.Second,
		MaxHeaderBytes: 8 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return peerOf(c).Within(ctx) },
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				open.Add(1)
			case http.StateClosed, http.StateHijacked:
				open.Done()
			}
		},
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(s.Listener) }()
	var err error
	select {
	case err = <-served:
		err = DialError("listen at", s.Path, err)
	case <-ctx.Done():
	}
	_ = os.Remove(s.Path) // what is left behind is found to be deserted
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), ends)
	defer cancel()
	if server.Shutdown(last) != nil {
		_ = server.Close() // somebody who does not read the answer
	}
	if err == nil {
		<-served
	}
	open.Wait()
	return err
}

// Close gives up a socket that was not served.
func (s *Socket) Close() error {
	return errors.Join(os.Remove(s.Path), s.Listener.Close())
}
