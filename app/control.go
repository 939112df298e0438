package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/docket/actevent"
	"github.com/evenkeel/evenkeel/staff/roll"
)

const (
	actsPath   = "/acts"
	actType    = "application/cloudevents+json"
	actSource  = "control/"       // and the person who brings the act, escaped as in a URL's path
	actSkew    = time.Minute      // how far an act's own time may be from ours: what is done here is done now
	actTakes   = 20 * time.Second // at most, to be judged and kept
	restOfAct  = 1 << 20          // bytes of a refused one that are read away at most, so that its sender reads the answer
	answerType = "application/json"
)

// Done is what an act that was handed in changed. Fields may be added; none is renamed.
type Done struct {
	Type      string              `json:"type"` // done
	Act       string              `json:"act"`  // its identity
	Kind      docket.ActKind      `json:"kind"`
	At        evenkeel.Moment     `json:"at"`
	Person    evenkeel.PersonID   `json:"person"`   // who brought it; the tenant's words are brought by somebody too
	Repeated  bool                `json:"repeated"` // it was done before, and nothing changed
	Warnings  []string            `json:"warnings"` // what was done all the same, and may be a slip
	Cases     []evenkeel.Case     `json:"cases"`
	Decisions []evenkeel.Decision `json:"decisions"`
	Flags     []evenkeel.Flag     `json:"flags"`
	Entries   []evenkeel.Entry    `json:"entries"`
	Notices   []evenkeel.Notice   `json:"notices"`
	Orders    []evenkeel.Order    `json:"orders"`
	Switches  []docket.Switch     `json:"switches,omitempty"`
	Stages    []docket.Staged     `json:"stages,omitempty"` // where versions of rules stand from now on
	Undone    *docket.Tally       `json:"undone,omitempty"` // by an undo, or a switch that lifts: this time, and what is left
}

// hatch takes in what the operator's people do from the command line.
type hatch struct {
	do    func(context.Context, docket.Act) (judge.Heard, error)
	works func(ctx context.Context, p evenkeel.PersonID, a *docket.Act) error // says why somebody may not do that here; nil: anybody may
	reads func(ctx context.Context, a *docket.Act) error                      // says what has to be read before that is done; nil: nothing
	link  func(ctx context.Context, account string) (link string, err error)  // that signs somebody in, once
	// roles gives a person exactly some roles, in the name of an admin.
	roles func(ctx context.Context, by, person evenkeel.PersonID, roles []roll.Role) error
	probe func(ctx context.Context) (Proof, error) // has the ways to the data shown
	// hosts lists hosts, invites them and shuts them out.
	hosts func(ctx context.Context, x *hostWish) (hostAnswer, error)
	// incidents does what a person says of an incident.
	incidents func(ctx context.Context, x *IncidentWish) (docket.Incident, error)
	// looks writes down that a person looks at a case, or says why they may not.
	looks func(ctx context.Context, c evenkeel.CaseID, by evenkeel.PersonID) error
	// second says why nobody could be the second of an act that takes two; nil: it is not asked.
	second func(ctx context.Context, a docket.Act) error
	names  *directory // nil: names are not looked up
	scope  *scopes    // nil: neither is looked for what switches name
	now    func() time.Time
	log    *slog.Logger
	owner  uint32 // of the data directory
}

// ServeHTTP takes one act in and answers with what it changed.
func (h *hatch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := ownsocket.Who(r.Context())
	ctx, cancel := context.WithTimeout(r.Context(), actTakes)
	defer cancel()
	switch r.URL.Path {
	case linksPath:
		h.give(ctx, w, r, who)
		return
	case rolesPath:
		h.appoint(ctx, w, r, who)
		return
	case probePath:
		h.prove(ctx, w, r, who)
		return
	case looksPath:
		h.look(ctx, w, r, who)
		return
	case incidentsPath:
		h.asksIncident(ctx, w, r, who)
		return
	case hostsPath:
		h.asksHosts(ctx, w, r, who)
		return
	}
	done, status, err := h.take(ctx, w, r, who)
	told := []slog.Attr{
		slog.Int64("user", int64(who.User)), slog.Int64("process", int64(who.Process)), slog.Int("status", status),
		slog.String("act", done.Act), slog.String("kind", done.Kind.String()), slog.String("person", string(done.Person)),
	}
	if err != nil {
		_, _ = io.CopyN(io.Discard, r.Body, restOfAct) // who still writes does not read why otherwise
		h.log.LogAttrs(ctx, slog.LevelInfo, "an act was refused at the control socket", told...)
		ownsocket.Refuse(w, status, err)
		return
	}
	h.log.LogAttrs(ctx, slog.LevelInfo, "an act was done at the control socket", told...)
	ownsocket.Tell(w, answerType, status, done)
}

// take reads an act and has it done. What it says of the act is right as far as it was read.
func (h *hatch) take(ctx context.Context, w http.ResponseWriter, r *http.Request, who ownsocket.Peer) (done Done, status int, err error) {
	if status, err = h.admit(w, r, who); err != nil {
		return done, status, err
	}
	line, err := io.ReadAll(http.MaxBytesReader(w, r.Body, actevent.MaxBytes))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return done, http.StatusRequestEntityTooLarge, evenkeel.Invalid("read act: it is too long; expected at most %d bytes", actevent.MaxBytes)
	}
	if err != nil {
		return done, http.StatusBadRequest, evenkeel.Invalid("read act: it ends before it should")
	}
	a, err := actevent.Decode(line)
	if err == nil {
		done = Done{Type: "done", Act: a.ID, Kind: a.Kind, Person: a.By}
		done.Person, err = bringer(&a)
	}
	if err == nil && h.works != nil {
		err = h.works(ctx, done.Person, &a)
	}
	if err == nil && h.reads != nil {
		err = h.reads(ctx, &a)
	}
	if err == nil {
		err = h.date(&a)
	}
	if err != nil {
		return done, evenkeel.KindOf(err).HTTPStatus(), err
	}
	if err := h.names.refuses(ctx, &a); err != nil {
		return done, evenkeel.KindOf(err).HTTPStatus(), err
	}
	if r.URL.RawQuery != insists {
		if err := h.scope.refuses(ctx, &a); err != nil {
			return done, evenkeel.KindOf(err).HTTPStatus(), err
		}
	}
	done.Warnings = h.names.warns(ctx, &a) // before a case is closed
	heard, err := h.do(ctx, a)
	if err != nil && ctx.Err() != nil {
		err = &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("%s was not done in time", a.Kind),
			Hint: "hand in the same act again, with the same id: it counts once", Err: err,
		}
	}
	if err != nil {
		return done, evenkeel.KindOf(err).HTTPStatus(), err
	}
	done.At, done.Repeated = a.At, len(heard.Changes) == 0
	if a.Kind.OfHouse() { // of many cases the answer holds what was counted
		done.Undone = heard.Undone
		for i := range heard.Changes {
			done.Switches = append(done.Switches, heard.Changes[i].Switches...)
			done.Stages = append(done.Stages, heard.Changes[i].Stages...)
		}
		heard.Changes = nil
		done.Warnings = append(done.Warnings, h.stuck(ctx, &a)...)
	}
	done.collect(heard)
	return done, http.StatusOK, nil
}

// stuck says of a switch that was pulled that nobody could let it go as things are, and what to do.
func (h *hatch) stuck(ctx context.Context, a *docket.Act) []string {
	if a.Kind != docket.ActPull || h.second == nil {
		return nil
	}
	err := h.second(ctx, docket.Act{Kind: docket.ActRelease, At: a.At, By: a.By, Scope: a.Scope})
	if evenkeel.KindOf(err) != evenkeel.KindDenied { // somebody could, or that is not known now: who asks is told
		return nil
	}
	return []string{fmt.Sprintf("%v; %s", err, evenkeel.HintOf(err))}
}

// admit says what is wrong with a request before its body is read, or nil.
func (h *hatch) admit(w http.ResponseWriter, r *http.Request, who ownsocket.Peer) (status int, err error) {
	if err := who.Owns(h.owner); err != nil {
		return http.StatusForbidden, err
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.URL.Path != actsPath:
		return http.StatusNotFound, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("%.100q: not found; expected POST %s", r.URL.Path, actsPath)}
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed, evenkeel.Invalid("%.20s %s; expected POST", r.Method, actsPath)
	case media != actType:
		return http.StatusUnsupportedMediaType, evenkeel.Invalid("content type is %.100q; expected %s: one event", r.Header.Get("Content-Type"), actType)
	case r.ContentLength > actevent.MaxBytes:
		return http.StatusRequestEntityTooLarge, evenkeel.Invalid("read act: it has %d bytes; expected at most %d", r.ContentLength, actevent.MaxBytes)
	}
	return 0, nil
}

// bringer is the person who brings an act: who does it, or who passes on what the tenant
// said. It is part of the act's identity, so it stands in the timeline and in the ledger.
func bringer(a *docket.Act) (evenkeel.PersonID, error) {
	source, _, _ := strings.Cut(a.ID, " ")
	escaped, ours := strings.CutPrefix(source, actSource)
	name, err := url.PathUnescape(escaped)
	switch {
	case !ours || err != nil || evenkeel.CheckID("person", name) != nil:
		return "", evenkeel.Invalid("source is %.100q; expected %s and the person who brings the act, such as %sanna", source, actSource, actSource)
	case a.By != "" && string(a.By) != name:
		return "", &evenkeel.Error{Kind: evenkeel.KindDenied, Says: fmt.Sprintf("%q brings what %q does; expected one person for both", name, a.By)}
	}
	return evenkeel.PersonID(name), nil
}

// date gives an act our time. Nobody can say here that something was done at another time.
func (h *hatch) date(a *docket.Act) error {
	now := evenkeel.MomentOf(h.now())
	if off := a.At.Sub(now); off > actSkew || off < -actSkew {
		return &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("time is %v; expected within %v of now, which is %v", a.At, actSkew, now),
			Hint: "what is done here is done now; evenkeel replay --acts plays what was done at other times",
		}
	}
	a.At = now
	return nil
}

// collect puts together what changed.
func (d *Done) collect(h judge.Heard) {
	d.Cases, d.Decisions, d.Flags, d.Entries, d.Notices, d.Orders = []evenkeel.Case{}, []evenkeel.Decision{}, []evenkeel.Flag{},
		[]evenkeel.Entry{}, []evenkeel.Notice{}, []evenkeel.Order{}
	if d.Warnings == nil {
		d.Warnings = []string{}
	}
	for i := range h.Changes {
		c := &h.Changes[i]
		d.Cases, d.Decisions, d.Flags = append(d.Cases, c.Cases...), append(d.Decisions, c.Decisions...), append(d.Flags, c.Flags...)
		d.Entries, d.Notices, d.Orders = append(d.Entries, c.Entries...), append(d.Notices, c.Notices...), append(d.Orders, c.Orders...)
	}
}
