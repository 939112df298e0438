package report

import "github.com/evenkeel/evenkeel"

// Langs are the languages that a report can be written in.
var Langs = []string{"en", "zh"}

// words are what a page says around the figures.
type words struct {
	Lang, Title, Lead, None, Unknown, NotSaid      string
	Took, Machine, Person, Two                     string
	Automation, Overturned, OverturnedIs           string
	Reviewed, Verdicts                             string
	ToPerson, ToAnswer, Median, P95, Waiting       string
	ToPersonIs, ToAnswerIs                         string
	People, PeopleIs, Nobody, Cases                string
	Wrong, WrongIs, Minutes, AssetMinutes          string
	Credits, CreditsIs, NoCredits                  string
	ByRule, Family, Rule, Measure, Assets          string
	Weeks, Others, Count, Figure                   string
	Held, Proposed, Refused, Suppressed            string
	Shadow, Flags, Lawful, Appeals, Opened, Closed string
	HowTo, From, Again, Earlier, Whole             string
	Outcomes                                       map[string]string
	Measures                                       map[evenkeel.Measure]string
	Hour, Minute, Second, Of                       string
	Data, Time, Lowest, Highest, Gaps              string
}

var english = words{
	Lang: "en", Title: "Public record", None: "none", Unknown: "not known", NotSaid: "not said",
	Lead: "What was done about abuse, counted from the ledger in which every decision is sealed when it is made. Nothing else was read, and no figure is about a single customer.",
	Took: "measures took effect", Machine: "by a machine alone", Person: "by a person", Two: "by two persons",
	Automation: "of them by a machine alone", Overturned: "did not stand",
	OverturnedIs: "A measure did not stand where its case was closed as a false positive or as allowed here, or where a person lifted it and the case was not closed against the customer. What nobody has looked at counts as standing.",
	Reviewed:     "were looked at by a person, with a verdict or by lifting them", Verdicts: "Verdicts",
	ToPerson: "Until a person did something, after a machine decided", ToAnswer: "Until a person did something, after a customer spoke",
	Median: "median", P95: "95 of 100 within", Waiting: "nobody yet",
	ToPersonIs: "From a machine's first decision in a case until the first act or decision of a person in it. Reading a case is no act.",
	ToAnswerIs: "From a customer's first word that nobody had reacted to. Speaking again does not begin it anew.",
	People:     "Minutes of people for a case", Nobody: "closed without anybody", Cases: "cases that people were busy with",
	PeopleIs: "How long people read and decided, for each case that was closed in the quarter: the time from one look or act of a person to the next, of which pauses do not count.",
	Wrong:    "Wrongly restricted", WrongIs: "Measures that were carried out and did not stand, from when they took effect until they ended.",
	Minutes: "minutes", AssetMinutes: "minutes times machines or other assets", Credits: "Made good",
	CreditsIs: "Credits that were granted in the quarter.", NoCredits: "The ledger has no credit in this quarter.",
	ByRule: "By rule and measure", Family: "family of rules", Rule: "rule", Measure: "measure", Assets: "minutes of assets, wrongly",
	Weeks: "Measures that took effect, by week", Others: "What else the ledger says", Count: "number", Figure: "figure",
	Held: "decisions held until the customer was heard", Proposed: "decisions proposed to a person", Refused: "decisions refused",
	Suppressed: "findings covered by a clearance", Shadow: "decisions of policies that were only watched", Flags: "clearances granted or ended", Lawful: "lawful orders that withheld access to data",
	Appeals: "appeals", Opened: "cases opened", Closed: "cases closed", HowTo: "How to count again",
	From:    "This report was made of the first %d leaves of the ledger; the root over them is",
	Again:   "Whoever has these leaves can count again, and whoever has a signed checkpoint of the ledger, such as the one at the foot of each notice, can check that they are the leaves that were sealed. No personal data is in them.",
	Earlier: "%d leaves of the quarter are of the first form, which does not say the rule of a decision, who approved it, nor what an act was.",
	Whole:   "The quarter is not over, or the ledger ends before it does: the figures are of what is there.",
	Outcomes: map[string]string{
		"confirmed": "abuse", "victim": "the customer's machine had been taken over", "policy_mismatch": "so, and allowed here",
		"false_positive": "false positive", "inconclusive": "not found out", "covered": "covered by a clearance", "none": "without an outcome",
	},
	Measures: map[evenkeel.Measure]string{},
	Hour:     "h", Minute: "min", Second: "s", Of: "%d of %d",
	Data: "The numbers as a table", Time: "Week from", Lowest: "lowest", Highest: "highest", Gaps: "Hatched: not known.",
}

var chinese = words{
	Lang: "zh", Title: "公开记录", None: "无", Unknown: "未知", NotSaid: "未注明",
	Lead: "针对滥用行为采取的措施。每项决定作出时即封存于账本，以下数字仅由账本统计得出，不读取其他数据，也不涉及任何单个客户。",
	Took: "项措施生效", Machine: "由机器单独作出", Person: "由一人作出", Two: "由两人作出",
	Automation: "由机器单独作出", Overturned: "未能维持",
	OverturnedIs: "案件以误报或此处允许结案，或由人员解除且案件未以不利于客户的结论结案的，视为未能维持。尚无人查看的视为维持。",
	Reviewed:     "经人员查看：有结论，或被解除", Verdicts: "结论",
	ToPerson: "机器决定之后，到有人处理", ToAnswer: "客户发言之后，到有人处理",
	Median: "中位数", P95: "95% 不超过", Waiting: "尚无人处理",
	ToPersonIs: "从案件中机器的第一项决定起，到其中人员的第一次操作或决定为止。仅阅读案件不算操作。",
	ToAnswerIs: "从客户第一次尚无人回应的发言起算。再次发言不会重新起算。",
	People:     "每个案件占用的人工分钟数", Nobody: "无人处理即结案", Cases: "有人处理的案件",
	PeopleIs: "本季度结案的每个案件中，人员阅读和决定所用的时间：从一次查看或操作到下一次之间的时间，停顿不计。",
	Wrong:    "错误限制", WrongIs: "已执行而未能维持的措施，从生效到结束。",
	Minutes: "分钟", AssetMinutes: "分钟 × 机器或其他资源数", Credits: "补偿",
	CreditsIs: "本季度给予的补偿。", NoCredits: "账本中本季度没有补偿。",
	ByRule: "按规则和措施", Family: "规则族", Rule: "规则", Measure: "措施", Assets: "错误限制的资源分钟数",
	Weeks: "每周生效的措施", Others: "账本中的其他记录", Count: "数量", Figure: "项目",
	Held: "等待听取客户意见的决定", Proposed: "提交人员的决定", Refused: "被拒绝的决定",
	Suppressed: "被许可覆盖的发现", Shadow: "仅供观察的策略的决定", Flags: "给予或终止的许可", Lawful: "依法暂停访问数据的命令",
	Appeals: "申诉", Opened: "立案", Closed: "结案", HowTo: "如何复核",
	From:    "本报告由账本的前 %d 条记录得出，其根哈希为",
	Again:   "持有这些记录的人可以重新统计；持有账本签名检查点（例如每份通知末尾的检查点）的人可以核对这些记录就是当时封存的记录。其中不含个人数据。",
	Earlier: "本季度有 %d 条记录为第一版格式，不包含决定所依据的规则、批准人数以及操作的种类。",
	Whole:   "本季度尚未结束，或账本在季度结束前终止：数字仅涵盖已有记录。",
	Outcomes: map[string]string{
		"confirmed": "滥用", "victim": "客户的机器被他人控制", "policy_mismatch": "属实，但此处允许",
		"false_positive": "误报", "inconclusive": "未查明", "covered": "被许可覆盖", "none": "无结论",
	},
	Measures: map[evenkeel.Measure]string{
		evenkeel.MeasureNotify: "通知", evenkeel.MeasureChallenge: "验证", evenkeel.MeasureShut: "关闭入口", evenkeel.MeasureLimit: "限速",
		evenkeel.MeasureDropFlow: "丢弃流量", evenkeel.MeasureThrottle: "限制 CPU", evenkeel.MeasureFreeze: "冻结变更",
		evenkeel.MeasureIsolate: "隔离", evenkeel.MeasureSuspend: "暂停", evenkeel.MeasureDeny: "终止合同",
	},
	Hour: "小时", Minute: "分钟", Second: "秒", Of: "%d / %d",
	Data: "数据表", Time: "周起始", Lowest: "最低", Highest: "最高", Gaps: "阴影：未知。",
}
