// What stands on a resident's screen. All text goes in as text, never as HTML.

export const $ = (sel, from = document) => from.querySelector(sel);

export const el = (tag, cls, text) => {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  if (text !== undefined) e.textContent = text;
  return e;
};

export const button = (cls, text, click) => {
  const b = el("button", cls, text);
  b.type = "button";
  b.onclick = click;
  return b;
};

export const icon = (name) => {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg"), use = document.createElementNS(space, "use");
  use.setAttribute("href", "#i-" + name);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
};

const two = (n) => String(n).padStart(2, "0");
export const hour = (d) => two(d.getHours()) + ":" + two(d.getMinutes());

// moment tells a time as a messenger does: the hour today, the day before that.
export const moment = (d, now) => {
  const days = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(d).setHours(0, 0, 0, 0)) / 864e5);
  if (days === 0) return hour(d);
  if (days === 1) return "昨天 " + hour(d);
  return (d.getMonth() + 1) + "月" + d.getDate() + "日 " + hour(d);
};

// Files of the platform are asked for beside this page, whatever name the world knows the platform by.
const near = (url) => url.includes("/media/") ? "media/" + url.split("/media/").pop() : url;

const away = (href, text) => {
  const a = el("a", "", text);
  a.href = href;
  a.target = "_blank";
  a.rel = "noopener noreferrer";
  return a;
};
const isAddress = (url) => /^https?:\/\//.test(url || "");

// words puts a text into an element, with its addresses as links.
const words = (into, text) => {
  for (const part of text.split(/(https?:\/\/[^\s\uff0c\u3002\uff1b\u3001\uff09\u3011\u300d\uff01\uff1f]+)/)) {
    into.append(isAddress(part) ? away(part, part) : part);
  }
};

const bodies = {
  image(b, l) {
    b.classList.add("bare");
    const a = away(near(l.url)), img = el("img", "photo");
    img.src = near(l.url);
    img.alt = "照片";
    a.append(img);
    b.append(a);
  },
  voice(b) {
    b.classList.add("voice");
    b.setAttribute("aria-label", "语音，1 秒");
    b.append(icon("mic"), el("span", "", "1″"));
  },
  video(b, l) {
    b.classList.add("bare");
    const f = el("span", "film");
    f.setAttribute("role", "img");
    f.setAttribute("aria-label", "视频，1 秒");
    if (l.thumb) {
      const img = el("img");
      img.src = near(l.thumb);
      img.alt = "";
      f.append(img);
    }
    f.append(icon("play"), el("span", "", "0:01"));
    b.append(f);
  },
  place(b, l) {
    b.classList.add("card");
    const map = el("span", "map");
    map.append(icon("pin"));
    b.append(el("b", "", l.text || "位置"), el("small", "", "位置"), map);
  },
  news(b, l) {
    b.classList.add("card");
    const [head, ...rest] = l.text.split("\n");
    b.append(el("b", "", head));
    if (rest.length) b.append(el("small", "", rest.join("\n")));
    if (isAddress(l.url)) b.append(away(l.url, "打开"));
  },
  link(b, l) { bodies.news(b, l); },
  music(b, l) { bodies.news(b, l); },
  msgmenu(b, l, act) {
    if (l.text) words(b, l.text);
    const list = el("div", "choices");
    for (const c of l.choices || []) list.append(button("", c.content, () => act("tap", { id: c.id, content: c.content })));
    b.append(list);
  },
};

const notice = (l) => {
  const n = el("div", l.kind === "notice" ? "notice broken" : "notice", l.text);
  if (l.posts) n.append(el("small", "", "平台推送了 " + l.posts + " 次" + (l.why ? "：" + l.why : "")));
  return n;
};

const template = (l) => {
  const card = el("div", "service"), head = el("h3"), mark = el("i"), p = el("p");
  mark.append(icon("shield"));
  head.append(mark, "服务通知");
  words(p, l.text);
  card.append(head, p);
  if (isAddress(l.url)) card.append(away(l.url, "查看详情 ›"));
  return card;
};

// Chat draws the lines of one resident.
export class Chat {
  constructor(box, person, act) {
    Object.assign(this, { box, person, act, count: 0, last: 0, first: "" });
  }
  // update draws what is new and says how many lines those are.
  update(v) {
    const first = v.lines.length ? v.lines[0].at : "";
    if (v.lines.length < this.count || this.count && first !== this.first) { // the platform has begun afresh
      this.box.replaceChildren();
      this.count = this.last = 0;
    }
    const atEnd = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < 80;
    for (const w of this.box.querySelectorAll(".when")) w.textContent = moment(new Date(w.dataset.at), new Date(v.now));
    const fresh = v.lines.slice(this.count);
    for (const l of fresh) this.line(l, new Date(v.now));
    this.count = v.lines.length;
    this.first = first;
    if (fresh.length && (atEnd || fresh.some((l) => l.from === "resident"))) this.end();
    return fresh.length;
  }
  end() { this.box.scrollTop = this.box.scrollHeight; }
  line(l, now) {
    const at = new Date(l.at);
    if (Math.abs(at - this.last) > 5 * 60e3) {
      const when = el("div", "when", moment(at, now));
      when.dataset.at = l.at;
      this.box.append(when);
    }
    this.last = at;
    if (l.from === "notice") { this.box.append(notice(l)); return; }
    if (l.kind === "template") { this.box.append(template(l)); return; }
    const mine = l.from === "resident";
    const row = el("div", mine ? "row mine" : "row"), bubble = el("div", "bubble");
    const face = el("div", mine ? "face tint" + this.person.tint : "face room", mine ? this.person.name[0] : undefined);
    face.setAttribute("aria-hidden", "true");
    if (!mine) face.append(icon("shield"));
    const body = bodies[l.kind];
    if (body) body(bubble, l, this.act); else words(bubble, l.text);
    if (l.machine) bubble.append(el("span", "machine", "内容由人工智能生成"));
    for (const img of bubble.querySelectorAll("img")) img.onload = () => this.end();
    row.append(face, bubble);
    this.box.append(row);
  }
}
