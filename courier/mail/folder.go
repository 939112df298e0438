package mail

import (
	"cmp"
	"context"
	"net/mail"
	"os"
	"path/filepath"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/instrument/whole"
)

// Folder is the channel of whoever has no server yet: mails are written into a folder, each a
// file that a mail program opens. Nobody gets them, and what Send returns says so.
type Folder struct {
	dir  string
	from mail.Address
	now  func() evenkeel.Moment
}

var _ courier.Channel = (*Folder)(nil)

// NewFolder returns the channel. The folder is made, for its owner alone, with the first mail.
// from may be empty.
func NewFolder(dir, from string, now func() evenkeel.Moment) (*Folder, error) {
	a, err := parseSender(cmp.Or(from, "nobody@evenkeel.invalid"))
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the sender of mails", Err: err}
	}
	return &Folder{dir, a, now}, nil
}

// Name returns "paper".
func (f *Folder) Name() string { return courier.Paper }

// Send writes one mail down. The same letter is the same file.
func (f *Folder) Send(ctx context.Context, l *courier.Letter) (string, error) {
	to, err := parseAddress(l.To.Email)
	if err != nil {
		return "", err
	}
	text, err := compose(&l.Message, &envelope{from: f.from, to: to, at: f.now().Time()})
	if err != nil {
		return "", err
	}
	name := string(l.Notice.ID) + "-" + fileRole(redact.Label(l.To.Role, l.To.Mark)) + ".eml"
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if err := f.write(name, text); err != nil {
		return "", &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: "write a mail into " + f.dir, Err: err, Hint: "see that there is room, and that the folder may be written to",
		}
	}
	return "written down as " + name + "; nobody got it", nil
}

func (f *Folder) write(name string, text []byte) error {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	return whole.Write(filepath.Join(f.dir, name), text, 0o600)
}

// fileRole is a role as part of a file's name.
func fileRole(role string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, role)
}
