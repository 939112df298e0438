package canary

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Settings are how a host or an edge shows that data is reached while a measure stands.
type Settings struct {
	Asset string `yaml:"asset"`
	Put   string `yaml:"put"`
	// Fetch has, of each way, the address at which the object comes back.
	Fetch map[string]string `yaml:"fetch"`
}

// The placeholders of addresses.
const (
	placeAsset = "{asset}"
	placeProbe = "{probe}"
)

const (
	lease      = 2 * time.Minute  // a canary stands under a measure for no longer, whatever becomes of this process
	probeTakes = 50 * time.Second // at most, in all: control waits for a minute
	FetchTakes = 10 * time.Second // at most, for one object
)

// Name begins the ids of what is ordered of a canary here, which control does not know.
const Name = "canary-"

// dataWays are the ways to data that can be shown, as control names them (hosts.keeps).
var dataWays = []string{"console", "export", "backup", "rescue"}

// Ways are the ways that are shown, sorted.
func (c *Settings) Ways() []string { return slices.Sorted(maps.Keys(c.Fetch)) }

// Check says what is wrong with them. of is what the asset is one of, such as a guest of this host.
func (c *Settings) Check(of string) (all []error) {
	if c.Asset == "" && c.Put == "" && len(c.Fetch) == 0 {
		return nil
	}
	if evenkeel.CheckID("canary.asset", c.Asset) != nil {
		all = append(all, evenkeel.Invalid("canary.asset is %.80q; expected %s that is there for nothing else", c.Asset, of))
	}
	if len(c.Fetch) == 0 {
		all = append(all, evenkeel.Invalid("canary.fetch is empty; expected an address for each way that stays open: %s", strings.Join(dataWays, ", ")))
	}
	all = append(all, checkAddress("canary.put", c.Put))
	for _, way := range c.Ways() {
		if !slices.Contains(dataWays, way) {
			all = append(all, evenkeel.Invalid("canary.fetch names %.40q; expected some of %s", way, strings.Join(dataWays, ", ")))
		}
		all = append(all, checkAddress("canary.fetch."+way, c.Fetch[way]))
	}
	return all
}

// checkAddress says what is wrong with where an object is put or fetched. It may hold a password, so that it is not said again.
func checkAddress(key, address string) error {
	u, err := url.Parse(strings.NewReplacer(placeAsset, "a", placeProbe, "p").Replace(address))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" ||
		strings.Count(address, placeAsset) != 1 || strings.Count(address, placeProbe) != 1 {
		return evenkeel.Invalid("%s is no address of an object; expected one such as https://export.example.net/%s/%s, with %[2]s and %[3]s once", key, placeAsset, placeProbe)
	}
	return nil
}

// at is the address of the object of one asset and probe.
func at(address string, a evenkeel.AssetID, probe string) string {
	return strings.NewReplacer(placeAsset, url.PathEscape(string(a)), placeProbe, url.PathEscape(probe)).Replace(address)
}

// Showed is what was shown last of a measure.
type Showed struct {
	Measure evenkeel.Measure `json:"measure"`
	At      evenkeel.Moment  `json:"at"`
	Order   evenkeel.OrderID `json:"order,omitempty"` // "": of the canary
	Open    []string         `json:"open,omitempty"`  // ways that brought the whole object back
	Amiss   string           `json:"amiss,omitempty"`
	Silent  string           `json:"silent,omitempty"` // why nobody knows
}

// Prover shows that data is reached on this host or edge. Make it with New.
type Prover struct {
	set    Settings
	wall   func() evenkeel.Moment
	log    *slog.Logger
	client http.Client

	turn  sync.Mutex // one probe at a time
	mu    sync.Mutex // over what follows
	shown []Showed   // by measure; of each the last of the canary and the last of an order
}

// New makes one.
func New(c Settings, wall func() evenkeel.Moment, log *slog.Logger) *Prover {
	return &Prover{set: c, wall: wall, log: log, client: http.Client{
		Timeout:       FetchTakes,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a way that leads elsewhere is another one
		Transport:     &http.Transport{DisableKeepAlives: true},                                      // what was connected before a measure says nothing of it
	}}
}

// Patient has it wait longer for an object, or shorter, than it does by itself: for tests.
func (x *Prover) Patient(d time.Duration) { x.client.Timeout = d }

// Shown is what was shown last.
func (x *Prover) Shown() []Showed {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.shown)
}

// Show shows it by a backend, and notes what came of it.
func (x *Prover) Show(ctx context.Context, b *host.Backend, p shield.Probe) ([]shield.Fetched, error) {
	x.turn.Lock()
	defer x.turn.Unlock()
	ctx, cancel := context.WithTimeout(ctx, probeTakes)
	defer cancel()
	came, err := x.try(ctx, b, &p)
	s := Showed{Measure: p.Measure, At: x.wall(), Order: p.Order}
	if err != nil {
		s.Silent = err.Error()
		err = &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("show that data is reached under %s on %s", p.Measure, b.Name()), Err: err,
			Hint: "see canary in its settings, and whether what it names answers",
		}
	} else {
		s.Open, s.Amiss = p.Open(came), p.Amiss(came)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.shown = append(slices.DeleteFunc(x.shown, func(o Showed) bool { return o.Measure == s.Measure && (o.Order == "") == (s.Order == "") }), s)
	slices.SortFunc(x.shown, func(a, b Showed) int { return cmp.Or(cmp.Compare(a.Measure, b.Measure), cmp.Compare(a.Order, b.Order)) })
	return came, err
}

// try has the measure stand, puts the object where the data is, and fetches it on each way. What did not stand all the time has
// shown nothing.
func (x *Prover) try(ctx context.Context, b *host.Backend, p *shield.Probe) ([]shield.Fetched, error) {
	id, assets := p.Order, []evenkeel.AssetID{evenkeel.AssetID(x.set.Asset)}
	if id != "" {
		var err error
		if assets, err = inForce(ctx, b, id, p.Measure); err != nil {
			return nil, err
		}
	}
	for _, a := range assets { // before the canary is under anything: what cannot be put puts it under nothing
		if err := x.put(ctx, a, p); err != nil {
			return nil, fmt.Errorf("the object cannot be put where %s has its data: %w", a, err)
		}
	}
	if id == "" {
		name := Name + rand.Text()
		id = evenkeel.OrderID(name)
		defer x.letGo(context.WithoutCancel(ctx), b, evenkeel.DecisionID(name))
		if err := x.hold(ctx, b, p.Measure, name); err != nil {
			return nil, fmt.Errorf("the canary cannot be put under it: %w", err)
		}
	}
	came := make([]shield.Fetched, len(p.Ways))
	var all sync.WaitGroup
	for i, way := range p.Ways {
		all.Go(func() { came[i] = x.fetchAll(ctx, way, assets, p) })
	}
	all.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("there was no time left: %w", err)
	}
	if at, err := inForce(ctx, b, id, p.Measure); err != nil || !slices.Equal(at, assets) {
		return nil, cmp.Or(err, errors.New("it did not stand all the time"))
	}
	return came, nil
}

// hold puts the canary under a measure, for a short time.
func (x *Prover) hold(ctx context.Context, b *host.Backend, m evenkeel.Measure, name string) error {
	now := x.wall()
	o := evenkeel.Order{
		ID: evenkeel.OrderID(name), Decision: evenkeel.DecisionID(name), Measure: m,
		Assets: []evenkeel.AssetID{evenkeel.AssetID(x.set.Asset)}, From: now, Until: now.Add(lease),
	}
	if m == evenkeel.MeasureDropFlow {
		o.Params = map[string]string{"flows": strings.Join(x.flows(ctx), ",")}
	}
	r, err := b.Apply(ctx, o)
	if err == nil && r.State != evenkeel.ReceiptApplied {
		err = errors.New(r.Why)
	}
	return err
}

// Nobody is a flow that is dropped whatever else is kept: to an address that nobody has (RFC 5737).
const Nobody = "tcp/203.0.113.254/9"

// flows are those that a canary really has: to where its objects are fetched, and to whoever fetches them. An order may
// name them too, and then only the data path of the settings keeps them open. An address that nobody finds is none: what is
// fetched there is not fetched.
func (x *Prover) flows(ctx context.Context) []string {
	all := []string{Nobody}
	for _, way := range x.set.Ways() {
		u, err := url.Parse(strings.NewReplacer(placeAsset, "a", placeProbe, "p").Replace(x.set.Fetch[way]))
		if err != nil {
			continue
		}
		port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
		c, err := (&net.Dialer{Timeout: FetchTakes}).DialContext(ctx, "udp", net.JoinHostPort(u.Hostname(), port)) // nothing is sent
		if err != nil {
			continue
		}
		for _, at := range []struct {
			net.Addr
			port string
		}{{c.RemoteAddr(), port}, {c.LocalAddr(), "0"}} {
			if a, err := netip.ParseAddrPort(at.String()); err == nil {
				all = append(all, "tcp/"+a.Addr().Unmap().WithZone("").String()+"/"+at.port)
			}
		}
		_ = c.Close()
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// letGo lets the canary go; where that fails its lease ends.
func (x *Prover) letGo(ctx context.Context, b *host.Backend, d evenkeel.DecisionID) {
	if _, err := b.Release(ctx, d, "the canary was shown"); err != nil && evenkeel.KindOf(err) != evenkeel.KindNotFound {
		x.log.Warn("the canary is not let go of yet; that is tried again, and ends by itself", "within", lease, "err", err)
	}
}

// inForce returns the assets here at which an order is in force.
func inForce(ctx context.Context, b *host.Backend, id evenkeel.OrderID, m evenkeel.Measure) ([]evenkeel.AssetID, error) {
	for _, s := range b.Standing(ctx) {
		switch {
		case s.Order.ID != id:
		case s.Order.Measure != m:
			return nil, fmt.Errorf("order %s is one of %s", id, s.Order.Measure)
		case s.State != plan.Carried || s.Effect == "":
			return nil, fmt.Errorf("order %s is not in force: %s", id, s.Why)
		default:
			return s.At, nil
		}
	}
	return nil, fmt.Errorf("order %s does not stand", id)
}

// put puts the object.
func (x *Prover) put(ctx context.Context, a evenkeel.AssetID, p *shield.Probe) error {
	status, _, err := x.ask(ctx, http.MethodPut, at(x.set.Put, a, p.ID), p.Object)
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("it was answered %d", status)
	}
	return err
}

// fetchAll fetches the object of each asset on one way. One that does not come whole counts for all.
func (x *Prover) fetchAll(ctx context.Context, way string, assets []evenkeel.AssetID, p *shield.Probe) (f shield.Fetched) {
	for _, a := range assets {
		f = x.fetch(ctx, way, a, p.ID)
		if f.Hash != p.Hash() {
			return f
		}
	}
	return f
}

// fetch fetches an object.
func (x *Prover) fetch(ctx context.Context, way string, a evenkeel.AssetID, probe string) shield.Fetched {
	f := shield.Fetched{Way: way}
	address, known := x.set.Fetch[way]
	if !known {
		f.Why = "canary.fetch does not name it"
		return f
	}
	status, text, err := x.ask(ctx, http.MethodGet, at(address, a, probe), nil)
	switch {
	case err != nil:
		f.Why = clip(err.Error())
	case status != http.StatusOK:
		f.Why = fmt.Sprintf("it was answered %d", status)
	default:
		sum := sha256.Sum256(text)
		f.Hash, f.Size = hex.EncodeToString(sum[:]), len(text)
	}
	return f
}

// ask does one request and returns the status and the beginning of the body, one byte more than an object has at most. Its errors
// do not have the address, which may hold a password.
func (x *Prover) ask(ctx context.Context, method, address string, body []byte) (status int, text []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err == nil {
		var answer *http.Response
		if answer, err = x.client.Do(r); err == nil {
			defer answer.Body.Close()
			status = answer.StatusCode
			text, err = io.ReadAll(io.LimitReader(answer.Body, shield.MostObject+1))
		}
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return status, text, err
}

func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), 200)], "") }
