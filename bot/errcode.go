package bot

import (
	"errors"
	"fmt"
)

// verdict says what to do about an error code of the platform.
type verdict int

const (
	again     verdict = iota // try again later
	pause                    // nothing of this account goes out for a while
	newToken                 // refresh the token once and try once more
	wait                     // put the letter into the mailbox
	giveUp                   // this letter never arrives: tell the officer
	notListed                // the operator has to do something: try again later, and tell
)

// errcodes sorts every code of wechat.md. The reason is for the officer who wrote the letter.
var errcodes = map[int]struct {
	verdict verdict
	reason  string
}{
	-1:    {again, "微信系统繁忙，稍后自动重发。"},
	45015: {wait, "居民超过48小时没来信，微信不让主动发；等居民下次来信时一起送到。"},
	45047: {wait, "居民来信后能主动发的条数用完了；等居民下次来信时一起送到。"},
	45002: {giveUp, "内容太长，微信没有收。"},
	40001: {newToken, "公众号的令牌失效了，正在重新获取。"},
	40014: {newToken, "公众号的令牌失效了，正在重新获取。"},
	42001: {newToken, "公众号的令牌过期了，正在重新获取。"},
	40003: {giveUp, "微信不认识这位居民的账号。"},
	40164: {notListed, "这台服务器的IP不在公众号白名单里，请联系管理员；加上后自动重发。"},
	61004: {notListed, "这台服务器的IP不在公众号白名单里，请联系管理员；加上后自动重发。"},
	45009: {pause, "公众号今天的发送额度用完了，恢复后自动重发。"},
	45011: {pause, "公众号发得太快，微信要求等一会儿，稍后自动重发。"},
	48001: {wait, "公众号没有主动发消息的权限；等居民下次来信时一起送到。"},
	48002: {wait, "居民关掉了公众号消息；等居民下次来信时一起送到。"},
	48004: {notListed, "公众号的接口被微信封禁了，请联系管理员。"},
	50005: {giveUp, "居民取消了关注，没有送到。"},
	40200: {wait, "这种公众号不能发可点选的消息；等居民下次来信时一起送到。"},
	47003: {giveUp, "模板消息的内容不合要求。"},
}

// apiError is what the platform said no with, inside HTTP 200.
type apiError struct {
	code int
}

// Error names the code and nothing that was sent.
func (e apiError) Error() string { return fmt.Sprintf("the platform answers errcode %d", e.code) }

// errUnclear says that it is not known whether a call took effect: the answer was lost or cut off.
var errUnclear = errors.New("no clear answer from the platform")

// judge says what to do about an error of a call, and why, for the officer.
func judge(err error) (verdict, string) {
	var refused apiError
	if !errors.As(err, &refused) {
		return again, "暂时连不上微信，稍后自动重发。"
	}
	if row, ok := errcodes[refused.code]; ok {
		return row.verdict, row.reason
	}
	return again, fmt.Sprintf("微信返回了没见过的错误（%d），稍后自动重发。", refused.code)
}
