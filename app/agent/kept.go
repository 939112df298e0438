package agent

import (
	"context"
	"maps"

	"github.com/evenkeel/evenkeel/instrument/port/whose"
)

// A port that several guests claim is nobody's, which would lift what stands there: a second container in the network of a guest
// that is held would be enough. So where a measure stands at whom the port was of, it stays with that one until it ends.

// underMeasures are the guests of ports at which a measure stands, where a book would say that one of these ports is nobody's.
func (h *Host) underMeasures(book *whose.Book) map[string]bool {
	h.mu.Lock()
	lost := false
	for _, at := range h.places {
		before, _ := h.book.Of(at)
		now, _ := book.Of(at)
		lost = lost || before != "" && now == ""
	}
	h.mu.Unlock()
	if !lost {
		return nil
	}
	return h.standing()
}

// standing are the guests at which a measure stands now.
func (h *Host) standing() map[string]bool {
	at := map[string]bool{}
	for _, s := range h.Standing(context.Background()) {
		for _, a := range s.At {
			at[string(a)] = true
		}
	}
	return at
}

// leave returns a book that takes no port from a guest under a measure because another claims it too, for whoever holds the
// lock.
func (h *Host) leave(book *whose.Book, under map[string]bool) *whose.Book {
	kept := map[int]string{}
	for index, at := range h.places {
		if before, _ := h.book.Of(at); under[before] {
			kept[index] = before
		}
	}
	leaves := book.Keep(maps.Clone(kept))
	for index, asset := range kept {
		at := h.places[index]
		now, why := book.Of(at)
		if is, _ := leaves.Of(at); now != "" || is != asset {
			delete(kept, index) // it is somebody's, or not this one's any more
		} else if h.book.Kept()[index] != asset {
			h.parts.Log.Warn("a port that several guests claim stays with the one at which a measure stands, until that ends", "port", at.Name, "asset", asset, "why", why)
		}
	}
	return book.Keep(kept)
}

// unkeep gives up the ports that were kept for guests at which nothing stands any more.
func (h *Host) unkeep() {
	if len(h.known().Kept()) == 0 {
		return
	}
	under := h.standing()
	h.mu.Lock()
	kept := maps.Clone(h.book.Kept())
	before := len(kept)
	maps.DeleteFunc(kept, func(index int, asset string) bool {
		_, there := h.places[index]
		return !there || !under[asset]
	})
	if len(kept) == before {
		h.mu.Unlock()
		return
	}
	h.book, h.stale = h.book.Keep(kept), true
	h.mu.Unlock()
	h.look()
}
