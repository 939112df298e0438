package config

import (
	"encoding"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

func TestWhatIsPrintedIsWhatHolds(t *testing.T) {
	d, err := Parse("printed.yaml", []byte(Text))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(d, Default()) {
		t.Errorf("%+v; expected %+v", d, Default())
	}
	for _, nothing := range []string{"", "# only a comment\n", "\n\n"} {
		if d, err := Parse("empty.yaml", []byte(nothing)); err != nil || !reflect.DeepEqual(d, Default()) {
			t.Errorf("%q is %+v, %v", nothing, d, err)
		}
	}
}

func TestEveryKeyIsPrintedWithItsMeaning(t *testing.T) {
	text := reflect.TypeFor[encoding.TextUnmarshaler]() // read as one word
	var keys func(of reflect.Type)
	keys = func(of reflect.Type) {
		for f := range of.Fields() {
			key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if !strings.Contains(Text, " "+key+":") && !strings.Contains(Text, "\n"+key+":") {
				t.Errorf("%s is not printed", key)
			}
			switch in := f.Type; {
			case reflect.PointerTo(in).Implements(text), in.Kind() == reflect.Slice && reflect.PointerTo(in.Elem()).Implements(text):
			case in.Kind() == reflect.Struct:
				keys(in)
			case in.Kind() == reflect.Slice && in.Elem().Kind() == reflect.Struct:
				keys(in.Elem())
			}
		}
	}
	keys(reflect.TypeFor[Document]())
}

func TestKeysThatAreLeftOutStayAsTheyWere(t *testing.T) {
	d, err := Parse("some.yaml", []byte(`
durability: sync
retention: {bytes: 1GiB}
intake:
  sources:
    - {name: fleet, token_file: secrets/fleet, may: [telemetry], bytes_per_second: 64MiB}
watch: {lateness: 2m, horizon: 5m}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Durability, want.Retention.Bytes, want.Watch.Lateness, want.Watch.Horizon = "sync", 1<<30, 2*time.Minute, 5*time.Minute
	want.Intake.Sources = []Source{{Name: "fleet", TokenFile: "secrets/fleet", May: []string{"telemetry"}, Bytes: 64 << 20}}
	if !reflect.DeepEqual(d, want) || !d.Sync() {
		t.Errorf("%+v; expected %+v", d, want)
	}
}

func TestFaultsAreNamed(t *testing.T) {
	for _, c := range []struct{ name, text, says string }{
		{"an unknown key, with the nearest known one", "listen: 127.0.0.1:1\nretentoin: {bytes: 1GiB}\n", `bad.yaml:2:1: unknown key "retentoin"; did you mean "retention"?`},
		{"an unknown key further in", "intake:\n  otlp_grcp: 127.0.0.1:1\n", `bad.yaml:2:3: unknown key "otlp_grcp"; did you mean "otlp_grpc"?`},
		{"a size without sense", "retention: {bytes: lots}\n", `bad.yaml:1:20: the size "lots"; expected one like 512KiB, 64MiB or 4GiB`},
		{"less than has to be kept (P)", "retention: {findings: 2159h, contacts: 719h, mails: 719h, reports: 2159h}\n", "bad.yaml: retention.findings: 2159h0m0s; expected at least 2160h0m0s\nbad.yaml: retention.contacts: 719h0m0s; expected at least 720h0m0s\nbad.yaml: retention.mails: 719h0m0s; expected at least 720h0m0s\nbad.yaml: retention.reports: 2159h0m0s; expected at least 2160h0m0s"},
		{"a duration without a unit", "checkpoint: {every: 30}\n", "bad.yaml:1:21: "},
		{"an address without a port", "listen: localhost\n", `bad.yaml: listen: "localhost" has no port; expected such as 127.0.0.1:7070`},
		{"a port without a number", "listen: localhost:http\n", `bad.yaml: listen: "localhost:http" has no port from 0 to 65535`},
		{"a port that is too high", "listen: 127.0.0.1:70700\n", `bad.yaml: listen: "127.0.0.1:70700" has no port from 0 to 65535`},
		{"half of an address", "listen: 1.2.3:80\n", `bad.yaml: listen: "1.2.3:80" has neither the address nor the name of a machine`},
		{"IPv6 without brackets", "listen: ::1:80\n", `bad.yaml: listen: "::1:80" is no address: IPv6 needs brackets, such as [::1]:7070`},
		{"the address of a page", "listen: http://localhost:80\n", `bad.yaml: listen: "http://localhost:80" is the address of a page`},
		{"the same address twice", "listen: 127.0.0.1:4318\n", "bad.yaml: intake.otlp_http: 127.0.0.1:4318, as listen has it; expected another address"},
		{"a console in the clear", "console: {url: 'http://e.example'}\n", `bad.yaml: console.url: "http://e.example" would have tenants read and answer in the clear; expected https://`},
		{"another durability", "durability: maybe\n", `bad.yaml: durability: "maybe"; expected fast or sync`},
		{"a horizon that is too short", "watch: {horizon: 1m}\n", "bad.yaml: watch.horizon: 1m0s; expected at least 2m0s"},
		{"a lateness that windows cannot hold", "watch: {lateness: 8m, horizon: 16m}\n", "bad.yaml: watch.lateness: 8m0s; expected at most 7m"},
		{"no room at all", "watch: {subjects: 1}\n", "bad.yaml: watch.subjects: 1; expected at least 64"},
		{"a console with half of TLS", "console: {tls_cert: a.pem}\n", "bad.yaml: console.tls_cert: it stands without tls_key"},
		{"a console below a path", "console: {url: 'https://example.net/abuse'}\n", `bad.yaml: console.url: "https://example.net/abuse"; expected such as`},
		{"a console with a user in its address", "console: {url: 'https://ada@example.net'}\n", "bad.yaml: console.url: "},
		{"an operator without a name", "courier: {operator: ''}\n", "bad.yaml: courier.operator: it is empty"},
		{"a receiver without a secret", "shield: {webhook: {url: 'https://example.net/orders'}}\n", "bad.yaml: shield.webhook.secret_file: it is empty"},
		{"a receiver that can do nothing", "shield: {webhook: {url: 'https://example.net/o', secret_file: s, measures: []}}\n", "bad.yaml: shield.webhook.measures: it is empty"},
		{"a receiver that can do what is no measure", "shield: {webhook: {measures: [zap]}}\n", `bad.yaml:1:31: measure "zap"; expected one of`},
		{"a receiver that does nothing at all", "shield: {webhook: {measures: [none, isolate]}}\n", `bad.yaml:1:31: measure "none"; expected one of challenge, shut, limit, drop-flow, throttle, freeze, isolate, suspend, deny`},
		{"a receiver with a slip", "shield: {webhook: {measures: [thrttle]}}\n", "suspend, deny; did you mean throttle?"},
		{"a receiver that only tells", "shield: {webhook: {measures: [notify]}}\n", `bad.yaml:1:31: measure "notify"; expected one of challenge, shut`},
		{"a way to the data that is none", "shield: {webhook: {keeps: [export, nix]}}\n", `bad.yaml: shield.webhook.keeps: "nix"; expected some of console, export, backup, rescue`},
		{"a way to the data with a slip", "shield: {webhook: {keeps: [Exprot]}}\n", `bad.yaml: shield.webhook.keeps: "Exprot"; expected some of console, export, backup, rescue; did you mean export?`},
		{"a loss that is none", "shield: {webhook: {destroys: [discs]}}\n", `bad.yaml: shield.webhook.destroys: "discs"; expected some of connections, memory, disk, address`},
		{"a network that is none", "courier: {webhook: {networks: [10.0.0.0]}}\n", `bad.yaml:1:32: the network "10.0.0.0"; expected one like 10.0.0.0/8: for one address write 10.0.0.0/32`},
		{"a receiver without a scheme", "shield: {webhook: {url: r.example.net/secret, secret_file: s}}\n", "bad.yaml: shield.webhook.url: it is no address; expected such as https://"},
		{"mail whose links lead nowhere", "courier: {mail: {server: 'mail.example.net:587', from: a@example.net}}\n", "bad.yaml: console.url: it is empty, and notices go out by mail"},
		{"mail without an address of its own", "courier: {mail: {server: 'mail.example.net:587'}}\n", "bad.yaml: courier.mail.from: it is empty"},
		{"mail in the clear to elsewhere", "courier: {mail: {server: 'mail.example.net:25', tls: none, from: a@example.net}}\n", "bad.yaml: courier.mail.tls: none, and mail.example.net:25 is another machine"},
		{"mail with a user and no password", "courier: {mail: {server: 'mail.example.net:587', from: a@example.net, user: a}}\n", "bad.yaml: courier.mail.user: it stands without password_file"},
		{"hosts at every address, and none to reach it", "hosts: {listen: '0.0.0.0:7422'}\n", "bad.yaml: hosts.addresses: it is empty, and hosts.listen is every address (0.0.0.0:7422)"},
		{"hosts at every IPv6 address, and none to reach it", "hosts: {listen: '[::]:7422'}\n", "bad.yaml: hosts.addresses: it is empty"},
		{"hosts at a port, and no address to reach it", "hosts: {listen: ':7422'}\n", "bad.yaml: hosts.addresses: it is empty"},
		{"a source without a token", "intake: {sources: [{name: fleet, may: [telemetry]}]}\n", "bad.yaml: intake.sources.fleet: expected one of token_sha256 and token_file"},
		{"a token that is no digest", "intake: {sources: [{name: fleet, may: [telemetry], token_sha256: abc}]}\n", "bad.yaml: intake.sources.fleet.token_sha256: expected 64 hex digits"},
		{"a secret in the place of its file", "courier: {webhook: {secret_file: whsec_AAEC}}\n", "bad.yaml: courier.webhook.secret_file: it is the secret itself; expected the name of a file"},
		{"orders in the clear to a network that is not allowed", "shield: {webhook: {url: 'http://10.0.0.1/x', networks: [127.0.0.0/8]}}\n", "bad.yaml: shield.webhook.url: 10.0.0.1 is in none of the networks, and without TLS only these are spoken to"},
		{"orders in the clear to anybody", "shield: {webhook: {url: 'http://[2600::1]:80/x', networks: [127.0.0.0/8]}}\n", "bad.yaml: shield.webhook.url: 2600::1 is in none of the networks"},
		{"orders to a network that is not public", "shield: {webhook: {url: 'https://10.0.0.1/x'}}\n", "bad.yaml: shield.webhook.url: 10.0.0.1 is not a public address and in none of the networks"},
		{"notices in the clear to a network that is not allowed", "courier: {webhook: {url: 'http://169.254.1.1/x', networks: [10.0.0.0/8]}}\n", "bad.yaml: courier.webhook.url: 169.254.1.1 is in none of the networks"},
		{"notices by a webhook, with links to nowhere", "courier: {webhook: {url: 'https://n.example/x'}}\n", "bad.yaml: console.url: it is empty, and notices go out by courier.webhook: the links in them would lead to 127.0.0.1:7070"},
		{"what cannot be read, and what is missing", "retention: {age: soon}\ncourier: {webhook: {url: 'https://n.example/x'}}\n", "bad.yaml: courier.webhook.secret_file: it is empty"},
		{"a source that may nothing", "intake: {sources: [{name: fleet, token_file: x, may: []}]}\n", "bad.yaml: intake.sources.fleet.may: it is empty"},
		{"a source that may too much", "intake: {sources: [{name: fleet, token_file: x, may: [all]}]}\n", `bad.yaml: intake.sources.fleet.may: "all"; expected telemetry, inventory or both`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("bad.yaml", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.says) || evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("%v (%v); expected %q", err, evenkeel.KindOf(err), c.says)
			}
		})
	}
}

func TestWhereTheConsoleIsReached(t *testing.T) {
	for _, c := range []struct {
		text               string
		ownMachine, secure bool
	}{
		{"", true, false},
		{"console: {url: 'https://e.example'}", false, true},
		{"console: {url: 'HTTPS://e.example'}", false, true},
		{"listen: 0.0.0.0:1\nconsole: {tls_cert: a, tls_key: b, url: 'https://e.example'}", false, true},
		{"console: {tls_cert: a, tls_key: b}", true, true},
	} {
		d, err := Parse("some.yaml", []byte(c.text))
		if err != nil || d.OwnMachine() != c.ownMachine || d.Secure() != c.secure {
			t.Errorf("%s: own machine %v, secure %v (%v)", c.text, d.OwnMachine(), d.Secure(), err)
		}
	}
}

func TestReceiversThatAreSpokenTo(t *testing.T) {
	for _, where := range []string{
		"url: 'http://10.0.0.1/x', networks: [10.0.0.0/8]", "url: 'https://10.0.0.1/x', networks: [10.0.0.0/8]", "url: 'https://93.184.216.34/x'",
		"url: 'https://r.example/x'", "url: 'http://r.example/x', networks: [10.0.0.0/8]", "url: 'http://[::1]:80/x', networks: ['::1/128']",
	} {
		if _, err := Parse("good.yaml", []byte("console: {url: 'https://e.example'}\nshield: {webhook: {secret_file: x, measures: [limit], "+where+"}}\n"+
			"courier: {webhook: {secret_file: x, "+where+"}}\n")); err != nil {
			t.Errorf("%s: %v", where, err)
		}
	}
	if _, err := Parse("hosts.yaml", []byte("hosts: {listen: '0.0.0.0:7422', addresses: ['evenkeel.example.net:7422']}\n")); err != nil {
		t.Errorf("hosts at every address: %v", err)
	}
	if _, err := Parse("here.yaml", []byte("courier: {webhook: {secret_file: x, url: 'http://127.0.0.1:1/x', networks: [127.0.0.0/8]}}\n")); err != nil {
		t.Errorf("links that lead to this machine, told to this machine: %v", err)
	}
}

// TestWhatCannotBeReadIsNotToldAgain: where a network is unread, nobody knows whether the
// address is in it.
func TestWhatCannotBeReadIsNotToldAgain(t *testing.T) {
	_, err := Parse("bad.yaml", []byte("shield: {webhook: {url: 'https://10.0.0.1/x', networks: [10.0.0.0], measures: [none]}}\n"))
	for _, says := range []string{`the network "10.0.0.0"`, `measure "none"`, "shield.webhook.secret_file: it is empty"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; expected %q", err, says)
		}
	}
	if err != nil && strings.Contains(err.Error(), "in none of the networks") {
		t.Errorf("%v; expected nothing of the address", err)
	}
}

// TestEveryWordOfAReceiverIsPrinted beside its key, and holds.
func TestEveryWordOfAReceiverIsPrinted(t *testing.T) {
	for key, words := range map[string][]string{"measures": carried(), "keeps": ways, "destroys": losses} {
		list := strings.Join(words, ", ")
		if _, err := Parse("good.yaml", []byte("shield: {webhook: {"+key+": ["+list+"]}}\n")); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		if !strings.Contains(Text, list) {
			t.Errorf("%s may be %s, which is not printed", key, list)
		}
	}
}

// TestAllAddressesThatOthersReachAreNamed, each with what is lacking.
func TestAllAddressesThatOthersReachAreNamed(t *testing.T) {
	d := Default()
	d.Listen, d.Intake.OTLPgRPC, d.Intake.OTLPHTTP = ":1", "0.0.0.0:2", "[::]:3"
	err := d.Reachable()
	for _, says := range []string{"listen: :1 can be reached", "intake.otlp_grpc: 0.0.0.0:2 can be reached", "intake.otlp_http: [::]:3 can be reached"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; expected %q", err, says)
		}
	}
}

func TestAddressesThatCanBeListenedAt(t *testing.T) {
	for _, a := range []string{"127.0.0.1:0", "localhost:65535", "[::1]:7070", ":80", "host-7.example.net:1", "[fe80::1%eth0]:1"} {
		if err := CheckAddress("--listen", a); err != nil {
			t.Error(err)
		}
	}
	want := `--listen: "1.2.3" has no port; expected such as 127.0.0.1:7070, or port 0 for any that is free`
	if err := CheckAddress("--listen", "1.2.3"); err == nil || err.Error() != want {
		t.Errorf("%v; want %q", err, want)
	}
	if _, err := Parse("free.yaml", []byte("listen: 127.0.0.1:0\nintake: {otlp_http: 127.0.0.1:0, otlp_grpc: 127.0.0.1:0}\n")); err != nil {
		t.Errorf("free ports: %v", err)
	}
	if _, err := Parse("hosts.yaml", []byte("hosts: {listen: '0.0.0.0:7422', addresses: ['evenkeel.example.net:7422']}\n")); err != nil {
		t.Errorf("hosts at every address: %v", err)
	}
	if _, err := Parse("here.yaml", []byte("console: {url: 'http://localhost:8080'}\n")); err != nil {
		t.Errorf("a console on this machine: %v", err)
	}
}

func TestSizesAreReadInBytes(t *testing.T) {
	for text, want := range map[string]Size{"0": 0, "17": 17, "2KiB": 2 << 10, "3MiB": 3 << 20, "4GiB": 4 << 30} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s is %d, %v; expected %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "GiB", "-1", "1.5GiB", "1GB", "9223372036854775807GiB"} {
		if s := Size(7); s.UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q is taken for %d", text, s)
		}
	}
}

// FuzzParse lets any text in: it is a good document or an error, never a panic.
func FuzzParse(f *testing.F) {
	f.Add([]byte(Text))
	f.Add([]byte("intake: {sources: [{name: fleet, token_file: x, may: [telemetry]}]}\n"))
	f.Add([]byte("listen: \"[::1]:0\"\nretention: {bytes: 1KiB, age: -1h}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if d, err := Parse("fuzzed.yaml", text); err == nil {
			if again := d.check("again"); again != nil {
				t.Errorf("it was good, and then %v", again)
			}
		}
	})
}
