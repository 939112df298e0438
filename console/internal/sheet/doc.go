// Package sheet is the look of the console: the frame that every page stands in, the style
// sheet, and how times, lengths and names are written.
//
// In and out: a Page and a status go in, an HTML document with its headers comes out (Render).
// Fill executes a template of the caller for the page's body; New gives templates the functions
// of words.go. Style serves the style sheet at StylePath.
//
// Reading order: page.go (Page, Render), frame.html, sheet.css (the tokens come first), words.go
// (moments, lengths, ids, marks), plain.go (text from elsewhere).
//
// What must always hold: a page works without a script, and none could run: the policy that goes
// with every page forbids it. Nothing is said by colour alone. Text has a contrast of 4.5 to 1 on
// what it may stand on, borders of controls and the focus 3 to 1, in the light and the dark scheme
// (WCAG 2.2, AA): contrast_test.go reads the tokens and computes it. Characters from elsewhere that
// would steer the reader's eye, such as one that turns the order of letters around, are written as
// escapes, wherever they stand.
//
// What is not here: what is on the pages (console, console/visit), plots (instrument/plot), and
// texts in any language but the few words that the functions of words.go make, which are English.
package sheet
