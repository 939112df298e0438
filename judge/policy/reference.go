package policy

import (
	"fmt"
	"strings"
)

// Reference returns the reference of the language of policies as Markdown, made from the tables
// that the compiler and the law use.
func Reference() string {
	var b strings.Builder
	b.WriteString(referenceHead)
	keyTable(&b, "A policy", documentKeys)
	keyTable(&b, "A safeguard", safeguardKeys)
	keyTable(&b, "A family", familyKeys)
	keyTable(&b, "A measure of a family", measureKeys)
	keyTable(&b, "Announcements", announcementKeys)
	keyTable(&b, "The governor", governorKeys)
	keyTable(&b, "A budget of the governor", rateKeys)
	keyTable(&b, "The breaker of the governor", breakerKeys)
	keyTable(&b, "Damping by the governor", dampingKeys)
	keyTable(&b, "Promotion", promotionKeys)
	keyTable(&b, "Credits", creditKeys)
	keyTable(&b, "Audit", auditKeys)

	heading(&b, "Facts")
	b.WriteString("A fact may be unknown, and then says why. `tenant.` facts exist everywhere, the others where findings\nare judged.\n\n")
	table(&b, "fact", "type", "what")
	for _, f := range append(burstFacts[:len(burstFacts):len(burstFacts)], findingFacts[len(tenantFacts):]...) {
		line(&b, code(f.Name), f.Type.String(), f.Doc)
	}
	heading(&b, "Expressions")
	b.WriteString(referenceExpressions)
	heading(&b, "Ladders")
	b.WriteString("The rungs that a harm may have, from the mildest. `wants` may also name suspend and deny, which\ntake two persons.\n\n")
	table(&b, "harm", "rungs")
	for h := HarmCompute; h <= HarmReport; h++ {
		line(&b, code(h.String()), strings.Join(climbWords(h), ", "))
	}
	heading(&b, "The law")
	b.WriteString("How far a machine may go alone, whatever a document wants.\n\n")
	b.WriteString(LawTable())
	heading(&b, "Bounds")
	for _, bound := range boundTexts() {
		fmt.Fprintf(&b, "- %s\n", bound)
	}
	return b.String()
}

const referenceHead = `# The language of policies

A policy is a YAML document. A key that is not listed here is an error. It says what is wanted about a
finding, what is asked before, what comes with each measure and what the tenant reads. It cannot say how
far a machine may go alone: that is the law below, and it stands in the program.
`

const referenceExpressions = `Expressions are a subset of CEL, the same as in rules: literals, names, ` + "`&& || ! ?: == != < <= > >= + - * / % in`" + `,
and functions. int and double do not mix: compare a double with 5.0, not with 5. Durations are written
` + "`seconds(n) minutes(n) hours(n) days(n)`" + ` or ` + "`duration(\"90s\")`" + `. What needs an unknown fact is undecided, unless the rest
decides it. known(x) says whether x is known; in a live policy it is refused wherever not being known would count
against the tenant, and for announcements wherever it would count in favour. Whoever compares tenant.paid with
tenant.run_rate has to ask for tenant.standing too.
`

func keyTable(b *strings.Builder, title string, rows []keyRow) {
	heading(b, title)
	table(b, "key", "form", "what")
	for _, r := range rows {
		line(b, code(r.name), r.form, r.about)
	}
}

func heading(b *strings.Builder, title string) { fmt.Fprintf(b, "\n## %s\n\n", title) }

func code(s string) string { return "`" + s + "`" }
