package letter

import (
	"regexp"
	"strings"

	"github.com/evenkeel/evenkeel/instrument/automatic"
)

// Sender returns the mail address and the name in From, or what stands there.
func (l *Letter) Sender() (name, address string) {
	if all := l.Header.Addresses("From"); len(all) == 1 {
		return all[0].Name, strings.ToLower(all[0].Mail)
	}
	from := l.Header.Get("From")
	if i := strings.LastIndexByte(from, '<'); i >= 0 {
		return strings.TrimSpace(from[:i]), strings.ToLower(strings.Trim(from[i:], "<> "))
	}
	return "", strings.ToLower(from)
}

// Domain returns the part of a mail address after the last @, lower case.
func Domain(address string) string {
	i := strings.LastIndexByte(address, '@')
	if i < 0 {
		return ""
	}
	return strings.ToLower(strings.Trim(address[i+1:], "<> ."))
}

var bounced = regexp.MustCompile(`(?i)^\W*(undeliver|delivery (status|failure|has failed|notification)|mail delivery|mail system error|returned mail|failure notice|` +
	`automatic reply|auto.?reply|out of office|message not delivered|nondeliverable|warning: could not send|.*bounce notification)`)

// Automatic says that a mail is a bounce or an automatic answer: something that a machine wrote
// because we, or somebody in our name, had written to it. It is no report, whatever it quotes.
func (l *Letter) Automatic() bool {
	switch strings.ToLower(l.Params["report-type"]) {
	case "delivery-status", "disposition-notification":
		return true
	}
	for _, p := range l.Parts {
		if !p.Inner && (p.Type == "message/delivery-status" || p.Type == "message/disposition-notification" || p.Type == "message/global-delivery-status") {
			return true
		}
	}
	_, from := l.Sender()
	local, _, _ := strings.Cut(from, "@")
	switch {
	case automatic.Replied(l.Header) != "", strings.Contains(local, "mailer-daemon"), bounced.MatchString(l.Header.Get("Subject")):
		return true
	}
	return false
}

// Answerable says whether an automatic answer may be sent to a mail (RFC 3834): only where nothing
// says that a machine or a list wrote it. When in doubt it may not: two machines that thank each
// other never end.
func (l *Letter) Answerable() bool {
	if automatic.Unanswered(l.Header) != "" {
		return false
	}
	_, from := l.Sender()
	local, _, ok := strings.Cut(from, "@")
	for _, word := range []string{"mailer-daemon", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "postmaster", "bounce"} {
		if strings.Contains(local, word) {
			return false
		}
	}
	return ok && !l.Automatic()
}
