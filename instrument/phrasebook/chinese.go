package phrasebook

// Chinese returns a sentence of the built-in policy or of a built-in rule in simplified Chinese. Its English
// has to be as it is there, to the letter, but for the values that a rule fills in.
func Chinese(english string) (string, bool) {
	if s, ok := chineseSentences[english]; ok {
		return s, true
	}
	return chineseRule(english)
}

// ChineseTerm returns what a term of a built-in rule measures, in simplified Chinese.
func ChineseTerm(family, term string) (string, bool) {
	s, ok := chineseTerms[family+"/"+term]
	return s, ok
}

// chineseSentences are what policies keep, and their clauses, by their English.
var chineseSentences = map[string]string{
	"what this does not name goes on as far as nothing else was decided or ordered": "此处未提及的内容，在没有其他决定或命令的范围内照常进行",
	"reading, exporting and backing up your data":                                   "读取、导出和备份您的数据",
	"the site answers": "网站正常响应",
	"visitors who were here before and those who pass are let in": "以前来过的访客以及通过验证的访客可以进入",
	"the site's own page is shown with what is known":             "显示该网站自己的页面并说明已知情况",
	"the machines behind it keep running":                         "其后的机器继续运行",
	"Where others flood a site, its visitors are asked for a sign that they are people, or see its own page, as far as its settings let the edge go; in an emergency a person has it show that page for a day at most (terms of service, protection of sites).": "当他人以大量请求淹没某个网站时，会要求其访客证明自己是真人，或显示该网站自己的页面，以该网站的设置所允许的程度为限；紧急情况下由工作人员下令显示该页面，最长一天（服务条款：网站保护）。",
	"everything works as before":                            "一切照常运行",
	"machines can be created as before":                     "可以照常创建机器",
	"the machines run on a fifth of their CPU":              "机器以五分之一的 CPU 运行",
	"network and disks work as before":                      "网络和磁盘照常工作",
	"data can be read and exported":                         "可以读取和导出数据",
	"backups can be downloaded":                             "可以下载备份",
	"the machines keep running with their memory and disks": "机器保持运行，内存和磁盘不受影响",
	"console and rescue work":                               "控制台和救援系统可用",
	"traffic below the limit passes":                        "限速以下的流量照常通过",
	"services on the machine keep answering":                "机器上的服务继续应答",
	"all other traffic passes":                              "其他所有流量照常通过",
	"running services keep running":                         "正在运行的服务继续运行",
	"what is in flight finishes or rolls back":              "进行中的操作会完成或回退",
	"DNS can be changed":                                    "可以更改 DNS",
	"machines can be shut down":                             "可以关闭机器",
	"Machines may not be used to mine crypto-currencies (terms of service, acceptable use).":                                                       "不得使用机器挖掘加密货币（服务条款：可接受的使用）。",
	"Machines may not be created in numbers that endanger others' use of the platform (terms of service, fair use).":                               "创建机器的数量不得危及他人对平台的使用（服务条款：合理使用）。",
	"Machines may not send floods, scans or amplified traffic at others (terms of service, network).":                                              "机器不得向他人发送洪泛、扫描或放大流量（服务条款：网络）。",
	"Credentials may be used by those only to whom they were given; we may hold changes back while that is in doubt (terms of service, security).": "凭证只能由被授予者使用；在存疑期间我们可以暂缓变更（服务条款：安全）。",
	"Whoever rents a machine keeps strangers out of it, and we help where one got in (terms of service, security).":                                "租用机器者应防止他人侵入；一旦有人侵入，我们提供帮助（服务条款：安全）。",
	"Use of the platform must keep to the terms of service.":                                                                                       "平台的使用须遵守服务条款。",
}

// chineseTerms are what terms measure, by family and name.
var chineseTerms = map[string]string{
	"mining/pinned":                      "CPU 使用率（1 为满载）",
	"mining/new-machine":                 "机器创建至今的时间",
	"mining/no-payment-yet":              "累计付款金额",
	"mining/stratum":                     "识别出 Stratum（矿工与矿池之间的协议）的流记录数",
	"mining/pool":                        "与已知矿池域名通信的流记录数",
	"mining/known-miner":                 "在机器上发现已知挖矿程序的次数",
	"mining/paying-customer":             "成为客户至今的时间",
	"mining/busy-network":                "每秒网络流量（字节）",
	"creation/beyond-cohort":             "短时间内创建的机器数，对照值来自同龄客户",
	"creation/far-beyond-cohort":         "短时间内创建的机器数，对照值来自同龄客户",
	"creation/large-for-cohort":          "短时间内创建的机器数，对照值来自同龄客户",
	"creation/heavy-for-cohort":          "新建机器的虚拟 CPU 总数，对照值来自同龄客户",
	"creation/spread":                    "新建机器所在的区域数",
	"creation/beyond-own":                "短时间内创建的机器数，对照值来自同一主体以往的创建",
	"creation/new-customer":              "成为客户至今的时间",
	"creation/many-for-new-customer":     "新客户短时间内创建的机器数",
	"flood/syn-flood":                    "连接请求（TCP SYN）数",
	"flood/udp-flood":                    "发出的 UDP 数据包数",
	"flood/icmp-flood":                   "发出的 ICMP 数据包数",
	"flood/packet-flood":                 "发出的小数据包数",
	"flood/udp-sweep":                    "收到首个 UDP 数据包的新地址数",
	"flood/ping-sweep":                   "被 ping 的新地址数",
	"flood/foreign-sources":              "源地址不属于它的数据包数",
	"flood/sweep":                        "请求连接的新地址数",
	"flood/ports":                        "尝试的新端口数",
	"flood/foreign-source":               "源地址为他人公网地址的数据包数",
	"flood/many-foreign-sources":         "源地址为他人公网地址的数据包数，多到不会是偶然",
	"flood/amplifies":                    "服务应答发出的字节数",
	"mining/steady-connection":           "与矿池连接特征的相似程度",
	"flood/guesses":                      "到登录端口的新连接数",
	"edge/asks":                          "被要求验证、被拒绝或被要求等待的请求数",
	"edge/own-page":                      "访客看到该网站自己页面的秒数",
	"spam/begins":                        "到邮件服务器的新连接数",
	"compromise/sshd-replaced":           "机器上的 ssh 服务程序被替换的次数",
	"compromise/authorized-keys-changed": "可登录密钥列表被改写的次数",
	"compromise/firewall-off":            "机器防火墙被关闭的次数",
	"compromise/logs-cleared":            "机器日志被清空的次数",
	"compromise/ld-preload-changed":      "设置每个程序都会加载的库的次数",
	"compromise/exec-memory":             "运行不在文件中的程序的次数",
	"compromise/module-loaded":           "内核加载外来模块的次数",
	"compromise/pam-changed":             "决定谁可登录的设置被更改的次数",
	"compromise/traces-covered":          "日志或已安装文件清单被停用或更改的次数",
	"compromise/exec-temporary":          "从临时文件目录运行程序的次数",
	"compromise/starts-changed":          "自动启动内容被更改的次数",
	"compromise/rights-changed":          "可用 root 身份操作的人被更改的次数",
	"report/attack":                      "他人报告此处发起攻击的举报数",
	"report/scan":                        "他人报告此处试探其机器入口的举报数",
	"report/phishing":                    "他人报告此处存在仿冒页面的举报数",
	"report/copyright":                   "他人报告此处存在侵权作品的举报数",
	"report/spam":                        "他人报告此处发送垃圾邮件的举报数",
	"report/compromise":                  "他人报告此处已被他人控制的举报数",
	"report/exposure":                    "他人报告此处存在可被滥用的开放服务的举报数",
	"report/content":                     "他人报告此处公开内容的举报数",
	"creation/usual-for-own":             "短时间内创建的机器数，对照值来自同一主体以往的创建",
}
