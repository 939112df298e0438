package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What follows stands in docs/shield.md, word for word (TestTheReceiverInTheDocuments).

type order struct {
	Type, ID, Decision, Measure string
	Params                      map[string]string
	Assets                      []string
	Until                       time.Time
	Lift                        bool
}

type receipt struct {
	Order  string `json:"order"`
	State  string `json:"state"`
	Effect string `json:"effect,omitempty"`
	Why    string `json:"why,omitempty"`
}

type receiver struct {
	key []byte           // what stands behind whsec_, decoded
	now func() time.Time // time.Now
	do  func(order)      // sets the quota, or lets go

	mu   sync.Mutex
	said map[string]receipt   // by order: asked again, it says the same again
	ends map[string]time.Time // by decision: until when it is held
	over map[string]bool      // by decision: it was lifted, and is not held any more
}

func (x *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
	id, stamp := r.Header.Get("Webhook-Id"), r.Header.Get("Webhook-Timestamp")
	mac := hmac.New(sha256.New, x.key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	want, known := "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)), false
	for _, s := range strings.Fields(r.Header.Get("Webhook-Signature")) {
		known = hmac.Equal([]byte(s), []byte(want)) || known
	}
	seconds, _ := strconv.ParseInt(stamp, 10, 64)
	if err != nil || !known || x.now().Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		http.Error(w, "not signed with our secret, or not now", http.StatusUnauthorized)
		return
	}
	var o order
	if json.Unmarshal(body, &o) != nil || o.Type != "evenkeel.order.v1" || o.ID != id {
		http.Error(w, "this is no order", http.StatusBadRequest)
		return
	}
	json.NewEncoder(w).Encode(x.obey(o))
}

func (x *receiver) obey(o order) receipt {
	x.mu.Lock()
	defer x.mu.Unlock()
	if r, again := x.said[o.ID]; again {
		return r
	}
	r := receipt{Order: o.ID}
	switch {
	case !x.now().Before(o.Until):
		r.State = "lapsed"
	case o.Lift || x.over[o.Decision]:
		r.State = "lifted"
	case o.Measure != "throttle":
		r.State, r.Why = "refused", "this node can throttle and nothing else"
	default:
		r.State, r.Effect = "applied", "CPU quota set to "+o.Params["cpu"]
		x.ends[o.Decision] = o.Until
	}
	if o.Lift {
		x.over[o.Decision] = true
		delete(x.ends, o.Decision)
	}
	if o.Lift || r.State == "applied" {
		x.do(o)
	}
	x.said[o.ID] = r
	return r
}

// holds is what the quota is made of: at the end of its time it is gone by itself.
func (x *receiver) holds(decision string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.now().Before(x.ends[decision])
}
