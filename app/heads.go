package app

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// headed are books beside which the signed heads of the ledger are written down. A head is
// signed within a transaction, for its notices, and written once that is kept: of one that
// was not kept no head may be found.
//
// What is kept is done, whatever becomes of its head. One that cannot be written is told and
// counted, and written by the next transaction that is kept, if no newer one is by then: a head
// speaks for all that went before it. So the file may lack heads, which stand at the foot of
// notices all the same, and it never has half of one before another.
type headed struct {
	docket.Books
	signer *ledger.Signer
	file   *os.File
	log    *slog.Logger // nil: nobody is told
	orders func()       // told after orders were written; it must not wait. nil: nobody is
	latest atomic.Pointer[string]
	missed atomic.Int64 // heads that could not be written since the last that was

	turn    sync.Mutex // held from signing to writing, so that heads stand in their order
	pending string     // the newest that is not written; "" where none is
	torn    bool       // a part of one may stand at the end, after size bytes
	size    int64
}

// Transact calls f with a transaction, as the books do.
func (h *headed) Transact(ctx context.Context, f func(docket.Tx) error) error {
	h.turn.Lock()
	defer h.turn.Unlock()
	var said noted
	err := h.Books.Transact(ctx, func(tx docket.Tx) error {
		said = noted{}
		return f(noting{tx, &said})
	})
	if err != nil {
		return err
	}
	h.kept(&said)
	return nil
}

// kept writes the head of a transaction that was kept, and tells of its orders.
func (h *headed) kept(said *noted) {
	_ = h.write(said.head) // which is told, and comes again
	if said.orders && h.orders != nil {
		h.orders()
	}
}

// Each calls f with transactions of their own, as the books do.
func (h *headed) Each(ctx context.Context, n int, f func(i int, tx docket.Tx) error) []error {
	h.turn.Lock()
	defer h.turn.Unlock()
	said := make([]noted, n)
	failed := h.Books.Each(ctx, n, func(i int, tx docket.Tx) error {
		said[i] = noted{}
		return f(i, noting{tx, &said[i]})
	})
	for i, err := range failed {
		if err == nil && said[i] != (noted{}) {
			h.kept(&said[i])
		}
	}
	return failed
}

// noted is what is told of a transaction once it is kept.
type noted struct {
	head   string // signed; "": none
	orders bool
}

// noting is a transaction of which that is noted.
type noting struct {
	docket.Tx
	*noted
}

// Put takes changes in.
func (n noting) Put(c docket.Changes) error {
	for _, x := range c.Notices {
		n.head = ledger.HeadOf(x.Ledger) // which a proof may stand before
	}
	n.orders = n.orders || len(c.Orders) > 0
	return n.Tx.Put(c)
}

// sign writes down a head of the ledger as it is.
func (h *headed) sign(at evenkeel.Moment) error {
	h.turn.Lock()
	defer h.turn.Unlock()
	var signed string
	err := h.Books.Transact(context.Background(), func(tx docket.Tx) (err error) {
		signed, err = h.signer.Sign(tx.Ledger(), at)
		return err
	})
	if err != nil {
		return err
	}
	return h.write(signed)
}

// write writes a head, or the one that could not be written before where there is no new one.
func (h *headed) write(signed string) error {
	if signed == "" {
		signed = h.pending
	}
	if signed == "" {
		return nil
	}
	err := h.append(signed + "\n")
	if err == nil {
		h.pending = ""
		h.latest.Store(&signed)
		if n := h.missed.Swap(0); n > 0 && h.log != nil {
			h.log.Info("heads of the ledger can be written again", "missed", n)
		}
		return nil
	}
	if h.pending != signed {
		h.pending = signed
		if h.missed.Add(1) == 1 && h.log != nil {
			h.log.Error("the signed head of the ledger cannot be written; what it speaks for is kept, and it is tried again", "err", err,
				"hint", "see whether the disk is full or the file may not be written; the heads stand at the foot of notices too")
		}
	}
	return err
}

// append writes whole heads only: what is left of a failed attempt is cut off first.
func (h *headed) append(text string) error {
	if h.torn {
		if err := h.file.Truncate(h.size); err != nil {
			return fileError("cut off half a tree head in", h.file.Name(), err)
		}
		h.torn = false
	}
	info, err := h.file.Stat()
	if err == nil {
		h.size = info.Size()
		var n int
		n, err = h.file.WriteString(text)
		h.torn = err != nil && n > 0
	}
	if err != nil {
		return fileError("write tree head to", h.file.Name(), err)
	}
	return nil
}

// head returns the head that was written down last, and how many leaves it is of.
func (h *headed) head() (size int64, signed string) {
	if last := h.latest.Load(); last != nil {
		signed = *last
	} else if text, err := os.ReadFile(h.file.Name()); err == nil { // since the start none was written
		if all := heads(string(text)); len(all) > 0 {
			signed = all[len(all)-1]
			h.latest.Store(&signed)
		}
	}
	v, err := ledger.NewVerifier(h.signer.Verifier())
	if err != nil || signed == "" {
		return 0, ""
	}
	head, err := ledger.ParseHead(signed, v)
	if err != nil {
		return 0, ""
	}
	return head.Size, signed
}

// heads cuts a file of signed heads: each is its text, an empty line and its signatures, and
// between two of them there is an empty line.
func heads(text string) (all []string) {
	parts := strings.Split(strings.TrimRight(text, "\n"), "\n\n")
	for i := 0; i < len(parts); i += 2 {
		head := parts[i] + "\n"
		if i+1 < len(parts) {
			head += "\n" + parts[i+1] + "\n"
		}
		if strings.TrimSpace(head) != "" {
			all = append(all, head)
		}
	}
	return all
}

// longestHead bounds what a loss of power may leave of a head.
const longestHead = 4 << 10

// wholeHeads is how much of a file of heads is whole: it ends behind the last line of a
// signature that an empty line follows.
func wholeHeads(text string) int {
	for end := len(text); ; {
		if end = strings.LastIndex(text[:end], "\n\n"); end < 0 {
			return 0
		}
		if line := text[strings.LastIndexByte(text[:end], '\n')+1 : end]; strings.HasPrefix(line, "— ") {
			return end + len("\n\n")
		}
	}
}

// mend notes that the file ends in half a head, which is cut off before the next is written.
func (h *headed) mend() error {
	text, err := os.ReadFile(h.file.Name())
	if err != nil {
		return fileError("read", h.file.Name(), err)
	}
	if whole := wholeHeads(string(text)); len(text)-whole < longestHead {
		h.torn, h.size = whole < len(text), int64(whole)
	}
	return nil
}
