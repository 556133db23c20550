// A live home in plain JavaScript: one connection (Server-Sent Events), no framework, no library.
const list = document.getElementById("live");
const status = document.getElementById("status");
const words = { post: "posted", like: "liked", comment: "commented on", follow: "now follows", create: "started", edit: "renamed" };
const find = (id) => list.querySelector(`[data-activity="${id}"]`);

function part(tag, className, values = {}) {
  return Object.assign(document.createElement(tag), { className, ...values });
}

function link(card) {
  return card ? part(card.url ? "a" : "span", "", { textContent: card.name || card.type, ...(card.url && { href: card.url }) }) : "";
}

function draw(entry, arrived) {
  const item = part("li", arrived ? "line arrived" : "line");
  item.dataset.activity = entry.id;
  const shown = entry.verb === "comment" ? entry.target : entry.object;
  const who = part("b", "");
  who.append(link(entry.actor));
  const text = part("p", "");
  text.append(who, ` ${words[entry.verb] ?? entry.verb} `, link(shown));
  if (arrived) text.append(" ", part("small", "", { textContent: `${((Date.now() - Date.parse(entry.published)) / 1000).toFixed(1)} s after it happened` }));
  const what = part("div", "what");
  what.append(text);
  if (entry.verb === "comment") what.append(part("blockquote", "", { textContent: entry.object.content }));
  item.append(part("img", "face", { src: entry.actor.image, alt: "", width: 36, height: 36 }), what);
  if (shown?.image && shown.type === "Image") item.append(part("img", "shown", { src: shown.image, alt: "", width: 66, height: 44 }));
  return item;
}

function show(entry, arrived) { // new, or changed
  const item = draw(entry, arrived);
  const known = find(entry.id);
  if (known) return known.replaceWith(item);
  const older = [...list.children].find((other) => BigInt(other.dataset.activity) < BigInt(entry.id));
  list.insertBefore(item, older ?? null);
}

async function load() { // at the beginning, and when the stream says so
  const answer = await fetch("/feeds/home/", { headers: { Accept: "application/json" } });
  list.replaceChildren();
  for (const entry of (await answer.json()).results) show(entry, false);
  status.textContent = "Connected: what happens is here at once.";
}

let live;

function listen() {
  live?.close();
  if (document.hidden) return; // browsers allow few connections to a site: only the page that one looks at has one
  live = new EventSource("/feeds/home/live/");
  live.addEventListener("reset", load);
  live.addEventListener("activity", (event) => show(JSON.parse(event.data), true));
  live.addEventListener("remove", (event) => find(JSON.parse(event.data).id)?.remove());
  live.addEventListener("error", () => { status.textContent = "Not connected. The browser tries again by itself."; });
}

document.addEventListener("visibilitychange", listen);
listen();
