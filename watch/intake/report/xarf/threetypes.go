package xarf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/watch/intake/report"
	"github.com/evenkeel/evenkeel/watch/intake/report/internal/shape"
)

// typeOfThree is a type of report of versions 1 to 3.
type typeOfThree struct {
	class  string // what ReportClass must say
	source string // what is named: "ip", "ip or url", "url" (and perhaps ip), "account"
	since  int    // the first version that has it
	fields string // beyond those that all have
	needs  []string
}

// Fields that several types have.
const (
	samples = `
	Ongoing bool
	ThreatActor text
	Samples list 1..
	Samples[] object
	Samples[].ContentType text
	Samples[].Base64Encoded bool
	Samples[].Description text
	Samples[].Payload text
	Samples[].FileName text
	Samples[].FileSize int 0..
	`
	destination = `
	DestinationIp ip
	DestinationPort ports
	`
	traffic = `
	ByteCount int
	PacketCount int
	`
	service = `
	ServiceName text
	ServiceVersion text
	TransportProtocol word tcp|udp
	`
)

// typesOfThree are the types by the word of ReportType.
var typesOfThree = map[string]typeOfThree{
	"Botnet":      {class: "Content", source: "ip or url", fields: "BotnetName text" + samples},
	"Malware":     {class: "Content", source: "ip or url", fields: "MalwareName text" + samples},
	"Phishing":    {class: "Content", source: "url", fields: samples},
	"ChildAbuse":  {class: "Content", source: "ip or url"},
	"CSAM":        {class: "Content", source: "ip or url", since: 4},
	"DOS":         {class: "Activity", source: "ip", fields: destination + traffic + samples},
	"LoginAttack": {class: "Activity", source: "ip", fields: destination + traffic + samples},
	"PortScan":    {class: "Activity", source: "ip", fields: destination + traffic + samples},
	"Spam": {class: "Activity", source: "ip", fields: destination + samples + `
		SmtpMailFromAddress email
		SmtpRcptToAddress email`},
	"Copyright": {class: "Content", source: "ip or url", needs: []string{"InfringedMaterial", "FileName"}, fields: `
		InfringedMaterial text
		InfringingUrl uri
		MaterialType text
		SharingProtocol text
		CourtOrder uri
		FileName text
		FileSize int 0..`},
	"Trademark": {class: "Content", source: "ip or url", needs: []string{"TrademarkedMaterial"}, fields: `
		TrademarkedMaterial text
		InfringingUrl uri
		RegistrationOffice text
		RegistrationNumber text`},
	"OpenService": {class: "Vulnerability", source: "ip or url", since: 1, needs: []string{"ServiceName"}, fields: service + samples},
	"Exploit": {class: "Activity", source: "ip", since: 3, fields: service + destination + samples + `
		CVE like ^CVE-\d{4}-\d{4,7}$
		CVSS object
		CVSS.Score number
		CVSS.Version! word 3.1|3.0|2
		CVSS.Vector! text
		CVSS.Severity text`},
	"WebCrawler": {class: "Activity", source: "ip or url", since: 3, fields: samples},
	"Harassment": {class: "Activity", source: "ip or url", since: 3, needs: []string{"Harasser", "HarassmentDescription"}, fields: samples + `
		Harasser text
		HarassmentDescription text
		HarassmentType word doxing|stalking|sexual|believes|defamation|extortion|hate
		HarassmentLocation word website|chat|game`},
	"PotentiallyCompromisedAccount": {class: "Activity", source: "account", since: 3, needs: []string{"Account"}, fields: destination + samples + `
		AttackerIp ip
		AttackerPort ports
		Account object
		Account.AccountIdentifier text
		Account.AccountEmail text
		PasswordHash object
		PasswordHash.HashValue! text
		PasswordHash.HashAlgorithm! word sha1|sha2|sha3|sha256|sha512|md5|argon2id|scrypt|bcrypt|pbkdf2
		PasswordHash.HashComplete bool`},
}

// rpz is a lookup of a name that a response policy zone rewrote: Malware, but an activity.
var rpz = typeOfThree{class: "Activity", source: "ip", fields: `
	ReportSubType word RPZ-Rewrite
	RpzDomain host
	MalwareName text`}

// always are the fields of every Report.
const always = `
	ReportType! text 1..
	ReportSubType text
	ReporterCaseID text
	ReporterSeverity word low|medium|high
	ReporterNotes text
	Date! time
	FirstSeen time
	SourceIp ip
	SourcePort int 0..65535
	SourceUrl uri
	ASN int 1..4199999999
	Custom object
	Custom.* scalar
`

// hashFields is a file's hash, which became an object with version 3.
const hashFields = `
	FileHash object
	FileHash.HashValue! text
	FileHash.HashAlgorithm! word sha1|sha2|sha3|sha256|sha512|md5|argon2id|scrypt|bcrypt|pbkdf2
	FileHash.HashComplete bool
`

type shapeKey struct {
	fields, class string
	hashed        bool
}

var shapesOfThree = allShapesOfThree()

func allShapesOfThree() map[shapeKey]*shape.Shape {
	all := map[shapeKey]*shape.Shape{}
	add := func(t typeOfThree) {
		for _, hashed := range []bool{false, true} {
			class := "ReportClass! word Content|Activity|Vulnerability\n"
			if t.class != "" {
				class = "ReportClass! word " + t.class + "\n"
			}
			lines := class + always + t.fields
			if hashed {
				lines += hashFields
			}
			all[shapeKey{t.fields, t.class, hashed}] = shape.Must(lines)
		}
	}
	for _, t := range typesOfThree {
		add(t)
	}
	add(rpz)
	add(typeOfThree{})
	return all
}

func (t typeOfThree) shapeOf(version int) *shape.Shape {
	return shapesOfThree[shapeKey{t.fields, t.class, version >= 3}]
}

func namesOfThree(version int) string {
	var names []string
	for name, t := range typesOfThree {
		if t.since <= version {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// conditions are what a line of a shape cannot say.
func (t typeOfThree) conditions(m map[string]any, version int, f *Faults) {
	for _, name := range t.needs {
		if _, there := m[name]; !there {
			f.Add("/Report/"+name, "is missing; expected one in a report of this type")
		}
	}
	ip, url := m["SourceIp"] != nil, m["SourceUrl"] != nil
	switch {
	case t.source == "ip" && !ip:
		f.Add("/Report/SourceIp", "is missing; expected an IPv4 or IPv6 address")
	case t.source == "url" && !url:
		f.Add("/Report/SourceUrl", "is missing; expected an absolute URI")
	case t.source == "ip or url" && !ip && !url:
		f.Add("/Report/SourceUrl", "is missing, and so is SourceIp; expected one of them")
	case t.source == "account" && (ip || url):
		f.Add("/Report", "names a source; expected only the account, and AttackerIp for where it was tried from")
	}
	if typ := m["ReportType"]; typ == "Malware" && t.class == "Content" && version < 3 && !url {
		f.Add("/Report/SourceUrl", "is missing; expected an absolute URI")
	}
	account(m["Account"], f)
	cvss(m["CVSS"], f)
}

func account(v any, f *Faults) {
	m, ok := v.(map[string]any)
	if !ok {
		return
	}
	if len(m) == 0 {
		f.Add("/Report/Account", "is empty; expected what names the account")
	}
	if id, ok := m["AccountIdentifier"].(string); ok && strings.Contains(id, "@") && !strings.ContainsAny(id, " ") {
		f.Add("/Report/Account/AccountIdentifier", "is a mail address; expected it as AccountEmail")
	}
}

// classesOfThree says what the types of versions 1 to 3 are in version 4.
var classesOfThree = map[string]report.Class{
	"botnet": {Category: "infrastructure", Type: "botnet"}, "malware": {Category: "content", Type: "malware"},
	"phishing": {Category: "content", Type: "phishing"}, "childabuse": {Category: "content", Type: "csam"},
	"csam": {Category: "content", Type: "csam"}, "dos": {Category: "connection", Type: "ddos"},
	"ddos": {Category: "connection", Type: "ddos"}, "loginattack": {Category: "connection", Type: "login_attack"},
	"portscan": {Category: "connection", Type: "port_scan"}, "spam": {Category: "messaging", Type: "spam"},
	"copyright": {Category: "copyright", Type: "copyright"}, "trademark": {Category: "content", Type: "brand_infringement"},
	"openservice": {Category: "vulnerability", Type: "open_service"}, "exploit": {Category: "connection", Type: "vulnerability_scan"},
	"webcrawler": {Category: "connection", Type: "scraping"}, "potentiallycompromisedaccount": {Category: "content", Type: "exposed_data"},
	"fraud": {Category: "content", Type: "fraud"},
}

// classOfThree returns the class of version 4. A looked-up name that was rewritten says that the
// machine is infected, not that it offers malware.
func classOfThree(class, kind, sub string) report.Class {
	if sub == "RPZ-Rewrite" {
		return report.Class{Category: "infrastructure", Type: "botnet"}
	}
	c, ok := classesOfThree[strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(kind))]
	if !ok {
		c, _ = report.ClassOf(fmt.Sprint(class, " ", kind, " ", sub))
	}
	return c
}
