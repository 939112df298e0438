package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
)

const selectorForm = `expected nothing (all machines of the tenant), "assets=vm-1,vm-2", or words such as "principal=ci image=sim-3 script=<SHA-256 in hex>"`

var scriptForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// parseSelector reads which machines an announcement is about.
func parseSelector(text string) (evenkeel.Selector, error) {
	var s evenkeel.Selector
	text = strings.TrimSpace(text)
	if text == "" {
		s.TenantWide = true
		return s, nil
	}
	if ids, ok := strings.CutPrefix(text, "assets="); ok {
		return assetsOf(text, ids)
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\n' || r == '\r' }) {
		key, value, _ := strings.Cut(word, "=")
		field := map[string]*string{"principal": &s.Principal, "image": &s.Image, "script": &s.StartScript}[key]
		if field == nil || *field != "" || evenkeel.CheckID(key, value) != nil {
			return evenkeel.Selector{}, badSelector(text, word)
		}
		*field = value
	}
	if s.StartScript != "" && !scriptForm.MatchString(s.StartScript) {
		return evenkeel.Selector{}, badSelector(text, "script="+s.StartScript)
	}
	if s.Principal+s.Image+s.StartScript == "" {
		return evenkeel.Selector{}, badSelector(text, text)
	}
	return s, nil
}

// assetsOf reads a list of ids, sorted, each once.
func assetsOf(text, ids string) (evenkeel.Selector, error) {
	var s evenkeel.Selector
	for _, id := range strings.Split(ids, ",") {
		id = strings.TrimSpace(id)
		if evenkeel.CheckID("asset", id) != nil || strings.Contains(id, " ") {
			return s, badSelector(text, id)
		}
		s.Assets = append(s.Assets, evenkeel.AssetID(id))
	}
	slices.Sort(s.Assets)
	s.Assets = slices.Compact(s.Assets)
	if len(s.Assets) > evenkeel.MaxCaseAssets {
		return evenkeel.Selector{}, evenkeel.Invalid("the selector names %d assets; expected at most %d", len(s.Assets), evenkeel.MaxCaseAssets)
	}
	return s, nil
}

func badSelector(text, word string) error {
	return evenkeel.Invalid("the selector %s is not understood at %s; %s", strconv.Quote(clip(text)), strconv.Quote(clip(word)), selectorForm)
}
