package app

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	signed "github.com/evenkeel/evenkeel/instrument/webhook"
	"github.com/evenkeel/evenkeel/judge/procedure"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/paper"
	"github.com/evenkeel/evenkeel/shield/webhook"
)

const fileOrders = "orders.jsonl" // orders that nobody carries out

// hands are who carries orders out: the operator's receiver, the agents on hosts, or nobody, on paper.
type hands struct {
	shield.Backend
	receiver *webhook.Backend // nil: there is none
	paper    bool             // nobody carries anything out
	prober   shield.Prober
	ready    func() bool               // whether anybody is here who could show anything; nil: there is
	came     <-chan struct{}           // somebody may have come
	each     bool                      // each measure is shown by itself, as different hosts can do different ones
	shown    func() bool               // whether what is declared is shown by now; nil: the backend says so itself
	unshown  func() []evenkeel.Measure // of which it is not, where each is shown by itself; nil: of all or of none
	close    func() error
}

// Means are those that are declared, and whether that is shown at this moment.
func (h *hands) Means() shield.Means {
	m := h.declared()
	if h.shown != nil {
		m.Proven = m.Declared && h.shown()
	}
	if h.unshown != nil {
		m.Unshown = h.unshown()
	}
	return m
}

// declared are the means as the backend says them.
func (h *hands) declared() shield.Means { return h.Backend.Means() }

func openHands(dir string, c *config.Receiver, agents *hosts, now func() evenkeel.Moment) (*hands, error) {
	if agents != nil && len(agents.Means().Measures) > 0 {
		return &hands{Backend: agents, prober: agents, each: true, ready: agents.anyHere, came: agents.came, close: func() error { return nil }}, nil
	}
	if c.URL == "" {
		b, err := paper.Open(filepath.Join(dir, fileOrders), now)
		if err != nil {
			return nil, err
		}
		return &hands{Backend: b, paper: true, prober: b, close: b.Close}, nil
	}
	to, err := endpointOf("shield.webhook", c.URL, c.SecretFile, c.Networks)
	if err != nil {
		return nil, err
	}
	sender, err := webhook.NewSender(to, now)
	if err != nil {
		return nil, err
	}
	means := shield.Means{Measures: c.Carries(), Declared: len(c.Keeps) > 0, Keeps: c.Keeps, Destroys: c.Destroys, Withholds: c.Withholds, Key: "shield.webhook.keeps"}
	b, err := webhook.New(c.Name, means, sender)
	if err != nil {
		return nil, err
	}
	to.Whole = probeTakes // to have data fetched takes longer than to take an order; and no order waits for it
	if sender, err = webhook.NewSender(to, now); err != nil {
		return nil, err
	}
	prober, err := webhook.New(c.Name, means, sender)
	if err != nil {
		return nil, err
	}
	return &hands{Backend: b, receiver: b, prober: prober, close: func() error { return nil }}, nil
}

// means are what the judge has to know of whoever carries out what it decides. On paper every
// measure can be tried out as long as no tenant is told of it; once tenants are told, nothing is
// decided that nobody carries out.
func (h *hands) means(told bool) procedure.Means {
	m := h.Means()
	if h.paper && told {
		m.Measures = []evenkeel.Measure{}
	}
	return procedure.Means{Measures: m.Measures, Declared: m.Declared, Keeps: m.Keeps, Destroys: m.Destroys, Proven: m.Proven, Unshown: m.Unshown, Finishes: m.Finishes}
}

// lacks says why a measure could not be carried out here now, or "".
func (h *house) lacks(m evenkeel.Measure) string {
	means := h.hands.means(h.parts.Config.Courier.Tells())
	return means.Lacks(m)
}

// endpointOf is where a webhook of the settings goes, with the secrets in its file, one a line.
func endpointOf(key, url, secretFile string, networks []config.Network) (webhook.Endpoint, error) {
	to := webhook.Endpoint{URL: url}
	text, err := os.ReadFile(secretFile)
	if err != nil {
		return to, fileError("read the secret of "+key+" from", secretFile, err)
	}
	if to.Keys, err = signed.ParseKeys(strings.Fields(string(text))...); err != nil {
		return to, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "read the secret of " + key + " from " + secretFile, Err: err,
			Hint: "it is whsec_ and the base64 of 24 to 64 random bytes: echo whsec_$(head -c 32 /dev/urandom | base64 -w 0)",
		}
	}
	to.Allow = make([]netip.Prefix, len(networks))
	for i, n := range networks {
		to.Allow[i] = n.Prefix
	}
	return to, nil
}
