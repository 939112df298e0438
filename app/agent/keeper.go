package agent

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	keeperNext   = "keeper.next" // the lock of who takes the place of another
	keeperLog    = "keeper.log"
	mostLog      = 1 << 20
	keeperStarts = 10 * time.Second
)

// KeeperEnv is set in the environment of a keeper that an agent started. One that a supervisor starts takes its place.
const KeeperEnv = "EVENKEEL_KEEPER_OF_AGENT"

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
		l.Domains = host.NewDomains(virt, filepath.Join(s.Data, s.ofURI(shareLeases)), c)
		l.Pauses = host.NewPauses(virt, filepath.Join(s.Data, s.ofURI(pauseLeases)), c)
	}
	return l, err
}

// ofURI is the name of a file of leases of the hypervisor that the settings name: names of guests are of one.
func (s *Settings) ofURI(name string) string {
	if u := s.Libvirt.URI; u != Default().Libvirt.URI {
		name += "-" + digest(u)
	}
	return name
}

// digest tells a few words from others.
func digest(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// post is what a keeper goes by, and who it is: what its lock says of it.
type post struct {
	settings, version string // digests
	agents            bool   // an agent started it
}

// postOf is that of a keeper with settings. Control groups are named whole in the leases, so no settings are needed for them.
func postOf(o *Options) post {
	return post{settings: digest(o.Settings.Libvirt.Socket, o.Settings.Libvirt.URI), version: digest(o.Version), agents: os.Getenv(KeeperEnv) != ""}
}

// alike says whether both do the same.
func (p post) alike(q post) bool { return p.settings == q.settings && p.version == q.version }

// String writes it as a lock has it, in words.
func (p post) String() string {
	by := "supervised"
	if p.agents {
		by = "agent"
	}
	return p.settings + " " + p.version + " " + by
}

// readPost reads what a lock says; of one that says nothing, or is of before it did, none.
func readPost(path string) (p post) {
	b, err := os.ReadFile(path)
	if err != nil || len(b) > 200 {
		return p
	}
	if f := strings.Fields(string(b)); len(f) == 4 { // its number comes first
		p = post{f[1], f[2], f[3] == "agent"}
	}
	return p
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
// called with Keeping when it does, or with KeptAlready where another keeper of this data directory does the same; then it returns at once.
// Where another one goes by other settings, or is of another version, this takes its place: that one lets go once this keeps.
func Keep(ctx context.Context, o Options, virt *Hypervisor, c host.Clock, say func(string)) error {
	s, mine := o.Settings, postOf(&o)
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return kernel.FileError("make", s.Data, err)
	}
	leased, _ := OpenLeased(Settings{Data: s.Data, Libvirt: s.Libvirt}, virt, c)
	leased.Groups = host.KeptCgroups(filepath.Join(s.Data, quotaLeases), c) // whatever the settings named and name
	k := &keeping{keeper: host.NewKeeper(c, leased.all()...), log: o.Log}
	lock, before, err := takeKeeping(s.Data, mine)
	if lock == nil {
		if err == nil {
			say(KeptAlready)
		}
		return err
	}
	defer lock.Close()
	if before {
		k.pass(ctx)
		path := filepath.Join(s.Data, keeperLock)
		if err := os.Rename(lock.Name(), path); err != nil { // now the other one sees that it has no place
			return kernel.FileError("rename", lock.Name(), err)
		}
		o.Log.Info("this takes the place of a keeper with other settings, or of another version")
	}
	say(Keeping)
	for {
		wait := k.pass(ctx)
		switch is := standing(s.Data, lock); {
		case ctx.Err() != nil, is == noPlace:
			return nil
		case is == replaced && (readPost(filepath.Join(s.Data, keeperLock)).settings == mine.settings || !k.keeper.Holds()):
			return nil // whoever has its place lifts what is left; with other settings it could not
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

// keeping is a keeper that logs.
type keeping struct {
	keeper *host.Keeper
	log    *slog.Logger
}

func (k *keeping) pass(ctx context.Context) (wait time.Duration) {
	wait, err := k.keeper.Pass(ctx)
	if err != nil && ctx.Err() == nil {
		k.log.Error("what has ended could not be lifted; it is tried again", "err", err, "hint", evenkeel.HintOf(err))
	}
	return wait
}

// takeKeeping takes the lock of the keeper of a data directory; nil where another one does the same. before says that there is one
// whose place is to be taken: then the lock is under another name, and takes the place of that one when it is renamed.
func takeKeeping(data string, mine post) (lock *os.File, before bool, err error) {
	path := filepath.Join(data, keeperLock)
	for range 10 { // whoever replaces another meanwhile does it at once
		if lock, err = locked(path); err != nil {
			return nil, false, err
		}
		if lock != nil && stands(lock, path) {
			break
		}
		if lock != nil { // of somebody whose place was taken just now
			lock.Close()
			lock = nil
			continue
		}
		is := readPost(path)
		if is.alike(mine) && (mine.agents || !is.agents) {
			return nil, false, nil
		}
		before = true
		next := filepath.Join(data, keeperNext)
		if lock, err = locked(next); lock == nil || err != nil { // or somebody else is about to take it
			return nil, false, err
		}
		if !stands(lock, next) {
			lock.Close()
			lock, before = nil, false
			continue
		}
		break
	}
	if lock == nil {
		return nil, false, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "take the place of the keeper of " + data + ": others took it again and again"}
	}
	if err := noteProcess(lock, mine); err != nil {
		return nil, false, errors.Join(kernel.FileError("write", lock.Name(), err), lock.Close())
	}
	return lock, before, nil
}

// locked opens a lock and takes it; nil where somebody else has it.
func locked(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, kernel.FileError("open", path, err)
	}
	switch held, err := kernel.Lock(f); {
	case err != nil:
		return nil, errors.Join(kernel.FileError("lock", path, err), f.Close())
	case held:
		return nil, f.Close()
	}
	return f, nil
}

// place is that of a keeper.
type place uint8

const (
	holds place = iota
	replaced
	noPlace // its data directory is gone, and what it could lift with it
)

// standing says whether a keeper has its place still.
func standing(data string, lock *os.File) place {
	path := filepath.Join(data, keeperLock)
	if stands(lock, path) {
		return holds
	}
	if _, err := os.Stat(path); err != nil {
		return noPlace
	}
	return replaced
}

// stands says whether an open file is the one of a name.
func stands(f *os.File, name string) bool {
	open, err := f.Stat()
	if err != nil {
		return true // not known
	}
	named, err := os.Stat(name)
	return !errors.Is(err, fs.ErrNotExist) && (err != nil || os.SameFile(open, named))
}

// noteProcess writes into a lock who holds it, and by what it goes.
func noteProcess(lock *os.File, mine post) error {
	if err := lock.Truncate(0); err != nil {
		return err
	}
	_, err := lock.WriteAt(fmt.Appendf(nil, "%d\n%s\n", os.Getpid(), mine), 0)
	return err
}

// StartKeeper sees to it that a keeper runs that goes by these settings and is of this version: Options.Keeper is evenkeel host
// keep-leases with the settings. Where one runs it changes nothing, so an agent may call it again and again. The keeper has a session
// of its own and outlives whoever starts it; what it says is in keeper.log of the data directory.
func StartKeeper(ctx context.Context, o Options) (started bool, err error) {
	s, command := o.Settings, o.Keeper
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
	} else if runs && readPost(filepath.Join(s.Data, keeperLock)).alike(postOf(&o)) {
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
	cmd.Env = append(os.Environ(), KeeperEnv+"=1")
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
