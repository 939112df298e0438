package evenkeel_test

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// enum is what a typed enumeration can do: name a value, and read the name.
type enum struct {
	word  func(v uint8) string
	parse func(s string) (uint8, error) // nil where words are only written
}

func enumOf[E interface {
	~uint8
	String() string
}](parse func(string) (E, error)) enum {
	e := enum{word: func(v uint8) string { return E(v).String() }}
	if parse != nil {
		e.parse = func(s string) (uint8, error) {
			v, err := parse(s)
			return uint8(v), err
		}
	}
	return e
}

// enums has every enumeration of the root; TestEveryValueHasAWord finds those that are
// missing here.
var enums = map[string]enum{
	"SubjectKind": enumOf(evenkeel.ParseSubjectKind),
	"RecordKind":  enumOf(evenkeel.ParseRecordKind),
	"Action":      enumOf(evenkeel.ParseAction),
	"Direction":   enumOf(evenkeel.ParseDirection),
	"PaymentKind": enumOf(evenkeel.ParsePaymentKind),
	"AssetKind":   enumOf(evenkeel.ParseAssetKind),
	"Evidence":    enumOf(evenkeel.ParseEvidence),
	"Mode":        enumOf(evenkeel.ParseMode),
	"Standing":    enumOf(evenkeel.ParseStanding),
	"Revision":    enumOf[evenkeel.Revision](nil),
	"Kind":        enumOf[evenkeel.Kind](nil),

	"Measure":       enumOf(evenkeel.ParseMeasure),
	"DecisionState": enumOf(evenkeel.ParseDecisionState),
	"Answer":        enumOf(evenkeel.ParseAnswer),
	"CaseState":     enumOf(evenkeel.ParseCaseState),
	"Outcome":       enumOf(evenkeel.ParseOutcome),
	"EntryKind":     enumOf(evenkeel.ParseEntryKind),
	"ReceiptState":  enumOf(evenkeel.ParseReceiptState),
}

// numbersOnly are enumerations that nobody reads or writes as words: intake turns the names
// of metrics into them, the engine turns them into features.
var numbersOnly = map[string]bool{"Meter": true, "Part": true, "Form": true}

func TestEveryValueHasAWord(t *testing.T) {
	values := enumValues(t)
	for name, e := range enums {
		if len(values[name]) == 0 {
			t.Errorf("%s has no values in the source", name)
		}
		seen := map[string]bool{}
		for _, c := range values[name] {
			v := c.value
			w := e.word(v)
			if w == "" || w == "invalid" && name != "Kind" || seen[w] { // an error may be of the kind "invalid"
				t.Errorf("%s(%d) has the word %q", name, v, w)
			}
			seen[w] = true
			if e.parse == nil {
				continue
			}
			if got, err := e.parse(w); err != nil || got != v {
				t.Errorf("reading the word %q of %s(%d): got %d, %v", w, name, v, got, err)
			}
		}
		if w := e.word(200); w != "invalid" {
			t.Errorf("%s(200) has the word %q; expected invalid", name, w)
		}
	}
	for name := range values {
		if _, ok := enums[name]; !ok && !numbersOnly[name] {
			t.Errorf("the enumeration %s is not tested", name)
		}
	}
}

// TestStoredNumbersNeverChange: stored batches and ids hold these numbers. Constants may be
// appended; none may move.
func TestStoredNumbersNeverChange(t *testing.T) {
	values := enumValues(t)
	for name, want := range map[string]string{
		"RecordKind": "1 KindUsage, 2 KindLifecycle, 3 KindFlow, 4 KindHostEvent, 5 KindPayment, 6 KindProfile, 7 KindTenancy, 8 KindBurst, 9 KindReport, 10 KindRequest",
		"Meter": "1 MeterCPUFraction, 2 MeterCPUTime, 3 MeterCPUCores, 4 MeterNetwork, 5 MeterDisk, " +
			"6 MeterPort, 7 MeterReflectedOut, 8 MeterReflectedIn, 9 MeterSite",
		"Part": "0 PartWhole, 1 PartIdle, 2 PartIOWait, 3 PartUser, 4 PartBusy, 5 PartTransmit, 6 PartReceive, " +
			"7 PartRead, 8 PartWrite, " +
			"9 PartPacketsOut, 10 PartBytesOut, 11 PartPacketsIn, 12 PartBytesIn, 13 PartSynsOut, 14 PartSynAcksIn, " +
			"15 PartResetsIn, 16 PartSmallOut, 17 PartUDPOut, 18 PartUDPIn, 19 PartFragmentsOut, 20 PartMalformedOut, " +
			"21 PartSpoofedOut, 22 PartFlowsOut, 23 PartHosts, 24 PartServices, 25 PartTopPackets, 26 PartTopBytes, " +
			"27 PartTopSyns, 28 PartServiceSyns, 29 PartMailFlows, 30 PartLoginFlows, 31 PartVictims, 32 PartMining, " +
			"33 PartLimited, 34 PartDropped, 35 PartICMPOut, 36 PartEchoesIn, 37 PartProbed, " +
			"38 PartVisits, 39 PartPassed, 40 PartFailed, 41 PartWanted, 42 PartServed, 43 PartAsked, 44 PartSolved, 45 PartRefused, 46 PartTurned, 47 PartEdgeTime, 48 PartBackendTime, 49 PartSavedTime, 50 PartSiteBytes, 51 PartAtFilter, 52 PartAtCookie, 53 PartAtProof, 54 PartAtQueue, 55 PartAtPage",
		"Form":        "1 FormGauge, 2 FormCumulative, 3 FormDelta",
		"Action":      "1 ActionCreate, 2 ActionDelete, 3 ActionResize, 4 ActionStart, 5 ActionStop",
		"Direction":   "1 DirectionOut, 2 DirectionIn",
		"PaymentKind": "1 PaymentPaid, 2 PaymentRefund, 3 PaymentChargeback, 4 PaymentCredit",
		"AssetKind": "1 AssetVM, 2 AssetPod, 3 AssetAddress, 4 AssetDomain, 5 AssetNamespace, " +
			"6 AssetAccount, 7 AssetKey",
		"SubjectKind": "1 SubjectAsset, 2 SubjectTenant, 3 SubjectPrincipal",
	} {
		var got []string
		for _, c := range values[name] {
			got = append(got, fmt.Sprintf("%d %s", c.value, c.name))
		}
		if said := strings.Join(got, ", "); said != want && !strings.HasPrefix(said, want+", ") {
			t.Errorf("%s is\n %s; expected it to begin with\n %s", name, said, want)
		}
	}
}

// named is a constant of an enumeration.
type named struct {
	name  string
	value uint8
}

// enumValues type-checks the root's constants and returns those of uint8 types, by type
// and in the order of their numbers.
func enumValues(t *testing.T) map[string][]named {
	t.Helper()
	var files []*ast.File
	loadTree(t).each(func(r *room, s source) {
		if r.path == "" && !s.test {
			files = append(files, s.file)
		}
	})
	conf := types.Config{Importer: noImports{}, Error: func(error) {}}
	pkg, _ := conf.Check(module, loadTree(t).fset, files, nil)
	out := map[string][]named{}
	for _, name := range pkg.Scope().Names() {
		c, ok := pkg.Scope().Lookup(name).(*types.Const)
		if !ok {
			continue
		}
		typ, ok := c.Type().(*types.Named)
		if !ok || !types.Identical(typ.Underlying(), types.Typ[types.Uint8]) {
			continue
		}
		v, _ := constant.Int64Val(c.Val())
		of := typ.Obj().Name()
		out[of] = append(out[of], named{name, uint8(v)})
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b named) int { return cmp.Compare(a.value, b.value) })
	}
	return out
}

// noImports leaves imports unresolved: constants do not need them.
type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.New("left out") }

func TestUnknownWordIsToldWhatWasExpected(t *testing.T) {
	for name, e := range enums {
		if e.parse == nil {
			continue
		}
		for _, bad := range []string{"", "Invalid", "invalid", e.word(1) + " ", strings.ToUpper(e.word(1))} {
			_, err := e.parse(bad)
			if evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), e.word(1)) {
				t.Errorf("%s: reading %q: got %v; expected an error that lists the words", name, bad, err)
			}
		}
	}
}

func TestErrorsSayWhatAndKeepTheCause(t *testing.T) {
	cause := errors.New("disk is full")
	err := error(&evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "append the batch", Hint: "free some space", Err: cause})
	wrapped := &evenkeel.Error{Says: "accept the request", Err: err}
	for _, c := range []struct {
		name string
		err  error
		says string
		kind evenkeel.Kind
		hint string
	}{
		{"a sentence and a cause", err, "append the batch: disk is full", evenkeel.KindUnavailable, "free some space"},
		{"an outer error has the kind, an inner one the hint", wrapped, "accept the request: append the batch: disk is full", evenkeel.KindInternal, "free some space"},
		{"a cause alone", &evenkeel.Error{Kind: evenkeel.KindDenied, Err: cause}, "disk is full", evenkeel.KindDenied, ""},
		{"an error about input", evenkeel.Invalid("id has %d bytes", 300), "id has 300 bytes", evenkeel.KindInvalid, ""},
		{"an error of somebody else", cause, "disk is full", evenkeel.KindInternal, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.err.Error() != c.says || evenkeel.KindOf(c.err) != c.kind || evenkeel.HintOf(c.err) != c.hint {
				t.Errorf("got %q, %v, hint %q", c.err, evenkeel.KindOf(c.err), evenkeel.HintOf(c.err))
			}
		})
	}
	if !errors.Is(wrapped, cause) {
		t.Error("the cause is lost")
	}
}

func TestEachKindOfErrorHasACode(t *testing.T) {
	for _, c := range []struct {
		kind         evenkeel.Kind
		exit, status int
	}{
		{evenkeel.KindInternal, 1, 500},
		{evenkeel.KindInvalid, 2, 400},
		{evenkeel.KindNotFound, 1, 404},
		{evenkeel.KindConflict, 1, 409},
		{evenkeel.KindDenied, 1, 403},
		{evenkeel.KindUnavailable, 1, 503},
	} {
		if c.kind.ExitCode() != c.exit || c.kind.HTTPStatus() != c.status {
			t.Errorf("%v: exit code %d, status %d", c.kind, c.kind.ExitCode(), c.kind.HTTPStatus())
		}
	}
}

func TestFactIsAValueOrUnknownAndWhy(t *testing.T) {
	paid := evenkeel.KnownFact(0.0, 17)
	if !paid.Known() || paid.Value != 0 || paid.Seen != 17 {
		t.Errorf("zero paid is a known fact; got %+v", paid)
	}
	silent := evenkeel.UnknownFact[float64]("on credit: no payment history")
	if silent.Known() || silent.Unknown == "" {
		t.Errorf("nothing told is unknown and says why; got %+v", silent)
	}
}
