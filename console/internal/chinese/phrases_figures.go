package chinese

// ofFigures is what is counted and what was shown: rules, reporters, the ways to the data, witnesses, and the
// public record.
var ofFigures = map[string]string{
	"Rules": "规则", "Ways to the data": "数据通道", "Outside": "外部", "Reporters": "举报人", "Record": "记录", "Public record": "公开记录", "Public record {}": "公开记录 {1}",

	"How right rules are": "规则的准确程度",
	"What became of the cases that rest on each version of a rule":                                                          "依据每条规则各版本立案的案件的结果",
	"Right is what was confirmed, and where the tenant was the victim; wrong is a false positive, and what is allowed here": "经确认的和租户为受害者的，视为正确；误报和此处允许的，视为错误",
	"The light band is the Wilson 95 % interval of how often the rule is right, the dark line what was counted":             "浅色带为规则正确率的 Wilson 95 % 区间，深色线为实际统计值",
	"The dashed lines are what a machine has to be sure of: {e} {}, {e} {}, {e} {}":                                         "虚线为机器行动所需的把握：{1} {2}，{3} {4}，{5} {6}",
	"The policy holds machines to them": "策略要求机器达到这些界限", "The policy does not hold machines to them: they are shown only": "策略不要求机器达到这些界限，仅作显示",
	"<>, version {n}": "<>，第 {1} 版", "a person confirms each measure": "每项措施均由工作人员确认", "acts alone for {} of the tenants": "仅对 {1} 的租户自行采取措施",
	"Stands at": "所处阶段", "<>, since <>; up to <>": "<>，自 <> 起；最高至<>", "<>, since <>, by <>; up to <>": "<>，自 <> 起，由 <> 决定；最高至<>", "Because": "原因", "Hits in shadow": "影子阶段的发现",
	"Backtest": "回测", "{n} found, {n} wanted, {n} unwanted, {n} not known": "发现 {1} 次，其中应有 {2}，不应有 {3}，未知 {4}", "Next stage": "下一阶段", "Missing for it": "尚缺",
	"draft, nobody weighs it": "草案，不参与判断", "tested over recorded time": "已在历史记录上回测", "watched in shadow": "影子阶段，仅观察", "live for a share of the tenants": "仅对部分租户正式生效",
	"Right in {n} of {n} reviewed cases: between {} and {}, as surely as that many can say it": "已审核的 {2} 件案件中有 {1} 件正确：介于 {3} 与 {4} 之间，以该数量所能得出的把握为准",
	"No case of it was reviewed yet, so nothing is known of it":                                "尚无相关案件经过审核，因此无从得知",
	"May enforce": "可执行的措施", "nothing by its record: a person decides": "凭现有结果不能执行任何措施：由工作人员决定", "Next": "下一项", "<>": "<>", "<>, <>, <>": "<>、<>、<>",
	"{e}, after {n} more case found right in a row": "{1}：还需连续 {2} 件案件正确", "{e}, after {n} more cases found right in a row": "{1}：还需连续 {2} 件案件正确",
	"Outcomes": "结案结果", "{n} confirmed, {n} victims, {n} allowed here, {n} false positives, {n} inconclusive, {n} covered by a flag": "已确认 {1}，租户为受害者 {2}，此处允许 {3}，误报 {4}，无法判断 {5}，已有许可涵盖 {6}",
	"{n} looked at, of which {n} wrong": "复查 {1} 件，其中 {2} 件错误", "{l} a case, {l} in all": "每件案件{1}，共计{2}", "not measured yet": "尚未计量",
	"No case that rests on a rule was closed yet": "尚无依据规则的案件结案", "Rules before these": "前面的规则", "Rules after these": "后面的规则",

	"Who reports abuse": "举报人情况",
	"How often those who report abuse were right: the cases that their reports came to, each case once, by how a person closed them": "举报人的准确程度：其举报所涉案件，每件计一次，以工作人员的结案结果为准",
	"No address of a reporter stands here":                                          "此处不显示举报人的地址",
	"Whoever is surely right in less than {} opens no case alone (the dashed line)": "准确率确定低于 {1}（虚线）者，其举报不能单独立案",
	"The light band is the Wilson 95 % interval, the dark line what was counted":    "浅色带为 Wilson 95 % 区间，深色线为实际统计值",
	"Those of whom most is known first":                                             "已知情况最多者在前", "Reporter": "举报人", "Right": "正确", "False": "误报", "Other": "其他", "Open": "未结", "How often right": "准确率",
	"by a token": "凭令牌", "by the domain of a mail": "凭邮件域名", "as the report says itself": "举报内自称", "opens no case alone": "不能单独立案", "not known yet": "尚不清楚", "between {} and {}": "介于 {1} 与 {2} 之间",
	"There are more: <> prints them": "还有更多：使用 <> 可以列出", "Nobody reported anything yet": "尚无任何举报",

	"No measure takes a tenant's data away": "任何措施都不会夺走租户的数据",
	"Whoever carries measures out has to show it: an object is put on a canary, the measure is ordered, and the object is fetched on each way that is declared": "执行措施的一方须予以证明：在探针对象上放置数据，下达措施，再经所声明的每条通道取回",
	"Without that proof nothing above limit and throttle begins or stands":                                                                                      "没有该证明时，限速和限制 CPU 以上的措施不得开始或维持",
	"Whoever carries measures out": "执行措施的一方", "shown": "已证明", "not shown": "未证明", "nothing was asked for yet": "尚未要求证明", "nothing has to be shown": "无需证明",
	"It is asked for when <> runs with a receiver of orders; <> asks now":        "<> 配有指令接收方运行时会要求证明；<> 可立即要求",
	"Nobody carries anything out, so nothing is cut and nothing has to be shown": "没有人执行措施，因此没有中断，也无需证明",
	"Of what it declares nothing can be ordered above limit and throttle":        "其所声明的措施均不高于限速和限制 CPU",
	"Shown last": "最近一次证明", "Counts until": "有效至", "Asked last": "最近一次要求", "never": "从未", "Nobody answered: <>": "没有答复：<>",
	"Canaries, by measure": "各项措施的探针", "Orders in force, the newest first": "生效中的指令（最新的在前）", "{e}, order <> <>": "{1}，指令<> <>", "{e}, on a canary <>": "{1}，探针 <>",
	"<>: {n} bytes came back": "<>：取回 {1} 字节", "<>: {n} bytes came back: <>": "<>：取回 {1} 字节：<>", "<>: nothing came back": "<>：未取回任何内容", "<>: nothing came back: <>": "<>：未取回任何内容：<>",

	"Quarter": "季度", "Show": "显示", "To publish: <>, <>, <>": "供发布：<>、<>、<>", "the page in English": "英文页面", "the page in Chinese": "中文页面", "the figures as JSON": "JSON 数据",
	"Each is whole, holds no personal data, and is the same that <> makes": "每份均完整、不含个人数据，与 <> 生成的相同",
	"Nothing was decided yet, so there is nothing to report":               "尚无任何决定，因此没有可报告的内容",
	"quarter {}; expected a year and one of Q1 to Q4":                      "季度 {1}；应为年份加 Q1 至 Q4 之一", "write it such as 2026Q4": "请写作例如 2026Q4 的形式", "there is no file {} of the public record": "公开记录没有文件 {1}", "the page of the public record links those there are": "公开记录页面列有现有文件的链接",

	"Witnesses": "见证方", "A witness holds another history of this ledger": "有见证方持有该账本的另一份历史",
	"Was a copy of the books put back, or are there two?": "是否恢复过账簿的副本，或存在两份账簿？", "Keep a copy of the data directory before anything else is changed; <> compares what it cosigned with the books": "在改动任何内容之前请先保留数据目录的副本；<> 可将其联署的内容与账簿比对",
	"The head over {n} leaves is cosigned by {n} of {n}; {n} are asked for": "{1} 个叶节点的账本头由 {3} 个见证方中的 {2} 个联署；要求 {4} 个", "too few": "不足", "enough": "足够",
	"holds another history": "持有另一份历史", "cosigned the newest head": "已联署最新的账本头", "behind": "落后",
	"Cosigned the head over {n} leaves, <> <>": "已联署 {1} 个叶节点的账本头，<> <>", "Cosigned the head over {n} leaves, <> <>: <>": "已联署 {1} 个叶节点的账本头，<> <>：<>", "Cosigned none yet": "尚未联署", "Cosigned none yet: <>": "尚未联署：<>",
	"No witness is asked": "没有见证方", "Whoever could write the log anew, all of it, is found out only by a head that somebody else keeps: name witnesses under <> in the settings": "能够重写全部记录的人，只有凭他人保存的账本头才能发现：请在设置的 <> 中列出见证方",
	"The Evenkeel of another operator can be one (<>)": "其他运营方的 Evenkeel 可以作为见证方（<>）", "The newest checkpoint with enough cosignatures": "联署足够的最新检查点", "The checkpoint with its cosignatures": "检查点及其联署",
	"A checkpoint that a tenant or a witness has, such as the one at the foot of each notice, is held against the books by": "租户或见证方持有的检查点（例如每份通知末尾的检查点），可用以下命令与账簿比对", "The command for a checkpoint": "检查点的命令",
}
