package visit

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/evidence"
	"github.com/evenkeel/evenkeel/instrument/phrasebook"
	"github.com/evenkeel/evenkeel/instrument/plot"
)

var chinese = texts{
	Tag: "zh-Hans", Name: "中文", Skip: "跳到正文", Clock: "2006年1月2日 15:04 UTC", Blank: "", Comma: "、",
	In: "还有%[1]s", Ago: "%[1]s前", JustNow: "现在", When: "%[1]s（%[2]s）",
	Minutes: plural{"%d分钟", "%d分钟"}, Hours: plural{"%d小时", "%d小时"}, Days: plural{"%d天", "%d天"},

	NothingTitle: "此链接无法打开任何内容",
	Nothing:      "链接可能已过期，或者没有复制完整。您没有因此丢失任何东西，也没有因此作出任何决定。请直接回复附有此链接的邮件：会有工作人员阅读，并可以给您发送新的链接。",
	LaterTitle:   "暂时无法显示",
	Later:        "这是我们的故障。请一分钟后重新打开链接。如有急事，请直接回复附有此链接的邮件。",
	ForeignTitle: "此表单来自其他网站",
	Foreign:      "内容没有被接收。请打开我们邮件中的链接，并在那里发送表单。",

	TitleAsked: "关于您的机器，我们有一个问题", TitleDone: "您的部分资源受到限制", TitleHeld: "您的部分资源可能即将受到限制",
	TitleSeen: "我们在您的机器上观察到一些情况", TitleClosed: "此案已结案", TitleBurst: "您预先告知的内容",
	WhatHappened:  "发生了什么",
	LeadAsked:     "我们在%[1]s上观察到%[2]s，想向您了解。目前没有任何限制。",
	LeadDone:      "我们在%[1]s上观察到%[2]s。自%[3]s起，最迟至%[4]s：%[5]s。",
	LeadHeld:      "我们在%[1]s上观察到%[2]s。目前还没有任何限制。自%[3]s起：%[5]s；如果您在此之前答复，则由工作人员决定。",
	LeadSeen:      "我们在%[1]s上观察到%[2]s。目前没有任何限制。",
	LeadClosed:    "此案已于%[1]s结案。%[2]s",
	ClosedBecause: "作出决定的工作人员写道：“%[1]s”",
	LeadBurst:     "您预先告知了将要运行的内容，需要由工作人员查看。目前没有任何限制。",
	StillDone:     "以下措施最迟持续到%[3]s：%[1]s（%[2]s）。",
	StillWorks:    "仍然可用的功能", Always: "读取、导出和备份您的数据",
	AnswerNow: "立即答复", WriteNow: "给我们留言",
	Account: "您的账户", Machine: "您的机器%[1]s", Machines: plural{"您的%d台机器", "您的%d台机器"}, Count: plural{"%d台机器", "%d台机器"},
	Families: map[string]string{
		"": "一些使用情况", "mining": "看起来像加密货币挖矿的负载", "creation": "短时间内创建的大量机器",
		"flood": "可能影响他人的流量", "takeover": "可能由他人作出的变更", "announcement": "您预先告知的突发负载",
	},
	Measures: map[evenkeel.Measure]phrase{
		evenkeel.MeasureNone:      {"仅作记录", "不采取任何措施，只作记录"},
		evenkeel.MeasureNotify:    {"询问", "只向您提问，不作任何限制"},
		evenkeel.MeasureChallenge: {"访客验证", "该域名的访客需先通过验证"},
		evenkeel.MeasureShut:      {"说明页面", "该域名显示我们的说明页面"},
		evenkeel.MeasureLimit:     {"出站流量限速", "出站流量受到限速"},
		evenkeel.MeasureDropFlow:  {"拦截特定出站流量", "特定出站流量被拦截"},
		evenkeel.MeasureThrottle:  {"CPU 限制", "机器可用的 CPU 少于平时"},
		evenkeel.MeasureFreeze:    {"暂缓变更", "新变更被暂缓，正在运行的继续运行"},
		evenkeel.MeasureIsolate:   {"网络隔离", "网络被切断，但您仍可访问数据、救援系统和控制台"},
		evenkeel.MeasureSuspend:   {"暂停运行", "机器已暂停，但您仍可访问数据"},
		evenkeel.MeasureDeny:      {"终止合同", "在您取回数据之后合同终止"},
	},
	Outcomes: map[evenkeel.Outcome]string{
		evenkeel.OutcomeNone: "", evenkeel.OutcomeConfirmed: "经工作人员认定，该行为违反服务条款。",
		evenkeel.OutcomeVictim:         "经工作人员认定，该机器曾被他人控制：您是受害者，并不受指责。",
		evenkeel.OutcomePolicyMismatch: "观察到的情况属实，但这是允许的。",
		evenkeel.OutcomeFalsePositive:  "实际情况并非看上去那样。给您带来不便，我们深表歉意。",
		evenkeel.OutcomeInconclusive:   "无法得出结论，因此不会对您有任何不利。",
		evenkeel.OutcomeCovered:        "该情况属于您获准的范围。",
	},

	SeenTitle: "观察到的情况", SeenNone: "此案没有保存测量数据。", SeenFrom: "测量时间：%[1]s至%[2]s。",
	SeenAbout: "机器 %[1]s", SeenPrincipal: "由 %[1]s 创建", Trace: "测量数据：%[1]s",
	Fact: "内容", Measured: "测量值", Threshold: "判定界限", ForYou: "对您有利", MoreSeen: plural{"另有%d项较早的未显示。", "另有%d项较早的未显示。"}, Unknown: "未知",
	Quote: "“%[1]s”", Known: phrasebook.Chinese, Gloss: phrasebook.ChineseTerm, RuleWords: "引号中的语句由您的服务商为其规则撰写，保留原文。",
	Plot: evidence.Words{
		Words:  plot.Words{Data: "以表格显示数据", Time: "时间 (UTC)", Unknown: "未知", None: "没有已知的数值。", Lowest: "最低", Highest: "最高", Gaps: "斜线部分：未知。"},
		Window: "计入的时段", Threshold: "界限",
	},

	DoneTitle: "采取的措施", DoneNone: "目前没有生效的措施。",
	OnWhat: "对象", Since: "开始", Until: "最迟结束", By: "决定者", Clause: "条款",
	ByMachine: "由机器自动决定", ByMachineYet: "由机器自动决定，尚未经工作人员决定", ByPerson: "由工作人员决定", Ended: "已结束",
	Carried: "执行情况", Confirmed: "已于%[1]s确认执行", Unconfirmed: "已下达，尚未确认执行", Unfit: "未能执行", OnPaper: "无人执行：仅作了书面记录",
	Begins: "开始", BeginsUnless: "%[1]s；如果您在此之前答复，则由工作人员决定",

	OweTitle: "工作人员何时答复",
	Owe:      "您于%[1]s留言。我们应在%[2]s之前给您由工作人员作出的决定。",
	OweStep:  "如果我们错过这一时间，限制会自动减轻。只有仍被测得影响他人的流量会继续受限。",
	Late:     "我们已逾期：本应在%[1]s之前由工作人员作出决定。这是我们的过失，您在队列中的位置保持不变。",
	LateOpen: "您于%[1]s留言，至今仍未由工作人员作出决定，已晚于我们的承诺。这是我们的过失，您在队列中的位置保持不变。",
	NotYet:   "您尚未答复。您答复后，工作人员会在%[1]s内作出决定。", NotYetUnknown: "您答复后，会有工作人员查看。",
	AskBy:       "请在%[1]s之前答复。之后的答复同样有效；没有答复时，我们只能依据测量数据。",
	AskPast:     "我们曾请您在%[1]s之前答复。现在答复仍然有效。",
	NobodyWaits: "此案目前无人等待答复。您仍然可以给我们留言。",
	Decided:     "在您上次留言之后，已由工作人员作出决定。如有遗漏，请再次留言：我们的计时会重新开始。",
	Object:      "在%[1]s之前您可以提出异议：请写在下面，会有工作人员阅读。",

	SaidTitle: "您的留言与我们的决定", SaidNone: "尚无留言或决定。",
	YouSaid: "您于%[1]s留言", YouSaidBy: "您于%[1]s留言（身份：%[2]s）", Numbered: "编号 %[1]s",
	ProductionDown: "生产环境已中断", AllAnswered: "所有问题均已答复",
	Kinds: map[string]string{"answer": "答复", "message": "留言", "announce": "预先告知"},
	Statement: map[evenkeel.DecisionState]string{
		evenkeel.Proposed: "提议：%[1]s，对象：%[2]s", evenkeel.Held: "预告：%[1]s，对象：%[2]s", evenkeel.InForce: "决定：%[1]s，对象：%[2]s",
		evenkeel.Lapsed: "到期结束：%[1]s，对象：%[2]s", evenkeel.Lifted: "解除：%[1]s，对象：%[2]s",
		evenkeel.Superseded: "被取代：%[1]s，对象：%[2]s", evenkeel.Suppressed: "已预先获准：%[1]s，对象：%[2]s", evenkeel.Refused: "不予执行：%[1]s，对象：%[2]s",
	},
	Reason: "作出决定的工作人员写道：", Check: "供日后核对", CheckNotice: "通知 %[1]s，决定 %[2]s", CheckPolicy: "依据策略 %[1]s", CheckState: "此前账本的状态：",
	AllowedTitle: "您获准运行的内容", Allowed: "%[1]s，同时最多%[2]s，自%[3]s至%[4]s。", AllowedAny: "%[1]s，自%[2]s至%[3]s。", AskedOpen: "工作人员会在%[1]s之前查看。", AskedNo: "已查看并结案。",
	AllMachines: "您的所有机器", SomeMachines: "约定类型的机器", MadeBy: "由 %[1]s 创建的机器",

	SpeakTitle: "答复", SpeakIntro: "所有内容都会有工作人员阅读。您不必证明自己的清白：请说明您在运行什么，以及我们应当了解的情况。",
	OnlyShows:   "此链接只能查看。如需答复，请使用发给有权答复的联系人的邮件中的链接，或者直接回复邮件。",
	AnswerTitle: "答复我们的问题", AnswerHint: "那里运行的是什么？从何时开始？用途是什么？几句话即可。", AnswerLabel: "您的答复",
	DownLabel: "生产环境因此中断", DoneLabel: "我已答复所有问题", SendAnswer: "发送答复",
	MessageTitle: "其他留言", MessageHint: "答复以外的内容：疑问、请求或异议。", MessageLabel: "您的留言", SendMessage: "发送留言",
	BurstTitle: "预先告知将运行大量机器", BurstHint: "在您的账户已获得的额度之内，会立即获准；否则由工作人员查看，您可以在此看到答复。",
	MachinesLabel: "同时运行的机器数量", FromLabel: "开始时间", UntilLabel: "结束时间", FromHint: "留空：从现在开始。格式：2026-11-22 09:30。",
	ZoneLabel: "以上时间的时区（UTC 偏移）", ZoneHint: "现在是%[1]s。", PrincipalLabel: "创建这些机器的用户或密钥", PrincipalHint: "留空：您的所有机器。",
	ForLabel: "用途", SendBurst: "发送告知", LengthHint: "最多约 2,600 个汉字，或 8,000 个拉丁字母。",
	ReceiptTitle: "我们已收到", Receipt: "接收时间：%[1]s，编号 %[2]s。", ReceiptBy: "工作人员会在%[1]s之前答复。",
	ReceiptClosed: "内容已存入此案；此案已没有待决定的事项。", ReceiptAllow: "已获准，无需工作人员查看：%[1]s。编号 %[2]s。",
	TroubleTitle: "尚未发送", TroubleOf: "尚未发送：%[1]s", NotTaken: "按目前的状态无法接收。您输入的内容仍在下面：请作为留言发送，或者直接回复邮件。",
	NotTakenNow: "这是我们的故障，内容没有被接收。您输入的内容仍在下面：请一分钟后重新发送。",
	NoForm:      "表单没有完整送达，请重新发送。", TooLong: "内容过长，超出 %[1]d 个字符。请删去末尾超出的部分，并作为第二条留言发送；您输入的内容均已保留。", TooBig: "内容过长，没有被读取。请返回并缩短内容，其余部分可作为第二条留言发送。",
	NoWords: "请填写内容。", WrongMachines: "请填写机器数量，至少为 1。", WrongTime: "请填写日期和时间，例如 2026-11-22 09:30。",
	WrongFrom: "该时间已过。已经开始的情况请作为答复发送，而不是预先告知。", WrongUntil: "请填写晚于开始时间且一年以内的时间。",
	WrongPrincipal: "请填写一个不含空格和逗号的名称。", FieldsWrong: "有内容缺失或无法识别，已在下面标出；您输入的内容均已保留。",
	Busy: "一小时内的留言已经很多，收到的内容均已保存。您可以在%[1]s再次留言。您在队列中的位置不受影响。",

	Foot:     "打开此页不会改变任何事情。持有此链接的人可以查看本页，并以“%[2]s”的身份留言；任何人都不能借此解除或更改任何措施。预先告知的内容如在您的账户已获得的额度之内，会立即获准。此链接有效至%[1]s。",
	FootShow: "打开此页不会改变任何事情。持有此链接的人只能查看本页。此链接有效至%[1]s。",
}
