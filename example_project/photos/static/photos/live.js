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

let loads = 0;
let waiting = []; // what arrives while the page is on its way: the page may have been read before it

async function load() { // at the beginning, and when the stream says so
  const mine = ++loads;
  const early = waiting = [];
  const page = await fetch("/feeds/home/", { headers: { Accept: "application/json" } })
    .then((answer) => answer.ok && answer.json())
    .catch(() => null);
  if (mine !== loads) return; // a later one is on its way
  if (!page) return setTimeout(() => mine === loads && load(), 5_000);
  list.replaceChildren();
  for (const entry of page.results) show(entry, false);
  waiting = null;
  for (const act of early) act();
  status.textContent = "Connected: what happens is here at once.";
}

const then = (act) => (event) => {
  const data = JSON.parse(event.data);
  if (waiting) waiting.push(() => act(data));
  else act(data);
};

let live, later;

function listen() {
  live?.close();
  clearTimeout(later);
  if (document.hidden) return; // browsers allow few connections to a site: only the page that one looks at has one
  live = new EventSource("/feeds/home/live/");
  live.addEventListener("reset", load);
  live.addEventListener("activity", then((entry) => show(entry, true)));
  live.addEventListener("remove", then(({ id }) => find(id)?.remove()));
  live.addEventListener("error", () => {
    status.textContent = "Not connected. The browser tries again by itself.";
    // but not after a refusal: there are too many connections
    if (live.readyState === EventSource.CLOSED) later = setTimeout(listen, 30_000 * (1 + Math.random()));
  });
}

document.addEventListener("visibilitychange", listen);
listen();
