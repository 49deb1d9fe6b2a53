package main

import "context"

// row is one line of the table: a fault, and what is asked of the front desk while it lasts and after it.
type row struct {
	name  string
	fault string
	// run breaks things and returns the figure, always, and an error when a promise was broken.
	run func(context.Context, *workshop) (string, error)
}

// unless gives words of a figure that are true when nothing is wrong.
func unless(wrong error, words string) string {
	if wrong != nil {
		return ""
	}
	return words
}

// rows are all rows in the order of docs/reliability.md.
func rows() []row {
	return []row{
		{"kill", "kill -9 of one of two replicas at random, messages doubled and reordered", killRow},
		{"cut", "the connection to Redis is cut at command k, for every k of every story", cutRow},
		{"order", "one resident sends many messages at once to two replicas", orderRow},
		{"platform", "the platform is down, slow, busy, out of quota, refuses the token, gives none, or no photos, cuts its answers short", platformRow},
		{"stop", "SIGTERM under load, kill -9 in the drain, a worker that sleeps past its lease", stopRow},
		{"power", "the power is cut under Redis, and under the replicas", powerRow},
		{"backup", "the machine is lost; a clean one is restored from a backup made under load", backupRow},
		{"redis", "Redis hangs, is busy, has no memory left, finds its file torn", redisRow},
		{"full", "the disk of Redis is full, or that for photos and seals, and has room again", fullRow},
		{"clock", "the clock of the machine jumps by ten minutes and by a day, and back", clockRow},
		{"poison", "messages on which the program panics, hangs, or that it cannot read", poisonRow},
		{"sentinel", "the primary is cut off with a replica of the front desk on its side, and killed", sentinelRow},
		{"cluster", "slots of a Cluster move, its nodes are killed", clusterRow},
	}
}

// measures are the rows of the other table: how fast it is. In the short form they only show that measuring works.
func measures() []row {
	return []row{
		{"growth", "a thousand, a hundred thousand, a million tickets", growthRow},
		{"accounts", "one program, 1, 10, 1,000 accounts, three nodes", accountsRow},
		{"load", "residents walk whole conversations over 64 connections", loadRow},
	}
}
