package console

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// ask sends a request as somebody; form is the body of a POST, nil for GET.
func (w *world) ask(t testing.TB, token, method, target string, f url.Values) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(f.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if token != "" {
		r.AddCookie(cookieOf(token))
	}
	out := httptest.NewRecorder()
	w.server(t).Handler().ServeHTTP(out, r)
	return out
}

func (w *world) get(t testing.TB, token, target string) *httptest.ResponseRecorder {
	t.Helper()
	return w.ask(t, token, http.MethodGet, target, nil)
}

func cookieOf(token string) *http.Cookie { return &http.Cookie{Name: "evenkeel", Value: token} }

// state is one state of the world, and a page of it.
type state struct {
	name   string
	change func(*world)
	token  string
	target string
	status int
	shows  []string // in this order
}

func states() []state {
	one := func(f docket.Folder) func(*world) { return func(w *world) { w.folders = []docket.Folder{f} } }
	hostile := plainCase("c-hostile", "<script>alert(1)</script>", "mining", func(f *docket.Folder) {
		f.Entries = []evenkeel.Entry{{Seq: 1, At: noon, Kind: evenkeel.EntrySaid, Words: "</p><script>x()</script>\u202egnp.exe\x1b[2J\x00"}}
		f.Findings = []evenkeel.Finding{finding("f-<b>", "worker-\"><img src=x>", noon)}
		f.Case.Assets = []evenkeel.AssetID{"worker-'onfocus='x"}
		f.Prior = []evenkeel.Case{{ID: "c-\"x", Family: "<i>", Opened: noon, State: evenkeel.CaseClosed}}
		f.Flags = []evenkeel.Flag{{ID: "<u>", Selector: evenkeel.Selector{Principal: "<s>", Image: "&lt;"}, Until: noon + 1, Why: "<em>"}}
	})
	long := strings.Repeat("x", evenkeel.MaxID)
	return append(slices.Concat(unableStates(), sitesStates(), incidentStates()), []state{
		{"an empty docket", nil, annasToken, "/", 200, []string{"No case is open."}},
		{"an empty docket to which nothing came", func(w *world) {
			w.status = Status{Arrivals: Arrivals{Since: noon - evenkeel.Moment(3*time.Minute), Minutes: 10}}
		}, annasToken, "/", 200, []string{
			"No case is open.", "Nothing has come since the start, ", "evenkeel serve printed at its start",
		}},
		{"an empty docket to which telemetry comes", func(w *world) {
			w.status = Status{Arrivals: Arrivals{Since: noon - 1, Minutes: 10, Senders: []Sender{{"fleet", 1200, 0, noon}, {"books", 0, 4, noon}}}}
		}, annasToken, "/", 200, []string{
			"Telemetry comes: 1200 records in the last 10 minutes", "<bdi>fleet</bdi>: 1200 of telemetry, 0 of inventory, the last", "<bdi>books</bdi>: 0 of telemetry, 4 of inventory",
		}},
		{"an empty docket whose telemetry has ended", func(w *world) {
			w.status = Status{Arrivals: Arrivals{Since: noon - 1, Minutes: 10, Senders: slices.Repeat([]Sender{{"fleet", 0, 1, noon - evenkeel.Moment(20*time.Minute)}}, maxSenders+1)}}
		}, annasToken, "/", 200, []string{"No telemetry came in the last 10 minutes", "look whether the senders below run"}},
		{"a docket with one of everything", func(w *world) { w.folders = crowd() }, annasToken, "/", 200, []string{
			"Locked, and have spoken", "Nine Shells: flood", "Wait for a person", "Raisup Ltd: mining", "mill: announcement", "blue-harbour: flood", "north-9: creation", "kestrel: mining", "t-0042: mining",
		}},
		{"a docket with closed ones", func(w *world) { w.folders = crowd() }, annasToken, "/?closed=1", 200, []string{"t-0042: mining", "Closed", "closed: the tenant was a victim"}},
		{"a docket of one tenant", func(w *world) { w.folders = crowd() }, annasToken, "/?tenant=raisup", 200, []string{"Raisup Ltd: mining"}},
		{"a docket of one family", func(w *world) { w.folders = crowd() }, annasToken, "/?family=flood", 200, []string{"Nine Shells: flood", "blue-harbour: flood"}},
		{"a filter that nothing fits", func(w *world) { w.folders = crowd() }, annasToken, "/?tenant=nobody", 200, []string{"No case fits this filter."}},
		{"a docket that is too long for a page", func(w *world) { w.folders = numbered(505) }, annasToken, "/", 200, []string{"c-0199", "1 to 200 of 505", `<a href="/?from=200">Cases after these</a>`}},
		{"the last page of a docket that is too long for one", func(w *world) { w.folders = numbered(505) }, annasToken, "/?from=400", 200, []string{"c-0400", "c-0504", "401 to 505 of 505", `<a href="/?from=200">Cases before these</a>`}},
		{"a docket beyond its end", func(w *world) { w.folders = numbered(205) }, annasToken, "/?from=99999999999999999999", 200, []string{"c-0000", "1 to 200 of 205"}},
		{"measures that nobody carries out, and on paper", func(w *world) { w.folders = []docket.Folder{refused(), onPaper()} }, annasToken, "/", 200, []string{
			"Not stopped", "What hurts others was to be stopped", "mill: flood", "a person must look", "1 measure that nobody carries out", "Nobody carries out 1 measure of what is in force. The receipt of its order says why, and no act sends it again: carry it out by hand, or lower it to what can be done; or, where the case has something else proposed or held, lift it and approve that as this measure, which is ordered anew",
			"Open", "kestrel: mining", "2 measures on paper only", "2 measures are only written down, and nobody carries out what is",
		}},
		{"a measure that nobody was told of", one(unaware()), annasToken, "/", 200, []string{
			"Not told", "whoever bears it does not know why", "mill: mining", "a person must look", "throttle in force", "nobody was told",
			"Nobody was told: 1 notice of what is in force or held reached nobody", "give it a contact that can be reached",
		}},
		{"a case in which contacts came", func(w *world) { w.folders, w.reach = crowd(), cameTo(raisupID) }, annasToken, "/case/" + raisupID, 200, []string{"Contacts who came while the case is open", "owner#new", "d…@elsewhere.example", "Confirm this contact"}},
		{"a case whose measure nobody carries out", one(refused()), annasToken, "/case/c-refused", 200, []string{
			"Where it stands", "a person must look", "1 measure that nobody carries out", "Nobody carries out 1 measure", "What became of the orders", "what can be done", `id="decided"`, "Refused by edge: no such interface", "In numbers: at most 200 new TCP connections (SYN) a second; to each destination at most 10,000 packets a second",
		}},
		{"a case that nobody was told of", one(untoldCase(cameBack(), nil)), annasToken, "/case/c-untold", 200, []string{
			"Nobody was told: 1 notice", "Which, and why", "say that you told them otherwise", "reached nobody", "I told the tenant otherwise", "Whom, by the role", "Enter that they were told",
		}},
		{"what has not left", stuck, annasToken, "/unsent", 200, []string{"Notices that reached nobody", "Notices that have not left yet", "Orders that have not left yet", "Notices that a tenant's machine did not take yet"}},
		{"nothing that has not left, and what nobody could place or judge", func(w *world) { w.status = Status{Unplaced: 2, SetAside: 1} }, annasToken, "/unsent", 200, []string{`<h2 id="mails">2 mails could not be placed</h2>`, "They lie in the folder of the data directory for mails that could not be placed", `<h2 id="aside">1 finding could not be judged</h2>`, "Nothing follows from them by itself.", "in the file of what was set aside", "Everything has left."}},
		{"a case whose machine does not answer", stuck, annasToken, "/case/c-mrd7ybxxgc4sflmrmg7qmjq2wi", 200, []string{"does not take it yet", "trying since", "next try"}},
		{"a case of reports", reportedCase(52), annasToken, "/case/c-reported", 200, []string{"What others reported, one by one", "messaging/spam", "watchers", "by a token", "corp.example", "opens no case alone", "There are older ones, which are not shown.", "How often each reporter was right"}},
		{"a case on paper", one(onPaper()), annasToken, "/case/c-paper", 200, []string{"2 measures on paper only", "do it by hand"}},
		{"a proposal that nobody could second", func(w *world) { w.folders, w.alone = []docket.Folder{withheld(theOrder)}, nobodyElse }, annasToken, "/case/c-mrd7ybxxgc4sflmrmg7qmjq2wi", 200, []string{
			"This takes two persons, and nobody could be the second: one other person acted on this tenant before, or wrote the rule", "invite a second reviewer",
		}},
		{"a switch that nobody could second", func(w *world) { braked(w); w.alone = nobodyElse }, annasToken, "/switches", 200, []string{
			"Letting the switch rule flood-out go takes two persons, and nobody could be the second: nobody else here has enrolled and may decide.", "One person may approve each measure",
		}},
		{"a docket while much waits", func(w *world) {
			w.status = Status{OrdersWaiting: 1, NoticesWaiting: 2, NoticesFailed: 1, Unreached: 2, Unplaced: 2, SetAside: 3, Credits: 2, Backlog: 3, Held: []evenkeel.Finding{finding("f", "vm", noon)}}
		}, annasToken, "/", 200, []string{"1 order has not left yet", "2 notices have not left yet", "1 notice reached nobody", "2 cases whose pages reached nobody", "2 mails could not be placed", `<a href="/unsent#aside"`, "3 findings could not be judged", "2 credits wait for a lead", "3 batches are not watched yet", "1 finding has no known owner"}},
		{"a watcher that is told nothing", func(w *world) { w.status = Status{Unwatched: "page"} }, annasToken, "/", 200, []string{"the watcher outside is not told that all is well: a page waits, and nobody has it"}},
		{"Story A, found again after it was cleared", one(raisup()), annasToken, "/case/c-mrd7ybxxgc4sflmrmg7qmjq2wi", 200, []string{
			"This tenant was cleared before.", "It was 14\u00a0h ago, by ben, in this case.", "The tenant has waited 46\u00a0min", "Our answer is due", "in 14\u00a0min", "then what is enforced steps down", "not known: it runs on credit", "cleared: false positive",
			"made by deploy from image ubuntu-22.04, at most 12 at a time", "Please. This is the fourth message.", "Production is down.", "The CPU was busy at 0.997", "unknown, so it protects", "protects", "permits", "does not apply",
			"unconfirmed", "It has not left yet", "delivered", "To owner by mail", "unconfirmed", "the webhook answered 500", "Who looked (1)", "carl looked at the case.", "Decide", miningCriteria[0], "Lift it", "Clear it",
		}},
		{"a case in which nothing stands", func(w *world) { w.folders = crowd() }, annasToken, "/case/c-quiet", 200, []string{"No clock runs.", "Nothing yet.", "Nothing stands, and nothing waits.", "Clear it"}},
		{"a case about an announcement", func(w *world) { w.folders = crowd() }, annasToken, "/case/c-burst", 200, []string{"Ten machines on Thursday.", "What is announced, and for whom?", docket.Innocent}},
		{"a case about an announcement that came by a link", one(announcedByLink()), annasToken, "/case/c-link", 200, []string{
			"asks about a burst", "then a person is called again", "Announced: 3 machines, made by &#34;ci&#34;, from 30 May 2019, 08:17 UTC until 31 May 2019, 01:00 UTC.\nA run.", "Allow it by a flag",
			"What was announced stands here: unchanged, the flag allows exactly that. It is granted for mining and creation.", "As announced: machines made by ci", "From (UTC; empty is now)", "Until (UTC)",
		}},
		{"a throttle that is proposed where isolate is wanted", one(proposals(evenkeel.MeasureThrottle)), annasToken, "/case/c-proposals", 200, []string{
			"wanted: isolate", "The measure that stands here takes effect now", "isolate (one person: at most 4 h), as wanted", `<option value="throttle" selected>throttle, as proposed</option>`,
		}},
		{"a proposal without a measure", one(proposals(evenkeel.MeasureNone)), annasToken, "/case/c-proposals", 200, []string{"no measure", "wanted: isolate", `<option value="">choose …</option>`, "isolate (one person: at most 4 h), as wanted"}},
		{"a closed case", func(w *world) { w.folders = crowd() }, annasToken, "/case/c-closed", 200, []string{"closed: the tenant was a victim"}},
		{"a case of hostile names and words", one(hostile), annasToken, "/case/c-hostile", 200, []string{`&lt;script&gt;alert(1)`, `\u202egnp.exe\u001b[2J`}},
		{"a case with the longest names", one(plainCase(long, evenkeel.TenantID(long), "mining", nil)), annasToken, "/case/" + long, 200, nil},
		{"a case that was just decided", one(raisup()), annasToken, "/case/c-mrd7ybxxgc4sflmrmg7qmjq2wi?done=lift", 200, []string{"The measure was lifted."}},
		{"a case with every kind of decision", one(everyDecision()), annasToken, "/case/c-all", 200, []string{"in shadow: nothing of it takes effect", "Covered by flag", "Suspending and denying are not offered"}},
		{"no such case", nil, annasToken, "/case/c-aaaaaaaaaaaaaaaaaaaaaaaaaa", 404, []string{"There is no case c-aaaaaaaaaaaaaaaaaaaaaaaaaa", "What to do:", "The docket lists all open cases"}},
		{"the beginning of an id", func(w *world) { w.folders = crowd() }, annasToken, "/case/" + raisupID[:8], 404, []string{"There is no case " + raisupID[:8], "An id is expected whole, with 26 letters and digits behind its kind"}}, {"no such page", nil, annasToken, "/nowhere", 404, []string{"There is no such page"}},
		{"no such page, and nobody signed in", nil, "", "/nowhere", 404, []string{"There is no such page"}},
		{"no flags", nil, annasToken, "/flags", 200, []string{"No flag was ever granted"}},
		{"flags as a reviewer sees them", func(w *world) { w.folders = crowd() }, annasToken, "/flags", 200, []string{"<bdi>Raisup Ltd</bdi>: mining", "stands, ends in 24\u00a0h"}},
		{"flags of one tenant", func(w *world) { w.folders = crowd() }, bensToken, "/flags?tenant=raisup", 200, []string{"stands, ends in 24\u00a0h", "Revoke the flag"}},
		{"nothing held", nil, annasToken, "/held", 200, []string{"Nothing is held"}},
		{"a finding without an owner", func(w *world) {
			f := finding("f", "vm-lost", noon)
			f.Held = "nobody is known to hold vm-lost"
			w.status.Held = []evenkeel.Finding{f}
		}, annasToken, "/held", 200, []string{"vm-lost", "nobody is known to hold vm-lost"}},
		{"a review that waits for whoever looks", one(reviewed("anna")), annasToken, "/case/" + raisupID, 200, []string{"A review waits for your verdict.", "Your verdict", "The facts on which it rests"}},
		{"a review with both verdicts", one(over(reviewed("zoe"))), bensToken, "/case/" + raisupID, 200, []string{"both found the same", "ben found", "zoe found"}},
		{"a case with a lawful order", one(withheld(theOrder)), annasToken, "/case/" + raisupID, 200, []string{"A lawful order withholds the data", "the data is given back before the end of order 7-12/26 of 法院"}},
		{"a docket with a lawful order that is told to nobody", one(withheld(secret(theOrder))), annasToken, "/", 200, []string{"A lawful order withholds the data", "The tenant is not told of it."}},
		{"a review about a lawful order", one(ordering(secret(theOrder))), annasToken, "/case/" + raisupID, 200, []string{"which forbids to tell the tenant", "Is it right?"}},
		{"a review about the end of a lawful order", one(ordering(docket.Hold{Authority: "法院", Reference: "7-12/26", Ends: true})), annasToken, "/case/" + raisupID, 200, []string{"Whether the data is given back"}},
		{"an appeal that others decide on", one(onAppeal(evenkeel.Actor{Person: "anna"})), annasToken, "/case/" + raisupID, 200, []string{"An appeal waits", "You may not decide on it:", "Where it stands"}},
		{"a way to the data that is cut", one(wayIsCut("")), annasToken, "/case/" + raisupID, 200, []string{"A look at the way to the data is due", "It is not the measure"}},
		{"what somebody found out of it is kept", one(wayIsCut("anna")), annasToken, "/case/" + raisupID + "?done=uphold_way", 200, []string{"It is kept that you looked"}},
		{"switches", braked, leadToken, "/switches", 200, []string{"Ask that it is let go", "Pull the switch", "Close the breaker of flood-out", "25 % spent"}},
		{"no switches", nil, annasToken, "/switches", 200, []string{"None: machines act as law and policy let them.", "None is open.", "Nothing was spent yet."}},
		{"what can be undone", braked, leadToken, "/switches/undo", 200, []string{"flood-out, version 2", "Count whom it would free"}},
		{"on call", called, annasToken, "/oncall", 200, []string{"Called first", "nobody is on call: a gap", "nobody was on call"}},
		{"no rota", nil, annasToken, "/oncall", 200, []string{"There is no rota:", "everybody who has a channel is called"}},
		{"nothing looked at by lot", nil, annasToken, "/audits", 200, []string{"No lot fell on you.", "What you found", "Nothing yet."}},
		{"what is looked at by lot, for a reviewer", lotted, annasToken, "/audits", 200, []string{"For you", "waits for you", "For anybody who had no part in it", "2 cases wait for somebody else", "How you did", "found it guilty in <strong>1</strong>", "What you found", "a known case, missed"}},
		{"what is looked at by lot, for a lead", lotted, leadToken, "/audits", 200, []string{"Who misses how many", "<bdi>kim</bdi>", "over the limit", "56.5 %", "<bdi>anna</bdi>", "What was found", "<bdi>anna</bdi> found: abuse was confirmed; it was closed as: false positive"}},
		{"a case by lot", lotted, annasToken, "/audits/au-mine", 200, []string{"By lot: mining", "What the machine took", "throttle", "What was found", "The CPU was busy at 0.997", "Safeguards", "What did you find?", "Say what you found"}},
		{"a known case that was missed", lotted, annasToken, "/audits/au-missed", 200, []string{"It was a known case, in which the tenant had done nothing wrong", "You found confirmed", "The case</a>"}},
		{"what another person found by lot, for a lead", lotted, leadToken, "/audits/au-k1", 200, []string{"<bdi>kim</bdi> found: abuse was confirmed. It was a known case, closed as: false positive.", "The pool is theirs.", "What was found", "The CPU was busy at 0.997"}},
		{"no credits", nil, leadToken, "/credits", 200, []string{"No credit waits.", "Granted and refused", "Nothing yet."}},
		{"credits", owing, leadToken, "/credits", 200, []string{"Wait for a lead", "12.50 EUR to <bdi>Nine Shells</bdi>", "45 minutes of 2 assets under measures", "Grant 12.50 EUR", "<bdi>Raisup Ltd</bdi>", "Granted and refused", "by the policy", "by <bdi>zoe</bdi>", "It was paid by telephone already."}},
		{"an empty ledger", nil, annasToken, "/ledger", 200, []string{"Nothing was decided yet", `<span class="option">--key elsewhere/ledger.pub</span>`}},
		{"a ledger", func(w *world) { w.status.Ledger = Head{Size: 41, Note: "go.sum database tree\n41\nabc=\n\n— x"} }, annasToken, "/ledger", 200, []string{"41", "abc=", "evenkeel ledger verify"}},
		{"rules", figured, annasToken, "/rules", 200, []string{
			"throttle 80\u00a0%, freeze 90\u00a0%, isolate 95\u00a0%", "does not hold machines to them", "crypto-mining</bdi>, version 3", "acts alone for 10 % of the tenants", "Right in 40 of 41 reviewed cases: between 87.4\u00a0% and 99.6\u00a0%",
			"<span>acts alone for a share of the tenants</span>", "by <bdi>zoe</bdi>; up to <span>throttle</span>", "Forty were right.", "9 found, 7 wanted, 1 unwanted, 1 not known",
			"throttle by a machine</dt><dd>shown", "freeze by a machine</dt><dd>Freeze takes 90 % at least: 41 reviewed cases",
			"throttle", "freeze, after 12 more cases found right in a row", "38 confirmed, 2 victims, 1 allowed here, 0 false positives, 3 inconclusive, 5 covered by a flag", "7 looked at, of which 1 wrong", "12\u00a0min a case, 9\u00a0h\u00a010\u00a0min in all",
			"<span>watched in shadow</span>", "Hits in shadow</dt><dd>3<", "a person confirms each measure", "7 days and 5 times are needed",
			"flood-out</bdi>, version 1", "Held by the policy</dt><dd>a person confirms each measure",
			"flood-out</bdi>, version 2", "No case of it was reviewed yet", "May enforce</dt><dd>what its stage and the policy allow: no record is asked for", "By its record</dt><dd>nothing", "throttle, after 16 more cases", "not measured yet",
		}},
		{"a letter that would have gone out", shadowed, annasToken, "/case/" + raisupID + "/letter/d-shadow", 200, []string{"Nothing of it was sent.", "saw something."}},
		{"rules, for a lead", figured, leadToken, "/rules", 200, []string{"Bring it to another stage", "Where to", "Machines act up to", "Bring crypto-mining, version 3, there", "Bring crypto-mining, version 4, there"}},
		{"rules whose record is asked for", func(w *world) { figured(w); w.figures.rules.Enforced = true }, annasToken, "/rules", 200, []string{"The policy holds machines to them", "May enforce</dt><dd>nothing by its record: a person decides"}},
		{"what a switch cannot be undone by", nil, leadToken, "/switches", 200, []string{"nobody can be drawn, and what is pulled stays pulled until somebody can be"}},
		{"no rules", nil, annasToken, "/rules", 200, []string{"No case that rests on a rule was closed yet."}},
		{"reporters", figured, annasToken, "/reporters", 200, []string{"less than 20\u00a0%", "north-9", "by a token", "41", "between 84.5\u00a0% and 98.8\u00a0%", "blue-harbour", "by the domain of a mail", "opens no case alone", "t-1", "as the report says itself", "not known yet"}},
		{"no reporters", nil, annasToken, "/reporters", 200, []string{"Nobody reported anything yet."}},
		{"ways to the data", figured, annasToken, "/ways", 200, []string{"webhook", "shown", "2\u00a0h ago", "in 4\u00a0h", "isolate, on a canary", "256 bytes came back", "nothing came back", "the mount was not there", "isolate, order", "not shown", "Backup brought nothing back."}},
		{"ways that nobody asked for", nil, annasToken, "/ways", 200, []string{"nothing was asked for yet", "<code>evenkeel shield probe</code> asks now"}},
		{"ways on paper", func(w *world) { w.figures.ways = Ways{Asked: true, OnPaper: true, Backend: "webhook"} }, annasToken, "/ways", 200, []string{"nothing has to be shown", "Nobody carries anything out"}},
		{"ways that are not shown", func(w *world) {
			w.figures.ways = Ways{Asked: true, Backend: "webhook", Tried: noon.Add(-time.Minute), Amiss: "backup brought nothing back", Silent: "webhook: no answer"}
		}, annasToken, "/ways", 200, []string{"not shown", "never", "1\u00a0min ago", "Backup brought nothing back.", "Nobody answered", "no answer"}},
		{"the public record", figured, adminToken, "/record", 200, []string{"Public record 2019Q2", "<option selected>2019Q2</option><option>2019Q1</option>", "/record/report-2019Q2.en.html", "/record/report-2019Q2.zh.html", "/record/report-2019Q2.json", "What was done about abuse."}},
		{"the public record of another quarter", figured, annasToken, "/record?quarter=2019q1", 200, []string{"Public record 2019Q1", "<option selected>2019Q1</option>", "/record/report-2019Q1.json"}},
		{"the public record of no quarter", figured, annasToken, "/record?quarter=2019q7", 400, []string{"expected a year and one of Q1 to Q4", "such as 2026Q4"}},
		{"a public record of nothing", nil, annasToken, "/record", 200, []string{"Nothing was decided yet"}},
		{"a ledger with witnesses", figured, annasToken, "/ledger", 200, []string{"The head over 42 leaves is cosigned by 1 of 3; 2 are asked for.", "too few", "north-9", "cosigned the newest head", "mill", "behind", "it did not answer", "kestrel", "Cosigned none yet", "enough cosignatures", "The checkpoint over 40 leaves", "evenkeel\n37\n", "--checkpoint FILE"}},
		{"a ledger of which there are two", func(w *world) {
			w.figures.witnesses = Witnesses{Size: 9, Needed: 1, Split: true, All: []Witness{{Name: "mill", Split: true, Fault: "it holds another history"}}}
		}, annasToken, "/ledger", 200, []string{"A witness holds another history of this ledger.", "holds another history"}},
		{"people", nil, bensToken, "/people", 200, []string{"anna", "enrolled", "anna-phone", "disabled", "carl", "not enrolled yet", "zoe", "invited, not enrolled yet", "Give anna exactly these roles", "Disable the account", "Invite somebody", `name="reviewer" value="1"><label`}},
		{"people, for a reviewer", nil, annasToken, "/people", 403, []string{"This is for leads, admins and auditors only"}},
		{"the door", nil, "", "/enter?to=/case/c-1", 200, []string{`value="/case/c-1"`, "Sign in"}},
		{"a link", nil, "", "/enter/SOME-LINK", 200, []string{"This link works once", "Come in"}},
		{"enrolling", nil, newToken, "/enrol", 200, []string{"data:image/png;base64,", "JBSW Y3DP", "12 characters or more"}},
		{"a guest by the first link", nil, guestToken, "/", 200, []string{"You came in by a one-time link", "Docket"}},
		{"books that cannot be read", func(w *world) { w.sick = fmt.Errorf("disk on fire at /dev/secret") }, annasToken, "/", 500, []string{"Something went wrong here"}},
		{"books that cannot be read for a while", func(w *world) {
			w.sick = &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the books are locked", Hint: "wait a minute"}
		}, annasToken, "/flags", 503, []string{"The books are locked", "Wait a minute"}},
	}...)
}

func TestACasePageIsBounded(t *testing.T) {
	const n = maxSaid + 3
	f := plainCase("c-much", "raisup", "mining", func(f *docket.Folder) {
		for i := range n {
			at := noon.Add(-time.Duration(n-i) * time.Hour)
			f.Entries = append(f.Entries, evenkeel.Entry{Seq: int64(i + 1), At: at, Kind: evenkeel.EntrySaid, Words: fmt.Sprintf("word-%d.", i)})
			f.Notices = append(f.Notices, evenkeel.Notice{ID: evenkeel.NoticeID(fmt.Sprint(i)), Measure: evenkeel.MeasureNotify, State: evenkeel.InForce, At: at})
			f.Orders = append(f.Orders, evenkeel.Order{ID: evenkeel.OrderID(fmt.Sprint("o", i)), Measure: evenkeel.MeasureThrottle})
			f.Dispatches = append(f.Dispatches, docket.Dispatch{Notice: f.Notices[i].ID, Why: fmt.Sprintf("notice-%d.", i)}, docket.Dispatch{Order: f.Orders[i].ID, Why: fmt.Sprintf("order-%d.", i), Next: noon})
		}
	})
	w := newWorld()
	w.folders = []docket.Folder{f}
	body := w.get(t, annasToken, "/case/c-much").Body.String()
	whole(t, body)
	for _, s := range []struct{ word, from, to string }{{"word", `id="said"`, `id="found"`}, {"notice", `id="sent"`, "Orders to who"}, {"order", "Orders to who", `id="timeline"`}} {
		_, part, _ := strings.Cut(body, s.from)
		part, _, _ = strings.Cut(part, s.to)
		newest, oldest := strings.Index(part, s.word+"-102."), strings.Index(part, s.word+"-3.")
		if newest < 0 || oldest < newest || strings.Contains(part, s.word+"-2.") || !strings.Contains(part, "1 to 100 of 103") {
			t.Errorf("%s: newest at %d, oldest at %d, of %d bytes", s.word, newest, oldest, len(part))
		}
	}
}

// What is bounded on one page is on another.
func TestNothingOfACaseIsOutOfReach(t *testing.T) {
	const n = 205
	f := plainCase("c-much", "raisup", "mining", func(f *docket.Folder) {
		for i := range n {
			at := noon.Add(-time.Duration(n-i) * time.Hour)
			f.Case.Assets = append(f.Case.Assets, evenkeel.AssetID(fmt.Sprintf("vm-%d.", i)))
			f.Entries = append(f.Entries,
				evenkeel.Entry{Seq: int64(3*i + 1), At: at, Kind: evenkeel.EntrySaid, Words: fmt.Sprintf("word-%d.", i)},
				evenkeel.Entry{Seq: int64(3*i + 2), At: at, Kind: evenkeel.EntryClock, Says: fmt.Sprintf("line-%d.", i)},
				evenkeel.Entry{Seq: int64(3*i + 3), At: at, Kind: evenkeel.EntryLooked, Says: fmt.Sprintf("look-%d.", i)})
			f.Notices = append(f.Notices, evenkeel.Notice{ID: evenkeel.NoticeID(fmt.Sprint(i)), Measure: evenkeel.MeasureNotify, State: evenkeel.InForce, At: at})
			f.Orders = append(f.Orders, evenkeel.Order{ID: evenkeel.OrderID(fmt.Sprint("o", i)), Measure: evenkeel.MeasureThrottle})
			f.Dispatches = append(f.Dispatches, docket.Dispatch{Notice: f.Notices[i].ID, Why: fmt.Sprintf("notice-%d.", i)}, docket.Dispatch{Order: f.Orders[i].ID, Why: fmt.Sprintf("order-%d.", i), Next: noon})
			f.Decisions = append(f.Decisions, evenkeel.Decision{ID: evenkeel.DecisionID(fmt.Sprint("d", i)), Measure: evenkeel.MeasureNotify, State: evenkeel.Lapsed, Mode: evenkeel.ModeLive, Grounds: evenkeel.Grounds{Clause: fmt.Sprintf("past-%d.", i)}})
			if i < 40 {
				f.Findings = append(f.Findings, finding(evenkeel.FindingID(fmt.Sprintf("found-%d.", i)), "worker-1", at))
			}
		}
	})
	w := newWorld()
	w.folders = []docket.Folder{f}
	for _, list := range []struct {
		word, later string
		n           int
	}{
		{"vm", "Older machines", n}, {"word", "Older words", n}, {"line", "Older lines", n}, {"look", "Older looks", n}, {"notice", "Older notices", n}, {"order", "Older orders", n}, {"past", "Older decisions", n}, {"found", "Older findings", 40},
	} {
		seen, pages := map[string]bool{}, 0
		for target := "/case/c-much"; target != ""; pages++ {
			body := w.get(t, annasToken, target).Body.String()
			if len(body) > 2<<20 {
				t.Errorf("%s: %d bytes", target, len(body))
			}
			for i := range list.n {
				if name := fmt.Sprintf("%s-%d.", list.word, i); strings.Contains(body, name) {
					seen[name] = true
				}
			}
			target = ""
			if before, _, more := strings.Cut(body, `">`+list.later+`</a>`); more {
				target = html.UnescapeString(before[strings.LastIndex(before, `href="`)+len(`href="`):])
				target, _, _ = strings.Cut(target, "#")
			}
		}
		if len(seen) != list.n || pages < 2 {
			t.Errorf("%s: %d of %d are seen, on %d pages", list.later, len(seen), list.n, pages)
		}
	}
}

func TestClosedCasesAreAllInReach(t *testing.T) {
	w := newWorld()
	w.folders = numbered(2*maxRows + 50)
	for i := range w.folders[maxRows/2:] {
		w.folders[maxRows/2+i].Case.State = evenkeel.CaseClosed
	}
	for i := range w.folders {
		w.folders[i].Case.Opened = noon.Add(-time.Duration(i) * time.Hour)
	}
	seen := 0
	for from := 0; from < 3*maxRows; from += maxRows {
		body := w.get(t, annasToken, fmt.Sprintf("/?closed=1&family=mining&from=%d", from)).Body.String()
		n := strings.Count(body, `href="/case/c-`)
		if seen += n; n > maxRows || strings.Contains(body, "Cases after these") != (from < 2*maxRows) || strings.Contains(body, "Cases before these") != (from > 0) {
			t.Errorf("from %d: %d cases", from, n)
		}
	}
	if seen != len(w.folders) {
		t.Errorf("%d of %d cases are seen", seen, len(w.folders))
	}
}

// A page of the docket asks the books for its own rows, in their order, and for no others.
func TestAPageOfTheDocketAsksForItsRowsOnly(t *testing.T) {
	w := newWorld()
	w.folders = numbered(2*maxRows + 50)
	for _, c := range []struct {
		path string
		want docket.Query
	}{
		{"/", docket.Query{}},
		{"/?from=400", docket.Query{Skip: 2 * maxRows}},
		{"/?from=401", docket.Query{Skip: 2 * maxRows}},
		{"/?from=99999", docket.Query{}},
		{"/?family=mining&closed=1&from=200", docket.Query{Family: "mining", Closed: true, Skip: maxRows}},
		{"/?tenant=nobody&from=200", docket.Query{Tenant: "nobody"}},
	} {
		c.want.ByPlace, c.want.Max = true, maxRows
		w.asked = nil
		w.get(t, annasToken, c.path)
		if len(w.asked) != 1 || w.asked[0] != c.want {
			t.Errorf("%s asks for %+v; expected %+v", c.path, w.asked, c.want)
		}
	}
}

// What a filter may be set to does not depend on the page.
func TestFamiliesAreThoseOfAllCasesThatTheOtherFiltersLeave(t *testing.T) {
	w := newWorld()
	closed := plainCase("c-old", "mill", "login", func(f *docket.Folder) { f.Case.State = evenkeel.CaseClosed })
	w.folders = append(numbered(maxRows), plainCase("c-last", "mill", "flood", func(f *docket.Folder) { f.Case.Opened = noon }), closed)
	for path, want := range map[string]string{
		"/":                         `all</option><option>flood</option><option>mining</option></select>`,
		"/?closed=1":                `all</option><option>flood</option><option>login</option><option>mining</option></select>`,
		"/?tenant=mill":             `all</option><option>flood</option></select>`,
		"/?family=flood":            `all</option><option selected>flood</option><option>mining</option></select>`,
		"/?family=gone&tenant=mill": `all</option><option selected>gone</option><option>flood</option></select>`,
	} {
		if body := w.get(t, annasToken, path).Body.String(); !strings.Contains(body, want) {
			t.Errorf("%s does not offer %s", path, want)
		}
	}
}

// At three in the morning the clock that runs out next is the one that counts.
func TestClocksStandInTheOrderOfTime(t *testing.T) {
	w := newWorld()
	f := raisup()
	clock := func(k docket.ClockKind, due, ended int) docket.Clock {
		c := docket.Clock{Case: raisupID, Kind: k, Started: noon.Add(-5 * time.Hour), Due: noon.Add(time.Duration(due) * time.Minute)}
		if ended != 0 {
			c.Ended, c.Because = noon.Add(time.Duration(ended)*time.Minute), fmt.Sprintf("reason %d", -ended)
		}
		return c
	}
	f.Clocks = []docket.Clock{
		clock(docket.ClockTenantAnswer, -90, -90), clock(docket.ClockLease, 300, 0), clock(docket.ClockHearing, -20, -30), clock(docket.ClockOurAnswer, 14, 0), clock(docket.ClockReview, 60, 0),
	}
	w.folders = []docket.Folder{f}
	body := w.get(t, annasToken, "/case/"+raisupID).Body.String()
	at := 0
	for _, says := range []string{"Our answer is due", "A look at it is due", "The measure ends", "Clocks that have ended (2)", "It was to take effect", "it ended because reason 30", "was due", "reason 90"} {
		i := strings.Index(body[at:], says)
		if i < 0 {
			t.Fatalf("%q is not said, or not in its place", says)
		}
		at += i
	}
}

func TestEachDecisionHasWhatWasEnteredAboutIt(t *testing.T) {
	f := plainCase("c", "t", "mining", func(f *docket.Folder) {
		for _, d := range []evenkeel.DecisionID{"d-1", "d-2"} {
			f.Decisions = append(f.Decisions, evenkeel.Decision{ID: d, Measure: evenkeel.MeasureNotify, State: evenkeel.InForce, Mode: evenkeel.ModeLive})
		}
		for i, e := range []evenkeel.Entry{{Ref: "d-1", State: "held"}, {Ref: "d-2", State: "in_force"}, {Ref: "d-1", State: "refused"}, {Ref: "d-1", State: "lifted"}} {
			e.Seq, e.At, e.Kind = int64(i+1), noon, evenkeel.EntryDecided
			if i > 1 {
				e.Actor.Person = "ben"
			}
			f.Entries = append(f.Entries, e)
		}
	})
	by := entries(&f)
	one, two := decisionOf(&f.Decisions[0], by["d-1"]), decisionOf(&f.Decisions[1], by["d-2"])
	if len(one.Entered) != 2 || one.Entered[0].State != "refused" || one.Entered[1].State != "lifted" || len(two.Entered) != 0 {
		t.Errorf("%+v and %+v", one.Entered, two.Entered)
	}
}

// everyDecision has a decision of each measure in each state and mode.
func everyDecision() docket.Folder {
	return plainCase("c-all", "raisup", "mining", func(f *docket.Folder) {
		for m := evenkeel.MeasureNone; m <= evenkeel.MeasureDeny; m++ {
			for s := evenkeel.Proposed; s <= evenkeel.Refused; s++ {
				for _, mode := range []evenkeel.Mode{evenkeel.ModeLive, evenkeel.ModeShadow} {
					f.Decisions = append(f.Decisions, evenkeel.Decision{
						ID: evenkeel.DecisionID(fmt.Sprintf("d-%s-%s-%s", m, s, mode)), Measure: m, Wanted: m, State: s, Mode: mode, From: noon, Until: noon.Add(1e12), SuppressedBy: "flag-9",
						Assets: []evenkeel.AssetID{"worker-01"}, Actor: evenkeel.Actor{Person: "anna", Policy: digestOf},
					})
				}
			}
		}
	})
}

func TestEveryPageOfEveryStateIsWhole(t *testing.T) {
	for _, c := range states() {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			if c.change != nil {
				c.change(w)
			}
			got := w.get(t, c.token, c.target)
			body := got.Body.String()
			if got.Code != c.status {
				t.Fatalf("status %d; want %d: %s", got.Code, c.status, body)
			}
			rest := body
			for _, want := range c.shows {
				i := strings.Index(rest, want)
				if i < 0 {
					i = strings.Index(rest, html.EscapeString(want))
				}
				if i < 0 {
					t.Fatalf("%q is not shown, or not after what comes before it", want)
				}
				rest = rest[i:]
			}
			whole(t, body)
			if len(body) > 2<<20 {
				t.Errorf("the page has %d bytes", len(body))
			}
		})
	}
}

// whole checks what holds for every page: it is a document with one title, landmarks, labels
// and ids that are unique, and nothing in it is a script, a style or another origin's.
func whole(t *testing.T, body string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil || !strings.HasPrefix(body, "<!DOCTYPE html>") {
		t.Fatalf("no document: %v", err)
	}
	if err := balanced(body); err != nil {
		t.Error(err)
	}
	ids, count := map[string]bool{}, map[string]int{}
	var labels, named, wrong, tied []string
	var controls []*html.Node
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Namespace == "" { // a picture has a title of its own
			count[n.Data]++
		}
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("two elements have the id %q", id)
			}
			ids[id] = true
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Errorf("<%s %s=%q>: no script and no style may be in a page", n.Data, a.Key, a.Val)
			}
		}
		if n.Data == "p" && attr(n, "class") == "wrong" {
			wrong = append(wrong, attr(n, "id"))
		}
		if attr(n, "aria-invalid") == "true" {
			tied = append(tied, strings.Fields(attr(n, "aria-describedby"))...)
		}
		switch n.Data {
		case "script", "style", "iframe", "object", "embed", "base":
			t.Errorf("there is a <%s>", n.Data)
		case "summary":
			if n.Parent.Data != "details" {
				t.Errorf("a <summary> stands in <%s>: nothing unfolds", n.Parent.Data)
			}
		case "label":
			labels = append(labels, attr(n, "for"))
		case "input", "select", "textarea":
			if attr(n, "type") != "hidden" {
				controls = append(controls, n)
			}
		case "a":
			href := attr(n, "href")
			if strings.HasPrefix(href, "?lang=") { // the same page, whose address is a secret
				continue
			}
			named = append(named, strings.TrimPrefix(href, "#"))
			if !strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "#") || strings.HasPrefix(href, "//") {
				t.Errorf("a link leads to %q", href)
			}
		case "section":
			if attr(n, "aria-labelledby")+attr(n, "aria-label") == "" {
				t.Error("a section has no name")
			}
		case "table":
			if !has(n, "caption") || !has(n, "th") {
				t.Error("a table has no caption or no heads")
			}
		case "img":
			if attr(n, "alt") == "" {
				t.Error("a picture has no words")
			}
		case "form":
			if m := attr(n, "method"); m != "post" && m != "get" || !strings.HasPrefix(attr(n, "action"), "/") {
				t.Errorf("a form goes by %q to %q", m, attr(n, "action"))
			}
		}
		for _, key := range []string{"aria-labelledby", "aria-describedby"} {
			named = append(named, strings.Fields(attr(n, key))...)
		}
	}
	for _, c := range controls {
		if !slices.Contains(labels, attr(c, "id")) {
			t.Errorf("<%s name=%q id=%q> has no label", c.Data, attr(c, "name"), attr(c, "id"))
		}
	}
	for _, id := range append(labels, named...) {
		if !strings.HasPrefix(id, "/") && !ids[id] {
			t.Errorf("something names the id %q, which is not there", id)
		}
	}
	for _, id := range wrong {
		if !slices.Contains(tied, id) {
			t.Errorf("what is wrong, %q, is not tied to its field", id)
		}
	}
	for _, one := range []string{"h1", "main", "header", "title"} {
		if count[one] != 1 {
			t.Errorf("there are %d <%s>; expected one", count[one], one)
		}
	}
	if strings.ContainsAny(body, "\u202e\u2066\x1b\x00") {
		t.Error("a character that steers is on the page")
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, data string) bool {
	for c := range n.Descendants() {
		if c.Data == data {
			return true
		}
	}
	return false
}

// void are the elements that have no end.
var void = []string{"meta", "link", "input", "br", "img"}

// balanced says which element is closed where another is open: parsers mend that in silence.
func balanced(body string) error {
	z := html.NewTokenizer(strings.NewReader(body))
	var open []string
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				return fmt.Errorf("<%s> is not closed", open[len(open)-1])
			}
			return nil
		case html.StartTagToken:
			name, _ := z.TagName()
			if !slices.Contains(void, string(name)) {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				return fmt.Errorf("</%s> closes <%s>", name, open[max(len(open)-1, 0):])
			}
			open = open[:len(open)-1]
		}
	}
}
