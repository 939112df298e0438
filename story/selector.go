package story

import (
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

const selectorForm = `expected such as "principal=ci image=sim-3 script=run.sh", "assets=w-1..w-10,db-1" or "tenant"`

// parseSelector reads which assets a flag is about: those of a principal, an image and a
// start script, those that it names, or all of the tenant's.
func parseSelector(text string) (evenkeel.Selector, error) {
	s := evenkeel.Selector{}
	if text == "tenant" {
		s.TenantWide = true
		return s, nil
	}
	fields := map[string]*string{"principal": &s.Principal, "image": &s.Image, "script": &s.StartScript}
	for _, word := range strings.Fields(text) {
		key, value, isArg := strings.Cut(word, "=")
		field := fields[key]
		switch {
		case key == "assets" && isArg && s.Assets == nil:
			if err := expandAssets(value, &s.Assets); err != nil {
				return s, err
			}
		case field != nil && *field == "" && value != "":
			*field = value
		default:
			return s, badSelector(text, word, key)
		}
	}
	s.StartScript = digest(s.StartScript)
	if (len(s.Assets) > 0) == (s.Principal+s.Image+s.StartScript != "") {
		return s, evenkeel.Invalid("selector %q; %s", text, selectorForm)
	}
	return s, nil
}

func expandAssets(list string, to *[]evenkeel.AssetID) error {
	for _, part := range strings.Split(list, ",") {
		names, err := expandNames(part)
		if err != nil {
			return err
		}
		for _, name := range names {
			*to = append(*to, evenkeel.AssetID(name))
		}
	}
	return nil
}

func badSelector(text, word, key string) error {
	e := &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "selector " + strconv.Quote(text) + ": " + word + "; " + selectorForm}
	if near := strict.Nearest(key, []string{"principal", "image", "script", "assets", "tenant"}); near != "" && near != key {
		e.Says += "; did you mean " + near + "?"
	}
	return e
}

// selectorText is the text that a tenant's announcement carries; "" is all of the tenant's.
func selectorText(s evenkeel.Selector) string {
	if len(s.Assets) > 0 {
		names := make([]string, len(s.Assets))
		for i, a := range s.Assets {
			names[i] = string(a)
		}
		return "assets=" + strings.Join(names, ",")
	}
	return parts(s, s.StartScript)
}

// parts writes principal, image and script, as far as they are asked.
func parts(s evenkeel.Selector, script string) string {
	var out []string
	for _, p := range [][2]string{{"principal", s.Principal}, {"image", s.Image}, {"script", script}} {
		if p[1] != "" {
			out = append(out, p[0]+"="+p[1])
		}
	}
	return strings.Join(out, " ")
}

// selected is a selector as a transcript shows it: the first digits of a digest are enough.
func selected(s evenkeel.Selector) string {
	switch {
	case s.TenantWide:
		return "all of the tenant's"
	case len(s.Assets) > 0:
		return list(s.Assets)
	case len(s.StartScript) > 12:
		return parts(s, s.StartScript[:12]+"…")
	}
	return parts(s, s.StartScript)
}

// bounds is an envelope as a transcript shows it.
func bounds(e evenkeel.Envelope) string {
	var out []string
	if e.Count > 0 {
		out = append(out, plural(e.Count, "machine"))
	}
	if e.VCPUs > 0 {
		out = append(out, plural(e.VCPUs, "vCPU"))
	}
	if e.Rate > 0 {
		out = append(out, number(e.Rate)+" packets a second")
	}
	if len(out) == 0 {
		return "without a bound"
	}
	return "at most " + strings.Join(out, ", ")
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.FormatInt(n, 10) + " " + what + "s"
}
