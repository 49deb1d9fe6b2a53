package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
)

// backupCommand makes backups and looks at them.
type backupCommand struct {
	Make   backupMake   `cmd:"" default:"withargs" help:"Write everything that a clean machine needs into one file, while the front desk goes on serving."`
	Verify backupVerify `cmd:"" help:"Read a backup to its end and check it, without Redis."`
}

type backupMake struct {
	To           string   `required:"" placeholder:"FILE" help:"Where to; a file that is there is never overwritten. - writes to the output."`
	Account      []string `help:"Only these official accounts; without it all."`
	WithoutMedia bool     `name:"without-media" help:"Leave out the bytes of residents' files: data/media holds each under its SHA-256 and can be copied by any tool."`
	lockFlags    `embed:""`
}

// Run writes a backup. One of a store that does not hold together is complete, and a failure all the same, so that somebody looks.
func (c backupMake) Run(ctx context.Context, cli *commands, env environment) error {
	set, err := readSettings(cli.Config, env.Getenv)
	if err != nil {
		return err
	}
	recipients, err := c.recipients()
	if err != nil {
		return mistake{err}
	}
	plan := store.BackupPlan{Accounts: c.Account}
	if !c.WithoutMedia {
		plan.Media = set.folder("media")
	}
	tell := env.Stdout
	if c.To == "-" {
		tell = env.Stderr
	}
	return withBooks(ctx, set, env, func(s *store.Store) error {
		var report store.Report
		write := func(to io.Writer) (err error) {
			locked, err := lock(to, recipients)
			if err != nil {
				return err
			}
			if report, err = s.Backup(ctx, locked, plan); err != nil {
				return err
			}
			return locked.Close()
		}
		if c.To == "-" {
			err = write(env.Stdout)
		} else {
			err = freshFile(c.To, write)
		}
		if err != nil {
			return err
		}
		if err := tellReport(tell, "written", report); err != nil {
			return err
		}
		if n := len(report.Damage); n > 0 {
			return fmt.Errorf("the backup is complete, and %d things in the store do not hold: see frontdesk fsck", n)
		}
		return nil
	})
}

// withBooks runs a command on the store without writing to it: a Redis that takes nothing in any more must still be backed up.
func withBooks(ctx context.Context, set settings, env environment, do func(*store.Store) error) (err error) {
	client, err := connect(ctx, set, io.Discard, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.release(drainTime)) }()
	s, err := store.New(store.Config{Client: client.UniversalClient, Clock: env.Now, Seals: set.folder("seals"), Replicas: client.replicas})
	if err != nil {
		return err
	}
	return do(s)
}

// freshFile has a file written under another name, brings it to disk, and gives it its own name then. One that is there is never overwritten.
func freshFile(name string, write func(io.Writer) error) error {
	if _, err := os.Lstat(name); err == nil {
		return mistake{fmt.Errorf("%s is there already", name)}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write the backup: %w", err)
	}
	folder := filepath.Dir(name)
	f, err := os.CreateTemp(folder, "."+filepath.Base(name)+".part-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err == nil {
		err = named(f.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write the backup: %w", errors.Join(err, os.Remove(f.Name())))
	}
	d, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// named gives a file its name, unless somebody made one of that name meanwhile.
func named(was, is string) error {
	err := os.Link(was, is)
	switch {
	case err == nil:
		return os.Remove(was)
	case errors.Is(err, fs.ErrExist):
		return err
	}
	if _, err := os.Lstat(is); err == nil { // a disk without links
		return fs.ErrExist
	}
	return os.Rename(was, is)
}

type backupVerify struct {
	File     string `arg:"" help:"The backup."`
	Seals    string `placeholder:"FOLDER" help:"Hold it against a copy of data/seals that was kept on another machine."`
	keyFlags `embed:""`
}

// Run says what a backup holds; anything that does not hold is a failure.
func (c backupVerify) Run(env environment) error {
	return examineFile(env, c.File, c.Seals, c.keyFlags)
}

func examineFile(env environment, file, seals string, keys keyFlags) error {
	b, err := openBackup(file, keys)
	if err != nil {
		return err
	}
	from, err := b.open()
	if err != nil {
		return errors.Join(err, b.Close())
	}
	report, err := store.Examine(from, seals)
	if err := errors.Join(err, b.Close()); err != nil {
		return err
	}
	if err := tellReport(env.Stdout, "holds", report); err != nil {
		return err
	}
	if n := len(report.Damage); n > 0 {
		return fmt.Errorf("%d things do not hold", n)
	}
	return nil
}

type restoreCommand struct {
	From          string `required:"" placeholder:"FILE" help:"The backup."`
	Check         bool   `help:"Only check the file, as frontdesk backup verify does."`
	Damaged       bool   `help:"Restore although histories or seals in the file do not hold: what does not is left out, and named."`
	Abandon       bool   `help:"Give up a restore of this file that was begun and has not ended: take away what it wrote."`
	AllowVolatile bool   `name:"allow-volatile" help:"Accept a Redis that may lose what it confirmed."`
	keyFlags      `embed:""`
}

// Run brings a backup back.
func (c restoreCommand) Run(ctx context.Context, cli *commands, env environment) error {
	if c.Check {
		return examineFile(env, c.From, "", c.keyFlags)
	}
	set, err := readSettings(cli.Config, env.Getenv)
	if err != nil {
		return err
	}
	b, err := openBackup(c.From, c.keyFlags)
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }() // only read
	if err := makeData(set.Data); err != nil {
		return err
	}
	client, err := connect(ctx, set, io.Discard, true)
	if errors.Is(err, ticket.ErrConflict) {
		return fmt.Errorf("%w: stop it before a restore", err)
	}
	if err != nil {
		return err
	}
	return errors.Join(c.restore(ctx, set, env, client, b), client.release(drainTime))
}

func (c restoreCommand) restore(ctx context.Context, set settings, env environment, client *connected, b *backupFile) error {
	if err := audit(ctx, client, c.AllowVolatile, slog.New(slog.NewJSONHandler(env.Stderr, nil))); err != nil {
		return err
	}
	s, err := store.New(store.Config{Client: client.UniversalClient, Clock: env.Now, Seals: set.folder("seals"), Replicas: client.replicas})
	if err != nil {
		return err
	}
	if c.Abandon {
		n, err := s.Abandon(ctx, b.open)
		if err != nil {
			return fmt.Errorf("give up the restore: %w", err)
		}
		_, err = fmt.Fprintf(env.Stdout, "the restore is given up; %d keys that it wrote are gone\n", n)
		return err
	}
	report, found, err := s.Restore(ctx, b.open, store.RestorePlan{Media: set.folder("media"), Damaged: c.Damaged})
	if report.ID != "" {
		err = errors.Join(err, tellReport(env.Stdout, "holds", report))
	}
	for _, line := range found {
		_, failed := fmt.Fprintln(env.Stdout, "fsck:", line)
		err = errors.Join(err, failed)
	}
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	end := "everything is restored and agrees with the histories"
	if len(found) > 0 {
		end = fmt.Sprintf("everything that holds is restored; fsck names %d things that do not", len(found))
	}
	_, err = fmt.Fprintf(env.Stdout, "%s; it is as of %s\nletters that were under way wait until their residents write; officers sign in anew\n",
		end, report.Began.In(ticket.Shanghai).Format(time.DateTime))
	return err
}

// tellReport says in words what a backup holds.
func tellReport(to io.Writer, what string, r store.Report) error {
	n := r.Counts
	_, err := fmt.Fprintf(to, "backup %s of %s %s %d accounts, %d officers, %d residents, %d tickets with %d entries, %d letters, %d dead letters, %d seals, %d files of %d bytes\n",
		r.ID, r.Began.In(ticket.Shanghai).Format(time.DateTime), what, n.Accounts, n.Officers, n.Residents, n.Tickets, n.Entries, n.Letters, n.Dead,
		n.Seals, n.Files, n.Bytes)
	for _, line := range r.Notes {
		_, failed := fmt.Fprintln(to, "note:", line)
		err = errors.Join(err, failed)
	}
	for _, line := range r.Damage {
		_, failed := fmt.Fprintln(to, "does not hold:", line)
		err = errors.Join(err, failed)
	}
	return err
}
