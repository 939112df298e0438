package answer

import "github.com/evenkeel/evenkeel"

// Reason is why somebody is not let in.
type Reason uint8

// The reasons.
const (
	Rate      Reason = iota // more requests than are taken
	Failed                  // challenges were failed repeatedly
	Client                  // what was sent contradicts itself
	Network                 // an attack comes from this network
	Operator                // the operator said so
	Stopped                 // the operator stopped the whole domain
	Malformed               // it cannot be read

	reasons
)

var reasonNames = [reasons]string{"rate", "failed", "client", "network", "operator", "stopped", "malformed"}

// The names of the sentences that say it, made once.
var reasonSentences = func() (all [reasons]string) {
	for r, name := range reasonNames {
		all[r] = "reason " + name
	}
	return all
}()

// String returns the reason's code.
func (r Reason) String() string {
	if r < reasons {
		return reasonNames[r]
	}
	return "invalid"
}

func (r Reason) sentence() string { return reasonSentences[r] }

// status is 429 for what ends by itself, 503 where it is not about whoever asks.
func (r Reason) status() int {
	switch r {
	case Client, Operator:
		return 403
	case Stopped:
		return 503
	case Malformed:
		return 400
	}
	return 429
}

// Refusal is why and until when somebody is not let in.
type Refusal struct {
	Ray    Ray
	Reason Reason          // one that is unknown counts as Operator
	Until  evenkeel.Moment // 0 where no end is set; one that is over shows none
}

// unknownEnd is after how many seconds it is worth to come again where no end is known.
const unknownEnd = 300

// Refusal refuses, and says how to be heard. now is the time of the answer.
func (p *Pages) Refusal(dst []byte, v Visitor, r Refusal, now evenkeel.Moment) (a Answer) {
	if r.Reason >= reasons {
		r.Reason = Operator
	}
	if r.Until <= now {
		r.Until = 0 // its end is over, or a clock was set: what is not so is not said
	}
	status := r.Reason.status()
	if v.Reader != Person {
		a = p.brief(dst, codeReasons+code(r.Reason), status, &v, r.Ray, r.Until)
	} else {
		l := v.lang()
		a = p.page(dst, pageRefusal, status, &v, func(dst []byte, h hole) []byte {
			switch h {
			case holeHost:
				return appendHTML(dst, v.Host)
			case holeReason:
				return append(dst, said[r.Reason.sentence()][l]...)
			case holeRay:
				return r.Ray.Append(dst)
			case holeUntil:
				if r.Until != 0 {
					return appendTime(dst, l, r.Until, now)
				}
				return append(dst, said["no end"][l]...)
			}
			return dst
		})
	}
	if status == 429 || status == 503 {
		a.retry = retryAfter(secondsTo(r.Until, now, unknownEnd, MostRetry))
	}
	return a
}
