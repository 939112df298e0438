package testmachine

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// The machine itself is tried by those who use it (app/agent); here is what the process in it does.
func TestACommandComesToItsEndAndIsTold(t *testing.T) {
	for name, x := range map[string]struct {
		order order
		want  outcome
	}{
		"what it printed, and its exit code": {
			order{ID: 7, Args: []string{"sh", "-c", "cat; echo $A >&2; exit 3"}, Env: []string{"A=b"}, Stdin: "in ", Within: time.Minute},
			outcome{ID: 7, Code: 3, Output: []byte("in b\n")},
		},
		"one that is killed": {
			order{Args: []string{"sh", "-c", "echo x; exec sleep 1000"}, Within: 100 * time.Millisecond},
			outcome{Code: -1, Output: []byte("x\n"), Fault: "it was not over after 100ms"},
		},
		"one that leaves another behind": {
			order{Args: []string{"sh", "-c", "sleep 3 & echo x"}, Within: time.Minute},
			outcome{Output: []byte("x\n")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := x.order.do(); got.ID != x.want.ID || got.Code != x.want.Code || got.Fault != x.want.Fault || !bytes.Equal(got.Output, x.want.Output) {
				t.Errorf("got %+v (%s); expected %+v", got, got.Output, x.want)
			}
		})
	}
	missing := order{Args: []string{"/nowhere"}, Within: time.Minute}
	if got := missing.do(); got.Code != -1 || !strings.Contains(got.Fault, "no such file") {
		t.Errorf("what is not there: %+v", got)
	}
}

func TestOnlyTheEndOfMuchIsKept(t *testing.T) {
	var out tail
	for range 3 {
		if n, err := out.Write(bytes.Repeat([]byte("x"), mostOutput/2)); n != mostOutput/2 || err != nil {
			t.Fatal(n, err)
		}
	}
	if _, err := out.Write([]byte("end")); err != nil || len(out) != mostOutput || !bytes.HasSuffix(out, []byte("xend")) {
		t.Errorf("%d bytes are kept", len(out))
	}
}

// A machine that ends is an error of whoever waits for it, and answers go to those who asked.
func TestAnswersFindThoseWhoAsked(t *testing.T) {
	m := &Machine{ended: make(chan struct{}), waiting: map[int]chan outcome{}}
	_, ready := m.expect()
	one, first := m.expect()
	two, second := m.expect()
	var said bytes.Buffer
	for _, o := range []outcome{{}, {ID: two, Code: 2}, {ID: 9}, {ID: one, Code: 1}} {
		if err := json.NewEncoder(&said).Encode(o); err != nil {
			t.Fatal(err)
		}
	}
	m.listen(&said)
	for want, c := range []chan outcome{ready, first, second} {
		if got := <-c; got.Code != want {
			t.Errorf("the one with exit code %d was told %d", want, got.Code)
		}
	}
	select {
	case <-m.ended:
	default:
		t.Error("nothing more comes, and it has not ended")
	}
}
