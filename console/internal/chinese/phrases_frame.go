package chinese

// ofFrame is what stands around each page, and what all pages share.
var ofFrame = map[string]string{
	"{t} · {}": "{1} · {2}", "Skip to the content": "跳到正文", "Language": "语言", "As of {m}": "截至 {1}",
	"Every look at a case is written down": "每次查看案件都会留下记录", "Sign out": "退出登录",
	"Docket": "案件列表", "Flags": "许可", "Whose is this?": "归属不明", "Switches": "开关", "On call": "值班", "Ledger": "账本", "People": "人员",
	"({t})": "（{1}）", "{t}, {t}": "{1}、{2}", "{t} and {t}": "{1}和{2}", "{o}": "{1}", "({o})": "（{1}）", "{l}": "{1}", "{m}": "{1}", "{f}": "{1}", "{e}": "{1}",
	"viewer": "查看员", "reviewer": "审核员", "lead": "负责人", "admin": "管理员", "auditor": "审计员", "none": "无", "None": "无", "all": "全部", "yes": "是", "no": "否",
	"{n} to {n} of {n}": "第 {1}–{2} 项，共 {3} 项", "{n} to {n}": "第 {1}–{2} 项",
	"Cases before these": "前面的案件", "Cases after these": "后面的案件", "Flags before these": "前面的许可", "Flags after these": "后面的许可",
	"Findings before these": "前面的发现", "Findings after these": "后面的发现", "Newer decisions": "较新的决定", "Older decisions": "较早的决定",
	"Newer notices": "较新的通知", "Older notices": "较早的通知", "Newer orders": "较新的指令", "Older orders": "较早的指令", "Newer machines": "前面的机器", "Older machines": "后面的机器",
	"Newer words": "较新的留言", "Older words": "较早的留言", "Newer looks": "较新的查看记录", "Older looks": "较早的查看记录", "Newer lines": "较新的记录", "Older lines": "较早的记录",
	"Newer findings": "较新的发现", "Older findings": "较早的发现", "Newer pages": "较新的呼叫", "Older pages": "较早的呼叫",
	"You came in by a one-time link and have no password yet": "您通过一次性链接进入，尚未设置密码", "<>, so that you can come in again": "<>，以便下次登录",
	"Point by point ({n})": "逐项说明（{1}）", "What to do:": "怎么办：", "To the docket": "返回案件列表",
	"Not found": "未找到", "Not allowed": "无权操作", "It does not go with how things stand": "与当前状态不符", "Not now": "暂时不可用",
	"Something went wrong": "出错了", "That cannot be taken": "无法接受",
	"<>: {f}": "<>：{1}", "{}: {f}": "{1}：{2}",
}
