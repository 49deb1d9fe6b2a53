// Package yardstick is the least that any bot in our place has to do, written against the standard library with nothing of ours: it takes a
// safe-mode callback, checks the signature, decrypts, reads the message, makes one round trip to Redis and answers an encrypted echo. What
// the front desk costs is told in multiples of it.
package yardstick

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Handler is the yardstick for one account.
type Handler struct {
	token, appID string
	block        cipher.Block
	iv           []byte
	redis        redis.UniversalClient
}

// New takes the same settings as an account of ours.
func New(token, appID, aesKey string, client redis.UniversalClient) (*Handler, error) {
	key, err := base64.StdEncoding.DecodeString(aesKey + "=")
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the cipher: %w", err)
	}
	return &Handler{token: token, appID: appID, block: block, iv: key[:aes.BlockSize], redis: client}, nil
}

// message is what the yardstick reads of a message.
type message struct {
	ToUserName, FromUserName, MsgType, Content string
	CreateTime, MsgId                          int64
}

// ServeHTTP answers a callback with what it says.
func (b *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	}
	var envelope struct{ Encrypt string }
	if err := xml.Unmarshal(body, &envelope); err != nil {
		http.Error(w, "no XML", http.StatusBadRequest)
		return
	}
	want := b.sign(query.Get("timestamp"), query.Get("nonce"), envelope.Encrypt)
	if subtle.ConstantTimeCompare([]byte(want), []byte(query.Get("msg_signature"))) != 1 {
		http.Error(w, "forged", http.StatusForbidden)
		return
	}
	plain, err := b.decrypt(envelope.Encrypt)
	if err != nil {
		http.Error(w, "not ours", http.StatusForbidden)
		return
	}
	var m message
	if err := xml.Unmarshal(plain, &m); err != nil {
		http.Error(w, "no XML", http.StatusBadRequest)
		return
	}
	seen := "yardstick:" + m.FromUserName + ":" + strconv.FormatInt(m.MsgId, 10)
	if err := b.redis.Set(r.Context(), seen, m.Content, 24*time.Hour).Err(); err != nil {
		http.Error(w, "no Redis", http.StatusServiceUnavailable)
		return
	}
	reply := fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime>"+
		"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[%s]]></Content></xml>", m.FromUserName, m.ToUserName, time.Now().Unix(), m.Content)
	sealed, err := b.encrypt([]byte(reply))
	if err != nil {
		http.Error(w, "no randomness", http.StatusInternalServerError)
		return
	}
	stamp, nonce := strconv.FormatInt(time.Now().Unix(), 10), query.Get("nonce")
	fmt.Fprintf(w, "<xml><Encrypt><![CDATA[%s]]></Encrypt><MsgSignature><![CDATA[%s]]></MsgSignature><TimeStamp>%s</TimeStamp><Nonce><![CDATA[%s]]></Nonce></xml>",
		sealed, b.sign(stamp, nonce, sealed), stamp, nonce)
}

// sign signs the parts as the platform does.
func (b *Handler) sign(parts ...string) string {
	parts = append(parts, b.token)
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// decrypt opens an Encrypt element and gives the message inside.
func (b *Handler) decrypt(sealed string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(data) < 32 || len(data)%aes.BlockSize != 0 {
		return nil, errors.New("not a sealed message")
	}
	cipher.NewCBCDecrypter(b.block, b.iv).CryptBlocks(data, data)
	pad := int(data[len(data)-1])
	if pad < 1 || pad > 32 || pad > len(data)-20 {
		return nil, errors.New("bad padding")
	}
	data = data[:len(data)-pad]
	n := int(binary.BigEndian.Uint32(data[16:20]))
	if n > len(data)-20 || string(data[20+n:]) != b.appID {
		return nil, errors.New("not for this app")
	}
	return data[20 : 20+n], nil
}

// encrypt seals an answer.
func (b *Handler) encrypt(text []byte) (string, error) {
	var buf bytes.Buffer
	var head [20]byte
	if _, err := rand.Read(head[:16]); err != nil {
		return "", err
	}
	binary.BigEndian.PutUint32(head[16:], uint32(len(text)))
	buf.Write(head[:])
	buf.Write(text)
	buf.WriteString(b.appID)
	pad := 32 - buf.Len()%32
	buf.Write(bytes.Repeat([]byte{byte(pad)}, pad))
	data := buf.Bytes()
	cipher.NewCBCEncrypter(b.block, b.iv).CryptBlocks(data, data)
	return base64.StdEncoding.EncodeToString(data), nil
}
