package pagetest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/page"
)

// Bench is a channel and its other side.
type Bench struct {
	Channel page.Channel
	// Shown returns what the person sees: a text for each page, as it is read.
	Shown func() []string
	// Refuse makes the other side turn everything away from now on, and Hang not answer at all.
	Refuse, Hang func()
	// Once says that the receiver tells the same page by its id, and shows it once.
	Once bool
	// Secrets must be in no error.
	Secrets []string
}

// patience bounds a test that should end at once.
const patience = 20 * time.Second

// Start is when the calls of these tests are made.
var Start = evenkeel.MomentOf(time.Date(2026, 3, 4, 8, 47, 0, 0, time.UTC))

// CallOf is a call about a case of its own.
func CallOf(id page.ID, persons ...evenkeel.PersonID) page.Call {
	return page.Call{
		ID: id, Case: "c-" + evenkeel.CaseID(id), Level: 1, At: Start, Why: "A tenant has waited 15 minutes for an answer.",
		Link: "https://evenkeel.example.net/case/c-" + string(id), Persons: persons,
	}
}

func pageOf(id page.ID) page.Page {
	c := CallOf(id, "ada")
	return page.For(&c, "ada")
}

// RunChannel holds channels to their promises. open is asked for a fresh one each time.
func RunChannel(t *testing.T, open func(t *testing.T) Bench) {
	send := func(t *testing.T, b *Bench, p page.Page) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return b.Channel.Send(ctx, &p)
	}
	t.Run("a page that is taken is shown with its case, why and where to look", func(t *testing.T) {
		b, p := open(t), pageOf("1")
		if _, err := send(t, &b, p); err != nil {
			t.Fatal(err)
		}
		shown := b.Shown()
		if len(shown) != 1 {
			t.Fatalf("%d pages are shown: %q", len(shown), shown)
		}
		for _, want := range []string{string(p.Case), "level 1", p.Why, p.Link, "2026-03-04"} {
			if !strings.Contains(shown[0], want) {
				t.Errorf("%q is not in %q", want, shown[0])
			}
		}
		if b.Channel.Name() == "" || strings.ContainsAny(b.Channel.Name(), " @\n") {
			t.Errorf("it is called %q", b.Channel.Name())
		}
	})
	t.Run("the same page twice is one page, where the receiver can tell", func(t *testing.T) {
		b, p := open(t), pageOf("1")
		for range 2 {
			if _, err := send(t, &b, p); err != nil {
				t.Fatal(err)
			}
		}
		want := 2
		if b.Once {
			want = 1
		}
		if shown := b.Shown(); len(shown) != want || shown[0] != shown[len(shown)-1] {
			t.Errorf("shown are %q; expected %d the same", shown, want)
		}
		if _, err := send(t, &b, pageOf("2")); err != nil || len(b.Shown()) != want+1 {
			t.Errorf("another page: %v, and %d are shown", err, len(b.Shown()))
		}
	})
	t.Run("what others wrote is text", func(t *testing.T) {
		b, c := open(t), CallOf("1", "ada")
		c.Why = "<!channel> <script>alert(1)</script> *bold* &amp; \"quoted\" \x1b[31m\r\nBcc: eve@example.org\r\n\r\n{{.}} $(id) `id` \u202eabc @room"
		p := page.For(&c, "ada")
		if _, err := send(t, &b, p); err != nil {
			t.Fatal(err)
		}
		shown := b.Shown()
		if len(shown) != 1 || !strings.Contains(shown[0], p.Why) || strings.Contains(shown[0], "eve@") || strings.ContainsAny(shown[0], "\x1b\u202e") {
			t.Errorf("shown are %q; expected %q", shown, p.Why)
		}
		for line := range strings.Lines(shown[0]) {
			if strings.HasPrefix(line, "Bcc") {
				t.Errorf("a line begins with what others wrote: %q", line)
			}
		}
	})
	t.Run("a long page is bounded, and arrives", func(t *testing.T) {
		b, c := open(t), CallOf("1", "ada")
		c.Why = strings.Repeat("長い ", 100_000)
		c.Tenant = evenkeel.TenantID(strings.Repeat("t", 256))
		if _, err := send(t, &b, page.For(&c, "ada")); err != nil {
			t.Fatal(err)
		}
		if shown := b.Shown(); len(shown) != 1 || len(shown[0]) > 4096 {
			t.Errorf("%d are shown, of %d bytes", len(shown), len(strings.Join(shown, "")))
		}
	})
	t.Run("one that is turned away is an error that says what to do and holds no secret", func(t *testing.T) {
		b := open(t)
		b.Refuse()
		_, err := send(t, &b, pageOf("1"))
		if err == nil {
			t.Fatal("it was taken")
		}
		if evenkeel.KindOf(err) == evenkeel.KindInternal || evenkeel.HintOf(err) == "" && b.Channel.Name() != "mail" {
			t.Errorf("an error of kind %v, with the hint %q: %v", evenkeel.KindOf(err), evenkeel.HintOf(err), err)
		}
		for _, s := range b.Secrets {
			if strings.Contains(err.Error()+evenkeel.HintOf(err), s) {
				t.Errorf("a secret is in %v", err)
			}
		}
		if shown := b.Shown(); len(shown) != 0 {
			t.Errorf("shown are %q", shown)
		}
	})
	t.Run("one whose other side does not answer ends with its time", func(t *testing.T) {
		b, p := open(t), pageOf("1")
		b.Hang()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := b.Channel.Send(ctx, &p)
			ended <- err
		}()
		cancel()
		select {
		case err := <-ended:
			if err == nil {
				t.Error("it was taken")
			}
		case <-time.After(patience):
			t.Error("it does not end")
		}
	})
	t.Run("several at once are all shown", func(t *testing.T) {
		b := open(t)
		var wg sync.WaitGroup
		for _, id := range []page.ID{"1", "2", "3", "4", "5", "6", "7", "8"} {
			wg.Go(func() {
				if _, err := send(t, &b, pageOf(id)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(b.Shown()); n != 8 {
			t.Errorf("%d of 8 are shown", n)
		}
	})
}
