package xarf

// networkFields are the fields of connection, infrastructure, messaging, reputation and vulnerability, as the
// schemas of XARF v4 name and bound them (github.com/xarf/xarf-spec at 37820dac, MIT).
var networkFields = map[string]string{
	"connection/ddos": `
		evidence_source word firewall_logs|ids_detection|flow_analysis|traffic_monitoring|honeypot
		destination_ip ip
		destination_port int 1..65535
		protocol! word tcp|udp|icmp|sctp
		attack_vector text
		peak_pps int 1..
		peak_bps int 1..
		duration_seconds int 1..
		amplification_factor number 1..
		first_seen! time
		last_seen time
		threshold_exceeded time
		mitigation_applied bool
		service_impact word none|degraded|unavailable
	`,
	"connection/infected_host": `
		destination_ip ip
		destination_port int 1..65535
		protocol! word tcp|udp
		bot_type! word search_engine|ai_agent|monitoring|seo_analyzer|link_checker|feed_reader|social_media|advertising|malicious|unknown
		bot_name text
		user_agent text
		behavior_pattern word legitimate_crawling|aggressive_crawling|api_abuse|form_submission|comment_spam|account_creation|content_harvesting|vulnerability_probing|mixed
		request_rate number
		total_requests int 1..
		respects_robots_txt bool
		follows_crawl_delay bool
		javascript_execution bool
		accepts_cookies bool
		api_endpoints_accessed list
		api_endpoints_accessed[] text
		verification_status word verified|unverified|spoofed|unknown
		first_seen! time
		last_seen time
	`,
	"connection/login_attack": `
		destination_ip ip
		destination_port int 1..65535
		protocol! word tcp|udp|icmp|sctp
		first_seen! time
		last_seen time
	`,
	"connection/port_scan": `
		destination_ip ip
		destination_port int 1..65535
		protocol! word tcp|udp|icmp|sctp
		first_seen! time
		last_seen time
	`,
	"connection/reconnaissance": `
		destination_ip ip
		destination_port int 1..65535
		protocol! word tcp|udp
		probed_resources! list
		probed_resources[] text
		resource_categories list
		resource_categories[] word environment_files|version_control|configuration_files|backup_files|admin_panels|database_files|log_files|credential_files|api_endpoints|debug_endpoints|other
		http_methods list
		http_methods[] word GET|POST|HEAD|OPTIONS|PUT|DELETE|TRACE|CONNECT
		response_codes list
		response_codes[] int
		successful_probes list
		successful_probes[] text
		user_agent text
		first_seen! time
		last_seen time
		total_probes int 1..
		automated_tool bool
	`,
	"connection/scraping": `
		destination_ip ip
		destination_port int 1..65535
		protocol! word tcp|udp
		scraping_pattern word sequential|random|targeted|sitemap_following|api_harvesting|deep_crawling|breadth_first|depth_first
		target_content word product_data|pricing_information|user_profiles|contact_information|news_articles|images|documents|api_data|search_results|general_content|other
		user_agent text
		bot_signature text
		request_rate number
		total_requests! int 1..
		unique_urls int 1..
		data_volume int
		respects_robots_txt bool
		session_duration int
		concurrent_connections int
		first_seen! time
		last_seen time
	`,
	"connection/sql_injection": `
		destination_ip ip
		destination_port int 1..65535
		protocol! word tcp|udp
		http_method word GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS
		target_url uri
		injection_point word query_parameter|post_body|cookie|header|path|json_parameter
		payload_sample text ..1000
		attack_technique word union_based|error_based|boolean_blind|time_blind|stacked_queries|out_of_band|second_order|other
		first_seen! time
		last_seen time
		attempts_count int 1..
	`,
	"connection/vulnerability_scan": `
		destination_ip ip
		scan_type! word port_scan|vulnerability_scan|version_detection|os_fingerprinting|service_enumeration|web_vuln_scan|directory_brute_force|mixed
		scanner_signature text
		targeted_ports list
		targeted_ports[] int 1..65535
		targeted_services list
		targeted_services[] text
		vulnerabilities_probed list
		vulnerabilities_probed[] text
		scan_rate number
		protocol! word tcp|udp|icmp|mixed
		first_seen! time
		last_seen time
		total_requests int 1..
		user_agent text
	`,
	"infrastructure/botnet": `
		malware_family text ..200
		c2_server text
		c2_protocol word http|https|tcp|udp|dns|irc|p2p|custom
		bot_capabilities list
		bot_capabilities[] word ddos|spam|proxy|keylogger|file_download|remote_shell|cryptocurrency_mining|data_theft
		compromise_evidence! text
	`,
	"infrastructure/compromised_server": `
		compromise_method! text
	`,
	"messaging/bulk_messaging": `
		evidence_source word user_complaint|automated_filter|reputation_feed|volume_analysis
		protocol! word smtp|sms|whatsapp|telegram|social_media|push_notification|other
		smtp_from email
		subject text ..500
		sender_name text ..200
		recipient_count! int 100..
		unsubscribe_provided bool
		opt_in_evidence bool
		bulk_indicators object closed
		bulk_indicators.high_volume bool
		bulk_indicators.template_based bool
		bulk_indicators.commercial_sender bool
	`,
	"messaging/spam": `
		evidence_source word spamtrap|user_complaint|automated_filter|honeypot|content_analysis|reputation_feed
		protocol! word smtp|sms|whatsapp|telegram|signal|chat|social_media|push_notification|other
		smtp_from email
		smtp_to email
		subject text ..500
		sender_name text ..200
		message_id text ..200
		user_agent text ..200
		recipient_count int 1..
		language like ^[a-z]{2}(-[A-Z]{2})?$
		spam_indicators object closed
		spam_indicators.suspicious_links list
		spam_indicators.suspicious_links[] uri
		spam_indicators.commercial_content bool
		spam_indicators.bulk_characteristics bool
	`,
	"reputation/blocklist": `
		threat_type! text
	`,
	"reputation/threat_intelligence": `
		threat_type! text
	`,
	"vulnerability/cve": `
		evidence_source word vulnerability_scan|researcher_analysis|automated_discovery|penetration_testing
		service! text ..200
		service_version text ..100
		service_port! int 1..65535
		cve_id! like ^CVE-[0-9]{4}-[0-9]+$
		cve_ids list ..10 unique
		cve_ids[] like ^CVE-[0-9]{4}-[0-9]+$
		cvss_score number 0..10
		cvss_vector like ^CVSS:3\.[01]/.*
		cvss_version word 2.0|3.0|3.1
		risk_level word info|low|medium|high|critical
		severity word informational|low|medium|high|critical
		exploitability word theoretical|poc_available|functional|weaponized
		patch_available bool
		patch_version text ..100
		patch_url uri
		vendor_advisory uri
		disclosure_date time
		impact_assessment object closed
		impact_assessment.confidentiality word none|low|high
		impact_assessment.integrity word none|low|high
		impact_assessment.availability word none|low|high
		remediation_priority word low|medium|high|critical|emergency
	`,
	"vulnerability/misconfiguration": `
		service! text
	`,
	"vulnerability/open_service": `
		service! text
	`,
}
