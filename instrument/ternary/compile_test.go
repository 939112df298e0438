package ternary

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFaultsHavePositionAndHint(t *testing.T) {
	s := testScope(t)
	for _, c := range []struct {
		name, src string
		typ       Type
		want      string
	}{
		{"a name with a slip of the finger", `tenant.agee > days(1)`, BoolType, `1:1: undeclared "tenant.agee"; did you mean tenant.age?`},
		{"two unknown names on two lines", "tenant.agee > days(1)\n  && cpu.maen > 0.5", BoolType,
			"1:1: undeclared \"tenant.agee\"; did you mean tenant.age?\n2:6: undeclared \"cpu.maen\"; did you mean cpu.mean?"},
		{"a column counts characters", `name == "ééé" && nam == ""`, BoolType, `1:18: undeclared "nam"; did you mean name?`},
		{"a part of a variable", `name.first == ""`, BoolType, `1:1: undeclared "name.first"; name is a string and has no parts`},
		{"an unknown function", `startWith(name, "x")`, BoolType, `1:1: undeclared function "startWith"; did you mean startsWith?`},
		{"a macro of CEL", `has(tenant.age)`, BoolType, `1:1: undeclared function "has"; write known(x)`},
		{"int compared with double", `cpu.mean > 5`, BoolType, "1:10: > does not take (double, int); int and double do not mix: write 5.0"},
		{"int variable with double", `cpu.mean * cpu.cores > 0.5`, BoolType, "1:10: * does not take (double, int); int and double do not mix: write double(x) around the int"},
		{"duration compared with int", `tenant.age > 5`, BoolType, `1:12: > does not take (duration, int); write a duration like minutes(5) or duration("90s")`},
		{"a result of the wrong type", `cpu.mean`, BoolType, "1:1: the result is of type double, expected bool; compare it with something"},
		{"an int where a double is wanted", `5`, DoubleType, "1:1: the result is of type int, expected double; write 5.0, or double(...) around it"},
		{"null", `cpu.mean == null`, BoolType, "1:13: there is no null here; ask known(x) whether x has a value"},
		{"unsigned", `cpu.cores == 5u`, BoolType, "1:14: there are no unsigned numbers here; write 5, not 5u"},
		{"bytes", `name == b"x"`, BoolType, `1:9: there are no bytes here; write "text"`},
		{"a list elsewhere", `size([1, 2]) == 2`, BoolType, "1:6: a list stands only to the right of in; " + supported},
		{"a map", `size({"a": 1}) == 2`, BoolType, "1:6: there are no maps or messages here; " + supported},
		{"a comprehension", `[1, 2].all(x, x > 1)`, BoolType, `1:8: undeclared function "all"; ` + noLists},
		{"indexing", `name[0] == ""`, BoolType, "1:5: there is no indexing here; " + supported},
		{"in a variable", `"x" in name`, BoolType, `1:8: in needs a list of constants; write like x in ["a", "b"]`},
		{"in an empty list", `name in []`, BoolType, "1:6: nothing is in an empty list"},
		{"in a list with a variable", `name in ["a", cpu]`, BoolType, `1:6: the list after in holds something that is not a constant; write like x in ["a", "b"]`},
		{"in a mixed list", `name in ["a", 1]`, BoolType, "1:6: the list after in holds int, expected string"},
		{"a pattern from a variable", `name.matches(cpu)`, BoolType, `1:6: the pattern of matches() is not a constant; write like name.matches("^xmr[0-9]+$")`},
		{"a broken pattern", `name.matches("a(")`, BoolType, "1:6: missing closing ): `a(`; patterns are in RE2 syntax"},
		{"a pattern that explodes", `name.matches("(a{30}b{30}[c-e]{30}){30}")`, BoolType, "1:6: the pattern has more than 2000 parts; repeat fewer times: write x* or x+"},
		{"a duration from a variable", `duration(name) > days(1)`, BoolType, `1:1: duration() takes a constant text; write duration("90s"), minutes(n), timestamp("2019-05-29T09:49:00Z")`},
		{"a broken duration", `tenant.age > duration("5 days")`, BoolType, `1:14: "5 days" is not a duration; write like "90s", "1h30m" or "250ms"`},
		{"a broken timestamp", `now > timestamp("yesterday")`, BoolType, `1:7: "yesterday" is not a timestamp; write like "2019-05-29T09:49:00Z", from 1678 to 2262`},
		{"a timestamp out of range", `now > timestamp("2500-01-01T00:00:00Z")`, BoolType, `1:7: "2500-01-01T00:00:00Z" is not a timestamp; write like "2019-05-29T09:49:00Z", from 1678 to 2262`},
		{"joined strings", `name + "x" == cpu`, BoolType, "1:6: + over string, string is not supported; " + supported},
		{"ordered truth values", `tenant.credit < true`, BoolType, "1:15: < over bool, bool is not supported; " + supported},
		{"known inside known", `known(known(name))`, BoolType, "1:7: known() inside known(); ask about the value itself"},
		{"a wrong connective", `cpu.mean > 0.5 && cpu.cores`, BoolType, "1:19: expected type 'bool' but found 'int'"},
		{"= for ==", `cpu.mean = 0.5`, BoolType, "1:10: = is not an operator; write == to compare"},
		{"= without spaces", `cpu.mean=0.5`, BoolType, "1:9: = is not an operator; write == to compare"},
		{"= twice", "name = \"a\"\n  && cpu.mean = 0.5", BoolType,
			"1:6: = is not an operator; write == to compare\n2:15: = is not an operator; write == to compare"},
		{"= behind other alphabets", `name == "éé" && name = "é"`, BoolType, "1:22: = is not an operator; write == to compare"},
		{"=== of another language", `cpu.mean === 0.5`, BoolType, "1:10: === is not an operator; write =="},
		{"!== of another language", `cpu.mean !== 0.5`, BoolType, "1:10: !== is not an operator; write !="},
		{"=> for >=", `cpu.mean => 0.5`, BoolType, "1:10: => is not an operator; write >="},
		{"=< for <=", `cpu.mean =< 0.5`, BoolType, "1:10: =< is not an operator; write <="},
		{"<> for !=", `name <> "a"`, BoolType, "1:6: <> is not an operator; write !="},
		{"a sign of mathematics", `cpu.mean ≥ 0.5`, BoolType, "1:10: ≥ is not an operator; write >="},
		{"nothing behind an operator", `cpu.mean >`, BoolType, "1:11: the expression ends too early"},
		{"nothing behind an operator of two lines", "cpu.mean > 0.5 &&\n  name ==", BoolType, "2:10: the expression ends too early"},
		{"nothing behind a sign", `cpu.mean > -`, BoolType, "1:13: the expression ends too early"},
		{"nothing behind !", `!`, BoolType, "1:2: the expression ends too early"},
		{"half a choice", `tenant.credit ? true`, BoolType, "1:21: the expression ends too early; a ? needs its :"},
		{"percent", `cpu.mean > 80%`, BoolType, "1:15: the expression ends too early; % is the rest of a division; write 80 percent as 0.8"},
		{"percent, and more", `cpu.mean > 80% && tenant.credit`, BoolType, "1:16: && was not expected here; % is the rest of a division; write 80 percent as 0.8"},
		{"and", `cpu.mean > 0.5 and tenant.credit`, BoolType, "1:16: and is not an operator; write &&"},
		{"OR", `cpu.mean > 0.5 OR tenant.credit`, BoolType, "1:16: OR is not an operator; write ||"},
		{"not", `not tenant.credit`, BoolType, "1:1: not is not an operator; write !"},
		{"not in parentheses", `tenant.credit && (not tenant.credit)`, BoolType, "1:19: not is not an operator; write !"},
		{"not of something in parentheses", `not(tenant.credit)`, BoolType, `1:1: undeclared function "not"; write !a`},
		{"&", `cpu.mean > 0.5 & tenant.credit`, BoolType, "1:16: & is not an operator; write && for and"},
		{"|", `cpu.mean > 0.5 | tenant.credit`, BoolType, "1:16: | is not an operator; write || for or"},
		{"a ( without its )", `(cpu.mean > 0.5`, BoolType, "1:16: a ( is not closed; add )"},
		{"a call without its )", `tenant.age > days(1`, BoolType, "1:20: a ( is not closed; add )"},
		{"a ) without its (", `cpu.mean > 0.5)`, BoolType, "1:15: a ) has no (; remove it, or add ( before"},
		{"more than one )", `tenant.credit)) && name == ""`, BoolType, "1:14: a ) has no (; remove it, or add ( before"},
		{"a [ without its ]", `name in ["a"`, BoolType, "1:13: a [ is not closed; add ]"},
		{"an operator too many", `cpu.mean >= >= 0.5`, BoolType, "1:13: >= was not expected here; a value is missing before it"},
		{"no value between commas", `cpu.mean > max(, 1.0)`, BoolType, "1:16: a comma was not expected here; a value is missing before it"},
		{"no operator", `cpu.mean 0.5`, BoolType, "1:10: 0.5 was not expected here"},
		{"no operator in parentheses", `(cpu.mean 0.5) && tenant.credit`, BoolType, "1:11: 0.5 was not expected here"},
		{"faults in two places", `max(1 2) == 1 && days(1 2) > days(1)`, BoolType, "1:7: 2 was not expected here\n1:25: 2 was not expected here"},
		{"a unit", `tenant.age > 5 days`, BoolType, "1:16: days was not expected here; write a duration like minutes(5)"},
		{"a comma for a point", `cpu.mean > 0,5`, BoolType, "1:13: a comma was not expected here"},
		{"two dots", `cpu..mean > 1.0`, BoolType, "1:5: .. was not expected here"},
		{"a text without end", `name == "abc`, BoolType, `1:9: the text that begins here has no end; close it with "; write \\ for a backslash`},
		{"a broken escape", `name == "\q" && tenant.credit`, BoolType, `1:9: the text that begins here has no end; close it with "; write \\ for a backslash`},
		{"printed quotes", `name == “a”`, BoolType, "1:9: “ is no quote here; write \"text\"\n1:11: ” is no quote here; write \"text\""},
		{"a remark of another language", `tenant.credit # or not`, BoolType, "1:15: # was not expected here; a remark begins with //"},
		{"a word of the language", `if tenant.credit`, BoolType, "1:1: if is a word of the language; choose another name"},
		{"a character that writes to a terminal", "name == \x1b", BoolType, `1:9: "\x1b" was not expected here`},
		{"a long text in the wrong place", `name "` + strings.Repeat("x", 100) + `"`, BoolType, `1:6: "` + strings.Repeat("x", 39) + "… was not expected here"},
		{"nothing", "  \n", BoolType, "1:1: the expression is empty"},
		{"bytes that are no text", "name == \"\xff\"", BoolType, "1:1: the expression is not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, err := s.Compile(c.src, c.typ)
			if err == nil {
				t.Fatalf("%s compiled to %v", c.src, x)
			}
			if err.Error() != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.src, err, c.want)
			}
			var list CompileErrors
			var one *CompileError
			if !errors.As(err, &list) || !errors.As(err, &one) || len(list) == 0 {
				t.Errorf("%T is not a list of CompileErrors", err)
			}
		})
	}
}

func TestSyntaxErrorsHavePositions(t *testing.T) {
	s := testScope(t)
	_, err := s.Compile("cpu.mean > 0.5 &&\n  name ==", BoolType)
	var one *CompileError
	if !errors.As(err, &one) || one.Line != 2 || one.Column < 3 || one.Message == "" {
		t.Errorf("got %v", err)
	}
	if _, err := s.Compile("cpu.mean > 1e999", BoolType); err == nil {
		t.Error("a literal beyond the doubles compiled")
	}
}

// What the parser says of its grammar is for nobody else, wherever a source is cut or spoiled.
func TestNoFaultNamesTheGrammar(t *testing.T) {
	s := testScope(t)
	good := []string{
		`(known(cpu.mean) && cpu.mean > 0.5) || !(name in ["a", "b\n"]) ? tenant.age > duration("90s") : max(1, -2) % 2 == 0`,
		`name.matches("^x[0-9]+$") && "é" != name && cpu.cores - 1 >= 0x1f`,
	}
	signs := []rune("()[]{}.,:;?!=<>&|+-*/%'\"`\\#$@^~_ \n\t0aé–“≥\x00")
	rapid.Check(t, func(t *rapid.T) {
		src := []rune(rapid.SampledFrom(good).Draw(t, "source"))
		at := rapid.IntRange(0, len(src)-1).Draw(t, "at")
		switch rapid.IntRange(0, 3).Draw(t, "damage") {
		case 0:
			src = src[:at]
		case 1:
			src = slices.Delete(src, at, at+1)
		case 2:
			src = slices.Insert(src, at, rapid.SampledFrom(signs).Draw(t, "sign"))
		case 3:
			src = slices.Insert(src, at, []rune(rapid.SampledFrom([]string{" and ", " not ", "in", " if ", " 5 days "}).Draw(t, "word"))...)
		}
		_, err := s.Compile(string(src), BoolType)
		if err == nil {
			return
		}
		for _, word := range []string{"expecting", "<EOF>", "IDENTIFIER", "token recognition", "viable", "extraneous", "mismatched"} {
			if strings.Contains(err.Error(), word) {
				t.Fatalf("%s: %v", string(src), err)
			}
		}
		var faults CompileErrors
		if lines := strings.Split(string(src), "\n"); errors.As(err, &faults) {
			for _, f := range faults {
				if f.Line < 1 || f.Line > len(lines) || f.Column < 1 || f.Column > len([]rune(lines[f.Line-1]))+1 {
					t.Fatalf("%q: %v lies outside", string(src), f)
				}
			}
		}
	})
}

func TestSourcesAreBounded(t *testing.T) {
	s := testScope(t)
	long := strings.Repeat("cpu.cores == 1 ||\n", 4) + `name == "` + strings.Repeat("x", MaxSource) + `"`
	deep := strings.Repeat("!(", 200) + "tenant.credit" + strings.Repeat(")", 200)
	chain := "1" + strings.Repeat(" + 1", 200) + " == cpu.cores"
	costly := "name.matches('a')" + strings.Repeat(" || name.matches('a')", 120)
	for name, src := range map[string]string{"long": long, "deep": deep, "chain": chain, "costly": costly} {
		if _, err := s.Compile(src, BoolType); err == nil {
			t.Errorf("a %s source compiled", name)
		} else if len(err.Error()) > 400 {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
	}
	for _, unit := range []string{"(", "[", "{", "!", "-", "a?b:", "a.", "1+", "a in [", "f(", "\"", "?", "a?(", "&&", "0x"} {
		if _, err := s.Compile(strings.Repeat(unit, MaxSource/len(unit)), BoolType); err == nil {
			t.Errorf("a source of only %s compiled", unit)
		}
	}
	wide := "cpu.cores == 1" + strings.Repeat(" || cpu.cores == 1", 150)
	x, err := s.Compile(wide, BoolType)
	if err != nil {
		t.Fatalf("150 flat clauses: %v", err)
	}
	if x.Cost() < 450 || x.Cost() > 700 {
		t.Errorf("cost of 151 clauses is %d", x.Cost())
	}
	if _, err := s.CompileWithin(wide, BoolType, 100); err == nil {
		t.Error("a cost above the given limit compiled")
	}
}

func TestUsesAreTheSlotsReadOnce(t *testing.T) {
	s := testScope(t)
	x, err := s.Compile(`name == "a" && cpu.mean > 0.5 && known(cpu.mean)`, BoolType)
	if err != nil {
		t.Fatal(err)
	}
	if got := x.Uses(); !slices.Equal(got, []int{0, 5}) {
		t.Errorf("uses %v", got)
	}
	if x.String() != `name == "a" && cpu.mean > 0.5 && known(cpu.mean)` || x.Type() != BoolType {
		t.Errorf("%s is a %s", x, x.Type())
	}
}

func TestBlamesAbsenceFindsNegatedKnown(t *testing.T) {
	s := testScope(t)
	for src, want := range map[string]bool{
		`cpu.mean > 0.5`:                               false,
		`known(cpu.mean) && cpu.mean > 0.5`:            false,
		`!known(cpu.mean)`:                             true,
		`!(tenant.credit || !known(cpu.mean))`:         false,
		`!(tenant.credit && known(cpu.mean))`:          true,
		`known(cpu.mean) == false`:                     true,
		`known(cpu.mean) ? tenant.credit : true`:       true,
		`tenant.credit ? known(cpu.mean) : true`:       false,
		`(known(cpu.mean) ? 1 : 2) == 2`:               true,
		`cpu.cores > 3 || (known(name) && name == "")`: false,
	} {
		x, err := s.Compile(src, BoolType)
		if err != nil {
			t.Fatal(err)
		}
		if x.BlamesAbsence() != want {
			t.Errorf("%s: blames absence = %v", src, !want)
		}
	}
}

func TestScopeRefusesBadNames(t *testing.T) {
	for _, vars := range [][]Var{
		{{"", IntType, ""}}, {{"1a", IntType, ""}}, {{"a..b", IntType, ""}}, {{"a.in", IntType, ""}}, {{"int", IntType, ""}},
		{{"a", 0, ""}}, {{"a", 99, ""}}, {{"a", IntType, ""}, {"a", BoolType, ""}}, {{"a b", IntType, ""}}, {{"true", BoolType, ""}},
	} {
		if _, err := NewScope(vars); err == nil {
			t.Errorf("%v is a scope", vars)
		}
	}
	s, err := NewScope(nil)
	if err != nil {
		t.Fatal(err)
	}
	if x, err := s.Compile("1 + 1 == 2", BoolType); err != nil || x.Test(nil) != True {
		t.Errorf("an expression without variables: %v", err)
	}
	vars := testScope(t).Vars()
	if vars[0].Name = "x"; testScope(t).Vars()[0].Name == "x" {
		t.Error("the scope was changed through Vars")
	}
}
