package agent

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/shield/host"
)

// What a keeper goes by lies in the data directory of a host: files of leases, which the hands of the agent
// write and a keeper reads, its lock, and what it says.
const (
	quotaLeases  = "quotas" // which control groups have a quota, what they had, and until when
	shareLeases  = "shares" // the same of guests at libvirt
	pauseLeases  = "pauses" // who is paused, and until when
	keeperLock   = "keeper.lock"
	keeperLog    = "keeper.log"
	mostLog      = 1 << 20
	keeperStarts = 10 * time.Second
)

// Keeping is what a keeper says on a line when it keeps, and KeptAlready where another one does.
const (
	Keeping     = "keeping"
	KeptAlready = "kept already"
)

// Leased are the hands of this host whose measures end by no kernel, and whose leases a keeper lifts. Each may be nil.
type Leased struct {
	Groups  *host.Cgroups
	Domains *host.Domains
	Pauses  *host.Pauses
}

// OpenLeased makes those that the settings name: quotas of control groups, and where there is a hypervisor, shares and
// pauses. Agent and keeper make the same ones. Its error is why there are no control groups; the others are there.
func OpenLeased(s Settings, virt *Hypervisor, c host.Clock) (l Leased, err error) {
	if s.Cgroups != "" {
		if l.Groups, err = host.NewCgroups(s.Cgroups, filepath.Join(s.Data, quotaLeases), c); err != nil {
			l.Groups = nil
		}
	}
	if virt != nil {
		l.Domains = host.NewDomains(virt, filepath.Join(s.Data, shareLeases), c)
		l.Pauses = host.NewPauses(virt, filepath.Join(s.Data, pauseLeases), c)
	}
	return l, err
}

// CPU is the hand of shares, or nil.
func (l *Leased) CPU() host.Hand {
	if l.Groups == nil && l.Domains == nil {
		return nil
	}
	return &host.Shares{Groups: l.Groups, Domains: l.Domains}
}

// Machine is the hand of pauses, or nil.
func (l *Leased) Machine() host.Hand {
	if l.Pauses == nil {
		return nil
	}
	return l.Pauses
}

func (l *Leased) all() (all []host.Leased) {
	if l.Groups != nil {
		all = append(all, l.Groups)
	}
	if l.Domains != nil {
		all = append(all, l.Domains)
	}
	if l.Pauses != nil {
		all = append(all, l.Pauses)
	}
	return all
}

// Keep lifts what ends on this host until ctx ends or its data directory is gone, whether an agent runs or not. say is
// called with Keeping when it does, or with KeptAlready where another keeper of this data directory does; then it returns at once.
func Keep(ctx context.Context, s Settings, virt *Hypervisor, c host.Clock, log *slog.Logger, say func(string)) error {
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return kernel.FileError("make", s.Data, err)
	}
	path := filepath.Join(s.Data, keeperLock)
	lock, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return kernel.FileError("open", path, err)
	}
	defer lock.Close()
	switch held, err := kernel.Lock(lock); {
	case err != nil:
		return kernel.FileError("lock", path, err)
	case held:
		say(KeptAlready)
		return nil
	}
	if err := noteProcess(lock); err != nil {
		return kernel.FileError("write", path, err)
	}
	leased, err := OpenLeased(s, virt, c)
	if err != nil {
		log.Warn("no quotas of control groups are lifted", "why", err, "hint", evenkeel.HintOf(err))
	}
	keeper := host.NewKeeper(c, leased.all()...)
	say(Keeping)
	for {
		wait, err := keeper.Pass(ctx)
		if ctx.Err() != nil || !stands(lock) {
			return nil
		}
		if err != nil {
			log.Error("what has ended could not be lifted; it is tried again", "err", err, "hint", evenkeel.HintOf(err))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// stands says whether an open file is still the one of its name.
func stands(f *os.File) bool {
	open, err := f.Stat()
	if err != nil {
		return true // not known
	}
	named, err := os.Stat(f.Name())
	return !errors.Is(err, fs.ErrNotExist) && (err != nil || os.SameFile(open, named))
}

// noteProcess writes into a lock who holds it, for people.
func noteProcess(lock *os.File) error {
	if err := lock.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(lock, os.Getpid())
	return err
}

// StartKeeper sees to it that a keeper runs: command is evenkeel host keep-leases with the settings. Where
// one runs it changes nothing, so an agent may call it again and again. The keeper has a session of its own and outlives whoever
// starts it; what it says is in keeper.log of the data directory.
func StartKeeper(ctx context.Context, s Settings, command ...string) (started bool, err error) {
	wrong := func(err error) (bool, error) {
		return false, &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: "start who lifts quotas and pauses when the agent is dead", Err: err,
			Hint: "see " + filepath.Join(s.Data, keeperLog) + "; or have a supervisor run evenkeel host keep-leases",
		}
	}
	if len(command) == 0 {
		return wrong(errors.New("no command was named"))
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return wrong(err)
	}
	if runs, err := keeperRuns(s.Data); err != nil {
		return wrong(err)
	} else if runs {
		return false, nil
	}
	log, err := openLog(filepath.Join(s.Data, keeperLog))
	if err != nil {
		return wrong(err)
	}
	defer log.Close()
	says, ours, err := os.Pipe()
	if err != nil {
		return wrong(err)
	}
	defer says.Close()
	cmd := exec.Command(command[0], command[1:]...) // it outlives ctx
	cmd.Stdout, cmd.Stderr = ours, log
	kernel.Detach(cmd)
	err = errors.Join(cmd.Start(), ours.Close())
	if err != nil {
		return wrong(err)
	}
	go func() { _ = cmd.Wait() }() // so that nothing is left of it when it ends before us
	ctx, cancel := context.WithTimeout(ctx, keeperStarts)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = says.Close() })()
	line, err := bufio.NewReader(says).ReadString('\n')
	switch line = strings.TrimSpace(line); line {
	case Keeping:
		return true, nil
	case KeptAlready:
		return false, nil
	}
	_ = cmd.Process.Kill() // it is not what it should be
	return wrong(fmt.Errorf("it said %.80q; expected %q: %w", line, Keeping, err))
}

// keeperRuns says whether a keeper of a data directory runs. It asks by the lock, which it has for a moment: whoever starts
// in that moment ends, and is started again.
func keeperRuns(data string) (runs bool, err error) {
	lock, err := os.OpenFile(filepath.Join(data, keeperLock), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, err
	}
	runs, err = kernel.Lock(lock)
	return runs, errors.Join(err, lock.Close())
}

// openLog opens a file to append to, or anew where it is long.
func openLog(name string) (*os.File, error) {
	how := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if info, err := os.Stat(name); err == nil && info.Size() > mostLog {
		how |= os.O_TRUNC
	}
	return os.OpenFile(name, how, 0o600)
}
