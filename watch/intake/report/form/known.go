package form

import (
	"strings"

	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// known is a reporter whose mails have a form.
type known struct {
	domain string
	org    string
	class  report.Class // where the mail does not say more
	fixed  bool         // the mail never says more
	words  []meaning    // what words mean in this reporter's mails
	read   func(*mail) []*report.Report
}

type meaning struct {
	word  string
	class report.Class
}

var (
	botnet      = report.Class{Category: "infrastructure", Type: "botnet"}
	compromised = report.Class{Category: "infrastructure", Type: "compromised_server"}
	open        = report.Class{Category: "vulnerability", Type: "open_service"}
	malware     = report.Class{Category: "content", Type: "malware"}
	phishing    = report.Class{Category: "content", Type: "phishing"}
	piracy      = report.Class{Category: "copyright", Type: "copyright"}
	sharing     = report.Class{Category: "copyright", Type: "p2p"}
	scraping    = report.Class{Category: "connection", Type: "scraping"}
	login       = report.Class{Category: "connection", Type: "login_attack"}
	probing     = report.Class{Category: "connection", Type: "vulnerability_scan"}
	spam        = report.Class{Category: "messaging", Type: "spam"}
)

// reporters is the one table of them. A reporter whose mails have a part with structure needs a
// line only to say what its words mean.
var reporters = []known{
	{domain: "abusehub.nl", org: "AbuseHUB", class: botnet, words: []meaning{{"spam", spam}, {"openresolver", open}, {"botnet", botnet}}},
	{domain: "blocklist.de", org: "blocklist.de", class: login},
	{domain: "clean-mx.de", org: "clean-mx", class: malware, words: []meaning{{"phish", phishing}, {"virus", malware}}},
	{domain: "copyright-compliance.com", org: "Irdeto", class: piracy, fixed: true},
	{domain: "cyscon.de", org: "cyscon", class: malware, words: []meaning{{"phish", phishing}, {"cysc.", malware}}},
	{domain: "google.com", org: "Google Safe Browsing", class: malware, fixed: true, read: readSafeBrowsing},
	{domain: "ip-echelon.com", org: "IP-Echelon", class: piracy, fixed: true},
	{domain: "netcraft.com", org: "Netcraft", class: phishing, words: []meaning{{"phish", phishing}, {"malware", malware}}},
	{domain: "projecthoneypot.org", org: "Project Honey Pot", class: scraping, read: readSections},
	{domain: "shadowserver.org", org: "Shadowserver", class: open, fixed: true, words: []meaning{
		{"sinkhole", botnet}, {"drone", botnet}, {"botnet", botnet}, {"compromised", compromised}, {"infect", botnet},
		{"spam url", malware}, {"sandbox", malware},
	}},
	{domain: "webiron.com", org: "Webiron", class: probing, words: []meaning{{"web attack", probing}, {"client software", probing}}},
}

// knownBy returns the reporter that a domain is, or is below of.
func knownBy(domain string) known {
	for _, k := range reporters {
		if domain == k.domain || strings.HasSuffix(domain, "."+k.domain) {
			return k
		}
	}
	return known{}
}
