package receive

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/cloudevent"
)

const (
	structuredHeader = "Content-Type: application/cloudevents+json\n"
	batchHeader      = "Content-Type: application/cloudevents-batch+json\n"
	flowData         = `{"asset":"vm-17","direction":"out","port":3333}`
	tenantData       = `{"tenant":"acme","standing":"on_credit"}`
)

func event(id, kind, data string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"s","type":"evenkeel.%s.v1","time":%q,"data":%s}`, id, kind, testNow, data)
}

type eventsAnswer struct {
	Title, Detail     string
	Status            int
	Accepted, Refused int
	Unknown           int      `json:"unknown_fields"`
	Strange           []string `json:"unknown"`
	Problems          []struct {
		Event  int
		Detail string
	}
}

func (h house) events(t *testing.T, s sent) (int, eventsAnswer) {
	t.Helper()
	s.path = "/events"
	w := h.do(s)
	var a eventsAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%d %q: %v", w.Code, w.Body, err)
	}
	want := "application/json"
	if w.Code != http.StatusOK {
		want = "application/problem+json"
		if a.Status != w.Code || a.Title == "" || a.Detail == "" {
			t.Errorf("%d with a problem that is none: %s", w.Code, w.Body)
		}
	}
	if w.Header().Get("Content-Type") != want {
		t.Errorf("the answer is %s; expected %s", w.Header().Get("Content-Type"), want)
	}
	return w.Code, a
}

func TestEventsAreTakenInAllThreeModes(t *testing.T) {
	binary := "Content-Type: application/json\nce-specversion: 1.0\nce-id: f%20%C3%A91\nce-source: \"s\"\nce-type: evenkeel.flow.v1\nce-time: " + testNow.String()
	for _, c := range []struct {
		name, headers, body string
		id                  string
		records             int
	}{
		{"structured", structuredHeader, event("f é1", "flow", flowData), "f é1", 1},
		{"structured, with a character set", "Content-Type: application/cloudevents+json; charset=utf-8", event("f é1", "flow", flowData), "f é1", 1},
		{"binary, its id percent-encoded and its source quoted", binary, flowData, "f é1", 1},
		{"a batch", batchHeader, "[" + event("f é1", "flow", flowData) + "," + event("t1", "tenant", tenantData) + "]", "f é1", 2},
		{"a batch in gzip", batchHeader + "Content-Encoding: gzip", gzipped("[" + event("f é1", "flow", flowData) + "]"), "f é1", 1},
		{"an empty batch", batchHeader, "[]", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, Options{})
			code, a := h.events(t, sent{headers: c.headers + "\nAuthorization: Bearer " + bothToken, body: c.body})
			if code != http.StatusOK || a.Accepted != c.records || a.Refused != 0 || h.log.records(t) != c.records {
				t.Fatalf("%d %+v, %d records; expected %d", code, a, h.log.records(t), c.records)
			}
			if c.records > 0 {
				b := h.log.batches(t)[0]
				if want := intake.EventID(h.opt.Key, "s", c.id); b.Records[0].ID != want || b.Source != "both" {
					t.Errorf("id %d from %s; expected %d, that of the structured event", b.Records[0].ID, b.Source, want)
				}
			}
		})
	}
}

func TestABadEventInABatchCostsOnlyItself(t *testing.T) {
	h := open(t, Options{})
	code, a := h.events(t, sent{headers: batchHeader, body: "[" + strings.Join([]string{
		event("a", "flow", flowData),
		event("b", "flow", `{"asset":"vm-17"}`),
		`17`,
		event("c", "lifecycle", `{"asset":"vm-17","tenant":"acme","action":"create","form":"x"}`),
		event("d", "nonsense", `{}`),
	}, ",") + "]"})
	if code != http.StatusOK || a.Accepted != 2 || a.Refused != 3 || a.Unknown != 1 || h.log.records(t) != 2 {
		t.Fatalf("%d %+v, %d records; expected two taken and three refused", code, a, h.log.records(t))
	}
	var which []int
	for _, p := range a.Problems {
		which = append(which, p.Event)
	}
	if !slices.Equal(which, []int{1, 2, 4}) || !strings.Contains(a.Problems[0].Detail, "direction is missing") || !strings.Contains(a.Problems[2].Detail, "known types") {
		t.Errorf("the problems are %+v; expected those of events 1, 2 and 4", a.Problems)
	}
	if want := []string{`form in evenkeel.lifecycle.v1 "c"`}; !slices.Equal(a.Strange, want) {
		t.Errorf("unknown fields are named %q; expected %q", a.Strange, want)
	}
	if n := h.counted(t, "points_refused_total", "cloudevents", "bad_event"); n != 3 {
		t.Errorf("%v events are counted as refused; expected 3", n)
	}
}

func TestOnlyTheFirstProblemsAreTold(t *testing.T) {
	h := open(t, Options{})
	code, a := h.events(t, sent{headers: batchHeader, body: "[" + strings.Repeat("1,", 500) + event("a", "flow", flowData) + "]"})
	if code != http.StatusOK || a.Refused != 500 || len(a.Problems) != maxProblems {
		t.Errorf("%d, %d refused, %d told; expected 500 and %d", code, a.Refused, len(a.Problems), maxProblems)
	}
	// The next request tells its own problems and no others.
	if _, a = h.events(t, sent{headers: batchHeader, body: "[" + event("a", "flow", flowData) + "]"}); len(a.Problems) != 0 {
		t.Errorf("%+v; expected no problem", a.Problems)
	}
}

func TestASourceSaysWhatItMaySay(t *testing.T) {
	burst := event("u", "burst", `{"tenant":"acme","count":3,"from":"2026-10-01","until":"2026-10-02"}`)
	for _, c := range []struct {
		name, token, headers, body string
		status, records            int
		says                       string
	}{
		{"telemetry tells a flow", agentToken, structuredHeader, event("f", "flow", flowData), 200, 1, ""},
		{"telemetry tells who pays", agentToken, structuredHeader, event("t", "tenant", tenantData), 403, 0, "it may say telemetry, and this is inventory"},
		{"telemetry announces a burst, which may become a flag", agentToken, structuredHeader, burst, 403, 0, "this is inventory"},
		{"the books tell who pays", booksToken, structuredHeader, event("t", "tenant", tenantData), 200, 1, ""},
		{"the books announce a burst", booksToken, structuredHeader, burst, 200, 1, ""},
		{"the books tell a flow", booksToken, structuredHeader, event("f", "flow", flowData), 403, 0, "this is telemetry"},
		{"both in one batch", agentToken, batchHeader, "[" + event("f", "flow", flowData) + "," + event("t", "tenant", tenantData) + "]", 200, 1, "this is inventory"},
		{"a batch of nothing that it may say", agentToken, batchHeader, "[" + event("t", "tenant", tenantData) + "]", 403, 0, "this is inventory"},
		{"in binary mode", agentToken, "ce-specversion: 1.0\nce-id: t\nce-source: s\nce-type: evenkeel.tenant.v1\nce-time: " + testNow.String() + "\n", tenantData, 403, 0, "this is inventory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, Options{})
			code, a := h.events(t, sent{headers: c.headers + "Authorization: Bearer " + c.token, body: c.body})
			said := a.Detail
			for _, p := range a.Problems {
				said += p.Detail
			}
			if code != c.status || h.log.records(t) != c.records || !strings.Contains(said, c.says) {
				t.Errorf("%d %+v, %d records; expected %d, %d and %q", code, a, h.log.records(t), c.status, c.records, c.says)
			}
		})
	}
}

func TestEventsThatAreBadAsAWholeAreAProblem(t *testing.T) {
	binary := "Content-Type: application/json\nce-id: a\nce-source: s\nce-type: evenkeel.flow.v1\nce-time: " + testNow.String() + "\n"
	for _, c := range []struct {
		name, headers, body string
		status              int
		says                string
	}{
		{"not JSON", structuredHeader, "{{", 400, "expected"},
		{"an array where one event is said", structuredHeader, "[]", 400, "expected a CloudEvent"},
		{"one event where an array is said", batchHeader, event("a", "flow", flowData), 400, "expected an array"},
		{"an array that is cut", batchHeader, "[" + event("a", "flow", flowData), 400, "expected"},
		{"nothing in it is good", batchHeader, "[1,2]", 400, "2 of 2 refused"},
		{"nested too deep", structuredHeader, strings.Repeat("[", 5000), 400, "expected a CloudEvent"},
		{"data that nests too deep", structuredHeader, event("a", "flow", strings.Repeat(`{"x":`, 60)+"1"+strings.Repeat("}", 60)), 400, "nested deeper"},
		{"1970", structuredHeader, strings.Replace(event("a", "flow", flowData), testNow.String(), "1970-01-01T00:00:00Z", 1), 400, "between 1971 and 2200"},
		{"2100", structuredHeader, strings.Replace(event("a", "tenant", tenantData), testNow.String(), "2100-01-01T00:00:00Z", 1), 400, "further ahead"},
		{"another format of events", "Content-Type: application/cloudevents+avro\nce-id: a", "x", 415, "application/cloudevents+json"},
		{"no event at all", jsonHeader, "{}", 415, "application/cloudevents+json"},
		{"binary without a version", binary, flowData, 400, "specversion"},
		{"binary with a version of the future", binary + "ce-specversion: 2.0", flowData, 400, "specversion"},
		{"a header that is given twice", binary + "ce-specversion: 1.0\nce-id: b", flowData, 400, "ce-id is given twice"},
		{"percent-encoding that is none", strings.Replace(binary, "ce-id: a", "ce-id: %zz", 1) + "ce-specversion: 1.0", flowData, 400, "percent-encoded"},
		{"percent-encoding of what is no text", strings.Replace(binary, "ce-id: a", "ce-id: %FF", 1) + "ce-specversion: 1.0", flowData, 400, "UTF-8"},
		{"quotes that do not end", strings.Replace(binary, "ce-id: a", `ce-id: "a`, 1) + "ce-specversion: 1.0", flowData, 400, "quotation mark"},
		{"data of another type", strings.Replace(binary, "application/json", "text/xml", 1) + "ce-specversion: 1.0", flowData, 400, "datacontenttype"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, Options{})
			code, a := h.events(t, sent{headers: c.headers, body: c.body})
			if code != c.status || !strings.Contains(a.Detail, c.says) || h.log.records(t) != 0 {
				t.Errorf("%d %+v; expected %d and %q", code, a, c.status, c.says)
			}
		})
	}
}

func TestHeadersOfTheBinaryModeAreDecodedOnce(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "a+b": "a+b", "%E2%82%AC": "€", "%2525": "%25", `"a \"b\" c"`: `a "b" c`, `"%20"`: " ", "": "",
	} {
		if got, err := headerValue(in); err != nil || got != want {
			t.Errorf("%q is %q, %v; expected %q", in, got, err, want)
		}
	}
}

func FuzzHeaderValue(f *testing.F) {
	f.Add("%E2%82%AC")
	f.Add(`"a \"b\""; x=y`)
	f.Fuzz(func(t *testing.T, s string) {
		v, err := headerValue(s)
		if err == nil && len(v) > len(s) {
			t.Fatalf("%q became longer: %q", s, v)
		}
		if err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Fatal(err)
		}
	})
}

func TestSchemasAreServed(t *testing.T) {
	h := open(t, Options{})
	w := h.do(sent{path: "/schemas", from: "192.0.2.1:1"})
	var list struct{ Schemas []struct{ Type, Href string } }
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list.Schemas) != len(cloudevent.Types()) {
		t.Fatalf("%d %s; expected a list of %d types", w.Code, w.Body, len(cloudevent.Types()))
	}
	for _, s := range list.Schemas {
		w := h.do(sent{path: s.Href})
		if w.Code != http.StatusOK || !json.Valid(w.Body.Bytes()) || w.Header().Get("Content-Type") != "application/schema+json" {
			t.Errorf("%s: %d %s", s.Type, w.Code, w.Header())
		}
	}
	for _, path := range []string{"/schemas/evenkeel.tenant.v9", "/schemas/..%2f..%2fdoc.go", "/v1/traces"} {
		if w := h.do(sent{path: path}); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d; expected 404", path, w.Code)
		}
	}
}
