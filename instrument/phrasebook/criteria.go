package phrasebook

// Criterion returns a criterion of the built-in policy as it is put to the tenant that it is about, in English
// and in simplified Chinese: in a policy it is a question to whoever decides.
func Criterion(english string) (en, zh string, ok bool) {
	x, ok := criteria[english]
	return x[0], x[1], ok
}

var criteria = map[string][2]string{
	"What does the tenant say that it runs, and does what was seen agree with it?":                                                                            {"What you say that you run, and whether what was seen agrees with it", "您说明运行的内容，以及所见情况是否与之相符"},
	"Which evidence is not usage, and who measured it?":                                                                                                       {"What else there is than use of the CPU, and who measured it", "除 CPU 用量外还有哪些依据，由谁测量"},
	"Was the tenant cleared before, of what, and by whom?":                                                                                                    {"Whether you were cleared before, of what, and by whom", "您以前是否得到过澄清，涉及什么，由谁作出"},
	"What would have been seen if that explanation were true, and was it?":                                                                                    {"What would have been seen if that explanation were true, and whether it was", "如果该解释成立应当看到什么，以及是否看到"},
	"Who made the machines, and is that principal still in the tenant's hands?":                                                                               {"Who made the machines, and whether that access is still in your hands", "机器由谁创建，该权限是否仍由您掌控"},
	"What does the tenant say that they are for?":                                                                                                             {"What you say that they are for", "您说明的用途"},
	"Did the platform or another tenant suffer from it?":                                                                                                      {"Whether the platform or other customers suffered from it", "平台或其他客户是否因此受到影响"},
	"What was measured, at which port, and does it go on?":                                                                                                    {"What was measured, at which port, and whether it goes on", "测得了什么，在哪个端口，是否仍在继续"},
	"Is the tenant a victim whose machine was taken over, to be helped rather than charged?":                                                                  {"Whether somebody else took your machine over, so that you are helped", "您的机器是否被他人控制，从而应当得到帮助"},
	"Is there a smaller cut that would stop the harm?":                                                                                                        {"Whether something smaller would stop the harm", "是否有更轻的措施可以制止损害"},
	"Did a known contact confirm by a second way who made the changes?":                                                                                       {"Whether a contact that we know confirmed by a second way who made the changes", "已知联系人是否以另一种方式确认了由谁作出更改"},
	"Is production down because of us, and what is the shortest way to bring it back?":                                                                        {"Whether what you run is down because of us, and the shortest way to bring it back", "您的业务是否因我们而中断，以及恢复的最快途径"},
	"What was seen on the machine, and who says so?":                                                                                                          {"What was seen on the machine, and who says so", "在机器上看到了什么，由谁报告"},
	"What came to the site, and from whom, beside what is usual there?":                                                                                       {"What came to your site, and from whom, beside what is usual there", "与平时相比，有什么访问了您的网站，来自谁"},
	"What is the strongest innocent explanation (a link that many follow, a sale, a newsletter, a slow backend)?":                                             {"What the strongest innocent explanation is (a link that many follow, a sale, a newsletter, a slow backend)", "最有力的无辜解释是什么（很多人点开的链接、促销、群发邮件、缓慢的后端）"},
	"How many of those who were asked passed, and how many who always come were kept out?":                                                                    {"How many of those who were asked passed, and how many who always come were kept out", "被要求验证者中有多少通过，常来的访客中有多少被挡在外面"},
	"Is there a smaller measure that would keep the site, and its neighbours, up?":                                                                            {"Whether a smaller measure would keep your site, and its neighbours, up", "是否有更轻的措施足以使您的网站及其邻居保持可用"},
	"Does the tenant have what it needs to get the machine back, and does anybody still have to be told?":                                                     {"Whether you have what you need to get the machine back, and whether anybody still has to be told", "您是否具备收回机器所需的条件，是否还须通知其他人"},
	"Whom did the machine attack meanwhile, and were they told?":                                                                                              {"Whom the machine attacked meanwhile, and whether they were told", "该机器期间攻击了谁，是否已通知对方"},
	"What was seen, and is it against the terms at all?":                                                                                                      {"What was seen, and whether it is against the terms at all", "看到了什么，是否确实违反服务条款"},
	"What is the strongest innocent explanation?":                                                                                                             {"The strongest innocent explanation", "最有力的无辜解释"},
	"What is the strongest innocent explanation (a batch job, a node of a peer-to-peer network, research, a machine that was taken over)?":                    {"The strongest innocent explanation (a batch job, a node of a peer-to-peer network, research, a machine that was taken over)", "最有力的无辜解释（批处理任务、点对点网络的节点、研究、被他人控制的机器）"},
	"What is the strongest innocent explanation (a yearly job, a load test, a migration, a customer who grows)?":                                              {"The strongest innocent explanation (a yearly job, a load test, a migration, a customer who grows)", "最有力的无辜解释（年度任务、压力测试、迁移、业务增长的客户）"},
	"What is the strongest innocent explanation (a peer-to-peer node that dials private addresses, a load test against its own machines, a popular service)?": {"The strongest innocent explanation (a peer-to-peer node that dials private addresses, a load test against its own machines, a popular service)", "最有力的无辜解释（拨叫私有地址的点对点节点、针对自有机器的压力测试、受欢迎的服务）"},
	"What is the strongest innocent explanation (somebody tidies up, a new place of work, automation under an old key)?":                                      {"The strongest innocent explanation (somebody tidies up, a new place of work, automation under an old key)", "最有力的无辜解释（有人整理资源、更换工作地点、使用旧密钥的自动化任务）"},
	"What is the strongest innocent explanation (an upgrade, an administrator at work, a tool that rolls keys)?":                                              {"The strongest innocent explanation (an upgrade, an administrator at work, a tool that rolls keys)", "最有力的无辜解释（升级、管理员操作、轮换密钥的工具）"},
}
