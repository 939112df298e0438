package app

import (
	"context"
	"log/slog"
	"net"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/app/internal/desk"
	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/availability"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff"
	"github.com/evenkeel/evenkeel/store/memory"
)

// Showroom is a console that shows books which somebody else writes, at a time that is not now.
// Nothing can be decided in it, and no look is written down.
type Showroom struct {
	Dir      string // of the books
	Listen   string // on this machine
	Policies Policies
	Shown    func() time.Time // the time that pages show
	Now      func() time.Time
	Version  string
	Log      *slog.Logger
}

// Open shows the books until ctx ends. It returns a link that signs in, once, and what waits
// until all work has ended.
func (r *Showroom) Open(ctx context.Context) (link string, wait func() error, err error) {
	if own := (&config.Document{Listen: r.Listen}).OwnMachine(); !own {
		return "", nil, evenkeel.Invalid("show books at %s: others can reach it; expected an address of this machine, such as 127.0.0.1:0", r.Listen)
	}
	books, err := Open(r.Dir)
	if err != nil {
		return "", nil, err
	}
	people := staff.New(memory.NewStaff(), r.Now, staff.Options{Loopback: true})
	in, facts := desk.NewDoor(people), desk.Facts{Registry: inventory.New(inventory.Options{}), Policy: r.Policies.Force, Now: r.Shown}
	token, _, err := people.FirstLink(ctx)
	var l net.Listener
	if err == nil {
		l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", r.Listen)
	}
	if err != nil {
		_ = books.Close()
		return "", nil, err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	c, err := console.New(console.Parts{
		Books: books, Reach: books.db, Acts: acts{nothingIsDecided}, Second: acts{nothingIsDecided}.Do, Reports: reportsOf(books.db, holderIn(facts.Registry)), Unsent: books.db.Unsent, Looks: nobodyLooks{}, Door: in, Roster: in, Tenants: facts, Policy: facts,
		Brakes: brakes{books, nothingIsDecided, r.Policies.Force}, OnCall: onCall(nil, books), Lots: lots(books.db, r.Policies.Force), Credits: books.db.AllCredits,
		Incidents: shownAlone{books.db},
		Sites:     console.Sites{Record: books.db.Sites(), Promises: availability.Unpromised()},
		Figures:   figures{books: books.db, policy: r.Policies.Force, dir: r.Dir, now: func() evenkeel.Moment { return evenkeel.MomentOf(r.Shown()) }, proof: books.Proof, attested: books.Attested},
		Record:    &record{log: books.Log, now: r.Shown}, Letter: r.Policies.letters(facts.Lang, "", courier.Letterhead{Operator: "The operator", Domain: "evenkeel.example"}), Status: r.status, Now: r.Shown, Name: port, Log: r.Log,
	})
	if err != nil {
		_, _ = books.Close(), l.Close()
		return "", nil, err
	}
	served := make(chan error, 1)
	d := door{serverOf(desk.Near(c.Handler()), nil, r.Log), l}
	go func() { served <- d.run(ctx) }()
	return "http://" + l.Addr().String() + "/enter/" + token, func() error {
		err := <-served
		_ = books.Close() // which were only read
		return err
	}, nil
}

func (r *Showroom) status(context.Context) (console.Status, error) {
	return console.Status{Version: r.Version, PolicyName: r.Policies.Force.ID(), PolicyDigest: r.Policies.Force.Digest()}, nil
}

func nothingIsDecided(context.Context, docket.Act) (judge.Heard, error) {
	return judge.Heard{}, &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: "nothing can be decided here: the books are being shown",
		Hint: "evenkeel serve opens a console in which people decide",
	}
}

// nobodyLooks writes no look down.
type nobodyLooks struct{}

// Look does nothing.
func (nobodyLooks) Look(context.Context, evenkeel.CaseID, evenkeel.PersonID) error { return nil }
