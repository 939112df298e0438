package console

import (
	"net/http"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
)

// Ways is what whoever carries measures out has shown of the ways to tenants' data.
type Ways struct {
	Asked   bool // something was asked for at all; else nothing else is set
	Backend string
	OnPaper bool            // nobody carries anything out
	Idle    bool            // of what it declares nothing has to be shown
	Proven  bool            // all of it is shown, at this moment
	Shown   evenkeel.Moment // when all of it was shown last; 0: never
	Until   evenkeel.Moment // when that counts no more
	Tried   evenkeel.Moment // when it was asked for last
	Amiss   string          // what was not shown then, or ""
	Silent  string          // why nobody knows, or ""
	Probes  []Probe         // of canaries, in the last round
	Orders  []Probe         // of orders in force, the newest first
}

// Probe is one canary, or one order in force, and what came back on each way.
type Probe struct {
	Measure evenkeel.Measure
	Order   evenkeel.OrderID // "": a canary of the backend's own
	Amiss   string
	Fetched []Fetched
}

// Fetched is what came back on one way to the data.
type Fetched struct {
	Way  string
	Came bool
	Size int
	Why  string
}

// maxProbes is how many probes of orders a page shows.
const maxProbes = 50

// waysView is the page of the ways to the data.
type waysView struct {
	Ways
	Mark Mark
	Now  evenkeel.Moment
}

// ways shows what was shown of the ways to the data, and when.
func (s *Server) ways(v *visit) error {
	w, err := s.parts.Figures.Ways(v.ctx())
	if err != nil {
		return err
	}
	d := waysView{Ways: w, Now: v.now, Mark: Mark{"danger", "not shown"}}
	switch {
	case !w.Asked:
		d.Mark = Mark{"mute", "nothing was asked for yet"}
	case w.OnPaper || w.Idle:
		d.Mark = Mark{"mute", "nothing has to be shown"}
	case w.Proven:
		d.Mark = Mark{"good", "shown"}
	}
	d.Orders = d.Orders[:min(len(d.Orders), maxProbes)]
	return s.show(v, http.StatusOK, sheet.Page{Title: "Ways to the data"}, "ways", &d)
}

// Witnesses is what outside witnesses said of the ledger's heads.
type Witnesses struct {
	Size     int64 // leaves under the newest head that they were asked for; 0: none was
	Needed   int
	Cosigned int  // how many cosigned it
	Split    bool // one of them holds another history
	All      []Witness
	Shown    string // the newest head that as many cosigned as are needed, with their lines; "" there is none
	Earlier  []Head // some before it, the newest first
}

// Witness is what one of them said.
type Witness struct {
	Name  string
	Size  int64           // leaves of the newest head that it cosigned; 0 none
	At    evenkeel.Moment // when it did
	Fault string          // why it did not cosign the newest one
	Split bool
}

// ledgerView is the page of the ledger.
type ledgerView struct {
	Status
	Witnesses Witnesses
	Now       evenkeel.Moment
}

// ledger shows the log's size, its latest signed head, who cosigned which, and how to check them.
func (s *Server) ledger(v *visit) error {
	st, err := s.parts.Status(v.ctx())
	if err != nil {
		return err
	}
	w, err := s.parts.Figures.Witnesses(v.ctx())
	if err != nil {
		return err
	}
	return s.show(v, http.StatusOK, sheet.Page{Title: "Ledger", Narrow: true}, "ledger", &ledgerView{st, w, v.now})
}
