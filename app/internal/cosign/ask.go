package cosign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/witness"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Peer is a witness of somebody else's.
type Peer struct {
	URL string // before /add-checkpoint
	Key *witness.Verifier
}

// mostAnswer is how much of an answer is read.
const mostAnswer = 16 << 10

// Split is why a witness does not cosign: it holds another history of the log.
type Split struct{ says string }

// Error says it.
func (s *Split) Error() string { return s.says }

// Ask asks a witness to cosign a signed head of the tree that prove proves by, and returns the
// lines of its key. It is asked from nothing on first, and then from where it says that it is.
// A *Split in the error's chain: it holds another history.
func Ask(ctx context.Context, client *http.Client, p Peer, t ledger.Tree, signed string) (string, error) {
	head, err := ledger.ParseHead(signed, nil)
	if err != nil {
		return "", err
	}
	lines, at, err := ask(ctx, client, p, witness.Request{Checkpoint: signed})
	if at < 0 || err != nil {
		return lines, err
	}
	split := func(format string, args ...any) error {
		return &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: "witness " + p.Key.Name() + " holds another history of this ledger",
			Err:  &Split{fmt.Sprintf(format, args...)},
			Hint: "compare its checkpoint with the books: evenkeel ledger verify --checkpoint FILE; was a copy of the books put back, or are there two?",
		}
	}
	if at > head.Size {
		return "", split("it cosigned %d leaves, and the head is over %d with the root %s", at, head.Size, head.Root)
	}
	var proof tlog.TreeProof
	if at > 0 && at < head.Size {
		if proof, err = tlog.ProveTree(head.Size, at, t); err != nil {
			return "", fmt.Errorf("prove that the ledger goes on with %d leaves: %w", at, err)
		}
	}
	lines, again, err := ask(ctx, client, p, witness.Request{Old: at, Proof: proof, Checkpoint: signed})
	switch {
	case evenkeel.KindOf(err) == evenkeel.KindConflict:
		return "", split("%d leaves with the root %s do not go on with the %d that it cosigned", head.Size, head.Root, at)
	case again == at && at == head.Size && lines == "":
		return "", split("it cosigned as many leaves, %d, with another root than %s", at, head.Root)
	case again >= 0 && err == nil:
		return "", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("witness %s went on from %d leaves to %d meanwhile", p.Key.Name(), at, again), Hint: "ask again"}
	}
	return lines, err
}

// ask asks once. Where the witness is at another size it is that, else -1. KindConflict: it says that
// the proof does not hold.
func ask(ctx context.Context, client *http.Client, p Peer, r witness.Request) (lines string, at int64, err error) {
	doing := "ask witness " + p.Key.Name()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(p.URL, "/")+"/add-checkpoint", strings.NewReader(r.String()))
	if err != nil {
		return "", -1, evenkeel.Invalid("%s at %.200q; expected a URL", doing, p.URL)
	}
	answer, err := client.Do(q)
	if err != nil {
		return "", -1, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: doing, Err: err}
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	body := string(b)
	switch {
	case err != nil:
		return "", -1, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: doing, Err: err}
	case answer.StatusCode == http.StatusOK:
		lines, err = cosigned(p, r.Checkpoint, body)
		return lines, -1, err
	case answer.StatusCode == http.StatusConflict:
		at, err := strconv.ParseInt(strings.TrimSuffix(body, "\n"), 10, 64)
		if err != nil || at < 0 {
			return "", -1, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("%s: it answers 409 and %.40q; expected the size that it is at", doing, body)}
		}
		return "", at, nil
	case answer.StatusCode == http.StatusUnprocessableEntity:
		return "", -1, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("%s: %.300q", doing, body)}
	case answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusForbidden:
		return "", -1, &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("%s: it answers %d", doing, answer.StatusCode), Hint: "its operator has to add this ledger's public key, ledger.pub",
		}
	}
	return "", -1, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("%s: it answers %d", doing, answer.StatusCode)}
}

// cosigned takes out of an answer the lines that the witness's key verifies.
func cosigned(p Peer, signed, answer string) (string, error) {
	n, err := note.Open([]byte(signed+answer), note.VerifierList(p.Key))
	if err != nil {
		return "", &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "witness " + p.Key.Name() + " answers without a cosignature of its key", Err: err, Hint: "see that its public key is the one that its operator gave"}
	}
	var b strings.Builder
	for _, s := range n.Sigs {
		fmt.Fprintf(&b, "— %s %s\n", s.Name, s.Base64)
	}
	return b.String(), nil
}

// Gather asks all witnesses and puts their lines under the signed head. It returns how many
// cosigned, and what went wrong with the others.
func Gather(ctx context.Context, client *http.Client, peers []Peer, t ledger.Tree, signed string) (all string, n int, err error) {
	var faults []error
	all = signed
	for _, p := range peers {
		lines, err := Ask(ctx, client, p, t, signed)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		all, n = all+lines, n+1
	}
	return all, n, errors.Join(faults...)
}
