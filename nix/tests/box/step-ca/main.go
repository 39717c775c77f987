// step-ca's command, which Debian does not have, around its code, which Debian has as a library.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/smallstep/certificates/commands"
	"github.com/urfave/cli"

	// What keeps the keys, and what signs with them.
	_ "github.com/smallstep/certificates/cas/softcas"
	_ "github.com/smallstep/certificates/kms/softkms"
)

func main() {
	app := cli.NewApp()
	app.Name = "step-ca"
	// As step-ca's own main does: the one command, without its name in front of what it is given.
	given := flag.NewFlagSet(app.Name, flag.ContinueOnError)
	err := given.Parse(append([]string{app.Name}, os.Args[1:]...))
	if err == nil {
		err = commands.AppCommand.Run(cli.NewContext(app, given, nil))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
