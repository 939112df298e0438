package visit

import (
	"context"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// A link may say so much in so long. It is counted in the books, so a restart forgets nothing; what
// the boxes of an answer say counts with it, and an announcement that needs no person is counted by the policy.
const (
	MostSaid = 20
	SaidFor  = time.Hour
)

// tooMuch returns when the visitor may speak again, or 0: now.
func (v *visitor) tooMuch() evenkeel.Moment {
	var said []evenkeel.Moment
	for _, f := range v.cases() {
		for i := range f.Entries {
			if e := &f.Entries[i]; strings.HasPrefix(e.Ref, v.linkID()) && besideOf(e.Ref) == "" && v.now.Sub(e.At) < SaidFor {
				said = append(said, e.At)
			}
		}
	}
	if len(said) < MostSaid {
		return 0
	}
	slices.Sort(said)
	return said[len(said)-MostSaid].Add(SaidFor)
}

// turns let one act of a tenant in at a time, so that what is counted is what was said. Tenants
// that fall on the same one wait for each other; the judge takes one act at a time in any case.
type turns [64]chan struct{}

func newTurns() *turns {
	var t turns
	for i := range t {
		t[i] = make(chan struct{}, 1) // holds one while an act is taken in; who waits, waits for room
	}
	return &t
}

// take waits for a tenant's turn and returns what ends it.
func (t *turns) take(ctx context.Context, of evenkeel.TenantID) (func(), error) {
	h := fnv.New32a()
	h.Write([]byte(of))
	turn := t[h.Sum32()%uint32(len(t))]
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "wait for a tenant's turn to speak", Err: ctx.Err()}
	}
}

// seconds writes a length for Retry-After, rounded up.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int((d+time.Second-1)/time.Second)))
}
