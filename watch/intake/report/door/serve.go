package door

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/report"
	"github.com/evenkeel/evenkeel/watch/intake/report/internal/shape"
)

// window is which times a report may be about: reporters are late, and their clocks are wrong.
var window = intake.Window{Past: 2 * 365 * 24 * time.Hour, Future: 24 * time.Hour}

// receipt is the answer to a report that was taken.
type receipt struct {
	Receipt string `json:"receipt"`
	Reports int    `json:"reports"`
	Again   bool   `json:"again,omitempty"` // the same was taken before
}

// refusal is an RFC 9457 problem.
type refusal struct {
	Type   string        `json:"type"`
	Title  string        `json:"title"`
	Status int           `json:"status"`
	Detail string        `json:"detail"`
	Errors []shape.Fault `json:"errors,omitempty"`
	again  time.Duration
}

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: fmt.Sprintf(format, args...)}
}

func (d *Door) serve(w http.ResponseWriter, r *http.Request) {
	got, f := d.receive(w, r)
	if f == nil {
		answer(w, "application/json", http.StatusAccepted, got)
		return
	}
	if f.again > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((f.again+time.Second-1)/time.Second)))
	}
	if f.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="evenkeel"`)
	}
	answer(w, "application/problem+json", f.Status, f)
}

func answer(w http.ResponseWriter, media string, status int, v any) {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(v); err != nil {
		http.Error(w, "the answer cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a sender that is gone needs no answer
}

// receive is the way of a request: who, how much, which bytes, what they say, and the Desk.
func (d *Door) receive(w http.ResponseWriter, r *http.Request) (receipt, *refusal) {
	from, ok := d.identify(r)
	if !ok {
		return receipt{}, refuse(http.StatusUnauthorized, "the token is not one of ours; send Authorization: Bearer with yours, or none at all")
	}
	now := d.opt.Now()
	if again, ok := d.share(from, d.sender(r), now); !ok {
		f := refuse(http.StatusTooManyRequests, "too many reports; come again, or ask for a token, which raises the rate")
		f.again = again
		return receipt{}, f
	}
	select {
	case d.turns <- struct{}{}:
		defer func() { <-d.turns }()
	default:
		f := refuse(http.StatusServiceUnavailable, "there is too much to do; come again")
		f.again = 5 * time.Second
		return receipt{}, f
	}
	all, f := d.read(w, r, now)
	if f != nil {
		return receipt{}, f
	}
	return d.hand(r.Context(), from.Name, all)
}

func (d *Door) share(from Reporter, remote string, now time.Time) (time.Duration, bool) {
	if from.Name != "" {
		return d.rates.take("reporter "+from.Name, from.Minute, now)
	}
	if again, ok := d.rates.take(network(remote), d.opt.Stranger, now); !ok {
		return again, false
	}
	return d.rates.take("strangers", d.opt.Strangers, now)
}

func (d *Door) read(w http.ResponseWriter, r *http.Request, now time.Time) ([]*report.Report, *refusal) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	document := media == "application/json" || media == "application/xarf+json"
	switch {
	case !document && media != "message/rfc822":
		return nil, refuse(http.StatusUnsupportedMediaType, "the content type is %.40q; expected application/json with one report of XARF, or message/rfc822", media)
	case r.Header.Get("Content-Encoding") != "":
		return nil, refuse(http.StatusUnsupportedMediaType, "the body is packed; expected none")
	case r.ContentLength > MaxBytes:
		return nil, tooLarge()
	}
	_ = http.NewResponseController(w).SetReadDeadline(now.Add(d.opt.BodyFor)) // a recorder in a test has none
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBytes))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return nil, tooLarge()
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, refuse(http.StatusRequestTimeout, "the body did not come in time")
		}
		return nil, refuse(http.StatusBadRequest, "the body ends before it should")
	}
	var all []*report.Report
	if document {
		var one *report.Report
		one, err = Document(body)
		all = []*report.Report{one}
	} else {
		var m Mail
		m, err = Read(body, d.opt.AuthServer)
		all = m.Reports
	}
	if err != nil {
		return nil, refusalOf(err)
	}
	if err := Plausible(all, evenkeel.MomentOf(now)); err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, "%s", err)
	}
	return all, nil
}

func tooLarge() *refusal {
	return refuse(http.StatusRequestEntityTooLarge, "the body has more than %d bytes", MaxBytes)
}

func refusalOf(err error) *refusal {
	status := http.StatusBadRequest
	if evenkeel.KindOf(err) == evenkeel.KindNotFound {
		status = http.StatusUnprocessableEntity
	}
	f := refuse(status, "%s", err)
	if hint := evenkeel.HintOf(err); hint != "" {
		f.Detail += "; " + hint
	}
	if faults := Faults(err); faults != nil {
		f.Status, f.Title = http.StatusUnprocessableEntity, http.StatusText(http.StatusUnprocessableEntity)
		f.Detail = "the report has a fault; mend what is named"
		if n := len(faults.List) + faults.More; n > 1 {
			f.Detail = fmt.Sprintf("the report has %d faults; mend what is named", n)
		}
		f.Errors = faults.List
	}
	return f
}

// Plausible refuses (KindInvalid) reports about times that nothing can be found of.
func Plausible(all []*report.Report, now evenkeel.Moment) error {
	for _, r := range all {
		for _, at := range []evenkeel.Moment{r.At, r.Ended()} {
			if why, ok := window.Check(at, now); !ok {
				return evenkeel.Invalid("the report is about %v: %s", at, window.Says(why))
			}
		}
	}
	return nil
}

// hand gives reports to the Desk, once.
func (d *Door) hand(ctx context.Context, from string, all []*report.Report) (receipt, *refusal) {
	out := receipt{Receipt: Receipt(from, all), Reports: len(all)}
	ctx, cancel := context.WithTimeout(ctx, d.opt.TakeFor)
	defer cancel()
	var err error
	if out.Again = d.seen.has(out.Receipt); !out.Again {
		out.Again, err = d.desk.Had(ctx, out.Receipt)
	}
	if out.Again {
		return out, nil
	}
	if err == nil {
		err = d.desk.Take(ctx, from, all)
	}
	switch {
	case evenkeel.KindOf(err) == evenkeel.KindInvalid && err != nil:
		return receipt{}, refuse(http.StatusUnprocessableEntity, "%s", err)
	case err != nil:
		f := refuse(http.StatusServiceUnavailable, "the report cannot be kept now; come again")
		f.again = 30 * time.Second
		return receipt{}, f
	}
	d.seen.add(out.Receipt)
	return out, nil
}
