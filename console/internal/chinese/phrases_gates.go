package chinese

// ofGates is what policy, governor and learning write: why a machine may not, by which row of the
// law, and what a flag does not cover.
var ofGates = map[string]string{
	"Nothing new is decided": "没有作出新的决定",
	"Wanted is {e}; one step at a time: no measure took effect on these assets so far, so {e} comes first":        "原本应采取{1}；须逐级进行：这些资源上尚无措施生效，因此先采取{2}",
	"Wanted is {e}; one step at a time: nothing above {e} took effect on these assets so far, so {e} comes first": "原本应采取{1}；须逐级进行：这些资源上尚无高于{2}的措施生效，因此先采取{3}",
	"{e} or more stands on all of it: {e} is {t} until {m} ({w})":                                                 "全部资源上已有{1}或更重的措施：{2}，{3}，至 {4}（{5}）",
	"Safeguards are unknown ({t}): a machine may go up to {e} alone":                                              "保障措施未知（{1}）：机器单独采取的措施至多为{2}",
	"Safeguards protect the tenant ({t}): a machine may go up to {e} alone":                                       "保障措施保护租户（{1}）：机器单独采取的措施至多为{2}",
	"Safeguards protect the tenant ({t}) or are unknown ({t}): a machine may go up to {e} alone":                  "保障措施保护租户（{1}）或未知（{2}）：机器单独采取的措施至多为{3}",
	"No safeguard was asked: a machine may go up to {e} alone":                                                    "没有查询保障措施：机器单独采取的措施至多为{1}",
	"Flag {w} covers it: a machine may go up to {e} alone":                                                        "许可 {1} 已涵盖：机器单独采取的措施至多为{2}",
	"Flag {w} covers it: it is only recorded":                                                                     "许可 {1} 已涵盖：仅作记录",
	"Flag {w} covers it up to {n} packets a second: what is beyond is limited":                                    "许可 {1} 涵盖至每秒 {2} 个数据包：超出部分受到限制",
	"Flag {w} would cover it": "许可 {1} 本可涵盖",
	"payment-history, {t}":    "付款记录、{1}", "established-customer, {t}": "长期客户、{1}", "prior-clearance, {t}": "此前的有利结案、{1}", "attribution, {t}": "归属、{1}", "reseller, {t}": "经销商、{1}", "reseller": "经销商",
	"no evidence": "没有证据", "compute, one family": "计算资源，一类证据", "compute, two families and conclusive": "计算资源，两类证据且确证", "packets, not measured at the port": "数据包，未在端口测得", "packets, measured at the port": "数据包，在端口测得", "packets, measured at the port and conclusive": "数据包，在端口测得且确证",
	"control plane, new place and destructive burst": "控制面，新地点且有破坏性突发操作", "edge, no mandate": "边缘，没有租户授权", "report alone": "仅有举报", "above isolate, or account-wide": "高于网络隔离，或涉及整个账户",

	"it begins only at {m}": "该许可自 {1} 起才生效", "it was granted for announced load, which does not excuse evidence of {t}": "该许可是为预先告知的负载授予的，不能解释这类证据：{1}", "wire and process": "网络和进程", "fleet": "机群", "{t} and report": "{1}和举报", "{t} and fleet": "{1}和机群",
	"it is about certain assets, and the finding names none": "该许可针对特定资源，而发现没有指明任何资源", "it does not name {w}": "该许可没有列出 {1}", "it selects nothing": "该许可没有选定任何资源", "it is not known what {w} is": "不知道 {1} 是什么",
	"the {t} of {w} is not known; the flag asks for {w}": "{2} 的{1}未知；许可要求为 {3}", "the {t} of {w} is {w}; the flag asks for {w}": "{2} 的{1}为 {3}；许可要求为 {4}", "principal": "创建者", "image": "镜像", "start script": "启动脚本",
	"{n} of the machines that it selects run, and it covers {n}": "所选机器中有 {1} 台在运行，而许可涵盖 {2} 台", "it covers {n} vCPUs, and it is not known how many {w} has": "许可涵盖 {1} 个虚拟 CPU，而 {2} 的数量未知", "the machines that it selects have {n} vCPUs, and it covers {n}": "所选机器共有 {1} 个虚拟 CPU，而许可涵盖 {2} 个",
	"… and 1 more flag does not cover it": "……另有 1 项许可没有涵盖", "… and {n} more flags do not cover it": "……另有 {1} 项许可没有涵盖",

	"The breaker of rule {w} opened: a person decides about what it finds":                                    "规则 {1} 的熔断器已断开：其发现由工作人员决定",
	"The breaker of rule {w} opened: a person has to look now, and what the rule did is perhaps to be undone": "规则 {1} 的熔断器已断开：须立即由工作人员查看，该规则所采取的措施可能需要撤销",
	"The breaker of rule {w} opened: {n} of the last {n} tenants that rule {w} met are customers in good standing, or nobody knows that they are not; expected are {n} of 100. A person has to look now: what it did is perhaps to be undone.": "规则 {1} 的熔断器已断开：规则 {4} 最近命中的 {3} 个租户中有 {2} 个是信誉良好的客户，或无从得知其并非如此；预期为 100 个中 {5} 个。须立即由工作人员查看：该规则所采取的措施可能需要撤销。",
	"A person has to look now: what it did is perhaps to be undone":                                                        "须立即由工作人员查看：该规则所采取的措施可能需要撤销",
	"The budget of {c} is spent: {n} left of {n}, and {n} is needed":                                                       "额度已用尽（{1}）：{3} 中还剩 {2}，需要 {4}",
	"The budget of {c} is spent: {n} left of {n}, and {n} are needed":                                                      "额度已用尽（{1}）：{3} 中还剩 {2}，需要 {4}",
	"The budget of {c} is spent: {n} left of {n}, and {n} is needed; at first a new rule or policy has only a part of it":  "额度已用尽（{1}）：{3} 中还剩 {2}，需要 {4}；新的规则或策略起初只有其中一部分",
	"The budget of {c} is spent: {n} left of {n}, and {n} are needed; at first a new rule or policy has only a part of it": "额度已用尽（{1}）：{3} 中还剩 {2}，需要 {4}；新的规则或策略起初只有其中一部分",
	"a person decides":                 "由工作人员决定",
	"{w} undid what rule {w} v{n} did": "{1} 撤销了规则 {2} 第 {3} 版所采取的措施", "{w} undid what machines under the switch {c} did": "{1} 撤销了机器在开关“{2}”下采取的措施",

	"Rule {w} is at the stage in which a person confirms each measure":                            "规则 {1} 处于每项措施均须由工作人员确认的阶段",
	"Rule {w} acts alone for {} of the tenants only, and this is none of them: a person confirms": "规则 {1} 仅对 {2} 的租户单独采取措施，本租户不在其中：由工作人员确认",
	"Rule {w} has not earned it: {t}":                                                             "规则 {1} 尚不具备资格：{2}",
	"{e} takes persons, however often the rule was right":                                         "无论规则正确多少次，{1}均须由工作人员决定",
	"{e} takes a rule that is right in {} of its cases at least; {t}":                             "{1}要求规则至少在 {2} 的案件中正确；{3}",
	"none of them was reviewed":                                                                   "尚无案件经过审核", "it was right in the only one that was reviewed, which shows {}": "唯一经过审核的案件中规则正确，由此可得 {1}", "it was wrong in the only one that was reviewed, which shows {}": "唯一经过审核的案件中规则错误，由此可得 {1}",
	"it was right in none of {n} that were reviewed, which shows {}": "经过审核的 {1} 件中规则无一正确，由此可得 {2}", "it was right in {n} of {n} that were reviewed, which shows {}": "经过审核的 {2} 件中规则正确 {1} 件，由此可得 {3}",

	"Announced: {n} machines from {m} until {m}. Up to {n} are allowed without asking ({x}).":                      "预先告知：{1} 台机器，{2} 至 {3}。免询问至多 {4} 台（{5}）。",
	"A person has to look: a person revoked flag {w} at {m}, and for {d} from then nothing is allowed without one": "须由工作人员查看：工作人员已于 {2} 撤销许可 {1}，此后 {3} 内不经工作人员不予放行",
	"A person has to look: {n} announced bursts are allowed already and not over; expected fewer than {n}":         "须由工作人员查看：已有 {1} 次获准的预告突发尚未结束；应少于 {2} 次",
	"A person has to look: the burst began at {m}, before it was announced at {m}":                                 "须由工作人员查看：突发于 {1} 开始，早于 {2} 的预先告知",
	"A person has to look: the burst ends at {m}, and begins at {m}":                                               "须由工作人员查看：突发于 {1} 结束，却于 {2} 开始", "A person has to look: the burst ends at no time, and begins at {m}": "须由工作人员查看：突发没有结束时间，于 {1} 开始",
	"A person has to look: the burst begins at {m}; expected within {d}":                "须由工作人员查看：突发于 {1} 开始；应在 {2} 之内",
	"A person has to look: the burst lasts {d}; up to {d} are allowed without a person": "须由工作人员查看：突发持续 {1}；免查看至多 {2}",

	"the books say that the standing is unknown": "账簿载明付款状态未知", "the books say that it is not known whether it has customers of its own": "账簿载明不知道其是否有自己的客户", "the finding names no asset": "发现没有指明资源", "the tenant is not known to have held {w} then": "不知道租户当时是否持有 {1}", "another tenant held one of them then": "其中之一当时由另一租户持有",
	"The tenant held all that is named": "所指明的全部资源均由该租户持有", "not told": "未告知", "not told before {m}": "{1} 之前未告知", "on credit: no payment history": "信用额度：没有付款记录", "too few bursts seen in the cohort": "同龄客户的突发过少", "no records in the window": "时间窗内没有记录", "no create of the machine was told by then": "当时尚未得知机器的创建",
	"{w} ({t})": "{1}（{2}）", "prepaid": "预付", "invoiced": "月结", "delinquent": "欠款", "on_credit": "信用额度",
	"a customer in good standing for a year, without confirmed abuse": "成为客户满一年、信誉良好且从未确认滥用", "a customer for 90 days who has paid for three months of use, without confirmed abuse": "成为客户满 90 天、已付三个月用量且从未确认滥用", "{n} vcpus": "{1} 个虚拟 CPU",

	"whoever would carry it out cannot {e}": "执行方无法执行{1}", "nobody who would carry it out has declared what it keeps and what it destroys": "没有执行方声明其保留什么、破坏什么", "whoever would carry it out destroys {}": "执行方会破坏 {1}", "whoever would carry it out keeps no way to the tenant's data open": "执行方没有为租户的数据保留任何途径",
	"whoever would carry it out has not shown, by fetching a canary, that the way to the tenant's data stays open": "执行方尚未通过取回探测数据证明租户数据的途径保持畅通", "whoever would carry it out has not shown that operations in flight finish or are rolled back": "执行方尚未证明进行中的操作会完成或回滚",
	"the policy gives it no lease, and no measure is without an end": "策略没有规定其期限，而任何措施都须有结束时间", "the finding names no assets, and a measure is for named ones only": "发现没有指明资源，而措施只针对指明的资源",
}
