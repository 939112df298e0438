package agent

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/lab/testhost"
	"github.com/evenkeel/evenkeel/shield/plan"
)

const document = `
ports:
  - {name: "tap-{guest}", kind: tun, asset: "vm-{guest}"}
guests:
  vm-1: {addresses: [192.0.2.7, "2001:db8:7::/64"], cgroup: machine.slice/vm-1, domain: one, cpus: 2}
  vm-9: {macs: ["52:54:00:00:00:09"]}
data_path: [198.51.100.0/28]
never_touch: {gateways: [192.0.2.1], floor: 100}
`

func settings(t *testing.T) Settings {
	t.Helper()
	s, err := Parse("host.yaml", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheDefaultsAreWell(t *testing.T) {
	s, err := Parse("host.yaml", nil)
	if err != nil || s.Data == "" || len(s.Own) == 0 {
		t.Errorf("%+v, %v", s, err)
	}
	if s.NeverTouch.Floor < 100 || s.NeverTouch.Floor > plan.IsolatedRate {
		t.Errorf("each port sends %d packets a second to what is never touched before a limit holds it", s.NeverTouch.Floor)
	}
	if again, err := Parse("printed.yaml", []byte(Text)); err != nil || !reflect.DeepEqual(again, s) {
		t.Errorf("what is printed reads as %+v, %v", again, err)
	}
}

// seventeen are so many addresses that no network holds together.
func seventeen() string {
	all := make([]string, 17)
	for i := range all {
		all[i] = fmt.Sprintf("192.0.2.%d", 2*i)
	}
	return strings.Join(all, ", ")
}

func TestAPatternThatFindsNothingIsNamed(t *testing.T) {
	s := Settings{Ports: []Pattern{{Name: "tap-{guest}", Kind: "tun"}, {Name: "vnet{guest}"}, {Name: "veth-{guest}", Kind: "veth"}, {Name: "ct-{guest}", Kind: "tun"}}}
	got := s.unfit([]port.Place{{Name: "tap-1", Kind: "tun"}, {Name: "veth-1", Kind: "veth"}, {Name: "ct-1", Kind: "veth"}, {Name: "ct-2", Kind: "veth"}})
	want := []string{`no interface fits name "vnet{guest}"`, `no interface fits name "ct-{guest}" of kind "tun"; ct-1 would, and is of kind veth`}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it says %q; expected %q", got, want)
	}
}

// The kind that the settings name is the one that the kernel has, which of a tap is tun.
func TestATapIsOfTheKindThatTheSettingsName(t *testing.T) {
	testhost.Alone(t, func(t *testing.T) {
		must(t, "ip tuntap add tap-vm-1 mode tap")
		must(t, "ip link add veth-1 type veth peer name g1")
		s := Settings{Ports: []Pattern{{Name: "tap-{guest}", Kind: "tun"}, {Name: "veth-{guest}", Kind: "veth"}}}
		places, err := listPorts()
		if err != nil {
			t.Fatal(err)
		}
		if says := s.unfit(places); len(says) != 0 {
			t.Errorf("of %+v it says %q", places, says)
		}
	})
}

func TestABadSettingSaysWhatWasExpected(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"datta: /x", `did you mean "data"`},
		{"data: x", "expected a path from the root"},
		{"pins: ''", "expected a path from the root"},
		{"data_path: [192.0.2.1/24]", "without bits behind its length"},
		{"data_path: [example.net]", "expected an address"},
		{"never_touch: {operator: [0.0.0.0/0]}", "would switch measures off"},
		{"data_path: [198.51.100.1]\nnever_touch: {operator: [" + seventeen() + "]}", "18 networks of IPv4 and 0 of IPv6"},
		{"data_path: [198.51.100.1]\nnever_touch: {operator: [" + seventeen() + "]}", "write neighbours as one network"},
		{"never_touch: {floor: -1}", "never_touch.floor is -1"},
		{"ports: [{name: tap}]", "expected {guest} once in the name"},
		{"ports: [{name: 'tap-{guest}', kind: vth}]", `the kind "vth" of tap-{guest}; expected a kind of link, such as tun, veth`},
		{"guests: {vm-1: {macs: [nonsense]}}", "expected one such as 52:54"},
		{"guests:\n  web-2: {ports: [vg0, vg1]}\n  web-1:\n    ports: [vg1, vg1]", `the port "vg1" is named of web-2 (line 2) and web-1 (line 4); expected it at one guest`},
		{"guests:\n  web-1: {macs: ['52:54:00:00:00:AA']}\n  web-2: {macs: ['52:54:00:00:00:aa'], ports: [vg1]}", `the card 52:54:00:00:00:aa is of web-1 (line 2) and web-2 (line 3)`},
		{"guests: {vm-1: {cgroup: ../other}}", "expected a path below cgroups"},
		{"guests: {vm-1: {cpus: -1}}", "expected 1 or more"},
		{"facts: {roots: [{asset: vm-1, path: var/x}]}", "expected one from the root, / for this host"},
		{"facts: {roots: [{asset: vm-1}]}", "path"},
		{"facts: {roots: [{asset: vm-1, path: /}, {asset: vm-1, path: /x}]}", "vm-1 is there twice"},
		{"facts: {roots: [{asset: '', path: /}]}", "facts.roots.asset is empty"},
		{"payload: {stratum: true}", "expected a text"},
		{"payload: {stratum: \"true\"}", "expected the reason"},
		{"payload: {stratum: \"two lines\\nand more\"}", "expected the reason"},
		{"payload: {stratum: " + strings.Repeat("why", 200) + "}", "expected the reason"},
		{"libvirt: {socket: run/libvirt}", "libvirt.socket is \"run/libvirt\"; expected a path from the root"},
		{"libvirt: {uri: system}", "expected one such as qemu:///system"},
		{"libvirt: {asset: vm}", "expected {name} or {uuid} once"},
		{"libvirt: {asset: \"{name}{uuid}\"}", "expected {name} or {uuid} once"},
		{"canary: {put: \"https://e.example/{asset}/{probe}\"}", "canary.asset is \"\"; expected a guest"},
		{"canary: {asset: c}", "canary.fetch is empty; expected an address for each way"},
		{"canary: {asset: c}", "canary.put is no address"},
		{"canary: {asset: c, put: \"https://e.example/{asset}\"}", "with {asset} and {probe} once"},
		{"canary: {asset: c, fetch: {export: \"ftp://e.example/{asset}/{probe}\"}}", "canary.fetch.export is no address"},
		{"canary: {asset: c, fetch: {door: \"https://e.example/{asset}/{probe}\"}}", "names \"door\"; expected some of console, export"},
	} {
		_, err := Parse("host.yaml", []byte(c.text))
		if err == nil || !strings.Contains(err.Error()+evenkeel.HintOf(err), c.want) || evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%s: %v; want %q", c.text, err, c.want)
		}
	}
}

func TestWhatGuestsMayShareIsTaken(t *testing.T) {
	s, err := Parse("host.yaml", []byte(`guests:
  web-1: {ports: [vg1, vg1], addresses: [192.0.2.1, 192.0.2.9], macs: ["52:54:00:00:00:07"]}
  web-2: {domain: two, addresses: [192.0.2.9, "2001:db8::/64"], macs: ["52:54:00:00:00:07"]}
  web-3: {addresses: ["2001:db8::/64"]}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"192.0.2.9 is an address of web-1 (line 2) and web-2 (line 3): each of them may send from it", "2001:db8::/64 is an address of web-2 (line 3) and web-3 (line 4): each of them may send from it"}
	if got := s.SharedAddresses(); !reflect.DeepEqual(got, want) {
		t.Errorf("it says %q; expected %q", got, want)
	}
}

var places = []port.Place{
	{Name: "eth0", Index: 2, Kind: "device"}, {Name: "tap-1", Index: 7, Kind: "tun"}, {Name: "vnet3", Index: 8, Kind: "tun", MAC: [6]byte{0xfe, 0x54, 0, 0, 0, 9}},
	{Name: "tap-2", Index: 9, Kind: "tun"}, {Name: "veth9", Index: 10, Kind: "veth"},
}

func TestTheWorldOfAHostIsMadeOfItsPorts(t *testing.T) {
	s := settings(t)
	book, err := s.Book(nil)
	if err != nil {
		t.Fatal(err)
	}
	w, unknown := s.World(book, places)
	own := []netip.Prefix{netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("2001:db8:7::/64")}
	want := []plan.Guest{
		{Asset: "vm-1", Ports: []plan.Port{{Name: "tap-1", Index: 7, Own: own}}, Cgroup: "machine.slice/vm-1", Domain: "one", CPUs: 2},
		{Asset: "vm-2", Ports: []plan.Port{{Name: "tap-2", Index: 9}}},
		{Asset: "vm-9", Ports: []plan.Port{{Name: "vnet3", Index: 8, MAC: [6]byte{0xfe, 0x54, 0, 0, 0, 9}}}},
	}
	if !reflect.DeepEqual(w.Guests, want) {
		t.Errorf("guests %+v; want %+v", w.Guests, want)
	}
	if len(unknown) != 1 || unknown[0].Place.Name != "veth9" || unknown[0].Why == "" || len(w.Guard.Interfaces) != 1 || w.Guard.Floor != 100 || len(w.DataPath) != 1 {
		t.Errorf("nobody's: %+v; guard %+v", unknown, w.Guard)
	}
	if w, _ := s.World(book, nil); len(w.Guests) != 2 || len(w.Guests[0].Ports) != 0 {
		t.Errorf("without ports there are %+v; expected that the guests are held and wait", w.Guests)
	}
}

func TestTheSequenceOfInterfacesDoesNotShow(t *testing.T) {
	s := settings(t)
	book, err := s.Book(nil)
	if err != nil {
		t.Fatal(err)
	}
	w, u := s.World(book, places)
	rapid.Check(t, func(t *rapid.T) {
		turned, v := s.World(book, rapid.Permutation(places).Draw(t, "turned"))
		if !reflect.DeepEqual(turned, w) || !reflect.DeepEqual(u, v) {
			t.Fatalf("%+v %+v; want %+v %+v", turned, v, w, u)
		}
	})
}
