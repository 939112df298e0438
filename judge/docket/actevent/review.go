package actevent

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// maxAnswers is how many criteria one verdict answers at most.
const maxAnswers = 32

// reviewing are the acts about what two persons decide.
var reviewing = []*kind{
	done("evenkeel.propose.v1", docket.ActPropose, nil,
		word("measure", func(a *docket.Act) *evenkeel.Measure { return &a.Measure }, measures()...),
		assets("assets", func(a *docket.Act) *[]evenkeel.AssetID { return &a.Assets }),
		moment("until", func(a *docket.Act) *evenkeel.Moment { return &a.Until }),
		nested("hold", holding,
			needs(oneLine("authority", func(h *docket.Hold) *string { return &h.Authority })),
			needs(oneLine("reference", func(h *docket.Hold) *string { return &h.Reference })),
			moment("until", func(h *docket.Hold) *evenkeel.Moment { return &h.Until }),
			yes("secret", func(h *docket.Hold) *bool { return &h.Secret }),
			yes("ends", func(h *docket.Hold) *bool { return &h.Ends })),
		needs(verdict())),
	done("evenkeel.verdict.v1", docket.ActVerdict, nil, review(), needs(verdict())),
	done("evenkeel.recuse.v1", docket.ActRecuse, nil, review()),
}

// measures are all that do something.
func measures() (out []evenkeel.Measure) {
	for m := evenkeel.MeasureNotify; m <= evenkeel.MeasureDeny; m++ {
		out = append(out, m)
	}
	return out
}

func holding(a *docket.Act) *docket.Hold {
	if a.Hold == nil {
		a.Hold = &docket.Hold{}
	}
	return a.Hold
}

func review() field[docket.Act] {
	return id("review", func(a *docket.Act) *docket.ReviewID { return &a.Review })
}

func found(a *docket.Act) *docket.Verdict {
	if a.Verdict == nil {
		a.Verdict = &docket.Verdict{}
	}
	return a.Verdict
}

// verdict is what a person found. What it lacks the judge says, all of it at once.
func verdict() field[docket.Act] {
	return nested("verdict", found,
		word("measure", func(v *docket.Verdict) *evenkeel.Measure { return &v.Measure }, append([]evenkeel.Measure{evenkeel.MeasureNone}, measures()...)...),
		yes("grant", func(v *docket.Verdict) *bool { return &v.Grant }),
		texts("answers", maxAnswers, prose("answers", func(s *string) *string { return s }), func(v *docket.Verdict) *[]string { return &v.Answers }),
		prose("innocent", func(v *docket.Verdict) *string { return &v.Innocent }),
		texts("facts", docket.MaxFacts, id("facts", func(s *string) *string { return s }), func(v *docket.Verdict) *[]string { return &v.Facts }),
		prose("ground", func(v *docket.Verdict) *string { return &v.Ground }),
		prose("argument", func(v *docket.Verdict) *string { return &v.Argument }))
}

// texts is a list of texts, each of which a field reads.
func texts[S any](name string, most int, each field[string], slot func(*S) *[]string) field[S] {
	expects := fmt.Sprintf("a list of 1 to %d, each %s", most, each.expects)
	return field[S]{
		name: name, expects: expects,
		read: func(s *S, path string, v any) error {
			list, _ := v.([]any)
			if len(list) == 0 || len(list) > most {
				return wrong(path, v, expects)
			}
			all := make([]string, len(list))
			for i, v := range list {
				if err := each.read(&all[i], fmt.Sprintf("%s[%d]", path, i), v); err != nil {
					return err
				}
			}
			*slot(s) = all
			return nil
		},
		write: func(s *S) any {
			if len(*slot(s)) == 0 {
				return nil
			}
			return *slot(s)
		},
	}
}
