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
if (body.dataset.sent) keep(draftKey(body.dataset.sent, kept(draftKey(body.dataset.sent, "sent")) || "reply"), "");

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
  if (!text.value) text.value = kept(key());
  show();
  text.addEventListener("input", () => { keep(key(), text.value); grow(text); });
  for (const pick of $$(".pick", form)) {
    pick.addEventListener("change", () => {
      if (!text.value.trim() || kept(key())) text.value = kept(key()) || text.value;
      show();
    });
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
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
  form.addEventListener("submit", () => keep(draftKey(number, "sent"), chosen()?.value || "reply"));
  grow(text);
}
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
addEventListener("pageshow", () => { for (const form of $$("form[data-leaving]")) delete form.dataset.leaving; });

// --- live updates: the page asks for itself again and swaps the parts that changed
let asking = false, again = false;
async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const reply = await fetch(location.pathname + location.search, { headers: { "X-Desk-Quiet": "1" } });
    if (reply.status === 401) { location.reload(); return; } // signed out meanwhile: the sign-in page comes
    if (!reply.ok) return;
    swap(new DOMParser().parseFromString(await reply.text(), "text/html"));
  } catch { /* the next change asks again */ } finally {
    asking = false;
    if (again) { again = false; refresh(); }
  }
}
function swap(fresh) {
  const before = new Set($$("#rows [data-number]").map((row) => row.dataset.number));
  const had = $("#rows") !== null;
  const log = $("#history");
  const atEnd = log && log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  for (const old of $$("[data-live]")) {
    const next = fresh.getElementById(old.id);
    if (next && next.outerHTML !== old.outerHTML && !old.contains(document.activeElement?.closest("audio,video"))) {
      const top = old.scrollTop;
      old.replaceWith(next);
      next.scrollTop = top;
    }
  }
  if (had) for (const row of $$("#rows [data-number]")) if (!before.has(row.dataset.number)) row.classList.add("fresh");
  const dock = $("#dock"), next = fresh.getElementById("dock");
  if (dock && next && dock.dataset.offer !== next.dataset.offer && !$("textarea", dock)?.value) { dock.replaceWith(next); compose(); }
  const article = $("article[data-ticket]"), other = $("article[data-ticket]", fresh);
  if (article && other) article.dataset.version = other.dataset.version;
  if (atEnd && $("#history")) $("#history").scrollTop = $("#history").scrollHeight;
  for (const el of $$("[data-live] .scripted")) el.hidden = false;
  mark();
}
let wait = 0;
function later() { clearTimeout(wait); wait = setTimeout(refresh, 150); }
if (body.dataset.stream) {
  const stream = new EventSource(body.dataset.stream);
  stream.addEventListener("open", later); // whatever changed between the page and its stream, the first time too
  stream.addEventListener("ticket", (event) => {
    const change = JSON.parse(event.data);
    if (change.new && change.waits) { say(change.urgent ? "来了一件紧急工单！" : "来了一件新工单"); if (change.urgent) ring(); }
    later();
  });
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
const rows = () => $$("#rows .row");
function mark() { for (const row of rows()) row.classList.toggle("picked", row.dataset.number === picked); }
function step(by) {
  const list = rows();
  if (!list.length) return;
  const now = list.findIndex((row) => row.dataset.number === picked || (!picked && row.classList.contains("current")));
  const row = list[Math.min(Math.max(now + by, 0), list.length - 1)];
  picked = row.dataset.number;
  mark();
  row.scrollIntoView({ block: "nearest" });
  if ($("article[data-ticket]")) $(".title", row).click();
}
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
  c: () => ($("#dock [data-claim]") || $(".row.picked [data-claim]"))?.requestSubmit(),
  r: () => pick("reply"), a: () => pick("ask"), n: () => pick("note"), e: () => pick("resolve"),
  u: () => $("[data-back]")?.click(),
  "/": () => $("#q")?.focus(),
  "?": () => $("#keys")?.showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const open of $$("details[open]")) open.open = false;
    if (location.hash.startsWith("#") && $(".lightbox:target")) location.hash = "#media";
    document.activeElement?.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not(.pick), textarea, select, dialog[open]")) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  const act = keys[event.key];
  if (act) { event.preventDefault(); act(); }
});
document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => say("已复制"), () => {});
  for (const open of $$("details[open]")) if (!open.contains(event.target)) open.open = false;
});

compose();
mark();
if ($("#history")) $("#history").scrollTop = $("#history").scrollHeight;
$(".row.current")?.scrollIntoView({ block: "nearest" });
