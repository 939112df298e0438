package ternary

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// functions are the names that may be called, as functions or as methods of their first argument.
var functions = []string{
	"abs", "contains", "days", "double", "duration", "endsWith", "hours", "int", "known", "matches", "max", "min",
	"minutes", "seconds", "size", "startsWith", "timestamp",
}

// symbols are the operators, by the name the parser gives them.
var symbols = map[string]string{
	operators.Conditional: "?:", operators.LogicalAnd: "&&", operators.LogicalOr: "||", operators.LogicalNot: "!",
	operators.Equals: "==", operators.NotEquals: "!=", operators.Less: "<", operators.LessEquals: "<=",
	operators.Greater: ">", operators.GreaterEquals: ">=", operators.Add: "+", operators.Subtract: "-",
	operators.Multiply: "*", operators.Divide: "/", operators.Modulo: "%", operators.Negate: "-", operators.In: "in",
}

// foreign are functions of CEL that we do not have, with what to write instead.
var foreign = map[string]string{
	"and": "write a && b", "or": "write a || b", "not": "write !a",
	"has": "write known(x)", "uint": "write int(x)", "dyn": supported, "type": supported, "string": supported, "bytes": supported,
	"bool": supported, "all": noLists, "exists": noLists, "exists_one": noLists, "map": noLists, "filter": noLists,
	"getHours": noCalendar, "getMinutes": noCalendar, "getSeconds": noCalendar, "getDayOfWeek": noCalendar, "getDate": noCalendar,
}

const (
	noLists    = "there are no comprehensions here; declare a variable that holds the count"
	noCalendar = "compare a duration with minutes(n), or declare a variable that holds the part of the date"
)

const supported = "supported are literals, variables, && || ! ?: == != < <= > >= + - * / %, in with a list of constants, " +
	"and the functions abs contains days double duration endsWith hours int known matches max min minutes seconds " +
	"size startsWith timestamp"

// celTypes gives the CEL type of each of our types.
var celTypes = map[Type]*cel.Type{
	BoolType: cel.BoolType, IntType: cel.IntType, DoubleType: cel.DoubleType, StringType: cel.StringType,
	DurationType: cel.DurationType, TimestampType: cel.TimestampType,
}

var allTypes = []Type{BoolType, IntType, DoubleType, StringType, DurationType, TimestampType}

// envOptions is the language that the checker knows: CEL without macros, with our functions. The
// checker accepts more than we support; lowering refuses the rest.
func envOptions(vars []Var) []cel.EnvOption {
	opts := []cel.EnvOption{
		cel.StdLib(), cel.ClearMacros(), cel.DefaultUTCTimeZone(true),
		cel.ParserRecursionLimit(MaxDepth), cel.ParserExpressionSizeLimit(MaxSource), cel.ParserErrorRecoveryLimit(4),
		overloads("known", cel.BoolType, allTypes, 1),
		overloads("max", nil, []Type{IntType, DoubleType, DurationType}, 2),
		overloads("min", nil, []Type{IntType, DoubleType, DurationType}, 2),
		overloads("abs", nil, []Type{IntType, DoubleType, DurationType}, 1),
	}
	for _, unit := range []string{"seconds", "minutes", "hours", "days"} {
		opts = append(opts, overloads(unit, cel.DurationType, []Type{IntType}, 1))
	}
	for _, v := range vars {
		opts = append(opts, cel.VariableWithDoc(v.Name, celTypes[v.Type], v.Doc))
	}
	return opts
}

// overloads declares a function of arity equal arguments for each type; a nil result means the type of
// the arguments.
func overloads(name string, result *cel.Type, of []Type, arity int) cel.EnvOption {
	var opts []cel.FunctionOpt
	for _, t := range of {
		args := make([]*cel.Type, arity)
		for i := range args {
			args[i] = celTypes[t]
		}
		out := result
		if out == nil {
			out = celTypes[t]
		}
		opts = append(opts, cel.Overload(name+"_"+t.String(), args, out))
	}
	return cel.Function(name, opts...)
}

// fromCEL is our type for one of the checker's; 0 when we have none.
func fromCEL(t *types.Type) Type {
	for _, ours := range allTypes {
		if t.IsExactType(celTypes[ours]) {
			return ours
		}
	}
	return 0
}

func splitDots(name string) []string { return strings.Split(name, ".") }
