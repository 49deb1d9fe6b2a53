package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"frontdesk/ticket"
)

// Vault keeps the bytes that residents sent, under their SHA-256. The same bytes are kept once.
type Vault struct{ dir string }

// NewVault opens a vault in a folder, made when missing.
func NewVault(dir string) (*Vault, error) {
	if err := errors.Join(os.MkdirAll(dir, 0o700), syncFolder(filepath.Dir(dir))); err != nil { // its name too: it must be there after a power cut
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	return &Vault{dir}, nil
}

var digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Open gives the bytes under their SHA-256 in hex; [ticket.ErrNotFound] when we hold none. The caller closes.
func (v *Vault) Open(digest string) (io.ReadSeekCloser, error) {
	if !digestForm.MatchString(digest) {
		return nil, fmt.Errorf("file: %w", ticket.ErrNotFound)
	}
	f, err := os.Open(v.place(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("file %s: %w", digest, ticket.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("open a file: %w", err)
	}
	return f, nil
}

func (v *Vault) place(digest string) string { return filepath.Join(v.dir, digest[:2], digest) }

// keep writes bytes down and is on disk when it returns: the file, its name, and its folder.
func (v *Vault) keep(data []byte) (digest string, err error) {
	sum := sha256.Sum256(data)
	digest = hex.EncodeToString(sum[:])
	place := v.place(digest)
	folder := filepath.Dir(place)
	if _, err := os.Stat(place); err == nil { // whoever wrote it may have been killed before its name was on disk
		return digest, errors.Join(syncFolder(folder), syncFolder(v.dir))
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("keep a file: %w", err)
	}
	f, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return "", fmt.Errorf("keep a file: %w", err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), place)
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("keep a file: %w", err), os.Remove(f.Name()))
	}
	return digest, errors.Join(syncFolder(folder), syncFolder(v.dir))
}

// syncFolder brings the names in a folder to disk.
func syncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("keep a file: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
