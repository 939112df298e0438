package edge

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
	"github.com/evenkeel/evenkeel/shield/gateway/bots"
	"github.com/evenkeel/evenkeel/shield/gateway/guard"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
	"github.com/evenkeel/evenkeel/shield/gateway/upstream"
)

// What can be asked at the socket of a gateway, and its bounds.
const (
	statusPath = "/status"
	reloadPath = "/reload"
	stopPath   = "/stop"
	rayPath    = "/ray"
	pardonPath = "/pardon"
	freePath   = "/release"

	jsonType  = "application/json"
	askTakes  = 60 * time.Second // 100,000 sites are read anew
	maxAsked  = 4 << 10          // bytes
	maxWhy    = 200              // bytes
	leastStop = time.Minute
	mostStop  = 24 * time.Hour
)

// Status is how a gateway stands. Fields may be added; none is renamed.
type Status struct {
	Version string          `json:"version"`
	Began   evenkeel.Moment `json:"began"`
	Listen  []string        `json:"listen,omitempty"`
	Plain   []string        `json:"plain,omitempty"`
	Clear   []string        `json:"clear,omitempty"`
	Sites   int             `json:"sites"`
	Faults  []string        `json:"faults,omitempty"` // documents that are not served as they stand, and certificates
	// Guard is how the questions of other gateways ended since the start, by docs/guard.md's words.
	Guard    map[string]uint64 `json:"guard,omitempty"`
	Refused  int               `json:"refused"` // addresses at sites, now
	Dropped  *Dropped          `json:"dropped,omitempty"`
	Fleet    *FleetStatus      `json:"fleet,omitempty"` // the other edges; missing: it is alone
	Open     int               `json:"open_connections"`
	InFlight int               `json:"in_flight"`
	Control  *Joined           `json:"control,omitempty"` // none: this edge goes by no control
	Files    []File            `json:"files,omitempty"`   // that say where visitors come from, and good bots
	// Bots is how questions about names of good bots ended since the start, and how many addresses are known to be theirs by such.
	Bots     map[string]uint64 `json:"bots,omitempty"`
	Standing []Standing        `json:"standing"` // sites at which something is not as usual, or all of them
}

// Standing is how one site stands.
type Standing struct {
	Site    site.ID           `json:"site"`
	Tenant  evenkeel.TenantID `json:"tenant"`
	Stage   string            `json:"stage"`
	Since   evenkeel.Moment   `json:"since,omitempty"`
	Why     string            `json:"why,omitempty"`
	Stopped evenkeel.Moment   `json:"stopped_until,omitempty"`
	// Ordered is what control ordered about its visitors: shut, challenge, or none: a challenge was ended, and nobody is asked.
	Ordered  string              `json:"ordered,omitempty"`
	Decision evenkeel.DecisionID `json:"decision,omitempty"` // by which
	Until    evenkeel.Moment     `json:"ordered_until,omitempty"`
	Pressed  bool                `json:"ordered_while_pressed,omitempty"` // it shows its page while visitors press, and not else
	Offered  uint32              `json:"offered"`                         // requests within the last second that was looked at
	Passed   uint32              `json:"passed"`
	Failed   uint32              `json:"failed"` // of those passed
	Usual    float64             `json:"usual"`
	Capacity float64             `json:"capacity"`
	InFlight int                 `json:"in_flight"`
	Limit    int                 `json:"limit"`
	Waiting  int                 `json:"waiting"`
	Rules    []string            `json:"rules,omitempty"`
	Figures  []Rule              `json:"rule_figures,omitempty"` // of the same rules
	Back     []string            `json:"rules_taken_back,omitempty"`
	Backends []Backend           `json:"backends,omitempty"`
	Spent    Took                `json:"spent_hour"`       // of what presses, within about the last hour
	Budget   Took                `json:"budget_hour"`      // 0 is not bounded
	Attack   *Attack             `json:"attack,omitempty"` // that runs, where one site was asked for
}

// Rule are the figures of a rule: what was expected of it, and what came.
type Rule struct {
	Names     string          `json:"names"` // whom
	Shadow    bool            `json:"shadow"`
	Since     evenkeel.Moment `json:"since"`
	Until     evenkeel.Moment `json:"until"`             // unless it is found again
	Expected  float64         `json:"expected_requests"` // a second
	Usual     float64         `json:"expected_share_of_usual_visitors"`
	Now       float64         `json:"requests"`        // a second that it names, now
	Held      uint64          `json:"held_back"`       // requests; in shadow, that would have been
	Calm      uint64          `json:"held_back_known"` // of those, from addresses that came in calm
	Returning uint64          `json:"let_through"`     // with a pass
	Asked     uint64          `json:"visitors_asked"`
	Solved    uint64          `json:"visitors_who_showed_a_browser"`
	People    float64         `json:"estimated_share_of_people"`
}

func figuresOf(r *suspect.Report) Rule {
	e, o := r.Estimate, r.Outcome
	return Rule{Names: r.Key.String(), Shadow: r.Shadow, Since: r.Since, Until: r.Until, Expected: e.Requests, Usual: e.Returning, Now: o.Rate,
		Held: o.Hit, Calm: o.Known, Returning: o.Returning, Asked: o.Asked, Solved: o.Solved, People: o.Innocent()}
}

// Backend is how one backend is.
type Backend struct {
	URL   string          `json:"url"`
	State string          `json:"state"`
	Since evenkeel.Moment `json:"since,omitempty"`
	Why   string          `json:"why,omitempty"`
}

// Wish is what somebody asks for at the socket.
type Wish struct {
	Site    site.ID         `json:"site,omitempty"`
	Until   evenkeel.Moment `json:"until,omitempty"` // of a stop; 0 lets go of it
	Why     string          `json:"why,omitempty"`
	Ray     string          `json:"ray,omitempty"`
	Address string          `json:"address,omitempty"`
	All     bool            `json:"all,omitempty"`
	// Decision is what is to be released.
	Decision evenkeel.DecisionID `json:"decision,omitempty"`
}

// Refused is who a reference was given to.
type Refused struct {
	Ray    string          `json:"ray"`
	At     evenkeel.Moment `json:"at"`
	Site   site.ID         `json:"site"`
	From   netip.Addr      `json:"from"`
	Reason string          `json:"reason"`
	Until  evenkeel.Moment `json:"until,omitempty"`
}

// Read is what came of reading the documents again.
type Read struct {
	Changed int    `json:"changed"`
	Sites   int    `json:"sites"`
	Faults  string `json:"faults,omitempty"`
}

type reloaded struct {
	changed, sites int
	err            error
}

// socketHandler answers at the socket.
func (p *Process) socketHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), askTakes)
		defer cancel()
		who := ownsocket.Who(ctx)
		if err := who.Owns(p.socket.Owner); err != nil {
			p.o.Log.Warn("somebody else was refused at the socket", "user", who.User, "process", who.Process)
			ownsocket.Refuse(w, http.StatusForbidden, err)
			return
		}
		var wish Wish
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAsked))
		if err == nil && len(text) > 0 {
			err = json.Unmarshal(text, &wish)
		}
		if err != nil {
			ownsocket.Refuse(w, http.StatusBadRequest, evenkeel.Invalid("what is asked cannot be read; expected JSON of at most %d bytes", maxAsked))
			return
		}
		said, err := p.answer(ctx, r, &wish)
		if err != nil {
			ownsocket.Refuse(w, evenkeel.KindOf(err).HTTPStatus(), err)
			return
		}
		if r.URL.Path != statusPath && r.URL.Path != rayPath && r.URL.Path != costPath {
			offer(p.touched, struct{}{})
			p.o.Log.Warn("done by hand", "what", strings.TrimPrefix(r.URL.Path, "/"), "user", who.User, "site", wish.Site, "address", wish.Address, "until", wish.Until, "why", wish.Why)
		}
		ownsocket.Tell(w, jsonType, http.StatusOK, said)
	})
}

func (p *Process) answer(ctx context.Context, r *http.Request, w *Wish) (any, error) {
	switch r.URL.Path {
	case statusPath:
		s, err := p.statusOf(w)
		if err == nil {
			s.Control = p.joined.status(ctx)
		}
		return s, err
	case costPath:
		return p.Costs(w.Site)
	case reloadPath:
		p.atlas.Look()
		p.bots.Look()
		back := make(chan reloaded, 1)
		select {
		case p.reload <- back:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		x := <-back
		return Read{x.changed, x.sites, strings.Join(append(faultsOf(p.certificates.States()), lines(x.err)...), "\n")}, nil
	case stopPath:
		return struct{}{}, p.stop(w)
	case rayPath:
		return p.ray(w)
	case pardonPath:
		return struct{}{}, p.pardon(w)
	case freePath:
		return p.joined.release(ctx, w)
	}
	return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("%.100q: not found; expected %s", r.URL.Path, strings.Join([]string{statusPath, costPath, reloadPath, stopPath, rayPath, pardonPath, freePath}, ", "))}
}

func (p *Process) stop(w *Wish) error {
	now := evenkeel.MomentOf(p.o.Now())
	if err := checkWhy("stop", w.Why); err != nil {
		return err
	}
	if left := w.Until.Sub(now); w.Until != 0 && (left < leastStop-time.Second || left > mostStop) {
		return evenkeel.Invalid("stop %s: it is to end in %s; expected %s to %s", w.Site, left.Round(time.Second), leastStop, mostStop)
	}
	if err := p.edge.Stop(w.Site, w.Until); err != nil || w.Until != 0 {
		return err
	}
	if o, err := p.edge.Ordered(w.Site); err == nil && o.Measure == evenkeel.MeasureShut && !o.Pressed {
		return &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: fmt.Sprintf("start %s: its own page is shown until %s by decision %s of control; what was stopped here is over", w.Site, o.Until, o.By),
			Hint: fmt.Sprintf("where control runs the case can be cleared; evenkeel gateway release %s --why TEXT lets go of it here", o.By),
		}
	}
	return nil
}

func checkWhy(what, why string) error {
	if strings.TrimSpace(why) == "" || len(why) > maxWhy || strings.ContainsFunc(why, unicode.IsControl) {
		return evenkeel.Invalid("%s: why is %d bytes long; expected 1 to %d on one line", what, len(why), maxWhy)
	}
	return nil
}

func (p *Process) ray(w *Wish) (Refused, error) {
	ray, err := answer.ParseRay(w.Ray)
	if err != nil {
		return Refused{}, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("%.40q is no reference", w.Ray), Err: err}
	}
	x, ok := p.edge.Ray(ray)
	if !ok {
		return Refused{}, &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: "nothing is known of the reference " + ray.String(),
			Hint: fmt.Sprintf("the last %d refusals since the start are remembered; the page itself says reason and end", gateway.Rays),
		}
	}
	return Refused{ray.String(), x.At, x.Site, x.From, x.Reason.String(), x.Until}, nil
}

func (p *Process) pardon(w *Wish) error {
	if err := checkWhy("pardon", w.Why); err != nil {
		return err
	}
	a, err := netip.ParseAddr(w.Address)
	if err != nil {
		return evenkeel.Invalid("pardon %.60q: expected an address, such as 192.0.2.7", w.Address)
	}
	dropped, err := p.pardonInKernel(a)
	if err != nil {
		return fmt.Errorf("pardon %s: the kernel goes on to drop it: %w", a, err)
	}
	if !p.edge.Pardon(a) && !dropped {
		return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "pardon " + w.Address + ": it is not refused here"}
	}
	return nil
}

// Status is how it stands.
func (p *Process) Status(all bool) Status {
	r := p.Ready()
	s := Status{Version: p.o.Version, Began: p.began, Listen: r.Listen, Plain: r.Plain, Clear: r.Clear, Sites: r.Sites, InFlight: p.edge.InFlight(), Refused: p.edge.Refused(), Dropped: p.droppedNow(), Standing: []Standing{}}
	if p.guard != nil {
		s.Guard = map[string]uint64{}
		for i, n := range p.guard.Counts() {
			s.Guard[guard.Count(i).String()] = n
		}
	}
	if len(p.o.Settings.Bots) > 0 {
		known, _ := p.bots.Known()
		s.Bots = map[string]uint64{"known": uint64(known)}
		for i, n := range p.bots.Counts() {
			s.Bots[bots.Count(i).String()] = n
		}
	}
	for _, d := range p.doors {
		s.Open += d.door.Connections()
	}
	s.Faults = append(faultsOf(p.certificates.States()), p.faults.Load().([]string)...)
	s.Files = filesOf(slices.Concat(p.atlas.States(), p.bots.States()))
	for _, f := range s.Files {
		s.Faults = append(s.Faults, strings.Split(f.Fault, "\n")...)
	}
	s.Faults = slices.DeleteFunc(s.Faults, func(f string) bool { return f == "" })
	s.Fleet = p.fleetStatus()
	s.Faults = append(s.Faults, s.Fleet.faults()...)
	for _, x := range p.edge.Standings(all) {
		one := Standing{
			Site: x.Site, Tenant: x.Tenant, Stage: x.Stage.String(), Since: x.Since, Why: x.Why, Stopped: x.Stopped, Offered: x.Last.Offered, Passed: x.Last.Passed, Failed: x.Last.Failed,
			Usual: x.Last.Usual(), Capacity: x.Last.Capacity(), InFlight: x.InFlight, Limit: x.Limit, Waiting: x.Waiting, Spent: tookOf(x.Last.Spent), Budget: tookOf(x.Last.Budget),
		}
		for i := range x.Rules {
			r := &x.Rules[i]
			one.Rules = append(one.Rules, fmt.Sprintf("%s since %s: %s %s", r.Does(), r.Since, r.Why, r.Beside()))
			one.Figures = append(one.Figures, figuresOf(r))
		}
		for i := range x.Back {
			r := &x.Back[i]
			one.Back = append(one.Back, fmt.Sprintf("until %s, because of %d visitors whom it asked %d showed a browser: %s", r.Until, r.Outcome.Asked, r.Outcome.Solved, r.Why))
		}
		if o := x.Ordered; o.Until != 0 {
			one.Ordered, one.Decision, one.Until, one.Pressed = o.Measure.String(), o.By, o.Until, o.Pressed
		}
		for _, b := range x.Backends.Backends {
			if all || b.Health != upstream.Up {
				one.Backends = append(one.Backends, Backend{b.URL, b.Health.String(), b.Since, b.Why()})
			}
		}
		s.Standing = append(s.Standing, one)
	}
	return s
}
