package phrasebook

import (
	"regexp"
	"strings"
	"sync"
)

// chineseRules are what the built-in rules say of a machine or a tenant, by their English: {} stands for what
// is filled in, in the same order in both.
var chineseRules = map[string]string{
	"The CPU was {} busy: the mean of {} one-minute values.":                                                                      "CPU 使用率为 {}：{} 个一分钟值的平均。",
	"The machine was created {}.":                                                                                                 "机器创建于{}。",
	"The standing of the account is {}, and {} has been paid in total.":                                                           "账户状态为{}，累计付款 {}。",
	"Stratum, the protocol between miners and pools, was recognised in its traffic: {}, the last one {}.":                         "在其流量中识别出 Stratum（矿工与矿池之间的协议）：{}，最近一条在{}。",
	"It talked to a host under the name of a known mining pool: {}, the last one {}.":                                             "它与一台使用已知矿池域名的主机通信：{}，最近一条在{}。",
	"A known mining program was seen on the machine, the last time {}.":                                                           "在机器上发现已知的挖矿程序，最近一次在{}。",
	"The tenant has been a customer for {} and has paid {} in total.":                                                             "该租户成为客户已 {}，累计付款 {}。",
	"The machine moved {} a second over the network, far more than a miner needs.":                                                "机器每秒的网络流量为 {}，远多于挖矿所需。",
	"The ssh server on the machine was replaced by one that its distribution does not have, the last time {}.":                    "机器上的 ssh 服务程序被替换为其发行版中没有的程序，最近一次在{}。",
	"The list of keys that may sign in was rewritten, the last time {}.":                                                          "可登录密钥的列表被改写，最近一次在{}。",
	"The firewall of the machine was switched off, the last time {}.":                                                             "机器的防火墙被关闭，最近一次在{}。",
	"Logs of the machine were emptied, the last time {}.":                                                                         "机器的日志被清空，最近一次在{}。",
	"{} machines were created in {}; of {} bursts by customers of the same age, 99.99 % had at most {}.":                          "创建了 {} 台机器，用时 {}；在同龄客户的 {} 次集中创建中，99.99 % 不超过 {} 台。",
	"{} machines were created in {}; of {} bursts by customers of the same age, 99.9 % had at most {}.":                           "创建了 {} 台机器，用时 {}；在同龄客户的 {} 次集中创建中，99.9 % 不超过 {} 台。",
	"{} machines are more than in 99 % of the bursts of customers of the same age ({}).":                                          "{} 台机器，多于同龄客户 99 % 的集中创建（{} 台）。",
	"They have {} virtual CPUs together, more than in 99 % of the bursts of customers of the same age ({}).":                      "它们共有 {} 个虚拟 CPU，多于同龄客户 99 % 的集中创建（{} 个）。",
	"They were created in {} regions within {}.":                                                                                  "它们分布在 {} 个区域，创建用时 {}。",
	"{} machines in {}; the largest of {} earlier bursts by the same principal had {}.":                                           "{} 台机器，用时 {}；同一主体以往 {} 次集中创建中，最大的一次为 {} 台。",
	"The tenant has been a customer for {}.":                                                                                      "该租户成为客户已 {}。",
	"{} machines are many for so new a customer.":                                                                                 "{} 台机器，对如此新的客户来说较多。",
	"The same principal created {} at once before.":                                                                               "同一主体以前曾一次创建 {} 台。",
	"Its port sent {} packets within {}, {} of them requests for connections (TCP SYN), {} to one address: {}; {} were accepted.": "其端口发出 {} 个数据包，用时 {}，其中 {} 个是连接请求（TCP SYN），有 {} 个发往同一地址：{}；被接受的有 {} 个。",
	"Its port sent {} packets within {}, small ones, most of them no requests for connections, no UDP and no ICMP, and to one address: {}; {} came back, {} of them refusals (TCP RST).": "其端口发出 {} 个小数据包，用时 {}，多数既非连接请求，也非 UDP 或 ICMP，且发往同一地址：{}；收到 {} 个数据包，其中拒绝（TCP RST）{} 个。",
	"{} of {} packets that its port sent within {} came from addresses that are not its own.":                                                                                            "{} 个数据包（其端口共发出 {} 个，用时 {}）的源地址不属于它。",
	"It asked {} addresses that it had not met before for connections within {}, most at one port; of {} requests {} were accepted.":                                                     "它向 {} 个此前未接触过的地址请求连接，用时 {}，多数为同一端口；{} 个请求中被接受的有 {} 个。",
	"Its port sent {} packets of UDP within {}, most of them to one address: {}; {} came back.":                                                                                          "其端口发出 {} 个 UDP 数据包，用时 {}，多数发往同一地址：{}；收到回应 {} 个。",
	"Its port sent {} packets of ICMP (pings and their like) within {}, most of them to one address: {}; {} answers came.":                                                               "其端口发出 {} 个 ICMP 数据包（ping 之类），用时 {}，多数发往同一地址：{}；收到应答 {} 个。",
	"It sent first packets of UDP to {} addresses that it had not met before within {}; {} packets came back.":                                                                           "它向 {} 个此前未接触过的地址发出首个 UDP 数据包，用时 {}；收到回应 {} 个。",
	"It pinged {} addresses that it had not met before within {}; of {} pings {} were answered.":                                                                                         "它 ping 了 {} 个此前未接触过的地址，用时 {}；{} 次 ping 中得到应答的有 {} 次。",
	"It tried {} ports of a few addresses within {}; of {} requests for connections {} were accepted.":                                                                                   "它尝试了少数地址的 {} 个端口，用时 {}；{} 个连接请求中被接受的有 {} 个。",
	"{} of {} packets that left its port within {} came from public addresses that are not its own.":                                                                                     "{} 个数据包（其端口共发出 {} 个，用时 {}）的源地址是不属于它的公网地址。",
	"So many are no accident of a network.": "如此之多，不会是网络的偶然。",
	"Services on it sent {} within {} in answer to {}, to {} machines that they had not answered before.":                                                                                                                          "其上的服务发出 {}，用时 {}，而收到的询问为 {}，发往 {} 台此前未应答过的机器。",
	"One of its connections has {} of the marks of one between a miner and a pool: small packets, few of them, for long.":                                                                                                          "其一条连接具有矿工与矿池之间连接的 {} 的特征：数据包小、数量少、持续久。",
	"Of {} requests within {} its edge let {} on to the site, asked {} for a sign that they come from people, refused {} and told {} to wait; that took {} of its processors, and kept {} of work from the site, as it estimates.": "共有 {} 个请求，历时 {}：边缘放行 {} 个，要求 {} 个证明来自真人，拒绝 {} 个，让 {} 个等待；这用去其处理器 {}，据其估计为网站省去 {}的工作。",
	"For {} of {} its visitors saw the site's own page; {} requests came.":                                                                                                                                                         "有 {} 秒（共 {}），访客看到的是该网站自己的页面；共有 {} 个请求。",
	"It began {} connections to login ports within {}, and met {} new addresses.":                                                                                                                                                  "它开始了 {} 个到登录端口的连接，用时 {}，并接触了 {} 个新地址。",
	"It began {} connections to mail servers within {}; in the whole day there were {}.":                                                                                                                                           "它开始了 {} 个到邮件服务器的连接，用时 {}；全天共有 {} 个。",
	"Others report attacks from it: {}.":                                                                                 "他人举报此处发起攻击：{}。",
	"Others report that it tries the doors of their machines: {}.":                                                       "他人举报此处试探其机器的入口：{}。",
	"Others report unwanted mail from it: {}.":                                                                           "他人举报此处发送垃圾邮件：{}。",
	"Others report that it is in somebody else's hands: {}.":                                                             "他人举报此处已被他人控制：{}。",
	"Others report a service on it that anybody can abuse: {}.":                                                          "他人举报此处有任何人都可滥用的服务：{}。",
	"Others report a page on it that imitates somebody else to get at passwords: {}.":                                    "他人举报此处有仿冒他人以骗取密码的页面：{}。",
	"Others report works on it that are not the tenant's to give away: {}.":                                              "他人举报此处有租户无权传播的作品：{}。",
	"Others report what it offers to the public: {}.":                                                                    "他人举报此处公开提供的内容：{}。",
	"A library was set that every program on the machine loads, the last time {}.":                                       "机器上设置了一个每个程序都会加载的库，最近一次在{}。",
	"A program ran that lies in no file, the last time {}.":                                                              "有一个不在任何文件中的程序曾运行，最近一次在{}。",
	"A module was loaded into the kernel that its distribution does not have, the last time {}.":                         "内核加载了一个其发行版中没有的模块，最近一次在{}。",
	"What decides who may sign in was changed, the last time {}.":                                                        "决定谁可以登录的设置被更改，最近一次在{}。",
	"What would show later who did it was stopped or changed, the log or the list of installed files, the last time {}.": "事后能查明是谁所为的日志或已安装文件清单被停止或更改，最近一次在{}。",
	"A program ran from a folder for temporary files, the last time {}.":                                                 "有程序从存放临时文件的目录运行，最近一次在{}。",
	"What the machine starts by itself was changed, the last time {}.":                                                   "机器自行启动的内容被更改，最近一次在{}。",
	"Who may act as root was changed, the last time {}.":                                                                 "可以 root 身份操作的人被更改，最近一次在{}。",
}

// filled is what may stand where a rule fills something in: numbers with units, lengths of time, standings.
// Sentences of anybody else's that only look alike have other words there.
const filled = `((?:[-0-9.,]+ ?(?:%|days?|hours?|minutes?|seconds?|flow records?|reports?|[KMGT]i?B|B|bytes?)?(?: |\b|$)?)+(?:ago)?|just now|[a-z_]+|not known|unknown)`

var units = strings.NewReplacer("days", "天", "day", "天", "hours", "小时", "hour", "小时", "minutes", "分钟", "minute", "分钟", "seconds", "秒", "second", "秒",
	"flow records", "条流记录", "flow record", "条流记录", "reports", "件举报", "report", "件举报", " ago", "前")

var standings = map[string]string{
	"trial": "试用", "prepaid": "预付", "invoiced": "按账单付款", "on_credit": "赊账", "delinquent": "欠费", "not known": "未知", "unknown": "未知", "just now": "刚才",
}

type template struct {
	key  string // without which a sentence does not fit
	fits *regexp.Regexp
	zh   []string // between what is filled in
}

var templates = sync.OnceValue(func() (all []template) {
	for en, zh := range chineseRules {
		parts := strings.Split(en, "{}")
		key := ""
		for i := range parts {
			if len(parts[i]) > len(key) {
				key = parts[i]
			}
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		x := template{key, regexp.MustCompile("^" + strings.Join(parts, filled) + "$"), strings.Split(zh, "{}")}
		all = append(all, x)
	}
	return all
})

// longestRule bounds the sentences that are held against templates.
const longestRule = 500

// chineseRule says what a built-in rule says.
func chineseRule(english string) (string, bool) {
	if len(english) > longestRule {
		return "", false
	}
	for _, x := range templates() {
		if !strings.Contains(english, x.key) {
			continue
		}
		m := x.fits.FindStringSubmatch(english)
		if m == nil {
			continue
		}
		var b strings.Builder
		for i, words := range x.zh {
			b.WriteString(words)
			if i+1 < len(m) {
				if strings.HasSuffix(m[i+1], " ago") {
					b.WriteByte(' ') // before its number
				}
				b.WriteString(value(m[i+1]))
			}
		}
		return b.String(), true
	}
	return "", false
}

func value(s string) string {
	if zh, ok := standings[s]; ok {
		return zh
	}
	return units.Replace(s)
}
