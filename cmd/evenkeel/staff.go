package main

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel/app"
)

type staffCmd struct {
	List staffListCmd `cmd:"" help:"List who works here, with which roles, since when."`
	Link staffLinkCmd `cmd:"" help:"Make a link that signs somebody in, once."`
	Role staffRoleCmd `cmd:"" help:"Say what somebody may do."`
}

type staffLinkCmd struct {
	Data   string `placeholder:"DIR" default:"${data_dir}" help:"The data directory that evenkeel serve runs on (default ${default})."`
	Person string `placeholder:"NAME" help:"Who signs in: the id of a person or, where that has several accounts, the name of one. None: the operator, before anybody has enrolled."`
}

// Help is the long help.
func (*staffLinkCmd) Help() string {
	return `Asks the running evenkeel serve for a link to its console that works once, within half an hour. It is for whoever has
lost the phone or the password, who then enrols both again, and for the first sign-in when the link in the log is too old.
Whoever holds the link comes in: hand it over in person. Only the owner of the data directory and root may ask, and the
log says that somebody did.

Examples:
  evenkeel staff link
  evenkeel staff link --person ada --data /var/lib/evenkeel`
}

// Run makes a link.
func (c *staffLinkCmd) Run(ctx context.Context, p *process) error {
	link, err := app.SignIn(ctx, c.Data, c.Person)
	if err != nil {
		return fmt.Errorf("make a link to sign in: %w", err)
	}
	fmt.Fprintln(p.stdout, link)
	return nil
}
