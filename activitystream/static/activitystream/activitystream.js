// What makes the tags of this app livelier. Without it everything works, by links and forms.
// It reads pages of the site, as a visitor would, and takes from them the parts that it knows by their id.
// It runs under `Content-Security-Policy: default-src 'self'`.

const part = (root, name) => root.querySelector(`[data-part="${name}"]`);
const language = document.documentElement.lang || undefined;

async function read(url, options = {}) {
  const headers = { "X-Requested-With": "activitystream", ...options.headers };
  const response = await fetch(url, { credentials: "same-origin", ...options, headers });
  const html = await response.text();
  return { response, page: new DOMParser().parseFromString(html, "text/html") };
}

// -- times: "5 minutes ago" goes on being true

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const inWords = new Intl.RelativeTimeFormat(language, { numeric: "always" });

function freshenTimes() {
  for (const time of document.querySelectorAll("time.activitystream-published")) {
    const passed = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (passed >= 7 * 86400) continue; // the day, as the server wrote it
    const unit = UNITS.find(([, seconds]) => passed >= seconds);
    if (unit) time.textContent = inWords.format(-Math.floor(passed / unit[1]), unit[0]);
  }
}

// -- older: at the end of a feed, the next page is added

const nearTheEnd = new IntersectionObserver(
  (seen) => seen.filter((one) => one.isIntersecting).forEach((one) => older(one.target)),
  { rootMargin: "800px" },
);

function say(feed, text) {
  const status = part(feed, "status");
  if (status) status.textContent = text || "";
}

async function older(link, byHand = false) {
  const feed = link.closest("[data-scroll]");
  if (byHand) feed.dataset.byHand = ""; // also where the page is on its way already
  if (feed.ariaBusy === "true") return;
  nearTheEnd.unobserve(link);
  feed.ariaBusy = "true";
  say(feed, feed.dataset.loading);
  try {
    const { response, page } = await read(link.href);
    const more = response.ok && page.getElementById(feed.id);
    if (!more) throw new Error(response.status);
    append(feed, link, more);
  } catch {
    say(feed, feed.dataset.failed); // the link is still there, for another try
  } finally {
    feed.ariaBusy = "false";
    delete feed.dataset.byHand;
  }
}

function append(feed, link, more) {
  const entries = [...(part(more, "entries")?.children || [])].filter((one) => !one.matches(".activitystream-empty"));
  part(feed, "entries").append(...entries);
  const next = part(more, "older");
  if (next) link.replaceWith(next);
  else link.remove();
  say(feed, next ? feed.dataset.loaded : feed.dataset.end);
  if ("byHand" in feed.dataset && entries.length) focus(entries[0]);
  freshenTimes();
  if (next) nearTheEnd.observe(next);
}

function focus(element) {
  element.tabIndex = -1;
  element.focus();
}

// -- new: how many activities came since the page was made, by events, else asked for once a minute

const EACH = 60_000;

function watch({ live, poll, since, told }) {
  let source, timer;

  function begin() {
    if (document.hidden) return;
    if (live) listen();
    else if (poll) ask();
  }
  function listen() {
    source = new EventSource(`${live}?count&since=${since}`);
    source.addEventListener("count", (event) => told(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return; // it connects again by itself
      live = "";
      begin();
    });
  }
  async function ask() {
    const response = await fetch(`${poll}?since=${since}`, { credentials: "same-origin" }).catch(() => null);
    if (response?.ok) told(await response.json());
    else if (response) return; // it may not be read: asking again does not help
    timer = setTimeout(ask, EACH);
  }
  function end() {
    source?.close();
    clearTimeout(timer);
  }
  // Only the page that one looks at is connected: browsers allow few connections to a site.
  const turn = () => (end(), begin());
  document.addEventListener("visibilitychange", turn);
  addEventListener("pagehide", end);
  begin();
  return () => {
    end();
    document.removeEventListener("visibilitychange", turn);
    removeEventListener("pagehide", end);
  };
}

const textFor = (texts, count) => texts[Math.min(count, texts.length) - 1];
const ends = new WeakMap();

function watchFeed(feed) {
  const line = part(feed, "new");
  if (!line) return;
  const link = line.querySelector("a");
  const { live, poll, since, texts } = line.dataset;
  const told = ({ count }) => {
    link.hidden = !count;
    link.textContent = count ? textFor(texts.split("|"), count) : "";
  };
  ends.set(feed, watch({ live, poll, since, told }));
}

async function refresh(feed, link) {
  const { response, page } = await read(link.href).catch(() => ({}));
  const after = response?.ok && page.getElementById(feed.id);
  if (!after) return location.assign(link.href);
  ends.get(feed)?.();
  feed.replaceWith(after);
  if (after.getBoundingClientRect().top < 0) after.scrollIntoView();
  const first = part(after, "entries")?.firstElementChild;
  if (first) focus(first);
  enliven(after);
}

// -- notifications: a bell that knows how many are unseen, a list that is seen once it is looked at

function ring(bell) {
  const { live, counts, since, texts } = bell.dataset;
  const told = ({ unseen }) => (unseen ? show(bell, texts.split("|"), unseen) : ask());
  const ask = async () => {
    const response = await fetch(counts, { credentials: "same-origin" }).catch(() => null);
    if (response?.ok) told(await response.json());
  };
  bell.addEventListener("activitystream:seen", ask);
  watch({ live, poll: counts, since, told });
}

function show(bell, [none, ...texts], { groups, more }) {
  const shown = Math.min(more ? texts.length : groups, texts.length);
  const count = part(bell, "count");
  count.hidden = !shown;
  count.textContent = shown === texts.length ? `${shown - 1}+` : shown;
  bell.setAttribute("aria-label", shown ? texts[shown - 1] : none);
}

const seenOnceInView = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) {
    if (!isIntersecting) continue;
    seenOnceInView.unobserve(target);
    markSeen(target.querySelector('[data-activitystream="seen"]'));
  }
});

async function markSeen(form) {
  form.hidden = true;
  const { response } = await read(form.getAttribute("action"), { method: "POST", body: new FormData(form) }).catch(() => ({}));
  if (!response?.ok) form.hidden = false; // the button is there, for another try
  for (const bell of document.querySelectorAll('[data-activitystream="bell"]')) {
    bell.dispatchEvent(new Event("activitystream:seen"));
  }
}

// -- forms: done in place, so that nobody loses theirs

async function submit(form, button) {
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  try {
    // attributes, for `form.id` would be the field of that name
    const body = new FormData(form, button);
    const { response, page } = await read(form.getAttribute("action"), { method: "POST", body });
    const after = page.getElementById(form.getAttribute("id"));
    // a block changes all of the page, not the button alone
    if (response.ok && after && !form.matches(".activitystream-block")) {
      form.replaceWith(after);
      after.querySelector("button")?.focus();
    } else if (response.ok) {
      location.assign(response.url);
    } else {
      complain(form, page.querySelector("h1")?.textContent || response.statusText);
    }
  } catch {
    form.submit();
  } finally {
    button.ariaDisabled = "false";
  }
}

function complain(form, text) {
  form.querySelector(".activitystream-problem")?.remove();
  const problem = document.createElement("span");
  problem.className = "activitystream-problem";
  problem.role = "alert";
  problem.textContent = text;
  form.append(problem);
}

// -- where it all begins: events are heard on the document, for elements come and go

document.addEventListener("click", (event) => {
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest('[data-scroll] a[data-part="older"], [data-part="new"] a');
  if (!link) return;
  event.preventDefault();
  if (link.dataset.part) older(link, true);
  else refresh(link.closest('[data-activitystream="feed"]'), link);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches('[data-activitystream="form"]')) return;
  event.preventDefault();
  submit(event.target, event.submitter || event.target.querySelector("button"));
});

function enliven(root) {
  for (const link of root.querySelectorAll('[data-scroll] a[data-part="older"]')) nearTheEnd.observe(link);
  for (const form of root.querySelectorAll('[data-activitystream="seen"]')) seenOnceInView.observe(form.parentElement);
  for (const bell of root.querySelectorAll('[data-activitystream="bell"]')) ring(bell);
  const feeds = '[data-activitystream="feed"]';
  for (const feed of root.matches?.(feeds) ? [root] : root.querySelectorAll(feeds)) watchFeed(feed);
  freshenTimes();
}

enliven(document);
setInterval(freshenTimes, 60_000);
