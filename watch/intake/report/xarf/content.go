package xarf

// contentFields are the fields of content, as the schemas of XARF v4 name and bound them
// (github.com/xarf/xarf-spec at 37820dac, MIT). Those under "base" belong to every type of it.
var contentFields = map[string]string{
	"content/base": `
		url! uri
		domain like ^([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,}$
		registrar text
		nameservers list
		nameservers[] text
		dns_records object
		dns_records.a list
		dns_records.a[] ipv4
		dns_records.aaaa list
		dns_records.aaaa[] ipv6
		dns_records.mx list
		dns_records.mx[] text
		dns_records.txt list
		dns_records.txt[] text
		screenshot_url uri
		verified_at time
		verification_method word manual|automated_crawler|user_report|honeypot|threat_intelligence
		attack_vector word phishing|malware|fraud|brand_infringement|copyright_infringement|data_leak|remote_compromise|suspicious_registration
		target_brand text
		hosting_provider text
		asn int 1..4294967295
		country_code like ^[A-Z]{2}$
		ssl_certificate object
		ssl_certificate.issuer text
		ssl_certificate.subject text
		ssl_certificate.valid_from time
		ssl_certificate.valid_to time
		ssl_certificate.fingerprint text
		whois object
		whois.registrant text
		whois.created_date time
		whois.updated_date time
		whois.expiry_date time
		whois.registrar_abuse_contact email
		dns_response object
		dns_response.query_time time
		dns_response.authoritative bool
		dns_response.response_code word NOERROR|NXDOMAIN|SERVFAIL|REFUSED
	`,
	"content/brand_infringement": `
		infringement_type! word counterfeit|typosquatting|lookalike|homograph|unauthorized_reseller|trademark_violation|brand_impersonation|logo_misuse|other
		legitimate_site! uri
		similarity_score number 0..1
		trademark_details object
		trademark_details.registration_number text
		trademark_details.jurisdiction text
		trademark_details.category list
		trademark_details.category[] int 1..45
		infringing_elements list
		infringing_elements[] word logo|brand_name|tagline|color_scheme|layout|product_images|domain_name|other
		products_offered list
		products_offered[] text
		previous_enforcement list
		previous_enforcement[] object
		previous_enforcement[].date date
		previous_enforcement[].action word cease_desist|takedown_notice|domain_dispute|legal_action|other
		previous_enforcement[].result text
	`,
	"content/csam": `
		classification! word baseline|A1|A2|B1|B2
		media_type word image|video|audio|text|mixed
		detection_method! word hash_match|ai_detection|manual_review|user_report|automated_scan
		hash_values object
		hash_values.md5 like ^[a-fA-F0-9]{32}$
		hash_values.sha1 like ^[a-fA-F0-9]{40}$
		hash_values.sha256 like ^[a-fA-F0-9]{64}$
		hash_values.photodna text
		ncmec_report_id text
		content_removed bool
		account_suspended bool
	`,
	"content/csem": `
		exploitation_type! word grooming|solicitation|sextortion|trafficking|distribution|production|possession
		victim_age_range word infant|toddler|prepubescent|pubescent|unknown
		platform word social_media|messaging_app|gaming_platform|forum|email|darkweb|other
		detection_method! word behavioral_analysis|keyword_detection|user_report|ai_detection|manual_review|law_enforcement_referral
		evidence_type list
		evidence_type[] word chat_logs|images|videos|user_profile|metadata
		perpetrator_indicators object
		perpetrator_indicators.account_id text
		perpetrator_indicators.ip_addresses list
		perpetrator_indicators.ip_addresses[] ipv4
		perpetrator_indicators.pattern_of_behavior text
		reporting_obligations list
		reporting_obligations[] word NCMEC|IWF|local_law_enforcement|europol|interpol|platform_safety_team|other
	`,
	"content/exposed_data": `
		data_types! list 1..
		data_types[] word personal_information|credentials|financial|medical|government_id|email_addresses|phone_numbers|api_keys|database_dumps|source_code|internal_documents|customer_data|employee_data|intellectual_property|other
		exposure_method! word misconfigured_server|open_directory|database_exposure|git_repository|backup_file|log_file|cloud_storage|paste_site|forum_post|ransomware_leak|intentional_leak|other
		record_count int 0..
		affected_organization text
		data_format word plaintext|csv|json|xml|sql|excel|pdf|mixed|other
		sensitive_fields list
		sensitive_fields[] text
		encryption_status word unencrypted|encrypted|partially_encrypted|hashed|unknown
		accessibility word public|requires_authentication|requires_payment|dark_web|removed
		discovery_source word security_researcher|automated_scan|breach_monitoring|user_report|law_enforcement|threat_intelligence|other
		sample_records list ..5
		sample_records[] object
		sample_records[].description text
		sample_records[].redacted_sample text
	`,
	"content/fraud": `
		fraud_type! word investment|romance|tech_support|lottery|advance_fee|cryptocurrency|shopping|charity|employment|government_impersonation|other
		payment_methods list
		payment_methods[] word credit_card|bank_transfer|cryptocurrency|gift_cards|wire_transfer|paypal|western_union|moneygram|cashapp|venmo|other
		cryptocurrency_addresses list
		cryptocurrency_addresses[] object
		cryptocurrency_addresses[].currency! word bitcoin|ethereum|usdt|bnb|monero|other
		cryptocurrency_addresses[].address! text
		claimed_entity text
		loss_amount object
		loss_amount.currency like ^[A-Z]{3}$
		loss_amount.amount number 0..
	`,
	"content/malware": `
		malware_family text
		malware_type word trojan|ransomware|dropper|loader|backdoor|rootkit|infostealer|banking_trojan|cryptominer|adware|spyware|worm|bot|rat|other
		file_hashes object
		file_hashes.md5 like ^[a-fA-F0-9]{32}$
		file_hashes.sha1 like ^[a-fA-F0-9]{40}$
		file_hashes.sha256 like ^[a-fA-F0-9]{64}$
		file_hashes.ssdeep text
		file_metadata object
		file_metadata.filename text
		file_metadata.file_size int 0..
		file_metadata.file_type text
		file_metadata.mime_type text
		distribution_method word direct_download|drive_by_download|email_attachment|malvertising|exploit_kit|watering_hole|supply_chain|social_engineering|other
		c2_servers list
		c2_servers[] object
		c2_servers[].address text
		c2_servers[].port int 1..65535
		c2_servers[].protocol word http|https|tcp|udp|dns|other
		sandbox_analysis object
		sandbox_analysis.sandbox_name text
		sandbox_analysis.analysis_url uri
		sandbox_analysis.verdict word malicious|suspicious|clean|unknown
		sandbox_analysis.score number 0..100
		exploit_cve list
		exploit_cve[] like ^CVE-\d{4}-\d{4,}$
		persistence_mechanism list
		persistence_mechanism[] word registry|scheduled_task|service|startup_folder|dll_hijacking|wmi|other
		targeted_platforms list
		targeted_platforms[] word windows|linux|macos|android|ios|multi_platform
	`,
	"content/phishing": `
		credential_fields list
		credential_fields[] text
		phishing_kit text
		redirect_chain list
		redirect_chain[] uri
		submission_url uri
		cloned_site uri
		detection_evasion list
		detection_evasion[] word geo_blocking|user_agent_filtering|referrer_checking|captcha|time_based_display|ip_blacklisting|obfuscation|other
		lure_type word account_suspension|security_alert|payment_issue|prize_notification|document_share|password_reset|shipping_notification|tax_refund|other
	`,
	"content/remote_compromise": `
		compromise_type! word webshell|backdoor|defacement|malicious_redirect|seo_spam|cryptominer|phishing_kit|malware_host|c2_server|proxy|scanner|other
		compromise_indicators list
		compromise_indicators[] object
		compromise_indicators[].type! word file_path|process|network_connection|user_account|scheduled_task|registry_key|service
		compromise_indicators[].value! text
		compromise_indicators[].description text
		webshell_details object
		webshell_details.family text
		webshell_details.capabilities list
		webshell_details.capabilities[] word file_manager|command_execution|database_access|network_scanning|privilege_escalation|persistence|other
		webshell_details.password_protected bool
		affected_cms word wordpress|joomla|drupal|magento|prestashop|opencart|custom|unknown|other
		vulnerability_exploited object
		vulnerability_exploited.cve like ^CVE-\d{4}-\d{4,}$
		vulnerability_exploited.description text
		vulnerability_exploited.component text
		persistence_mechanisms list
		persistence_mechanisms[] word cron_job|modified_core_files|hidden_admin_account|autoload_backdoor|htaccess_modification|database_backdoor|other
		malicious_activities list
		malicious_activities[] word spam_sending|ddos_attacks|cryptocurrency_mining|data_exfiltration|lateral_movement|hosting_malware|hosting_phishing|scanning|other
		cleanup_status word not_cleaned|partially_cleaned|cleaned|reinfected|unknown
	`,
	"content/suspicious_registration": `
		registration_date! time
		days_since_registration int 0..
		suspicious_indicators! list 1..
		suspicious_indicators[] word typosquatting|homograph_attack|brand_keyword|suspicious_tld|bulk_registration|privacy_protection|suspicious_registrant|fast_flux|dga_pattern|known_bad_nameserver|suspicious_ssl_cert|immediate_activation|parked_page|other
		risk_score number 0..1
		targeted_brands list
		targeted_brands[] text
		registrant_details object
		registrant_details.email_domain text
		registrant_details.country like ^[A-Z]{2}$
		registrant_details.privacy_protected bool
		registrant_details.bulk_registrations int
		related_domains list ..20
		related_domains[] object
		related_domains[].domain text
		related_domains[].relationship word same_registrant|same_nameserver|same_ip|same_ssl_cert|similar_pattern|same_campaign
		predicted_usage list
		predicted_usage[] word phishing|malware|spam|fraud|brand_abuse|botnet_c2|unknown
		ssl_certificate_details object
		ssl_certificate_details.issued_immediately bool
		ssl_certificate_details.free_certificate bool
		ssl_certificate_details.wildcard bool
		activation_behavior object
		activation_behavior.time_to_activation int
		activation_behavior.initial_content word parked|under_construction|immediate_malicious|cloned_site|blank|other
	`,
}
