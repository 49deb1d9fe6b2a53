package desk

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"frontdesk/ticket"
)

// everyPage visits each page of the console on its worst night, in both sizes and both schemes, with menus open too.
func everyPage(t *testing.T, width int64, look func(t *testing.T, s *screen, page string)) {
	t.Helper()
	rm := newRoom(t)
	n := busyNight(rm)
	gone := rm.open(func(o *ticket.Opening) { o.Kind = ticket.Consult })
	lin := ticket.Actor{Role: ticket.Police, ID: "3301", Name: "林元众"}
	rm.does(gone, ticket.Step{What: ticket.Claim, By: lin, At: rm.now})
	rm.does(gone, ticket.Step{What: ticket.Resolve, By: lin, At: rm.now, Text: "办好了"})
	rm.does(gone, ticket.Step{What: ticket.Confirm, By: ticket.TheResident, At: rm.now})
	rm.does(gone, ticket.Step{What: ticket.Rate, By: ticket.TheResident, At: rm.now, Rating: 4})
	s := newScreen(t, width)
	see := func(page string) {
		t.Helper()
		for _, scheme := range []string{"light", "dark"} {
			s.scheme(scheme)
			look(t, s, fmt.Sprintf("%s, %d px, %s", page, width, scheme))
		}
	}
	s.opens(rm.url + "/desk/sign-in")
	see("sign-in")
	s.signsIn("3301")
	s.shows(`document.querySelector('.board')`)
	see("queue")
	for _, path := range []string{"?list=mine", "?list=open", "?list=done", "help", "search?q=1234", "nowhere", "tickets/" + string(gone)} {
		s.opens(rm.url + "/desk/" + path)
		see(path)
	}
	s.reads(rm, n)
	see("ticket")
	for _, what := range []string{"ask", "note", "resolve"} {
		s.tell(`pick('%s')`, what)
		see("ticket, " + what)
	}
	for _, menu := range []string{".me", ".more", ".quick"} {
		s.tell(`document.querySelector('%s').open = true`, menu)
		see("ticket, menu " + menu)
		s.tell(`document.querySelector('%s').open = false`, menu)
	}
	s.tell(`document.querySelector('#cut').hidden = false`)
	see("ticket, cut off")
	for _, other := range []ticket.Number{firstUnclaimed(rm)} {
		s.reads(rm, other)
		see("unclaimed ticket")
	}
}

// firstUnclaimed gives a ticket that waits for somebody.
func firstUnclaimed(rm *room) ticket.Number {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	for n, h := range rm.headers {
		if h.Status.Unclaimed() && !h.Restricted && h.Urgent {
			return n
		}
	}
	return ""
}

// faint lists the texts of a page whose contrast with what is behind them is below 4.5, or below 3 for large ones (WCAG 2.2, 1.4.3).
const faint = `(() => {
	const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
	const rgba = (css) => { paint.clearRect(0, 0, 1, 1); paint.fillStyle = css; paint.fillRect(0, 0, 1, 1); return [...paint.getImageData(0, 0, 1, 1).data]; };
	const over = (top, under) => top.slice(0, 3).map((v, i) => v * top[3] / 255 + under[i] * (1 - top[3] / 255)).concat(255);
	const light = (c) => { const [r, g, b] = c.map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
	const behind = (el) => {
		if (!el) return rgba('white');
		const own = rgba(getComputedStyle(el).backgroundColor);
		return own[3] === 255 ? own : over(own, behind(el.parentElement));
	};
	const solid = (el) => !el ? 1 : getComputedStyle(el).opacity * solid(el.parentElement);
	const found = [];
	const judge = (el, color, words) => {
		const style = getComputedStyle(el), size = parseFloat(style.fontSize), ink = rgba(color);
		ink[3] *= solid(el);
		const under = behind(el), a = light(over(ink, under)), b = light(under), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		const least = size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5;
		if (ratio < least) found.push(ratio.toFixed(2) + ' ' + el.className + ' ' + words.slice(0, 20));
	};
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const el = walk.currentNode.parentElement, words = walk.currentNode.data.trim();
		if (!words || el.closest('.aside, .skip, .say, script, noscript, option') || !el.checkVisibility()) continue;
		judge(el, getComputedStyle(el).color, words);
	}
	for (const el of document.querySelectorAll(':placeholder-shown')) if (el.checkVisibility()) judge(el, getComputedStyle(el, '::placeholder').color, el.placeholder);
	return [...new Set(found)].join('\n');
})()`

// TestContrast measures every text of every page, at night and by day.
func TestContrast(t *testing.T) {
	for _, width := range []int64{deskWide, phoneWide} {
		everyPage(t, width, func(t *testing.T, s *screen, page string) {
			t.Helper()
			if found := s.tell(faint); found != "" {
				t.Errorf("%s: too faint to read:\n%s", page, found)
			}
		})
	}
}

// small lists what a thumb has to hit on a page and is less than 40 px high or wide. Links inside a sentence are exempt, as in WCAG 2.2, 2.5.8.
const small = `[...document.querySelectorAll('a, button, summary, select, textarea, input:not([type=hidden], .pick), label:has(kbd), .long label')]
	.filter((el) => el.checkVisibility({ visibilityProperty: true }) && !el.closest('.skip, .shade') && !(el.matches('span > a')))
	.map((el) => { const box = (el.matches('.title') ? el.closest('.row') : el).getBoundingClientRect(); return [el, box.width, box.height]; })
	.filter(([, w, h]) => w && h && (w < 39.9 || h < 39.9))
	.map(([el, w, h]) => el.tagName + '.' + el.className + ' ' + el.innerText.slice(0, 12) + ' ' + w.toFixed() + 'x' + h.toFixed()).join('\n')`

// wide lists what reaches beyond the right edge of a page that should not scroll sideways.
const wide = `document.documentElement.scrollWidth <= innerWidth ? '' : [...document.body.querySelectorAll('*')]
	.filter((el) => el.getBoundingClientRect().right > innerWidth + 1).map((el) => el.tagName + '.' + el.className).join(' ')`

// TestOneHand looks at every page of a phone: nothing is too small for a thumb, nothing hides beyond the edge.
func TestOneHand(t *testing.T) {
	everyPage(t, phoneWide, func(t *testing.T, s *screen, page string) {
		t.Helper()
		if found := s.tell(small); found != "" {
			t.Errorf("%s: too small for a thumb:\n%s", page, found)
		}
		if found := s.tell(wide); found != "" {
			t.Errorf("%s: wider than the phone: %s", page, found)
		}
	})
}

// TestOrderForEars checks what a screen reader goes by: one first heading, no level left out, a language, names on all fields and buttons.
func TestOrderForEars(t *testing.T) {
	const mute = `[
		document.documentElement.lang === 'zh-CN' ? '' : 'no language',
		document.querySelectorAll('h1').length === 1 ? '' : document.querySelectorAll('h1').length + ' first headings',
		document.querySelector('.skip[href="#main"]') && document.querySelectorAll('#main').length === 1 ? '' : 'nowhere to skip to',
		...[...document.querySelectorAll('h1, h2, h3')].filter((h) => h.checkVisibility()).map((h, i, all) => i && h.tagName[1] - all[i - 1].tagName[1] > 1 ? 'a level is left out before ' + h.innerText : ''),
		...[...document.querySelectorAll('input:not([type=hidden]), textarea, select')].map((el) => el.labels?.length || el.ariaLabel ? '' : 'no label: ' + el.outerHTML),
		...[...document.querySelectorAll('a[href], button, summary')].filter((el) => el.checkVisibility() && !el.ariaHidden).map((el) => el.innerText.trim() || el.ariaLabel || el.querySelector('img[alt]') ? '' : 'no name: ' + el.outerHTML),
		...[...document.querySelectorAll('img')].map((el) => el.alt ? '' : 'no words for a picture'),
	].filter(Boolean).join('\n')`
	everyPage(t, deskWide, func(t *testing.T, s *screen, page string) {
		t.Helper()
		if found := s.tell(mute); found != "" {
			t.Errorf("%s: %s", page, found)
		}
	})
}

// TestALongAnswerFolds reads a long answer whole by one tap, and it stays open while the page renews itself.
func TestALongAnswerFolds(t *testing.T) {
	rm := newRoom(t)
	n := busyNight(rm)
	s := newScreen(t, phoneWide)
	s.enters(rm, "3301")
	s.reads(rm, n)
	s.shows(`document.querySelector('.long p').offsetHeight < 220`)
	s.do(chromedp.Click(chromedp.CSS(`.long label`)))
	s.shows(`document.querySelector('.long p').offsetHeight > 800`)
	s.tell(`(window.old = document.querySelector("#rows"), refresh().then(() => { window.renewed = true }))`)
	s.shows(`window.renewed && !window.old.isConnected && document.querySelector('.long p').offsetHeight > 800`)
}

// TestTheBoxStaysSmall keeps the text box of a phone out of the way until it is used; resolving, which needs no words, keeps its button.
func TestTheBoxStaysSmall(t *testing.T) {
	rm := newRoom(t)
	n := busyNight(rm)
	s := newScreen(t, phoneWide)
	s.enters(rm, "3301")
	s.reads(rm, n)
	const sends = `document.querySelector('.send .primary').checkVisibility()`
	s.shows(`!%s && document.querySelector('#dock').offsetHeight < 140`, sends)
	s.do(chromedp.Click(chromedp.CSS(`label[for=do-ask]`)))
	s.shows(`%s && document.activeElement.id === 'text'`, sends)
	s.tell(`document.activeElement.blur()`)
	s.shows(`!%s`, sends)
	s.do(chromedp.Click(chromedp.CSS(`label[for=do-resolve]`)))
	s.tell(`document.activeElement.blur()`)
	s.shows(sends)
}
