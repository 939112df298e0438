// Command evenkeel is the program that operators run: abuse defence with due process.
//
// In and out: arguments, files and standard input come in; what was asked for goes to
// standard output, everything else (progress, summaries, errors) to standard error. The
// exit code says how it ended: 0 well, 1 not, 2 wrong use or wrong input, 130 interrupted.
//
// Reading order: main.go (the process), cli.go (commands, errors, exit codes), serve.go,
// config.go, replay.go, summary.go, decided.go, progress.go, convert.go, replacement.go, rehearse.go, rehearsethen.go, demo.go,
// demofilm.go, demoscreen.go, demothen.go, demosum.go, lookback.go, rules.go,
// rulefiles.go, policy.go, policyfiles.go, words.go (times and texts for people), ids.go, case.go,
// caseshow.go, caseshowsent.go, flag.go, act.go, caseact.go,
// flagact.go, staff.go, ledger.go, ledgerproof.go, ledgerrecall.go, ledgerwitness.go, report.go, schemas.go, version.go.
//
// What must always hold: a command parses its arguments, calls a room and prints; nothing
// is decided here. An error is one sentence that says what we were doing, and a hint where
// there is one; never a stack.
//
// What is not here: what any command does (lab, story, watch, inventory, judge), and how a
// judge comes to its books (app).
package main
