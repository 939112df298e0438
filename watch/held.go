package watch

import "github.com/evenkeel/evenkeel"

// held keeps findings about assets that nobody is known to hold. They are judged once the
// tenancy arrives, by the time of the record.
type held struct {
	most    int
	list    []evenkeel.Finding
	dropped uint64
}

func (h *held) add(f evenkeel.Finding) {
	if len(h.list) >= h.most {
		h.dropped++
		return
	}
	h.list = append(h.list, f)
}

// Held returns the findings that await a tenancy, oldest first: whose is this?
func (e *Engine) Held() []evenkeel.Finding { return append([]evenkeel.Finding(nil), e.held.list...) }

// Attribute looks for the tenants of held findings and returns those that it found, as they
// were made but for the tenant. Call it when the inventory has changed.
func (e *Engine) Attribute(h Holder) []evenkeel.Finding {
	var found []evenkeel.Finding
	rest := e.held.list[:0]
	for _, f := range e.held.list {
		at := f.At
		if f.Revision == evenkeel.Final {
			at-- // of a final finding, At is the end of its last pane
		}
		if hold, ok := h.TenancyAt(f.Subject.Asset, at); ok {
			f.Subject.Tenant, f.Held = hold.Tenant, ""
			found = append(found, f)
		} else {
			rest = append(rest, f)
		}
	}
	clear(e.held.list[len(rest):])
	e.held.list = rest
	return found
}
