package hostlink

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

func TestWhyAHostLooksAtPayloadIsToldWhenItChanges(t *testing.T) {
	var log bytes.Buffer
	c := startControl(t, Options{Logger: slog.New(slog.DiscardHandler)})
	c.enrolled("host-1")
	c.o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	for _, why := range []string{"", "miners on free trials", "miners on free trials", "asked by the police", "", ""} {
		text, err := json.Marshal(Status{About: About{Stratum: why}})
		if err != nil {
			t.Fatal(err)
		}
		c.hear(&nats.Msg{Subject: subject("host-1", kindStatus), Data: text}, func(string) {})
		if got := c.Hosts()[0].Status.Stratum; got != why {
			t.Errorf("control knows %q; expected %q", got, why)
		}
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	for i, want := range []string{`reason="miners on free trials"`, `reason="asked by the police"`, "looks at payload no more"} {
		if len(lines) != 3 || !strings.Contains(lines[i], want) || !strings.Contains(lines[i], "host=host-1") {
			t.Fatalf("it says\n%s\nexpected %s", log.String(), want)
		}
	}
}
