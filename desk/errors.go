package desk

// This file holds the one place where an error becomes a page.

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"frontdesk/ticket"
)

var (
	errCrossSite = fmt.Errorf("%w: the request came from another site", ticket.ErrNotAllowed)
	errTooLong   = fmt.Errorf("%w: the form is too long", ticket.ErrInvalid)
	errNoWords   = fmt.Errorf("%w: words are missing", ticket.ErrInvalid)
	errUnsure    = errors.New("it is open whether it was done")
	errNobody    = fmt.Errorf("%w: nobody to assign to", ticket.ErrInvalid)
)

// trouble is an error as people are told it.
type trouble struct {
	Status int
	Title  string
	Text   string
}

// explain maps the vocabulary of package ticket to HTTP and to words. It is the only such place.
func explain(err error) trouble {
	var taken ticket.Taken
	var size *http.MaxBytesError
	switch {
	case errors.Is(err, errUnsure): // reloading this page sends the same form again, under the same identity
		return trouble{http.StatusServiceUnavailable, "系统正忙", "不确定刚才这一步做成了没有。请过一会儿刷新这一页，让浏览器把它再发一次，不会重复。"}
	case errors.As(err, &taken):
		return trouble{http.StatusConflict, "已经有人受理了", "这件工单" + takenBy(taken.By) + "。"}
	case errors.Is(err, errCrossSite):
		return trouble{http.StatusForbidden, "这一步没有做", "这个请求不是从工作台页面发出的，为了安全没有执行。请回到工作台，再点一次。"}
	case errors.As(err, &size), errors.Is(err, errTooLong):
		return trouble{http.StatusUnprocessableEntity, "写得太长了", fmt.Sprintf("一次最多写 %d 个字，请分成两次发。", ticket.MaxText)}
	case errors.Is(err, errNoWords):
		return trouble{http.StatusUnprocessableEntity, "还没有写字", "请先写几句话，再发送。"}
	case errors.Is(err, errNobody):
		return trouble{http.StatusUnprocessableEntity, "没有选人", "请先选好指派给谁。这个人要能看到这件工单。"}
	case errors.Is(err, ticket.ErrNotFound):
		return trouble{http.StatusNotFound, "没有找到", "没有这个页面或这件工单，或者它不归您看。"}
	case errors.Is(err, ticket.ErrConflict):
		return trouble{http.StatusConflict, "工单刚刚有变化", "别人刚动过这件工单，请看一眼最新情况再决定。"}
	case errors.Is(err, ticket.ErrNotAllowed):
		return trouble{http.StatusForbidden, "这一步现在不能做", "工单现在的状态不允许，或者这件事不由您的岗位来做。"}
	case errors.Is(err, ticket.ErrInvalid):
		return trouble{http.StatusUnprocessableEntity, "还差一点", "填写的内容不完整，请检查后再发。"}
	case errors.Is(err, ticket.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return trouble{http.StatusServiceUnavailable, "系统正忙", "刚才没有存下来。请过一会儿再试一次。"}
	}
	return trouble{http.StatusInternalServerError, "出了点问题", "不是您的错。请返回再试一次；还不行，请告诉管理员。"}
}

// takenBy says who holds a ticket.
func takenBy(name string) string {
	if name == "" {
		return "已由同事受理"
	}
	return "已由 " + name + " 受理"
}

// fail answers with a page for an error, and notes in the log what is not the reader's doing.
func (d *console) fail(w http.ResponseWriter, r *http.Request, o ticket.Officer, err error) {
	if r.Method == http.MethodPost && r.PathValue("number") != "" { // the same form may have been sent before, and taken
		err = unsure(err)
	}
	t := explain(err)
	if r.Method == http.MethodGet && t.Status == http.StatusServiceUnavailable {
		t.Text = "这一页暂时打不开。请过一会儿再刷新。"
	}
	if t.Status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		d.Log.ErrorContext(r.Context(), "the console could not serve a page", "route", r.Pattern, "status", t.Status, "error", err)
	}
	if err := d.show(w, t.Status, "error", errorPage{d.frame(o, t.Title), t.Text}); err != nil {
		d.Log.ErrorContext(r.Context(), "the error page itself failed", "error", err)
		http.Error(w, t.Title, http.StatusInternalServerError)
	}
}

// errorPage is the page for an error.
type errorPage struct {
	frame
	Text string
}
