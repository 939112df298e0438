package guard

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	auth "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	envoytype "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// dialEnvoy asks as Envoy does, by its own definitions.
func dialEnvoy(t testing.TB, addr string) (auth.AuthorizationClient, *grpc.ClientConn) {
	t.Helper()
	c, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return auth.NewAuthorizationClient(c), c
}

func socketAddress(a string) *core.Address {
	return &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{Address: a, PortSpecifier: &core.SocketAddress_PortValue{PortValue: 4711}}}}
}

// checkOf is a request as Envoy describes it.
func checkOf(method, path string) *auth.CheckRequest {
	return &auth.CheckRequest{Attributes: &auth.AttributeContext{
		Source:      &auth.AttributeContext_Peer{Address: socketAddress("198.51.100.7"), Principal: "spiffe://x"},
		Destination: &auth.AttributeContext_Peer{Address: socketAddress("10.0.0.1")},
		Request: &auth.AttributeContext_Request{Http: &auth.AttributeContext_HttpRequest{
			Id: "1", Method: method, Path: path, Host: "shop.example", Scheme: "https", Protocol: "HTTP/2", Size: -1,
			Headers: map[string]string{":authority": "shop.example", ":method": method, ":path": path, "user-agent": "visitor/1", "accept-encoding": "gzip",
				"x-forwarded-for": "192.0.2.1", "x-real-ip": "192.0.2.2", "x-evenkeel-stable": "00000000000000ff"},
		}},
		ContextExtensions: map[string]string{"a": "b"},
	}}
}

func TestEnvoysDefinitionsAreObeyed(t *testing.T) {
	b := newBench(t)
	addr, _ := serve(t, b.guard())
	envoy, _ := dialEnvoy(t, addr)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	check := func(t *testing.T, r *auth.CheckRequest) *auth.CheckResponse {
		t.Helper()
		resp, err := envoy.Check(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Validate(); err != nil {
			t.Errorf("Envoy would refuse the answer: %v", err)
		}
		return resp
	}
	last := func(t *testing.T) heard {
		t.Helper()
		all := b.hears()
		if len(all) == 0 {
			t.Fatal("the judge was not asked")
		}
		return all[len(all)-1]
	}
	isVisitor := func(t *testing.T, h heard) {
		t.Helper()
		if h.Method != "GET" || h.Host != "shop.example" || h.Agent != "visitor/1" || h.From.String() != "198.51.100.7" || h.Port != 4711 || !h.Secure || h.Again || h.Stable != 0 {
			t.Errorf("the judge heard %+v", h)
		}
		if h.Accept != "" {
			t.Error("the judge may pack a page, which no CheckResponse can hold")
		}
		for name := range h.Header {
			if strings.HasPrefix(name, ":") || slices.Contains(told, name) {
				t.Errorf("the judge heard %s", name)
			}
		}
	}
	t.Run("a request that may pass", func(t *testing.T) {
		r := checkOf("GET", "/open?a=%20")
		resp := check(t, r)
		if resp.GetStatus().GetCode() != 0 || resp.GetOkResponse() == nil || len(resp.GetOkResponse().GetResponseHeadersToAdd()) != 0 || !slices.Contains(resp.GetOkResponse().GetHeadersToRemove(), "x-evenkeel-stable") {
			t.Errorf("the answer is %v", resp)
		}
		if h := last(t); h.URI != "/open?a=%20" {
			t.Errorf("the judge heard %s", h.URI)
		}
		isVisitor(t, last(t))
	})
	t.Run("header fields as they came, raw and repeated", func(t *testing.T) {
		r := checkOf("GET", "/open")
		http := r.Attributes.Request.Http
		http.Headers = nil
		http.HeaderMap = &core.HeaderMap{Headers: []*core.HeaderValue{
			{Key: ":authority", RawValue: []byte("shop.example")}, {Key: "user-agent", RawValue: []byte("visitor/1")}, {Key: "cookie", RawValue: []byte("a=\xff")}, {Key: "cookie", Value: "b=2"},
		}}
		http.Host = ""
		check(t, r)
		isVisitor(t, last(t))
		if c := last(t).Header["Cookie"]; !slices.Equal(c, []string{"a=\xff", "b=2"}) {
			t.Errorf("the judge heard %q", c)
		}
	})
	t.Run("a cookie goes to the visitor beside the backend's", func(t *testing.T) {
		add := check(t, checkOf("GET", "/cookie")).GetOkResponse().GetResponseHeadersToAdd()
		if len(add) != 1 || add[0].Header.Key != "set-cookie" || add[0].Header.Value != "ek=passed; Path=/; HttpOnly" || add[0].AppendAction != core.HeaderValueOption_APPEND_IF_EXISTS_OR_ADD {
			t.Errorf("the visitor gets %v", add)
		}
	})
	t.Run("a page with its status, fields and body", func(t *testing.T) {
		page := b.judge(&Ask{Request: httptest.NewRequest("GET", "/guarded/x", nil)}, nil)
		resp := check(t, checkOf("GET", "/guarded/x"))
		denied := resp.GetDeniedResponse()
		if codes.Code(resp.GetStatus().GetCode()) != codes.PermissionDenied || int(denied.GetStatus().GetCode()) != page.Answer.Status || denied.GetBody() != string(page.Answer.Body) {
			t.Errorf("the answer is %v with %v and %.80q", resp.GetStatus(), denied.GetStatus(), denied.GetBody())
		}
		want := http.Header{}
		page.Answer.Put(want)
		want["Set-Cookie"] = []string{"ek=asked; Path=/"}
		have := http.Header{}
		for _, o := range denied.GetHeaders() {
			have.Add(o.Header.Key, o.Header.Value)
			if appends := o.AppendAction == core.HeaderValueOption_APPEND_IF_EXISTS_OR_ADD; appends != (o.Header.Key == "set-cookie") {
				t.Errorf("%s is put as %v", o.Header.Key, o.AppendAction)
			}
		}
		for name, v := range want {
			if name != "Content-Length" && !slices.Equal(have[name], v) {
				t.Errorf("%s is %q; expected %q", name, have[name], v)
			}
		}
	})
	t.Run("what is not known to us is passed over, and bodies too", func(t *testing.T) {
		r := checkOf("GET", "/open")
		r.Attributes.Request.Http.Body = strings.Repeat("b", 8<<10)
		r.Attributes.Request.Http.RawBody = []byte{0xff, 0xfe}
		r.Attributes.MetadataContext = &core.Metadata{FilterMetadata: map[string]*structpb.Struct{"x": {}}}
		r.Attributes.TlsSession = &auth.AttributeContext_TLSSession{Sni: "shop.example"}
		unknown := protowire.AppendString(protowire.AppendTag(nil, 1900, protowire.BytesType), "of a later version")
		unknown = protowire.AppendVarint(protowire.AppendTag(unknown, 1901, protowire.VarintType), 1<<60)
		for _, m := range []proto.Message{r, r.Attributes, r.Attributes.Source, r.Attributes.Request, r.Attributes.Request.Http} {
			m.ProtoReflect().SetUnknown(unknown)
		}
		if check(t, r).GetOkResponse() == nil {
			t.Error("it did not pass")
		}
		isVisitor(t, last(t))
	})
	t.Run("visitors pass where attributes are missing", func(t *testing.T) {
		for name, r := range map[string]*auth.CheckRequest{
			"everything": {}, "the request": {Attributes: &auth.AttributeContext{Source: &auth.AttributeContext_Peer{Address: socketAddress("198.51.100.7")}}},
			"the source": func() *auth.CheckRequest { r := checkOf("GET", "/guarded"); r.Attributes.Source = nil; return r }(),
			"the path":   checkOf("GET", ""),
			"an address": func() *auth.CheckRequest {
				r := checkOf("GET", "/guarded")
				r.Attributes.Source.Address = &core.Address{Address: &core.Address_Pipe{Pipe: &core.Pipe{Path: "@"}}}
				return r
			}(),
		} {
			before := len(b.hears())
			if check(t, r).GetOkResponse() == nil || len(b.hears()) != before {
				t.Errorf("without %s the visitor does not pass unasked", name)
			}
		}
	})
	t.Run("what a visitor broke is refused", func(t *testing.T) {
		r := checkOf("GET", "/open")
		r.Attributes.Request.Http.Headers["x-long"] = strings.Repeat("x", MostHeader)
		if d := check(t, r).GetDeniedResponse(); d.GetStatus().GetCode() != envoytype.StatusCode_RequestHeaderFieldsTooLarge {
			t.Errorf("a header that is too large: %v", d)
		}
		if d := check(t, checkOf("GET", "/\x01")).GetDeniedResponse(); d.GetStatus().GetCode() != envoytype.StatusCode_BadRequest {
			t.Errorf("a path that is none: %v", d)
		}
	})
	t.Run("a message that is too large costs only itself", func(t *testing.T) {
		r := checkOf("GET", "/open")
		r.Attributes.Request.Http.Body = strings.Repeat("b", MostCheck)
		if _, err := envoy.Check(ctx, r); status.Code(err) != codes.ResourceExhausted {
			t.Errorf("the guard says %v", err)
		}
		check(t, checkOf("GET", "/open"))
	})
	t.Run("another method is not known", func(t *testing.T) {
		_, c := dialEnvoy(t, addr)
		if err := c.Invoke(ctx, "/envoy.service.auth.v2.Authorization/Check", checkOf("GET", "/"), new(auth.CheckResponse)); err == nil {
			t.Error("it answered")
		}
	})
	t.Run("what is no message is said to be none", func(t *testing.T) {
		_, c := dialEnvoy(t, addr)
		if err := c.Invoke(ctx, envoyCheck, &core.HeaderValue{Key: "\x07"}, new(auth.CheckResponse)); status.Code(err) != codes.InvalidArgument {
			t.Errorf("the guard says %v", err)
		}
	})
}

func TestStrangersDoNotAskAsEnvoy(t *testing.T) {
	b := newBench(t)
	addr, _ := serve(t, b.guard(func(c *Config) { c.Trusted = c.Trusted[1:] }))
	envoy, _ := dialEnvoy(t, addr)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if _, err := envoy.Check(ctx, checkOf("GET", "/open")); status.Code(err) != codes.Unauthenticated || len(b.hears()) != 0 {
		t.Errorf("the guard says %v", err)
	}
}

// A judge that hangs costs the request that it hangs on, and Envoy's own limit of time ends that.
func TestEnvoysLimitOfTimeIsItsOwn(t *testing.T) {
	b := newBench(t)
	hang := make(chan struct{})
	var once bool
	g := b.guard(func(c *Config) {
		judge := c.Judge
		c.Judge = func(a *Ask, dst []byte) Verdict {
			if a.Request.URL.Path == "/hang" {
				<-hang
			}
			return judge(a, dst)
		}
	})
	addr, _ := serve(t, g)
	envoy, _ := dialEnvoy(t, addr)
	t.Cleanup(func() {
		if !once {
			close(hang)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := envoy.Check(ctx, checkOf("GET", "/hang")); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("the guard says %v", err)
	}
	if _, err := envoy.Check(context.Background(), checkOf("GET", "/open")); err != nil {
		t.Errorf("the next is not answered: %v", err)
	}
	once = true
	close(hang)
}

func TestEveryStatusThatEnvoyTakesIsKept(t *testing.T) {
	for s := 200; s < 600; s++ {
		_, takes := envoytype.StatusCode_name[int32(s)]
		if got := envoyStatus(s); takes != (got == s) || !takes && got != http.StatusForbidden {
			t.Errorf("status %d becomes %d", s, got)
		}
	}
}
