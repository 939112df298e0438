package xarf

// copyrightFields are the fields of copyright, as the schemas of XARF v4 name and bound them
// (github.com/xarf/xarf-spec at 37820dac, MIT).
var copyrightFields = map[string]string{
	"copyright/copyright": `
		infringing_url! uri
		work_title text ..500
		rights_holder text ..200
		original_url uri
		infringement_type word direct_copy|modified_copy|streaming|download|distribution
	`,
	"copyright/cyberlocker": `
		evidence_source word automated_crawl|manual_discovery|user_report|rights_holder|search_engine
		infringing_url! uri
		hosting_service! text ..200
		file_info object closed
		file_info.filename text ..500
		file_info.file_size int 0..
		file_info.file_hash like ^(md5|sha1|sha256):[a-fA-F0-9]+$
		file_info.upload_date time
		file_info.download_count int 0..
		uploader_info object closed
		uploader_info.username text ..200
		uploader_info.user_id text ..100
		uploader_info.account_type word free|premium|business|unknown
		work_title text ..500
		rights_holder text ..200
		work_category word movie|tv_show|music|software|ebook|audiobook|game|document|other
		access_method word direct_link|password_protected|premium_only|time_limited|captcha_protected
		takedown_info object closed
		takedown_info.previous_requests int 0..
		takedown_info.service_response_time text
		takedown_info.automated_removal bool
	`,
	"copyright/link_site": `
		evidence_source word automated_crawl|manual_monitoring|user_report|rights_holder|search_monitoring
		infringing_url! uri
		site_name! text ..200
		site_category word torrent_index|direct_download_links|streaming_links|usenet_index|search_engine|forum_links|other
		link_info object closed
		link_info.page_title text ..500
		link_info.posting_date time
		link_info.uploader text ..200
		link_info.download_count int 0..
		link_info.link_count int 1..
		link_info.comments_count int 0..
		linked_content list ..50
		linked_content[] object closed
		linked_content[].target_url! uri
		linked_content[].link_type! word torrent_file|magnet_link|direct_download|streaming_link|usenet_nzb|other
		linked_content[].hosting_service text ..200
		linked_content[].file_size int 0..
		work_title text ..500
		rights_holder text ..200
		work_category word movie|tv_show|music|software|ebook|audiobook|game|adult_content|other
		search_terms list ..10
		search_terms[] text ..200
		site_ranking object closed
		site_ranking.alexa_rank int 1..
		site_ranking.popularity_score number 0..10
	`,
	"copyright/p2p": `
		evidence_source word automated_crawl|manual_monitoring|user_report|rights_holder|watermark_detection
		p2p_protocol! word bittorrent|edonkey|gnutella|kademlia|other
		swarm_info object closed
		swarm_info.info_hash like ^[a-fA-F0-9]{40}$
		swarm_info.magnet_uri like ^magnet:\?xt=urn:
		swarm_info.torrent_name text ..500
		swarm_info.file_count int 1..
		swarm_info.total_size int 0..
		peer_info object closed
		peer_info.peer_id text ..100
		peer_info.client_version text ..100
		peer_info.upload_amount int 0..
		peer_info.download_amount int 0..
		work_title text ..500
		rights_holder text ..200
		work_category word movie|tv_show|music|software|ebook|audiobook|game|other
		release_date date
		detection_method word automated_crawl|fingerprinting|metadata_match|manual_verification
	`,
	"copyright/ugc_platform": `
		evidence_source word automated_detection|user_report|rights_holder|content_id_match|fingerprint_match|manual_review
		infringing_url! uri
		platform_name! text ..200
		content_info object closed
		content_info.content_id text ..200
		content_info.content_title text ..500
		content_info.content_description text ..2000
		content_info.upload_date time
		content_info.content_duration int 0..
		content_info.view_count int 0..
		content_info.like_count int 0..
		uploader_info object closed
		uploader_info.username text ..200
		uploader_info.user_id text ..100
		uploader_info.account_verified bool
		uploader_info.subscriber_count int 0..
		uploader_info.account_creation_date time
		work_title text ..500
		rights_holder text ..200
		work_category word movie|tv_show|music|music_video|audiobook|podcast|live_performance|sports_event|documentary|other
		infringement_type word full_work|substantial_portion|compilation|remix_unauthorized|background_music|clip_mashup
		match_details object closed
		match_details.match_confidence number 0..1
		match_details.match_duration int 0..
		match_details.match_percentage number 0..100
		match_details.reference_id text ..200
		monetization_info object closed
		monetization_info.monetized bool
		monetization_info.ad_revenue bool
		monetization_info.premium_content bool
	`,
	"copyright/usenet": `
		evidence_source word automated_monitoring|newsgroup_crawl|user_report|rights_holder|nzb_index_monitoring
		newsgroup! text ..200
		message_info object closed
		message_info.message_id text ..500
		message_info.subject text ..500
		message_info.from_header text ..200
		message_info.posting_date time
		message_info.part_number int 1..
		message_info.total_parts int 1..
		message_info.file_size int 0..
		nzb_info object closed
		nzb_info.nzb_name text ..500
		nzb_info.nzb_url uri
		nzb_info.indexer_site text ..200
		nzb_info.completion_percentage number 0..100
		server_info object closed
		server_info.nntp_server text ..200
		server_info.server_group text ..200
		server_info.retention_days int 1..
		work_title text ..500
		rights_holder text ..200
		work_category word movie|tv_show|music|software|ebook|audiobook|magazine|game|adult_content|other
		encoding_info object closed
		encoding_info.encoding_format word yenc|uuencode|base64|other
		encoding_info.par2_recovery bool
		encoding_info.rar_compression bool
		detection_method word subject_line_match|header_analysis|content_sampling|nzb_metadata
	`,
}
