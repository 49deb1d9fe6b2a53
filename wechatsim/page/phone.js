// The phone in the browser. One stream carries the screens of all residents; every act is one POST. All text goes in as text.
(() => {
  "use strict";
  const people = [
    { id: "oSim_lin_apo_000000000000001", name: "林阿婆", color: "#c97b4a" },
    { id: "oSim_chen_shifu_00000000002", name: "陈师傅", color: "#4a8f7b" },
    { id: "oSim_xiao_zhou_000000000003", name: "小周", color: "#7a6bb5" },
  ];
  const places = [
    { latitude: 27.52613, longitude: 119.63541, label: "溪山镇廊桥东路18号" },
    { latitude: 27.52188, longitude: 119.64027, label: "城南菜市场南门" },
    { latitude: 27.53342, longitude: 119.62775, label: "翠湖小区3幢2单元" },
    { latitude: 27.51896, longitude: 119.61908, label: "实验小学门口公交站" },
  ];
  const kinds = {
    "subscription-unverified": "订阅号（未认证）", "subscription-verified": "订阅号", "service-unverified": "服务号（未认证）",
    "service-verified": "服务号", "sandbox": "测试号",
  };
  const $ = (sel, from = document) => from.querySelector(sel);
  const el = (tag, cls, text) => {
    const e = document.createElement(tag);
    if (cls) e.className = cls;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", "#i-" + name);
    svg.append(use);
    return svg;
  };
  let account = null, stream = null, ahead = 0;

  const toast = (words) => {
    const t = $(".toast");
    t.textContent = words;
    t.hidden = false;
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => { t.hidden = true; }, 2400);
  };
  const two = (n) => String(n).padStart(2, "0");
  const clock = (d) => two(d.getHours()) + ":" + two(d.getMinutes());
  const day = (d) => d.toDateString() === new Date(Date.now() + ahead).toDateString() ? clock(d) :
    (d.getMonth() + 1) + "月" + d.getDate() + "日 " + clock(d);
  // Files of the platform are asked for beside this page, whatever name the world knows the platform by.
  const near = (url) => url.includes("/media/") ? "media/" + url.split("/media/").pop() : url;

  // words puts a text into an element, with its addresses as links.
  const words = (into, text) => {
    for (const part of text.split(/(https?:\/\/[^\s，。；、）】」]+)/)) {
      if (!/^https?:\/\//.test(part)) { into.append(part); continue; }
      const a = el("a", "", part);
      a.href = part; a.target = "_blank"; a.rel = "noopener";
      into.append(a);
    }
  };

  const bodies = {
    image(b, l) {
      b.classList.add("bare");
      const img = el("img", "photo");
      img.src = near(l.url); img.alt = "图片";
      b.append(img);
    },
    voice(b) { b.classList.add("voice"); b.append(icon("mic"), el("span", "", "1″")); },
    video(b) { b.classList.add("bare"); const f = el("span", "film"); f.append(icon("play"), el("span", "", "0:01")); b.append(f); },
    place(b, l) {
      b.classList.add("card");
      const map = el("span", "map");
      map.append(icon("pin"));
      b.append(el("b", "", l.text || "位置"), el("small", "", "位置"), map);
    },
    link(b, l) { bodies.news(b, l); },
    news(b, l) {
      b.classList.add("card");
      const [head, ...rest] = l.text.split("\n");
      b.append(el("b", "", head), el("small", "", rest.join("\n")));
      if (/^https?:/.test(l.url || "")) {
        const a = el("a", "", "查看");
        a.href = l.url; a.target = "_blank"; a.rel = "noopener";
        const s = el("small"); s.append(a); b.append(s);
      }
    },
    msgmenu(b, l, phone) {
      if (l.text) words(b, l.text);
      const list = el("div", "choices");
      for (const c of l.choices || []) {
        const btn = el("button", "", c.content);
        btn.type = "button";
        btn.onclick = () => phone.act("tap", { id: c.id, content: c.content });
        list.append(btn);
      }
      b.append(list);
    },
  };

  class Phone {
    constructor(person) {
      this.person = person;
      this.root = $("#phone").content.firstElementChild.cloneNode(true);
      this.count = 0; this.last = 0; this.pending = 0; this.menu = "";
      $(".me", this.root).textContent = person.name;
      this.chat = $(".chat", this.root);
      this.box = $("textarea", this.root);
      this.wire();
    }
    get(sel) { return $(sel, this.root); }
    wire() {
      this.box.oninput = () => this.grow();
      this.box.onkeydown = (e) => {
        if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); this.say(); }
      };
      this.box.onfocus = () => { this.get(".more").hidden = true; };
      this.get(".send").onclick = () => this.say();
      this.get(".plus").onclick = () => { const m = this.get(".more"); m.hidden = !m.hidden; this.bottom(); };
      this.get(".follow").onclick = () => this.act("follow");
      this.get(".scan-in").onclick = () => this.scan();
      this.get(".swap").onclick = () => this.swap(this.get(".menu").hidden);
      this.get(".shade").onclick = () => this.sheet(null);
      for (const b of this.root.querySelectorAll("[data-act]")) b.onclick = () => { this.get(".more").hidden = true; this.act(b.dataset.act); };
      this.get("[data-sheet=place]").onclick = () => this.place();
      this.get("[data-sheet=scan]").onclick = () => this.scan();
      this.get("input[type=file]").onchange = (e) => this.photo(e.target);
      this.root.addEventListener("click", (e) => { if (!e.target.closest(".menu")) this.unpop(); });
    }
    grow() {
      const full = this.box.value.trim() !== "";
      this.get(".send").hidden = !full;
      this.get(".plus").hidden = full;
      this.box.style.height = "38px";
      this.box.style.height = Math.min(this.box.scrollHeight, 120) + "px";
    }
    say() {
      const text = this.box.value.trim();
      if (!text) return;
      this.box.value = "";
      this.grow();
      this.act("text", { text });
    }
    photo(input) {
      const file = input.files[0];
      input.value = "";
      if (!file) return;
      if (file.size > 10 << 20) { toast("照片不能超过 10 MB"); return; }
      const reader = new FileReader();
      reader.onload = () => { this.get(".more").hidden = true; this.act("image", { data: reader.result.split(",")[1] }); };
      reader.readAsDataURL(file);
    }
    async act(name, body = {}) {
      this.pending++;
      this.get(".typing").textContent = "对方正在输入…";
      try {
        const r = await fetch(this.path(name), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
        if (r.status === 409) toast((await r.text()).includes("expired") ? "二维码已过期" : "现在发不出去：还没有关注，或已转人工客服");
        else if (!r.ok) toast("没有发出去，请再试一次");
      } catch { toast("没有发出去，请再试一次"); }
      if (--this.pending === 0) this.get(".typing").textContent = "";
    }
    path(end) { return "api/residents/" + encodeURIComponent(account.id) + "/" + encodeURIComponent(this.person.id) + "/" + end; }
    sheet(content) {
      this.get(".shade").hidden = this.get(".sheet").hidden = !content;
      this.get(".more").hidden = true;
      if (content) this.get(".sheet").replaceChildren(...content);
    }
    place() {
      this.sheet([el("h3", "", "发送位置"), ...places.map((p) => {
        const b = el("button", "item");
        b.type = "button";
        b.append(icon("pin"), p.label);
        b.onclick = () => { this.sheet(null); this.act("place", p); };
        return b;
      })]);
    }
    scan() {
      const input = el("input"), go = el("button", "go", "扫一扫");
      input.placeholder = "二维码里的场景值";
      input.setAttribute("aria-label", "二维码里的场景值");
      go.type = "button";
      go.onclick = () => { const scene = input.value.trim(); if (scene) { this.sheet(null); this.act("scan", { scene }); } };
      input.onkeydown = (e) => { if (e.key === "Enter") go.click(); };
      this.sheet([el("h3", "", "扫一扫"), el("p", "", "门口、警务室和民警名片上的二维码，各有一个场景值。"), input, go]);
      input.focus();
    }
    swap(toMenu) {
      this.get(".menu").hidden = !toMenu;
      this.get(".entry").hidden = toMenu;
      this.get(".more").hidden = true;
      this.get(".swap use").setAttribute("href", toMenu ? "#i-keys" : "#i-list");
    }
    unpop() { for (const p of this.root.querySelectorAll(".pop")) p.remove(); }
    setMenu(menu) {
      const key = JSON.stringify(menu);
      if (key === this.menu) return;
      this.menu = key;
      this.get(".swap").hidden = menu.length === 0;
      this.get(".menu").replaceChildren(...menu.map((m) => {
        const cell = el("div"), b = el("button", m.sub_button ? "has-sub" : "", m.name);
        b.type = "button";
        b.onclick = () => {
          const open = $(".pop", cell);
          this.unpop();
          if (!m.sub_button) { this.choose(m); return; }
          if (open) return;
          const pop = el("div", "pop");
          for (const s of m.sub_button) {
            const item = el("button", "", s.name);
            item.type = "button";
            item.onclick = () => { this.unpop(); this.choose(s); };
            pop.append(item);
          }
          cell.append(pop);
        };
        cell.append(b);
        return cell;
      }));
      this.swap(menu.length > 0);
    }
    choose(m) {
      if (m.type === "view") {
        this.act("view", { url: m.url });
        if (/^https?:/.test(m.url)) window.open(m.url, "_blank", "noopener");
      } else if (m.type === "click") this.act("click", { key: m.key });
      else this.act("event", { fields: { Event: m.type, EventKey: m.key || "" } });
    }
    update(v) {
      ahead = new Date(v.now) - Date.now();
      this.get(".clock").textContent = clock(new Date(v.now));
      this.get(".welcome").hidden = v.follows && v.lines.length > 0;
      this.setMenu(v.menu || []);
      if (v.lines.length < this.count) { this.chat.replaceChildren(); this.count = this.last = 0; }
      const fresh = v.lines.slice(this.count);
      for (const l of fresh) this.line(l);
      this.count = v.lines.length;
      if (fresh.length) {
        this.bottom();
        if (this.loaded && !this.root.classList.contains("shown")) this.tab.classList.add("dot");
      }
      this.loaded = true;
    }
    bottom() { this.chat.scrollTop = this.chat.scrollHeight; }
    line(l) {
      const at = new Date(l.at);
      if (at - this.last > 5 * 60e3) this.chat.append(el("div", "when", day(at)));
      this.last = at;
      if (l.from === "notice") { this.chat.append(el("div", "notice", l.text)); return; }
      if (l.kind === "template") { this.chat.append(this.service(l)); return; }
      const mine = l.from === "resident";
      const row = el("div", mine ? "row mine" : "row");
      const face = el("div", mine ? "face" : "face room", mine ? this.person.name[0] : undefined);
      if (mine) face.style.background = this.person.color; else face.append(icon("shield"));
      const bubble = el("div", "bubble");
      if (bodies[l.kind]) bodies[l.kind](bubble, l, this); else words(bubble, l.text);
      if (l.machine) bubble.append(el("span", "machine", "内容由机器生成"));
      for (const img of bubble.querySelectorAll("img")) img.onload = () => this.bottom();
      row.append(face, bubble);
      this.chat.append(row);
    }
    service(l) {
      const card = el("div", "service"), head = el("h3"), mark = el("i"), p = el("p");
      mark.append(icon("shield"));
      head.append(mark, "服务通知");
      words(p, l.text);
      card.append(head, p);
      if (/^https?:/.test(l.url || "")) { const a = el("a", "", "查看详情 ›"); a.href = l.url; a.target = "_blank"; a.rel = "noopener"; card.append(a); }
      return card;
    }
  }

  let phones = [];
  const show = (phone) => {
    for (const p of phones) {
      p.root.classList.toggle("shown", p === phone);
      p.tab.setAttribute("aria-selected", String(p === phone));
    }
    phone.tab.classList.remove("dot");
    phone.bottom();
  };
  const listen = () => {
    stream?.close();
    stream = null;
    if (document.hidden || !account) return;
    const who = phones.map((p) => "who=" + encodeURIComponent(p.person.id)).join("&");
    stream = new EventSource("api/residents/" + encodeURIComponent(account.id) + "/events?" + who);
    stream.onmessage = (e) => { const v = JSON.parse(e.data); phones.find((p) => p.person.id === v.openid)?.update(v); };
  };
  const open = (a) => {
    account = a;
    phones = people.map((p) => new Phone(p));
    $(".phones").replaceChildren(...phones.map((p) => p.root));
    $(".tabs").replaceChildren(...phones.map((p) => {
      p.tab = el("button", "", p.person.name);
      p.tab.type = "button";
      p.tab.setAttribute("role", "tab");
      p.tab.onclick = () => show(p);
      return p.tab;
    }));
    for (const p of phones) {
      for (const n of p.root.querySelectorAll(".room:not(.face)")) n.textContent = a.name;
      $(".kind", p.root).textContent = kinds[a.kind] || a.kind;
    }
    show(phones[0]);
    listen();
  };
  document.addEventListener("visibilitychange", listen);
  $("#ahead").onclick = async () => {
    const r = await fetch("clock?advance=49h", { method: "POST" }).catch(() => null);
    if (!r || !r.ok) { toast("没有快进成功"); return; }
    const d = new Date((await r.json()).now);
    ahead = d - Date.now();
    for (const p of phones) p.get(".clock").textContent = clock(d);
    toast("已快进 49 小时，现在是 " + (d.getMonth() + 1) + "月" + d.getDate() + "日 " + clock(d));
  };
  setInterval(() => { for (const p of phones) p.get(".clock").textContent = clock(new Date(Date.now() + ahead)); }, 10e3);
  fetch("api/accounts").then((r) => r.json()).then((list) => {
    const pick = $("#accounts");
    pick.hidden = list.length < 2;
    for (const a of list) { const o = el("option", "", a.name + " " + a.id); o.value = a.id; pick.append(o); }
    pick.onchange = () => open(list.find((a) => a.id === pick.value));
    if (list.length) open(list[0]);
  });
})();
