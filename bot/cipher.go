package bot

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"

	"frontdesk/ticket"
)

const (
	envelopePad  = 32 // the plaintext is padded to this, twice the cipher's own block
	envelopeSalt = 16 // random bytes before the message
	envelopeHead = envelopeSalt + 4
)

// envelope signs, seals and opens one account's messages. The SDK's own functions agree with it (a test compares them); they build the
// cipher anew for every message and hand out the plaintext before its app id is known to be right.
type envelope struct {
	token string
	appID string
	keys  []envelopeKey // the one in use, then the one before
}

type envelopeKey struct {
	block cipher.Block
	iv    []byte
}

// newEnvelope makes the ciphers of an account once. The error wraps [ticket.ErrInvalid].
func newEnvelope(a Account) (*envelope, error) {
	e := &envelope{token: a.Token, appID: a.AppID}
	for _, encoded := range []string{a.AESKey, a.PreviousKey} {
		if encoded == "" {
			continue
		}
		// Not strict: the last character of real keys has bits that no byte needs.
		key, err := base64.StdEncoding.DecodeString(encoded + "=")
		if err != nil || len(key) != 32 {
			return nil, fmt.Errorf("%w: account %s: an AES key cannot be read", ticket.ErrInvalid, a.ID)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("account %s: make the cipher: %w", a.ID, err)
		}
		e.keys = append(e.keys, envelopeKey{block: block, iv: key[:aes.BlockSize]})
	}
	return e, nil
}

// sign gives the signature over the token and up to three other values: the hex SHA-1 of all of them, sorted and joined.
func (e *envelope) sign(parts ...string) [2 * sha1.Size]byte {
	var room [4]string
	sorted := append(room[:0], e.token)
	size := len(e.token)
	for _, p := range parts {
		i := len(sorted)
		sorted = append(sorted, p)
		for ; i > 0 && sorted[i-1] > p; i-- {
			sorted[i], sorted[i-1] = sorted[i-1], p
		}
		size += len(p)
	}
	joined := make([]byte, 0, size)
	for _, p := range sorted {
		joined = append(joined, p...)
	}
	sum := sha1.Sum(joined)
	var out [2 * sha1.Size]byte
	hex.Encode(out[:], sum[:])
	return out
}

// verify says whether the signature fits, in time that does not depend on where it is wrong.
func (e *envelope) verify(signature string, parts ...string) bool {
	want := e.sign(parts...)
	return subtle.ConstantTimeCompare([]byte(signature), want[:]) == 1
}

// open decrypts a message and says under which of the keys it was sealed. What was sealed for another app id is refused like what
// cannot be read at all. The error wraps [ticket.ErrInvalid] and tells nothing of the contents.
func (e *envelope) open(sealed string) (message string, key int, err error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(raw) < envelopePad || len(raw)%envelopePad != 0 {
		return "", 0, fmt.Errorf("%w: the ciphertext is damaged", ticket.ErrInvalid)
	}
	plain := make([]byte, len(raw))
	for i, k := range e.keys {
		cipher.NewCBCDecrypter(k.block, k.iv).CryptBlocks(plain, raw)
		if body, ok := e.unwrap(plain); ok {
			return string(body), i, nil
		}
	}
	return "", 0, fmt.Errorf("%w: the ciphertext was not sealed with the account's key and app id", ticket.ErrInvalid)
}

// unwrap takes the padding, the random head and the app id off.
func (e *envelope) unwrap(plain []byte) ([]byte, bool) {
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > envelopePad || len(plain)-pad < envelopeHead {
		return nil, false
	}
	for _, b := range plain[len(plain)-pad:] {
		if int(b) != pad {
			return nil, false
		}
	}
	plain = plain[:len(plain)-pad]
	size := int64(binary.BigEndian.Uint32(plain[envelopeSalt:]))
	body := plain[envelopeHead:]
	if size > int64(len(body)) || !bytes.Equal(body[size:], []byte(e.appID)) {
		return nil, false
	}
	return body[:size], true
}

// seal encrypts a message with one of the keys and gives it in base64. The error is random's.
func (e *envelope) seal(random io.Reader, key int, message []byte) (string, error) {
	size := envelopeHead + len(message) + len(e.appID)
	pad := envelopePad - size%envelopePad
	plain := make([]byte, envelopeHead, size+pad)
	if _, err := io.ReadFull(random, plain[:envelopeSalt]); err != nil {
		return "", fmt.Errorf("draw the random head of an answer: %w", err)
	}
	binary.BigEndian.PutUint32(plain[envelopeSalt:], uint32(len(message)))
	plain = append(plain, message...)
	plain = append(plain, e.appID...)
	for range pad {
		plain = append(plain, byte(pad))
	}
	k := e.keys[key]
	cipher.NewCBCEncrypter(k.block, k.iv).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain), nil
}
