"use strict";
// Live updates, keys and drafts. Everything on the page works without this file.
const body = document.body;
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const officer = body.dataset.officer || "";
for (const el of $$(".scripted")) el.hidden = false;

// --- what is said once
function say(text) {
  const p = document.createElement("p");
  p.className = "flash";
  p.textContent = text;
  $("#say").replaceChildren(p);
}

// --- drafts: kept on this machine, one for each ticket and purpose, until sent or signed out
const draftKey = (number, what) => `desk:${officer}:${number}:${what}`;
const keep = (key, text) => { try { text ? localStorage.setItem(key, text) : localStorage.removeItem(key); } catch { /* storage is off */ } };
const kept = (key) => { try { return localStorage.getItem(key) || ""; } catch { return ""; } };
function forget(prefix) {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
  } catch { /* storage is off */ }
}
if (body.dataset.sent) {
  const sent = draftKey(body.dataset.sent, "sent");
  keep(draftKey(body.dataset.sent, kept(sent) || "reply"), "");
  keep(sent, "");
  keep(draftKey(body.dataset.sent, "request"), "");
}
// identify sends words that are still here under the identity that they were sent with before: they may have arrived although nobody said so.
// Whoever empties the box begins anew.
function identify(form, text, number, what) {
  const id = form.elements.request, fresh = id.value, key = draftKey(number, "request");
  if (text.value && kept(key)) id.value = kept(key);
  text.addEventListener("input", () => { if (!text.value) { keep(key, ""); id.value = fresh; } });
  form.addEventListener("submit", () => { keep(draftKey(number, "sent"), what()); if (text.value) keep(key, id.value); });
}

function compose() {
  const form = $("form[data-compose]");
  if (!form || form.dataset.ready) return;
  form.dataset.ready = "1";
  const text = $("textarea", form);
  const number = form.dataset.compose;
  const chosen = () => $(".pick:checked", form);
  const key = () => draftKey(number, chosen()?.value || "reply");
  const show = () => {
    text.placeholder = chosen()?.dataset.hint || "";
    text.required = chosen()?.value !== "resolve";
  };
  if (!text.value && !kept(key())) { // what was left unsent may be for another purpose than the page begins with
    const left = $$(".pick", form).find((pick) => kept(draftKey(number, pick.value)));
    if (left) left.checked = true;
  }
  if (!text.value) text.value = kept(key());
  show();
  text.addEventListener("input", () => { keep(key(), text.value); grow(text); });
  for (const pick of $$(".pick", form)) {
    pick.addEventListener("change", () => {
      if (!text.value.trim() || kept(key())) text.value = kept(key()) || text.value;
      show();
    });
  }
  for (const label of $$(".modes label", form)) {
    label.addEventListener("click", (event) => { event.preventDefault(); pick($("#" + label.htmlFor, form).value); }); // and then one writes
  }
  for (const phrase of $$("[data-phrase]", form)) {
    phrase.addEventListener("click", () => {
      const gap = text.value && !/[\s\n]$/.test(text.value) ? "\n" : "";
      text.value += gap + phrase.textContent;
      keep(key(), text.value);
      phrase.closest("details").open = false;
      text.focus();
      grow(text);
    });
  }
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !composing(event)) { event.preventDefault(); form.requestSubmit(); }
  });
  identify(form, text, number, () => chosen()?.value || "reply");
  grow(text);
}
// composing tells that the key belongs to an input method that is still choosing characters.
const composing = (event) => event.isComposing || event.keyCode === 229;
function grow(text) {
  text.style.height = "auto";
  text.style.height = Math.min(text.scrollHeight + 2, innerHeight * 0.4) + "px";
}
// A form is sent once, however often it is clicked.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.leaving) { event.preventDefault(); return; }
  event.target.dataset.leaving = "1";
  if (event.target.matches("[data-leave]")) forget("desk:");
});
addEventListener("pageshow", (event) => {
  if (event.persisted) later(); // what the browser kept may be old
  for (const form of $$("form[data-leaving]")) delete form.dataset.leaving;
});

// --- live updates: the page asks for itself again and swaps the parts that changed
const home = body.dataset.self || location.pathname + location.search; // a page that answers a form says where it lives
let asking = false, again = false;
async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const reply = await fetch(home, { headers: { "X-Desk-Quiet": "1" } });
    if (reply.status === 401) { location.assign(home); return; } // signed out meanwhile: the sign-in page comes
    if (!reply.ok) return;
    swap(new DOMParser().parseFromString(await reply.text(), "text/html"));
  } catch { /* the next change asks again */ } finally {
    asking = false;
    if (again) { again = false; refresh(); }
  }
}
// inUse tells that replacing a part would take something from under the officer's hands: words being copied, a voice being heard.
function inUse(part) {
  const chosen = getSelection();
  return !chosen.isCollapsed && part.contains(chosen.anchorNode) || $$("audio, video", part).some((media) => !media.paused);
}
function swap(fresh) {
  for (const el of $$(".scripted", fresh)) el.hidden = false; // as here, so that only what changed differs
  const before = new Set(order());
  let put = true; // the rows are as they should be
  const log = $("#history");
  const atEnd = log && log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  for (const old of $$("[data-live]")) {
    const next = fresh.getElementById(old.id);
    if (!next || next.outerHTML === old.outerHTML || inUse(old)) continue;
    if (old.id === "rows") { put = putRows(old, next); continue; }
    const top = old.scrollTop, back = focusIn(old);
    old.replaceWith(next);
    next.scrollTop = top;
    back(next);
  }
  const news = rows().filter((row) => !before.has(row.dataset.number));
  for (const row of news) row.classList.add("fresh");
  if (away && put) { announceMissed(news); away = !connected; }
  const dock = $("#dock"), next = fresh.getElementById("dock");
  if (dock && next && dock.dataset.offer !== next.dataset.offer && !$("textarea", dock)?.value) { dock.replaceWith(next); compose(); }
  const article = $("article[data-ticket]"), other = $("article[data-ticket]", fresh);
  if (article && other) article.dataset.version = other.dataset.version;
  document.title = fresh.title;
  if (atEnd && $("#history")) $("#history").scrollTop = $("#history").scrollHeight;
  mark();
}
// focusIn remembers what has the focus in a part, and gives it back in the part that takes its place.
function focusIn(part) {
  const focus = part.contains(document.activeElement) ? document.activeElement : null;
  if (!focus) return () => {};
  const row = focus.closest("[data-number]")?.dataset.number;
  const kind = focus.matches("button") ? "button" : "a";
  const at = $$("a, button", part).indexOf(focus);
  return (next) => (row ? $(`[data-number="${row}"] ${kind}`, next) : $$("a, button", next)[at])?.focus({ preventScroll: true });
}

// --- rows keep still under a hand: they wait while a pointer moves over them, and a tap that came too late for a change does nothing
const handTime = 1500, lateTime = 400;
let hand = -handTime, shifted = -lateTime;
const order = () => rows().map((row) => row.dataset.number);
function putRows(old, next) {
  const still = performance.now() - hand;
  if (still < handTime) { setTimeout(later, handTime - still); return false; }
  const was = order(), back = focusIn(old), inside = getComputedStyle(old).overflowY === "auto";
  const scroller = inside ? old : document.scrollingElement;
  const anchor = scroller.scrollTop > 0 && rows().find((row) => row.getBoundingClientRect().top >= (inside ? old.getBoundingClientRect().top : 0));
  const y = anchor && anchor.getBoundingClientRect().top, top = scroller.scrollTop;
  old.replaceWith(next);
  (inside ? next : scroller).scrollTop = top;
  const same = anchor && $(`[data-number="${anchor.dataset.number}"]`, next);
  if (same) (inside ? next : scroller).scrollTop += same.getBoundingClientRect().top - y;
  else if (was.join() !== order().join()) shifted = performance.now();
  back(next);
  return true;
}
for (const kind of ["pointerdown", "pointermove"]) {
  document.addEventListener(kind, (event) => { if (event.target.closest?.("#rows")) hand = performance.now(); }, { passive: true });
}
document.addEventListener("click", (event) => {
  if (!event.isTrusted || !event.detail || performance.now() - shifted > lateTime || !event.target.closest("#rows")) return;
  event.preventDefault();
  event.stopPropagation();
  say("列表刚动了一下，请再点一次");
}, true);

let wait = 0;
function later() { clearTimeout(wait); wait = setTimeout(refresh, 150); }
function announce(urgent) { say(urgent ? "来了一件紧急工单！" : "来了一件新工单"); if (urgent) ring(); }
// What came while the stream was away, as when the program is renewed, nobody announced: the list does that shows it.
let away = false, connected = false;
function announceMissed(news) {
  const come = news.filter((row) => $("[data-claim]", row));
  if (!come.length) return;
  const urgent = come.some((row) => row.classList.contains("urgent"));
  say(urgent ? "列表里多了紧急工单！" : "列表里多了工单");
  if (urgent) ring();
}
let cut = 0;
function listen() {
  const stream = new EventSource(body.dataset.stream);
  stream.addEventListener("open", () => { // whatever changed between the page and its stream is asked for, the first time too
    connected = true;
    clearTimeout(cut);
    cut = 0;
    $("#cut").hidden = true;
    later();
  });
  stream.addEventListener("ticket", (event) => {
    const change = JSON.parse(event.data);
    if (change.new && change.waits) announce(change.urgent);
    later();
  });
  stream.addEventListener("error", () => {
    away = true;
    connected = false;
    cut ||= setTimeout(() => { $("#cut").hidden = false; }, 4000); // a moment is nothing to tell
    if (stream.readyState === EventSource.CLOSED) { setTimeout(listen, 3000); later(); } // refused: the browser would not try again
  });
}
if (body.dataset.stream) {
  listen();
  setInterval(later, 60000); // times that pass, and whatever the stream missed
}

// --- a sound for urgent tickets, off until asked for
const sound = $("#sound");
const soundOn = () => kept("desk-sound") === "1";
function showSound() { if (sound) { $("b", sound).textContent = soundOn() ? "开" : "关"; sound.setAttribute("aria-pressed", String(soundOn())); } }
function ring() {
  if (!soundOn()) return;
  const audio = new AudioContext(), tone = audio.createOscillator(), volume = audio.createGain();
  tone.connect(volume).connect(audio.destination);
  volume.gain.setValueAtTime(0.2, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 1.2);
  tone.frequency.value = 880;
  tone.start();
  tone.stop(audio.currentTime + 1.2);
}
sound?.addEventListener("click", () => { keep("desk-sound", soundOn() ? "" : "1"); showSound(); ring(); });
showSound();

// --- keys
let picked = "";
function rows() { return $$("#rows .row"); }
function mark() { for (const row of rows()) row.classList.toggle("picked", row.dataset.number === picked); }
function step(by) {
  const list = rows();
  if (!list.length) return;
  const now = list.findIndex((row) => row.dataset.number === picked || (!picked && row.classList.contains("current")));
  const row = list[Math.min(Math.max(now + by, 0), list.length - 1)];
  if ($("article[data-ticket]")) { if (!row.classList.contains("current")) $(".title", row).click(); return; }
  row.scrollIntoView({ block: "nearest" });
  $(".title", row).focus({ preventScroll: true });
}
document.addEventListener("focusin", (event) => { // the row that one tabs to is the one that the keys mean
  const row = event.target.closest("#rows .row");
  if (row) { picked = row.dataset.number; mark(); }
});
function pick(what) {
  const radio = $(`#do-${what}`);
  if (!radio) return false;
  radio.checked = true;
  radio.dispatchEvent(new Event("change"));
  $("#text").focus();
  return true;
}
const keys = {
  j: () => step(1), k: () => step(-1),
  Enter: () => $(".row.picked .title")?.click(),
  c: () => $($("article[data-ticket]") ? "#dock [data-claim]" : ".row.picked [data-claim]")?.requestSubmit(),
  r: () => pick("reply"), a: () => pick("ask"), n: () => pick("note"), e: () => pick("resolve"),
  u: () => $("[data-back]")?.click(),
  "/": () => $("#q")?.focus(),
  "?": () => $("#keys")?.showModal(),
};
document.addEventListener("keydown", (event) => {
  if (composing(event)) return;
  if (event.key === "Escape") {
    if (event.target.closest("dialog")) return;
    for (const open of $$("details[open]")) open.open = false;
    if ($(".lightbox:target")) location.hash = "#media";
    document.activeElement?.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not(.pick), textarea, select, dialog[open]")) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  const act = keys[event.shiftKey ? event.key : event.key.toLowerCase()] || keys[event.key]; // with caps lock too
  if (act) { event.preventDefault(); act(); }
});
document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => say("已复制"), () => {});
  for (const open of $$("details[open]")) if (!open.contains(event.target)) open.open = false;
});

for (const reason of $$("textarea[data-kept]")) {
  const key = draftKey(reason.dataset.kept, "reject");
  reason.value ||= kept(key);
  reason.addEventListener("input", () => keep(key, reason.value));
  identify(reason.form, reason, reason.dataset.kept, () => "reject");
}
compose();
mark();
if ($("#history")) $("#history").scrollTop = $("#history").scrollHeight;
if ($(".flash")) $(".chain")?.scrollIntoView({ block: "end" }); // on a phone, to what was just done
$(".row.current")?.scrollIntoView({ block: "nearest" });
