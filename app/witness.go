package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/cosign"
	"github.com/evenkeel/evenkeel/instrument/witness"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/note"
)

// The files of a witness, and of what witnesses said.
const (
	fileWitnessSecret = "witness.key"
	fileWitnessPublic = "witness.pub"
	fileCosigned      = "ledger.cosigned"        // the newest head that as many cosigned as are needed, with their lines under it
	fileCosignedSome  = "ledger.cosigned.newest" // the newest head that anybody cosigned
	fileCosignedLast  = "ledger.cosigned.last"   // the last heads that as many cosigned as are needed, the newest last
)

// askTime bounds one answer of a witness.
const askTime = 20 * time.Second

// Witness watches the ledgers of others.
type Witness struct {
	Dir    string   // for its key and what it cosigned last; made where it is not there
	Name   string   // of the witness, for a new key
	Listen string   // address
	Logs   []string // public keys of the ledgers
	Now    func() time.Time
	Log    *slog.Logger
	Ready  func(at, publicKey string) // called once it listens
}

// Run serves until the context ends.
func (w *Witness) Run(ctx context.Context) error {
	logs := map[string]note.Verifier{}
	for _, text := range w.Logs {
		v, err := ledger.NewVerifier(text)
		if err != nil {
			return err
		}
		logs[v.Name()] = v
	}
	if len(logs) == 0 {
		return evenkeel.Invalid("a witness of no ledger; expected the public key of at least one")
	}
	if err := os.MkdirAll(w.Dir, 0o700); err != nil {
		return fileError("make the directory", w.Dir, err)
	}
	key, err := w.key()
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", w.Listen)
	if err != nil {
		return taken("--listen", w.Listen, err)
	}
	server := serverOf(&cosign.Server{Key: key, Logs: logs, Kept: cosign.Files(w.Dir), Now: w.Now, Log: w.Log}, nil, w.Log)
	w.Ready(l.Addr().String(), key.Verifier())
	ended := make(chan error, 1) // of Serve, which ends once
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		err := server.Close()
		<-ended
		return err
	}
}

// key reads the witness's key, which is made where there is none.
func (w *Witness) key() (*witness.Cosigner, error) {
	path := filepath.Join(w.Dir, fileWitnessSecret)
	text, err := os.ReadFile(path)
	if err == nil {
		key, err := witness.NewCosigner(string(text))
		if err != nil {
			return nil, evenkeel.Invalid("read %s: %v", path, err)
		}
		return key, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fileError("read", path, err)
	}
	secret, public, err := witness.GenerateKey(rand.Reader, w.Name)
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: err.Error(), Hint: "--name names the witness, for ever"}
	}
	for _, f := range []struct {
		name, text string
		mode       fs.FileMode
	}{{fileWitnessPublic, public, 0o644}, {fileWitnessSecret, secret, 0o600}} {
		if err := writeFile(filepath.Join(w.Dir, f.name), f.text+"\n", f.mode); err != nil {
			return nil, err
		}
	}
	return witness.NewCosigner(secret)
}

// Cosigned is what came of asking witnesses.
type Cosigned struct {
	Size    int64 // of the head that they were asked for
	Of      int   // witnesses that were asked
	By      int   // that cosigned
	Faults  error // of the others
	Another bool  // one of them holds another history
}

// Cosign asks witnesses, a line each of a URL and a public key, to cosign the newest signed head, and
// keeps it with their lines beside the heads where any did; quorum is how many have to, 0 all.
func (b *Books) Cosign(ctx context.Context, witnesses string, quorum int) (c Cosigned, err error) {
	peers, err := peersOf(witnesses)
	if err != nil {
		return c, err
	}
	signed, err := b.NewestHead()
	if err != nil {
		return c, err
	}
	head, err := ledger.ParseHead(signed, nil)
	if err != nil {
		return c, err
	}
	var tree *ledger.Copy
	if err := b.Log(ctx, func(log ledger.Log) (err error) {
		tree, err = ledger.CopyOf(log.Lines, nil)
		return err
	}); err != nil {
		return c, err
	}
	c.Size, c.Of = head.Size, len(peers)
	all, n, faults := cosign.Gather(ctx, &http.Client{Timeout: askTime}, peers, tree, signed)
	c.By, c.Faults = n, faults
	_, c.Another = errors.AsType[*cosign.Split](faults)
	return c, keepCosigned(b.dir, all, n, cmp.Or(quorum, len(peers)))
}

func peersOf(text string) (all []cosign.Peer, err error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		url, key, _ := strings.Cut(line, " ")
		v, err := witness.NewVerifier(strings.TrimSpace(key))
		if err != nil || !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
			return nil, evenkeel.Invalid("witness %.100q; expected a line of a URL, a space and the witness's public key", line)
		}
		all = append(all, cosign.Peer{URL: url, Key: v})
	}
	if len(all) == 0 {
		return nil, evenkeel.Invalid("no witness is named; expected a line of a URL, a space and the witness's public key for each")
	}
	return all, nil
}
