package topology

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"

	"frontdesk/store"
	"frontdesk/ticket"
)

// held fails a test when a promise was broken, or when nothing was tried.
func held(t *testing.T, r Result, err error) {
	t.Helper()
	t.Log(r, r.Refusals)
	if err != nil || r.Err() != nil || r.Rounds != 1 || r.Confirmed == 0 {
		t.Errorf("%v, %v", r.Err(), err)
	}
}

func TestAPartitionLosesNothing(t *testing.T) {
	t.Parallel()
	r, err := Partitions(t.Context(), 1, 1)
	held(t, r, err)
}

// TestWithoutWaitingAPartitionLoses shows that the harness sees a loss where there must be one.
func TestWithoutWaitingAPartitionLoses(t *testing.T) {
	t.Parallel()
	r, err := Partitions(t.Context(), 1, 0)
	t.Log(r, r.Refusals)
	if err != nil || r.Lost == 0 {
		t.Errorf("the harness is blind: %v, %v", r, err)
	}
}

// TestWithoutWaitingAKilledPrimaryLoses shows the same where the primary is killed. The row shows that with a replica to confirm nothing is lost.
func TestWithoutWaitingAKilledPrimaryLoses(t *testing.T) {
	t.Parallel()
	r, err := KilledPrimaries(t.Context(), 1, 0)
	t.Log(r, r.Refusals)
	if err != nil || r.Lost == 0 {
		t.Errorf("the harness is blind: %v, %v", r, err)
	}
}

func TestASlotMovesUnderLoad(t *testing.T) {
	t.Parallel()
	r, err := SlotMoves(t.Context(), 1, 1)
	held(t, r, err)
	if r.Redirected["MOVED"] == 0 {
		t.Error("nobody was told that the slot moved")
	}
	if r.Unconfirmed > 0 {
		t.Error("a slot that moved kept residents from being heard")
	}
}

// oldMap answers what the slots of a Cluster are as they were once.
type oldMap struct{ slots []redis.ClusterSlot }

func (m oldMap) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if c, ok := cmd.(*redis.ClusterSlotsCmd); ok {
			c.SetVal(m.slots)
			return nil
		}
		return next(ctx, cmd)
	}
}

func (m oldMap) DialHook(next redis.DialHook) redis.DialHook { return next }

func (m oldMap) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// TestWhoHasTheSlotIsAskedAtOnce gives a front desk a map of the Cluster that never gets better: what a node tells has to be enough.
func TestWhoHasTheSlotIsAskedAtOnce(t *testing.T) {
	t.Parallel()
	c, err := newCluster(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	before := redis.NewClusterSlotsCmd(t.Context(), "CLUSTER", "SLOTS") // as the client asks for its map
	if err := c.nodes[0].client.Process(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{c.nodes[0].addr}, Password: secret,
		NewClient: func(o *redis.Options) *redis.Client {
			node := redis.NewClient(o)
			node.AddHook(oldMap{before.Val()})
			return node
		},
	})
	t.Cleanup(func() { _ = client.Close() }) // its servers are gone
	s, err := newStores(1, client)
	if err != nil {
		t.Fatal(err)
	}
	const account = "gh_moved"
	if err := s[0].PutAccount(t.Context(), roomOf(account)); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"one", "two"} {
		if _, err := s[0].Converse(t.Context(), account, "wang", word, says(account, "wang", word)); err != nil {
			t.Fatalf("%s: %v", word, err)
		}
		if word == "one" {
			if err := c.moveAway(t.Context(), account); err != nil {
				t.Fatal(err)
			}
		}
	}
	found := make(map[string]int)
	fresh, err := c.client()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fresh.Close() }) // its servers are gone
	all, err := newStores(1, fresh)
	if err == nil {
		err = marksOf(t.Context(), all[0], account, found)
	}
	if err != nil || found["one"] != 1 || found["two"] != 1 {
		t.Errorf("%v, %v", found, err)
	}
}

// TestAFullNodeTurnsAwayItsOwnAccountsAlone fills one node of a Cluster: the residents of its account are asked to write again, the others' are
// not.
func TestAFullNodeTurnsAwayItsOwnAccountsAlone(t *testing.T) {
	t.Parallel()
	c, err := newCluster(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	client, err := c.client()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() }) // its servers are gone
	s, err := newStores(0, client)
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := c.accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slot, err := c.slot(t.Context(), accounts[0])
	if err != nil {
		t.Fatal(err)
	}
	holder, err := c.holder(t.Context(), slot)
	if err != nil {
		t.Fatal(err)
	}
	used, err := strconv.Atoi(c.nodes[holder].info(t.Context(), "memory")["used_memory"])
	if err != nil {
		t.Fatal(err)
	}
	limit := func(bytes int) {
		t.Helper()
		if err := errors.Join(c.nodes[holder].client.ConfigSet(t.Context(), "maxmemory", strconv.Itoa(bytes)).Err(), s[0].Refresh(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	say := func(account, word string) error {
		_, err := s[0].Converse(t.Context(), account, "wang", word, says(account, "wang", word))
		return err
	}
	limit(used * 105 / 100)
	for i, account := range accounts {
		if err := say(account, "one"); errors.Is(err, ticket.ErrUnavailable) != (i == 0) {
			t.Errorf("account %d of 3, the first on the full node: %v", i+1, err)
		}
	}
	limit(used * 4)
	if err := say(accounts[0], "two"); err != nil {
		t.Errorf("after there was room again: %v", err)
	}
}

func TestANodeOfAClusterIsLost(t *testing.T) {
	t.Parallel()
	r, err := LostNodes(t.Context(), 1, 1)
	held(t, r, err)
}

// TestWhatIsRememberedIsConfirmedAnew asks a primary that is cut off for the answer to a message that it remembers and nobody else has.
func TestWhatIsRememberedIsConfirmedAnew(t *testing.T) {
	t.Parallel()
	w, err := newWatched(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	const account = "gh_remembered"
	inside := func() *store.Store { // nothing was ever written on its connections
		client, err := w.client(clientInside)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() }) // its servers are gone
		s, err := newStores(1, client)
		if err == nil {
			err = s[0].Ready(t.Context()) // it has found the primary before the wire is cut
		}
		if err != nil {
			t.Fatal(err)
		}
		return s[0]
	}
	first, again, officer := inside(), inside(), inside()
	if err := first.PutAccount(t.Context(), roomOf(account)); err != nil {
		t.Fatal(err)
	}
	say := func(s *store.Store, word string) error {
		ctx, cancel := context.WithTimeout(t.Context(), answerTime)
		defer cancel()
		_, err := s.Converse(ctx, account, "wang", word, says(account, "wang", word))
		return err
	}
	if err := say(first, "one"); err != nil {
		t.Fatal(err)
	}
	page, err := first.Queue(t.Context(), chief(account), ticket.Query{List: ticket.ListOpen})
	if err != nil || len(page.Rows) != 1 {
		t.Fatalf("%d tickets, %v", len(page.Rows), err)
	}
	claim := func(s *store.Store) error {
		ctx, cancel := context.WithTimeout(t.Context(), answerTime)
		defer cancel()
		_, err := s.Act(ctx, chief(account), page.Rows[0].Number, "claim", ticket.Step{What: ticket.Claim})
		return err
	}
	w.net.part(w.servers[0].box, clientInside)
	for name, err := range map[string]error{
		"a message": say(first, "two"), "the same message again": say(again, "two"), "a claim": claim(first), "the same claim again": claim(officer),
	} {
		if !errors.Is(err, ticket.ErrUnavailable) {
			t.Errorf("%s on a primary that is cut off: %v", name, err)
		}
	}
	w.net.heal()
	// The failover may have come or not: where both go on, each is there once.
	for _, word := range []string{"one", "two", "three"} {
		err := until(t.Context(), "an answer", func(context.Context) bool { return say(again, word) == nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	found := make(map[string]int)
	if err := marksOf(t.Context(), again, account, found); err != nil || found["one"] != 1 || found["two"] != 1 || found["three"] != 1 {
		t.Errorf("%v, %v", found, err)
	}
}
