package bot

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// errKind says that the platform does not let this kind of account do it.
var errKind = errors.New("this kind of account may not do that")

// button is an item of the custom menu.
type button struct {
	Type string   `json:"type,omitempty"`
	Name string   `json:"name"`
	Key  string   `json:"key,omitempty"`
	Sub  []button `json:"sub_button,omitempty"`
}

// menu lays the keys that the conversations understand out in at most three columns of five.
func menu(keys []ticket.Tap) []button {
	item := map[string]button{}
	for _, k := range keys {
		item[k.ID] = button{Type: "click", Name: k.Text, Key: k.ID}
	}
	column := func(name string, ids ...string) button {
		b := button{Name: name}
		for _, id := range ids {
			if i, ok := item[id]; ok {
				b.Sub = append(b.Sub, i)
			}
		}
		return b
	}
	return []button{
		column("我要办事", "consult", "dispute", "feedback"),
		item["progress"],
		column("找警务室", "officer", "menu", "help"),
	}
}

// PushMenu gives the account its custom menu. The error wraps [ticket.ErrNotAllowed] for a kind of account that has none by API.
func (a *API) PushMenu(ctx context.Context) error {
	if !a.account.Menus() {
		return fmt.Errorf("push the menu: %w: %w", ticket.ErrNotAllowed, errKind)
	}
	if err := a.call(ctx, "/cgi-bin/menu/create", map[string]any{"button": menu(flows.MenuKeys())}, nil); err != nil {
		return fmt.Errorf("push the menu: %w", err)
	}
	return nil
}

// longestCode is how long a temporary code may hold.
const longestCode = 30 * 24 * time.Hour

// MakeCode makes a QR code with a scene, see [ticket.Home.Scene], and gives the address of its picture. It holds for that long, at most 30
// days; 0 makes one of the account's 100,000 that hold for good. Errors wrap [ticket.ErrInvalid] and [ticket.ErrNotAllowed].
func (a *API) MakeCode(ctx context.Context, scene string, holds time.Duration) (string, error) {
	switch {
	case scene == "" || len(scene) > 64:
		return "", fmt.Errorf("make a code: %w: a scene has 1 to 64 characters", ticket.ErrInvalid)
	case holds < 0 || holds > 0 && holds < time.Second || holds > longestCode:
		return "", fmt.Errorf("make a code: %w: a temporary code holds from a second to 30 days", ticket.ErrInvalid)
	case !a.account.Templates():
		return "", fmt.Errorf("make a code: %w: %w", ticket.ErrNotAllowed, errKind)
	}
	ask := map[string]any{
		"action_name": "QR_LIMIT_STR_SCENE", "action_info": map[string]any{"scene": map[string]string{"scene_str": scene}},
	}
	if holds > 0 {
		ask["action_name"], ask["expire_seconds"] = "QR_STR_SCENE", int64(holds/time.Second)
	}
	var got struct {
		Ticket string `json:"ticket"`
	}
	if err := a.call(ctx, "/cgi-bin/qrcode/create", ask, &got); err != nil {
		return "", fmt.Errorf("make a code: %w", err)
	}
	pictures := "https://mp.weixin.qq.com"
	if a.base != defaultBase && !strings.HasSuffix(a.base, ".weixin.qq.com") {
		pictures = a.base
	}
	return pictures + "/cgi-bin/showqrcode?ticket=" + url.QueryEscape(got.Ticket), nil
}
