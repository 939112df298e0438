package whence

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// mapping is a record of a database: a map of texts, numbers and maps.
type mapping []pair

type pair struct {
	key   string
	value any
}

// database6 writes a database of MaxMind's form, version 2.0, of IPv6 with IPv4 below ::/96, with records of 32 bits
// (maxmind.github.io/MaxMind-DB, read in 2026).
func database6(t testing.TB, of map[string]mapping) []byte { return databaseOf(t, of, 32) }

// databaseOf is the same with records of 24, 28 or 32 bits.
func databaseOf(t testing.TB, of map[string]mapping, size uint32) []byte {
	t.Helper()
	type node [2]int // 0: nothing; n > 0: the node n; n < 0: the record −n−1
	nodes := []node{{}}
	var records []int
	var data bytes.Buffer
	for _, text := range slices.Sorted(keysOf(of)) {
		p := netip.MustParsePrefix(text)
		bits, b := p.Bits(), p.Addr().As16()
		if p.Addr().Is4() {
			four := p.Addr().As4()
			b = [16]byte{12: four[0], four[1], four[2], four[3]}
			bits += 96
		}
		at := 0
		for i := range bits {
			side := b[i/8] >> (7 - i%8) & 1
			if i == bits-1 {
				records = append(records, data.Len())
				nodes[at][side] = -len(records)
				break
			}
			if nodes[at][side] <= 0 {
				nodes = append(nodes, node{})
				nodes[at][side] = len(nodes) - 1
			}
			at = nodes[at][side]
		}
		encode(&data, of[text])
	}
	var out bytes.Buffer
	for _, n := range nodes {
		var values [2]uint32
		for side, x := range n {
			value := len(nodes) // nothing
			if x > 0 {
				value = x
			} else if x < 0 {
				value = len(nodes) + 16 + records[-x-1]
			}
			values[side] = uint32(value)
		}
		left, right := binary.BigEndian.AppendUint32(nil, values[0]), binary.BigEndian.AppendUint32(nil, values[1])
		switch size {
		case 24:
			out.Write(append(left[1:], right[1:]...))
		case 28:
			out.Write(append(append(left[1:], left[0]<<4|right[0]), right[1:]...))
		default:
			out.Write(append(left, right...))
		}
	}
	out.Write(make([]byte, 16))
	out.Write(data.Bytes())
	out.WriteString("\xab\xcd\xefMaxMind.com")
	encode(&out, mapping{{"node_count", uint32(len(nodes))}, {"record_size", size}, {"ip_version", uint32(6)}, {"database_type", "Test"},
		{"binary_format_major_version", uint32(2)}, {"binary_format_minor_version", uint32(0)}, {"build_epoch", uint32(1)}})
	return out.Bytes()
}

func keysOf(of map[string]mapping) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range of {
			if !yield(k) {
				return
			}
		}
	}
}

func encode(b *bytes.Buffer, value any) {
	switch x := value.(type) {
	case mapping:
		b.WriteByte(7<<5 | byte(len(x)))
		for _, p := range x {
			encode(b, p.key)
			encode(b, p.value)
		}
	case string:
		if b.WriteByte(2<<5 | byte(min(len(x), 29))); len(x) >= 29 {
			b.WriteByte(byte(len(x) - 29))
		}
		b.WriteString(x)
	case uint32:
		b.WriteByte(6<<5 | 4)
		binary.Write(b, binary.BigEndian, x)
	}
}

var (
	asDatabase = map[string]mapping{
		"192.0.2.0/24":   {{"autonomous_system_number", uint32(64496)}, {"autonomous_system_organization", "One"}},
		"2001:db8::/32":  {{"asn", "AS64497"}},
		"203.0.113.0/24": {{"other", "x"}},
	}
	countryDatabase = map[string]mapping{
		"192.0.2.0/25":    {{"country", mapping{{"iso_code", "DE"}}}, {"registered_country", mapping{{"iso_code", "FR"}}}},
		"192.0.2.128/25":  {{"registered_country", mapping{{"iso_code", "FR"}}}},
		"2001:db8::/32":   {{"country_code", "JP"}},
		"198.51.100.0/24": {{"continent", mapping{{"code", "EU"}}}},
	}
)

func TestDatabasesOfMaxMindsFormAreRead(t *testing.T) {
	dir := t.TempDir()
	as := written(t, dir, "as.mmdb", string(database6(t, asDatabase)))
	a := New(Source{AS: []string{as}, Countries: []string{written(t, dir, "c.MMDB", string(database6(t, countryDatabase)))}})
	a.Look()
	for _, s := range a.States() {
		if s.Fault != "" {
			t.Error(s.Fault)
		}
	}
	for address, want := range map[string]string{"192.0.2.9": "64496 DE", "192.0.2.200": "64496 FR", "2001:db8::9": "64497 JP", "198.51.100.1": "0 \x00\x00", "203.0.113.5": "0 \x00\x00", "192.0.3.1": "0 \x00\x00"} {
		p := a.Of(at(address))
		if got := says(p.AS) + " " + string(p.Country[:]); got != want {
			t.Errorf("%s: %q; expected %q", address, got, want)
		}
	}
	for _, size := range []uint32{24, 28} {
		table, err := systems("x.mmdb", databaseOf(t, asDatabase, size))
		if err != nil {
			t.Fatalf("with records of %d bits: %v", size, err)
		}
		if as, _ := table.of.Lookup(at("192.0.2.9")); as != 64496 || table.of.Size() != 2 {
			t.Errorf("with records of %d bits it is AS%d, of %d", size, as, table.of.Size())
		}
	}
	good := database6(t, asDatabase)
	circle := bytes.Clone(good)
	binary.BigEndian.PutUint64(circle, 0) // the root's children are itself
	if table, err := systems("circle.mmdb", circle); err == nil && table.of.Size() > 0 {
		t.Error("a tree that is a circle has leaves")
	}
	for _, bad := range [][]byte{[]byte("not one"), good[:len(good)/2], append(bytes.Repeat([]byte{0xff}, 64), good[64:]...)} {
		written(t, dir, "as.mmdb", string(bad))
		a.Look()
		if s := a.States()[0]; s.Fault == "" || !strings.Contains(s.Fault, "as.mmdb") || a.Of(at("192.0.2.9")).AS != 64496 {
			t.Errorf("a damaged file took something away: %+v", s)
		}
	}
}

func says(as uint32) string {
	if as == 0 {
		return "0"
	}
	var b []byte
	for ; as > 0; as /= 10 {
		b = append([]byte{byte('0' + as%10)}, b...)
	}
	return string(b)
}

func unpacked(t testing.TB, dir, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, dir, strings.TrimSuffix(filepath.Base(path), ".gz"), string(text))
}

func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// FuzzTables reads anything as each form: nothing panics, and what is good can be looked up.
func FuzzTables(f *testing.F) {
	f.Add([]byte("192.0.2.0 24 64496\n"))
	f.Add([]byte("192.0.2.0/24,DE\n"))
	f.Add([]byte("192.0.2.0,192.0.2.9,64496\n"))
	f.Add([]byte(`{"prefixes":[{"ipv4Prefix":"192.0.2.0/24"}]}`))
	f.Add([]byte(`["192.0.2.0/24",{"a":[1,null,true]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if table, err := systems("f", data); err == nil {
			for p, v := range table.of.All() {
				if got, ok := table.of.LookupPrefix(p); !ok || got != v || v == 0 {
					t.Fatalf("%s has %d and %d", p, v, got)
				}
			}
		}
		if table, err := countries("f", data); err == nil {
			for _, c := range table.of.All() {
				if c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' {
					t.Fatalf("%q is a country", c)
				}
			}
		}
		if all, err := Ranges("f", data); err == nil {
			for _, p := range all {
				if p != p.Masked() || p.Addr().Is4In6() || p.Bits() < leastBits4 {
					t.Fatalf("%s is in a list", p)
				}
			}
		}
	})
}

// FuzzDatabase reads anything as a database.
func FuzzDatabase(f *testing.F) {
	f.Add(database6(f, asDatabase))
	f.Add(database6(f, countryDatabase))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		if table, err := systems("f.mmdb", data); err == nil && table.of.Size() > MaxEntries {
			t.Fatal("there are too many")
		}
		_, _ = countries("f.mmdb", data)
	})
}

func BenchmarkOf(b *testing.B) {
	a := atlasOfSizes(b)
	for name, address := range map[string]netip.Addr{"v4": at("192.0.2.9"), "v6": at("2001:db8::1"), "unknown": at("198.18.0.1")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a.Of(address)
			}
		})
	}
}

// BenchmarkRecorded looks addresses up that are drawn from the whole Internet, in tables of it.
func BenchmarkRecorded(b *testing.B) {
	a := recorded(b)
	lot := rand.New(rand.NewPCG(1, 2))
	v4, v6 := make([]netip.Addr, 1<<16), make([]netip.Addr, 1<<16)
	for i := range v4 {
		var x [16]byte
		binary.BigEndian.PutUint32(x[12:], lot.Uint32())
		v4[i] = netip.AddrFrom4([4]byte(x[12:]))
		binary.BigEndian.PutUint64(x[:], lot.Uint64()>>4|0x2000<<48)
		x[0] = 0x20 | x[0]&15
		v6[i] = netip.AddrFrom16(x)
	}
	for name, all := range map[string][]netip.Addr{"v4": v4, "v6": v6} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				a.Of(all[i&(len(all)-1)])
				i++
			}
		})
	}
}
