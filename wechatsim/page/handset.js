// One phone: what a resident writes, taps and sends.
import { $, el, button, icon, hour, Chat } from "./chat.js";

const places = [
  { latitude: 27.52613, longitude: 119.63541, label: "溪山镇廊桥东路18号" },
  { latitude: 27.52188, longitude: 119.64027, label: "城南菜市场南门" },
  { latitude: 27.53342, longitude: 119.62775, label: "翠湖小区3幢2单元" },
  { latitude: 27.51896, longitude: 119.61908, label: "实验小学门口公交站" },
];
const emoji = [..."😀😄😊🙂😅😂😭😢😡😱😴🤔😷🤝👍👎👌👏🙏💪👮🚓🚨🔥🏠🐶🔊🌙☕🌹🎉✅"];
const refusals = {
  404: "没有这样的操作", 409: "现在发不出去，还没有关注这个公众号，或已转人工客服", 413: "太大了，发不出去", 503: "模拟平台已经停了",
};

// shrink makes any picture a JPEG of at most 1600 px, as a phone does before it sends.
const shrink = async (file) => {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, 1600 / Math.max(bitmap.width, bitmap.height));
  const canvas = el("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const c = canvas.getContext("2d");
  c.fillStyle = "#fff"; // behind what is transparent
  c.fillRect(0, 0, canvas.width, canvas.height);
  c.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas.toDataURL("image/jpeg", 0.85).split(",")[1];
};

export class Handset {
  // toast shows a few words to whoever plays the residents.
  constructor(account, person, toast) {
    Object.assign(this, { account, person, toast, menuKey: "", queue: Promise.resolve() });
    this.root = $("#phone").content.firstElementChild.cloneNode(true);
    this.root.setAttribute("aria-label", person.name + "的手机");
    this.get(".me").textContent = person.name;
    for (const n of this.root.querySelectorAll(".name")) n.textContent = account.name;
    this.get(".kind").textContent = account.kindName;
    this.box = this.get("textarea");
    this.chat = new Chat(this.get(".chat"), person, (name, body) => this.act(name, body));
    this.wire();
  }
  get(sel) { return $(sel, this.root); }
  wire() {
    this.box.oninput = () => this.grow();
    this.box.onkeydown = (e) => {
      if (e.key === "Enter" && !e.shiftKey && !e.isComposing && e.keyCode !== 229) { e.preventDefault(); this.say(); }
    };
    this.box.onfocus = () => this.drawer(null);
    this.get(".send").onclick = () => { this.say(); this.box.focus(); };
    this.get(".plus").onclick = () => this.drawer(".more");
    this.get(".smile").onclick = () => this.drawer(".emoji");
    for (const b of this.root.querySelectorAll(".follow")) b.onclick = () => this.act("follow");
    for (const b of this.root.querySelectorAll(".scan-in")) b.onclick = () => this.scan();
    this.get(".swap").onclick = () => this.swap(this.get(".menu").hidden);
    this.get(".shade").onclick = () => this.sheet(null);
    for (const b of this.root.querySelectorAll("[data-act]")) b.onclick = () => { this.drawer(null); this.act(b.dataset.act); };
    this.get("[data-sheet=place]").onclick = () => this.place((p) => this.act("place", p));
    this.get("[data-sheet=scan]").onclick = () => this.scan();
    this.get(".pick").onclick = () => this.get("input[type=file]").click();
    this.get("input[type=file]").onchange = (e) => this.photo(e.target);
    this.get(".emoji").append(...emoji.map((e) => button("", e, () => this.insert(e))));
    this.root.addEventListener("click", (e) => { if (!e.target.closest(".menu")) this.unpop(); });
    this.root.addEventListener("keydown", (e) => { if (e.key === "Escape") { this.sheet(null); this.unpop(); } });
  }
  grow() {
    const full = this.box.value.trim() !== "";
    this.get(".send").hidden = !full;
    this.get(".plus").hidden = full;
    this.box.style.height = "";
    this.box.style.height = Math.min(this.box.scrollHeight, 120) + "px";
  }
  insert(words) {
    this.box.setRangeText(words, this.box.selectionStart, this.box.selectionEnd, "end");
    this.grow();
  }
  say() {
    const text = this.box.value.trim();
    if (!text) return;
    this.box.value = "";
    this.grow();
    this.act("text", { text });
  }
  async photo(input) {
    const file = input.files[0];
    input.value = "";
    this.drawer(null);
    if (!file) return;
    try { this.act("image", { data: await shrink(file) }); } catch { this.toast("这个文件不是照片"); }
  }
  // act sends one after the other, in the order in which they were done; none waits for the answer to the one before.
  act(name, body = {}) {
    this.queue = this.queue.then(() => this.post(name, body));
    return this.queue;
  }
  async post(name, body) {
    try {
      const r = await fetch(this.path(name) + "?wait=no", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
      if (r.ok) return;
      const why = await r.text();
      this.toast(why.includes("expired") ? "二维码已过期" : refusals[r.status] || "没有发出去，请再试一次");
    } catch { this.toast("没有发出去，请再试一次"); }
  }
  path(end) { return "api/residents/" + encodeURIComponent(this.account.id) + "/" + encodeURIComponent(this.person.openid) + "/" + end; }

  // drawer opens the tools or the emoji, or closes whichever is open.
  drawer(which) {
    for (const sel of [".more", ".emoji"]) {
      const d = this.get(sel);
      d.hidden = sel !== which || !d.hidden;
    }
    this.chat.end();
  }
  sheet(content, title = "") {
    this.get(".shade").hidden = this.get(".sheet").hidden = !content;
    this.drawer(null);
    if (content) this.get(".sheet").replaceChildren(el("h3", "", title), ...content);
  }
  place(then) {
    this.sheet(places.map((p) => {
      const b = button("item", "", () => { this.sheet(null); then(p); });
      b.append(icon("pin"), p.label);
      return b;
    }), "发送位置");
    this.get(".sheet .item").focus();
  }
  scan(then = (scene) => this.act("scan", { scene })) {
    const input = el("input");
    const go = button("go", "扫码", () => { const scene = input.value.trim(); if (scene) { this.sheet(null); then(scene); } });
    input.placeholder = "二维码的场景值，如 officer-wang";
    input.maxLength = 64;
    input.setAttribute("aria-label", "二维码的场景值");
    input.onkeydown = (e) => { if (e.key === "Enter" && !e.isComposing) go.click(); };
    this.sheet([el("p", "", "门口、警务室和民警名片上的二维码各有一个场景值，填上它就等于扫了那个码。"), input, go], "扫一扫");
    input.focus();
  }

  swap(toMenu) {
    this.get(".menu").hidden = !toMenu;
    this.get(".entry").hidden = toMenu;
    this.drawer(null);
    this.get(".swap use").setAttribute("href", toMenu ? "#i-keys" : "#i-list");
  }
  unpop() { for (const p of this.root.querySelectorAll(".pop")) p.remove(); }
  // setMenu shows the account's menu first to who has not written yet, and beside the keyboard to who has.
  setMenu(menu, wrote) {
    const key = JSON.stringify(menu);
    if (key === this.menuKey) return;
    this.menuKey = key;
    this.get(".swap").hidden = menu.length === 0;
    this.get(".menu").replaceChildren(...menu.map((m) => {
      const cell = el("div"), subs = m.sub_button || [];
      const b = button(subs.length ? "has-sub" : "", m.name, () => {
        const open = $(".pop", cell);
        this.unpop();
        if (!subs.length) { this.choose(m); return; }
        if (open) return;
        const pop = el("div", "pop");
        pop.append(...subs.map((s) => button("", s.name, () => { this.unpop(); this.choose(s); })));
        cell.append(pop);
      });
      cell.append(b);
      return cell;
    }));
    this.swap(menu.length > 0 && !wrote && this.box.value === "");
  }
  choose(m) {
    const event = (more) => this.act("event", { fields: { Event: m.type, EventKey: m.key || "", ...more } });
    switch (m.type) {
      case "click": this.act("click", { key: m.key }); this.swap(false); break; // the answer is mostly a question
      case "view":
        this.act("view", { url: m.url });
        if (/^https?:\/\//.test(m.url)) window.open(m.url, "_blank", "noopener");
        break;
      case "miniprogram": this.act("event", { fields: { Event: "view_miniprogram", EventKey: m.pagepath } }); break;
      case "location_select": this.place((p) => { event(); this.act("place", p); }); break;
      case "scancode_push": case "scancode_waitmsg": this.scan(() => event()); break;
      case "pic_sysphoto": case "pic_photo_or_album": case "pic_weixin": event(); this.get("input[type=file]").click(); break;
      default: this.toast("这一项在模拟的手机上没有作用");
    }
  }

  // update shows a screen as the platform tells it, and says whether there is anything new.
  update(v) {
    this.get(".clock").textContent = hour(new Date(v.now));
    this.get(".typing").textContent = v.pending ? "等待公众号回答…" : "";
    this.get(".welcome").hidden = v.follows || v.lines.length > 0;
    this.get(".write").hidden = !v.follows;
    this.get(".gone").hidden = v.follows || v.lines.length === 0;
    if (!v.follows) this.drawer(null);
    this.setMenu(v.menu || [], v.lines.some((l) => l.from === "resident"));
    return this.chat.update(v) > 0;
  }
}
