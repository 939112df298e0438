package console

import (
	"net/http"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
)

// Letter is what would have been written to a tenant of a decision in shadow.
type Letter struct{ Lang, Subject, Text string }

// letterView is the page of such a letter.
type letterView struct {
	Letter
	Case     evenkeel.CaseID
	Decision decisionView
}

// letter shows the letter that would have gone out of a decision in shadow. That is a look at its case.
func (s *Server) letter(v *visit) error {
	f, err := s.lookedAt(v)
	if err != nil {
		return err
	}
	d := letterView{Case: f.Case.ID}
	if d.Letter, err = s.parts.Letter(v.ctx(), &f, evenkeel.DecisionID(v.r.PathValue("of"))); err != nil {
		return err
	}
	for i := range f.Decisions {
		if x := &f.Decisions[i]; string(x.ID) == v.r.PathValue("of") {
			d.Decision = decisionOf(x, nil)
			d.Decision.Letter = false // it stands below
		}
	}
	return s.show(v, http.StatusOK, sheet.Page{Title: "The letter that would have gone out"}, "letter", &d)
}
