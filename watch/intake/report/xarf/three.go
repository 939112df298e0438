package xarf

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel/watch/intake/report"
	"github.com/evenkeel/evenkeel/watch/intake/report/internal/shape"
)

// frame is what every report of versions 1 to 3 has around its Report (the schemas of
// github.com/abusix/xarf at 56b4d98c, MIT).
const frame = `
	Version text
	Disclosure! bool
	Report! object
	ReporterInfo.ReporterType word Org|Person
	ReporterInfo.ReporterOrg text 3..
	ReporterInfo.ReporterOrgDomain host
	ReporterInfo.ReporterOrgEmail email
	ReporterInfo.ReporterOrgAddress text
	ReporterInfo.ReporterContactEmail email
	ReporterInfo.ReporterContactName text 3..
	ReporterInfo.ReporterContactPhone text 3..
	OnBehalfOf object
	OnBehalfOf.ComplainantType word Org|Person
	OnBehalfOf.ComplainantOrg text 3..
	OnBehalfOf.ComplainantOrgDomain host
	OnBehalfOf.ComplainantOrgEmail email
	OnBehalfOf.ComplainantContactEmail email
	OnBehalfOf.ComplainantContactName text 3..
	OnBehalfOf.ComplainantContactPhone text 3..
	InternalProcessing object
	InternalProcessing.SubscriberInformation object
	InternalProcessing.SubscriberInformation.ID text
	InternalProcessing.SubscriberInformation.SubscriberData object
	InternalProcessing.SubscriberInformation.SubscriberData.* text
	InternalProcessing.ContractInformation object
	InternalProcessing.ContractInformation.ID text
	InternalProcessing.ContractInformation.ResolverData object
	InternalProcessing.ContractInformation.ResolverData.* text
	InternalProcessing.EventTags list
	InternalProcessing.EventTags[] text
`

var (
	frameOpen   = shape.Must("ReporterInfo! object\n" + frame)
	frameClosed = shape.Must("ReporterInfo! object closed\n" + frame)
)

// versions are what Version may say, and which number it means. The one before 1 was called
// alpha and needs no Version; development is the next after 3.
var versions = map[string]int{"": 0, "alpha": 0, "1": 1, "2": 2, "3": 3, "3.0": 3, "3.0.0": 3, "development": 4}

func readThree(m map[string]any, f *Faults) *report.Report {
	told, _ := m["Version"].(string)
	version, ok := versions[told]
	if !ok {
		f.Add("/Version", "is %.40q; expected 1, 2 or 3 (or xarf_version 4.x.y)", told)
	}
	whole := frameOpen
	if version >= 3 || !ok {
		whole = frameClosed
	}
	whole.Check(m, "", f)
	person(m["ReporterInfo"], "/ReporterInfo", "Reporter", version, f)
	person(m["OnBehalfOf"], "/OnBehalfOf", "Complainant", version, f)
	r := &report.Report{
		Format: report.FormatXARF3, Authentication: report.Unauthenticated,
		Reporter: report.Reporter{
			Org: shape.Text(m, "ReporterInfo", "ReporterOrg"), Domain: shape.Text(m, "ReporterInfo", "ReporterOrgDomain"),
			Contact: report.ContactOf(contactOfThree(m["ReporterInfo"])),
		},
	}
	if _, there := m["InternalProcessing"]; there {
		r.Dropped = append(r.Dropped, "InternalProcessing")
	}
	if body, ok := m["Report"].(map[string]any); ok {
		if body["Source"] != nil {
			readSourced(r, body, f)
		} else {
			readTyped(r, body, version, f)
		}
	}
	return r
}

func contactOfThree(info any) string {
	if s := shape.Text(info, "ReporterContactEmail"); s != "" {
		return s
	}
	return shape.Text(info, "ReporterOrgEmail")
}

// person wants the three fields of an organisation, where it is none of a natural person.
func person(v any, at, who string, version int, f *Faults) {
	m, ok := v.(map[string]any)
	if !ok || version >= 3 && m[who+"Type"] == "Person" {
		return
	}
	for _, name := range []string{"Org", "OrgDomain", "OrgEmail"} {
		if _, there := m[who+name]; !there {
			f.Add(at+"/"+who+name, "is missing; expected one of an organisation")
		}
	}
}

// sourced is the other form of version 3, as the samples of xarf-spec have it: the source is an
// object, the evidence is under Attachment.
var sourced = shape.Must(`
	ReportClass! text 1..
	ReportType! text 1..
	Date! time
	FirstSeen time
	ReporterCaseID text
	Source! object
	Source.IP ip
	Source.Port int 0..65535
	Source.URL uri
	Source.Type text
	Attachment list
	Attachment[] object
	Attachment[].ContentType! text
	Attachment[].Description text
	Attachment[].Data! text
`)

func readSourced(r *report.Report, m map[string]any, f *Faults) {
	if !sourced.Check(m, "/Report", f) {
		return
	}
	r.Class = classOfThree(shape.Text(m, "ReportClass"), shape.Text(m, "ReportType"), "")
	r.ID, r.At, r.Until = shape.Text(m, "ReporterCaseID"), momentOf(shape.Text(m, "Date")), 0
	source := shape.Text(m, "Source", "IP")
	if source == "" {
		source = shape.Text(m, "Source", "URL")
	}
	var ok bool
	if r.Source, ok = report.SourceOf(source); !ok {
		f.Add("/Report/Source", "has neither IP nor URL; expected one of them")
	}
	r.Source.Port = uint16(shape.Int(m, "Source", "Port"))
	if page, ok := report.SourceOf(shape.Text(m, "Source", "URL")); ok && r.Source.URL == "" {
		r.Source.URL = page.URL
	}
	list, _ := m["Attachment"].([]any)
	for i, item := range list[:min(len(list), report.MaxEvidence)] {
		body, err := lenient(shape.Text(item, "Data"))
		if err != nil {
			f.Add(fmt.Sprintf("/Report/Attachment/%d/Data", i), "is not base64: %v", err)
			continue
		}
		r.Evidence = append(r.Evidence, report.EvidenceOf(shape.Text(item, "ContentType"), shape.Text(item, "Description"), body))
	}
}

// lenient reads base64 as senders of old versions write it: without padding, with newlines.
func lenient(s string) ([]byte, error) {
	s = strings.Join(strings.Fields(s), "")
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
}

func readTyped(r *report.Report, m map[string]any, version int, f *Faults) {
	kind, known := typesOfThree[shape.Text(m, "ReportType")]
	if shape.Text(m, "ReportType") == "Malware" && shape.Text(m, "ReportClass") == "Activity" {
		kind = rpz
	}
	if !known || version < kind.since {
		if told, ok := m["ReportType"].(string); ok {
			f.Add("/Report/ReportType", "is %.60q; expected one of %s", told, namesOfThree(version))
		}
		kind = typeOfThree{}
	}
	kind.shapeOf(version).Check(m, "/Report", f)
	kind.conditions(m, version, f)
	r.Class = classOfThree(shape.Text(m, "ReportClass"), shape.Text(m, "ReportType"), shape.Text(m, "ReportSubType"))
	r.ID, r.Says = shape.Text(m, "ReporterCaseID"), shape.Text(m, "ReporterNotes")
	r.At, r.Until = momentOf(shape.Text(m, "Date")), 0
	if first := momentOf(shape.Text(m, "FirstSeen")); first != 0 {
		r.At, r.Until = first, r.At
	}
	r.Source = sourceOfThree(m)
	r.Target = report.TargetOf(shape.Text(m, "DestinationIp"), shape.Int(m, "DestinationPort"), shape.Text(m, "TransportProtocol"))
	r.Evidence = samplesOfThree(m, f)
}

func sourceOfThree(m map[string]any) report.Source {
	given := shape.Text(m, "SourceIp")
	if given == "" {
		given = shape.Text(m, "SourceUrl")
	}
	s, _ := report.SourceOf(given)
	if page, ok := report.SourceOf(shape.Text(m, "SourceUrl")); ok {
		s.URL = page.URL
		if s.Domain == "" {
			s.Domain = page.Domain
		}
	}
	s.Port = uint16(shape.Int(m, "SourcePort"))
	for _, name := range []string{"AccountEmail", "AccountIdentifier", "AccountName"} {
		if s.Account == "" {
			s.Account = report.Clip(shape.Text(m, "Account", name), report.MaxName)
		}
	}
	return s
}

func samplesOfThree(m map[string]any, f *Faults) (all []report.Evidence) {
	list, _ := m["Samples"].([]any)
	for i, item := range list {
		at := "/Report/Samples/" + strconv.Itoa(i)
		s, ok := item.(map[string]any)
		if !ok {
			continue
		}
		payload, hasPayload := s["Payload"].(string)
		if s["FileName"] == nil && (s["ContentType"] == nil || s["Payload"] == nil) {
			f.Add(at, "has neither ContentType and Payload nor FileName; expected a sample or a file")
			continue
		}
		if !hasPayload || len(all) >= report.MaxEvidence {
			continue
		}
		body := []byte(payload)
		if s["Base64Encoded"] == true {
			var err error
			if body, err = lenient(payload); err != nil {
				f.Add(at+"/Payload", "is not base64, as Base64Encoded says: %v", err)
				continue
			}
		}
		all = append(all, report.EvidenceOf(shape.Text(s, "ContentType"), shape.Text(s, "Description"), body))
	}
	return all
}
