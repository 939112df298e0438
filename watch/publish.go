package watch

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// mostAssets is how many assets a finding about a tenant or a principal names.
const mostAssets = 256

// publish makes the finding of a verdict and puts it out, or holds it where nobody is known
// to hold the asset.
func (e *Engine) publish(l look, start uint32) {
	subject, hold := e.subjectOf(l)
	n := l.found(subject, start)
	switch {
	case subject.Kind == evenkeel.SubjectAsset && hold == nil:
		n.Held = "nobody is known to hold asset " + string(subject.Asset) + " at " + l.when.String()
		e.held.add(l, n)
		return
	}
	e.put(l, n, hold)
}

// found is the finding of a verdict, as yet without what depends on whose it is.
func (l look) found(subject evenkeel.Subject, start uint32) evenkeel.Finding {
	r := l.lr.Rule
	n := evenkeel.Finding{
		ID:       evenkeel.NewFindingID(r.ID, r.Version, subject, l.f.startOf(start)),
		Revision: l.revision(), Rule: r.ID, Version: r.Version, Family: r.Family, Mode: r.Mode,
		Subject: subject, Until: l.when, At: l.when,
	}
	n.From, n.Panes = l.draw()
	n.Aims = l.aimed()
	l.lr.state(&n)
	return n
}

// aimed is where the largest flows went, of all top windows of the rule together.
func (l look) aimed() (out []evenkeel.Aim) {
	for _, at := range l.lr.windows {
		lw := &l.f.windows[at]
		if lw.Kind != rule.Top {
			continue
		}
		for _, a := range l.aims(lw, lw.in(l.state), evenkeel.MaxAims) {
			if len(out) < evenkeel.MaxAims && !slices.ContainsFunc(out, a.Same) {
				out = append(out, a)
			}
		}
	}
	return out
}

// put puts a finding out whose tenant is known.
func (e *Engine) put(l look, n evenkeel.Finding, hold *evenkeel.Holding) {
	switch {
	case hold != nil: // panes may begin before the tenancy does
		n.From = max(n.From, hold.From)
		if hold.Created.Known() {
			n.From = max(n.From, min(hold.Created.Value, n.Until))
		}
	case e.holder != nil:
		n.Assets = e.holder.CreatedBy(n.Subject.Tenant, n.Subject.Principal, n.From, l.moment()+1, mostAssets)
	}
	e.out = append(e.out, n)
}

// state puts the verdict's words and score into a finding.
func (lr *laidRule) state(n *evenkeel.Finding) {
	n.Score = lr.verdict.Score
	n.Terms, n.Unmet = lr.Rule.State(lr.slots, &lr.verdict)
}

// draw returns what the rule's windows held, and where the earliest record lies that they
// looked at.
func (l look) draw() (from evenkeel.Moment, panes []evenkeel.PaneSeries) {
	from = l.when
	for i, at := range l.lr.windows {
		w, lw := &l.lr.Rule.Windows[i], &l.f.windows[at]
		state := lw.in(l.state)
		switch w.Kind {
		case rule.Mean:
			end := l.end(lw)
			panes = append(panes, series(w, end.Start(w.Pane), lw.mean.Series(nil, state, end)))
		case rule.Sum:
			end := l.end(lw)
			values := lw.sum.Series(nil, state, end)
			if !w.Of.Event() {
				values = lw.sum.Amounts(nil, state, end)
				for i := range values {
					values[i].Value *= float64(lw.unit())
				}
			}
			panes = append(panes, series(w, end.Start(w.Pane), values))
		case rule.Mark:
			if s := lw.mark.Read(state, l.moment()); s.Within {
				from = min(from, l.marked(s))
			}
		}
	}
	for _, p := range panes {
		for i, v := range p.Values {
			if v.Known {
				from = min(from, p.From.Add(time.Duration(i)*time.Duration(p.Width)))
				break
			}
		}
	}
	return from, panes
}

// series lays a window's values out in time; last is where its last pane begins.
func series(w *rule.Window, last evenkeel.Moment, values []evenkeel.Reading) evenkeel.PaneSeries {
	return evenkeel.PaneSeries{
		Name: w.Name, Unit: w.Unit, Width: evenkeel.Moment(w.Pane), Values: values,
		From: last.Add(-time.Duration(len(values)-1) * w.Pane),
	}
}
