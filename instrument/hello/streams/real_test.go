package streams_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/evenkeel/evenkeel/instrument/hello"
	"github.com/evenkeel/evenkeel/instrument/hello/initial"
	"github.com/evenkeel/evenkeel/instrument/hello/streams"
	"github.com/evenkeel/evenkeel/instrument/packet/capture"
)

// told is what was found in a capture, in words.
type told struct {
	from, to  netip.AddrPort
	transport hello.Transport
	nth       int
	forms     [4]string
	stable    hello.Key
	name      string
	family    hello.Family
	err       error
}

func folder(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("EVENKEEL_DATA")
	if root == "" {
		t.Skip("EVENKEEL_DATA names no folder of recorded data")
	}
	return filepath.Join(root, "tls-http2", name)
}

// find reads a capture to its end.
func find(t *testing.T, path string) (out []told) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	in := io.Reader(file)
	if filepath.Ext(path) == ".gz" {
		if in, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	r, err := capture.New(in)
	if err != nil {
		t.Fatal(err)
	}
	finder := streams.New(func(f *streams.Found) {
		x := told{from: f.Source, to: f.Destination, transport: f.Transport, nth: f.Nth, err: f.Err}
		if f.Err == nil {
			for form := range x.forms {
				x.forms[form] = string(f.Hello.AppendJA4(nil, hello.Form(form)))
			}
			x.stable, x.name, x.family = f.Hello.Stable(), string(f.Hello.ServerName), f.Hello.Family()
		}
		out = append(out, x)
	})
	for {
		p, err := r.Next()
		if err != nil {
			break // what ends before its end is the concern of capture
		}
		finder.Packet(&p)
	}
	finder.End()
	if finder.Left() > 0 {
		t.Errorf("%s: %d packets were not looked at", path, finder.Left())
	}
	return out
}

// reference is what FoxIO's own program said of a stream: the four forms of its first hello, and of its second.
type reference struct {
	Src, Dst, Srcport, Dstport, Domain string

	A1 string `json:"JA4.1"`
	R1 string `json:"JA4_r.1"`
	O1 string `json:"JA4_o.1"`
	B1 string `json:"JA4_ro.1"`
	A2 string `json:"JA4.2"`
	R2 string `json:"JA4_r.2"`
	O2 string `json:"JA4_o.2"`
	B2 string `json:"JA4_ro.2"`
}

// Each stream that FoxIO's reference answers for has the same JA4 here, in all four forms, and no other
// TLS stream of those captures is found.
func TestRealInputEveryReferenceOfJA4IsMatched(t *testing.T) {
	dir := folder(t, "ja4")
	files, err := filepath.Glob(filepath.Join(dir, "expected", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d references, %v", len(files), err)
	}
	known, matched, hellos, more := 0, 0, 0, 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var want []reference
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		got := find(t, filepath.Join(dir, "pcap", name))
		for _, w := range want {
			known++
			var first hello.Key
			for nth, forms := range [][4]string{{w.A1, w.R1, w.O1, w.B1}, {w.A2, w.R2, w.O2, w.B2}} {
				if forms[0] == "" {
					continue
				}
				hellos++
				i := slices.IndexFunc(got, func(x told) bool {
					return x.err == nil && x.nth == nth+1 && x.from.String() == netip.AddrPortFrom(netip.MustParseAddr(w.Src), port(t, w.Srcport)).String() &&
						x.to == netip.AddrPortFrom(netip.MustParseAddr(w.Dst), port(t, w.Dstport)) && x.transport == hello.TCP
				})
				if i < 0 {
					t.Errorf("%s: stream %s:%s, hello %d, was not found", name, w.Src, w.Srcport, nth+1)
					continue
				}
				if got[i].forms != forms || got[i].name != w.Domain {
					t.Errorf("%s: stream %s:%s, hello %d of %s: %q\nexpected %q of %s", name, w.Src, w.Srcport, nth+1, got[i].name, got[i].forms, forms, w.Domain)
				} else if matched++; nth == 1 && got[i].stable != first {
					t.Errorf("%s: %s has another stable key after a second hello was asked for", name, got[i].from)
				}
				first = got[i].stable
				got = slices.Delete(got, i, i+1)
			}
		}
		for _, x := range got {
			if x.err == nil && x.transport == hello.TCP {
				more++
				t.Logf("%s: beside the reference %s → %s, hello %d: %s %s", name, x.from, x.to, x.nth, x.forms[0], x.name)
			}
		}
	}
	fmt.Printf("note: JA4 is that of the reference for %d of %d hellos in %d streams, in all four forms; %d more hellos of TLS were found\n", matched, hellos, known, more)
	if known < 124 {
		t.Errorf("%d streams have a reference; expected at least 124", known)
	}
}

func port(t *testing.T, s string) (n uint16) {
	t.Helper()
	if _, err := fmt.Sscan(s, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

var suricata = regexp.MustCompile(`(tls|quic)\.ja4: (\S+)`)

// Suricata's tests of JA4 name a hash of TLS and one of QUIC.
func TestRealInputSuricatasJA4IsMatched(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(folder(t, "suricata-verify"), "ja4-*", "test.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d tests, %v", len(files), err)
	}
	matched := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := find(t, filepath.Join(filepath.Dir(file), "input.pcap"))
		for _, m := range suricata.FindAllStringSubmatch(string(raw), -1) {
			if !slices.ContainsFunc(got, func(x told) bool { return x.transport.String() == m[1] && x.forms[0] == m[2] }) {
				t.Errorf("%s: no %s with %s among %v", file, m[1], m[2], got)
				continue
			}
			matched++
		}
	}
	fmt.Printf("note: JA4 is that of Suricata's tests for %d hellos\n", matched)
	if matched < 5 {
		t.Errorf("%d matched; expected 5", matched)
	}
}

// No capture of Zeek's or Suricata's ends otherwise than with a hello or an error that has a name.
func TestRealInputOddHellosEndWithAHelloOrANamedError(t *testing.T) {
	names := []error{
		hello.ErrMore, hello.ErrNotTLS, hello.ErrHTTP, hello.ErrSSLv2, hello.ErrNotHello, hello.ErrTooLong,
		hello.ErrTooMany, hello.ErrMalformed, initial.ErrNotInitial, initial.ErrVersion, initial.ErrSealed,
	}
	files, hellos, counts := 0, map[hello.Transport]int{}, map[error]int{}
	for _, set := range []string{"zeek-tls-quic", "suricata-verify", "ja4"} {
		err := filepath.WalkDir(folder(t, set), func(path string, d fs.DirEntry, err error) error {
			switch ext := filepath.Ext(strings.TrimSuffix(path, ".gz")); {
			case err != nil:
				return err
			case d.IsDir(), ext != ".pcap" && ext != ".pcapng" && ext != ".cap":
				return nil
			}
			files++
			for _, x := range find(t, path) {
				rel, _ := filepath.Rel(os.Getenv("EVENKEEL_DATA"), path)
				t.Logf("%s: %s %s → %s, hello %d: %s %s %s %v", rel, x.transport, x.from, x.to, x.nth, x.forms[0], x.name, x.family, x.err)
				if x.err == nil {
					hellos[x.transport]++
					continue
				}
				i := slices.IndexFunc(names, func(e error) bool { return errors.Is(x.err, e) })
				if i < 0 {
					t.Errorf("%s: an error without a name: %v", path, x.err)
					continue
				}
				counts[names[i]]++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	fmt.Printf("note: %d captures have %d hellos of TLS, %d of QUIC, %d of DTLS", files, hellos[hello.TCP], hellos[hello.QUIC], hellos[hello.DTLS])
	for _, e := range names {
		if counts[e] > 0 {
			fmt.Printf("; %d × %q", counts[e], e)
		}
	}
	fmt.Println()
}

// What nDPI says of each flow of its captures is compared too, in all that it computes as the specification says: of the protocols it
// writes the second letter and not the last, and what it calls the server's name is not only the extension. What is not read here (tunnels, TLS behind
// STARTTLS, QUIC of Google's and Facebook's own) is counted.
func TestRealInputNDPIsJA4IsMatched(t *testing.T) {
	dir := filepath.Join(os.Getenv("EVENKEEL_DATA"), "net", "ndpi")
	folder(t, "")
	file, err := os.Open(filepath.Join(dir, "flows.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	// but for the server's name and the protocols: d or i at 3, two letters at 8
	comparable := func(ja4 string) string { return ja4[:3] + ja4[4:8] + ja4[10:] }
	captures := map[string][]told{}
	matched, other, unread := 0, 0, 0
	for _, row := range rows[1:] {
		of := func(name string) string { return row[column[name]] }
		want := of("ja4")
		if len(want) != 36 {
			continue
		}
		name := of("pcap")
		if _, ok := captures[name]; !ok {
			captures[name] = find(t, filepath.Join(dir, "pcap", name))
		}
		from := netip.AddrPortFrom(netip.MustParseAddr(of("src")), port(t, of("sport")))
		to := netip.AddrPortFrom(netip.MustParseAddr(of("dst")), port(t, of("dport")))
		said := ""
		for _, x := range captures[name] {
			if x.err == nil && (x.from == from && x.to == to || x.from == to && x.to == from) {
				if said = x.forms[0]; comparable(said) == comparable(want) {
					break
				}
			}
		}
		switch {
		case said == "":
			unread++
		case comparable(said) == comparable(want):
			matched++
		default:
			other++
			t.Logf("%s: %s → %s: %s; nDPI says %s", name, from, to, said, want)
		}
	}
	fmt.Printf("note: JA4 is that of nDPI for %d flows, another for %d; %d flows are of kinds that are not read\n", matched, other, unread)
	if matched < 450 || other > 5 {
		t.Errorf("%d matched, %d did not", matched, other)
	}
}
