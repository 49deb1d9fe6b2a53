// The page: accounts, the people with their phones, the clock, and one stream that carries all screens.
import { $, el, button, hour } from "./chat.js";
import { Handset } from "./handset.js";

const kinds = {
  "subscription-unverified": "订阅号，未认证", "subscription-verified": "订阅号，已认证", "service-unverified": "服务号，未认证",
  "service-verified": "服务号，已认证", "sandbox": "测试号",
};
const wanted = new URLSearchParams(location.search);
let account = null, phones = [], first = 0, chosen = 0, ahead = 0;

const toast = (words) => {
  const t = $(".toast");
  t.textContent = words;
  t.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { t.hidden = true; }, 3200);
};
const part = encodeURIComponent;

// ask fetches JSON, or throws with the words to show.
const ask = async (path, options) => {
  const r = await fetch(path, options);
  if (!r.ok) throw new Error(await r.text());
  return r.json();
};

// ---- Who is shown

const room = () => Math.max(1, Math.min(3, phones.length, Math.floor(($(".phones").clientWidth - 20) / 366)));
const layout = () => {
  const n = room();
  first = Math.max(0, Math.min(first, phones.length - n));
  if (chosen < first) first = chosen;
  if (chosen >= first + n) first = chosen - n + 1;
  phones.forEach((p, i) => {
    const shown = i >= first && i < first + n, before = p.root.classList.contains("shown");
    p.root.classList.toggle("shown", shown);
    p.tab.setAttribute("aria-pressed", String(shown));
    if (shown) p.tab.classList.remove("dot");
    if (shown && !before) p.chat.end();
  });
  $("body").classList.toggle("single", n === 1);
};
const show = (i) => {
  chosen = i;
  layout();
  phones[i].tab.scrollIntoView({ block: "nearest", inline: "nearest" });
};
const put = (people) => {
  people.forEach((person, i) => {
    if (phones.some((p) => p.person.openid === person.openid)) return;
    const phone = new Handset(account, { ...person, tint: i % 6 }, toast);
    phone.tab = button("", person.name, () => show(phones.indexOf(phone)));
    phones.push(phone);
    $(".phones").append(phone.root);
    $(".tabs .add").before(phone.tab);
  });
};

// ---- Screens: a stream, and asking every two seconds while the stream is silent

let stream = null, spoken = false;
const update = (v) => {
  ahead = new Date(v.now) - Date.now();
  const p = phones.find((each) => each.person.openid === v.openid);
  if (!p) return;
  const fresh = p.update(v);
  if (fresh && p.loaded && !p.root.classList.contains("shown")) p.tab.classList.add("dot");
  p.loaded = true;
};
const listen = () => {
  stream?.close();
  stream = null;
  spoken = false;
  if (document.hidden || !account) return;
  stream = new EventSource("api/residents/" + part(account.id) + "/events?" + phones.map((p) => "who=" + part(p.person.openid)).join("&"));
  stream.onmessage = (e) => { spoken = true; update(JSON.parse(e.data)); };
  stream.onerror = () => { spoken = false; };
};
const poll = async () => {
  if (!spoken && !document.hidden) {
    for (const p of phones) {
      try { update(await ask(p.path("screen"))); } catch { /* the next round asks again */ }
    }
    if (stream?.readyState === EventSource.CLOSED) listen();
  }
  setTimeout(poll, 2000);
};

// ---- Accounts and people

const open = async (a) => {
  account = { ...a, kindName: kinds[a.kind] || a.kind };
  for (const p of phones) { p.root.remove(); p.tab.remove(); }
  phones = [];
  first = chosen = 0;
  put(await ask("api/people/" + part(a.id)));
  chosen = Math.max(0, phones.findIndex((p) => p.person.openid === wanted.get("who") || p.person.name === wanted.get("who")));
  layout();
  listen();
};
const add = () => {
  const d = $("#person"), name = $("input", d);
  name.value = "";
  d.showModal();
  name.focus();
};
$("#person").addEventListener("close", async () => {
  const d = $("#person"), name = $("input", d).value.trim();
  if (d.returnValue !== "add" || !name) return;
  d.returnValue = "";
  try {
    await ask("api/people/" + part(account.id), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name }) });
    put(await ask("api/people/" + part(account.id)));
    show(phones.length - 1);
    listen();
  } catch (e) {
    toast(/taken/.test(e.message) ? "已经有一位叫这个名字了" : /enough/.test(e.message) ? "手机够多了" : "没有加上，请再试一次");
  }
});

$("#ahead").onchange = async (e) => {
  const pick = e.target, by = pick.value, words = pick.selectedOptions[0].textContent;
  pick.value = "";
  try {
    const d = new Date((await ask("clock?advance=" + part(by), { method: "POST" })).now);
    toast("已快进" + words + "，现在是 " + (d.getMonth() + 1) + "月" + d.getDate() + "日 " + hour(d));
  } catch { toast("没有快进成功"); }
};
setInterval(() => {
  const now = hour(new Date(Date.now() + ahead));
  for (const p of phones) p.get(".clock").textContent = now;
}, 5e3);
document.addEventListener("visibilitychange", listen);
new ResizeObserver(() => { if (phones.length) layout(); }).observe($(".phones"));
$(".tabs .add").onclick = add;

const start = async () => {
  try {
    const list = await ask("api/accounts"), pick = $("#accounts");
    pick.replaceChildren();
    pick.hidden = list.length < 2;
    for (const a of list) {
      const o = el("option", "", a.name + "（" + (kinds[a.kind] || a.kind) + "）");
      o.value = a.id;
      pick.append(o);
    }
    pick.onchange = () => open(list.find((a) => a.id === pick.value)).catch(() => toast("没有打开，请再试一次"));
    const a = list.find((each) => each.id === wanted.get("account")) || list[0];
    if (!a) { toast("平台上还没有公众号"); return; }
    pick.value = a.id;
    await open(a);
    poll();
  } catch {
    toast("连不上模拟平台，正在重试");
    setTimeout(start, 2000);
  }
};
start();
