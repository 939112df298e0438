package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/docket/actevent"
)

// Acts reads files of acts as Files reads those of telemetry, and calls take with each act in
// the order of the lines. Of an array of events every one must be an act: else its line is a
// problem, and none of it is taken.
func (r *Reader) Acts(ctx context.Context, names []string, stdin io.Reader, take func(docket.Act) error) error {
	return r.files(names, stdin, func(in io.Reader, name string) error {
		before := r.summary.Acts
		err := r.text(in, name, func(lines *Lines) error {
			return r.lines(ctx, lines, name, func(line []byte) error {
				acts, err := actsOf(line)
				if err != nil {
					r.problem(name, lines.Number(), err.Error())
					return nil
				}
				for _, a := range acts {
					r.summary.Acts++
					if err := take(a); err != nil {
						return err
					}
				}
				return nil
			})
		})
		if err == nil && r.summary.Acts == before {
			r.summary.Empty = append(r.summary.Empty, name)
		}
		return err
	})
}

// actsOf reads one event, or an array of them.
func actsOf(line []byte) ([]docket.Act, error) {
	line = bytes.TrimSpace(line)
	if !bytes.HasPrefix(line, []byte("[")) {
		if f, _ := formatOf(line); f == FormatOTLP {
			return nil, evenkeel.Invalid("this line is an OTLP request; expected acts, which are CloudEvents of other types")
		}
		a, err := actevent.Decode(line)
		return []docket.Act{a}, err
	}
	var events []json.RawMessage
	if err := json.Unmarshal(line, &events); err != nil {
		return nil, evenkeel.Invalid("it is not JSON: %v; expected a CloudEvent, or an array of them", err)
	}
	acts := make([]docket.Act, 0, len(events))
	for i, e := range events {
		a, err := actevent.Decode(e)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", i+1, err)
		}
		acts = append(acts, a)
	}
	return acts, nil
}
