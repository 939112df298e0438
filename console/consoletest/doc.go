// Package consoletest looks at pages in Chromium: with axe-core, by keyboard alone, and at the width
// of a phone.
//
// # In and out
//
// In: the address of a page, and the cookies with which it is asked for. Out: a failed test for each
// thing that is in somebody's way.
//
// # Reading order
//
// tab.go (one browser, one tab), axe.go (what axe-core finds), keys.go (what a keyboard reaches).
//
// # What must always hold
//
// A page is looked at with all of it unfolded and with every choice's fields shown, so that nothing is
// missed because nobody pressed. Nothing leaves this machine, and no form is sent.
//
// # What is not here
//
// Whole tasks, such as signing in and deciding: the tests of each room walk through those.
package consoletest
