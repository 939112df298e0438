package rule

// keyRow documents one key of a document.
type keyRow struct{ name, form, about string }

// The keys of a document. A test holds them equal to what the decoder takes.
var (
	ruleKeys = []keyRow{
		{"rule", "1 to 64 of a-z 0-9 -, required", "the id; it stays the same for ever"},
		{"version", "whole number from 1, required", "counts changes; it is part of the ids of findings"},
		{"family", "1 to 64 of a-z 0-9 -, required", "policy keeps a ladder of measures for each family"},
		{"mode", "shadow or live, required", "shadow findings are shown and never acted on"},
		{"subject", "asset, tenant or principal, required", "what a finding is about; events without a principal count under the principal \"\""},
		{"about", "text, required", "what the rule looks for, for the operator"},
		{"authors", "list", "who wrote it, at most 16 persons by their ids, as `evenkeel staff list` shows them: nobody decides as one of two on a case to which a rule of theirs led"},
		{"windows", "map from name to window", "what the rule keeps; a name is a-z, then up to 31 of a-z 0-9 _"},
		{"terms", "list of terms, required", "what is weighed"},
		{"require", "list of names of terms", "terms without which there is no finding"},
		{"score", "number, required", "a finding is made when the weights of the terms that are met sum to at least this"},
		{"quiet", "duration", "an episode ends when the condition has not held for so long; else the longest mean or sum window, at least 10 minutes"},
		{"tests", "see below, required", "stories that hold the rule to what it promises"},
	}
	windowKeys = []keyRow{
		{"of", "a signal, required", "what the window is over"},
		{"where", "condition over the fields of the event", "which events count; what cannot be decided does not"},
		{"for", "duration, required", "how far back the window looks"},
		{"pane", "duration, required but for a mark", "how fine it counts"},
		{"keep", "mark", "keep only when an event was last seen"},
		{"sum", "a field", "sum the field over events"},
		{"distinct", "a field", "count different values of the field"},
		{"top", "packets or bytes", "flows: keep where the largest of them went; the finding names these, and drop-flow cuts them"},
		{"recent", "duration, with `learn`", "distinct: a value first seen within this is new"},
		{"learn", "duration, with `recent`", "distinct: how old the state must be before anything is new"},
		{"history", "true or false", "keep the subject's earlier bursts"},
		{"cohort", "text expression over facts", "which group's bursts the subject is compared with"},
	}
	termKeys = []keyRow{
		{"name", "1 to 64 of a-z 0-9 -, required", "names the term in findings"},
		{"family", "usage, wire, process, fleet or report, required", "only different families count as independent evidence"},
		{"conclusive", "true or false", "has no lawful explanation together with usage"},
		{"when", "condition, required", "what must hold; known() is refused"},
		{"value", "number expression", "what the finding shows; durations in seconds, true as 1"},
		{"threshold", "number expression", "what the value is compared with"},
		{"weight", "number, required", "what the term adds to the score when it is met; may be negative"},
		{"says", "template, required", "the sentence that a person will read"},
	}
	testKeys = []keyRow{
		{"hit", "list of story files, at least one", "in these the rule must fire"},
		{"miss", "list of story files, at least one", "in these it must not"},
	}
)
