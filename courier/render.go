package courier

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Render puts a notice into words for one recipient. All that it states is in the notice; the
// same notice, recipient, links and letterhead are always the same message, byte for byte. A
// notice that lacks a fact, and one that nobody could answer, is an error.
func Render(n *evenkeel.Notice, to Recipient, links Links, head Letterhead) (Message, error) {
	if err := n.Check(); err != nil {
		return Message{}, err
	}
	if err := head.check(); err != nil {
		return Message{}, err
	}
	if to.Endpoint != "" {
		links, head.ReplyTo = Links{}, "" // a machine answers nothing
	} else if links.Speak == "" && head.ReplyTo == "" {
		return Message{}, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "notice " + string(n.ID) + " says no way to answer; expected a link or an address to reply to",
			Hint: "set the public address that links begin with, or an address to reply to",
		}
	}
	p := speak(to.Lang)
	l := compose(&telling{n: n, p: p, links: links, head: head, machine: to.Endpoint != ""})
	html, err := writeHTML(l)
	if err != nil {
		return Message{}, &evenkeel.Error{Says: "render notice " + string(n.ID), Err: err}
	}
	id := messageID(string(n.ID), head.Domain)
	// The thread's first message is the case: it was never sent, and all notices answer it.
	thread := "<" + messageID(string(n.Case), head.Domain) + ">"
	return Message{
		ID: id, Lang: p.lang, Subject: l.Subject, Text: writeText(l), HTML: html,
		Header: []Field{
			{"Message-ID", "<" + id + ">"},
			{"In-Reply-To", thread},
			{"References", thread},
			{"Auto-Submitted", "auto-generated"},
			{"Content-Language", p.lang},
		},
	}, nil
}

// messageID is what names a notice or a case in mail. An id that could be read as something
// else there is named by its hash.
func messageID(id, domain string) string {
	plain := strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
	if id == "" || len(id) > 64 || !plain {
		sum := sha256.Sum256([]byte(id))
		id = "h-" + hex.EncodeToString(sum[:16])
	}
	return id + "@" + domain
}
