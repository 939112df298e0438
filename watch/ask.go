package watch

import "github.com/evenkeel/evenkeel"

// Ask returns what each rule about assets would state of an asset at a moment, from panes that
// have closed by then, whether it fires or not: for whoever wants to know how near a rule was.
// The statements are in the form of findings without an id, in the order of the engine's rules.
// Nothing is published and nothing changes. There are none of an asset that the engine does
// not know.
func (e *Engine) Ask(asset evenkeel.AssetID, at evenkeel.Moment, h Holder) (out []evenkeel.Finding) {
	e.begin(nil, h)
	var holding *evenkeel.Holding
	if h != nil {
		if held, known := h.TenancyAt(asset, at); known {
			holding = held
		}
	}
	key, part := e.assetKey(asset, holding), uint8(evenkeel.PartitionOf(string(asset)))
	for _, f := range e.floors {
		tab := e.parts[part].tables[f.index]
		if f.kind != evenkeel.SubjectAsset {
			continue
		}
		_, ref, known := tab.keys.Get(key)
		if !known {
			continue
		}
		for i := range f.rules {
			out = append(out, e.statement(look{
				f: f, lr: &f.rules[i], at: place{floor: f.index, part: part, ref: ref}, state: tab.state(ref), when: at, final: true,
			}))
		}
	}
	return out
}

// statement weighs a rule on all facts, also where the windows alone say that it cannot fire.
func (e *Engine) statement(l look) evenkeel.Finding {
	lr, r := l.lr, l.lr.Rule
	for i, at := range lr.windows {
		l.fill(&r.Windows[i], &l.f.windows[at])
	}
	subject := e.inform(l)
	lr.Weigh(lr.slots, &lr.verdict)
	n := evenkeel.Finding{
		Revision: l.revision(), Rule: r.ID, Version: r.Version, Family: r.Family, Mode: r.Mode,
		Subject: subject.subject, Until: l.when, At: l.when,
	}
	n.From, n.Panes = l.draw()
	n.Aims = l.aimed()
	lr.state(&n)
	return n
}
