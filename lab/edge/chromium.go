package edge

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Chromium is where Debian's package has it.
const Chromium = "/usr/bin/chromium"

// How a real browser visits: it loads a page, waits, and loads the next. A page that is not there when the patience ends is given up.
const (
	reads        = 2 * time.Second
	patience     = 8 * time.Second
	looksEach    = 50 * time.Millisecond
	launchTakes  = 30 * time.Second
	mostPipe     = 1 << 20
	inTimeForAll = time.Second
)

// Real is what a real browser met: the pages that it asked for while the site was attacked.
type Real struct {
	Script bool `json:"script"` // it has JavaScript
	Calm   int  `json:"calm"`   // pages before the attack that were there within a second
	Before int  `json:"before"` // of so many
	Pages  int  `json:"pages"`  // asked for during the attack
	InTime int  `json:"in_time"`
	Asked  int  `json:"asked"` // came after a page of another title: it was asked for something
	Late   int  `json:"late"`  // came after more than a second, unasked
	Never  int  `json:"never"` // did not come
}

type browsersLoad struct {
	Program string
	Host    string
	Front   netip.Addr
	Calm    time.Duration // from the beginning until the attack
	Until   time.Duration // and until its end
	Lead    time.Duration // from when the browsers are there until the beginning
	begin   time.Time
}

// tab is one tab of a Chromium that is driven over its pipe (--remote-debugging-pipe): messages of JSON, each ended by a zero byte.
type tab struct {
	cmd     *exec.Cmd
	dir     string
	to      *os.File
	from    *bufio.Reader
	number  int
	target  string
	session string
}

// launch starts a Chromium with a profile of its own that knows one host, and believes its certificate.
func launch(ctx context.Context, program, host string, at netip.Addr, script bool) (t *tab, err error) {
	t = &tab{}
	if t.dir, err = os.MkdirTemp("", "evenkeel-chromium-"); err != nil {
		return nil, err
	}
	fail := func(err error) (*tab, error) { t.close(); return nil, fmt.Errorf("start %s: %w", program, err) }
	in, to, err := os.Pipe()
	if err != nil {
		return fail(err)
	}
	defer in.Close()
	from, out, err := os.Pipe()
	if err != nil {
		return fail(err)
	}
	defer out.Close()
	t.to, t.from = to, bufio.NewReaderSize(from, 64<<10)
	t.cmd = exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
		"--disable-breakpad", "--no-first-run", "--remote-debugging-pipe", "--ignore-certificate-errors", "--user-data-dir="+t.dir,
		"--host-resolver-rules=MAP "+host+" "+at.String()+", MAP * ~NOTFOUND", "about:blank")
	t.cmd.Env = append(os.Environ(), "TMPDIR="+t.dir) // what it leaves goes with its profile
	t.cmd.ExtraFiles = []*os.File{in, out}            // 3 and 4
	if err := t.cmd.Start(); err != nil {
		return fail(err)
	}
	limit, stop := context.WithTimeout(ctx, launchTakes)
	defer stop()
	context.AfterFunc(limit, func() {
		if errors.Is(limit.Err(), context.DeadlineExceeded) {
			t.cmd.Process.Kill() // its pipe ends with it
		}
	})
	var made struct{ TargetID string }
	var joined struct{ SessionID string }
	err = t.call("", "Target.createTarget", map[string]any{"url": "about:blank"}, &made)
	if err == nil {
		err = t.call("", "Target.attachToTarget", map[string]any{"targetId": made.TargetID, "flatten": true}, &joined)
	}
	t.target, t.session = made.TargetID, joined.SessionID
	if err == nil && !script {
		err = t.call(t.session, "Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	}
	if err != nil {
		return fail(err)
	}
	return t, nil
}

// call asks for something and reads until it is answered; what Chromium says beside that is passed over.
func (t *tab) call(session, method string, with map[string]any, result any) error {
	t.number++
	message := map[string]any{"id": t.number, "method": method, "params": with}
	if session != "" {
		message["sessionId"] = session
	}
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if _, err := t.to.Write(append(text, 0)); err != nil {
		return err
	}
	for {
		var line []byte
		for {
			part, err := t.from.ReadSlice(0)
			line = append(line, part...)
			if err == nil {
				break
			}
			if !errors.Is(err, bufio.ErrBufferFull) || len(line) > mostPipe {
				return fmt.Errorf("%s: %w", method, err)
			}
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(line[:len(line)-1], &answer); err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
		switch {
		case answer.ID != t.number:
		case answer.Error != nil:
			return fmt.Errorf("%s: %s", method, answer.Error.Message)
		case result == nil:
			return nil
		default:
			return json.Unmarshal(answer.Result, result)
		}
	}
}

// title is that of the page that is there, as Chromium shows it.
func (t *tab) title() (string, error) {
	var r struct{ TargetInfo struct{ Title, URL string } }
	err := t.call("", "Target.getTargetInfo", map[string]any{"targetId": t.target}, &r)
	return r.TargetInfo.Title, err
}

// load loads a page, and says how long it took until it was there, and whether another page came before it.
func (t *tab) load(ctx context.Context, host, path string) (took time.Duration, asked, there bool, err error) {
	began := now()
	var begun struct{ LoaderID, ErrorText string }
	if err := t.call(t.session, "Page.navigate", map[string]any{"url": "https://" + host + path}, &begun); err != nil {
		return 0, false, false, err // it comes back when the answer's head is there
	}
	tick := time.NewTicker(looksEach)
	defer tick.Stop()
	for now().Sub(began) < patience {
		title, err := t.title()
		if err != nil {
			return 0, asked, false, err
		}
		switch {
		case title == host+" "+path:
			return now().Sub(began), asked, true, nil
		case title != "" && begun.ErrorText == "" && !strings.HasPrefix(title, host) && !strings.HasPrefix(title, "about:"):
			asked = true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, asked, false, context.Cause(ctx)
		}
	}
	return 0, asked, false, nil
}

func (t *tab) close() {
	if t.to != nil {
		t.to.Close()
	}
	if t.cmd != nil && t.cmd.Process != nil {
		t.cmd.Process.Kill()
		t.cmd.Wait()
	}
	os.RemoveAll(t.dir)
}

// run has two browsers visit, one with JavaScript and one without.
func (l *browsersLoad) run(ctx context.Context) ([]Real, error) {
	list := []Real{{Script: true}, {Script: false}}
	tabs := make([]*tab, len(list))
	for i := range list {
		t, err := launch(ctx, l.Program, l.Host, l.Front, list[i].Script)
		if err != nil {
			return nil, err
		}
		defer t.close()
		tabs[i] = t
	}
	ready()
	l.begin = now().Add(l.Lead)
	var all sync.WaitGroup
	errs := make([]error, len(list))
	for i := range list {
		all.Go(func() { errs[i] = l.visit(ctx, tabs[i], &list[i]) })
	}
	all.Wait()
	return list, errors.Join(errs...)
}

// visit has one browser load page after page until the attack has ended.
func (l *browsersLoad) visit(ctx context.Context, t *tab, r *Real) error {
	for n := 0; ; n++ {
		at := now().Sub(l.begin)
		if at >= l.Until-inTimeForAll {
			return nil
		}
		took, asked, there, err := t.load(ctx, l.Host, fmt.Sprintf("/page/%v/%d", r.Script, n))
		if err != nil {
			return err
		}
		r.note(at < l.Calm, took, asked, there)
		rest := time.NewTimer(max(0, reads-took))
		select {
		case <-rest.C:
		case <-ctx.Done():
			rest.Stop()
			return context.Cause(ctx)
		}
	}
}

// note counts a page.
func (r *Real) note(calm bool, took time.Duration, asked, there bool) {
	if calm {
		r.Before++
		if there && took <= inTimeForAll {
			r.Calm++
		}
		return
	}
	r.Pages++
	switch {
	case !there:
		r.Never++
	case asked:
		r.Asked++
	case took <= inTimeForAll:
		r.InTime++
	default:
		r.Late++
	}
}
