package mail

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/courier/outboxtest"
)

// pipes is a listener in memory.
type pipes struct {
	conns chan net.Conn
	over  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.over); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 25} }

type people map[evenkeel.TenantID][]evenkeel.Contact

func (p people) Of(t evenkeel.TenantID) []evenkeel.Contact { return p[t] }

// TestAServerThatIsDownForADayLosesNoNotice: all that was written meanwhile arrives within an
// hour of its return, once to each recipient, and it was not asked more often than a server of
// mail should be.
func TestAServerThatIsDownForADayLosesNoNotice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l, out := &tray{}, &pipes{make(chan net.Conn), make(chan struct{})}, &outboxtest.Memory{}
		s.serve(t, l, nil, false)
		var down atomic.Bool
		var asked atomic.Int32
		down.Store(true)
		now := func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }
		mail, err := New(Server{Addr: "127.0.0.1:25", Security: Plain, From: sender}, now)
		check(t, err)
		mail.reach = func(ctx context.Context, _, _ string) (net.Conn, error) {
			asked.Add(1)
			if down.Load() {
				return nil, errors.New("connection refused")
			}
			ours, theirs := net.Pipe()
			select {
			case l.conns <- theirs:
				return ours, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		c, err := courier.New(courier.Parts{
			Outbox: out, Channels: []courier.Channel{mail}, Head: head, Marks: marks,
			Contacts: people{"acme": {{Role: "owner", Email: owner}, {Role: "admin", Email: "admin@acme.example", Lang: "zh"}}},
		}, now, courier.Options{})
		check(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()

		put := func(id evenkeel.NoticeID) {
			n := notice()
			n.ID, n.At = id, now()
			out.Put(n)
		}
		put("n-first")
		time.Sleep(12 * time.Hour)
		put("n-second")
		time.Sleep(12 * time.Hour)
		if out.Left() != 2 || len(s.took()) != 0 {
			t.Errorf("after a day %d notices are left, and %d mails were taken", out.Left(), len(s.took()))
		}
		if n := asked.Load(); n < 48 || n > 250 {
			t.Errorf("it was asked %d times in a day", n)
		}
		down.Store(false)
		time.Sleep(time.Hour)
		var got []string
		for _, m := range s.took() {
			got = append(got, m.messageID()+" "+m.to)
		}
		slices.Sort(got)
		want := []string{
			"<n-first@abuse.example.com> admin@acme.example", "<n-first@abuse.example.com> owner@acme.example",
			"<n-second@abuse.example.com> admin@acme.example", "<n-second@abuse.example.com> owner@acme.example",
		}
		if !slices.Equal(got, want) || out.Left() != 0 {
			t.Errorf("within an hour %q arrived, and %d notices are left", got, out.Left())
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestAServerHasTenMinutesToAnswerAMailsEnd, and the mail up to its end no more time for that.
func TestAServerHasTenMinutesToAnswerAMailsEnd(t *testing.T) {
	for _, c := range []struct {
		late time.Duration
		lost bool
	}{{9 * time.Minute, false}, {11 * time.Minute, true}} {
		synctest.Test(t, func(t *testing.T) {
			s, l := &tray{think: func() { time.Sleep(c.late) }}, &pipes{make(chan net.Conn), make(chan struct{})}
			s.serve(t, l, nil, false)
			mail := channel(t, Server{Addr: "127.0.0.1:25", Security: Plain, From: sender})
			mail.reach = func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				l.conns <- theirs
				return ours, nil
			}
			begin := time.Now()
			says, err := mail.Send(t.Context(), letter(t, "owner", owner, "en"))
			took := time.Since(begin)
			if errors.Is(err, courier.ErrAnswerLost) != c.lost || (err == nil) == c.lost || c.lost == (says != "") || took != min(c.late, 10*time.Minute) {
				t.Errorf("%v late: %q, %v after %v", c.late, says, err, took)
			}
			time.Sleep(2 * time.Minute) // the server ends
			if err != nil && (evenkeel.KindOf(err) != evenkeel.KindUnavailable || errors.Is(err, courier.ErrSilent)) {
				t.Errorf("%v late: %v", c.late, err)
			}
		})
	}
}
