// Package desk is the officers' web console: they sign in, see the queue, open a ticket, claim it, answer, ask, note and resolve.
//
// Pages are made on the server from embedded templates and work with the script switched off; the one small script adds keys, drafts and
// tickets that appear by themselves. The package knows neither Redis nor WeChat: what it needs of others stands in needs.go.
package desk
