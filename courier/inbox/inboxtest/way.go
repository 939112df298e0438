package inboxtest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/inbox"
)

// Fate is what whoever hands a mail in is told of it.
type Fate string

// The fates.
const (
	Taken   Fate = "taken"
	Again   Fate = "it comes again"
	Refused Fate = "refused for good"
)

// Way is one by which mails come in.
type Way interface {
	// Hand hands a mail in and returns what became of it.
	Hand(t testing.TB, raw []byte) Fate
	// Retry hands the last one in once more, if it was to come again, and returns what became of it.
	Retry(t testing.TB) Fate
}

// Open opens a way to a desk, until the test ends.
type Open func(t *testing.T, to inbox.Taker) Way

// Desk is what mails are taken by. The zero value takes all.
type Desk struct {
	mu    sync.Mutex
	err   error
	all   [][]byte
	asks  int
	large [][]byte
}

// Most is the largest mail in bytes that a Desk takes.
const Most = 64 << 10

// MostBytes is Most.
func (*Desk) MostBytes() int { return Most }

// Take takes a mail, or answers with the error that is set.
func (d *Desk) Take(_ context.Context, raw []byte, _ bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asks++; d.err == nil {
		d.all = append(d.all, raw)
	}
	return d.err
}

// TakeLarge refuses a mail, or answers with the error that is set.
func (d *Desk) TakeLarge(_ context.Context, raw []byte, _ bool, lies string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asks++; d.err != nil {
		return d.err
	}
	if lies == "" {
		return errors.New("nobody says where the whole mail is")
	}
	d.large = append(d.large, raw)
	return evenkeel.Invalid("it is too large")
}

func (d *Desk) answer(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

// taken returns what was taken, and how often it was asked.
func (d *Desk) taken() ([][]byte, int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.all, d.asks
}

// Mail is one whose text has lines that mail servers have to write otherwise on the way.
var Mail = []byte(strings.ReplaceAll("From: Ann <ann@acme.example>\nTo: abuse@example.com\nMessage-ID: <m-1@acme.example>\n"+
	"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n.\n..\nIt is our job: 是我们的。\nFrom here on.\n", "\n", "\r\n"))

var promises = []struct {
	says  string
	holds func(t *testing.T, d *Desk, w Way)
}{
	{"a mail is taken whole, and once", func(t *testing.T, d *Desk, w Way) {
		if got := w.Hand(t, Mail); got != Taken {
			t.Fatalf("it is %s", got)
		}
		_ = w.Retry(t)
		all, asks := d.taken()
		if len(all) == 0 || asks != len(all) || !bytes.HasSuffix(all[0], Mail[bytes.Index(Mail, []byte("\r\n\r\n")):]) || !bytes.Contains(all[0], []byte("Message-ID: <m-1@acme.example>\r\n")) {
			t.Errorf("%d times, as %q", asks, all)
		}
	}},
	{"what cannot be taken now comes again, and is taken then", func(t *testing.T, d *Desk, w Way) {
		for _, err := range []error{&evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the disk is full"}, errors.New("a fault of ours"), &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "odd"}} {
			d.answer(err)
			if got := w.Hand(t, Mail); got != Again {
				t.Fatalf("of %v it is %s", err, got)
			}
			d.answer(nil)
			if got := w.Retry(t); got != Taken {
				t.Fatalf("after %v it is %s", err, got)
			}
		}
		if all, _ := d.taken(); len(all) != 3 {
			t.Errorf("%d mails were taken", len(all))
		}
	}},
	{"what is refused is not handed in again", func(t *testing.T, d *Desk, w Way) {
		d.answer(evenkeel.Invalid("it has too many parts"))
		if got := w.Hand(t, Mail); got != Refused {
			t.Fatalf("it is %s", got)
		}
		d.answer(nil)
		if got := w.Hand(t, Mail); got != Taken {
			t.Fatalf("the next one is %s", got)
		}
		if all, asks := d.taken(); len(all) != 1 || asks != 2 {
			t.Errorf("%d were taken, asked %d times", len(all), asks)
		}
	}},
	{"of what is too large the header is heard, and it holds nothing up", func(t *testing.T, d *Desk, w Way) {
		large := append(bytes.Clone(Mail), bytes.Repeat([]byte("large and larger\r\n"), Most/4)...)
		if got := w.Hand(t, large); got != Refused {
			t.Fatalf("it is %s", got)
		}
		all, asks := d.taken()
		if asks != 1 || len(all) != 0 || len(d.large) != 1 || len(d.large[0]) <= Most || len(d.large[0]) > Most+1 {
			t.Fatalf("asked %d times, %d were taken, %d by their header", asks, len(all), len(d.large))
		}
		if head := Mail[:bytes.Index(Mail, []byte("\r\n\r\n"))]; !bytes.Contains(d.large[0], head) {
			t.Errorf("of the header came %q", d.large[0][:len(head)])
		}
		if got := w.Hand(t, Mail); got != Taken {
			t.Errorf("the next one is %s", got)
		}
	}},
	{"what is too large and cannot be heard now comes again", func(t *testing.T, d *Desk, w Way) {
		d.answer(&evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the disk is full"})
		if got := w.Hand(t, append(bytes.Clone(Mail), bytes.Repeat([]byte("large and larger\r\n"), Most/16)...)); got != Again {
			t.Fatalf("it is %s", got)
		}
		d.answer(nil)
		if got := w.Retry(t); got != Refused || len(d.large) != 1 {
			t.Fatalf("then it is %s, and %d were heard", got, len(d.large))
		}
	}},
}

// Run holds a way to its promises.
func Run(t *testing.T, open Open) {
	for _, p := range promises {
		t.Run(p.says, func(t *testing.T) {
			d := &Desk{}
			p.holds(t, d, open(t, d))
		})
	}
}
