package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/instrument/xarf"
	"github.com/evenkeel/evenkeel/judge/docket"
)

type caseXARFCmd struct {
	fromBooks
	Case     string     `arg:"" help:"${case_id}"`
	Policy   string     `default:"default" placeholder:"FILE" help:"The policy that says whether those who were attacked may be told: a file, or one that comes with the program."`
	Attacked netip.Addr `required:"" placeholder:"ADDRESS" help:"Who was attacked."`
	Port     int        `placeholder:"N" help:"The port that was attacked, if it was one."`
	From     netip.Addr `placeholder:"ADDRESS" help:"The address that attacked; without it the asset of the case, if that is one address."`
	FromPort int        `placeholder:"N" help:"A port that it came from; needed but with icmp, since behind one address there may be many machines."`
	Kind     string     `enum:"ddos,login_attack,port_scan" default:"ddos" help:"What it was: ${enum}."`
	Protocol string     `enum:"tcp,udp,icmp,sctp" default:"tcp" help:"By which protocol: ${enum}."`
	Org      string     `required:"" placeholder:"NAME" help:"Your name, as those who are told know it."`
	Contact  string     `required:"" placeholder:"ADDRESS" help:"Your address for answers; its domain is named as yours."`
}

// Help is the long help.
func (*caseXARFCmd) Help() string {
	return `Prints a report in XARF v4 for whoever was attacked from a machine of a case: which address did it, when, and what was measured at
its port, as counts. Nothing of the tenant is in it, and nothing that was reported by others. It is printed only where the policy
says tell_victims: true for the family. You send it: to the abuse contact of that network, as a JSON attachment or a POST.
The same case and victim give the same report_id, so that sent twice it counts once.

Example:
  evenkeel case xarf --data ./evenkeel-data --policy ours.yaml --attacked 198.51.100.7 --port 80 --from 203.0.113.9 --from-port 40123 --org "Example Cloud" --contact abuse@example.com c-mrd7ybxxgc4sflmrmg7qmjq2wi`
}

// Run prints.
func (c *caseXARFCmd) Run(ctx context.Context, p *process) error {
	books, err := c.open()
	if err != nil {
		return err
	}
	defer books.Close()
	id, err := wholeCase(ctx, books, evenkeel.CaseID(c.Case), c.caseHint())
	if err != nil {
		return err
	}
	f, err := books.Folder(ctx, id)
	if err != nil {
		return err
	}
	if err := c.mayTell(f.Case.Family); err != nil {
		return err
	}
	a, err := c.attack(&f, p.now())
	if err != nil {
		return err
	}
	doc, err := a.Write()
	if err != nil {
		return evenkeel.Invalid("report about case %s: %v", id, err)
	}
	_, err = p.stdout.Write(doc)
	return err
}

// mayTell asks the policy.
func (c *caseXARFCmd) mayTell(family string) error {
	all, err := loadPolicies([]string{c.Policy})
	if err != nil {
		return err
	}
	if fam, ok := all[0].Family(family); ok && fam.TellVictims {
		return nil
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: fmt.Sprintf("policy %s does not let those be told who were attacked under %s", all[0].ID(), family),
		Hint: "write tell_victims: true under that family, if your terms let you, and name the policy with --policy",
	}
}

// attack takes from a case what others may read of it.
func (c *caseXARFCmd) attack(f *docket.Folder, now time.Time) (*xarf.Attack, error) {
	_, domain, _ := strings.Cut(c.Contact, "@")
	a := &xarf.Attack{
		Key: string(f.Case.ID), Kind: c.Kind, Source: c.From, SourcePort: c.FromPort, Victim: c.Attacked, VictimPort: c.Port, Protocol: c.Protocol, At: now,
		Reporter: xarf.Reporter{Org: c.Org, Contact: c.Contact, Domain: domain},
		Says:     "What follows was measured at the port of a machine in our network. The sending towards this address was reported to us or seen by us; a case is open about it.",
	}
	if !a.Source.IsValid() && len(f.Case.Assets) == 1 {
		a.Source, _ = netip.ParseAddr(string(f.Case.Assets[0]))
	}
	if !a.Source.IsValid() {
		return nil, evenkeel.Invalid("case %s names no single address; expected --from with the one that attacked", f.Case.ID)
	}
	var lines []string
	for i := range f.Findings {
		x := &f.Findings[i]
		told := measured(x)
		if len(told) == 0 {
			continue
		}
		if from := x.From.Time(); a.First.IsZero() || from.Before(a.First) {
			a.First = from
		}
		if until := x.Until.Time(); until.After(a.Last) {
			a.Last = until
		}
		lines = append(lines, fmt.Sprintf("%s to %s:", x.From, x.Until))
		lines = append(lines, told...)
	}
	if len(lines) == 0 {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("case %s has nothing that was measured at the port", f.Case.ID),
			Hint: "what others reported, and what is known of the tenant, is not passed on",
		}
	}
	a.Evidence = []xarf.Evidence{{About: "what was measured at the port of the machine, in UTC", Text: clipped(strings.Join(slices.Compact(lines), "\n"), xarf.MaxEvidence)}}
	return a, nil
}

// measured are the sentences about packets of a final finding. What a rule's author may have put into
// one that reads like a mail address goes out.
func measured(f *evenkeel.Finding) (out []string) {
	if f.Mode != evenkeel.ModeLive || f.Revision != evenkeel.Final {
		return nil
	}
	for _, t := range f.Terms {
		if t.Family == evenkeel.EvidenceWire && t.Weight > 0 && t.Says != "" {
			out = append(out, redact.Addresses(t.Says))
		}
	}
	return out
}

// clipped cuts a text to whole lines.
func clipped(s string, most int) string {
	if len(s) <= most {
		return s
	}
	s = s[:most]
	return s[:max(strings.LastIndexByte(s, '\n'), 0)]
}
