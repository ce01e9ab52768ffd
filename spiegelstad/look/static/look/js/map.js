/* Makes a drawn map live: the same areas and colours in the same frame, with zoom, popups and sensors that measure now. */
/* global maplibregl */
const VIEW_WIDTH = 800;
const VIEW_PADDING = 18;
const lines = { water: ["--map-water", 1.5], park: ["--map-park", 0.5], road: ["--map-road", 1] };

export function isPossible() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2") ?? canvas.getContext("webgl"));
}

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function fillColours() {
  return ["match", ["coalesce", ["feature-state", "rank"], 0], 1, colour("--q1"), 2, colour("--q2"), 3, colour("--q3"), 4, colour("--q4"), 5, colour("--q5"), colour("--q-none")];
}

function edgeColours() {
  return ["case", ["any", ["boolean", ["feature-state", "here"], false], ["boolean", ["feature-state", "hover"], false]], colour("--accent"), colour("--map-edge")];
}

function paintAll(map, live) {
  map.setPaintProperty("land", "background-color", colour("--map-land"));
  map.setPaintProperty("areas", "fill-color", fillColours());
  map.setPaintProperty("edges", "line-color", edgeColours());
  for (const [kind] of live.overlays) {
    for (const layer of [`${kind}-fill`, `${kind}-line`]) {
      if (map.getLayer(layer)) map.setPaintProperty(layer, layer.endsWith("fill") ? "fill-color" : "line-color", colour(lines[kind][0]));
    }
  }
}

function styleOf(live) {
  const sources = { areas: { type: "geojson", data: live.areas, promoteId: "code" } };
  const overlays = [];
  for (const [kind, url] of live.overlays) {
    const [name, width] = lines[kind];
    sources[kind] = { type: "geojson", data: url };
    if (kind !== "road") overlays.push({ id: `${kind}-fill`, type: "fill", source: kind, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour(name), "fill-opacity": 0.85 } });
    overlays.push({ id: `${kind}-line`, type: "line", source: kind, paint: { "line-color": colour(name), "line-width": width } });
  }
  const lineWidth = ["case", ["boolean", ["feature-state", "here"], false], 4, ["boolean", ["feature-state", "hover"], false], 2, 1];
  return {
    version: 8,
    sources,
    layers: [
      { id: "land", type: "background", paint: { "background-color": colour("--map-land") } },
      { id: "areas", type: "fill", source: "areas", paint: { "fill-color": fillColours(), "fill-antialias": false } },
      ...overlays,
      { id: "edges", type: "line", source: "areas", layout: { "line-join": "round" }, paint: { "line-color": edgeColours(), "line-width": lineWidth } },
    ],
  };
}

function popupContent(name, words, url, more) {
  const box = document.createElement("div");
  const title = document.createElement("strong");
  title.textContent = name;
  box.append(title, words ?? "");
  if (url) {
    const link = document.createElement("a");
    link.href = url;
    link.textContent = more;
    box.append(document.createElement("br"), link);
  }
  return box;
}

function followPointer(map, live, more) {
  let hovered = null;
  const hover = (code) => {
    if (hovered !== null) map.setFeatureState({ source: "areas", id: hovered }, { hover: false });
    hovered = code;
    if (code !== null) map.setFeatureState({ source: "areas", id: code }, { hover: true });
    map.getCanvas().style.cursor = code === null ? "" : "pointer";
  };
  map.on("mousemove", "areas", (event) => hover(event.features[0].properties.code));
  map.on("mouseleave", "areas", () => hover(null));
  map.on("click", "areas", (event) => {
    if (event.originalEvent.target.closest(".sensor")) return; // that opens a popup of its own
    const { code, name } = event.features[0].properties;
    const [title, words, , url] = live.values[code] ?? [name, "", 0, ""];
    new maplibregl.Popup({ maxWidth: "16rem" }).setLngLat(event.lngLat).setDOMContent(popupContent(title, words, url, more)).addTo(map);
  });
}

function markerOf(map, sensor) {
  const button = document.createElement("div"); // MapLibre opens the popup by Enter itself; a button would do so twice
  button.setAttribute("role", "button");
  button.className = "sensor";
  const popup = new maplibregl.Popup({ offset: 12, maxWidth: "16rem" });
  new maplibregl.Marker({ element: button }).setLngLat(sensor.geometry.coordinates).setPopup(popup).addTo(map);
  return { button, popup, observedAt: "" };
}

function showSensor(known, sensor, { name, value, time }) {
  known.button.setAttribute("aria-label", `${name}: ${value}`);
  known.popup.setDOMContent(popupContent(name, `${value}, ${time}`));
  if (known.observedAt && known.observedAt !== sensor.observed_at) {
    known.button.classList.remove("sensor-changed");
    requestAnimationFrame(() => known.button.classList.add("sensor-changed"));
  }
  known.observedAt = sensor.observed_at;
}

/* Lays an empty live map over the drawn one, in its frame; `reveal` shows it once it is drawn as well. */
export function lay(figure, style, bounds) {
  const box = figure.querySelector(".map-box");
  const place = document.createElement("div");
  place.className = "map-live";
  box.append(place);
  const words = figure.dataset;
  const map = new maplibregl.Map({
    container: place,
    style,
    bounds,
    fitBoundsOptions: { padding: (VIEW_PADDING * box.clientWidth) / VIEW_WIDTH },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    cooperativeGestures: true,
    locale: {
      "NavigationControl.ZoomIn": words.zoomIn,
      "NavigationControl.ZoomOut": words.zoomOut,
      "Map.Title": figure.querySelector("figcaption").textContent,
      "CooperativeGesturesHandler.WindowsHelpText": words.scrollHelp,
      "CooperativeGesturesHandler.MacHelpText": words.scrollHelpMac,
      "CooperativeGesturesHandler.MobileHelpText": words.touchHelp,
      "Popup.Close": words.close,
      ...(words.sensor ? { "Marker.Title": words.sensor } : {}),
    },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  const reveal = () => map.once("idle", () => {
    place.classList.add("is-ready");
    box.querySelector(".map-drawn").classList.add("is-covered");
  });
  const remove = () => { map.remove(); place.remove(); };
  return { map, reveal, remove };
}

export async function enliven(figure) {
  const live = JSON.parse(figure.querySelector("[data-map-spec]").textContent);
  if (!live.areas) return;
  const words = figure.dataset;
  const { map, reveal } = lay(figure, styleOf(live), live.bounds);
  await new Promise((resolve) => { map.once("load", resolve); });
  for (const [code, [, , rank]] of Object.entries(live.values)) map.setFeatureState({ source: "areas", id: code }, { rank });
  if (live.here) map.setFeatureState({ source: "areas", id: live.here }, { here: true });
  followPointer(map, live, words.more);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paintAll(map, live));
  reveal();
  figure.addEventListener("frame", ({ detail }) => {
    const ranks = live.frames[detail] ?? "";
    live.codes.forEach((code, at) => map.setFeatureState({ source: "areas", id: code }, { rank: Number(ranks[at]) }));
  });
  figure.addEventListener("renewed", () => {
    live.values = JSON.parse(figure.querySelector("[data-map-spec]").textContent).values;
  });
  for (const [name, lon, lat] of live.labels) {
    const label = document.createElement("span");
    label.className = "map-label";
    label.setAttribute("aria-hidden", "true");
    label.textContent = name;
    new maplibregl.Marker({ element: label }).setLngLat([lon, lat]).addTo(map);
  }
  for (const [name, text, lon, lat, url] of live.sensors) {
    const { button, popup } = markerOf(map, { geometry: { coordinates: [lon, lat] } });
    button.setAttribute("aria-label", `${name}: ${text}`);
    popup.setDOMContent(popupContent(name, text, url, words.moreOfSensor));
  }
  if (live.latest) {
    const { follow, inWords } = await import(document.body.dataset.sensorScript);
    const markers = new Map();
    follow(live.latest, (sensors) => sensors.forEach((sensor) => {
      if (!sensor.geometry) return;
      if (!markers.has(sensor.id)) markers.set(sensor.id, markerOf(map, sensor));
      showSensor(markers.get(sensor.id), sensor.properties, inWords(sensor.properties, live.units));
    }));
  }
}
