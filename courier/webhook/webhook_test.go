package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	signed "github.com/evenkeel/evenkeel/instrument/webhook"
)

var at = time.Date(2026, 3, 4, 8, 47, 0, 0, time.UTC)

// poster posts to a server of the test, with signatures.
type poster struct {
	url  string
	keys signed.Keys
}

func (p *poster) Post(ctx context.Context, id string, body []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	if err := p.keys.Sign(req.Header, id, at, body); err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "post", Err: err}
	}
	defer func() { _ = res.Body.Close() }()
	switch {
	case res.StatusCode >= 500:
		return res.StatusCode, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "post: " + res.Status}
	case res.StatusCode >= 300:
		return res.StatusCode, evenkeel.Invalid("post: %s", res.Status)
	}
	return res.StatusCode, nil
}

func letter(t *testing.T, role string) *courier.Letter {
	t.Helper()
	when := evenkeel.MomentOf(at)
	n := evenkeel.Notice{
		ID: "n-1", Case: "c-1", Decision: "d-1", Tenant: "acme", Family: "mining", At: when, State: evenkeel.InForce, Measure: evenkeel.MeasureThrottle,
		Assets: []evenkeel.AssetID{"m-1"}, From: when, Until: when.Add(time.Hour), Since: when.Add(-time.Hour),
		Seen: []evenkeel.Term{
			{Name: "pinned", Family: evenkeel.EvidenceUsage, Value: evenkeel.Reading{Value: 0.99, Known: true}, Weight: 3, Says: "The CPU was busy."},
			{Name: "stratum", Family: evenkeel.EvidenceWire, Conclusive: true, Value: evenkeel.Reading{Value: 60, Known: true}, Unit: "s", Weight: 4, Says: "Stratum was seen."},
		},
		Keeps: []string{"data can be read"}, Clause: "No mining.", Policy: "p", Automatic: true, Says: "A reason.",
		AnswerBy: when.Add(time.Hour), PersonBy: when.Add(time.Hour), Appeal: when.Add(time.Hour), Ledger: "head",
	}
	to := courier.Recipient{Role: role, Email: "owner@acme.example", Lang: "zh-CN"}
	links := courier.Links{Speak: "https://x.example/t/a1", Show: "https://x.example/t/b1"}
	m, err := courier.Render(&n, to, links, courier.Letterhead{Operator: "Example Cloud", Domain: "abuse.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	return &courier.Letter{Notice: &n, To: to, Links: links, Message: m}
}

func TestANoticeIsPostedSignedAndAsTheSchemaSays(t *testing.T) {
	secret, err := signed.NewSecret(bytes.Repeat([]byte{5}, 32))
	if err != nil {
		t.Fatal(err)
	}
	keys := signed.Keys{secret}
	var ids []string
	var body []byte
	status := http.StatusNoContent
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		id, err := keys.Verify(r.Header, body, at)
		if err != nil {
			t.Error(err)
		}
		var told struct{ ID string }
		if err := json.Unmarshal(body, &told); err != nil || told.ID != id {
			t.Errorf("the body's id is %q (%v), and the message's is %q", told.ID, err, id)
		}
		ids = append(ids, id)
		w.WriteHeader(status)
	}))
	defer srv.Close()
	w := New(&poster{srv.URL, keys})
	says, err := w.Send(t.Context(), letter(t, "owner"))
	if says != "status 204" || err != nil {
		t.Errorf("got %q, %v", says, err)
	}
	if strings.Contains(string(body), "owner@acme") {
		t.Error("the body has the recipient's address")
	}
	fits(t, body)
	received := letter(t, "owner")
	received.Notice.Receipt = "R-0A1B2C3D4E"
	if _, err := w.Send(t.Context(), received); err != nil || !strings.Contains(string(body), `"receipt":"R-0A1B2C3D4E"`) {
		t.Errorf("the receipt of an appeal is posted as %s, %v", body, err)
	}
	fits(t, body)
	ids = ids[:1]
	status = http.StatusInternalServerError
	if _, err := w.Send(t.Context(), letter(t, "owner")); evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(err.Error(), courier.ErrSilent.Error()) {
		t.Errorf("a server with a fault: %v", err)
	}
	status = http.StatusUnprocessableEntity
	if _, err := w.Send(t.Context(), letter(t, "admin")); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("a server that does not take it: %v", err)
	}
	if len(ids) != 3 || ids[0] != ids[1] || ids[0] == ids[2] {
		t.Errorf("the ids are %q; expected the same for the same recipient and another for another", ids)
	}
}

func TestACorrectionIsAsTheSchemaSays(t *testing.T) {
	l := letter(t, "owner")
	l.Notice.Undone = true
	body, err := json.Marshal(bodyOf(l))
	if err != nil || !strings.Contains(string(body), `"undone":true`) {
		t.Fatalf("%s, %v; expected that the measure could not be carried out", body, err)
	}
	fits(t, body)
}

func TestWhatANoticeTellsOfOthersIsAsTheSchemaSays(t *testing.T) {
	l := letter(t, "owner")
	l.Notice.Beside = []evenkeel.Beside{
		{Measure: evenkeel.MeasureLimit, Assets: []evenkeel.AssetID{"m-1"}, State: evenkeel.Superseded, Undone: true},
		{Measure: evenkeel.MeasureIsolate, Assets: []evenkeel.AssetID{"m-2"}, State: evenkeel.InForce},
	}
	body, err := json.Marshal(bodyOf(l))
	if want := `"beside":[{"measure":"limit","assets":["m-1"],"state":"superseded","undone":true},{"measure":"isolate","assets":["m-2"],"state":"in_force"}]`; err != nil || !strings.Contains(string(body), want) {
		t.Fatalf("%s, %v; expected %s", body, err, want)
	}
	fits(t, body)
}

// flat is a poster that makes the same of everything.
type flat struct {
	status int
	err    error
}

func (f flat) Post(context.Context, string, []byte) (int, error) { return f.status, f.err }

// TestOnlyWhatSpeaksOfTheBodyIsRefusedForGood: all else is a setting that a person can put right.
func TestOnlyWhatSpeaksOfTheBodyIsRefusedForGood(t *testing.T) {
	final, passing := evenkeel.Invalid("no"), &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "not now", Hint: "look"}
	denied := &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "it wants nothing", Hint: "look"}
	for _, c := range []struct {
		status int
		err    error
		kind   evenkeel.Kind
		is     error
	}{
		{400, final, evenkeel.KindInvalid, nil}, {413, final, evenkeel.KindInvalid, nil}, {415, final, evenkeel.KindInvalid, nil}, {422, final, evenkeel.KindInvalid, nil},
		{401, denied, evenkeel.KindUnavailable, courier.ErrShut}, {403, passing, evenkeel.KindUnavailable, courier.ErrShut},
		{404, final, evenkeel.KindUnavailable, courier.ErrShut}, {405, final, evenkeel.KindUnavailable, courier.ErrShut},
		{410, denied, evenkeel.KindUnavailable, courier.ErrShut}, {0, denied, evenkeel.KindUnavailable, courier.ErrShut},
		{302, passing, evenkeel.KindUnavailable, courier.ErrShut}, {500, passing, evenkeel.KindUnavailable, courier.ErrSilent},
		{429, passing, evenkeel.KindUnavailable, courier.ErrSilent}, {0, passing, evenkeel.KindUnavailable, courier.ErrSilent},
	} {
		_, err := New(flat{c.status, c.err}).Send(t.Context(), letter(t, "owner"))
		if evenkeel.KindOf(err) != c.kind || c.is != nil && !errors.Is(err, c.is) || !errors.Is(err, c.err) {
			t.Errorf("%d, %v: %v", c.status, c.err, err)
		}
	}
}

// fits holds a body to the schema, which has to know every name in it.
func fits(t *testing.T, body []byte) {
	t.Helper()
	text, err := os.ReadFile("../../docs/schema/notice.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	var doc any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults(schema, schema, doc, "") {
		t.Error(fault)
	}
	doc.(map[string]any)["more"] = 1
	delete(doc.(map[string]any), "to")
	doc.(map[string]any)["notice"].(map[string]any)["automatic"] = "yes"
	if got := faults(schema, schema, doc, ""); len(got) != 3 {
		t.Errorf("of three faults %q are noticed", got)
	}
}

func faults(root, s map[string]any, v any, where string) (all []string) {
	if ref, ok := s["$ref"].(string); ok {
		s = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	if c, ok := s["const"]; ok && c != v {
		all = append(all, fmt.Sprintf("%s is %v", where, v))
	}
	if e, ok := s["enum"].([]any); ok && !slices.Contains(e, v) {
		all = append(all, fmt.Sprintf("%s is %v", where, v))
	}
	if s["type"] != nil && !slices.Contains(strings.Fields(strings.Trim(fmt.Sprint(s["type"]), "[]")), kindOf(v)) {
		return append(all, fmt.Sprintf("%s is a %s", where, kindOf(v)))
	}
	switch v := v.(type) {
	case map[string]any:
		known, _ := s["properties"].(map[string]any)
		required, _ := s["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				all = append(all, fmt.Sprintf("%s has no %s", where, name))
			}
		}
		for name, x := range v {
			if known[name] == nil {
				all = append(all, fmt.Sprintf("%s.%s is not in the schema", where, name))
				continue
			}
			all = append(all, faults(root, known[name].(map[string]any), x, where+"."+name)...)
		}
	case []any:
		for i, x := range v {
			all = append(all, faults(root, s["items"].(map[string]any), x, fmt.Sprintf("%s[%d]", where, i))...)
		}
	}
	return all
}

func kindOf(v any) string {
	switch v.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "number"
	}
	return "null"
}
