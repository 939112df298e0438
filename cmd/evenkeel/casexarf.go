package main

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/instrument/xarf"
	"github.com/evenkeel/evenkeel/judge/docket"
)

type caseXARFCmd struct {
	fromCase
	Case     string           `arg:"" help:"${case_id}"`
	Policy   string           `default:"default" placeholder:"FILE" help:"The policy that says whether those who were attacked may be told: a file, or one that comes with the program."`
	Attacked netip.Addr       `required:"" placeholder:"ADDRESS" help:"Who was attacked."`
	Port     int              `placeholder:"N" help:"The port that was attacked, if it was one."`
	From     netip.Addr       `placeholder:"ADDRESS" help:"The address that attacked; without it the asset of the case, if that is one address."`
	Asset    evenkeel.AssetID `placeholder:"ASSET" help:"The asset of the case that has that address; without it the one of that name, or the only one."`
	FromPort int              `placeholder:"N" help:"A port that it came from; needed but with icmp, since behind one address there may be many machines."`
	Kind     string           `enum:"ddos,login_attack,port_scan" default:"ddos" help:"What it was: ${enum}."`
	Protocol string           `enum:"tcp,udp,icmp,sctp" default:"tcp" help:"By which protocol: ${enum}."`
	Org      string           `required:"" placeholder:"NAME" help:"Your name, as those who are told know it."`
	Contact  string           `required:"" placeholder:"ADDRESS" help:"Your address for answers; its domain is named as yours."`
}

// Help is the long help.
func (*caseXARFCmd) Help() string {
	return `Prints a report in XARF v4 for whoever was attacked from a machine of a case: which address did it, when, and what was measured at
its port, as counts; what was measured at other assets of the case is not in it. Nothing of the tenant is in it, and nothing that was reported by others. It is printed only where the policy
says tell_victims: true for the family. You send it: to the abuse contact of that network, as a JSON attachment or a POST.
The same case and victim give the same report_id, so that sent twice it counts once.

Example:
  evenkeel case xarf --data ./evenkeel-data --policy ours.yaml --attacked 198.51.100.7 --port 80 --from 203.0.113.9 --from-port 40123 --org "Example Cloud" --contact abuse@example.com c-mrd7ybxxgc4sflmrmg7qmjq2wi`
}

// Run prints.
func (c *caseXARFCmd) Run(ctx context.Context, p *process) error {
	return c.readingCase(ctx, c.Case, func(_ *app.Books, f *docket.Folder) error {
		if err := c.mayTell(f.Case.Family); err != nil {
			return err
		}
		a, err := c.attack(f, p.now())
		if err != nil {
			return err
		}
		doc, err := a.Write()
		if err != nil {
			return evenkeel.Invalid("report about case %s: %v", f.Case.ID, err)
		}
		_, err = p.stdout.Write(doc)
		return err
	})
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
	name, domain, _ := strings.Cut(c.Contact, "@")
	if name == "" || !strings.Contains(domain, ".") || strings.ContainsAny(c.Contact, " <>") {
		return nil, evenkeel.Invalid("--contact is %.100q; expected your address for answers, such as abuse@example.com", c.Contact)
	}
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
	m, err := app.Accuse(f, c.asset(f, a.Source), a.Source, 0, 0)
	if err != nil {
		return nil, err
	}
	a.First, a.Last = m.From.Time(), m.Until.Time()
	a.Evidence = []xarf.Evidence{{About: "what was measured at the port of the machine, in UTC", Text: m.Text}}
	return a, nil
}

// asset is which one of the case attacked: what was measured at another one is not told.
func (c *caseXARFCmd) asset(f *docket.Folder, from netip.Addr) evenkeel.AssetID {
	if c.Asset == "" && len(f.Case.Assets) == 1 { // the address is that machine's, as whoever asks says
		return f.Case.Assets[0]
	}
	return cmp.Or(c.Asset, evenkeel.AssetID(from.String()))
}
