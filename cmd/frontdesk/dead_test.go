package main

import (
	"context"
	"path/filepath"
	"regexp"

	"github.com/redis/go-redis/v9"
	"github.com/rogpeppe/go-internal/testscript"

	"frontdesk/store"
)

// spoilCommand, "spoil RESIDENT", makes what is stored of a resident unreadable, as a newer program or a broken disk might; "spoil -undo" with the
// same name puts it right.
func spoilCommand(ts *testscript.TestScript, _ bool, args []string) {
	undo := len(args) == 2 && args[0] == "-undo"
	if len(args) != 1 && !undo {
		ts.Fatalf("usage: spoil [-undo] RESIDENT")
	}
	options, err := store.Attach(filepath.Join(townOf(ts).data, "redis"))
	ts.Check(err)
	client := redis.NewClient(options)
	ctx, cancel := context.WithTimeout(context.Background(), patienceTime)
	defer cancel()
	key := "frontdesk:{" + townAccount + "}:resident:" + args[len(args)-1]
	if undo {
		ts.Check(client.HSet(ctx, key, "rec", client.HGet(ctx, key, "good").Val()).Err())
		ts.Check(client.HDel(ctx, key, "good").Err())
	} else {
		ts.Check(client.HSet(ctx, key, "good", client.HGet(ctx, key, "rec").Val(), "rec", `{"conversation":7}`).Err())
		ts.Check(client.HIncrBy(ctx, key, "v", 1).Err()) // the front desk remembers the good one until it notices
	}
	ts.Check(client.Close())
}

// pickCommand, "pick NAME PATTERN", puts what the pattern's group finds in the last output into a variable.
func pickCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: pick NAME PATTERN")
	}
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("%s is not in the output", args[1])
	}
	ts.Setenv(args[0], found[1])
}
