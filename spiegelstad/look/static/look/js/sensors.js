/* Sensors on a live map: asks for the latest values every half minute; unchanged costs an empty answer (304). */
/* global maplibregl */
const EVERY_MS = 30_000;
const language = document.documentElement.lang;

function inWords(sensor) {
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(sensor.value);
  const time = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short" }).format(new Date(sensor.observed_at));
  return `${number} ${sensor.unit} · ${time}`;
}

function markerOf(map, sensor) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "sensor";
  const popup = new maplibregl.Popup({ offset: 12, maxWidth: "16rem" });
  new maplibregl.Marker({ element: button }).setLngLat([sensor.lon, sensor.lat]).setPopup(popup).addTo(map);
  return { button, popup, observedAt: "" };
}

function show(known, sensor) {
  const words = inWords(sensor);
  known.button.setAttribute("aria-label", `${sensor.name}: ${words}`);
  const box = document.createElement("div");
  const title = document.createElement("strong");
  title.textContent = sensor.name;
  box.append(title, words);
  known.popup.setDOMContent(box);
  known.button.classList.toggle("sensor-old", Boolean(sensor.stale));
  if (known.observedAt && known.observedAt !== sensor.observed_at) {
    known.button.classList.remove("sensor-changed");
    requestAnimationFrame(() => known.button.classList.add("sensor-changed"));
  }
  known.observedAt = sensor.observed_at;
}

export function follow(map, url) {
  const markers = new Map();
  let etag = "";
  async function poll() {
    if (document.hidden) return;
    const answer = await fetch(url, { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
    if (answer.status !== 200) return;
    etag = answer.headers.get("ETag") ?? "";
    for (const sensor of (await answer.json()).latest) {
      if (sensor.lon === null || sensor.value === null) continue;
      if (!markers.has(sensor.series)) markers.set(sensor.series, markerOf(map, sensor));
      show(markers.get(sensor.series), sensor);
    }
  }
  const tryPoll = () => poll().catch(() => {}); // away for a moment: the next try is in half a minute
  tryPoll();
  setInterval(tryPoll, EVERY_MS);
}
