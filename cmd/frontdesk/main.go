// Command frontdesk is the front desk of a police room: the callback of its official account, the officers' console, and the commands of
// whoever runs them. It only fits the other packages together.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"frontdesk/bot"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	clock := bot.NewClock(nil)
	code := run(ctx, os.Args[1:], environment{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: clock.Now, Steady: clock,
	})
	stop()
	os.Exit(code)
}

// environment is what the program has of the world around it.
type environment struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Now            func() time.Time
	Steady         *bot.Clock // what Now is the time of; nil: of one that is trusted blindly
}

// commands is the command line.
type commands struct {
	Config string `help:"Settings file; without it frontdesk.yaml when there is one, and FRONTDESK_* variables." placeholder:"FILE" env:"FRONTDESK_CONFIG"`

	Serve   serveCommand   `cmd:"" help:"Run the front desk on a real Redis."`
	Demo    demoCommand    `cmd:"" help:"Phone and console on one page, with nothing installed and nothing kept."`
	Chat    chatCommand    `cmd:"" help:"Talk to the bot in this terminal."`
	Officer officerCommand `cmd:"" help:"Make and change the people who sign in to the console."`
	Tickets ticketsCommand `cmd:"" help:"Look at tickets."`
	Dead    deadCommand    `cmd:"" help:"Work what the program could not: dead letters."`
	Backup  backupCommand  `cmd:"" help:"Make a backup, or check one."`
	Restore restoreCommand `cmd:"" help:"Bring a backup back, into an empty Redis."`
	Fsck    fsckCommand    `cmd:"" help:"Recount everything from the histories and print what differs."`
	Flows   flowsCommand   `cmd:"" help:"Check the conversations, or draw them."`
	Menu    menuCommand    `cmd:"" help:"The account's custom menu."`
	QRCode  codeCommand    `cmd:"" name:"qrcode" help:"Make the QR code of a station, a grid or an officer."`
	Healthz healthzCommand `cmd:"" help:"Ask the running front desk whether it is well; for container health checks."`
	Mend    mendCommand    `cmd:"" help:"Take back half a transaction at the end of the files of a Redis; run it before that Redis starts."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// mistake is an error of whoever typed the command or wrote the settings: trying again without a change is of no use.
type mistake struct{ error }

// Unwrap gives what was wrong.
func (m mistake) Unwrap() error { return m.error }

// run is the program without its process: 0 for success, 1 for failure, 2 for a command that makes no sense.
func run(ctx context.Context, args []string, env environment) (code int) {
	var cli commands
	type exit int
	defer func() {
		switch p := recover().(type) {
		case nil:
		case exit:
			code = int(p)
		default:
			panic(p)
		}
	}()
	parser, err := kong.New(&cli, kong.Name("frontdesk"), kong.Description("不打烊, a police room's front desk on WeChat."),
		kong.Writers(env.Stdout, env.Stderr), kong.Exit(func(c int) { panic(exit(c)) }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(env), kong.UsageOnError())
	if err != nil {
		_, _ = fmt.Fprintln(env.Stderr, "frontdesk:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintln(env.Stderr, "frontdesk:", err)
		return 2
	}
	command.Bind(&cli)
	if err = command.Run(); err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(env.Stderr, "frontdesk:", strings.TrimSpace(err.Error()))
	if wrong := (mistake{}); errors.As(err, &wrong) {
		return 2
	}
	return 1
}
