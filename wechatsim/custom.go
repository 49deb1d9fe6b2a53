package wechatsim

// Customer-service messages.

import "unicode/utf8"

// customMessage is what an account sends to a resident in a window.
type customMessage struct {
	ToUser  string       `json:"touser"`
	MsgType string       `json:"msgtype"`
	Text    *customText  `json:"text"`
	Image   *customMedia `json:"image"`
	Voice   *customMedia `json:"voice"`
	Video   *customMedia `json:"video"`
	Music   *struct {
		Title        string `json:"title"`
		MusicURL     string `json:"musicurl"`
		ThumbMediaID string `json:"thumb_media_id"`
	} `json:"music"`
	News *struct {
		Articles []struct {
			Title       string `json:"title"`
			Description string `json:"description"`
			URL         string `json:"url"`
			PicURL      string `json:"picurl"`
		} `json:"articles"`
	} `json:"news"`
	Menu *struct {
		Head string   `json:"head_content"`
		List []Choice `json:"list"`
		Tail string   `json:"tail_content"`
	} `json:"msgmenu"`
	Machine *struct {
		IsAI int `json:"is_ai_msg"`
	} `json:"aimsgcontext"`
}

type customText struct {
	Content string `json:"content"`
}

type customMedia struct {
	MediaID      string `json:"media_id"`
	ThumbMediaID string `json:"thumb_media_id"`
	Title        string `json:"title"`
}

// sendCustom answers message/custom/send.
func (p *Platform) sendCustom(r request) outcome {
	if len(r.body) == 0 {
		return refuse(44002)
	}
	var m customMessage
	if err := decodeJSON(r.body, &m); err != nil || !utf8.Valid(r.body) {
		return refuse(47001)
	}
	if m.Machine != nil && m.Machine.IsAI != 0 && m.Machine.IsAI != 1 {
		return refuse(40097)
	}
	line, code := p.customLine(r.account, m)
	if code != 0 {
		return refuse(code)
	}
	line.From, line.Machine = "account", m.Machine != nil && m.Machine.IsAI == 1
	p.mu.Lock()
	defer p.mu.Unlock()
	to := p.accounts[r.account.ID].residents[m.ToUser]
	if to == nil {
		return refuse(40003)
	}
	i, code := findWindow(to.windows, p.now())
	switch {
	case code == 45015:
		return refuse(code)
	case !to.follows:
		return refuse(50005)
	case to.refuses:
		return refuse(48002)
	case code != 0:
		return refuse(code)
	}
	to.windows[i].left--
	to.show(line)
	return outcome{}
}

// customLine checks what is sent and says how it looks on the screen.
func (p *Platform) customLine(a Account, m customMessage) (Line, int) {
	switch m.MsgType {
	case "text":
		if m.Text == nil || m.Text.Content == "" {
			return Line{}, 44004
		}
		if len(m.Text.Content) > maxText {
			return Line{}, 45002
		}
		return Line{Kind: "text", Text: m.Text.Content}, 0
	case "image":
		return p.customMediaLine(a, m.Image, "image", "[图片]")
	case "voice":
		return p.customMediaLine(a, m.Voice, "voice", "[语音]")
	case "video":
		return p.customMediaLine(a, m.Video, "video", "[视频]")
	case "music":
		if m.Music == nil || !p.hasMedia(a.ID, m.Music.ThumbMediaID, "thumb") {
			return Line{}, 40007
		}
		return Line{Kind: "music", Text: m.Music.Title, URL: m.Music.MusicURL}, 0
	case "news":
		if m.News == nil || len(m.News.Articles) != 1 {
			return Line{}, 45008
		}
		art := m.News.Articles[0]
		return Line{Kind: "news", Text: joinLines(art.Title, art.Description), URL: art.URL}, 0
	case "msgmenu":
		return menuLine(a, m)
	}
	return Line{}, 40008
}

func (p *Platform) customMediaLine(a Account, m *customMedia, kind, text string) (Line, int) {
	if m == nil || !p.hasMedia(a.ID, m.MediaID, kind) {
		return Line{}, 40007
	}
	return Line{Kind: kind, Text: joinLines(text, m.Title), URL: p.mediaURL(m.MediaID)}, 0
}

func menuLine(a Account, m customMessage) (Line, int) {
	switch {
	case !a.Kind.tapMenus():
		return Line{}, 40200
	case m.Menu == nil || len(m.Menu.List) == 0:
		return Line{}, 44004
	case len(m.Menu.Head)+len(m.Menu.Tail) > maxText:
		return Line{}, 45002
	}
	for _, c := range m.Menu.List {
		if c.ID == "" || c.Content == "" {
			return Line{}, 44004
		}
	}
	return Line{Kind: "msgmenu", Text: joinLines(m.Menu.Head, m.Menu.Tail), Choices: m.Menu.List}, 0
}

// showTyping answers message/custom/typing; it takes nothing from the window.
func (p *Platform) showTyping(r request) outcome {
	var in struct {
		ToUser  string `json:"touser"`
		Command string `json:"command"`
	}
	if err := decodeJSON(r.body, &in); err != nil {
		return refuse(47001)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	to := p.accounts[r.account.ID].residents[in.ToUser]
	switch {
	case to == nil:
		return refuse(40003)
	case in.Command != "Typing" && in.Command != "CancelTyping":
		return refuse(40097)
	}
	if _, code := findWindow(to.windows, p.now()); code != 0 {
		return refuse(code)
	}
	return outcome{}
}
