// Package bot is WeChat's side of the front desk: it takes in what the platform posts to the callback, has the conversation decide, and
// answers; and it sends what the room has to say later, fetches the files that residents sent, and keeps the account's menu and QR codes.
//
// It declares what it needs of a store and is fitted to one in cmd.
package bot
