package gaming

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// staff are the people who look at cases.
type staff struct {
	spare time.Duration            // that is not used up
	stuck map[evenkeel.CaseID]bool // on which none of them may decide
	acts  int
}

// work lets people look at cases, what is first on the docket first. Where more than usage was
// seen they find that it is so, and the account ends there, which takes two of them and as long
// again. Load alone shows nothing: it is closed as inconclusive. What is said after that is looked
// at too: an appeal by somebody who did not decide before.
func (r *run) work(ctx context.Context) error {
	s := &r.staff
	if !r.atWork(r.now) {
		s.spare = 0
		return nil
	}
	s.spare += time.Duration(r.Persons) * step
	rows, err := r.books.Cases(ctx, docket.Query{ByPlace: true, Max: int(s.spare/r.Decide) + 1 + len(s.stuck)})
	for i := 0; i < len(rows) && err == nil && s.spare >= r.Decide; i++ {
		c := &rows[i].Case
		if c.State == evenkeel.CaseOpen && c.Waiting == 0 || s.stuck[c.ID] {
			continue
		}
		a := &r.all[r.known[c.Tenant]]
		switch {
		case a.found && rows[i].Appeals > 0:
			err = r.uphold(ctx, &rows[i])
		default:
			err = r.close(ctx, a, c)
		}
	}
	s.spare = min(s.spare, time.Duration(r.Persons)*step)
	return err
}

// close closes a case, as what was seen shows.
func (r *run) close(ctx context.Context, a *account, c *evenkeel.Case) error {
	x := docket.Act{Kind: docket.ActClose, Case: c.ID, Family: c.Family, Says: r.why(c), Outcome: evenkeel.OutcomeInconclusive}
	r.look()
	if r.Reported { // nothing is found out either way: a false positive would keep later reports off
		_, err := r.anybody(ctx, x)
		return err
	}
	if r.Flood || !r.Hidden {
		x.Outcome = evenkeel.OutcomeConfirmed
		if !a.found {
			r.look()
		}
		a.found = true
	}
	a.decided = true
	_, err := r.anybody(ctx, x)
	return err
}

// uphold decides on an appeal of whoever was found to be abuse.
func (r *run) uphold(ctx context.Context, row *docket.Row) error {
	done, err := r.anybody(ctx, docket.Act{Kind: docket.ActUphold, Case: row.Case.ID, Family: row.Case.Family, Says: r.why(&row.Case)})
	if done {
		r.look()
		r.gain.Upheld++
	}
	return err
}

// why is what somebody writes who looked at a case, which answers an appeal too: it takes up what all say here
// (words), and is in words of its own, which is most of the time that a decision takes.
func (r *run) why(c *evenkeel.Case) string {
	look := fmt.Sprintf("look-n%d", r.staff.acts)
	return fmt.Sprintf("You write that it is a batch job. In %s all of %s was looked at, from #1 on: in %s nothing of %s was as such a job would be.", look, c.ID, look, c.Tenant)
}

// anybody has the first of the people do something who may. Where each of them had a part in it
// already, it waits for somebody else, whom there is not here.
func (r *run) anybody(ctx context.Context, x docket.Act) (done bool, err error) {
	for p := range r.Persons {
		err := r.decide(ctx, x, p)
		var e *evenkeel.Error
		switch {
		case err == nil:
			return true, nil
		case !errors.As(err, &e) || e.Kind != evenkeel.KindDenied:
			return false, err
		}
	}
	if r.staff.stuck == nil {
		r.staff.stuck = map[evenkeel.CaseID]bool{}
	}
	r.staff.stuck[x.Case] = true
	return false, nil
}

// decide has one of the people do something.
func (r *run) decide(ctx context.Context, x docket.Act, person int) error {
	r.staff.acts++
	x.ID, x.At, x.By = fmt.Sprintf("decided %d", r.staff.acts), r.now, evenkeel.PersonID(fmt.Sprintf("p%d", person))
	var criteria []string
	if fam, ok := r.Policy.Family(x.Family); ok {
		criteria = fam.Criteria
	}
	x.LeaveOpen(criteria, "Nobody here knows it.")
	heard, err := r.d.Do(ctx, x, r)
	r.hear(heard)
	return err
}

// look is the time that a person needs for a case.
func (r *run) look() {
	r.staff.spare -= r.Decide
	r.gain.Minutes += r.Decide.Minutes()
}
