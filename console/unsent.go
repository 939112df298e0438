package console

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// maxUnsent is how many of each kind a page shows.
const maxUnsent = 100

// linkedMark is a mark that leads where one sees more; Href "" nowhere.
type linkedMark struct {
	Mark
	Href string
}

// unsentView is what has not left, by what it is.
type unsentView struct {
	Unplaced int // mails that came in, and that nobody could place
	SetAside int // findings that could not be judged
	Groups   []unsentGroup
	Now      evenkeel.Moment
}

// unsentGroup is one kind, with what to do about it.
type unsentGroup struct {
	ID, Name, Do string
	Rows         []unsentRow
	More         bool
}

// unsentRow is an order or a notice that has not left.
type unsentRow struct {
	docket.Unsent
	Name, What string
	Since      evenkeel.Moment
	Hash       string // where on the case's page
}

// unsentKinds are the kinds, in the order in which they are shown.
var unsentKinds = []struct {
	id, name, do string
	of           func(*docket.Unsent) bool
}{
	{"untold", "Notices that reached nobody", "They are not tried any more. Tell the tenant by another way and enter that on the page of the case; and give it a contact that can be reached in the inventory.", func(x *docket.Unsent) bool { return x.Failed }},
	{"notices", "Notices that have not left yet", "Each is tried again by itself, and goes to whatever contacts the inventory names by then. Where a server does not take it, look at the courier in the settings; where nobody is named, name a contact. A notice that is not told holds measures back.", func(x *docket.Unsent) bool { return !x.Failed && !x.Post && x.Order.ID == "" }},
	{"orders", "Orders that have not left yet", "Each is tried again by itself. Until a receipt has come, what it orders is unconfirmed: look whether the receiver of orders is up.", func(x *docket.Unsent) bool { return x.Order.ID != "" }},
	{"posts", "Notices that a tenant's machine did not take yet", "Each is tried again by itself. A machine is nobody: the people are told apart from it, and nothing of ours is to be mended.", func(x *docket.Unsent) bool { return x.Post }},
}

// unsent shows what has not left, why, and what to do.
func (s *Server) unsent(v *visit) error {
	all, err := s.parts.Unsent(v.ctx(), "", maxUnsent+1)
	if err != nil {
		return err
	}
	st, err := s.parts.Status(v.ctx())
	if err != nil {
		return err
	}
	d := unsentView{Now: v.now, Unplaced: st.Unplaced, SetAside: st.SetAside}
	for _, k := range unsentKinds {
		g := unsentGroup{ID: k.id, Name: k.name, Do: k.do}
		for i := range all {
			switch x := &all[i]; {
			case !k.of(x):
			case len(g.Rows) == maxUnsent:
				g.More = true
			default:
				g.Rows = append(g.Rows, s.unsentRow(x))
			}
		}
		if len(g.Rows) > 0 {
			d.Groups = append(d.Groups, g)
		}
	}
	return s.show(v, http.StatusOK, sheet.Page{Title: "What has not left yet", Lead: `<p class="back"><a href="/">Docket</a></p>`}, "unsent", &d)
}

func (s *Server) unsentRow(x *docket.Unsent) unsentRow {
	r := unsentRow{Unsent: *x, Name: cmp.Or(s.parts.Tenants.Profile(x.Tenant).Name, string(x.Tenant)), Since: x.Notice.At, Hash: "sent", What: noticeWords(&x.Notice)}
	if x.Order.ID != "" {
		r.What, r.Since, r.Hash = orderWords(&x.Order), x.Order.From, "orders"
	}
	return r
}

// tryingView is that the machines of a tenant do not take something yet.
type tryingView struct {
	Notices     int
	Since, Next evenkeel.Moment // of the oldest; of the next try, 0 at once
	Why         string          // what the last try of the oldest met
}

// trying fills in what waits for the tenant's machines, where it has some: that it is tried again, before it is given up.
func (s *Server) trying(v *visit, view *caseView) error {
	if !slices.ContainsFunc(view.Tenant.Contacts, func(c Contact) bool { return c.Machine }) {
		return nil
	}
	all, err := s.parts.Unsent(v.ctx(), view.Case.ID, maxUnsent)
	if err != nil {
		return err
	}
	var t tryingView
	for i := range all {
		x := &all[i]
		if !x.Post {
			continue
		}
		if t.Notices == 0 || x.Next < t.Next {
			t.Next = x.Next
		}
		if t.Notices == 0 || x.Notice.At < t.Since {
			t.Since, t.Why = x.Notice.At, x.Why
		}
		t.Notices++
	}
	if t.Notices > 0 {
		view.Tenant.Trying = &t
	}
	return nil
}
