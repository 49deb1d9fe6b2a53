package wechatsim

// Template messages and subscription notices: what their values may hold, who gets them, and the event that follows.

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// sameTemplate is how long a client_msg_id removes duplicates.
const sameTemplate = 10 * time.Minute

// templatesADay is how many template messages an account may send in one day of China's.
const templatesADay = 100_000

// sentNotice remembers a template message by its client_msg_id.
type sentNotice struct {
	id int64
	at time.Time
}

type templateValue struct {
	Value *string `json:"value"`
	Color string  `json:"color"`
}

type templateMessage struct {
	ToUser      string                     `json:"touser"`
	TemplateID  string                     `json:"template_id"`
	URL         string                     `json:"url"`
	ClientMsgID string                     `json:"client_msg_id"`
	Data        map[string]json.RawMessage `json:"data"`
}

// readTemplate checks a template message or a notice.
func readTemplate(body []byte) (templateMessage, string, int) {
	if len(body) == 0 {
		return templateMessage{}, "", 44002
	}
	var m templateMessage
	if err := decodeJSON(body, &m); err != nil || !utf8.Valid(body) {
		return m, "", 47001
	}
	switch {
	case m.TemplateID == "":
		return m, "", 40037
	case len(m.Data) == 0:
		return m, "", 47003
	case len(m.ClientMsgID) > 32:
		return m, "", 40097
	}
	names := make([]string, 0, len(m.Data))
	for name := range m.Data {
		names = append(names, name)
	}
	slices.Sort(names)
	var text []string
	for _, name := range names {
		var v templateValue
		// The value was read once already: its escapes are as they should be.
		if err := json.Unmarshal(m.Data[name], &v); err != nil {
			return m, "", 47001
		}
		if v.Value == nil || v.Color != "" || !valueFits(name, *v.Value) {
			return m, "", 47003
		}
		text = append(text, *v.Value)
	}
	return m, strings.Join(text, "\n"), 0
}

var keyword = regexp.MustCompile(`^([a-z_]*[a-z])\d+$`)

var (
	digits  = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
	letters = regexp.MustCompile(`^[A-Za-z]+$`)
	phones  = regexp.MustCompile(`^[0-9+()\- ]+$`)
	clocks  = regexp.MustCompile("[0-9]{1,2}[:\uff1a][0-9]{2}")
	days    = regexp.MustCompile("[0-9]{4}(-|/|\u5e74)[0-9]{1,2}")
	amounts = regexp.MustCompile("^[\u00a5$\uffe5]?[0-9]+([.][0-9]+)?\u5143?$")
)

// valueFits says whether a keyword may hold a value. Keywords without a type (first, remark, keyword1) are of templates that are gone.
func valueFits(name, value string) bool {
	m := keyword.FindStringSubmatch(name)
	if m == nil || value == "" || hasEmoji(value) {
		return false
	}
	n := utf8.RuneCountInString(value)
	switch m[1] {
	case "thing":
		return n <= 20
	case "character_string":
		return n <= 32 && isASCII(value)
	case "phrase":
		return n <= 5 && allChinese(value)
	case "phone_number":
		return n <= 17 && phones.MatchString(value)
	case "name":
		return n <= 10
	case "number":
		return n <= 32 && digits.MatchString(value)
	case "letter":
		return n <= 32 && letters.MatchString(value)
	case "symbol":
		return n <= 5
	case "amount":
		return n <= 12 && amounts.MatchString(value)
	case "car_number":
		return n <= 8
	case "date":
		return n <= 32 && days.MatchString(value)
	case "time":
		return n <= 32 && (clocks.MatchString(value) || days.MatchString(value))
	case "const":
		return n <= 20
	}
	return false
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e })
}

func allChinese(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.Is(unicode.Han, r) })
}

func hasEmoji(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF || r == 0xFE0F || r == 0x200D
	})
}

// sendTemplate answers message/template/send. Whether it reached the resident, the event afterwards tells.
func (p *Platform) sendTemplate(r request) outcome {
	m, text, code := readTemplate(r.body)
	if code != 0 {
		return refuse(code)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.accounts[r.account.ID]
	to := d.residents[m.ToUser]
	switch {
	case to == nil:
		return refuse(40003)
	case !to.follows:
		return refuse(50005)
	}
	once := m.ToUser + " " + m.ClientMsgID
	if old, ok := d.sent[once]; ok && m.ClientMsgID != "" && p.now().Before(old.at.Add(sameTemplate)) {
		return outcome{fields: map[string]any{"msgid": old.id}}
	}
	if day := p.now().UTC().Add(8 * time.Hour).Format(time.DateOnly); d.day != day {
		d.day, d.templates = day, 0
	}
	if d.templates >= templatesADay {
		return refuse(45009)
	}
	d.templates++
	p.lastMsg++
	id := p.lastMsg
	if m.ClientMsgID != "" {
		d.sent[once] = sentNotice{id: id, at: p.now()}
	}
	status := "success"
	if to.refuses {
		status = "failed:user block"
	} else {
		to.show(Line{From: "account", Kind: "template", Text: text, URL: m.URL})
	}
	p.tell(to, field{name: "Event", value: "TEMPLATESENDJOBFINISH"},
		field{name: "MsgID", value: strconv.FormatInt(id, 10)}, field{name: "Status", value: status})
	return outcome{fields: map[string]any{"msgid": id}}
}

// sendNotice answers message/subscribe/bizsend: one notice for each consent.
func (p *Platform) sendNotice(r request) outcome {
	m, text, code := readTemplate(r.body)
	if code != 0 {
		return refuse(code)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	to := p.accounts[r.account.ID].residents[m.ToUser]
	switch {
	case to == nil:
		return refuse(40003)
	case !to.follows:
		return refuse(50005)
	case to.consents[m.TemplateID] == 0:
		return refuse(43101)
	}
	if to.consents[m.TemplateID] > 0 {
		to.consents[m.TemplateID]--
	}
	p.lastMsg++
	id := strconv.FormatInt(p.lastMsg, 10)
	to.show(Line{From: "account", Kind: "template", Text: text, URL: m.URL})
	p.tell(to, field{name: "Event", value: "subscribe_msg_sent_event"},
		field{name: "SubscribeMsgSentEvent", raw: true, value: "<List><TemplateId>" + cdata(m.TemplateID) + "</TemplateId><MsgID>" + id +
			"</MsgID><ErrorCode>0</ErrorCode><ErrorStatus>" + cdata("success") + "</ErrorStatus></List>"})
	return outcome{}
}

// tell posts an event after the call that caused it; the caller holds the lock.
func (p *Platform) tell(to *Resident, fields ...field) {
	post := func() { to.event(p.ctx, Line{}, fields...) }
	switch {
	case p.ctx.Err() != nil:
	case p.cfg.Later != nil:
		p.cfg.Later(post)
	default:
		p.later.Go(post)
	}
}
