package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAllThatIsWrongWithSettingsIsToldAtOnce: what cannot be read, what does not fit, what
// others reach, and what is in the files that are named; each once.
func TestAllThatIsWrongWithSettingsIsToldAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "evenkeel.yaml")
	if err := os.WriteFile(file, []byte(`data: `+t.TempDir()+`
retention: {age: soon}
checkpoint: {every: 1ms}
intake: {otlp_http: "0.0.0.0:4318", otlp_grpc: "0.0.0.0:4317"}
listen: 0.0.0.0:7070
shield: {webhook: {url: https://r.example/x, name: node, secret_file: whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX, measures: [limit, slap]}}
courier: {mail: {server: "localhost:25", from: a@e.example, user: u, password_file: nowhere}}
rules: [no-such-rules]
`), 0o600); err != nil {
		t.Fatal(err)
	}
	p, _, stderr := inMemory(nil)
	code := run(t.Context(), p, []string{"config", "check", file})
	for _, says := range []string{
		file + ":2:18: expected a duration", file + ":6:", "checkpoint.every: 1ms; expected at least 1s", "shield.webhook.secret_file: it is the secret itself",
		"\nlisten: 0.0.0.0:7070 can be reached", "\nintake.otlp_http: 0.0.0.0:4318 can be reached", "\nintake.otlp_grpc: 0.0.0.0:4317 can be reached",
		"courier: read the secret of mail server localhost:25", "no-such-rules",
	} {
		if n := strings.Count(stderr.String(), says); n != 1 {
			t.Errorf("%q is told %d times, in\n%s", says, n, stderr)
		}
	}
	if code != 2 || strings.Contains(stderr.String(), "AAECAw") {
		t.Errorf("exit code %d, %s; expected 2, and no secret", code, stderr)
	}
}

func TestAWrongMeasureOfHostsIsToldOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "evenkeel.yaml")
	for word, meant := range map[string]string{"limt": "; did you mean limit?", "freeze": "", "none": ""} {
		if err := os.WriteFile(file, []byte("hosts: {listen: \"127.0.0.1:7422\", measures: ["+word+"]}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		p, _, stderr := inMemory(nil)
		want := "evenkeel: " + file + ":1:46: measure \"" + word + "\"; expected one of limit, drop-flow, throttle, isolate, suspend, challenge, shut" + meant + "\nhint: evenkeel config print writes every key with its meaning\n"
		if code := run(t.Context(), p, []string{"config", "check", file}); code != 2 || stderr.String() != want {
			t.Errorf("%s: exit code %d, it says\n%s\nexpected\n%s", word, code, stderr, want)
		}
	}
}

func TestWrongSettingsOfAHostAreSaidAsOtherErrorsAre(t *testing.T) {
	file := filepath.Join(t.TempDir(), "host.yaml")
	for text, want := range map[string]string{
		"datta: /x\nown: x\n":       "evenkeel: read the settings of the host: " + file + ":1:1: unknown key \"datta\"; did you mean \"data\"?\n" + file + ":2:6: ",
		"data: x\npins: y\n":        "evenkeel: " + file + ": data is \"x\"; expected a path from the root\n" + file + ": pins is \"y\"; ",
		"guests: {a: {cpus: -1}}\n": "evenkeel: " + file + ": guest a: ",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, _, stderr := inMemory(nil)
		if code := run(t.Context(), p, []string{"host", "config", "check", file}); code != 2 || !strings.HasPrefix(stderr.String(), want) {
			t.Errorf("%s: exit code %d, it says\n%s\nexpected\n%s", text, code, stderr, want)
		}
	}
}

// TestSettingsThatDoNotHoldAreWrongInput, also where only a file that they name is not there.
func TestSettingsThatDoNotHoldAreWrongInput(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]int{
		"data: " + dir + "\n":                 0,
		"rules: [nowhere.yaml]\n":             2,
		"policies: [nowhere]\n":               2,
		"shield: {webhook: {keeps: [nix]}}\n": 2,
		"shield: {webhook: {url: 'https://r.example/x', secret_file: nowhere}}\n": 2,
	} {
		file := filepath.Join(dir, "evenkeel.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, _, stderr := inMemory(nil)
		if code := run(t.Context(), p, []string{"config", "check", file}); code != want {
			t.Errorf("%s: exit code %d, %s; expected %d", text, code, stderr, want)
		}
	}
}
