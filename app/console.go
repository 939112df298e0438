package app

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/app/internal/desk"
	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/console/status"
	"github.com/evenkeel/evenkeel/console/visit"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield/webhook"
	"github.com/evenkeel/evenkeel/staff"
)

// site is all that is at the console's address: the operators' pages, those of tenants, where
// receipts come in, and how it is, for programs.
func (h *house) site(facts desk.Facts, port string) (http.Handler, error) {
	p, c := h.parts, &h.parts.Config
	h.staff = staff.New(h.books.Staff(), p.Now, staff.Options{Loopback: c.OwnMachine(), Log: p.Log})
	providers, err := providersOf(&c.Console, h.base, p.Now)
	if err != nil {
		return nil, err
	}
	door := desk.NewDoor(h.staff).With(p.Log, providers...)
	operators, err := console.New(console.Parts{
		Books: h.books, Reach: h.books, Acts: acts{h.doAs}, Second: h.judge.Seconded, Reports: reportsOf(h.books, holderIn(facts.Registry)), Unsent: h.books.Unsent, Looks: looks{h}, Door: door, Roster: door, Tenants: facts, Policy: facts,
		Brakes: brakes{h.books, h.doAs, p.Policies.Force}, OnCall: onCall(h.rota, h.books), Lots: lots(h.books, p.Policies.Force), Credits: h.books.AllCredits,
		Sites: h.sitesShown(facts.Registry), Incidents: told{h},
		Figures: h.figures(), Record: &record{log: h.books.Log, now: p.Now}, Letter: p.Policies.letters(facts.Lang, h.base, courier.Letterhead{Operator: c.Courier.Operator, Domain: h.mailDomain(), ReplyTo: c.Courier.Mail.ReplyTo}), Status: h.condition, Now: p.Now, Secure: c.Secure(), Lacks: h.lacks, Mute: len(c.Page.Persons) == 0, Base: h.base, Name: port, Log: p.Log,
	})
	if err != nil {
		return nil, err
	}
	tenants, err := visit.New(visit.Parts{Links: h.links, Books: h.books, Reach: h.books, Marks: h.linkMarks, Acts: acts{h.doForTenant}, Lang: facts.Lang, Ways: h.waysUnder, Sites: &visit.Sites{Record: h.books.Sites(), Promises: h.sites.promises}, Calls: len(c.Page.Persons) > 0, Mail: replyTo(c) != "", Brand: c.Courier.Operator, Now: p.Now, Log: p.Log})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	if p.does(RoleConsole) {
		mux.Handle("/", desk.Near(operators.Handler()))
		mux.Handle("/t/", tenants)
	}
	if h.hands.receiver != nil {
		mux.Handle("/receipts", webhook.NewCallback(h.hands.receiver, h.orders, h.now, p.Log))
	}
	mux.Handle("GET /status/", http.StripPrefix("/status", status.Handler(h.platform.files)))
	h.vitals(mux)
	return mux, nil
}

// vitals are how the process is, for programs.
func (h *house) vitals(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, health{Status: "alive"}) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if why := h.state.unready(); len(why) > 0 {
			answer(w, http.StatusServiceUnavailable, health{"not ready", why})
			return
		}
		answer(w, http.StatusOK, health{Status: "ready"})
	})
	metrics := promhttp.HandlerFor(h.reg, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if from := r.RemoteAddr; !among(from, h.parts.Config.Console.Metrics) || onThisMachine(from) && !desk.Here(r) {
			http.Error(w, "metrics are not for this address: console.metrics names the networks that may read them", http.StatusForbidden)
			return
		}
		metrics.ServeHTTP(w, r)
	})
}

// onThisMachine says whether an address with a port is this machine's.
func onThisMachine(at string) bool {
	from, err := netip.ParseAddrPort(at)
	return err == nil && from.Addr().Unmap().IsLoopback()
}

// among says whether an address with a port is in one of some networks.
func among(at string, networks []config.Network) bool {
	host, _, _ := net.SplitHostPort(at)
	ip, err := netip.ParseAddr(host)
	return err == nil && slices.ContainsFunc(networks, func(n config.Network) bool { return n.Contains(ip.Unmap()) })
}

// health is the answer to whoever asks whether it works.
type health struct {
	Status  string   `json:"status"`
	Reasons []string `json:"reasons,omitempty"`
}

func answer(w http.ResponseWriter, status int, v health) {
	body, _ := json.Marshal(v) // plain texts: it cannot fail
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // whoever is gone needs no answer
}

// figures are what the console counts, with what is known while it is served.
func (h *house) figures() figures {
	return figures{
		books: h.books, policy: h.parts.Policies.Force, dir: h.dir, doubt: h.parts.Config.Reports.Doubt, now: h.now,
		proof: func() (Proof, error) { return h.canary.proof(), nil },
		attested: func() (a Attested, err error) {
			if h.attest != nil {
				a = h.attest.told()
			}
			return a, nil
		},
	}
}

// acts does what a person or a tenant says.
type acts struct {
	do func(context.Context, docket.Act) (judge.Heard, error)
}

// Do does an act.
func (a acts) Do(ctx context.Context, act docket.Act) error {
	_, err := a.do(ctx, act)
	return err
}

// looks writes down who looks at a case.
type looks struct{ *house }

// Look writes one look down.
func (l looks) Look(ctx context.Context, c evenkeel.CaseID, by evenkeel.PersonID) error {
	return l.judge.Look(ctx, c, by, l.now())
}

// do has an act done with what is known now.
func (h *house) do(ctx context.Context, a docket.Act) (judge.Heard, error) {
	return h.judge.Do(ctx, a, h.watcher.registry.Snapshot())
}

func (h *house) now() evenkeel.Moment { return evenkeel.MomentOf(h.parts.Now()) }

// condition is how the process is, for people.
func (h *house) condition(ctx context.Context) (console.Status, error) {
	r := h.report()
	s := console.Status{
		Version: h.parts.Version, PolicyName: h.parts.Policies.Force.ID(), PolicyDigest: h.parts.Policies.Force.Digest(),
		OrdersWaiting: r.Orders, NoticesWaiting: r.Notices, Held: h.state.unowned(), Arrivals: h.arrivals.told(),
	}
	s.Unshown = h.canary.needed() && !h.canary.proven()
	s.Backlog = int64(h.state.left + h.intake.Stats().Messages - h.state.read())
	s.SetAside, _, _ = h.bench.aside.waiting() // the loop says what is wrong
	s.Unplaced, s.Unwatched = h.front.mails.unplacedNow(), h.heartbeat.saysNothing()
	var err error
	if s.Credits, err = h.books.Unsettled(ctx); err != nil {
		return s, err
	}
	hurt, err := h.books.BriefIncidents(ctx, h.now().Add(-status.Shown), 500)
	if err != nil {
		return s, err
	}
	for i := range hurt {
		if hurt[i].Waits() {
			s.Incidents++
		}
	}
	if s.Unreached, err = h.books.Unreached(ctx); err != nil {
		return s, err
	}
	s.NoticesFailed, err = h.books.Untold(ctx)
	s.Ledger.Size, s.Ledger.Note = h.judge.head()
	return s, err
}
