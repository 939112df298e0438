package xarf

import (
	"bytes"
	"crypto/md5"  // a reporter's checksum, not a proof
	"crypto/sha1" // the same
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/netip"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel/watch/intake/report"
	"github.com/evenkeel/evenkeel/watch/intake/report/internal/shape"
)

// core is what every report of version 4 has.
var core = shape.Must(`
	xarf_version! like ^4\.[0-9]+\.[0-9]+$
	report_id! uuid
	timestamp! time
	reporter! object closed
	reporter.org! text ..200
	reporter.contact! email
	reporter.domain! host
	sender! object closed
	sender.org! text ..200
	sender.contact! email
	sender.domain! host
	source_identifier! text
	source_port int 1..65535
	category! word connection|content|copyright|infrastructure|messaging|reputation|vulnerability
	type! text
	evidence_source text
	evidence list ..50
	evidence[] object closed
	evidence[].content_type! text
	evidence[].description text ..500
	evidence[].payload! text
	evidence[].hash like ^(md5|sha1|sha256|sha512):[a-fA-F0-9]+$
	evidence[].size int 0..5242880
	tags list ..20
	tags[] like ^[a-z0-9][a-z0-9_+-]*:[a-z0-9][a-z0-9_+-]*$
	confidence number 0..1
	description text ..1000
	legacy_version word 3
	_internal object
`)

var fours = shapesOfFour()

func shapesOfFour() map[report.Class]*shape.Shape {
	all := map[report.Class]*shape.Shape{}
	base := shape.Must(contentFields["content/base"])
	for _, fields := range []map[string]string{networkFields, contentFields, copyrightFields} {
		for name, lines := range fields {
			category, kind, _ := strings.Cut(name, "/")
			own := []*shape.Shape{core, shape.Must(lines)}
			if category == "content" {
				own = []*shape.Shape{core, base, shape.Must(lines)}
			}
			if c := (report.Class{Category: category, Type: kind}); c.Known() {
				all[c] = shape.Join(own...)
			}
		}
	}
	return all
}

func readFour(m map[string]any, f *Faults) *report.Report {
	class := report.Class{Category: shape.Text(m, "category"), Type: shape.Text(m, "type")}
	whole := fours[class]
	if whole == nil {
		whole = core
		if types := report.Types(class.Category); types != nil && m["type"] != nil {
			f.Add("/type", "is %.60q; expected one of %s, which are the types of %s", class.Type, strings.Join(types, ", "), class.Category)
		}
	}
	whole.Check(m, "", f)
	conditions(m, class, f)
	r := &report.Report{
		Format: report.FormatXARF4, ID: strings.ToLower(shape.Text(m, "report_id")), Class: class,
		Reporter: report.Reporter{
			Org: shape.Text(m, "reporter", "org"), Domain: shape.Text(m, "reporter", "domain"),
			Contact: report.ContactOf(shape.Text(m, "reporter", "contact")),
		},
		Source: sourceOfFour(m), At: momentOf(shape.Text(m, "timestamp")), Says: shape.Text(m, "description"),
		Target:    report.TargetOf(shape.Text(m, "destination_ip"), shape.Int(m, "destination_port"), shape.Text(m, "protocol")),
		Incidents: shape.Int(m, "attempts_count"), Authentication: report.Unauthenticated,
	}
	if first := shape.Text(m, "first_seen"); first != "" {
		r.At = momentOf(first)
	}
	r.Until = momentOf(shape.Text(m, "last_seen"))
	if n, ok := m["confidence"].(interface{ Float64() (float64, error) }); ok {
		r.Confidence, _ = n.Float64() // its shape is checked
	}
	r.Evidence = evidenceOfFour(m, f)
	if _, there := m["_internal"]; there {
		r.Dropped = append(r.Dropped, "_internal")
	}
	return r
}

func sourceOfFour(m map[string]any) report.Source {
	given := shape.Text(m, "source_identifier")
	s, ok := report.SourceOf(given)
	if !ok {
		s.Account = report.Clip(given, report.MaxName)
	}
	s.Port = uint16(shape.Int(m, "source_port"))
	for _, name := range []string{"url", "infringing_url"} {
		if page, ok := report.SourceOf(shape.Text(m, name)); ok && s.URL == "" {
			s.URL = page.URL
			if s.Domain == "" {
				s.Domain = page.Domain
			}
		}
	}
	return s
}

// conditions are what depends on other fields.
func conditions(m map[string]any, c report.Class, f *Faults) {
	need := func(name, why string) {
		if _, there := m[name]; !there {
			f.Add("/"+name, "is missing; expected one, since %s", why)
		}
	}
	switch c {
	case report.Class{Category: "connection", Type: "ddos"}, report.Class{Category: "connection", Type: "port_scan"},
		report.Class{Category: "connection", Type: "login_attack"}:
		// ICMP has no ports: the schemas ask for one all the same, and their own sample writes 1.
		id, told := m["source_identifier"].(string)
		if _, err := netip.ParseAddr(id); told && err == nil && m["protocol"] != "icmp" {
			need("source_port", "behind one address there may be many machines")
		}
	case report.Class{Category: "messaging", Type: "spam"}, report.Class{Category: "messaging", Type: "bulk_messaging"}:
		if m["protocol"] == "smtp" {
			need("smtp_from", "the protocol is smtp")
			need("source_port", "the protocol is smtp")
		}
	case report.Class{Category: "copyright", Type: "p2p"}:
		need("swarm_info", "it says what is shared")
		swarm, _ := m["swarm_info"].(map[string]any)
		if swarm != nil && swarm["info_hash"] == nil && swarm["magnet_uri"] == nil {
			f.Add("/swarm_info", "has neither info_hash nor magnet_uri; expected one of them")
		}
	case report.Class{Category: "copyright", Type: "usenet"}:
		need("message_info", "it says which message")
		if info, _ := m["message_info"].(map[string]any); info != nil && info["message_id"] == nil {
			f.Add("/message_info/message_id", "is missing; expected a text")
		}
	}
}

// evidenceOfFour unpacks evidence, verifies it and holds its sizes against the bounds.
func evidenceOfFour(m map[string]any, f *Faults) (all []report.Evidence) {
	list, _ := m["evidence"].([]any)
	total := 0
	for i, item := range list[:min(len(list), report.MaxEvidence)] {
		at := "/evidence/" + strconv.Itoa(i)
		payload, ok := shape.At(item, "payload").(string)
		if !ok {
			continue
		}
		body, err := base64.StdEncoding.DecodeString(payload)
		if err != nil {
			f.Add(at+"/payload", "is not base64: %v", err)
			continue
		}
		total += len(body)
		switch {
		case len(body) > maxItemBytes:
			f.Add(at+"/payload", "has %d bytes; expected at most %d", len(body), maxItemBytes)
		case total > maxTotalBytes:
			f.Add(at+"/payload", "brings all evidence to %d bytes; expected at most %d", total, maxTotalBytes)
			return all
		}
		e := report.EvidenceOf(shape.Text(item, "content_type"), shape.Text(item, "description"), body)
		e.Claim = verify(shape.Text(item, "hash"), body)
		all = append(all, e)
	}
	return all
}

// verify holds the hash that a reporter wrote beside a piece of evidence against it. One that
// differs refuses nothing (six of seventeen samples of the specification have one); our own hash
// counts.
func verify(claim string, body []byte) report.Claim {
	name, digits, _ := strings.Cut(claim, ":")
	var h hash.Hash
	switch name {
	case "md5":
		h = md5.New()
	case "sha1":
		h = sha1.New()
	case "sha256":
		h = sha256.New()
	case "sha512":
		h = sha512.New()
	default:
		return report.ClaimNone
	}
	h.Write(body)
	if want, err := hex.DecodeString(digits); err == nil && bytes.Equal(want, h.Sum(nil)) {
		return report.ClaimAgrees
	}
	return report.ClaimDiffers
}
