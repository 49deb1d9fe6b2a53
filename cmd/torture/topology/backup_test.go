package topology

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/store"
)

// TestABackupMovesBetweenTopologies makes a backup of a Cluster under load, brings it back under Sentinels, lets residents talk on there, makes a backup
// of that under load, and brings it back on the Cluster, emptied. What was confirmed before each began is there once.
func TestABackupMovesBetweenTopologies(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, err := newCluster(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	w, err := newWatched(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	onCluster, err := c.client()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = onCluster.Close() }) // its servers are gone
	underSentinels, err := w.client(clientInside)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = underSentinels.Close() }) // its servers are gone
	accounts, err := c.accounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	marks := map[string]bool{}
	for i, from := range []redis.UniversalClient{onCluster, underSentinels} {
		to := []redis.UniversalClient{underSentinels, onCluster}[i]
		file := backedUp(t, from, accounts, i == 0, marks)
		if i == 1 {
			err := onCluster.(*redis.ClusterClient).ForEachMaster(ctx, func(ctx context.Context, m *redis.Client) error { return m.FlushAll(ctx).Err() })
			if err != nil {
				t.Fatal(err)
			}
		}
		brought(t, to, accounts, file, marks)
	}
}

// backedUp makes a backup while a crowd talks. What was confirmed before it began is added to marks.
func backedUp(t *testing.T, client redis.UniversalClient, accounts []string, fresh bool, marks map[string]bool) []byte {
	t.Helper()
	stores, err := newStores(1, client, client)
	if err != nil {
		t.Fatal(err)
	}
	if fresh {
		for _, a := range accounts {
			if err := stores[0].PutAccount(t.Context(), roomOf(a)); err != nil {
				t.Fatal(err)
			}
		}
	}
	crowd := newCrowd(accounts, stores...)
	talking, stop := context.WithCancel(t.Context())
	var talk sync.WaitGroup
	talk.Go(func() { crowd.talk(talking, 4) })
	err = pause(t.Context(), time.Second)
	crowd.mu.Lock()
	before := maps.Clone(crowd.marks)
	crowd.mu.Unlock()
	var file bytes.Buffer
	report, failed := stores[0].Backup(t.Context(), &file, store.BackupPlan{})
	stop()
	talk.Wait()
	if err := errors.Join(err, failed); err != nil || len(report.Damage) > 0 || len(report.Accounts) != len(accounts) || len(before) == 0 {
		t.Fatalf("%d marks, %+v, %v", len(before), report, err)
	}
	for mark, confirmed := range before {
		marks[mark] = confirmed
	}
	t.Log(report.Counts)
	return file.Bytes()
}

// brought brings a backup back and looks for everything that was confirmed.
func brought(t *testing.T, client redis.UniversalClient, accounts []string, file []byte, marks map[string]bool) {
	t.Helper()
	stores, err := newStores(1, client)
	if err != nil {
		t.Fatal(err)
	}
	s := stores[0]
	_, found, err := s.Restore(t.Context(), func() (io.Reader, error) { return bytes.NewReader(file), nil }, store.RestorePlan{})
	if err != nil || len(found) > 0 {
		t.Fatalf("restore: %q, %v", found, err)
	}
	there := map[string]int{}
	for _, a := range accounts {
		if err := marksOf(t.Context(), s, a, there); err != nil {
			t.Fatal(err)
		}
	}
	for mark, confirmed := range marks {
		if n := there[mark]; n > 1 || confirmed && n != 1 {
			t.Errorf("what was confirmed is there %d times", n)
		}
	}
}
