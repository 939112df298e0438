package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// crook is a provider that says whatever it is told to say. It speaks the protocol by itself, so that
// it can get wrong what a library would not.
type crook struct {
	*httptest.Server
	mu        sync.Mutex
	algorithm string
	id        string // of the key that signs
	shown     string // and of the key that it shows
	rsa       *rsa.PrivateKey
	ec        *ecdsa.PrivateKey
	ed        ed25519.PrivateKey
	describe  map[string]any // over what it would say of itself
	claims    map[string]any // over what it would say of somebody
	token     func(w http.ResponseWriter, idToken string)
	asked     map[string]int
}

func newCrook(t *testing.T) *crook {
	t.Helper()
	c := &crook{algorithm: "RS256", id: "k1", shown: "k1", describe: map[string]any{}, claims: map[string]any{}, asked: map[string]int{}}
	var err error
	if c.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if c.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, c.ed, err = ed25519.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (c *crook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked[r.URL.Path]++
	w.Header().Set("Content-Type", "application/json")
	say := func(v any) { _ = json.NewEncoder(w).Encode(v) }
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		d := map[string]any{
			"issuer": c.URL, "authorization_endpoint": c.URL + "/auth", "token_endpoint": c.URL + "/token", "jwks_uri": c.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"none", "HS256", "RS256", "ES256", "EdDSA", "PS256"},
		}
		for k, v := range c.describe {
			d[k] = v
		}
		say(d)
	case "/keys":
		point, _ := c.ec.PublicKey.Bytes()
		say(map[string]any{"keys": []any{
			map[string]any{"kty": "RSA", "use": "sig", "kid": c.shown, "n": b64(c.rsa.N.Bytes()), "e": b64(big.NewInt(int64(c.rsa.E)).Bytes())},
			map[string]any{"kty": "EC", "crv": "P-256", "use": "sig", "kid": c.shown, "x": b64(point[1:33]), "y": b64(point[33:])},
			map[string]any{"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": c.shown, "x": b64(c.ed.Public().(ed25519.PublicKey))},
		}})
	case "/token":
		_ = r.ParseForm()
		nonce, _, _ := strings.Cut(r.PostForm.Get("code"), " ")
		now := time.Now()
		claims := map[string]any{"iss": c.URL, "sub": "s-1", "aud": "evenkeel", "nonce": nonce, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
		for k, v := range c.claims {
			if claims[k] = v; v == nil {
				delete(claims, k)
			}
		}
		token := c.sign(claims)
		if c.token != nil {
			c.token(w, token)
			return
		}
		say(map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": token})
	}
}

func (c *crook) sign(claims map[string]any) string {
	head, _ := json.Marshal(map[string]any{"alg": c.algorithm, "kid": c.id})
	body, _ := json.Marshal(claims)
	text := b64(head) + "." + b64(body)
	sum := sha256.Sum256([]byte(text))
	var mac []byte
	switch c.algorithm {
	case "RS256":
		mac, _ = rsa.SignPKCS1v15(rand.Reader, c.rsa, crypto.SHA256, sum[:])
	case "PS256":
		mac, _ = rsa.SignPSS(rand.Reader, c.rsa, crypto.SHA256, sum[:], nil)
	case "ES256":
		r, s, _ := ecdsa.Sign(rand.Reader, c.ec, sum[:])
		mac = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case "EdDSA":
		mac = ed25519.Sign(c.ed, []byte(text))
	case "HS256":
		m := hmac.New(sha256.New, []byte("s3cret"))
		m.Write([]byte(text))
		mac = m.Sum(nil)
	}
	return text + "." + b64(mac)
}

// round signs somebody in with the crook, whose code is the nonce.
func round(t *testing.T, p *Provider, alter func(url.Values)) (Identity, error) {
	t.Helper()
	to, cookie, err := p.Begin(t.Context(), Ticket{})
	if err != nil {
		return Identity{}, err
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	brought := url.Values{"state": {u.Query().Get("state")}, "code": {u.Query().Get("nonce")}}
	if alter != nil {
		alter(brought)
	}
	id, _, err := p.Finish(t.Context(), cookie, brought)
	return id, err
}

func TestWhatIsNotBelieved(t *testing.T) {
	soon, ago := time.Now().Add(time.Hour).Unix(), time.Now().Add(-time.Hour).Unix()
	claim := func(k string, v any) func(*crook, *Settings) {
		return func(c *crook, _ *Settings) { c.claims[k] = v }
	}
	for _, c := range []struct {
		name  string
		spoil func(c *crook, s *Settings)
		alter func(url.Values)
		says  string // "" where it is believed
	}{
		{name: "as it should be"},
		{name: "signed by ES256", spoil: func(c *crook, _ *Settings) { c.algorithm = "ES256" }},
		{name: "signed by EdDSA", spoil: func(c *crook, _ *Settings) { c.algorithm = "EdDSA" }},
		{name: "not signed at all", spoil: func(c *crook, _ *Settings) { c.algorithm = "none" }, says: "is not believed"},
		{name: "signed with the secret that both know", spoil: func(c *crook, _ *Settings) { c.algorithm = "HS256" }, says: "is not believed"},
		{name: "signed by an algorithm that is not listed", spoil: func(c *crook, _ *Settings) { c.algorithm = "PS256" }, says: "is not believed"},
		{name: "signed with a key that nobody knows", spoil: func(c *crook, _ *Settings) { c.id = "k9" }, says: "is not believed"},
		{name: "for another sign-in", spoil: claim("nonce", "another"), says: "(nonce)"},
		{name: "for no sign-in", spoil: claim("nonce", nil), says: "(nonce)"},
		{name: "for another program", spoil: claim("aud", "other"), says: "is not believed"},
		{name: "for several programs, made for another", spoil: func(c *crook, _ *Settings) {
			c.claims["aud"], c.claims["azp"] = []string{"evenkeel", "other"}, "other"
		}, says: "(azp)"},
		{name: "for several programs, and nobody says for whom", spoil: claim("aud", []string{"evenkeel", "other"}), says: "(azp)"},
		{name: "over", spoil: claim("exp", ago), says: "is not believed"},
		{name: "over for half a minute, as clocks differ", spoil: claim("exp", time.Now().Add(-30*time.Second).Unix())},
		{name: "over for two minutes", spoil: claim("exp", time.Now().Add(-2*time.Minute).Unix()), says: "is not believed"},
		{name: "from the future", spoil: claim("iat", soon), says: "(iat)"},
		{name: "of no time", spoil: claim("iat", nil), says: "(iat)"},
		{name: "not before an hour from now", spoil: claim("nbf", soon), says: "is not believed"},
		{name: "in the name of another provider", spoil: claim("iss", "https://id.example.net"), says: "is not believed"},
		{name: "about nobody", spoil: claim("sub", ""), says: "(sub)"},
		{name: "about somebody with a very long name", spoil: claim("sub", strings.Repeat("x", 256)), says: "(sub)"},
		{name: "an answer that names another provider", alter: func(q url.Values) { q.Set("iss", "https://id.example.net") }, says: "(iss)"},
		{name: "an answer that names nobody, where it should", spoil: func(c *crook, _ *Settings) { c.describe["authorization_response_iss_parameter_supported"] = true }, says: "(iss)"},
		{name: "no code", alter: func(q url.Values) { q.Del("code") }, says: `it says "nothing"`},
		{name: "an answer without an ID token", spoil: func(c *crook, _ *Settings) {
			c.token = func(w http.ResponseWriter, _ string) {
				_, _ = w.Write([]byte(`{"access_token":"a","token_type":"Bearer"}`))
			}
		}, says: "no ID token"},
		{name: "an answer without an end", spoil: func(c *crook, _ *Settings) {
			c.token = func(w http.ResponseWriter, token string) {
				_, _ = w.Write([]byte(`{"access_token":"` + strings.Repeat("a", 2<<20) + `","token_type":"Bearer","id_token":"` + token + `"}`))
			}
		}, says: "cannot be reached"},
		{name: "an answer that leads elsewhere", spoil: func(c *crook, _ *Settings) {
			c.token = func(w http.ResponseWriter, _ string) { w.Header().Set("Location", c.URL+"/x"); w.WriteHeader(307) }
		}, says: "does not take the code"},
		{name: "a provider that is broken", spoil: func(c *crook, _ *Settings) {
			c.token = func(w http.ResponseWriter, _ string) { w.WriteHeader(500) }
		}, says: "cannot be reached"},
		{name: "a description of another provider", spoil: func(c *crook, _ *Settings) { c.describe["issuer"] = "https://id.example.net" }, says: "cannot be reached"},
		{name: "a description with keys in the clear", spoil: func(c *crook, _ *Settings) { c.describe["jwks_uri"] = "http://192.0.2.1/keys" }, says: "cannot be reached"},
		{name: "a description that has people sign in in the clear", spoil: func(c *crook, _ *Settings) { c.describe["authorization_endpoint"] = "http://192.0.2.1/auth" }, says: "cannot be reached"},
		{name: "without the second factor that is asked for", spoil: func(c *crook, s *Settings) { s.AMR, c.claims["amr"] = []string{"otp", "hwk"}, []string{"pwd"} }, says: `by amr "pwd"`},
		{name: "with it", spoil: func(c *crook, s *Settings) { s.AMR, c.claims["amr"] = []string{"otp", "hwk"}, []string{"pwd", "otp"} }},
		{name: "of a lower class than is asked for", spoil: func(c *crook, s *Settings) { s.ACR = []string{"urn:strong"} }, says: `by acr ""`},
		{name: "of the class that is asked for", spoil: func(c *crook, s *Settings) { s.ACR, c.claims["acr"] = []string{"urn:strong"}, "urn:strong" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			crook := newCrook(t)
			s := settings(crook.URL)
			if c.spoil != nil {
				c.spoil(crook, &s)
			}
			id, err := round(t, open(t, s), c.alter)
			if c.says == "" {
				if err != nil || id.Subject != "s-1" || id.Issuer != crook.URL {
					t.Errorf("it is %+v (%v)", id, err)
				}
				return
			}
			kind := evenkeel.KindDenied
			if c.says == "cannot be reached" {
				kind = evenkeel.KindUnavailable
			}
			if err == nil || evenkeel.KindOf(err) != kind || !strings.Contains(err.Error(), c.says) || evenkeel.HintOf(err) == "" || id.Subject != "" {
				t.Errorf("it is %+v (%v, %s); expected %q, %s", id, err, evenkeel.KindOf(err), c.says, kind)
			}
		})
	}
}

func TestWhatIsReadOfSomebody(t *testing.T) {
	crook := newCrook(t)
	crook.claims = map[string]any{"email": "Ada@Example.net", "email_verified": "true", "preferred_username": "ada", "name": "Ada Lovelace", "groups": []any{"ops", 7, "abuse"}}
	p := open(t, settings(crook.URL))
	id, err := round(t, p, nil)
	if err != nil || id.Email != "ada@example.net" || id.Login != "ada" || id.Name != "Ada Lovelace" || strings.Join(id.Groups, " ") != "ops abuse" {
		t.Errorf("it is %+v (%v)", id, err)
	}
	for _, verified := range []any{false, "false", nil, 1} {
		crook.claims["email_verified"] = verified
		if id, err := round(t, p, nil); err != nil || id.Email != "" {
			t.Errorf("an address of which the provider says %v that it is verified is %q (%v)", verified, id.Email, err)
		}
	}
}

// TestKeysAreKeptAndChange counts how often they are asked for.
func TestKeysAreKeptAndChange(t *testing.T) {
	crook := newCrook(t)
	p := open(t, settings(crook.URL))
	good := func(what string, keys int) {
		t.Helper()
		if id, err := round(t, p, nil); err != nil || id.Subject != "s-1" {
			t.Errorf("%s: %+v (%v)", what, id, err)
		}
		if crook.asked["/keys"] != keys || crook.asked["/.well-known/openid-configuration"] != 1 {
			t.Errorf("%s: asked %v; expected the keys %d times", what, crook.asked, keys)
		}
	}
	good("the first", 1)
	good("the next", 1)
	crook.mu.Lock()
	crook.id, crook.shown = "k2", "k2"
	crook.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	crook.mu.Unlock()
	good("with a new key", 2)
	good("and again", 2)
}

// TestAProviderThatIsAwayHoldsNobodyUp: it is asked once in a while, and is back when it is back.
func TestAProviderThatIsAwayHoldsNobodyUp(t *testing.T) {
	crook := newCrook(t)
	crook.describe["jwks_uri"] = "http://192.0.2.1/keys"
	now := time.Now()
	p, err := New(settings(crook.URL), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if _, err := round(t, p, nil); evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(evenkeel.HintOf(err), "password") {
			t.Fatalf("it says %v", err)
		}
	}
	if n := crook.asked["/.well-known/openid-configuration"]; n != 1 {
		t.Errorf("it was asked %d times within a moment; expected once", n)
	}
	crook.mu.Lock()
	delete(crook.describe, "jwks_uri")
	crook.mu.Unlock()
	now = now.Add(awayFor)
	if _, err := round(t, p, nil); err != nil {
		t.Errorf("it is back: %v", err)
	}
	crook.Close()
	now = now.Add(2 * describedFor)
	if _, _, err := p.Begin(t.Context(), Ticket{}); err != nil {
		t.Errorf("away again for a moment, and people are still sent there: %v", err)
	}
}

func FuzzUnseal(f *testing.F) {
	key := []byte("a key")
	good, err := seal(key, &sealed{Ticket: Ticket{To: "/flags"}, Provider: "corp", Seed: []byte("seed"), Until: 100})
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{good, "", ".", "e30.", strings.TrimSuffix(good, good[len(good)-1:]), good + "."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := unseal(key, text, "corp", 50)
		if (err == nil) != (text == good) {
			t.Errorf("%q is read as %+v (%v)", text, got, err)
		}
		if _, err := unseal(key, text, "corp", 100); err == nil {
			t.Errorf("%q is good when it is over", text)
		}
	})
}
