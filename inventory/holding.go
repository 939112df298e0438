package inventory

import (
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Why a fact of a holding is not known.
const (
	noCreate     = "no create of the machine was told by then"
	noSize       = "the number of vCPUs was not told"
	noResizeSize = "the machine was resized, and the number of vCPUs was not told"
	tooMany      = "the machine was resized more often than is kept"
)

// settle makes the spans anew where the lists have changed. Holdings that say the same as
// before keep their pointer. The scratch memory is returned for the next asset.
func (a *asset) settle(scratch []tenancy) []tenancy {
	if !a.changed {
		return scratch
	}
	scratch = a.tenancies(scratch[:0])
	spans := make([]span, 0, len(scratch))
	for i := range scratch {
		spans = a.versions(spans, &scratch[i])
	}
	for i := range spans {
		if old := a.at(spans[i].from); old != nil && *old == *spans[i].holding {
			spans[i].holding = old
		}
	}
	a.spans, a.changed = spans, false
	return scratch
}

// versions appends the spans of one tenancy: it begins with nothing known, and each create
// and resize by the holder begins another version.
func (a *asset) versions(dst []span, t *tenancy) []span {
	h := evenkeel.Holding{
		Asset: a.id, Tenant: t.tenant, Kind: t.kind, From: t.from,
		Created: evenkeel.UnknownFact[evenkeel.Moment](noCreate),
		VCPUs:   evenkeel.UnknownFact[int64](noSize),
	}
	if t.until != forever {
		h.Until = t.until
	}
	lives, resizes := during(a.lives, t), during(a.resizes, t)
	for now, first := t.from, true; ; first = false {
		for len(lives) > 0 && lives[0].at == now {
			a.create(&h, &lives[0])
			lives = lives[1:]
		}
		for len(resizes) > 0 && resizes[0].at == now {
			a.resize(&h, &resizes[0])
			resizes = resizes[1:]
		}
		if first || h != *dst[len(dst)-1].holding {
			if !first {
				dst[len(dst)-1].until = now
			}
			version := h
			dst = append(dst, span{from: now, until: t.until, holding: &version})
		}
		if now = nextOf(lives, resizes); now == forever {
			return dst
		}
	}
}

// create: the machine is another one, so nothing is left of what was said of the last.
func (a *asset) create(h *evenkeel.Holding, s *step) {
	if s.action != evenkeel.ActionCreate || s.tenant != h.Tenant {
		return
	}
	h.Created = evenkeel.KnownFact(s.at, s.at)
	h.Flavour, h.Image, h.StartScript = s.made.flavour, s.made.image, s.made.startScript
	h.Region, h.Principal = s.made.region, s.made.principal
	h.VCPUs = a.size(s, noSize)
}

// resize changes the size only: who made the machine and from what stays.
func (a *asset) resize(h *evenkeel.Holding, s *step) {
	if s.tenant == h.Tenant {
		h.Flavour = s.made.flavour
		h.VCPUs = a.size(s, noResizeSize)
	}
}

// size is the fact that s tells, unless a later resize may have fallen out.
func (a *asset) size(s *step, why string) evenkeel.Fact[int64] {
	switch {
	case s.at <= a.sized:
		return evenkeel.UnknownFact[int64](tooMany)
	case s.vcpus == 0:
		return evenkeel.UnknownFact[int64](why)
	}
	return evenkeel.KnownFact(s.vcpus, s.at)
}

// during is the part of the list inside the tenancy.
func during(list []step, t *tenancy) []step {
	byTime := func(s step, at evenkeel.Moment) int {
		if s.at < at {
			return -1
		}
		return 1
	}
	i, _ := slices.BinarySearchFunc(list, t.from, byTime)
	j, _ := slices.BinarySearchFunc(list, t.until, byTime)
	return list[i:j]
}

func nextOf(lives, resizes []step) evenkeel.Moment {
	next := forever
	if len(lives) > 0 {
		next = lives[0].at
	}
	if len(resizes) > 0 {
		next = min(next, resizes[0].at)
	}
	return next
}
