/* The newest values of the sensors: one small question every half minute; unchanged costs an empty answer (304). */
const EVERY_MS = 30_000;
const language = document.documentElement.lang;
const followers = new Map();

/** Return a sensor's name, value and time as the reader's language writes them; `units` gives the symbol of each code. */
export function inWords(sensor, units) {
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(sensor.value);
  const symbol = units[sensor.unit] ?? sensor.unit;
  return {
    name: sensor.name[language] ?? sensor.name.nl ?? sensor.name.en ?? sensor.key,
    value: `${number} ${symbol}`.trim(),
    time: new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short", timeZone: document.body.dataset.zone }).format(new Date(sensor.observed_at)),
  };
}

/** Call `show` with the features at `url`, now and whenever they change; all followers of an address share its questions. */
export function follow(url, show) {
  if (followers.has(url)) {
    const { shows, newest } = followers.get(url);
    shows.push(show);
    if (newest) show(newest);
    return;
  }
  const known = { shows: [show], newest: null };
  followers.set(url, known);
  let etag = "";
  async function ask() {
    if (document.hidden) return;
    const answer = await fetch(url, { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
    if (answer.status !== 200) return;
    etag = answer.headers.get("ETag") ?? "";
    known.newest = (await answer.json()).features;
    for (const one of known.shows) one(known.newest);
  }
  const tryAsk = () => ask().catch(() => {}); // away for a moment: the next try is in half a minute
  tryAsk();
  setInterval(tryAsk, EVERY_MS);
}
