package config

import (
	"strings"
	"testing"
)

// Issue 3, abuse reports and the public record: who outside is spoken to and listened to.
func TestWhatIsWrongAboutThoseOutsideIsNamed(t *testing.T) {
	for _, c := range []struct{ name, text, says string }{
		{"a witness without a key that is one", "ledger: {witnesses: [{url: https://w.example.com, key: nonsense}]}", "ledger.witnesses: the key of"},
		{"a witness in the clear", "ledger: {witnesses: [{url: http://w.example.com, key: nonsense}]}", "expected https://"},
		{"more than there are", "ledger: {quorum: 1}", "ledger.quorum"},
		{"too often", "ledger: {every: 1ms}", "ledger.every"},
		{"a share above all", "reports: {doubt: 1.5}", "reports.doubt"},
		{"a reporter without a token", "reports: {reporters: [{name: a}]}", "expected one of token_sha256 and token_file"},
		{"a reporter twice", "reports: {reporters: [{name: a, token_file: x}, {name: a, token_file: y}]}", "it is named twice"},
		{"half a digest", "reports: {reporters: [{name: a, token_sha256: abcd}]}", "64 hex digits"},
		{"a token in the place of its file", "reports: {reporters: [{name: a, token_file: whsec_abc}]}", "it is the secret itself"},
		{"a rate below zero", "reports: {reporters: [{name: a, token_file: x, per_minute: -1}]}", "per_minute"},
		{"an address that another has", "reports: {listen: 127.0.0.1:4318}", "as intake.otlp_http has it"},
		{"no address", "reports: {listen: here}", "reports.listen"},
	} {
		if _, err := Parse("x.yaml", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; expected %q", c.name, err, c.says)
		}
	}
	d, err := Parse("x.yaml", []byte("reports: {listen: 0.0.0.0:80, reporters: [{name: a, token_file: x}]}"))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Reachable(); err == nil || !strings.Contains(err.Error(), "reports.listen: 0.0.0.0:80 can be reached") {
		t.Errorf("tokens in the clear: %v", err)
	}
	d.Reports.Reporters = nil
	if err := d.Reachable(); err != nil {
		t.Errorf("strangers may report from everywhere: %v", err)
	}
}
