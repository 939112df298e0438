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
	"the policy, as announced": "策略（依预先告知）", "the tenant": "租户",
}
