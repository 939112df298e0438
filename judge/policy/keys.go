package policy

// keyRow documents one key of a document.
type keyRow struct{ name, form, about string }

// The keys of a document. A test holds them equal to what the decoder takes.
var (
	documentKeys = []keyRow{
		{"policy", "1 to 64 of a-z 0-9 -, required", "the name"},
		{"version", "whole number from 1, required", "counts changes"},
		{"mode", "shadow or live, required", "in shadow nothing follows: what would have followed is recorded"},
		{"about", "text, required", "what the policy is for"},
		{"authors", "list", "who wrote it, at most 16 persons by their ids, as `evenkeel staff list` shows them: nobody decides as one of two while a policy of theirs is in force"},
		{"safeguards", "list of safeguards", "asked before any automatic measure; without one, everything counts as unknown"},
		{"families", "map from name to family, required", "what follows from findings of a family of rules"},
		{"other", "a family", "what follows from findings of all other families; without it, nothing does"},
		{"announcements", "see below", "which bursts tenants may announce; without it, a person is asked about each"},
		{"governor", "see below", "what holds machines back; without it, the defaults"},
		{"promotion", "see below", "how far rules may act; without it, as far as their mode says"},
		{"credits", "see below", "what is made good for what should not have been; without it, nothing"},
		{"audit", "see below", "which closed cases a person looks at by lot; without it, the defaults"},
	}
	safeguardKeys = []keyRow{
		{"name", "1 to 64 of a-z 0-9 -, required", "names it in decisions"},
		{"asks", "text, required", "the question, for people"},
		{"applies", "condition", "false: it does not apply to this tenant (n/a); else it always applies"},
		{"protects", "condition, required", "true: protect; false: permit; cannot be decided: unknown, which protects as well"},
		{"because", "sentences, required", "`protect`, `permit` and, with `applies`, `n/a`: the answer as a person reads it; {tenant.paid} is a hole for a fact"},
	}
	familyKeys = []keyRow{
		{"harm", "compute, packets, control, edge or report, required", "which rows of the law are meant"},
		{"clause", "sentence, required", "of your terms, as the tenant reads it"},
		{"ladder", "list of measures, required", "from the mildest; a machine climbs it and never skips a rung"},
		{"wants", "list of {measure, when}, required", "the first row whose `when` is true, or that has none, says what is asked for: a rung, or a measure above all of them"},
		{"measures", "map from rung to what comes with it, required", "every rung has a section"},
		{"tighter", "map from the name of a term to names and whole numbers", "which of a measure's `params` are smaller where that term was met, in every measure that has `params`: what sweeps a hundred hosts a minute is not held by a limit against floods. Of several numbers the smallest holds; the envelope of a flag takes the place of all of them"},
		{"clocks", "durations, required", "`tenant_answer`: we ask for an answer within it; `our_answer`: a person decides within it, at most 24h; `appeal`: at least 183d; `latch`: after a clearance only a person may take a measure; and, where they are given, `page` (15m) and `second_level` (30m): who is called until a person decides; `appeal_answer` (72h, at most 14d), `appeal_down` (24h where the tenant is cut off): a person decides on an appeal; `retrieval` (30d); `contacts` (7d): those from before a change are told on; `turn` (none): every contact is tried before the first restriction of whoever did not answer; `answers`, a map from the name of a term (such as phishing, of a report) to what takes the place of `tenant_answer` where that is met"},
		{"mandate", "challenge or shut", "of harm edge: the most that the edge does by itself for a site that others flood, as your terms agree with the tenant; without it, it only tells"},
		{"criteria", "list of questions, required", "what a reviewer answers point by point before a verdict; the strongest innocent explanation is one of them"},
		{"victim", "true or false", "true: what is found says that somebody else got in; the tenant is helped, and not charged"},
		{"victim_signs", "list of terms", "the same for findings in which one of these terms is met"},
		{"tell_victims", "true or false", "true: those who were attacked may be sent a report about it (XARF)"},
		{"tell_attacked", "never, confirmed or in_force", "when they are told by mail without anybody asking for it (`tell_victims` has to be true): never, which is what holds without it; once a person has confirmed the case; or already while a measure rests on what was measured at the port"},
	}
	measureKeys = []keyRow{
		{"lease", "duration, required", "how long it stands; then it ends by itself"},
		{"hearing", "duration", "how long the tenant is heard before it is entered; else it is entered at once"},
		{"params", "map from name to value", "for who enforces it"},
		{"keeps", "list of phrases, required", "what the tenant can still do"},
	}
	governorKeys = []keyRow{
		{"rule", "{at_once, one_more_every}", "on how many assets machines may put a measure by one rule, each measure for itself"},
		{"measure", "{at_once, one_more_every}", "on how many they may put a measure by all rules"},
		{"region", "{at_once, one_more_every}", "on how many in one region, all measures together; those whose region is not known count as one"},
		{"breaker", "{newest, within, established, share}", "too many tenants in good standing among the `newest` that a rule met `within` a time stop it, where `share` of a hundred are expected; they are customers for as long as `established`, or nobody knows"},
		{"damping", "{for, by}", "budgets are divided by so much for the first time in which a version of a rule, or the policy, wants to act"},
	}
	rateKeys = []keyRow{
		{"at_once", "whole number from 1, required", "as many, and then"},
		{"one_more_every", "duration, required", "one more, for every so long without one"},
	}
	breakerKeys = []keyRow{
		{"newest", "whole number", "how many hits are looked at, each of another tenant"},
		{"within", "duration", "how old they may be"},
		{"established", "duration", "for how long a tenant in good standing is a customer"},
		{"share", "whole number", "of a hundred hits, how many such tenants are expected"},
	}
	dampingKeys = []keyRow{
		{"for", "duration", "from when it first wants to act; 0s: not at all"},
		{"by", "whole number from 1", "what budgets are divided by; at least one is left"},
	}
	promotionKeys = []keyRow{
		{"enforced", "true or false", "whether a rule has to have shown enough before a machine takes an enforced measure by it: as the lower end of the Wilson 95 % interval of cases found right, 0.80 for limit, throttle and challenge, 0.90 for drop-flow, freeze and shut, 0.95 for isolate; false: it is only reported"},
		{"confirm", "list of rules", "by these a person takes each enforced measure"},
		{"canary", "map from rule to whole number of a hundred", "by these machines act for this share of the tenants, always the same, and for the others a person confirms; of a version that a person brought to the stage of canary, 10 without it"},
		{"live", "list of rules", "each version of these begins live, whatever is said of others"},
		{"new_rule", "draft, shadow, confirm or live", "the stage at which the first version of a rule begins that the books meet; else live, as its mode says"},
		{"new_version", "draft, shadow, confirm or live", "the stage at which each later version begins; else shadow, and live where the harm is packets"},
	}
	creditKeys = []keyRow{
		{"mode", "off, propose or auto, required", "`propose`: a person grants or refuses; `auto`: up to `up_to` it is granted at once"},
		{"up_to", "amount", "of one case, in auto; what is more waits for a person"},
		{"currency", "three capital letters of ISO 4217", "such as EUR"},
		{"decimals", "0 to 2", "the currency is paid in; amounts are rounded up to them; else 2"},
		{"other", "amount", "what an hour of one asset under an enforced measure is worth"},
		{"hour", "map from measure to amount", "what it is worth under this one, in place of `other`"},
		{"within", "duration", "in which a person grants or refuses what was proposed, at most 90d; then the lead is called, and again each time that it is over; else 7d"},
	}
	auditKeys = []keyRow{
		{"share", "whole number of a hundred, 0 to 100", "of the cases in which a machine acted and nobody appealed, once they are closed; else 2"},
		{"controls", "whole number of a hundred, 0 to 50", "of what a person is then asked: cases that are known to be innocent; else 5"},
		{"limit", "whole number of a hundred, 1 to 100", "of these, how many a person may find guilty before the lead is called; else 10"},
	}
	announcementKeys = []keyRow{
		{"families", "list of families, required", "what a burst looks like; for these the flag is granted"},
		{"longest", "duration, required", "from the beginning of a burst to its end"},
		{"ahead", "duration", "how long before its beginning it may be announced; else as long as the bound"},
		{"earned", "list of {when, machines, because}", "the first row whose `when` is true says how many machines are allowed without a person; none true, or undecided: a person is asked"},
	}
)
