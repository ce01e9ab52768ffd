/* The newest values of the sensors: one small question every half minute; unchanged costs an empty answer (304). */
const EVERY_MS = 30_000;
const language = document.documentElement.lang;
const followers = new Map();

/** Return a sensor's name, value and time as the reader's language writes them; `units` gives symbol and decimals of each code. */
export function inWords(sensor, units) {
  const [symbol, digits] = units[sensor.unit] ?? [sensor.unit, 1];
  const number = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(sensor.value);
  const at = new Date(sensor.observed_at), timeZone = document.body.dataset.zone;
  const date = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone }).format(at);
  const hour = new Intl.DateTimeFormat(language, { timeStyle: "short", timeZone }).format(at);
  return {
    name: sensor.name[language] ?? sensor.name.nl ?? sensor.name.en ?? sensor.key,
    value: `${number} ${symbol}`.trim(),
    time: `${date}, ${hour}`,
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
