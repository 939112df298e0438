package console

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// maxReports is how many single reports a case shows, the newest.
const maxReports = 50

// reportView is one report, as whoever looks may read it.
type reportView struct {
	Class    string
	Asset    evenkeel.AssetID
	At, Came evenkeel.Moment
	How      string // how it is known who reported it
	Who      string // the reporter; "" where that is not for whoever looks
	Receipt  string
	Doubted  bool
}

// reported fills in what others reported, one by one. Who they are is for those who decide and those who audit: a
// report can be told back to whom it is about.
func (s *Server) reported(v *visit, view *caseView, f *docket.Folder) error {
	ofReports := func(x evenkeel.Finding) bool {
		return slices.ContainsFunc(x.Terms, func(t evenkeel.Term) bool { return t.Family == evenkeel.EvidenceReport })
	}
	if !slices.ContainsFunc(f.Findings, ofReports) {
		return nil
	}
	all, err := s.parts.Reports(v.ctx(), f, maxReports+1)
	if err != nil {
		return err
	}
	view.MoreReports = len(all) > maxReports
	names := v.who.Person.May(roll.Decide) || v.who.Person.May(roll.SeeStaff)
	for i := range all[:min(len(all), maxReports)] {
		x := &all[i]
		kind, name, _ := strings.Cut(x.Reporter, " ")
		r := reportView{Class: x.Class, Asset: x.Asset, At: x.At, Came: x.Came, How: reporterKinds[kind], Receipt: x.Receipt, Doubted: x.Doubted}
		if names {
			r.Who = name
		}
		view.Reports = append(view.Reports, r)
	}
	return nil
}
