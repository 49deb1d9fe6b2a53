package bot

import (
	"errors"
	"fmt"

	"frontdesk/ticket"
)

// verdict says what to do about an error code of the platform.
type verdict int

const (
	again    verdict = iota // try again later
	unclear                 // it may have arrived: try again later, but seldom
	pause                   // nothing of this account goes out for a while: a day's quota is used up
	slower                  // nothing of this account goes out for a minute
	newToken                // refresh the token once and try once more
	wait                    // put the letter into the mailbox
	giveUp                  // this letter never arrives: tell the officer
	plainly                 // send the same without answers to tap
)

// ruling is what to do about an error code, and why, for the officer who wrote the letter.
type ruling struct {
	verdict verdict
	reason  string
}

// errcodes sorts every code of the platform that sending can meet. What an operator has to put right is tried again for a while: most of it
// is put right within the hour.
var errcodes = map[int]ruling{
	-1:    {again, "微信系统繁忙，稍后自动重发。"},
	45015: {wait, "居民超过48小时没来信，微信不让主动发；等居民下次来信时一起送到。"},
	45047: {wait, "居民来信后能主动发的条数用完了；等居民下次来信时一起送到。"},
	45002: {giveUp, "内容太长，微信没有收。"},
	40001: {newToken, "公众号的令牌失效了，正在重新获取。"},
	40014: {newToken, "公众号的令牌失效了，正在重新获取。"},
	42001: {newToken, "公众号的令牌过期了，正在重新获取。"},
	40003: {giveUp, "微信不认识这位居民的账号。"},
	40013: {again, "公众号的AppID不对，请联系管理员。"},
	40125: {again, "公众号的AppSecret不对，请联系管理员。"},
	41002: {again, "没有配置公众号的AppID，请联系管理员。"},
	41004: {again, "没有配置公众号的AppSecret，请联系管理员。"},
	40164: {again, "这台服务器的IP不在公众号白名单里，请联系管理员；加上后自动重发。"},
	61004: {again, "这台服务器的IP不在公众号白名单里，请联系管理员；加上后自动重发。"},
	45009: {pause, "公众号今天的发送额度用完了，恢复后自动重发。"},
	45011: {slower, "公众号发得太快，微信要求等一会儿，稍后自动重发。"},
	48001: {wait, "公众号没有主动发消息的权限；等居民下次来信时一起送到。"},
	48002: {wait, "居民关掉了公众号消息；等居民下次来信时一起送到。"},
	48004: {again, "公众号的接口被微信封禁了，请联系管理员。"},
	50005: {giveUp, "居民取消了关注，没有送到。"},
	40200: {plainly, "这种公众号不能发可点选的消息。"},
	43101: {wait, "居民没有同意接收通知；等居民下次来信时一起送到。"},
	47003: {giveUp, "模板消息的内容不合要求。"},
}

// apiError is what the platform said no with, inside HTTP 200.
type apiError struct {
	code int
}

// Error names the code and nothing that was sent.
func (e apiError) Error() string { return fmt.Sprintf("the platform answers errcode %d", e.code) }

var (
	// errUnclear says that it is not known whether a call took effect: its answer was lost or cut off.
	errUnclear = errors.New("no clear answer from the platform")
	// errAway says that a call took no effect: the platform was not reached, or refused it before reading.
	errAway = fmt.Errorf("the platform is not there: %w", ticket.ErrUnavailable)
	// errForced says that the token was refused and may not be forced anew yet.
	errForced = errors.New("the token was refreshed a moment ago")
)

// judge says what to do about an error of a call, and why, for the officer. A code that nobody described is tried again and shown.
func judge(err error) (verdict, string) {
	var refused apiError
	switch {
	case errors.As(err, &refused):
		if row, ok := errcodes[refused.code]; ok {
			return row.verdict, row.reason
		}
		return again, fmt.Sprintf("微信返回了没见过的错误（%d），稍后自动重发。", refused.code)
	case errors.Is(err, errUnclear):
		return unclear, "微信没有明确答复，可能已经送到；稍后再试。"
	case errors.Is(err, errForced):
		return again, "公众号的令牌刚刚刷新过，稍后自动重发。"
	}
	return again, "暂时连不上微信，稍后自动重发。"
}
