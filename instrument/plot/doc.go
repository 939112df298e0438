// Package plot draws series over time as one inline SVG picture with its data as a table.
//
// In and out: a Chart of plain values goes in (series with unknown values, shaded stretches of
// time, labelled levels), and Draw gives HTML that needs no script, no other file and no style.
// Style is a sheet of CSS that makes it follow a page's colours, light and dark.
//
// Reading order: chart.go (what is drawn), draw.go (the figure), panel.go (one unit's panel),
// thin.go (many values to few), scale.go (ticks of values), clock.go (ticks of time), text.go
// (numbers in words), table.go, style.go.
//
// What must always hold: what is not known is a gap, and never drawn as a number. The same chart
// gives the same bytes everywhere. No text from outside becomes markup. However many values go
// in, MaxPoints of a series come out, and the lowest and the highest are among them. Nothing that
// floats can hold (not a number, infinity, the largest) breaks the picture.
//
// What is not here: what is worth drawing (the rooms that know it), pictures that move, and
// words of any language but those that the caller hands in.
package plot
