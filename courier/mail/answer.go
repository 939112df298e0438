package mail

import (
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-smtp"
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

// What a letter was refused at.
const (
	atRecipient = iota
	atContent
)

// silence is the error of a session in which no letter would have got through.
func (s *SMTP) silence(what, hint string, err error) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindUnavailable, Says: what + " mail server " + s.to.Addr, Hint: hint,
		Err: fmt.Errorf("%w: %s", courier.ErrSilent, plain(err)),
	}
}

// judge says what follows from an answer to one letter: an answer of 5xx is for ever, unless it
// speaks of us and not of the letter; any other, and none, is for now.
func (s *SMTP) judge(what string, at int, err error) error {
	e := &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "mail server " + s.to.Addr + ": " + what, Err: errors.New(plain(err))}
	var answer *smtp.SMTPError
	switch {
	case !errors.As(err, &answer):
		e.Hint = "see that the server and the way to it are up"
	case answer.Code < 500:
		e.Hint = "nothing if it takes the letter later; else see the server's log for why it puts mails off"
	case aboutUs(answer, at):
		e.Hint = "see that the server takes mail from this user and machine for anybody (relaying)"
	default:
		e.Kind, e.Hint = evenkeel.KindInvalid, "correct the contact in the inventory, or see the server's log for what it does not like"
	}
	return e
}

// aboutUs says whether a refusal means who sends: not signed in (RFC 4954), or, where a
// recipient is refused, that we may not send to others through this server. That is an answer
// about security or policy, X.7.X of RFC 3463, or speaks of relaying.
func aboutUs(a *smtp.SMTPError, at int) bool {
	relaying := a.EnhancedCode[1] == 7 || strings.Contains(strings.ToLower(a.Message), "relay")
	return a.Code == 530 || a.Code == 535 || at == atRecipient && relaying
}

// plain is what an error says, without addresses. An answer is said with its code.
func plain(err error) string {
	var answer *smtp.SMTPError
	if errors.As(err, &answer) {
		code := ""
		if answer.EnhancedCode[0] > 0 {
			code = fmt.Sprintf(" %d.%d.%d", answer.EnhancedCode[0], answer.EnhancedCode[1], answer.EnhancedCode[2])
		}
		return redact.Addresses(fmt.Sprintf("%d%s %s", answer.Code, code, answer.Message))
	}
	return redact.Addresses(err.Error())
}
