// Package wechatsim is the WeChat platform as a server: for the demo, for tests and for load. It is as strict as the real one, because
// where it is lenient, real users find out. It shares no code with the front desk and brings a cipher of its own, so that a test compares
// two independent implementations.
//
// # The platform's two sides
//
// A [Resident] writes to an official account: the platform signs, encrypts by the account's [Mode], posts to the account's callback, waits
// for the answer, tries again when none came, checks the answer to the letter and shows it, or shows [Notice]. In the other direction
// [Platform.Handler] answers the API calls that an account makes, with the real limits and the error codes inside HTTP 200.
//
//	p, err := wechatsim.New(wechatsim.Config{Accounts: []wechatsim.Account{…}})
//	api := httptest.NewServer(p.Handler())
//	p.SetPublicURL(api.URL)
//	p.SetCallback("gh_room", desk.URL+"/wechat/gh_room")
//	lin := p.Resident("gh_room", "oLin")
//	got := lin.Text(ctx, "你好")         // got.Answer is what she reads
//	err = lin.Await(ctx, func(screen []wechatsim.Line) bool { … })
//
// # Rules where the documentation leaves a choice
//
//   - No answer is a connection that fails, a status other than 200, or silence for AnswerWithin: the message is posted again. An answer that
//     is wrong (not XML, not encrypted in safe mode, for somebody else, too long, empty text) shows the notice at once and is not asked again.
//   - Attempts begin RetryEvery apart. The pause between them runs on Config.After; the limit of an answer always runs in real time.
//   - A resident made by [Platform.Resident] follows the account already and has no open window, until she writes.
//   - Windows of different triggers stand side by side; the one that closes first is used up first.
//   - A customer-service message to somebody who left: 45015 once the windows have closed, 50005 while one would still be open.
//   - Keys of JSON are taken in their case: one with a capital letter makes the whole call 47001.
//   - An account without IPs may be called from everywhere; the real platform then admits nobody.
//   - JSON escapes such as \u4e2d are not decoded: the resident would read the backslash. Raw UTF-8 is what the platform understands.
//   - After many failures the real platform stops pushing for a minute. How many is not known: Config.PauseAfter says, and without it this
//     one never stops. A failure is a message without an answer; a wrong answer is none.
//
// # Time
//
// Callbacks carry the time of Config.Clock. [Platform.Advance] makes what the platform remembers (windows, tokens, media, quotas) older
// without moving that clock, so that a program with a clock of its own keeps accepting callbacks. With Config.Advance set, it is called
// instead, to move a clock that everybody shares.
//
// # For scripts and the phone
//
// Below the prefix: / the phone in the browser; api/accounts (GET); api/people/{account} (GET, POST {"name": …}) who has a phone there;
// api/residents/{account}/{openid}/{act} (POST) does what the methods of Resident do, with ?wait=no without waiting for the answer;
// …/screen and …/events (GET) read the screen; faults (GET, POST, DELETE), clock?advance=49h (POST), log (GET).
//
// The page opens with the account and the person that ?account=gh_…&who=name say, with the first ones otherwise. It shows as many phones
// side by side as there is room for, asks nothing of any other host, and may be framed by its own origin. Mount it so:
//
//	mux.Handle("/sim/", p.Handler()) // with Config.Prefix "/sim" and Config.PublicURL "http://host/sim"
//	server.RegisterOnShutdown(p.Close)
package wechatsim
