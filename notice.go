package evenkeel

import "strconv"

// NoticeID names a notice; it is derived from what it tells, so that twice is once.
type NoticeID string

// Notice is a statement of reasons to a tenant, as facts: what was seen, what was done to which assets and
// what keeps working, since when and until when, whether a machine decided, how to answer and by when a person
// answers. The courier finds the words. The points are those of Regulation (EU) 2022/2065, Article 17(3).
type Notice struct {
	ID       NoticeID      `json:"id"`
	Case     CaseID        `json:"case"`
	Decision DecisionID    `json:"decision"`
	Tenant   TenantID      `json:"tenant"`
	Family   string        `json:"family"`
	At       Moment        `json:"at"`
	State    DecisionState `json:"state"` // in force, held, lapsed, lifted …
	Measure  Measure       `json:"measure"`
	Assets   []AssetID     `json:"assets"`
	From     Moment        `json:"from"`
	Until    Moment        `json:"until"`

	// Params are the numbers of its order, of what is in force or announced, such as syn_rate: 200 (a second) and cpu: 20%; and "when: pressed"
	// where it holds only while visitors press.
	Params map[string]string `json:"params,omitempty"`

	Seen      []Term   `json:"seen"`                     // the facts, each with its numbers and its sentence
	Since     Moment   `json:"since"`                    // of what was seen
	Measured  Moment   `json:"measured_until,omitempty"` // until when the numbers of what was seen were taken; 0: not known, as in notices from before
	Keeps     []string `json:"keeps"`                    // what the tenant can still do
	Clause    string   `json:"clause"`                   // of the terms
	Policy    string   `json:"policy"`                   // digest
	Automatic bool     `json:"automatic"`                // a machine decided
	Says      string   `json:"says,omitempty"`           // a person's reason
	// Outcome is how the case was closed, where that is told: by what ended this, or, where Decision stays as
	// it is, beside it. Allowed is until when a flag lets the same be done from now on, 0: none was granted.
	Outcome  Outcome  `json:"outcome,omitempty"`
	Allowed  Moment   `json:"allowed_until,omitempty"`
	Help     bool     `json:"help,omitempty"`    // there are signs that somebody else got in: the tenant is helped, not charged
	PassOn   bool     `json:"pass_on,omitempty"` // the tenant has customers of its own, or may have: one of them may have to know
	Undone   bool     `json:"undone,omitempty"`  // what was told as in force could not be carried out, as far as was known
	Beside   []Beside `json:"beside,omitempty"`  // what was told before of other enforced measures of the case, and holds from now on
	Withheld Withheld `json:"withheld,omitzero"` // the lawful order by which access to the data is withheld, where it lets that be told
	Credit   Credit   `json:"credit,omitzero"`   // what was granted for what should not have been; zero: it tells of none
	AnswerBy Moment   `json:"answer_by"`         // when we ask for the tenant's answer; 0: it is not asked
	PersonBy Moment   `json:"person_by"`         // when a person decides at the latest, if the tenant answers at once
	Appeal   Moment   `json:"appeal_until"`      // until when the decision can be appealed
	// LastAppeal says that persons decided on appeals against it as often as they do; of a receipt, that this is the last one.
	LastAppeal bool `json:"last_appeal,omitempty"`
	// Appealed is when the appeal was made on which a person decided by what is told; 0: on none. Upheld says that it was in vain.
	Appealed Moment `json:"appealed_at,omitempty"`
	Upheld   bool   `json:"upheld,omitempty"`
	// AppealReceipt is the number of that appeal's receipt.
	AppealReceipt string `json:"appeal_receipt,omitempty"`
	Receipt       string `json:"receipt,omitempty"`  // number of the appeal, or answer, that was taken in, where that is what is told; "" otherwise
	Heard         bool   `json:"heard,omitempty"`    // Receipt is of an answer; State proposed: what was announced waits for a person since
	Ledger        string `json:"ledger,omitempty"`   // signed tree head, alone or in the proof that this decision was sealed
	Reminder      bool   `json:"reminder,omitempty"` // it was told before, and nobody has answered
	Turn          int    `json:"turn,omitempty"`     // of a reminder: to whose role it goes, from 1, the first after the one told first; 0: to all
	Solo          bool   `json:"solo,omitempty"`     // one person decides here, and hears appeals against their own decisions too
	// Contacts is how the tenant's contacts were changed while the case is open, where that is what is told.
	Contacts Contacts `json:"contacts,omitzero"`
	// Announced is when it was to begin as it was told before, where it begins earlier; 0 otherwise. Undecided says, of what
	// is over, that a person is asked about more in the case still.
	Announced Moment `json:"announced,omitempty"`
	Undecided bool   `json:"undecided,omitempty"`
	Cut       bool   `json:"cut,omitempty"` // a way to the data was tried under it and brought nothing: a person finds out why, by PersonBy
}

// Beside is another enforced measure that a notice told of: it is in force still, is held until From, or was
// superseded by what that is about: with From, before it began.
type Beside struct {
	Measure Measure       `json:"measure"`
	Assets  []AssetID     `json:"assets"`
	State   DecisionState `json:"state"`
	Undone  bool          `json:"undone,omitempty"` // it could not be carried out, as far as was known
	From    Moment        `json:"from,omitempty"`   // when it begins, of what is held; was to begin, of what never did; else 0
}

// Withheld is a lawful order by which nobody fetches a tenant's data until its end.
type Withheld struct {
	Authority string `json:"authority"`
	Reference string `json:"reference"`
	Until     Moment `json:"until"`
}

// Contacts is how a tenant's contacts were changed, by their roles. Zero: nothing is told of that.
type Contacts struct {
	Added []string `json:"added,omitempty"`
	Gone  []string `json:"gone,omitempty"`  // who are told all the same
	Until Moment   `json:"until,omitempty"` // what is written before it goes to those from before too
	// Confirmed is who came and was confirmed, where that is what is told, and By the known contact who did it;
	// "": a person of the operator's.
	Confirmed string `json:"confirmed,omitempty"`
	By        string `json:"by,omitempty"`
}

// Credit is what was made good, as a tenant is told.
type Credit struct {
	Amount  string `json:"amount"`  // such as 12.50 EUR
	Minutes int64  `json:"minutes"` // of all assets together
	Assets  int    `json:"assets"`  // that were restricted
}

// NewNoticeID derives the id of the notice about a decision's state.
func NewNoticeID(d DecisionID, s DecisionState) NoticeID {
	return NoticeID(deriveID("n-", "evenkeel notice 1", string(d), s.String()))
}

// NewClosingID derives the id of the notice that a case was closed at a moment.
func NewClosingID(c CaseID, at Moment) NoticeID {
	return NoticeID(deriveID("n-", "evenkeel closing notice 1", string(c), at.String()))
}

// NewUndoneID derives the id of the notice that a decision in force could not be carried out, or was after all.
func NewUndoneID(d DecisionID, undone bool) NoticeID {
	return NoticeID(deriveID("n-", "evenkeel undone notice 1", string(d), strconv.FormatBool(undone)))
}

// NewReceiptID derives the id of the notice that an appeal against a decision was taken in, by the number of its receipt.
func NewReceiptID(d DecisionID, receipt string) NoticeID {
	return NoticeID(deriveID("n-", "evenkeel receipt notice 1", string(d), receipt))
}

// NewHeardID derives the id of the notice that an answer in a case was taken in, by the hour, counted from 1970.
func NewHeardID(c CaseID, hour int64) NoticeID {
	return NoticeID(deriveID("n-", "evenkeel heard notice 1", string(c), strconv.FormatInt(hour, 10)))
}

// NewUpheldID derives the id of the notice that a person found a decision right on appeal, by the number of its act.
func NewUpheldID(d DecisionID, act string) NoticeID {
	return NoticeID(deriveID("n-", "evenkeel upheld notice 1", string(d), act))
}

// NewReminderID derives the id of the notice that reminds of a decision in its state.
func NewReminderID(d DecisionID, s DecisionState) NoticeID {
	return NoticeID(deriveID("n-", "evenkeel reminder 1", string(d), s.String()))
}

// NewTurnID derives the id of the notice that reminds the contacts of the next role of a decision in its state, by its turn.
func NewTurnID(d DecisionID, s DecisionState, turn int) NoticeID {
	return NoticeID(deriveID("n-", "evenkeel reminder in turn 1", string(d), s.String(), strconv.Itoa(turn)))
}

// NewCutID derives the id of the notice that a way to the data was cut under a decision, at a moment.
func NewCutID(d DecisionID, at Moment) NoticeID {
	return NoticeID(deriveID("n-", "evenkeel cut notice 1", string(d), at.String()))
}

// NewContactsID derives the id of the notice that a tenant's contacts were changed, by when they were told.
func NewContactsID(d DecisionID, listed Moment) NoticeID {
	return NoticeID(deriveID("n-", "evenkeel contacts notice 1", string(d), listed.String()))
}

// NewConfirmedID derives the id of the notice that a contact who came was confirmed, by the number of the act.
func NewConfirmedID(d DecisionID, act string) NoticeID {
	return NoticeID(deriveID("n-", "evenkeel confirmed notice 1", string(d), act))
}

// Check says what a notice lacks, or nil. A tenant who is not told what was seen cannot answer.
func (n *Notice) Check() error {
	switch {
	case n.ID == "" || n.Decision == "" || n.Tenant == "":
		return Invalid("notice %q of decision %q to tenant %q; expected all three", n.ID, n.Decision, n.Tenant)
	case len(n.Seen) == 0 && n.Says == "":
		return Invalid("notice %s tells no fact and no reason; expected what was seen", n.ID)
	case n.Clause == "":
		return Invalid("notice %s names no clause of the terms", n.ID)
	case n.Undone && (n.State != InForce && n.State != Lapsed && n.State != Lifted || !n.Measure.Enforced()):
		return Invalid("notice %s: %s, %s, could not be carried out; expected an enforced measure that took effect", n.ID, n.Measure, n.State)
	case (n.State == InForce || n.Receipt != "") && n.PersonBy == 0:
		return Invalid("notice %s does not say by when a person looks", n.ID)
	case n.Measure.Enforced() && (len(n.Assets) == 0 || len(n.Keeps) == 0):
		return Invalid("notice %s: %s names assets %v and keeps %v; expected both", n.ID, n.Measure, n.Assets, n.Keeps)
	}
	for _, t := range n.Seen {
		if t.Says == "" {
			return Invalid("notice %s: %s has no sentence", n.ID, t.Name)
		}
	}
	return nil
}
