package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/staff/roll"
)

type staffListCmd struct {
	Data string `placeholder:"DIR" default:"${data_dir}" help:"The data directory of evenkeel serve, which may run meanwhile (default ${default})."`
	JSON bool   `name:"json" help:"Print a JSON object for each, for machines."`
}

// Help is the long help.
func (*staffListCmd) Help() string {
	return `Prints who works here: each person's id, name, roles, since when they have them and who gave them. A role that was taken and
given again counts from then. What each role may do is in docs/sign-in.md.

Examples:
  evenkeel staff list
  evenkeel staff list --data /var/lib/evenkeel --json`
}

// colleague is a line of the list, for machines.
type colleague struct {
	Person   evenkeel.PersonID `json:"person"`
	Name     string            `json:"name,omitempty"`
	Roles    []app.Tenure      `json:"roles"`
	Enrolled bool              `json:"enrolled"`
}

// Run lists.
func (c *staffListCmd) Run(ctx context.Context, p *process) error {
	books, err := app.Open(c.Data)
	if err != nil {
		return err
	}
	defer books.Close()
	people, err := books.People(ctx)
	if err != nil {
		return err
	}
	if len(people) == 0 && !c.JSON {
		fmt.Fprintln(p.stdout, "nobody yet: evenkeel staff link makes a link for the operator")
	}
	for i := range people {
		x := &people[i]
		if c.JSON {
			if err := p.line(&colleague{x.ID, x.Name, append([]app.Tenure{}, x.Roles...), x.ComesIn}); err != nil {
				return err
			}
			continue
		}
		state := ""
		if !x.ComesIn {
			state = ", cannot sign in"
		}
		fmt.Fprintf(p.stdout, "%s%s\n", people.Name(x.ID), state)
		for _, t := range x.Roles {
			by := ""
			if t.By != "" {
				by = ", given by " + string(t.By)
			}
			fmt.Fprintf(p.stdout, "  %-8s since %s%s\n", t.Role, at(t.From), by)
		}
	}
	return nil
}

type staffRoleCmd struct {
	Set staffRoleSetCmd `cmd:"" help:"Give a person exactly these roles, at once."`
}

type staffRoleSetCmd struct {
	Data   string   `placeholder:"DIR" default:"${data_dir}" help:"The data directory that evenkeel serve runs on (default ${default})."`
	By     string   `env:"EVENKEEL_PERSON" placeholder:"PERSON" help:"The admin who answers for it. None: only until somebody who administers has enrolled."`
	Person string   `arg:"" help:"Whose roles: the id of a person, as evenkeel staff list prints it."`
	Roles  []string `arg:"" help:"All roles from now on, of viewer, reviewer, lead, admin and auditor; or none."`
}

// Help is the long help.
func (*staffRoleSetCmd) Help() string {
	return `Gives a person exactly these roles, in sessions that are open too. It is kept since when they have each, who gave it and who
took it, and the log says that the owner of the machine did it. Who invites people and who decides are two persons as
soon as two can sign in who decide; the last admin stays one. Only the owner of the data directory and root may.

Examples:
  evenkeel staff role set ada reviewer lead --by bo
  evenkeel staff role set ada none --by bo --data /var/lib/evenkeel`
}

// Run appoints.
func (c *staffRoleSetCmd) Run(ctx context.Context, p *process) error {
	text := strings.Join(c.Roles, " ")
	if text == "none" {
		text = ""
	}
	roles, err := roll.ParseRoles(text)
	if err != nil {
		return fmt.Errorf("give %s roles: %w", c.Person, err)
	}
	if err := app.Appoint(ctx, c.Data, evenkeel.PersonID(c.By), evenkeel.PersonID(c.Person), roles); err != nil {
		return fmt.Errorf("give %s roles: %w", c.Person, err)
	}
	fmt.Fprintf(p.stdout, "%s has %s\n", c.Person, orNone(roll.JoinRoles(roles)))
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "no role"
	}
	return s
}
