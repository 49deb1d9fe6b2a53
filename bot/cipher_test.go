package bot

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/silenceper/wechat/v2/util"
)

func testEnvelope(t testing.TB) *envelope {
	e, err := newEnvelope(Account{ID: "gh_room", AppID: testAppID, Token: "AAAAA", AESKey: testKey, PreviousKey: otherKey})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestThePublishedVector(t *testing.T) {
	if !testEnvelope(t).verify("899cf89e464efb63f54ddac96b0a0a235f53aa78", "1714037059", "486452656") {
		t.Error("the signature of the documentation does not hold")
	}
	if got := testEnvelope(t).sign("b", "a", "c"); string(got[:]) != util.Signature("AAAAA", "a", "b", "c") {
		t.Errorf("signed %s", got)
	}
}

func FuzzOpen(f *testing.F) {
	e := testEnvelope(f)
	f.Add([]byte("<xml></xml>"))
	f.Add(bytes.Repeat([]byte("长"), 40))
	f.Add([]byte("AAAA"))
	f.Add(bytes.Repeat([]byte("A"), 64)) // two blocks, and no padding in them
	f.Add(bytes.Repeat([]byte{0}, 32))
	f.Add(bytes.Repeat([]byte{32}, 64))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, _, err := e.open(base64.StdEncoding.EncodeToString(b)); err == nil {
			t.Error("rubbish was opened")
		}
		if _, _, err := e.open(string(b)); err == nil {
			t.Error("what is not even base64 was opened")
		}
		for key, encoded := range []string{testKey, otherKey} {
			sealed, err := e.seal(bytes.NewReader(make([]byte, 16)), key, b)
			if err != nil {
				t.Fatal(err)
			}
			back, by, err := e.open(sealed)
			if err != nil || by != key || back != string(b) {
				t.Errorf("opened %q with %d, %v", back, by, err)
			}
			if _, theirs, err := util.DecryptMsg(testAppID, sealed, encoded); err != nil || !bytes.Equal(theirs, b) {
				t.Errorf("the library opens %q, %v", theirs, err)
			}
		}
	})
}
