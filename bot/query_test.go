package bot

import (
	"net/url"
	"testing"

	"pgregory.net/rapid"
)

// TestAQueryIsReadAsByTheLibrary holds the reading of a query against the library's, for names that a sender did not escape.
func TestAQueryIsReadAsByTheLibrary(t *testing.T) {
	pair := rapid.StringMatching(`(nonce|timestamp|non|nonces|)=?(%[0-9A-F]{2}|[a-z+%=;长]|){0,4}`)
	rapid.Check(t, func(t *rapid.T) {
		raw := ""
		for i, p := range rapid.SliceOfN(pair, 0, 5).Draw(t, "pairs") {
			if i > 0 {
				raw += "&"
			}
			raw += p
		}
		want, _ := url.ParseQuery(raw) // what it can make nothing of it leaves out
		for _, name := range []string{"nonce", "timestamp"} {
			if got := query(raw).Get(name); got != want.Get(name) {
				t.Errorf("%q: %s is %q, not %q", raw, name, got, want.Get(name))
			}
		}
	})
}
