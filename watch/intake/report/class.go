package report

import (
	"slices"
	"strings"
)

// Class is a kind of abuse, in the words of XARF v4: a category and a type.
type Class struct {
	Category string `json:"category"`
	Type     string `json:"type"`
}

// classes are the 32 types of XARF v4 (github.com/xarf/xarf-spec at 37820dac), and other, which
// is ours for what says no more.
var classes = map[string][]string{
	"connection": {"login_attack", "port_scan", "ddos", "scraping", "sql_injection", "vulnerability_scan",
		"infected_host", "reconnaissance"},
	"content": {"phishing", "malware", "fraud", "csam", "csem", "exposed_data", "brand_infringement",
		"suspicious_registration", "remote_compromise"},
	"infrastructure": {"botnet", "compromised_server"},
	"messaging":      {"spam", "bulk_messaging"},
	"vulnerability":  {"cve", "misconfiguration", "open_service"},
	"reputation":     {"blocklist", "threat_intelligence"},
	"copyright":      {"copyright", "cyberlocker", "link_site", "p2p", "usenet", "ugc_platform"},
}

// Other is the class of a report that does not say what it is about.
var Other = Class{"other", "other"}

// Categories returns the categories of XARF v4, sorted.
func Categories() []string {
	var all []string
	for c := range classes {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}

// Types returns the types of a category of XARF v4, or nil.
func Types(category string) []string { return slices.Clone(classes[category]) }

// Known says whether the pair is one of XARF v4.
func (c Class) Known() bool { return slices.Contains(classes[c.Category], c.Type) }

// String returns category/type.
func (c Class) String() string { return c.Category + "/" + c.Type }

// Kind is the word of the built-in rules: what follows from a report depends on it.
//
//	attack      others' machines are attacked or probed from there
//	spam        unwanted mail comes from there
//	compromise  the machine is in somebody else's hands
//	exposure    a service stands open that others can abuse
//	phishing, copyright, content
//	other
func (c Class) Kind() string {
	switch c.Category {
	case "messaging":
		return "spam"
	case "infrastructure", "reputation":
		return "compromise"
	case "vulnerability":
		return "exposure"
	case "copyright":
		return "copyright"
	}
	switch c.Type {
	case "phishing":
		return "phishing"
	case "malware", "remote_compromise", "infected_host":
		return "compromise"
	}
	switch c.Category {
	case "connection":
		return "attack"
	case "content":
		return "content"
	}
	return "other"
}

// Kinds returns the words that Class.Kind gives.
func Kinds() []string {
	return []string{"attack", "spam", "compromise", "exposure", "phishing", "copyright", "content", "other"}
}

// hints are words by which texts name a kind of abuse, the telling ones first. They stand in the
// names of reports, in subjects and in fields of many reporters.
var hints = []struct {
	word  string
	class Class
}{
	{"phish", Class{"content", "phishing"}},
	{"csam", Class{"content", "csam"}}, {"childabuse", Class{"content", "csam"}}, {"child abuse", Class{"content", "csam"}},
	{"copyright", Class{"copyright", "copyright"}}, {"dmca", Class{"copyright", "copyright"}},
	{"infringement", Class{"copyright", "copyright"}}, {"unauthorized use of", Class{"copyright", "copyright"}},
	{"trademark", Class{"content", "brand_infringement"}},
	{"sinkhole", Class{"infrastructure", "botnet"}}, {"botnet", Class{"infrastructure", "botnet"}},
	{"drone", Class{"infrastructure", "botnet"}},
	{"compromised", Class{"infrastructure", "compromised_server"}}, {"defacement", Class{"content", "remote_compromise"}},
	{"malware", Class{"content", "malware"}}, {"virus", Class{"content", "malware"}}, {"trojan", Class{"content", "malware"}},
	{"malicious content", Class{"content", "malware"}}, {"infect", Class{"infrastructure", "botnet"}},
	{"ddos", Class{"connection", "ddos"}}, {"denial of service", Class{"connection", "ddos"}}, {"flood", Class{"connection", "ddos"}},
	{"amplif", Class{"vulnerability", "open_service"}}, {"openresolver", Class{"vulnerability", "open_service"}},
	{"open service", Class{"vulnerability", "open_service"}},
	{"spam", Class{"messaging", "spam"}}, {"unsolicited", Class{"messaging", "spam"}},
	{"harvest", Class{"connection", "scraping"}}, {"crawler", Class{"connection", "scraping"}}, {"scraping", Class{"connection", "scraping"}},
	{"sql injection", Class{"connection", "sql_injection"}},
	{"brute", Class{"connection", "login_attack"}}, {"login", Class{"connection", "login_attack"}},
	{"ssh", Class{"connection", "login_attack"}}, {"regbot", Class{"connection", "login_attack"}},
	{"web attack", Class{"connection", "vulnerability_scan"}}, {"exploit", Class{"connection", "vulnerability_scan"}},
	{"port scan", Class{"connection", "port_scan"}}, {"portscan", Class{"connection", "port_scan"}}, {"scan", Class{"connection", "port_scan"}},
	{"attack", Class{"connection", "login_attack"}},
	{"fraud", Class{"content", "fraud"}}, {"scam", Class{"content", "fraud"}},
}

// ClassOf looks for words that name a kind of abuse; where there is none, ok is false.
func ClassOf(text string) (c Class, ok bool) {
	text = strings.ToLower(text)
	for _, h := range hints {
		if strings.Contains(text, h.word) {
			return h.class, true
		}
	}
	return Other, false
}
