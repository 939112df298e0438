package letter

import (
	"net/mail"
	"regexp"
	"strings"
)

// Sender returns the mail address and the name in From, or what stands there.
func (l *Letter) Sender() (name, address string) {
	from := l.Header.Get("From")
	if a, err := mail.ParseAddress(from); err == nil {
		return a.Name, strings.ToLower(a.Address)
	}
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
	case strings.HasPrefix(strings.ToLower(l.Header.Get("Auto-Submitted")), "auto-replied"),
		l.Header.Has("X-Failed-Recipients"), l.Header.Has("X-Autoreply"), l.Header.Has("X-Autorespond"),
		strings.Contains(local, "mailer-daemon"), l.NullSender(), bounced.MatchString(l.Header.Get("Subject")):
		return true
	}
	return false
}

// NullSender says that the envelope named nobody to answer to, which is how bounces are sent (RFC
// 5321) so that none answers another.
func (l *Letter) NullSender() bool {
	return l.Header.Has("Return-Path") && strings.Trim(l.Header.Get("Return-Path"), "<> ") == ""
}

// Answerable says whether an automatic answer may be sent to a mail (RFC 3834): only where nothing
// says that a machine or a list wrote it. When in doubt it may not: two machines that thank each
// other never end.
func (l *Letter) Answerable() bool {
	h := l.Header
	if auto := strings.ToLower(h.Get("Auto-Submitted")); auto != "" && auto != "no" {
		return false
	}
	for _, name := range []string{"List-Id", "List-Unsubscribe", "List-Post", "List-Help", "X-Loop", "X-Auto-Response-Suppress",
		"X-Autoreply", "X-Autorespond", "Feedback-ID"} {
		if h.Has(name) {
			return false
		}
	}
	switch strings.ToLower(h.Get("Precedence")) {
	case "bulk", "junk", "list", "auto_reply":
		return false
	}
	_, from := l.Sender()
	local, _, ok := strings.Cut(from, "@")
	for _, word := range []string{"mailer-daemon", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "postmaster", "bounce"} {
		if strings.Contains(local, word) {
			return false
		}
	}
	return ok && !l.NullSender() && !l.Automatic()
}
