package strict

// Nearest is the word of known that word was probably meant to be, or "" when none is near. Near means
// at most one edit (a letter added, lost, changed, or two neighbours swapped) per three letters of the
// longer word, letters of another case counting as equal, and at least one edit allowed. Of equally
// near words the first of known wins.
func Nearest(word string, known []string) string {
	best, found := 0, ""
	w := []rune(fold(word))
	for _, k := range known {
		r := []rune(fold(k))
		allowed := max(1, max(len(w), len(r))/3)
		if len(r)-len(w) > allowed || len(w)-len(r) > allowed || min(len(w), len(r)) == 0 {
			continue
		}
		d := distance(w, r)
		if d <= allowed && d < min(len(w), len(r)) && (found == "" || d < best) {
			best, found = d, k
		}
	}
	return found
}

// fold makes ASCII letters lower case and the three ways to join words alike. Words longer than any
// key are cut, so that a hostile key costs little.
func fold(s string) string {
	const longest = 64
	b := []byte(s[:min(len(s), longest)])
	for i, c := range b {
		switch {
		case 'A' <= c && c <= 'Z':
			b[i] = c + 'a' - 'A'
		case c == '-' || c == ' ':
			b[i] = '_'
		}
	}
	return string(b)
}

// distance is the optimal string alignment distance (Damerau–Levenshtein without repeated edits of
// one substring).
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
