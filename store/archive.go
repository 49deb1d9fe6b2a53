package store

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"

	"frontdesk/ticket"
)

// This file holds the form of a backup: records, one JSON value a line, compressed with zstd; a media record is followed by its bytes. The last
// forty bytes are a frame that zstd skips, with the SHA-256 of everything before it. `zstd -dc FILE | less` shows one to a person.

// archiveFormat is raised when a reader of today could not understand it.
const archiveFormat = 1

// mostLine bounds one record while it is read: a ticket with its whole history.
const mostLine = 256 << 20

// The kinds of records, in the order in which they come: what seals cover is read after the seals, what dedupe records promise after them.
const (
	recFirst    = "first"
	recAccount  = "account"
	recOfficer  = "officer"
	recSeal     = "seal" // in Redis
	recKept     = "kept" // a seal outside Redis
	recKnown    = "known"
	recTicket   = "ticket"
	recResident = "resident"
	recDead     = "dead"
	recFile     = "file"
	recFence    = "fence"
	recMedia    = "media"
	recLast     = "last"
)

// record is one line of a backup. Which fields it has follows from its kind.
type record struct {
	Kind    string            `json:"kind"`
	Account string            `json:"account,omitzero"`
	Name    string            `json:"name,omitzero"`  // first: of the backup; else the ticket, resident, file, dead letter, officer, key or digest
	Value   []byte            `json:"value,omitzero"` // as it is stored
	Hash    map[string][]byte `json:"hash,omitzero"`  // resident, dead letter: fields; ticket: deliveries of its letters
	Mail    map[string][]byte `json:"mail,omitzero"`  // resident: mailbox
	Lines   [][]byte          `json:"lines,omitzero"` // resident: letters under way; ticket: entries that cannot be read
	Until   time.Time         `json:"until,omitzero"` // when it is forgotten; zero: never
	Entries []ticket.Entry    `json:"entries,omitzero"`
	At      time.Time         `json:"at,omitzero"`     // first: begin; last: end; dead letter: when it came
	Format  int               `json:"format,omitzero"` // first
	Media   bool              `json:"media,omitzero"`  // first: the bytes of files are in it
	Bytes   int64             `json:"bytes,omitzero"`  // media: how many follow
	Counts  *Counts           `json:"counts,omitzero"` // last
}

// size is about how many bytes it has.
func (r record) size() int {
	n := len(r.Value) + 1024*len(r.Entries)
	for _, m := range []map[string][]byte{r.Hash, r.Mail} {
		for _, v := range m {
			n += len(v)
		}
	}
	for _, v := range r.Lines {
		n += len(v)
	}
	return n
}

// Counts is what a backup holds.
type Counts struct {
	Accounts  int   `json:"accounts"`
	Officers  int   `json:"officers"`
	Residents int   `json:"residents"`
	Tickets   int   `json:"tickets"`
	Entries   int   `json:"entries"`
	Letters   int   `json:"letters"` // under way or in a mailbox
	Dead      int   `json:"dead"`
	Seals     int   `json:"seals"` // in Redis
	Files     int   `json:"files"` // with their bytes
	Bytes     int64 `json:"bytes"` // of files
}

// count adds a record.
func (c *Counts) count(r record) {
	switch r.Kind {
	case recAccount:
		c.Accounts++
	case recOfficer:
		c.Officers++
	case recResident:
		c.Residents++
		c.Letters += len(r.Lines) + len(r.Mail)
	case recTicket:
		c.Tickets++
		c.Entries += len(r.Entries) + len(r.Lines)
	case recDead:
		c.Dead++
	case recSeal:
		c.Seals++
	case recMedia:
		c.Files++
		c.Bytes += r.Bytes
	}
}

// trailer is the frame at the end: zstd's magic for what is to be skipped, its length, and the sum.
const trailerSize = 8 + sha256.Size

func trailer(sum []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0x184D2A50)
	b = binary.LittleEndian.AppendUint32(b, sha256.Size)
	return append(b, sum...)
}

// archiveWriter writes a backup. Memory is bounded by the largest record.
type archiveWriter struct {
	to     io.Writer
	sum    hash.Hash
	packed *zstd.Encoder
	counts Counts
}

func newArchiveWriter(to io.Writer) (*archiveWriter, error) {
	w := &archiveWriter{to: to, sum: sha256.New()}
	var err error
	w.packed, err = zstd.NewWriter(io.MultiWriter(to, w.sum), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("write a backup: %w", err)
	}
	return w, nil
}

func (w *archiveWriter) put(r record) error {
	line, err := encode(r)
	if err != nil {
		return err
	}
	if _, err := w.packed.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	w.counts.count(r)
	return nil
}

// media writes a file's bytes, of which there must be as many as said.
func (w *archiveWriter) media(digest string, size int64, from io.Reader) error {
	if err := w.put(record{Kind: recMedia, Name: digest, Bytes: size}); err != nil {
		return err
	}
	if _, err := io.CopyN(w.packed, from, size); err != nil {
		return fmt.Errorf("write a backup: file %s: %w", digest, err)
	}
	return nil
}

// close ends the backup with what it holds and the sum of all that was written.
func (w *archiveWriter) close(at time.Time) error {
	counts := w.counts
	err := errors.Join(w.put(record{Kind: recLast, At: at, Counts: &counts}), w.packed.Close())
	if err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	if _, err := w.to.Write(trailer(w.sum.Sum(nil))); err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	return nil
}

// errDamaged says that a backup is not as it was written, or no backup.
var errDamaged = fmt.Errorf("%w: the file is damaged, cut off, or no backup", ticket.ErrInvalid)

// body reads everything but the trailer and sums it.
type body struct {
	from *bufio.Reader
	sum  hash.Hash
}

func (b *body) Read(p []byte) (int, error) {
	ahead, err := b.from.Peek(trailerSize + 1)
	if len(ahead) <= trailerSize {
		return 0, err
	}
	n, err := b.from.Read(p[:min(len(p), b.from.Buffered()-trailerSize)])
	b.sum.Write(p[:n])
	return n, err
}

// end compares the trailer. The body is read to its end by then; what is left of it is no trailer.
func (b *body) end() error {
	rest, err := io.ReadAll(b.from)
	if err != nil || !bytes.Equal(rest, trailer(b.sum.Sum(nil))) {
		return errors.Join(errDamaged, err)
	}
	return nil
}

// readArchive hands over the records in their order, with the bytes of a media record, which are gone when see returns. Whether it was whole is
// known only when readArchive returns: until then nothing that it hands over may be believed. Errors of see end it and come back as they are.
func readArchive(from io.Reader, see func(record, io.Reader) error) error {
	b := &body{from: bufio.NewReaderSize(from, 1<<17), sum: sha256.New()}
	plain, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
	if err != nil {
		return errors.Join(errDamaged, err)
	}
	defer plain.Close()
	lines := bufio.NewReaderSize(plain, 1<<16)
	var counts Counts
	for first := true; ; first = false {
		r, err := nextRecord(lines)
		switch {
		case err != nil:
			return err
		case first != (r.Kind == recFirst):
			return errDamaged
		case first && r.Format != archiveFormat:
			return fmt.Errorf("%w: the backup has form %d, this program reads form %d", ticket.ErrInvalid, r.Format, archiveFormat)
		case r.Kind == recLast:
			if r.Counts == nil || *r.Counts != counts {
				return errDamaged
			}
			if _, err := lines.ReadByte(); err != io.EOF {
				return errDamaged
			}
			if err := b.end(); err != nil {
				return err
			}
			return see(r, nil)
		}
		counts.count(r)
		data := &io.LimitedReader{R: lines, N: r.Bytes}
		if err := see(r, data); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, data); err != nil || data.N > 0 {
			return errors.Join(errDamaged, whyNot(err))
		}
	}
}

// nextRecord reads one line.
func nextRecord(lines *bufio.Reader) (r record, err error) {
	var line []byte
	for {
		part, err := lines.ReadSlice('\n')
		if line = append(line, part...); err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) || len(line) > mostLine {
			return r, errors.Join(errDamaged, whyNot(err))
		}
	}
	if err := decode(line, &r); err != nil || r.Bytes < 0 || r.Bytes > 0 && r.Kind != recMedia {
		return r, errDamaged
	}
	return r, nil
}

// whyNot keeps what the disk or the context says, and not what a decoder makes of damaged bytes.
func whyNot(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
