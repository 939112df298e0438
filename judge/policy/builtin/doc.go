// Package builtin holds the policies that come with the program.
//
// In and out: nothing goes in; out come the compiled policy that is in force where an operator
// writes none (Default), and the documents, by name (Names, Text).
//
// Reading order: default.yaml, raisup-2019.yaml, builtin.go.
//
// What must always hold: each document parses and stands in a file of its policy's name; the
// default is live; raisup-2019 is in shadow, since no policy in force may act as it would.
//
// What is not here: how a document is read and what it means (judge/policy).
package builtin
