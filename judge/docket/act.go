package docket

import "github.com/evenkeel/evenkeel"

// Announcements is the family of the cases in which a burst is asked about that the tenant
// has not earned. Its cases are about permission, and no rule finds anything under it.
const Announcements = "announcement"

// Act is something that a person does about a case: a tenant speaks, or somebody who works
// for the operator decides.
type Act struct {
	ID     string            `json:"id"` // identity: the same act told twice counts once
	Kind   ActKind           `json:"kind"`
	At     evenkeel.Moment   `json:"at"`
	Tenant evenkeel.TenantID `json:"tenant"`
	Family string            `json:"family"` // of rules; "" where Case is given
	Case   evenkeel.CaseID   `json:"case,omitempty"`
	// By is the person of the operator; "" where the tenant speaks.
	By       evenkeel.PersonID   `json:"by,omitempty"`
	Says     string              `json:"says,omitempty"`     // the tenant's words, or the person's reason
	Decision evenkeel.DecisionID `json:"decision,omitempty"` // approve, refuse, lower, lift, renew, uphold, appeal: which
	Measure  evenkeel.Measure    `json:"measure,omitempty"`  // lower: to what; approve: to what less than was wanted, if anything
	Outcome  evenkeel.Outcome    `json:"outcome,omitempty"`  // clear, close; audit: what was found
	Grant    *Grant              `json:"grant,omitempty"`    // flag, clear
	NoFlag   NoFlag              `json:"no_flag,omitempty"`  // clear without a flag: why
	Flag     evenkeel.FlagID     `json:"flag,omitempty"`     // revoke: which
	Burst    *evenkeel.Burst     `json:"burst,omitempty"`    // announce
	Review   ReviewID            `json:"review,omitempty"`   // verdict, recuse: which, where a case has several
	Verdict  *Verdict            `json:"verdict,omitempty"`  // propose, approve, verdict
	Assets   []evenkeel.AssetID  `json:"assets,omitempty"`   // propose: on which; none: those of the case; shut: which site
	Until    evenkeel.Moment     `json:"until,omitempty"`    // propose, renew, shut: when the measure ends; renew and shut without it: as long as the policy lets it
	Update   string              `json:"update,omitempty"`   // shut: what the site's page says that is new
	Hold     *Hold               `json:"hold,omitempty"`     // propose: the lawful order
	Scope    *Scope              `json:"scope,omitempty"`    // pull, release: of which switch
	Lift     bool                `json:"lift,omitempty"`     // pull: what stands is lifted too
	Keep     bool                `json:"keep,omitempty"`     // release: whoever was drawn finds that it stays pulled
	Rule     string              `json:"rule,omitempty"`     // reset: whose breaker; promote: which
	Promote  *Promotion          `json:"promote,omitempty"`  // promote: which version, and to where
	Credit   CreditID            `json:"credit,omitempty"`   // credit, no_credit: which, where a case has several that wait
	Source   string              `json:"source,omitempty"`   // accept: what it sends
	Undo     *Undo               `json:"undo,omitempty"`     // undo: what
	Audit    AuditID             `json:"audit,omitempty"`    // audit: which
	Telling  *Telling            `json:"telling,omitempty"`  // told: how, and when
	Confirm  *Confirming         `json:"confirm,omitempty"`  // vouch, confirm: whom
	// Contact is which contact of the tenant speaks, or was told, by role, where that is known; never an
	// address.
	Contact string `json:"contact,omitempty"`
	// Letter says that it came by mail: who wrote it has no page that shows a receipt, so a letter does.
	Letter bool `json:"letter,omitempty"`
	// Form is the Sum of what it came with; "": of the act itself.
	Form string `json:"-"`
}

// Grant is the flag that an act asks for.
type Grant struct {
	Selector evenkeel.Selector `json:"selector"`
	Envelope evenkeel.Envelope `json:"envelope"`
	From     evenkeel.Moment   `json:"from,omitempty"` // 0: when the act is done
	Until    evenkeel.Moment   `json:"until"`
}

// ActKind says what is done.
type ActKind uint8

// The kinds of act. The first three are a tenant's, and those of which it is said.
const (
	ActAnswer   ActKind = iota + 1 // to our question
	ActMessage                     // anything else that the tenant says
	ActAnnounce                    // a burst, beforehand
	ActFlag                        // a person grants a flag
	ActRevoke                      // a person ends a flag
	ActClear                       // a person closes the case as a false positive or as allowed here
	ActClose                       // a person closes the case with another outcome
	ActApprove                     // a person lets a proposed or held decision take effect
	ActRefuse                      // a person says no to a proposed or held decision
	ActLower                       // a person puts a lower measure in the place of one in force
	ActLift                        // a person ends a measure
	ActPropose                     // a person asks a second one, with their own verdict
	ActVerdict                     // a person who was asked, or drawn, gives theirs
	ActRecuse                      // a person who was drawn cannot
	ActPull                        // a person pulls a kill switch
	ActRelease                     // a person asks to let one go, or was drawn and says what they found
	ActReset                       // a person closes a breaker
	ActUndo                        // a person undoes what a version of a rule did
	ActRenew                       // a person lets what is in force stand longer, while a decision is due
	ActUphold                      // a person finds that what was appealed stays
	ActAppeal                      // the tenant appeals against a measure
	ActExtend                      // the tenant asks for more time to answer
	ActDown                        // a contact says that production is down
	ActAnswered                    // a contact says that all questions are answered
	ActCredit                      // a person grants a credit that was proposed
	ActNoCredit                    // a person refuses one
	ActAudit                       // a person says what they found in a case that the lot fell on
	ActPromote                     // a person brings a version of a rule to a stage, or says what it found over recorded time
	ActAccept                      // a person says that what a source sends is right
	ActTold                        // a person says that they told a contact of the tenant's what stands, otherwise than by a notice
	ActVouch                       // a known contact of the tenant confirms one who came while the case is open
	ActConfirm                     // a person does, who checked it by a second way
	ActShut                        // a person has a site show its own page at once, whatever was found
)

var actKinds = [...]string{
	ActAnswer: "answer", ActMessage: "message", ActAnnounce: "announce", ActFlag: "flag", ActRevoke: "revoke",
	ActClear: "clear", ActClose: "close", ActApprove: "approve", ActRefuse: "refuse", ActLower: "lower", ActLift: "lift",
	ActPropose: "propose", ActVerdict: "verdict", ActRecuse: "recuse",
	ActPull: "pull", ActRelease: "release", ActReset: "reset", ActUndo: "undo",
	ActRenew: "renew", ActUphold: "uphold", ActAppeal: "appeal", ActExtend: "extend", ActDown: "down", ActAnswered: "answered",
	ActCredit: "credit", ActNoCredit: "no_credit", ActAudit: "audit", ActPromote: "promote", ActAccept: "accept",
	ActTold: "told", ActVouch: "vouch", ActConfirm: "confirm", ActShut: "shut",
}

// String returns the kind's word.
func (k ActKind) String() string {
	if int(k) >= len(actKinds) || actKinds[k] == "" {
		return "invalid"
	}
	return actKinds[k]
}

// ParseActKind reads the word.
func ParseActKind(s string) (ActKind, error) { return parseWord[ActKind]("act", actKinds[:], s) }

// MarshalText writes String.
func (k ActKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the word.
func (k *ActKind) UnmarshalText(b []byte) (err error) {
	*k, err = ParseActKind(string(b))
	return err
}

// OfTenant says whether the tenant is who acts.
func (k ActKind) OfTenant() bool {
	switch k {
	case ActAppeal, ActExtend, ActDown, ActAnswered, ActVouch:
		return true
	}
	return k <= ActAnnounce
}

// OfHouse says whether the act is about no case: about what holds machines back, or about what
// they did in many cases, or about one that whoever acts must not know by its name.
func (k ActKind) OfHouse() bool {
	return k >= ActPull && k <= ActUndo || k == ActAudit || k == ActPromote || k == ActAccept
}

// Eases says whether the act does nothing but end or lower what stands.
func (k ActKind) Eases() bool { return k == ActLift || k == ActLower }

// OfReview says whether the act is by somebody whom a review waits for.
func (k ActKind) OfReview() bool { return k == ActVerdict || k == ActRecuse }

// NoFlag is why a case is cleared without a flag.
type NoFlag uint8

// The reasons.
const (
	NoFlagMissing      NoFlag = iota // none was given, which refuses the clearance
	NoFlagOnce                       // it will not happen again
	NoFlagGone                       // the machines are gone
	NoFlagRuleAtFault                // the rule is being changed
	NoFlagTenantWishes               // the tenant does not want one
)

var noFlags = [...]string{
	NoFlagMissing: "none", NoFlagOnce: "once", NoFlagGone: "gone", NoFlagRuleAtFault: "rule_at_fault", NoFlagTenantWishes: "tenant_wishes",
}

// String returns the reason's word.
func (n NoFlag) String() string {
	if int(n) >= len(noFlags) {
		return "invalid"
	}
	return noFlags[n]
}

// ParseNoFlag reads the word.
func ParseNoFlag(s string) (NoFlag, error) {
	return parseWord[NoFlag]("reason for no flag", noFlags[:], s)
}

// MarshalText writes String.
func (n NoFlag) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText reads the word.
func (n *NoFlag) UnmarshalText(b []byte) (err error) {
	*n, err = ParseNoFlag(string(b))
	return err
}
