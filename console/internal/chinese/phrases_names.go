package chinese

// families are those of rules and cases. Whoever names one otherwise reads its own name.
var families = map[string]string{
	"mining": "挖矿", "creation": "大量创建", "flood": "洪泛", "takeover": "他人控制", "compromise": "他人侵入",
	"announcement": "预先告知", "report": "举报", "phishing": "钓鱼", "spam": "垃圾邮件", "other": "其他",
}

// measures are named as tenants read them.
var measures = map[string]string{
	"none": "仅作记录", "notify": "询问", "challenge": "访客验证", "shut": "说明页面", "limit": "出站流量限速", "drop-flow": "拦截特定出站流量",
	"throttle": "CPU 限制", "freeze": "暂缓变更", "isolate": "网络隔离", "suspend": "暂停运行", "deny": "终止合同",
}

// stands are the words that stand where names do.
var stands = map[string]string{
	"no machine": "（未指明机器）", "a machine": "机器", "all of the tenant's machines": "该租户的所有机器", "nobody": "无人", "a person": "工作人员",
	"the policy, as announced": "策略（依预先告知）", "the tenant": "租户", "a node that gave no name": "未具名的执行方",
}

// ofMarks are words that stand out, and say something else in other places, by their class.
var ofMarks = map[string]map[string]string{
	"mark danger": {"open": "断开"},
	"mark good":   {"closed": "闭合"},
}

// ofScopes is what switches, budgets and versions of rules are about.
var ofScopes = map[string]string{
	"rule {w}": "规则 {1}", "detector {}": "检测项 {1}", "tenant {w}": "租户 {1}", "measure {e}": "措施：{1}", "{e}": "{1}", "region {}": "区域 {1}", "global": "机器的所有措施", "{f}": "{1}",
	"{e} by rule {w}": "{1}，规则 {2}", "{e} by all rules": "{1}，所有规则", "machines whose region is not known": "区域未知的机器",
	"{w}, version {n}: {n} measure stands or is held": "{1}，第 {2} 版：{3} 项措施生效或已预告", "{w}, version {n}: {n} measures stand or are held": "{1}，第 {2} 版：{3} 项措施生效或已预告",
	"{t}, at most {n} at a time": "{1}，同时最多 {2} 台", "{t}, at most {n} vCPUs": "{1}，最多 {2} 个虚拟 CPU", "{t}, at most {n} packets a second": "{1}，每秒最多 {2} 个数据包",
	"machines made by {w} from image {w} with start script {w}": "由 {1} 用镜像 {2} 和启动脚本 {3} 创建的机器", "machines made by {w} from image {w}": "由 {1} 用镜像 {2} 创建的机器", "machines made by {w}": "由 {1} 创建的机器", "machines from image {w}": "用镜像 {1} 创建的机器", "machines from image {w} with start script {w}": "用镜像 {1} 和启动脚本 {2} 创建的机器", "machines with start script {w}": "用启动脚本 {1} 创建的机器",
	"As announced: {t}": "依预先告知：{1}", "Only these: {s}": "仅限以下机器：{1}", "all of the tenant's machines": "该租户的所有机器",
}
