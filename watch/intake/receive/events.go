package receive

import (
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/cloudevent"
)

// CloudEvents 1.0 over HTTP: the structured, the batched and the binary mode of its HTTP
// protocol binding.
const (
	structuredType = "application/cloudevents+json"
	batchType      = "application/cloudevents-batch+json"

	maxProblems = 16 // that are told of one request
)

// problem is what is wrong with one event of several.
type problem struct {
	Event  int    `json:"event"` // from 0
	Detail string `json:"detail"`
}

// refused keeps what is wrong with an event of a batch.
func (h *hands) refused(event int, err error) {
	if len(h.problems) < maxProblems {
		h.problems = append(h.problems, problem{event, refusalOf(err).says})
	}
}

var (
	structuredEvent = protocol{format: formatEvents, read: readStructured, answer: answerEvents}
	batchedEvents   = protocol{format: formatEvents, read: readBatched, answer: answerEvents}
	binaryEvent     = protocol{format: formatEvents, read: readBinary, answer: answerEvents}
)

func readStructured(v *visit) *refusal {
	body, f := v.openEvents()
	if f != nil {
		return f
	}
	return decoded(v.events.Event(v.batch, body, v.arrived(), &v.tally))
}

// readBatched reads an array. It is refused as a whole only where nothing in it is good.
func readBatched(v *visit) *refusal {
	body, f := v.openEvents()
	if f != nil {
		return f
	}
	err := v.events.Batch(v.batch, body, v.arrived(), &v.tally)
	if v.tally.Accepted > 0 {
		return nil
	}
	return decoded(err)
}

func readBinary(v *visit) *refusal {
	body, f := v.openEvents()
	if f != nil {
		return f
	}
	e, err := envelope(v.r.Header)
	if err != nil {
		return refuse(causeHeader, err.Error())
	}
	return decoded(v.events.Binary(v.batch, e, body, v.arrived(), &v.tally))
}

func (v *visit) openEvents() ([]byte, *refusal) {
	v.events.Grant = v.from.May
	return v.open(v.wire, v.r.Header.Get("Content-Encoding"))
}

func answerEvents(v *visit, f *refusal) {
	if f != nil {
		f.problem(v.w, v.problems)
		return
	}
	unknown := v.tally.Ignored()
	writeJSON(v.w, jsonType, http.StatusOK, struct {
		Accepted int       `json:"accepted"`
		Refused  int       `json:"refused"`
		Unknown  int       `json:"unknown_fields"`
		Strange  []string  `json:"unknown,omitempty"` // their names, intake.MaxStrange at most
		Problems []problem `json:"problems,omitempty"`
	}{v.tally.Accepted, v.tally.Refused(), unknown, v.tally.StrangeFields(), v.problems})
}

func (d *Door) serveEvents(w http.ResponseWriter, r *http.Request) {
	switch media := mediaType(r); {
	case media == structuredType:
		d.receive(w, r, &structuredEvent)
	case media == batchType:
		d.receive(w, r, &batchedEvents)
	case !strings.HasPrefix(media, "application/cloudevents") && (len(r.Header["Ce-Specversion"]) > 0 || len(r.Header["Ce-Id"]) > 0):
		d.receive(w, r, &binaryEvent)
	default:
		d.refuseUnread(w, formatEvents, refuse(causeType,
			"expected Content-Type "+structuredType+" or "+batchType+", or the ce- headers of the binary mode"))
	}
}

// envelope reads the headers of the binary mode.
func envelope(h http.Header) (e cloudevent.Envelope, err error) {
	for _, a := range [...]struct {
		header string
		into   *string
	}{
		{"Ce-Specversion", &e.SpecVersion}, {"Ce-Id", &e.ID}, {"Ce-Source", &e.Source}, {"Ce-Type", &e.Type}, {"Ce-Time", &e.Time},
	} {
		switch given := h[a.header]; len(given) {
		case 0:
		case 1:
			if *a.into, err = headerValue(given[0]); err != nil {
				return e, evenkeel.Invalid("header %s: %v", strings.ToLower(a.header), err)
			}
		default:
			return e, evenkeel.Invalid("header %s is given twice", strings.ToLower(a.header))
		}
	}
	e.DataContentType = h.Get("Content-Type")
	return e, nil
}

// headerValue undoes quotes and then, once, percent-encoding, as the HTTP binding of
// CloudEvents asks of a receiver.
func headerValue(s string) (string, error) {
	if strings.HasPrefix(s, `"`) {
		_, params, err := mime.ParseMediaType("x/x;v=" + s)
		if err != nil || len(params) != 1 {
			return "", evenkeel.Invalid("%.40q begins with a quotation mark and is no quoted text", s)
		}
		s = params["v"]
	}
	s, err := url.PathUnescape(s)
	if err != nil || !utf8.ValidString(s) {
		return "", evenkeel.Invalid("expected UTF-8, percent-encoded where it is not ASCII")
	}
	return s, nil
}

// serveSchemas lists the types of events.
func serveSchemas(w http.ResponseWriter, _ *http.Request) {
	type schema struct {
		Type string `json:"type"`
		Href string `json:"href"`
	}
	var all struct {
		Schemas []schema `json:"schemas"`
	}
	for _, name := range cloudevent.Types() {
		all.Schemas = append(all.Schemas, schema{name, "/schemas/" + name})
	}
	writeJSON(w, jsonType, http.StatusOK, all)
}

// serveSchema serves the JSON Schema of a type's data.
func serveSchema(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("type")
	if !slices.Contains(cloudevent.Types(), name) {
		http.Error(w, "no such type of event; /schemas lists them", http.StatusNotFound)
		return
	}
	text, err := fs.ReadFile(cloudevent.Schemas(), name+".json")
	if err != nil {
		http.Error(w, "the schema cannot be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/schema+json")
	_, _ = w.Write(text)
}

func equalFold(s string, any ...string) bool {
	return slices.ContainsFunc(any, func(a string) bool { return strings.EqualFold(s, a) })
}
