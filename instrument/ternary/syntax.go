package ternary

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"cel.dev/cel-go/cel"
)

// The parser's messages, which name its grammar's tokens. We say what a person wrote instead.
var (
	strayCharacters = regexp.MustCompile(`(?s)^token recognition error at: '(.+)'$`)
	strayToken      = regexp.MustCompile(`(?s)^(?:mismatched|extraneous) input '(.+)' expecting (.*)$`)
	missingToken    = regexp.MustCompile(`(?s)^missing '(.)' at '(.+)'$`)
	noWayOn         = regexp.MustCompile(`(?s)^no viable alternative at input '(.+)'$`)
	reservedWord    = regexp.MustCompile(`^reserved identifier: (\w+)$`)
)

const (
	endToken  = "<EOF>"
	endsEarly = "the expression ends too early"
	noEnd     = "the text that begins here has no end"
	unopened  = "a ) has no ("
)

// otherWays are words and signs of other languages, with ours.
var otherWays = map[string]string{
	"and": "write &&", "or": "write ||", "not": "write !", "xor": "write !=", "is": "write ==", "<>": "write !=",
	"&": "write && for and", "|": "write || for or", "=": "write == to compare", "===": "write ==", "!==": "write !=",
	"=>": "write >=", "=<": "write <=", "≥": "write >=", "≤": "write <=", "≠": "write !=",
}

// syntaxErrors puts the parser's messages into our words. What follows from a fault that was
// reported already is left out: the parser stumbles on behind a character that it does not know, and
// an end or a bracket comes early for whoever lost the way before.
func syntaxErrors(issues *cel.Issues, src string) CompileErrors {
	var all CompileErrors
	led := false // a fault that makes others was reported
	lines := strings.Split(src, "\n")
	for _, e := range issues.Errors() {
		s := slip{line: max(e.Location.Line(), 1), column: max(e.Location.Column(), 0)}
		if s.line <= len(lines) {
			text := []rune(lines[s.line-1])
			s.column = min(s.column, len(text))
			s.before = string(text[:s.column])
			s.last = strings.TrimSpace(string(text[s.column:])) == "" && strings.TrimSpace(strings.Join(lines[s.line:], "")) == ""
		}
		fault, follows, leads := s.explain(strings.TrimPrefix(e.Message, "Syntax error: "))
		if follows && (led || len(all) > 0 && (fault.Message == endsEarly || fault.Message == unopened)) {
			continue
		}
		all, led = append(all, fault), led || leads
		if fault.Message == noEnd {
			break // whatever follows was meant for the text
		}
	}
	return all
}

// slip is a place where the parser stumbled.
type slip struct {
	line, column int    // the column counts from 0
	before       string // what stands before it on its line
	last         bool   // nothing stands behind it
}

// explain says a message of the parser in our words. follows: the fault may come from an earlier one;
// leads: later ones may come from it.
func (s slip) explain(message string) (fault *CompileError, follows, leads bool) {
	if m := strayCharacters.FindStringSubmatch(message); m != nil {
		return s.characters(m[1]), false, true
	}
	if m := reservedWord.FindStringSubmatch(message); m != nil {
		return s.at(0, m[1]+" is a word of the language", "choose another name"), false, true
	}
	if fault := s.not(); fault != nil {
		return fault, true, false
	}
	if m := missingToken.FindStringSubmatch(message); m != nil {
		return s.missing(m[1], m[2]), true, false
	}
	if m := strayToken.FindStringSubmatch(message); m != nil {
		return s.token(m[1], m[2]), true, false
	}
	if m := noWayOn.FindStringSubmatch(message); m != nil {
		return s.token(m[1], ""), true, false
	}
	message, _, _ = strings.Cut(message, " expecting ")
	return s.at(0, message, ""), false, false
}

// at is a fault so many characters before the place.
func (s slip) at(back int, message, hint string) *CompileError {
	return &CompileError{s.line, max(s.column-back, 0) + 1, message, hint}
}

func (s slip) noOperator(back int, sign string) *CompileError {
	return s.at(back, sign+" is not an operator", otherWays[sign])
}

// characters explains characters that begin nothing: the lexer tells the first ones it could not use.
func (s slip) characters(text string) *CompileError {
	first := text
	for i := range text {
		if i > 0 {
			first = text[:i]
			break
		}
	}
	switch {
	case strings.HasPrefix(text, "=>"), strings.HasPrefix(text, "=<"):
		return s.noOperator(0, text[:2])
	case first == "=" && strings.HasSuffix(s.before, "=="), first == "=" && strings.HasSuffix(s.before, "!="):
		return s.noOperator(2, s.before[len(s.before)-2:]+"=")
	case otherWays[first] != "":
		return s.noOperator(0, first)
	case first == `"`, first == "'":
		return s.at(0, noEnd, "close it with "+first+"; write \\\\ for a backslash")
	case strings.Contains("“”„‘’«»", first):
		return s.at(0, shown(first)+" is no quote here", `write "text"`)
	case first == "#":
		return s.at(0, shown(first)+" was not expected here", "a remark begins with //")
	}
	return s.at(0, shown(first)+" was not expected here", "")
}

// not is the fault of a word "not" right before the place: to the parser it is a name, and what
// surprises it is the next one.
func (s slip) not() *CompileError {
	before := strings.TrimRightFunc(s.before, unicode.IsSpace)
	word := lastWord(before)
	if s.last || !strings.EqualFold(word, "not") {
		return nil
	}
	back := len([]rune(s.before)) - len([]rune(before)) + len(word)
	return s.at(back, word+" is not an operator", otherWays["not"])
}

// missing explains a bracket that should stand before a token.
func (s slip) missing(bracket, token string) *CompileError {
	if opening := map[string]string{")": "(", "]": "[", "}": "{"}[bracket]; opening != "" && token == endToken {
		return s.at(0, "a "+opening+" is not closed", "add "+bracket)
	}
	return s.at(0, shown(token)+" was not expected here", shown(bracket)+" is missing before it")
}

// token explains a token where others were expected: a set of the grammar's tokens, or "".
func (s slip) token(token, expected string) *CompileError {
	before := strings.TrimRightFunc(s.before, unicode.IsSpace)
	value := strings.Contains(expected, "IDENTIFIER")
	switch word := strings.ToLower(token); {
	case strings.HasSuffix(before, "%") && value:
		return s.at(0, s.surprise(token), "% is the rest of a division; write 80 percent as 0.8")
	case token == endToken && strings.Contains(expected, "']'") && !value:
		return s.at(0, "a [ is not closed", "add ]")
	case token == endToken && expected == "':'":
		return s.at(0, endsEarly, "a ? needs its :")
	case token == endToken || s.last && expected == "":
		return s.at(0, endsEarly, "")
	case token == ")" && expected == endToken:
		return s.at(0, unopened, "remove it, or add ( before")
	case token == ">" && strings.HasSuffix(s.before, "<"):
		return s.noOperator(1, "<>")
	case otherWays[word] != "":
		return s.at(0, token+" is not an operator", otherWays[word])
	case endsInDigit(before) && strings.ContainsAny(word[:1], "dhms") && expected == endToken:
		return s.at(0, s.surprise(token), "write a duration like minutes(5)")
	case value:
		return s.at(0, s.surprise(token), "a value is missing before it")
	}
	return s.at(0, s.surprise(token), "")
}

func (s slip) surprise(token string) string {
	if token == endToken {
		return endsEarly
	}
	return shown(token) + " was not expected here"
}

// lastWord is the name that a text ends in, or "".
func lastWord(text string) string {
	return text[strings.LastIndexFunc(text, func(r rune) bool {
		return r != '_' && r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})+1:]
}

func endsInDigit(text string) bool {
	return text != "" && text[len(text)-1] >= '0' && text[len(text)-1] <= '9'
}

// shown is a token for a message: short, and on one line.
func shown(token string) string {
	const longest = 40
	switch name := map[string]string{",": "a comma", ".": "a dot", ":": "a colon"}[token]; {
	case name != "":
		return name
	case strings.ContainsFunc(token, func(r rune) bool { return !unicode.IsGraphic(r) }):
		return fmt.Sprintf("%.40q", token)
	}
	if runes := []rune(token); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return token
}
