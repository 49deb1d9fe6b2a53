package wechatsim

// The cipher, against what is published and against another implementation.

import (
	"bytes"
	"strings"
	"testing"

	"github.com/silenceper/wechat/v2/util"
)

const (
	testKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE"
	looseKey  = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG" // the same key with a stray bit at its end
	testAppID = "wx0123456789abcdef"
)

func TestSignatureIsThePublishedOne(t *testing.T) {
	t.Parallel()
	if got := signature("AAAAA", "1714037059", "486452656"); got != "899cf89e464efb63f54ddac96b0a0a235f53aa78" {
		t.Fatalf("signature %s", got)
	}
}

func TestKeyMayHaveStrayBitsAtItsEnd(t *testing.T) {
	t.Parallel()
	a, err := parseKey(testKey)
	if err != nil {
		t.Fatal(err)
	}
	b, err := parseKey(looseKey)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Fatal("the stray bit changed the key")
	}
	for _, bad := range []string{"", testKey[:42], testKey + "=", strings.Replace(testKey, "a", "*", 1)} {
		if _, err := parseKey(bad); err == nil {
			t.Errorf("key %q was accepted", bad)
		}
	}
}

func TestCipherAgreesWithAnotherImplementation(t *testing.T) {
	t.Parallel()
	key, err := parseKey(testKey)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 70 { // every length of padding, twice
		text := strings.Repeat("x", n) + "警"
		sealed, err := seal(key, []byte("0123456789abcdef"), text, testAppID)
		if err != nil {
			t.Fatal(err)
		}
		_, theirs, err := util.DecryptMsg(testAppID, sealed, testKey)
		if err != nil || string(theirs) != text {
			t.Fatalf("length %d: they read %q, %v", n, theirs, err)
		}
		back, err := util.EncryptMsg([]byte("fedcba9876543210"), []byte(text), testAppID, looseKey)
		if err != nil {
			t.Fatal(err)
		}
		ours, app, err := open(key, string(back))
		if err != nil || ours != text || app != testAppID {
			t.Fatalf("length %d: we read %q for %q, %v", n, ours, app, err)
		}
	}
}

func TestOpenRefusesWhatSealWouldNotMake(t *testing.T) {
	t.Parallel()
	key, err := parseKey(testKey)
	if err != nil {
		t.Fatal(err)
	}
	good, err := seal(key, []byte("0123456789abcdef"), "hello", testAppID)
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Repeat([]byte{7}, 32)
	for name, bad := range map[string]string{"empty": "", "no base64": "!!!!", "half a block": good[:len(good)/2], "stray end": good + "AAAA"} {
		if _, _, err := open(key, bad); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	if _, _, err := open(other, good); err == nil {
		t.Error("another key read it")
	}
	if _, err := seal(key, []byte("short"), "x", testAppID); err == nil {
		t.Error("sealed with too little randomness")
	}
}
