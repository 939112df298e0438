package story

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/cloudevent"
	"github.com/evenkeel/evenkeel/watch/intake/otlp"
)

// recorded reads lines of telemetry; each record arrives at its own time. A story is
// written with care, so what an intake would refuse is an error here.
func (s *stage) recorded(name, text string, first int) error {
	var errs []error
	metrics, events := otlp.Decoder{}, cloudevent.Decoder{}
	b := s.batch()
	for i, words := range strings.Split(text, "\n") {
		body := bytes.TrimSpace([]byte(words))
		if len(body) == 0 {
			continue
		}
		var tally intake.Tally
		var err error
		before := len(b.Records)
		switch {
		case isMetrics(body):
			err = metrics.JSON(b, body, 0, &tally)
		case body[0] == '[':
			err = events.Batch(b, body, 0, &tally)
		default:
			err = events.Event(b, body, 0, &tally)
		}
		if err == nil && tally.Refused() > 0 {
			err = evenkeel.Invalid("%s", tally.Says())
		}
		if err != nil {
			errs = append(errs, at(name, first+i, err))
		}
		for nth := before; nth < len(b.Records); nth++ {
			s.deliveries = append(s.deliveries, delivery{at: b.Records[nth].At, from: b, nth: nth})
		}
		if len(s.deliveries) > mostRecords {
			errs = append(errs, at(name, first+i, evenkeel.Invalid("the story has more than %d records", mostRecords)))
			break
		}
	}
	return errors.Join(errs...)
}

// isMetrics says whether a line is an OTLP request rather than an event.
func isMetrics(line []byte) bool {
	var keys struct {
		Camel json.RawMessage `json:"resourceMetrics"`
		Snake json.RawMessage `json:"resource_metrics"`
	}
	return json.Unmarshal(line, &keys) == nil && (keys.Camel != nil || keys.Snake != nil)
}
