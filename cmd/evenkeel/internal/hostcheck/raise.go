package hostcheck

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/cmd/evenkeel/internal/kernel"
	"github.com/evenkeel/evenkeel/instrument/baseline"
)

// Armed is what the keeper says once it waits.
const Armed = "armed"

// unit is the name of the timer of systemd.
const unit = "evenkeel-baseline-undo"

// Raise puts a wall up for so long. keeper is the command line of a process that runs Keep on dir, but for the id of the lease,
// which is appended. It returns who puts back what stood before, if nobody confirms: systemd or keeper.
func Raise(ctx context.Context, dir string, w baseline.Wall, after time.Duration, now time.Time, keeper []string) (who string, err error) {
	w.Lease = after
	text, err := w.Text()
	if err != nil {
		return "", err
	}
	if err := nft(ctx, text, "--check"); err != nil {
		return "", fmt.Errorf("try the firewall: %w; nothing was changed", err)
	}
	if old, err := readLease(dir); err == nil && old.Until.After(now) {
		return "", errors.New("a firewall waits to be confirmed already; confirm it, or wait until it is gone")
	}
	former, err := former(ctx)
	if err != nil {
		return "", err
	}
	confirmed := w
	confirmed.Lease = 0
	l := &lease{ID: newID(), Undo: baseline.Undo(former), Wall: confirmed, After: after, Until: now.Add(after), Netns: netns(), Keeper: "keeper"}
	if timed(ctx) {
		l.Keeper = "systemd"
	}
	if err := l.write(dir); err != nil {
		return "", fmt.Errorf("note the lease: %w; nothing was changed", err)
	}
	end, err := l.arm(ctx, append(keeper, l.ID))
	if err != nil {
		return "", errors.Join(fmt.Errorf("arm what undoes it: %w; nothing was changed", err), l.drop(dir))
	}
	if err := nft(ctx, text); err != nil {
		end()
		return "", errors.Join(fmt.Errorf("put the firewall up: %w; nothing was changed", err), l.drop(dir))
	}
	return l.Keeper, nil
}

// timed says whether systemd keeps timers for our network namespace.
func timed(ctx context.Context) bool {
	if _, err := os.Stat("/run/systemd/system"); err != nil {
		return false
	}
	first, err := os.Readlink("/proc/1/ns/net")
	return err == nil && first == netns() && exec.CommandContext(ctx, "systemd-run", "--version").Run() == nil
}

func netns() string {
	ns, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return ""
	}
	return ns
}

// arm starts what undoes it, and returns what ends that again.
func (l *lease) arm(ctx context.Context, keeper []string) (end func(), err error) {
	if l.Keeper == "systemd" {
		args := append([]string{"--quiet", "--collect", "--unit=" + unit, fmt.Sprintf("--on-active=%dms", l.After.Milliseconds()), "--timer-property=AccuracySec=100ms"}, keeper...)
		if out, err := exec.CommandContext(ctx, "systemd-run", append(args, "--now")...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("start a timer of systemd: %w: %s", err, strings.TrimSpace(string(out)))
		}
		return func() { _ = exec.Command("systemctl", "stop", unit+".timer").Run() }, nil // the lease is gone, so it would do nothing
	}
	cmd := exec.Command(keeper[0], keeper[1:]...) // it outlives us, and our context
	kernel.Detach(cmd)
	says, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(says).ReadString('\n')
	if strings.TrimSpace(line) != Armed {
		_ = cmd.Process.Kill() // it is not what it should be
		return nil, fmt.Errorf("the keeper said %q: %w", line, err)
	}
	return func() { _ = cmd.Process.Kill() }, cmd.Process.Release()
}

// Keep waits until the lease ends and puts back what stood before, unless it was confirmed meanwhile. At once, where now is
// set: then somebody else waited. say is called when it waits.
func Keep(ctx context.Context, dir, id string, now bool, say func()) error {
	l, err := readLease(dir)
	if errors.Is(err, ErrNoLease) || err == nil && l.ID != id {
		return nil
	}
	if err != nil {
		return err
	}
	if !now {
		end := time.NewTimer(l.After)
		defer end.Stop()
		say()
		select {
		case <-ctx.Done(): // somebody ends us: what the kernel drops ends by itself
			return ctx.Err()
		case <-end.C:
		}
	}
	if l, err = readLease(dir); errors.Is(err, ErrNoLease) || err == nil && l.ID != id {
		return nil
	}
	if err == nil {
		err = l.claim(dir)
	}
	if errors.Is(err, ErrNoLease) {
		return nil
	}
	if err != nil {
		return err
	}
	if err = nft(ctx, l.Undo); err != nil {
		err = fmt.Errorf("put back what stood before: %w", err)
	}
	return l.settle(dir, err)
}

// Confirm keeps the firewall that waits: the same without an end, in one transaction.
func Confirm(ctx context.Context, dir string, now time.Time) error {
	l, err := readLease(dir)
	if err != nil {
		return err
	}
	if !l.Until.After(now) {
		return fmt.Errorf("%w: it ended at %s", ErrNoLease, l.Until.UTC().Format(time.RFC3339))
	}
	if l.Netns != netns() {
		return errors.New("the firewall that waits is of another network namespace")
	}
	text, err := l.Wall.Text()
	if err != nil {
		return err
	}
	// The lease is taken first: what ends now must not put back what stood before, over what is confirmed.
	if err := l.claim(dir); err != nil {
		return err
	}
	if err = nft(ctx, text); err != nil {
		err = fmt.Errorf("confirm the firewall: %w", err)
	}
	if err := l.settle(dir, err); err != nil {
		return err
	}
	if l.Keeper == "systemd" {
		_ = exec.CommandContext(ctx, "systemctl", "stop", unit+".timer").Run() // the lease is gone, so it would do nothing
	}
	return nil
}

// former is our table as it stands; empty where there is none.
func former(ctx context.Context) (string, error) {
	tables, err := exec.CommandContext(ctx, "nft", "list", "tables").Output()
	if err != nil {
		return "", fmt.Errorf("read the tables of nftables: %w", err)
	}
	if !strings.Contains(string(tables), "table inet "+baseline.Table+"\n") {
		return "", nil
	}
	out, err := exec.CommandContext(ctx, "nft", "list", "table", "inet", baseline.Table).Output()
	if err != nil {
		return "", fmt.Errorf("read our table: %w", err)
	}
	return string(out), nil
}

func nft(ctx context.Context, text string, more ...string) error {
	cmd := exec.CommandContext(ctx, "nft", append(more, "-f", "-")...)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("nft: %w: %s", err, first)
	}
	return nil
}
