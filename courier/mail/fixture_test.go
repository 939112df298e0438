package mail

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

const (
	sender   = "Example Cloud <abuse@example.com>"
	patience = 30 * time.Second
)

// written is when the notices of the tests were.
var written = evenkeel.MomentOf(time.Date(2026, 3, 4, 8, 47, 0, 0, time.UTC))

func clock() evenkeel.Moment { return written.Add(time.Minute) }

// until looks every millisecond whether something holds, for as long as a test has patience.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick, late := time.NewTicker(time.Millisecond), time.NewTimer(patience)
	defer tick.Stop()
	defer late.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// certificate makes one for 127.0.0.1, with its key, and who vouches for it.
func certificate(t testing.TB) (chain []byte, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx.example.com"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	check(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	check(t, err)
	var b bytes.Buffer
	check(t, pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	check(t, pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der}))
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(b.Bytes())
	return b.Bytes(), roots
}

// notice is one about a CPU limit in force.
func notice() evenkeel.Notice {
	return evenkeel.Notice{
		ID: "n-dnpq7javsymn5k2mjpbr56fzfj", Case: "c-5ylw5gk4mxs6cc5ckz3i2wnxqe", Decision: "d-ujpxgtkyw6krtqg6gjozkcyaxe", Tenant: "acme",
		Family: "mining", At: written, State: evenkeel.InForce, Measure: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"m-1", "m-2"},
		From: written, Until: written.Add(4 * time.Hour), Since: written.Add(-time.Hour),
		Seen: []evenkeel.Term{{
			Name: "pinned", Family: evenkeel.EvidenceUsage, Value: evenkeel.Reading{Value: 0.9991, Known: true},
			Threshold: evenkeel.Reading{Value: 0.995, Known: true}, Weight: 3, Says: "The CPU was 99.9 % busy: the mean of 20 one-minute values.",
		}},
		Keeps: []string{"data can be read and exported"}, Clause: "Machines may not be used to mine crypto-currencies (terms of service, acceptable use).",
		Policy: "sha256:5f2b9c", Automatic: true, AnswerBy: written.Add(24 * time.Hour), PersonBy: written.Add(time.Hour), Appeal: written.Add(183 * 24 * time.Hour),
	}
}

var marks, _ = redact.NewKey([]byte("thirty-two bytes, drawn by no lot"))

var head = courier.Letterhead{Operator: "Example Cloud", Domain: "abuse.example.com", ReplyTo: "abuse@example.com"}

func letter(t testing.TB, role, email, lang string) *courier.Letter {
	t.Helper()
	n, to := notice(), courier.Recipient{Role: role, Email: email, Lang: lang}
	m, err := courier.Render(&n, to, courier.Links{}, head)
	check(t, err)
	return &courier.Letter{Notice: &n, To: to, Message: m}
}

func channel(t testing.TB, to Server) *SMTP {
	t.Helper()
	s, err := New(to, clock)
	check(t, err)
	return s
}
