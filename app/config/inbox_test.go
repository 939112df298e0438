package config

import (
	"strings"
	"testing"
)

func TestWhereMailsComeInIsChecked(t *testing.T) {
	for _, c := range []struct{ says, text, want string }{
		{"an address that others reach", "inbox: {lmtp: '0.0.0.0:2424', recipients: [a@b.example]}", "inbox.lmtp: 0.0.0.0:2424 can be reached from other machines"},
		{"nobody whom mail is for", "inbox: {smtp: '127.0.0.1:2525'}", "inbox.recipients: it is empty"},
		{"a recipient that is none", "inbox: {smtp: '127.0.0.1:2525', recipients: [Ann <a@b.example>]}", "expected a bare address"},
		{"an address that is taken", "inbox: {smtp: '127.0.0.1:7070', recipients: [a@b.example]}", "as listen has it"},
		{"a mailbox in the clear", "inbox: {imap: {server: 'imap.example.net:143', tls: none, user: u, password_file: f}}", "none, and imap.example.net:143 is another machine"},
		{"a mailbox without a password", "inbox: {imap: {server: 'imap.example.net:993', user: u}}", "expected both"},
		{"all of it set", "inbox: {lmtp: '127.0.0.1:2424', recipients: [a@b.example], imap: {server: 'imap.example.net:993', user: u, password_file: f}}", ""},
	} {
		d, err := Parse("c.yaml", []byte(c.text))
		if c.want == "" {
			if err != nil || !d.Inbox.Hears() {
				t.Errorf("%s: %v", c.says, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; expected %q", c.says, err, c.want)
		}
	}
}
