package wechatsim

// The platform's signature and cipher, written from its description alone.

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
)

// padBlock is the block that the plaintext is padded to: twice the cipher's own.
const padBlock = 32

// headSize is 16 random bytes and the message's length in four.
const headSize = 16 + 4

var errCipher = errors.New("the ciphertext cannot be read")

// signature is the hex SHA-1 of its parts, sorted and joined.
func signature(parts ...string) string {
	sorted := slices.Sorted(slices.Values(parts))
	sum := sha1.Sum([]byte(strings.Join(sorted, "")))
	return hex.EncodeToString(sum[:])
}

// sameSignature compares in constant time.
func sameSignature(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// parseKey reads an EncodingAESKey. The bits of its last character that no byte needs may be set: the backend hands out such keys.
func parseKey(encoded string) ([]byte, error) {
	if len(encoded) != 43 {
		return nil, errors.New("the AES key has 43 characters")
	}
	key, err := base64.StdEncoding.DecodeString(encoded + "=")
	if err != nil || len(key) != 32 {
		return nil, errors.New("the AES key is not base64")
	}
	return key, nil
}

// seal encrypts a message for the app id; random are 16 bytes never used before.
func seal(key, random []byte, message, appID string) (string, error) {
	if len(random) != 16 {
		return "", errors.New("sealing takes 16 random bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	var plain bytes.Buffer
	plain.Write(random)
	var size [4]byte
	binary.BigEndian.PutUint32(size[:], uint32(len(message)))
	plain.Write(size[:])
	plain.WriteString(message)
	plain.WriteString(appID)
	pad := padBlock - plain.Len()%padBlock
	plain.Write(bytes.Repeat([]byte{byte(pad)}, pad))
	out := plain.Bytes()
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(out, out)
	return base64.StdEncoding.EncodeToString(out), nil
}

// open decrypts what seal made and returns the message and the app id it was made for. It accepts nothing that seal would not make.
func open(key []byte, sealed string) (message, appID string, err error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(sealed)
	if err != nil || len(raw) == 0 || len(raw)%padBlock != 0 {
		return "", "", errCipher
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", "", err
	}
	cipher.NewCBCDecrypter(block, key[:aes.BlockSize]).CryptBlocks(raw, raw)
	pad := int(raw[len(raw)-1])
	if pad < 1 || pad > padBlock || !bytes.Equal(raw[len(raw)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return "", "", errCipher
	}
	raw = raw[:len(raw)-pad]
	if len(raw) < headSize {
		return "", "", errCipher
	}
	size := int64(binary.BigEndian.Uint32(raw[16:headSize]))
	body := raw[headSize:]
	if size > int64(len(body)) {
		return "", "", errCipher
	}
	return string(body[:size]), string(body[size:]), nil
}
