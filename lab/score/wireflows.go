package score

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
)

// flowRow is a connection as Argus or Zeek recorded it.
type flowRow struct {
	at                 evenkeel.Moment
	from, to           netip.Addr
	port               uint16
	tcp                bool
	syns               int
	accepted, rejected bool
}

// asPackets gives the packets that open connections: what a flow tells of the handshake is all that
// the rules about scans ask of.
func asPackets(rows []flowRow) func(func(evenkeel.Moment, *packet.Headers) error) error {
	slices.SortStableFunc(rows, func(a, b flowRow) int { return int(min(max(a.at-b.at, -1), 1)) })
	return func(take func(evenkeel.Moment, *packet.Headers) error) error {
		for i := range rows {
			r := &rows[i]
			h := packet.Headers{Source: r.from, Destination: r.to, SourcePort: 40000, DestinationPort: r.port, Protocol: packet.UDP, Length: 60}
			if r.tcp {
				h.Protocol, h.Flags = packet.TCP, packet.SYN
			}
			for range r.syns {
				if err := take(r.at, &h); err != nil {
					return err
				}
			}
			if !r.accepted && !r.rejected {
				continue
			}
			back := packet.Headers{Source: r.to, Destination: r.from, SourcePort: r.port, DestinationPort: 40000, Protocol: h.Protocol, Length: 60}
			if r.tcp {
				back.Flags = packet.SYN | packet.ACK
				if r.rejected {
					back.Flags = packet.RST | packet.ACK
				}
			}
			if err := take(r.at, &back); err != nil {
				return err
			}
		}
		return nil
	}
}

// argus reads a .binetflow file.
func argus(path string) (rows []flowRow, err error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := csv.NewReader(bufio.NewReader(in))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	column := map[string]int{}
	for i, name := range head {
		column[name] = i
	}
	for {
		f, err := r.Read()
		if err != nil {
			return rows, nil
		}
		at := func(name string) string {
			if i, ok := column[name]; ok && i < len(f) {
				return f[i]
			}
			return ""
		}
		when, err := time.Parse("2006/01/02 15:04:05.999999", at("StartTime"))
		from, e1 := netip.ParseAddr(at("SrcAddr"))
		to, e2 := netip.ParseAddr(at("DstAddr"))
		port, e3 := strconv.ParseUint(at("Dport"), 0, 16)
		if err != nil || e1 != nil || e2 != nil || e3 != nil || at("Proto") != "tcp" && at("Proto") != "udp" {
			continue
		}
		row := flowRow{at: evenkeel.MomentOf(when), from: from, to: to, port: uint16(port), tcp: at("Proto") == "tcp", syns: 1}
		state := at("State")
		sent, back, _ := strings.Cut(state, "_")
		switch {
		case !row.tcp:
			row.accepted = state == "CON"
		case state == "REQ":
		case state == "CON", state == "EST", state == "FIN", state == "CLO":
			row.accepted = true
		case !strings.Contains(sent, "S"): // it was open before
			continue
		default:
			row.accepted = strings.Contains(back, "S")
			row.rejected = !row.accepted && strings.Contains(back, "R")
		}
		rows = append(rows, row)
	}
}

// zeek reads a conn.log, of JSON or of columns.
func zeek(path string) (rows []flowRow, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		f := map[string]string{}
		switch {
		case strings.HasPrefix(line, "#fields\t"):
			names = strings.Split(line, "\t")[1:]
			continue
		case strings.HasPrefix(line, "#"), line == "":
			continue
		case strings.HasPrefix(line, "{"):
			var all map[string]any
			if json.Unmarshal([]byte(line), &all) != nil {
				continue
			}
			for k, v := range all {
				f[k] = fmt.Sprintf("%v", v)
				if n, ok := v.(float64); ok {
					f[k] = strconv.FormatFloat(n, 'f', -1, 64)
				}
			}
		default:
			for i, v := range strings.Split(line, "\t") {
				if i < len(names) {
					f[names[i]] = v
				}
			}
		}
		sec, err := strconv.ParseFloat(f["ts"], 64)
		from, e1 := netip.ParseAddr(f["id.orig_h"])
		to, e2 := netip.ParseAddr(f["id.resp_h"])
		port, e3 := strconv.ParseUint(f["id.resp_p"], 10, 16)
		if err != nil || e1 != nil || e2 != nil || e3 != nil || f["proto"] != "tcp" && f["proto"] != "udp" {
			continue
		}
		row := flowRow{at: evenkeel.Moment(sec * 1e9), from: from, to: to, port: uint16(port), tcp: f["proto"] == "tcp", syns: 1}
		switch f["conn_state"] {
		case "OTH", "SHR", "RSTRH":
			continue
		case "S0", "SH", "RSTOS0":
		case "REJ":
			row.rejected = true
		default:
			row.accepted = true
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// flowsOf reads a file of flows by its name; nil where it is none.
func flowsOf(path string) ([]flowRow, error) {
	switch name := filepath.Base(path); {
	case strings.HasSuffix(name, ".binetflow"):
		return argus(path)
	case name == "conn.log", strings.HasPrefix(name, "conn.log."):
		return zeek(path)
	}
	return nil, nil
}

// scans replays what is labelled as a scan: flows and captures of slips-ctu, and captures of nDPI.
func (w *wireBench) scans(ctx context.Context, c Corpus) error {
	said, err := labels(c, "net/slips-ctu", "labels.csv")
	if err != nil {
		return err
	}
	for under, label := range said {
		if !strings.Contains(label, "scan") || strings.Contains(label, "ARP") || strings.Contains(label, "detectors") {
			continue
		}
		root := filepath.Join(string(c), "net/slips-ctu", under)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name := strings.TrimPrefix(path, filepath.Join(string(c), "net")+"/")
			if ext := filepath.Ext(path); ext == ".pcap" || ext == ".pcapng" {
				return w.scanned(ctx, name, w.packetsOf(path, nil))
			}
			rows, err := flowsOf(path)
			if err != nil || len(rows) == 0 {
				return err
			}
			return w.scanned(ctx, name, asPackets(rows))
		})
		if err != nil {
			return err
		}
	}
	attacks, err := labels(c, "net/ndpi", "attack_labels.csv")
	if err != nil {
		return err
	}
	for name, label := range attacks {
		if strings.Contains(label, "scan") {
			if err := w.scanned(ctx, "ndpi/"+name, w.packetsOf(filepath.Join(string(c), "net/ndpi/pcap", name), nil)); err != nil {
				return err
			}
		}
	}
	return nil
}

// scanned replays a labelled scan: the guest is who asked for most connections in vain.
func (w *wireBench) scanned(ctx context.Context, name string, packets func(func(evenkeel.Moment, *packet.Headers) error) error) error {
	asked := map[netip.Addr]map[netip.Addr]bool{}
	times := map[netip.Addr]int{}
	err := packets(func(_ evenkeel.Moment, h *packet.Headers) error {
		if h.Opens() {
			if times[h.Source]++; asked[h.Source] == nil {
				asked[h.Source] = map[netip.Addr]bool{}
			}
			asked[h.Source][h.Destination] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	var who netip.Addr
	for a, n := range times {
		if n > times[who] || n == times[who] && a.Less(who) {
			who = a
		}
	}
	x := wired{name: name, packets: packets}
	if !who.IsValid() {
		w.f.Smaller[name] = false
		return nil
	}
	x.add(who)
	found, err := w.find(ctx, x)
	if err != nil {
		return err
	}
	if err := w.atPort(ctx, x, found, "port-scan"); err != nil {
		return err
	}
	if at := first(found, "port-scan") != 0; len(asked[who]) >= leastScanHosts {
		w.f.Scans[name] = at
	} else {
		w.f.Smaller[name] = at
	}
	return nil
}

// attackNames are parts of the names of captures that show an attack and have no table of labels.
var attackNames = []string{"nmap", "sshguess", "scan"}

// innocents replays what shows no attack.
func (w *wireBench) innocents(ctx context.Context, c Corpus) error {
	attacks, err := labels(c, "net/ndpi", "attack_labels.csv")
	if err != nil {
		return err
	}
	said, err := labels(c, "net/slips-ctu", "labels.csv")
	if err != nil {
		return err
	}
	for _, set := range []string{"net/ndpi", "net/sanders-packets", "net/zeek-btest", "net/slips-ctu"} {
		root := filepath.Join(string(c), set)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name := filepath.Base(path)
			label := attacks[name]
			if set == "net/slips-ctu" {
				label = said[strings.TrimPrefix(path, root+"/")]
			}
			attack := label != "" && !strings.Contains(label, "hard negative") && !strings.Contains(label, "benign") && !strings.HasPrefix(label, "normal") ||
				set == "net/slips-ctu" && label == "" ||
				slices.ContainsFunc(attackNames, func(a string) bool { return strings.Contains(name, a) })
			if attack {
				return nil
			}
			x := wired{name: strings.TrimPrefix(path, string(c)+"/net/"), packets: w.packetsOf(path, nil)}
			switch ext := filepath.Ext(strings.TrimSuffix(path, ".gz")); ext {
			case ".pcap", ".pcapng", ".cap", ".trace":
			default:
				rows, err := flowsOf(path)
				if err != nil || len(rows) == 0 {
					return err
				}
				x.packets = asPackets(rows)
			}
			return w.innocent(ctx, x)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *wireBench) innocent(ctx context.Context, x wired) error {
	if err := local(&x); err != nil || len(x.assets) == 0 {
		return err
	}
	w.f.Innocent++
	for _, x.port = range []bool{false, true} {
		found, err := w.find(ctx, x)
		if err != nil {
			return err
		}
		w.nothing(x, found)
	}
	return nil
}

// nothing counts what was found where nothing is wrong.
func (w *wireBench) nothing(x wired, found []evenkeel.Finding) {
	if x.port {
		x.name += ", at the port"
	}
	seen := map[evenkeel.FindingID]bool{}
	for i := range found {
		n := &found[i]
		if seen[n.ID] {
			continue
		}
		seen[n.ID] = true
		says := fmt.Sprintf("%s: %s of %s at %s", x.name, n.Rule, n.Subject.Asset, n.At)
		for _, t := range n.Terms {
			says += "; " + t.Says
		}
		if n.Mode == evenkeel.ModeLive {
			w.f.Wrong = append(w.f.Wrong, says)
		} else {
			w.f.InShadow = append(w.f.InShadow, says)
		}
	}
}
