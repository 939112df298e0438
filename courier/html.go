package courier

import (
	_ "embed"
	"html/template"
	"strings"
)

//go:embed letter.html.tmpl
var letterHTML string

// page is the one form of all letters. The package html/template escapes all that goes into it
// as the place needs it.
var page = template.Must(template.New("letter").Parse(letterHTML))

// writeHTML writes the letter as a page without scripts, images or anything from elsewhere. It
// reads in its order without a style sheet too.
func writeHTML(l *letter) (string, error) {
	var b strings.Builder
	if err := page.Execute(&b, l); err != nil {
		return "", err
	}
	return b.String(), nil
}
