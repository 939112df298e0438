package config

import (
	"strings"
	"testing"
	"time"
)

func TestWhatCannotCallAnybodyIsRefused(t *testing.T) {
	for _, c := range []struct{ name, channel, says string }{
		{"mail without a server", `{by: mail, to: ada@example.net}`, "channels.1: courier.mail.server is empty, so a page by mail would reach nobody"},
		{"a kind that is not there", `{by: pager}`, `channels.1.by: "pager"; expected one of mail, ntfy, slack, matrix, webhook, command`},
		{"a key that is missing", `{by: matrix, url: "https://m.example.net", to: "!a:b"}`, "channels.1.token_file: it is empty; matrix needs url, to, token_file"},
		{"a key of another kind", `{by: slack, url_file: f, args: [a]}`, "channels.1.args: slack has no such key; expected url_file"},
		{"an address in the clear", `{by: ntfy, url: "http://192.0.2.1", to: a}`, "channels.1.url: 192.0.2.1 is in none of the networks"},
		{"this machine without being allowed", `{by: ntfy, url: "https://127.0.0.1", to: a}`, "channels.1.url: 127.0.0.1 is not a public address"},
		{"a secret in the place of a file", `{by: webhook, url: "https://e.example", secret_file: whsec_geheim}`, "channels.1.secret_file: it is the secret itself"},
		{"an address that is none", `{by: ntfy, url: geheim, to: a}`, "channels.1.url: it is no address"},
		{"a command without its path", `{by: command, command: sh}`, `channels.1.command: "sh"; expected the whole path`},
		{"a command that may take too long", `{by: command, command: /bin/true, within: 31s}`, "channels.1.within: 31s; expected 1s to 30s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("bad.yaml", []byte("page: {persons: [{id: ada, channels: ["+c.channel+"]}]}\n"))
			if err == nil || !strings.Contains(err.Error(), "page.persons.ada."+c.says) || strings.Contains(err.Error(), "geheim") {
				t.Errorf("%v; expected %s", err, c.says)
			}
		})
	}
	for text, says := range map[string]string{
		`{id: ada, channels: []}`: "page.persons.ada.channels: there are 0; expected 1 to 8",
		`{id: ada, channels: [{by: slack, url_file: f}]}, {id: ada, channels: [{by: slack, url_file: f}]}`: "page.persons.ada: the person stands here twice",
		`{id: "", channels: [{by: slack, url_file: f}]}`:                                                   "page.persons: ",
	} {
		if _, err := Parse("bad.yaml", []byte("page: {persons: ["+text+"]}\n")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; expected %s", err, says)
		}
	}
}

// R21: a watcher is told often enough for somebody to be called in time, and its address is a file's.
func TestAHeartbeatThatCallsNobodyIsRefused(t *testing.T) {
	for text, says := range map[string]string{
		"every: 9s":  "page.heartbeat.every: 9s; expected 10s to 10m0s",
		"every: 11m": "page.heartbeat.every: 11m0s; expected 10s to 10m0s",
		`url_file: "https://watcher.example/geheim"`: "page.heartbeat.url_file: it is the secret itself",
	} {
		if _, err := Parse("bad.yaml", []byte("page: {heartbeat: {"+text+"}}\n")); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v; expected %s", text, err, says)
		}
	}
	if d, err := Parse("good.yaml", []byte("{}\n")); err != nil || d.Page.Heartbeat.Every != time.Minute || d.Page.Heartbeat.URLFile != "" {
		t.Errorf("%+v, %v; expected a minute, and nobody who is told", d.Page.Heartbeat, err)
	}
}

func TestTheSecretsOfPagesAreFiles(t *testing.T) {
	d, err := Parse("good.yaml", []byte(`
courier: {mail: {server: "127.0.0.1:25", tls: none, from: a@e.example}}
page:
  networks: [10.0.0.0/8]
  persons:
    - id: ada
      channels:
        - {by: ntfy, url: "https://10.1.2.3", to: a, token_file: one}
        - {by: slack, url_file: two}
        - {by: webhook, url: "http://10.1.2.3/pages", secret_file: three}
        - {by: mail, to: ada@example.net}
        - {by: command, command: /bin/true, args: [a], within: 5s}
        - {by: matrix, url: "https://m.example.net", to: "!a:b", token_file: four}
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range d.SecretFiles() {
		got = append(got, f.Key+"="+f.Path)
	}
	const want = "page.persons.ada.channels.1.token_file=one page.persons.ada.channels.2.url_file=two page.persons.ada.channels.3.secret_file=three page.persons.ada.channels.6.token_file=four"
	if strings.Join(got, " ") != want {
		t.Errorf("%s; expected %s", got, want)
	}
}
