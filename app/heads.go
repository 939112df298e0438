package app

import (
	"context"
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
type headed struct {
	docket.Books
	signer *ledger.Signer
	file   *os.File
	turn   sync.Mutex // held from signing to writing, so that heads stand in their order
	latest atomic.Pointer[string]
}

// Transact calls f with a transaction, as the books do.
func (h *headed) Transact(ctx context.Context, f func(docket.Tx) error) error {
	h.turn.Lock()
	defer h.turn.Unlock()
	var signed string
	err := h.Books.Transact(ctx, func(tx docket.Tx) error {
		signed = ""
		return f(noting{tx, &signed})
	})
	if err != nil || signed == "" {
		return err
	}
	return h.write(signed)
}

// noting is a transaction of which the signed head is kept.
type noting struct {
	docket.Tx
	head *string
}

// Put takes changes in.
func (n noting) Put(c docket.Changes) error {
	for _, x := range c.Notices {
		*n.head = x.Ledger
	}
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

func (h *headed) write(signed string) error {
	if _, err := h.file.WriteString(signed + "\n"); err != nil {
		return fileError("write tree head to", h.file.Name(), err)
	}
	h.latest.Store(&signed)
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
