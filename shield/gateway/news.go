package gateway

import (
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/mandate"
)

// toldSites is what is new at sites, by their assets. It is swapped whole.
type toldSites map[evenkeel.AssetID]*mandate.Text

// Announce has the pages of sites at which nobody answers show what a person says, until that ends. No stage follows from it, and no site is shut. It
// says how many of the sites that are told of are served here. An error: nothing changed.
func (e *Edge) Announce(n mandate.News) (mandate.Taken, error) {
	if err := n.Check(); err != nil {
		return mandate.Taken{}, err
	}
	e.bound.Lock()
	defer e.bound.Unlock()
	was, now := e.toldSites(), e.now()
	all := toldSites{}
	if n.More {
		maps.Copy(all, was)
		maps.DeleteFunc(all, func(_ evenkeel.AssetID, t *mandate.Text) bool { return t.Until <= now })
	}
	texts := make([]*mandate.Text, len(n.Texts))
	for i := range n.Texts {
		for _, x := range was { // what stays is the same, so that the pages that are ready stay too
			if x.Same(&n.Texts[i]) {
				texts[i] = x
				break
			}
		}
		if texts[i] == nil {
			t := n.Texts[i]
			t.Says = maps.Clone(t.Says)
			texts[i] = &t
		}
	}
	for a, i := range n.Sites {
		all[a] = texts[i]
	}
	several := map[*mandate.Text]bool{}
	for _, t := range all {
		several[t] = true
	}
	if len(all) > mandate.MostSites || len(several) > mandate.MostTexts {
		return mandate.Taken{}, evenkeel.Invalid("news of %d texts for %d sites; expected at most %d and %d", len(several), len(all), mandate.MostTexts, mandate.MostSites)
	}
	e.toldOf.Store(&all)
	t := mandate.Taken{Unknown: len(n.Sites)}
	here := map[evenkeel.AssetID]bool{}
	for _, s := range e.Directory().All() {
		if _, told := n.Sites[s.Asset]; told && !here[s.Asset] {
			here[s.Asset] = true
			t.Sites++
			t.Unknown--
		}
	}
	return t, nil
}

// Announced is what is new at sites now, as Announce takes it.
func (e *Edge) Announced() mandate.News {
	n, at, now := mandate.News{Sites: map[evenkeel.AssetID]int{}}, map[*mandate.Text]int{}, e.now()
	all := e.toldSites()
	for _, a := range slices.Sorted(maps.Keys(all)) { // so that the same is the same
		t := all[a]
		if t.Until <= now {
			continue
		}
		if _, has := at[t]; !has {
			at[t] = len(n.Texts)
			n.Texts = append(n.Texts, *t)
		}
		n.Sites[a] = at[t]
	}
	return n
}

func (e *Edge) toldSites() toldSites {
	if all := e.toldOf.Load(); all != nil {
		return *all
	}
	return nil
}

// toldAt is what is new at a site at a moment; nil: nothing.
func (e *Edge) toldAt(a evenkeel.AssetID, now evenkeel.Moment) *mandate.Text {
	if t := e.toldSites()[a]; t != nil && t.Until > now {
		return t
	}
	return nil
}
