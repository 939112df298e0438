package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
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
	Ways                        []string // of a probe
	Object                      []byte   // of a probe
}

type receipt struct {
	Order  string `json:"order"`
	State  string `json:"state"`
	Effect string `json:"effect,omitempty"`
	Why    string `json:"why,omitempty"`
}

type fetched struct {
	Way  string `json:"way"`
	Hash string `json:"sha256,omitempty"`
	Size int    `json:"size,omitempty"`
	Why  string `json:"why,omitempty"`
}

type receiver struct {
	key []byte           // what stands behind whsec_, decoded
	now func() time.Time // time.Now
	do  func(order)      // sets the quota, or lets go
	get func(way string, probe order) ([]byte, error)

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
	bad := json.Unmarshal(body, &o) != nil || o.ID != id
	switch {
	case !bad && o.Type == "evenkeel.order.v1":
		json.NewEncoder(w).Encode(x.obey(o))
	case !bad && o.Type == "evenkeel.probe.v1":
		json.NewEncoder(w).Encode(map[string]any{"probe": o.ID, "fetched": x.show(o)})
	default:
		http.Error(w, "this is no order", http.StatusBadRequest)
	}
}

// show says what came back on each way. get puts the object where the data of a canary is, puts the
// canary under o.Measure (or takes what order o.Order holds), fetches it as a tenant would, and cleans up.
func (x *receiver) show(o order) (all []fetched) {
	for _, way := range o.Ways {
		object, err := x.get(way, o)
		if err != nil {
			all = append(all, fetched{Way: way, Why: err.Error()})
			continue
		}
		sum := sha256.Sum256(object)
		all = append(all, fetched{Way: way, Hash: hex.EncodeToString(sum[:]), Size: len(object)})
	}
	return all
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
