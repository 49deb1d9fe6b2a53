package store

import (
	"bytes"
	"io"
	"testing"

	"frontdesk/ticket"
)

// moments makes a backup again and again, each of a new story: what prepare gives is done in the midst of it, one moment later each time. It shows see
// the moment and what the backup holds.
func moments(t *testing.T, prepare func(*story) func() error, see func(int, []record)) {
	t.Helper()
	for at, n := 1, 1; n >= at; at++ {
		st := newStory(t)
		do := prepare(st)
		n = 0
		rdb := realRedis(t)
		rdb.AddHook(meddler(func() {
			if n++; n != at {
				return
			}
			if err := do(); err != nil {
				t.Error(err)
			}
		}))
		s, err := New(Config{Client: rdb, Clock: st.clockNow})
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if _, err := s.Backup(t.Context(), &file, BackupPlan{Accounts: []string{st.account}}); err != nil {
			t.Fatal(err)
		}
		var all []record
		if err := readArchive(&file, func(r record, _ io.Reader) error { all = append(all, r); return nil }); err != nil {
			t.Fatal(err)
		}
		see(at, all)
	}
}

// TestADeadMessageOfNobodyIsReplayedMeanwhile puts a message through that did not say whose it was until the program was mended: at every moment of a backup it
// is in it dead or in effect.
func TestADeadMessageOfNobodyIsReplayedMeanwhile(t *testing.T) {
	var d ticket.Dead
	moments(t, func(st *story) func() error {
		st.ticketOf("wang")
		d = st.died("#sum")
		d.Resident, d.Why = "", ticket.Undecodable
		st.buried(d)
		return func() error {
			_, err := st.ReplayMessage(t.Context(), d, "wang", "m9", d.At, st.opens(st.opening("wang")))
			return err
		}
	}, func(at int, all []record) {
		dead, tickets := 0, 0
		for _, r := range all {
			switch r.Kind {
			case recDead:
				dead++
			case recTicket:
				tickets++
			}
		}
		if dead == 0 && tickets == 1 {
			t.Errorf("replayed at %d: it is neither dead nor in effect", at)
		}
	})
}

// TestAFileThatDiesMeanwhile buries a file: at every moment of a backup it is in it dead, or to be fetched.
func TestAFileThatDiesMeanwhile(t *testing.T) {
	fileIn(t, func(st *story) func() error {
		f := st.photo()
		return func() error {
			_, err := st.BuryFetch(t.Context(), f, ticket.Panicked, "it broke")
			return err
		}
	})
}

// TestADeadFileIsReplayedMeanwhile puts a file through: at every moment of a backup it is in it dead, or to be fetched.
func TestADeadFileIsReplayedMeanwhile(t *testing.T) {
	fileIn(t, func(st *story) func() error {
		d, err := st.BuryFetch(t.Context(), st.photo(), ticket.Panicked, "it broke")
		if err != nil {
			t.Fatal(err)
		}
		return func() error {
			whole, err := st.DeadLetter(t.Context(), st.account, d.ID)
			if err != nil {
				return err
			}
			return st.ReplayWork(t.Context(), whole)
		}
	})
}

// fileIn holds that every backup has the file dead or to be fetched.
func fileIn(t *testing.T, prepare func(*story) func() error) {
	t.Helper()
	moments(t, prepare, func(at int, all []record) {
		dead, due := 0, 0
		for _, r := range all {
			switch r.Kind {
			case recDead:
				dead++
			case recFile:
				var f fileRecord
				if err := decode(r.Value, &f); err != nil {
					t.Fatal(err)
				}
				if f.File.State == ticket.MediaPending {
					due++
				}
			}
		}
		if dead+due == 0 {
			t.Errorf("at %d: the file is neither dead nor to be fetched", at)
		}
	})
}

// TestADeadReplyIsReplayedMeanwhile puts a letter through: at every moment of a backup it is in it once, dead or under way.
func TestADeadReplyIsReplayedMeanwhile(t *testing.T) {
	letterIn(t, func(st *story) func() error {
		d, err := st.BuryParcel(t.Context(), st.parcel(), ticket.Panicked, "it broke")
		if err != nil {
			t.Fatal(err)
		}
		return func() error {
			whole, err := st.DeadLetter(t.Context(), st.account, d.ID)
			if err != nil {
				return err
			}
			return st.ReplayWork(t.Context(), whole)
		}
	}, true)
}

// TestAReplyThatDiesMeanwhile buries a letter: at every moment of a backup it is in it, dead or under way. It may be both.
func TestAReplyThatDiesMeanwhile(t *testing.T) {
	letterIn(t, func(st *story) func() error {
		p := st.parcel()
		return func() error {
			_, err := st.BuryParcel(t.Context(), p, ticket.Panicked, "it broke")
			return err
		}
	}, false)
}

// letterIn holds that every backup has the letter dead or under way, and not both where once is demanded.
func letterIn(t *testing.T, prepare func(*story) func() error, once bool) {
	t.Helper()
	moments(t, func(st *story) func() error {
		st.ticketOf("chen")
		st.act(st.officer("3301", "林元众"), st.ticketOf("wang").Number, ticket.Step{What: ticket.Claim})
		return prepare(st)
	}, func(at int, all []record) {
		dead, underWay := 0, 0
		for _, r := range all {
			switch r.Kind {
			case recDead:
				dead++
			case recResident:
				underWay += len(r.Lines)
			}
		}
		if dead+underWay == 0 || once && dead+underWay > 1 {
			t.Errorf("at %d: %d dead, %d under way", at, dead, underWay)
		}
	})
}
