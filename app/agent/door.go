package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/shield/host"
)

// What can be asked at the socket of an agent, and its bounds.
const (
	statusPath  = "/status"
	releasePath = "/release"
	packetsPath = "/packets"
	jsonType    = "application/json"
	askTakes    = 20 * time.Second
	maxAsked    = 4 << 10 // bytes
	maxWhy      = 200     // bytes
	leastID     = 6       // characters of an id that a person has to give at least
	mostNamed   = 10      // orders that an error names
)

// Brake is what is to be let go of, and why.
type Brake struct {
	Decision evenkeel.DecisionID `json:"decision,omitempty"` // or what its id, or that of its order, begins with: 6 characters or more
	All      bool                `json:"all,omitempty"`
	Why      string              `json:"why"`
}

// Released is what came of it.
type Released struct {
	Receipts []evenkeel.Receipt `json:"receipts"`
	Orders   []Standing         `json:"orders,omitempty"`   // what stood before of the receipts; of what was let go of already none does
	Warnings []string           `json:"warnings,omitempty"` // control is not told, and why
}

// check says what is wrong with a brake, or nil.
func (b *Brake) check() error {
	switch {
	case b.All == (b.Decision != ""):
		return evenkeel.Invalid("release: expected the decision whose measure is to end, or all of them, and not both")
	case strings.TrimSpace(b.Why) == "" || len(b.Why) > maxWhy || strings.ContainsFunc(b.Why, unicode.IsControl):
		return evenkeel.Invalid("release: why is %d bytes long; expected 1 to %d on one line: control keeps it with the receipt", len(b.Why), maxWhy)
	case b.All:
		return nil
	}
	return evenkeel.CheckID("decision", string(b.Decision))
}

// door answers at the socket.
func (p *Process) door() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), askTakes)
		defer cancel()
		who := ownsocket.Who(ctx)
		if err := who.Owns(p.socket.Owner); err != nil {
			p.o.Log.Warn("somebody else was refused at the socket", "user", who.User, "process", who.Process)
			ownsocket.Refuse(w, http.StatusForbidden, err)
			return
		}
		switch r.URL.Path {
		case statusPath:
			ownsocket.Tell(w, jsonType, http.StatusOK, p.Status(ctx))
		case releasePath:
			p.released(ctx, w, r, who)
		case packetsPath:
			p.packets(w, r)
		default:
			err := &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("%.100q: not found; expected %s, %s or %s", r.URL.Path, statusPath, packetsPath, releasePath)}
			ownsocket.Refuse(w, http.StatusNotFound, err)
		}
	})
}

func (p *Process) released(ctx context.Context, w http.ResponseWriter, r *http.Request, who ownsocket.Peer) {
	var b Brake
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAsked))
	switch {
	case r.Method != http.MethodPost:
		err = evenkeel.Invalid("%.20s %s; expected POST", r.Method, releasePath)
	case err != nil || json.Unmarshal(text, &b) != nil:
		err = evenkeel.Invalid(`what is to be released cannot be read; expected such as {"decision":"d-1","why":"a mistake"}`)
	}
	var done Released
	if err == nil {
		done, err = release(ctx, p.host.Backend, p.link.Report, b)
	}
	told := []any{"user", who.User, "process", who.Process, "decision", b.Decision, "all", b.All, "why", b.Why}
	if err != nil {
		p.o.Log.Warn("a release by hand came to nothing", append(told, "err", err)...)
		ownsocket.Refuse(w, evenkeel.KindOf(err).HTTPStatus(), err)
		return
	}
	p.o.Log.Warn("released by hand", append(told, "receipts", len(done.Receipts))...)
	ownsocket.Tell(w, jsonType, http.StatusOK, done)
}

// release lets go of what a decision ordered, or all, and reports it. What could be let go of is, whatever fails
// beside.
func release(ctx context.Context, b *host.Backend, report func(evenkeel.Receipt) error, k Brake) (done Released, err error) {
	if err := k.check(); err != nil {
		return done, err
	}
	stood := standings(b.Standing(ctx))
	var decisions []evenkeel.DecisionID
	for i := range stood {
		if k.All {
			decisions = append(decisions, stood[i].Decision)
		}
	}
	if !k.All {
		d, err := meant("release", k.Decision, "there stands ", stood)
		if err != nil {
			return done, err
		}
		decisions = append(decisions, d)
	}
	done.Receipts = []evenkeel.Receipt{}
	for _, d := range decisions {
		r, bad := b.Release(ctx, d, k.Why)
		if bad != nil {
			if evenkeel.KindOf(bad) == evenkeel.KindNotFound {
				bad = absent(d, stood)
			}
			err = errors.Join(err, bad)
			continue
		}
		done.Receipts = append(done.Receipts, r)
		if i := slices.IndexFunc(stood, func(s Standing) bool { return s.Decision == d }); i >= 0 {
			done.Orders = append(done.Orders, stood[i])
		}
		if bad := report(r); bad != nil {
			done.Warnings = append(done.Warnings, fmt.Sprintf("control is not told that the measure of %s was released: %v", d, bad))
		}
	}
	if len(done.Receipts) > 0 && err != nil {
		done.Warnings, err = append(done.Warnings, err.Error()), nil
	}
	return done, err
}

// meant is the decision whose id, or the id of whose order, begins with what was given. What nothing that is there begins with is
// a whole id: it may be of what was let go of before. does and there are the words of errors for what is done, and for what there is.
func meant(does string, given evenkeel.DecisionID, there string, all []Standing) (evenkeel.DecisionID, error) {
	var fit []Standing
	for _, s := range all {
		if s.Decision == given || s.Order == evenkeel.OrderID(given) {
			return s.Decision, nil
		}
		if strings.HasPrefix(string(s.Decision), string(given)) || strings.HasPrefix(string(s.Order), string(given)) {
			fit = append(fit, s)
		}
	}
	switch {
	case len(fit) > 0 && len(given) < leastID:
		return "", evenkeel.Invalid("%s %s: expected a whole id, or its first %d characters or more; %s%s", does, given, leastID, there, named(fit))
	case len(fit) > 1:
		return "", evenkeel.Invalid("%s %s: %d begin with it; expected one of %s", does, given, len(fit), named(fit))
	case len(fit) == 1:
		return fit[0].Decision, nil
	}
	return given, nil
}

// absent says that nothing of what was given stands, and what does.
func absent(given evenkeel.DecisionID, stood []Standing) error {
	e := &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("release %s: nothing of it stands on this host", given)}
	if len(stood) == 0 {
		e.Says += ", and nothing else does"
		return e
	}
	e.Says += "; there stands " + named(stood)
	e.Hint = "expected a decision, or its first " + strconv.Itoa(leastID) + " characters or more; a host knows no case"
	return e
}

// named are the first of them, in words; of those without a measure whose they are.
func named(all []Standing) string {
	var text []string
	for _, s := range all[:min(len(all), mostNamed)] {
		says := ""
		if s.Measure != evenkeel.MeasureNone {
			says = s.Measure.String()
		}
		if len(s.Assets) > 0 {
			says = strings.TrimSpace(says + " of " + string(s.Assets[0]))
		}
		if n := len(s.Assets) - 1; n > 0 {
			says += fmt.Sprintf(" and %d more", n)
		}
		text = append(text, fmt.Sprintf("%s (%s)", s.Decision, says))
	}
	if n := len(all) - mostNamed; n > 0 {
		text = append(text, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(text, ", ")
}

// inhabited says that no host lives in a data directory, of KindNotFound, or nil: what is asked there is answered by nobody, and
// whoever asks has named the wrong settings, or none. Nothing is made.
func inhabited(dir string) error {
	for _, name := range []string{dirLink, dirOrders} { // who has lost the enrolment may still let go of what the book says
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return kernel.FileError("look into", dir, err)
		}
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindNotFound, Says: "no host is enrolled in " + dir + ", so nothing is known there of what stands on this one",
		Hint: "name the settings that evenkeel host run goes by with --config",
	}
}

// Ask asks the agent that runs on a host how it stands; where none runs it reads the book itself. KindNotFound says that no
// host has enrolled in the data directory.
func Ask(ctx context.Context, o Options) (s Status, err error) {
	running, err := ask(ctx, o.Settings.Data, statusPath, nil, &s)
	if err == nil && !running {
		err = inhabited(o.Settings.Data)
	}
	if err != nil || running {
		return s, err
	}
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(o.Now()) })
	if err != nil {
		return s, err
	}
	s.Book = filepath.Join(o.Settings.Data, dirOrders)
	all, err := host.ReadBook(s.Book, clock)
	s.Orders = standings(all)
	return s, err
}

// Release is the hand-brake: by the agent that runs on a host, and where none runs by the book and the hands themselves. Control
// learns of it as soon as there is a link. KindNotFound says that no host has enrolled in the data directory, or that nothing of
// the decision stands.
func Release(ctx context.Context, o Options, b Brake) (done Released, err error) {
	if err := b.check(); err != nil {
		return done, err
	}
	running, err := ask(ctx, o.Settings.Data, releasePath, b, &done)
	if err == nil && !running {
		err = inhabited(o.Settings.Data)
	}
	if err != nil || running {
		return done, err
	}
	h, err := openHands(o)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	places, err := listPorts()
	if err != nil {
		return done, err
	}
	link, bad := openLink(o, nil, nil) // a host that cannot tell lets go all the same
	report, name := func(evenkeel.Receipt) error { return bad }, "host"
	if bad == nil {
		defer func() { err = errors.Join(err, link.Close()) }()
		report, name = link.Report, link.Host()
	}
	moment := func() evenkeel.Moment { return evenkeel.MomentOf(o.Now()) }
	groups, err := newContainers(o.Settings, nil, moment, h.clock.BootID, o.Log).first()
	if err != nil {
		return done, err
	}
	asked := newGuests(o.Settings, nil, moment, o.Log).first(ctx).beside(groups)
	x, err := Open(ctx, Parts{
		Settings: o.Settings, Told: asked, Kernel: h.programs, Traffic: h.Traffic, CPU: h.CPU, Machine: h.Machine, Places: places, Clock: h.clock, Name: name, Log: o.Log,
	})
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	return release(ctx, x.Backend, report, b)
}

// ask puts a question to the agent that runs on a data directory, and reads the answer into into. running is false where
// none runs.
func ask(ctx context.Context, dir, at string, question, into any) (running bool, err error) {
	text, err := json.Marshal(question)
	if err != nil {
		return false, err
	}
	path := filepath.Join(dir, fileSocket)
	a, dialled, err := ownsocket.Ask(ctx, dir, fileSocket, at, jsonType, text)
	switch {
	case err != nil && !dialled && ownsocket.Nobody(err):
		return false, nil
	case err != nil && !dialled:
		return false, ownsocket.DialError("connect to", path, err)
	case err != nil:
		return true, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "no answer from " + path, Err: err, Hint: "evenkeel host status says how it stands"}
	case a.Code != http.StatusOK:
		return true, a.Refusal(path)
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		return true, &evenkeel.Error{Kind: evenkeel.KindInternal, Says: path + " gave an answer that cannot be read", Err: err}
	}
	return true, nil
}
