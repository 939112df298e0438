package rule

import (
	"fmt"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// windowOf compiles one window in a rule about a subject; its term reads a feature.
func windowOf(t testing.TB, subject, body, feature string) *Window {
	t.Helper()
	r := parseText(t, fmt.Sprintf(`
rule: one
version: 1
family: f
mode: live
subject: %s
about: One window.
windows:
  w: {%s}
terms:
  - {name: t, family: wire, when: w.%s, weight: 1, says: x}
score: 1
tests: {hit: [a.txtar], miss: [b.txtar]}
`, subject, body, feature))
	return &r.Windows[0]
}

func TestWindowsTakeTheRecordsOfTheirSignal(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	usage := func(m evenkeel.Meter, p evenkeel.Part) {
		b.AddUsage(evenkeel.Usage{Asset: "vm", Meter: m, Part: p, Form: evenkeel.FormDelta})
	}
	usage(evenkeel.MeterCPUFraction, evenkeel.PartWhole)  // 0
	usage(evenkeel.MeterCPUTime, evenkeel.PartIdle)       // 1
	usage(evenkeel.MeterCPUCores, evenkeel.PartWhole)     // 2
	usage(evenkeel.MeterNetwork, evenkeel.PartTransmit)   // 3
	usage(evenkeel.MeterNetwork, evenkeel.PartReceive)    // 4
	usage(evenkeel.MeterDisk, evenkeel.PartRead)          // 5
	usage(evenkeel.MeterDisk, evenkeel.PartWrite)         // 6
	usage(evenkeel.MeterNetwork, evenkeel.PartWhole)      // 7
	b.AddFlow(evenkeel.Flow{Asset: "vm", Remote: "a"})    // 8
	b.AddHostEvent(evenkeel.HostEvent{Asset: "vm"})       // 9
	b.AddLifecycle(evenkeel.Lifecycle{Tenant: "t"})       // 10
	b.AddPayment(evenkeel.Payment{Tenant: "t"})           // 11
	b.AddTenancy(evenkeel.Tenancy{Tenant: "t"})           // 12
	b.AddBurst(evenkeel.Burst{Tenant: "t", Selector: ""}) // 13
	b.AddReport(evenkeel.Report{Asset: "192.0.2.9"})      // 14
	usage(evenkeel.MeterReflectedOut, 2)                  // 15
	usage(evenkeel.MeterReflectedIn, 2)                   // 16
	cases := []struct {
		subject, of, feature string
		takes                []int
	}{
		{"asset", "cpu.busy", "mean > 0.5", []int{0, 1, 2}},
		{"asset", "network.bytes", "sum > 1", []int{3, 4, 7}},
		{"asset", "network.out.bytes", "sum > 1", []int{3}},
		{"asset", "network.in.bytes", "sum > 1", []int{4}},
		{"asset", "disk.bytes", "sum > 1", []int{5, 6}},
		{"asset", "disk.read.bytes", "sum > 1", []int{5}},
		{"asset", "disk.write.bytes", "sum > 1", []int{6}},
		{"asset", "flow", "count > 1", []int{8}},
		{"asset", "hostevent", "count > 1", []int{9}},
		{"principal", "lifecycle", "count > 1", []int{10}},
		{"tenant", "payment", "count > 1", []int{11}},
		{"asset", "report", "count > 1", []int{14}},
		{"asset", "port.reflected.out", "sum > 1", []int{15}},
		{"asset", "port.reflected.in", "sum > 1", []int{16}},
	}
	// Each part of a port is a signal of its own.
	first := len(b.Records)
	for i, s := range []string{"packets.out", "bytes.out", "packets.in", "bytes.in", "syns.out", "synacks.in", "resets.in", "small.out", "udp.out", "udp.in",
		"fragments.out", "malformed.out", "spoofed.out", "flows.out", "hosts", "services", "top.packets", "top.bytes", "top.syns", "service.syns",
		"mail.flows", "login.flows", "victims", "mining", "limited", "dropped", "icmp.out", "echoes.in", "probed"} {
		usage(evenkeel.MeterPort, evenkeel.PartPacketsOut+evenkeel.Part(i))
		feature := "sum > 1"
		if s == "mining" {
			feature = "mean > 0.5"
		}
		cases = append(cases, struct {
			subject, of, feature string
			takes                []int
		}{"asset", "port." + s, feature, []int{first + i}})
	}
	first = len(b.Records)
	for i, s := range []string{"visits", "passed", "failed", "wanted", "served", "asked", "solved", "refused", "turned", "edge.time", "backend.time", "saved.time", "bytes",
		"at.filter", "at.cookie", "at.proof", "at.queue", "at.page"} {
		usage(evenkeel.MeterSite, evenkeel.PartVisits+evenkeel.Part(i))
		cases = append(cases, struct {
			subject, of, feature string
			takes                []int
		}{"asset", "site." + s, "sum > 1", []int{first + i}})
	}
	b.AddRequest(evenkeel.Request{Asset: "shop"})
	cases = append(cases, struct {
		subject, of, feature string
		takes                []int
	}{"asset", "request", "count > 1", []int{len(b.Records) - 1}})
	for _, c := range cases {
		w := windowOf(t, c.subject, "of: "+c.of+", for: 10m, pane: 1m", c.feature)
		var took []int
		for i := range b.Records {
			if w.Match(b, &b.Records[i]) {
				took = append(took, i)
			}
		}
		if fmt.Sprint(took) != fmt.Sprint(c.takes) {
			t.Errorf("%s takes records %v, want %v", c.of, took, c.takes)
		}
	}
	if len(cases) != len(signals)-1 {
		t.Errorf("%d signals tried of %d", len(cases), len(signals)-1)
	}
}

func TestWhereReadsTheFieldsOfTheEvent(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	b.AddFlow(evenkeel.Flow{Asset: "vm", Direction: evenkeel.DirectionOut, Remote: "192.0.2.7", Port: 3333, Protocol: "tcp",
		Name: "pool.example", App: "stratum", Packets: 12, Bytes: 3456})
	b.AddFlow(evenkeel.Flow{Asset: "vm"})
	b.AddLifecycle(evenkeel.Lifecycle{Tenant: "t", Action: evenkeel.ActionCreate, Flavour: "c8", VCPUs: 8, Image: "debian",
		StartScript: "ab12", Region: "north", Principal: "ci"})
	b.AddLifecycle(evenkeel.Lifecycle{Tenant: "t"})
	b.AddHostEvent(evenkeel.HostEvent{Asset: "vm", What: "exec", Name: "xmrig", SHA256: "cd34"})
	b.AddHostEvent(evenkeel.HostEvent{Asset: "vm"})
	b.AddPayment(evenkeel.Payment{Tenant: "t", Kind: evenkeel.PaymentChargeback, Amount: "12.50", Currency: "EUR"})
	b.AddPayment(evenkeel.Payment{Tenant: "t", Amount: "much"})
	b.AddRequest(evenkeel.Request{Asset: "shop", Path: "GET /search", Client: "t13d1516h2", Network: "192.0.2.0/24", Country: "SG", Did: "asked", Status: 4, Of: 20})
	b.AddRequest(evenkeel.Request{Asset: "shop"})
	cases := []struct {
		subject, of, where string
		full, empty        bool
	}{
		{"asset", "flow", `direction == "out" && remote == "192.0.2.7" && port == 3333 && protocol == "tcp"`, true, false},
		{"asset", "flow", `name.endsWith(".example") && app == "stratum" && packets == 12 && octets == 3456`, true, false},
		{"asset", "flow", `packets < 40`, true, false},   // nor how many packets it had
		{"asset", "flow", `octets < 10000`, true, false}, // nor how many bytes
		{"asset", "flow", `app != "tls"`, true, false},   // nobody told the other one's app
		{"asset", "flow", `port != 3333`, false, false},  // nor its port
		{"asset", "lifecycle", `action == "create" && flavour == "c8" && vcpus == 8 && image == "debian"`, true, false},
		{"asset", "lifecycle", `start_script == "ab12" && region == "north" && principal == "ci"`, true, false},
		{"asset", "lifecycle", `vcpus < 100`, true, false},
		{"asset", "lifecycle", `principal == ""`, false, false},
		{"asset", "hostevent", `what == "exec" && name == "xmrig" && sha256.startsWith("cd")`, true, false},
		{"asset", "hostevent", `!(what in ["exec", "file-write"])`, false, false},
		{"tenant", "payment", `kind == "chargeback" && amount == 12.5 && currency == "EUR"`, true, false},
		{"tenant", "payment", `amount < 100.0`, true, false},
		{"asset", "request", `path == "GET /search" && client.startsWith("t13") && network == "192.0.2.0/24" && country == "SG" && did == "asked"`, true, false},
		{"asset", "request", `status == 4 && requests == 20`, true, false},
	}
	at := map[string]int{"flow": 0, "lifecycle": 2, "hostevent": 4, "payment": 6, "request": 8}
	for _, c := range cases {
		w := windowOf(t, c.subject, fmt.Sprintf("of: %s, where: '%s', for: 1h, keep: mark", c.of, c.where), "seen")
		i := at[c.of]
		if got := w.Match(b, &b.Records[i]); got != c.full {
			t.Errorf("%s where %s: full event %v", c.of, c.where, got)
		}
		if got := w.Match(b, &b.Records[i+1]); got != c.empty {
			t.Errorf("%s where %s: empty event %v", c.of, c.where, got)
		}
	}
}

func TestFieldsAreToldApartAndSummed(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	b.AddFlow(evenkeel.Flow{Asset: "vm", Remote: "192.0.2.7", Port: 3333, Packets: 12, Bytes: 3456})
	b.AddFlow(evenkeel.Flow{Asset: "vm"})
	b.AddLifecycle(evenkeel.Lifecycle{Tenant: "t", VCPUs: 8})
	b.AddLifecycle(evenkeel.Lifecycle{Tenant: "t"})
	for _, c := range []struct {
		field, full string
		told        bool // by the empty flow
	}{{"remote", "192.0.2.7", false}, {"port", "3333", false}} {
		w := windowOf(t, "asset", "of: flow, for: 10m, pane: 1m, distinct: "+c.field, "distinct > 3")
		if s, ok := w.FieldText(b, &b.Records[0]); s != c.full || !ok {
			t.Errorf("%s: %q %v", c.field, s, ok)
		}
		if _, ok := w.FieldText(b, &b.Records[1]); ok != c.told {
			t.Errorf("%s of an empty flow: %v", c.field, ok)
		}
		if _, ok := w.FieldText(b, &b.Records[2]); ok {
			t.Errorf("%s of another kind of record", c.field)
		}
	}
	for _, c := range []struct {
		of, field string
		at        int
		full      int64
		told      bool
	}{{"flow", "packets", 0, 12, false}, {"flow", "bytes", 0, 3456, false}, {"lifecycle", "vcpus", 2, 8, false}} {
		w := windowOf(t, "asset", "of: "+c.of+", for: 10m, pane: 1m, sum: "+c.field, "sum > 3")
		if n, ok := w.FieldNumber(b, &b.Records[c.at]); n != c.full || !ok {
			t.Errorf("%s: %v %v", c.field, n, ok)
		}
		if _, ok := w.FieldNumber(b, &b.Records[c.at+1]); ok != c.told {
			t.Errorf("%s of an empty event: %v", c.field, ok)
		}
	}
	w := windowOf(t, "asset", "of: flow, for: 10m, pane: 1m", "count > 3")
	if _, ok := w.FieldNumber(b, &b.Records[0]); ok {
		t.Error("a window that counts has no field")
	}
	if _, ok := w.FieldText(b, &b.Records[0]); ok {
		t.Error("a window that counts has no field")
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	b.AddFlow(evenkeel.Flow{Asset: "vm", Direction: evenkeel.DirectionOut, App: "stratum", Port: 3333})
	b.AddUsage(evenkeel.Usage{Asset: "vm", Meter: evenkeel.MeterCPUFraction})
	for i, w := range []*Window{
		windowOf(t, "asset", `of: flow, where: 'direction == "out" && app == "stratum"', for: 1h, keep: mark`, "seen"),
		windowOf(t, "asset", "of: cpu.busy, for: 10m, pane: 1m", "mean > 0.5"),
	} {
		if !w.Match(b, &b.Records[i]) {
			t.Fatal("no match")
		}
		if n := testing.AllocsPerRun(1000, func() { w.Match(b, &b.Records[i]) }); n != 0 {
			t.Errorf("%s: %v allocations", w.Of, n)
		}
	}
}

func TestEqualDefinitionsShareADigest(t *testing.T) {
	digest := func(subject, body, feature string) uint64 { return windowOf(t, subject, body, feature).Digest }
	one := digest("asset", "of: lifecycle, for: 10m, pane: 1m", "count > 1")
	if one != digest("asset", "pane: 60s, for: 600s, of: lifecycle", "rate > 1.0") {
		t.Error("the same definition in other words has another digest")
	}
	for name, other := range map[string]uint64{
		"another subject": digest("tenant", "of: lifecycle, for: 10m, pane: 1m", "count > 1"),
		"another length":  digest("asset", "of: lifecycle, for: 20m, pane: 1m", "count > 1"),
		"another grain":   digest("asset", "of: lifecycle, for: 10m, pane: 2m", "count > 1"),
		"another signal":  digest("asset", "of: flow, for: 10m, pane: 1m", "count > 1"),
		"a filter":        digest("asset", "of: lifecycle, where: vcpus > 1, for: 10m, pane: 1m", "count > 1"),
		"a sum":           digest("asset", "of: lifecycle, for: 10m, pane: 1m, sum: vcpus", "count > 1"),
		"history":         digest("asset", "of: lifecycle, for: 10m, pane: 1m, history: true", "count > 1"),
		"a cohort":        digest("asset", "of: lifecycle, for: 10m, pane: 1m, cohort: tenant.standing", "count > 1"),
	} {
		if other == one {
			t.Errorf("%s has the same digest", name)
		}
	}
}

func BenchmarkMatchWhere(b *testing.B) {
	batch := evenkeel.NewBatch("test", 0)
	batch.AddFlow(evenkeel.Flow{Asset: "vm", Direction: evenkeel.DirectionOut, App: "stratum", Port: 3333})
	w := windowOf(b, "asset", `of: flow, where: 'direction == "out" && app == "stratum"', for: 1h, keep: mark`, "seen")
	b.ReportAllocs()
	for b.Loop() {
		w.Match(batch, &batch.Records[0])
	}
}

func TestStretchesReadAndWriteDays(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "20m": 20 * time.Minute, "1h30m": 90 * time.Minute, "24h": 24 * time.Hour,
		"30d": 30 * 24 * time.Hour, "1d12h": 36 * time.Hour,
	} {
		var s stretch
		if err := s.UnmarshalText([]byte(text)); err != nil || time.Duration(s) != want {
			t.Errorf("%s: %v %v", text, time.Duration(s), err)
		}
		var again stretch
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%s is written %s: %v", text, s, err)
		}
	}
	for _, text := range []string{"", "20", "d", "-5m", "-1d", "1d1d", "1d-3h", "99999999999999h", "5 m"} {
		var s stretch
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, s)
		}
	}
}
