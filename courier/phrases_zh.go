package courier

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/phrasebook"
)

var chinese = phrases{
	lang:    "zh-Hans",
	clock:   "2006年1月2日 15:04 UTC",
	within:  "%s（%s内）",
	lasting: "%s（为期%s）",
	ahead:   "%s（%s后）",
	days:    [2]string{"%d 天", "%d 天"}, hours: [2]string{"%d 小时", "%d 小时"},
	minutes: [2]string{"%d 分钟", "%d 分钟"}, seconds: [2]string{"%d 秒", "%d 秒"},
	gap: " ", comma: "、", semicolon: "；", and: " 和 ", more: "%s及%s",
	colon: "：", aside: "（%s）",
	quote: "“%s”", unknown: "未知",

	resources: [2]string{"%d 个资源", "%d 个资源"},
	some:      "%s（%s）",
	others:    [2]string{"另外 %d 个", "另外 %d 个"},
	account:   "您的账户",

	measures: [...]measureWords{
		evenkeel.MeasureNone:      {"仅作记录", "我们记录了在%s上看到的情况，没有采取任何措施", "我们将记录在%s上看到的情况，不采取任何措施", "关于%s的记录"},
		evenkeel.MeasureNotify:    {"询问", "我们在%s上看到一些情况，需要向您了解。", "我们将就在%s上看到的情况向您了解", "关于%s的询问"},
		evenkeel.MeasureChallenge: {"访客验证", "%s的访客须先通过简短验证", "%s的访客将须先通过简短验证", "对%s访客的验证"},
		evenkeel.MeasureShut:      {"说明页面", "%s的访客看到的是说明页面", "%s的访客将看到说明页面", "代替%s的说明页面"},
		evenkeel.MeasureLimit:     {"出站流量限速", "%s的出站流量受到限速", "%s的出站流量将受到限速", "对%s出站流量的限速"},
		evenkeel.MeasureDropFlow:  {"拦截特定出站流量", "%s的特定出站流量被拦截", "%s的特定出站流量将被拦截", "对%s特定出站流量的拦截"},
		evenkeel.MeasureThrottle:  {"CPU 限制", "%s的 CPU 受到限制", "%s的 CPU 将受到限制", "对%s的 CPU 限制"},
		evenkeel.MeasureFreeze:    {"暂缓变更", "对%s的新变更被暂缓", "对%s的新变更将被暂缓", "对%s变更的暂缓"},
		evenkeel.MeasureIsolate:   {"网络隔离", "%s的网络被隔离", "%s的网络将被隔离", "对%s的网络隔离"},
		evenkeel.MeasureSuspend:   {"暂停运行", "%s的运行被暂停", "%s的运行将被暂停", "对%s的暂停"},
		evenkeel.MeasureDeny:      {"终止合同", "%s的合同在您取回数据后终止", "%s的合同将在您取回数据后终止", "%s的合同终止"},
	},
	states: [...]stateWords{
		{"未知", "%s：%s", "%s目前的状态无法在此说明。"},
		evenkeel.Proposed:   {"已提议，由工作人员决定", "已提议%s：%s", "已提议%s，等待工作人员决定。"},
		evenkeel.Held:       {"已预告，尚未生效", "预告%s：%s", "已预告%s。"},
		evenkeel.InForce:    {"生效中", "%s：%s", "%s生效中。"},
		evenkeel.Lapsed:     {"已到期自动结束", "%s已结束：%s", "%s已到期，自动结束。"},
		evenkeel.Lifted:     {"已解除", "%s已解除：%s", "%s已解除。"},
		evenkeel.Superseded: {"已被取代", "%s已被取代：%s", "%s已被另一项决定取代，我们会另行通知您。"},
		evenkeel.Suppressed: {"不采取，因为已有许可涵盖", "不采取%s：%s", "%s不予采取，因为已有许可涵盖所见情况。"},
		evenkeel.Refused:    {"不采取", "不采取%s：%s", "%s不予采取。"},
	},

	lead: leadWords{
		until:    "%s，至%s。",
		from:     "%s，自%s起；在此之前工作人员可以另作决定。目前尚未采取任何措施。",
		nothing:  "没有限制、更改或关闭任何东西，一切照常运行。",
		keeps:    "仍可正常使用：%s。",
		willKeep: "届时仍可正常使用：%s。",
		letGo:    "我们已通知系统放开该措施限制的一切。如果仍有异常，请告诉我们。",
		untaken:  "该措施没有限制、更改或关闭任何东西。",
		reason:   "理由：%s",
		said:     "作出决定的工作人员写道：%s",
		innocent: "以上是测得的情况，并不是结论：它可能有正当的原因，而您最清楚。",

		clearedShort: "已按有利于您的结果结案：%s",
		cleared:      "工作人员查看了我们在 %s 上看到的情况，并按有利于您的结果结案：实际情况并非看上去那样。给您带来不便，我们深表歉意。",
		permitted:    "工作人员查看了我们在 %s 上看到的情况，并按有利于您的结果结案：这是允许的。",
		free:         "没有任何对您不利的记录，也不再有任何限制。",
		allowed:      "%s在%s之前，在工作人员写明的范围内，同样的情况不会再被询问，也不会导致任何措施。具体范围见您的页面。",
	},
	titles: titleWords{
		seen: "我们看到了什么", favour: "对您有利的情况", answer: "如何答复", done: "决定", appeal: "如果您不同意",
	},
	rows: rowWords{
		measure: "措施", state: "状态", assets: "涉及", from: "开始", until: "结束", end: "已结束于",
		decided: "决定者", clause: "条款依据", source: "情况来源",
		policy: "策略", caseID: "案件", decision: "决定编号", notice: "通知编号", written: "撰写时间",
	},
	ground: groundWords{
		machine:   "机器，依据下述策略；没有工作人员参与",
		person:    "工作人员",
		ourselves: "我们自己的测量和记录，经自动规则评估",
		reports:   "他人的举报",
		both:      "我们自己的测量和记录（经自动规则评估），以及他人的举报",
		since:     "自%s起（本通知撰写前%s）：",
		numbers:   "测得值：%s；对照值：%s",
		value:     "测得值：%s",
		what:      "%s。%s",
	},
	answers: answerWords{
		subject:  "%s（案件%s）",
		before:   "请在%s之前答复。",
		personBy: "如果您立即答复，工作人员最迟于%s作出决定。",
		open:     "查看依据并答复",
		reply:    "请直接回复本邮件，或写信至%s。",
		replyToo: "您也可以直接回复本邮件，或写信至%s。",
		helps:    "如果您说明那里运行的是什么、用途是什么、您是否知情、您是否有服务正处于中断，会对我们有帮助。",
		still:    "您不需要做任何事。如果有不对的地方，请写信给我们，会有工作人员阅读。",
		show:     "可转发的链接：持有者可以查看，但不能代您答复",
		safe:     "打开链接不会改变任何东西；通过链接或邮件的答复不能更改您的联系人或账户。我们绝不会索要密码。",
		appeal:   "在%s之前，您可以用同样的方式要求重新审视这项决定。不收取任何费用，会有工作人员阅读。",
	},
	foot: footWords{
		sign:      "%s",
		auto:      "本邮件由程序发送，对它的答复由工作人员阅读。",
		ledger:    "作出此决定之前的账本头",
		ledgerWhy: "请原样保留以下各行：凭它们，任何人日后都可以查验决定的记录未被改动。",
		tooLong:   "它对一封邮件来说太长；请向我们索取。",
	},
	known: phrasebook.Chinese,
	gloss: phrasebook.ChineseTerm,
}
