package baseline

import (
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWhatIsNotKnownIsNeitherGoodNorBad(t *testing.T) {
	for _, p := range Look(&Facts{}) {
		if p.State != Unsure || p.Seen == "" || p.Why == "" || p.Do == "" {
			t.Errorf("of nothing known: %+v", p)
		}
	}
}

func states(f *Facts) (out []string) {
	for _, p := range Look(f) {
		out = append(out, p.ID+" "+string(p.State))
	}
	return out
}

func TestPointsOfAMachine(t *testing.T) {
	open := Socket{Proto: "tcp", Own: netip.MustParseAddrPort("0.0.0.0:6379"), State: StateListen}
	local := Socket{Proto: "tcp", Own: netip.MustParseAddrPort("127.0.0.1:5432"), State: StateListen}
	good := &Facts{Filtered: Yes, FilterBy: "nftables", SSH: ParseSettings([]byte("port 22\npermitrootlogin no\npasswordauthentication no\n")),
		Keys: []Key{{"root", "ssh-ed25519", 0}}, Listening: []Socket{open, local}, SocketsOK: true, Upgrades: Yes}
	if got, want := states(good), []string{"firewall good", "ssh-password good", "ssh-root good", "ssh-keys good", "services good", "upgrades good"}; !slices.Equal(got, want) {
		t.Errorf("a good machine: %q", got)
	}
	bad := &Facts{Filtered: No, SSH: Settings{"permitrootlogin": "yes"}.Defaults(), Keys: []Key{{"root", "ssh-rsa", 1024}, {"ann", "ssh-dss", 0}}, Listening: []Socket{open}, SocketsOK: true, Upgrades: No}
	if got, want := states(bad), []string{"firewall bad", "ssh-password bad", "ssh-root bad", "ssh-keys bad", "services bad", "upgrades bad"}; !slices.Equal(got, want) {
		t.Errorf("a bad machine: %q", got)
	}
	for _, p := range Look(bad) {
		if p.Do == "" {
			t.Errorf("%s does not say what to do", p.ID)
		}
	}
	if s := Look(bad)[4].Seen; !strings.Contains(s, "tcp/6379") {
		t.Errorf("services: %s", s)
	}
}

func TestFormatsAreRead(t *testing.T) {
	s := ParseSettings([]byte("# x\nPort 22\nPort 2222\nPasswordAuthentication no\npasswordauthentication yes\nMatch User ann\nPermitRootLogin yes\n"))
	if !slices.Equal(s.Ports(), []uint16{22, 2222}) || s["passwordauthentication"] != "no" || s["permitrootlogin"] != "" {
		t.Errorf("settings %v", s)
	}
	field := func(b []byte) string { return string([]byte{0, 0, byte(len(b) >> 8), byte(len(b))}) + string(b) }
	rsa := base64.StdEncoding.EncodeToString([]byte(field([]byte("ssh-rsa")) + field([]byte{1, 0, 1}) + field(append([]byte{0, 0x80}, make([]byte, 127)...))))
	keys := ParseKeys("ann", []byte("# none\nfrom=\"192.0.2.1\" ssh-rsa "+rsa+" ann@home\nssh-ed25519 AAAA x\nssh-ed25519 no!base64\n"))
	if want := []Key{{"ann", "ssh-rsa", 1024}, {"ann", "ssh-ed25519", 0}}; !slices.Equal(keys, want) {
		t.Errorf("keys %v", keys)
	}
	sockets, bad := ParseSockets("tcp", []byte("  sl  local_address rem_address\n   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 17 1\n   1: 0202A8C0:0016 0102A8C0:C350 01 00000000:00000000 00:00000000 00000000     0        0 18 1\nnonsense\n"))
	if bad != 1 || len(sockets) != 2 || !sockets[0].Listens() || !sockets[0].Local() || sockets[1].Own.String() != "192.168.2.2:22" || sockets[1].Remote.String() != "192.168.2.1:50000" || sockets[1].Listens() {
		t.Errorf("sockets %+v, %d bad", sockets, bad)
	}
	for text, want := range map[string]Answer{
		`{"nftables":[]}`: No,
		`{"nftables":[{"chain":{"family":"inet","table":"f","name":"i","type":"filter","hook":"input","policy":"drop"}}]}`:                                                                                                    Yes,
		`{"nftables":[{"chain":{"family":"inet","table":"f","name":"i","type":"filter","hook":"forward","policy":"drop"}}]}`:                                                                                                  No,
		`{"nftables":[{"chain":{"family":"inet","table":"f","name":"i","type":"filter","hook":"input","policy":"accept"}},{"rule":{"family":"inet","table":"f","chain":"i","expr":[{"counter":null},{"drop":null}]}}]}`:       Yes,
		`{"nftables":[{"chain":{"family":"inet","table":"f","name":"i","type":"filter","hook":"input","policy":"accept"}},{"rule":{"family":"inet","table":"f","chain":"i","expr":[{"match":{"right":22}},{"drop":null}]}}]}`: No,
		`nonsense`: Unknown,
	} {
		if got, err := Filters([]byte(text)); got != want || (err != nil) != (want == Unknown) {
			t.Errorf("%s filters: %d, %v; expected %d", text, got, err, want)
		}
	}
	if FiltersLegacy([]byte("*filter\n:INPUT DROP [0:0]\nCOMMIT\n")) != Yes || FiltersLegacy([]byte("*nat\n:INPUT DROP [0:0]\n*filter\n:INPUT ACCEPT [0:0]\n")) != No {
		t.Error("what iptables-save prints is misread")
	}
	if ParseUpgrades([]byte("APT::Periodic::Unattended-Upgrade \"1\";\n")) != Yes || ParseUpgrades([]byte("APT::Periodic::Unattended-Upgrade \"0\";\n")) != No || ParseUpgrades(nil) != No {
		t.Error("what apt-config prints is misread")
	}
}

func TestServicesAndConnectionsAreReadOrRefused(t *testing.T) {
	for _, bad := range []string{"", "443", "tcp/", "tcp/0", "tcp/65536", "icmp/1", "tcp/443; flush ruleset"} {
		if s, err := ParseService(bad); err == nil || !strings.Contains(err.Error(), "expected such as tcp/443") {
			t.Errorf("%q is %+v, %v", bad, s, err)
		}
	}
	if c, ok := ParseSSHConnection("2001:db8::7 50000 2001:db8::1 22"); !ok || c.Own != 22 || c.Remote.Port() != 50000 {
		t.Errorf("%+v, %v", c, ok)
	}
	for _, bad := range []string{"", "x 1 y 2", "192.0.2.1 0 192.0.2.2 22", "192.0.2.1 1 192.0.2.2 22 5"} {
		if _, ok := ParseSSHConnection(bad); ok {
			t.Errorf("%q was read", bad)
		}
	}
}

// Whatever is asked for, the ssh ports and the connections that stand pass before anything is dropped, and only our table is named.
func TestNoWallShutsItsMakerOut(t *testing.T) {
	if _, err := (&Wall{}).Text(); err == nil {
		t.Error("a wall without an ssh port was written")
	}
	rapid.Check(t, func(t *rapid.T) {
		w := Wall{SSH: rapid.SliceOfN(rapid.Uint16Range(1, 65535), 1, 4).Draw(t, "ssh"), Lease: time.Duration(rapid.IntRange(0, 1000).Draw(t, "lease")) * time.Second}
		for range rapid.IntRange(0, 3).Draw(t, "connections") {
			w.Standing = append(w.Standing, Connection{netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, rapid.Byte().Draw(t, "host")}), rapid.Uint16Range(1, 65535).Draw(t, "port")), rapid.Uint16Range(1, 65535).Draw(t, "own")})
		}
		text, err := w.Text()
		if err != nil {
			t.Fatal(err)
		}
		before, after, ok := strings.Cut(text, "drop\n")
		if !ok || strings.Contains(after, "accept") || strings.Contains(before, "drop") {
			t.Fatalf("it drops elsewhere than last:\n%s", text)
		}
		for _, p := range w.SSH {
			if !strings.Contains(before, "tcp dport "+Service{"tcp", p}.port()+" accept") {
				t.Fatalf("port %d does not pass:\n%s", p, text)
			}
		}
		if strings.Count(text, " saddr ") != len(w.Standing) || strings.Contains(text, "@lease") != (w.Lease > 0) || strings.Contains(text, "flush") {
			t.Fatalf("it is not what was asked for:\n%s", text)
		}
	})
}

func (s Service) port() string {
	return strings.TrimPrefix((&Socket{Proto: "tcp", Own: netip.AddrPortFrom(netip.IPv4Unspecified(), s.Port)}).String(), "tcp/")
}

func FuzzFacts(f *testing.F) {
	f.Add([]byte("Port 22\nssh-rsa AAAA\n"))
	f.Add([]byte(`{"nftables":[{"chain":{"hook":"input"}}]}`))
	f.Add([]byte("x\n   0: 0100007F:1538 00000000:0000 0A 0:0 0:0 0 0 0 17 1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		ParseSettings(text).Ports()
		if keys := ParseKeys("x", text); len(keys) > maxKeys {
			t.Errorf("%d keys", len(keys))
		}
		if s, _ := ParseSockets("tcp", text); len(s) > maxSockets {
			t.Errorf("%d sockets", len(s))
		}
		if a, err := Filters(text); (err != nil) != (a == Unknown) {
			t.Errorf("it filters %d, %v", a, err)
		}
		FiltersLegacy(text)
		ParseUpgrades(text)
		ParseSSHConnection(string(text))
		if s, err := ParseService(string(text)); err == nil && s.Port == 0 {
			t.Error("port 0")
		}
	})
}
