package webhook

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
)

// latch is a poster that sends nothing any more after 410, as that of orders does.
type latch struct {
	answers *[]int // of the other side, one after the other; then 204
	asked   *int
	shut    bool
}

func (l *latch) Post(context.Context, string, []byte) (int, error) {
	denied := &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "410 Gone"}
	if l.shut {
		return 0, denied
	}
	status := http.StatusNoContent
	if *l.asked++; len(*l.answers) > 0 {
		status, *l.answers = (*l.answers)[0], (*l.answers)[1:]
	}
	if l.shut = status == http.StatusGone; l.shut {
		return status, denied
	}
	return status, nil
}

// TestAReceiverThatIsGoneIsAskedAgainAfterADay, and not before; meanwhile letters wait, and what
// is logged says until when.
func TestAReceiverThatIsGoneIsAskedAgainAfterADay(t *testing.T) {
	clock, opened, asked, broken := evenkeel.MomentOf(at), 0, 0, false
	answers := []int{http.StatusNoContent, http.StatusGone, http.StatusGone}
	p, err := NewPatient(func() (Poster, error) {
		if broken {
			return nil, evenkeel.Invalid("the file of the secret is not there")
		}
		opened++
		return &latch{answers: &answers, asked: &asked}, nil
	}, func() evenkeel.Moment { return clock })
	if err != nil {
		t.Fatal(err)
	}
	w := New(p)
	send := func(wait time.Duration, taken bool, wantAsked int) {
		t.Helper()
		clock = clock.Add(wait)
		_, err := w.Send(t.Context(), letter(t, "owner"))
		if (err == nil) != taken || asked != wantAsked {
			t.Fatalf("%v on: %v, asked %d times; expected %v, %d times", wait, err, asked, taken, wantAsked)
		}
		if !taken && (evenkeel.KindOf(err) != evenkeel.KindUnavailable || !errors.Is(err, courier.ErrShut) || evenkeel.HintOf(err) == "") {
			t.Errorf("%v on: %v of kind %v, hint %q", wait, err, evenkeel.KindOf(err), evenkeel.HintOf(err))
		}
		if !taken && !broken && !strings.Contains(err.Error(), "asked again at") {
			t.Errorf("%v on: %v", wait, err)
		}
	}
	send(0, true, 1)
	send(time.Minute, false, 2)
	send(0, false, 2)
	send(24*time.Hour-time.Second, false, 2)
	broken = true
	send(time.Second, false, 2)
	broken = false
	send(0, false, 3) // and is gone still
	send(23*time.Hour, false, 3)
	send(time.Hour, true, 4)
	send(0, true, 5)
	if opened != 3 {
		t.Errorf("it was opened %d times", opened)
	}
}

func TestAPosterThatCannotBeOpenedIsNoPatientOne(t *testing.T) {
	if p, err := NewPatient(func() (Poster, error) { return nil, evenkeel.Invalid("no secret") }, nil); p != nil || err == nil {
		t.Errorf("%v, %v", p, err)
	}
}
