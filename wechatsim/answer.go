package wechatsim

// The strict reading of what an account answers to a message.

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxText is how much text one message carries, in bytes of UTF-8.
const maxText = 2048

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// errTransferred is the answer that hands the conversation to the platform's own agents.
var errTransferred = errors.New("transferred to customer service")

// reply is an answer that was understood; the zero reply says nothing.
type reply struct {
	kind, text, url string
}

type sealedAnswer struct {
	XMLName      xml.Name `xml:"xml"`
	Encrypt      *string  `xml:"Encrypt"`
	MsgSignature string   `xml:"MsgSignature"`
	TimeStamp    string   `xml:"TimeStamp"`
	Nonce        string   `xml:"Nonce"`
}

type plainAnswer struct {
	XMLName      xml.Name     `xml:"xml"`
	ToUserName   string       `xml:"ToUserName"`
	FromUserName string       `xml:"FromUserName"`
	CreateTime   string       `xml:"CreateTime"`
	MsgType      string       `xml:"MsgType"`
	Content      string       `xml:"Content"`
	Image        *answerMedia `xml:"Image"`
	Voice        *answerMedia `xml:"Voice"`
	Video        *answerMedia `xml:"Video"`
	Music        *answerMusic `xml:"Music"`
	ArticleCount string       `xml:"ArticleCount"`
	Articles     []struct {
		Title       string `xml:"Title"`
		Description string `xml:"Description"`
		PicURL      string `xml:"PicUrl"`
		URL         string `xml:"Url"`
	} `xml:"Articles>item"`
}

type answerMedia struct {
	MediaID string `xml:"MediaId"`
	Title   string `xml:"Title"`
}

type answerMusic struct {
	Title        string `xml:"Title"`
	MusicURL     string `xml:"MusicUrl"`
	ThumbMediaID string `xml:"ThumbMediaId"`
}

// readAnswer understands the body of an answer or says what is wrong with it.
func (p *Platform) readAnswer(a Account, openid string, body []byte) (reply, error) {
	if len(body) == 0 || string(body) == "success" {
		return reply{}, nil
	}
	sealed := sealedAnswer{}
	if err := strictXML(body, &sealed); err != nil {
		return reply{}, err
	}
	switch {
	case sealed.Encrypt == nil && a.Mode == Safe:
		return reply{}, errors.New("an answer in safe mode is encrypted")
	case sealed.Encrypt == nil:
		return p.readPlain(a, openid, body)
	case a.Mode == Plaintext:
		return reply{}, errors.New("an answer in plaintext mode is not encrypted")
	}
	inner, err := unseal(a, sealed)
	if err != nil {
		return reply{}, err
	}
	return p.readPlain(a, openid, []byte(inner))
}

// unseal checks the answer's own signature, decrypts, and checks the app id.
func unseal(a Account, s sealedAnswer) (string, error) {
	if _, err := strconv.ParseInt(s.TimeStamp, 10, 64); err != nil || s.Nonce == "" {
		return "", errors.New("an encrypted answer has a timestamp and a nonce")
	}
	if !sameSignature(s.MsgSignature, signature(a.Token, s.TimeStamp, s.Nonce, *s.Encrypt)) {
		return "", errors.New("the answer's signature is wrong")
	}
	key, err := parseKey(a.AESKey)
	if err != nil {
		return "", err
	}
	inner, appID, err := open(key, *s.Encrypt)
	if err != nil {
		return "", err
	}
	if appID != a.AppID {
		return "", errors.New("the answer was encrypted for another app id")
	}
	return inner, nil
}

// readPlain checks the message in an answer.
func (p *Platform) readPlain(a Account, openid string, body []byte) (reply, error) {
	var m plainAnswer
	if err := strictXML(body, &m); err != nil {
		return reply{}, err
	}
	created, err := strconv.ParseInt(m.CreateTime, 10, 64)
	switch {
	case m.ToUserName != openid:
		return reply{}, errors.New("the answer is for somebody else")
	case m.FromUserName != a.ID:
		return reply{}, errors.New("the answer is from another account")
	case err != nil || created <= 0 || created > 99_999_999_999:
		return reply{}, errors.New("the answer's time is not in seconds")
	}
	switch m.MsgType {
	case "text":
		if strings.TrimSpace(m.Content) == "" {
			return reply{}, errors.New("the answer's text is empty")
		}
		if len(m.Content) > maxText {
			return reply{}, fmt.Errorf("the answer's text has %d bytes", len(m.Content))
		}
		return reply{kind: "text", text: m.Content}, nil
	case "image":
		return p.mediaReply(a, m.Image, "image", "[图片]")
	case "voice":
		return p.mediaReply(a, m.Voice, "voice", "[语音]")
	case "video":
		return p.mediaReply(a, m.Video, "video", "[视频]")
	case "music":
		if m.Music == nil || !p.hasMedia(a.ID, m.Music.ThumbMediaID, "thumb") {
			return reply{}, errors.New("the answer's music has no picture")
		}
		return reply{kind: "music", text: m.Music.Title, url: m.Music.MusicURL}, nil
	case "news":
		if m.ArticleCount != "1" || len(m.Articles) != 1 {
			return reply{}, errors.New("an answer has exactly one article")
		}
		art := m.Articles[0]
		if art.Title == "" && art.Description == "" {
			return reply{}, errors.New("the answer's article is empty")
		}
		return reply{kind: "news", text: joinLines(art.Title, art.Description), url: art.URL}, nil
	case "transfer_customer_service":
		return reply{}, errTransferred
	}
	return reply{}, fmt.Errorf("the answer's type %q is unknown", m.MsgType)
}

func (p *Platform) mediaReply(a Account, m *answerMedia, kind, text string) (reply, error) {
	if m == nil || !p.hasMedia(a.ID, m.MediaID, kind) {
		return reply{}, fmt.Errorf("the answer's %s is not known", kind)
	}
	return reply{kind: kind, text: text, url: p.mediaURL(m.MediaID)}, nil
}

func joinLines(lines ...string) string {
	var kept []string
	for _, l := range lines {
		if l != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}

// strictXML decodes one element and refuses anything around it but white space.
func strictXML(body []byte, into any) error {
	if !utf8.Valid(body) {
		return errors.New("the answer is not UTF-8")
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("the answer is not XML: %w", err)
	}
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		text, isText := t.(xml.CharData)
		if err != nil || !isText || strings.TrimSpace(string(text)) != "" {
			return errors.New("the answer has something behind its XML")
		}
	}
}
