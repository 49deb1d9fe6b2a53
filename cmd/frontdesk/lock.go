package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
)

// This file encrypts backups, so that they may lie where other people's eyes may fall on them, and opens them again.

// lockFlags say for whom a backup is encrypted.
type lockFlags struct {
	Recipients     string `placeholder:"FILE" help:"Encrypt for the age recipients in a file, one a line (age-keygen prints them)." xor:"lock"`
	PassphraseFile string `name:"passphrase-file" placeholder:"FILE" help:"Encrypt with the passphrase on the first line of a file." xor:"lock"`
}

// keyFlags say how an encrypted backup is opened.
type keyFlags struct {
	Identity       string `placeholder:"FILE" help:"The age identity that an encrypted backup is for." xor:"key"`
	PassphraseFile string `name:"passphrase-file" placeholder:"FILE" help:"The passphrase of an encrypted backup, on the first line of a file." xor:"key"`
}

// recipients gives those that the flags name; none when nothing is to be encrypted.
func (f lockFlags) recipients() ([]age.Recipient, error) {
	switch {
	case f.PassphraseFile != "":
		phrase, err := passphrase(f.PassphraseFile)
		if err != nil {
			return nil, err
		}
		r, err := age.NewScryptRecipient(phrase)
		if err != nil {
			return nil, fmt.Errorf("the passphrase: %w", err)
		}
		return []age.Recipient{r}, nil
	case f.Recipients != "":
		text, err := os.ReadFile(f.Recipients)
		if err != nil {
			return nil, fmt.Errorf("read the recipients: %w", err)
		}
		list, err := age.ParseRecipients(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Recipients, err)
		}
		return list, nil
	}
	return nil, nil
}

// identities gives the keys that the flags name.
func (f keyFlags) identities() ([]age.Identity, error) {
	switch {
	case f.PassphraseFile != "":
		phrase, err := passphrase(f.PassphraseFile)
		if err != nil {
			return nil, err
		}
		i, err := age.NewScryptIdentity(phrase)
		if err != nil {
			return nil, fmt.Errorf("the passphrase: %w", err)
		}
		return []age.Identity{i}, nil
	case f.Identity != "":
		text, err := os.ReadFile(f.Identity)
		if err != nil {
			return nil, fmt.Errorf("read the identity: %w", err)
		}
		list, err := age.ParseIdentities(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("%s holds no age identity", f.Identity) // what it holds is a secret
		}
		return list, nil
	}
	return nil, errors.New("the backup is encrypted: say --identity or --passphrase-file")
}

func passphrase(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimRight(line, "\r")
	if len(line) < 12 {
		return "", errors.New("a passphrase has at least twelve characters")
	}
	return string(line), nil
}

// lock encrypts what is written, for the recipients if there are any. It has to be closed; that leaves what it writes to open.
func lock(to io.Writer, recipients []age.Recipient) (io.WriteCloser, error) {
	if len(recipients) == 0 {
		return plainly{to}, nil
	}
	w, err := age.Encrypt(to, recipients...)
	if err != nil {
		return nil, fmt.Errorf("encrypt the backup: %w", err)
	}
	return w, nil
}

// plainly is a writer that encrypts nothing.
type plainly struct{ io.Writer }

// Close does nothing.
func (plainly) Close() error { return nil }

// backupFile is a backup that can be read again and again.
type backupFile struct {
	*os.File
	keys []age.Identity // nil: it is not encrypted
}

// ageHeader begins every file that age encrypts.
const ageHeader = "age-encryption.org/"

func openBackup(name string, flags keyFlags) (*backupFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open the backup: %w", err)
	}
	b := &backupFile{File: f}
	if head, _ := bufio.NewReader(f).Peek(len(ageHeader)); string(head) == ageHeader {
		if b.keys, err = flags.identities(); err != nil {
			return nil, errors.Join(mistake{err}, f.Close())
		}
	}
	return b, nil
}

// open gives it from its beginning.
func (b *backupFile) open() (io.Reader, error) {
	if _, err := b.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the backup: %w", err)
	}
	if b.keys == nil {
		return b.File, nil
	}
	r, err := age.Decrypt(bufio.NewReader(b.File), b.keys...)
	if err != nil {
		return nil, fmt.Errorf("decrypt the backup: %w", err)
	}
	return r, nil
}
