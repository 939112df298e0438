package webhook

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
)

const now = backendtest.Start

func TestReceiptsAreRead(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       evenkeel.Receipt
		says       string
	}{
		{"all that it can say", `{"order":"o-1","state":"applied","effect":"quota 20 %","why":"as told","at":"2025-12-31T23:59:58.5+00:00"}`,
			evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptApplied, Effect: "quota 20 %", Why: "as told", At: now.Add(-1500 * time.Millisecond)}, ""},
		{"without a time it is now", ` { "state" : "lifted", "order" : "o-1" } `, evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptLifted, At: now}, ""},
		{"a refusal with its reason", `{"order":"o-1","state":"refused","why":"no such machine"}`, evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptRefused, Why: "no such machine", At: now}, ""},
		{"a clock that is five minutes ahead", `{"order":"o-1","state":"lapsed","at":"2026-01-01T00:05:00Z"}`, evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptLapsed, At: now.Add(5 * time.Minute)}, ""},
		{"other scripts and escapes", `{"order":"o-1","state":"applied","effect":"\u914d\u989d 20 %"}`, evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptApplied, Effect: "配额 20 %", At: now}, ""},

		{"nothing", ``, evenkeel.Receipt{}, "no JSON object"},
		{"null", `null`, evenkeel.Receipt{}, "no JSON object"},
		{"a list", `[]`, evenkeel.Receipt{}, "no JSON object"},
		{"a page", `<html>`, evenkeel.Receipt{}, "no JSON object"},
		{"a word", `ok`, evenkeel.Receipt{}, "no JSON object"},
		{"an empty object", `{}`, evenkeel.Receipt{}, "order is empty"},
		{"cut off after the opening", `{`, evenkeel.Receipt{}, "receipt"},
		{"cut off in a text", `{"order":"o-1`, evenkeel.Receipt{}, "not JSON"},
		{"cut off before the end", `{"order":"o-1","state":"applied"`, evenkeel.Receipt{}, "receipt"},
		{"two of them", `{"order":"o-1","state":"applied"}{"order":"o-2","state":"applied"}`, evenkeel.Receipt{}, "behind the receipt"},
		{"a letter behind it", `{"order":"o-1","state":"applied"}x`, evenkeel.Receipt{}, "behind the receipt"},
		{"an unknown name", `{"order":"o-1","state":"applied","node":"us"}`, evenkeel.Receipt{}, `"node"`},
		{"a name in capitals", `{"Order":"o-1","state":"applied"}`, evenkeel.Receipt{}, `"Order"`},
		{"a part of the list of names", `{"order, state":"o-1"}`, evenkeel.Receipt{}, `"order, state"`},
		{"an empty name", `{"":"o-1"}`, evenkeel.Receipt{}, `""`},
		{"a name twice", `{"order":"o-1","state":"refused","why":"x","state":"applied"}`, evenkeel.Receipt{}, "state twice"},
		{"a number for a text", `{"order":17,"state":"applied"}`, evenkeel.Receipt{}, "order of the receipt is no text"},
		{"null for a text", `{"order":"o-1","state":"applied","effect":null}`, evenkeel.Receipt{}, "effect of the receipt is no text"},
		{"an object for a text", `{"order":"o-1","state":{"applied":true}}`, evenkeel.Receipt{}, "state of the receipt is no text"},
		{"no order", `{"state":"applied"}`, evenkeel.Receipt{}, "order is empty"},
		{"a long order", `{"order":"` + strings.Repeat("o", 300) + `","state":"applied"}`, evenkeel.Receipt{}, "300 bytes"},
		{"no state", `{"order":"o-1"}`, evenkeel.Receipt{}, "applied"},
		{"a state that does not exist", `{"order":"o-1","state":"done"}`, evenkeel.Receipt{}, `"done"`},
		{"a refusal without a reason", `{"order":"o-1","state":"refused"}`, evenkeel.Receipt{}, "does not say why"},
		{"a long effect", `{"order":"o-1","state":"applied","effect":"` + strings.Repeat("x", 2049) + `"}`, evenkeel.Receipt{}, "2049 bytes"},
		{"a line break in the effect", `{"order":"o-1","state":"applied","effect":"a\nb"}`, evenkeel.Receipt{}, "control character"},
		{"an escape of terminals", `{"order":"o-1","state":"applied","why":"\u001b[2J"}`, evenkeel.Receipt{}, "control character"},
		{"bytes that are no text", "{\"order\":\"o-1\",\"state\":\"applied\",\"why\":\"\xff\"}", evenkeel.Receipt{}, "UTF-8"},
		{"a time that is none", `{"order":"o-1","state":"applied","at":"yesterday"}`, evenkeel.Receipt{}, "RFC 3339"},
		{"a time that has not come", `{"order":"o-1","state":"applied","at":"2026-01-01T00:05:01Z"}`, evenkeel.Receipt{}, "has not come"},
		{"the year 2100", `{"order":"o-1","state":"applied","at":"2100-01-01T00:00:00Z"}`, evenkeel.Receipt{}, "has not come"},
		{"the year 1970", `{"order":"o-1","state":"applied","at":"1970-01-01T00:00:00Z"}`, evenkeel.Receipt{}, "31 days ago"},
		{"an empty time", `{"order":"o-1","state":"applied","at":""}`, evenkeel.Receipt{}, "RFC 3339"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseReceipt([]byte(c.body), now)
			if got != c.want || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %+v, %v; expected %+v, %q", got, err, c.want, c.says)
			}
			if err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("the error is of kind %v", evenkeel.KindOf(err))
			}
		})
	}
}

// TestAnAnswerThatIsNoReceiptConfirmsNothing: the order is taken, and nobody says what came
// of it.
func TestAnAnswerThatIsNoReceiptConfirmsNothing(t *testing.T) {
	o := backendtest.Throttle("d-1", "vm-1")
	lift := backendtest.Lift(o)
	say := func(o evenkeel.Order, state string) string {
		return jsonOf(t, receipt{Order: string(o.ID), State: state})
	}
	for _, c := range []struct {
		name, body string
		order      evenkeel.Order
		state      evenkeel.ReceiptState
		why        string
	}{
		{"a receipt confirms", say(o, "applied"), o, evenkeel.ReceiptApplied, ""},
		{"a receipt with a line break behind it confirms", say(o, "applied") + "\r\n", o, evenkeel.ReceiptApplied, ""},
		{"a lift that is confirmed", say(lift, "lifted"), lift, evenkeel.ReceiptLifted, ""},
		{"nothing", "", o, 0, "taken with 200, not confirmed"},
		{"spaces", " \n", o, 0, "not confirmed"},
		{"a word", "ok", o, 0, "no receipt"},
		{"another object", `{"ok":true}`, o, 0, `"ok"`},
		{"a page", "<!doctype html><title>Welcome</title>", o, 0, "no receipt"},
		{"a receipt of another order", jsonOf(t, receipt{Order: "o-other", State: "applied"}), o, 0, `"o-other"`},
		{"a lift is not applied", say(lift, "applied"), lift, 0, "expected lifted or lapsed"},
		{"a refusal without a reason", say(o, "refused"), o, 0, "does not say why"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sender(t, serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, c.body) }).URL, nil)
			r, err := backend(t, s).Apply(t.Context(), c.order)
			if err != nil || r.State != c.state || r.Order != c.order.ID || r.Node != "edge" || !strings.Contains(r.Why, c.why) {
				t.Errorf("got %+v, %v; expected %v, %q", r, err, c.state, c.why)
			}
			if r.State == 0 && r.Why == "" {
				t.Error("it does not say why it is unconfirmed")
			}
		})
	}
}

// FuzzParseReceipt: nothing panics, and what is read is bounded, can be shown and means what
// encoding/json would have read.
func FuzzParseReceipt(f *testing.F) {
	for _, s := range []string{
		`{"order":"o-1","state":"applied","effect":"x","why":"y","at":"2026-01-01T00:00:00Z"}`, `{"order":"o-1","state":"refused","why":"no"}`,
		`{}`, `[`, `{"order":1}`, `{"order":"o-1","order":"o-2"}`, `{"order":"o-1","state":"applied"} x`, "{\"order\":\"\xff\"}", `{"at":{}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ParseReceipt(body, now)
		if err != nil {
			if r != (evenkeel.Receipt{}) || evenkeel.KindOf(err) != evenkeel.KindInvalid || len(err.Error()) > 1000 {
				t.Errorf("%q: %+v, %v", body, r, err)
			}
			return
		}
		var again evenkeel.Receipt
		if err := json.Unmarshal(body, &again); err != nil || again.Order != r.Order || again.State != r.State || again.Effect != r.Effect || again.Why != r.Why {
			t.Errorf("%q is read as %+v; encoding/json reads %+v, %v", body, r, again, err)
		}
		if len(r.Effect) > maxText || len(r.Why) > maxText || !utf8.ValidString(r.Why) || r.At > now.Add(5*time.Minute) || r.Node != "" {
			t.Errorf("%q is read as %+v", body, r)
		}
		if err := shield.Fits(&evenkeel.Order{ID: r.Order}, &r); err != nil {
			t.Errorf("%q: %v", body, err)
		}
	})
}
