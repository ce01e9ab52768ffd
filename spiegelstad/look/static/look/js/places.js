/* Makes a drawn map of places live: vector tiles of everything where there are, else the shapes that were drawn. */
/* global maplibregl */
const VIEW_WIDTH = 800;
const VIEW_PADDING = 18;
const MOST_LINES = 12;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function colours() {
  return [
    ["land", "background-color", "--map-land"], ["backdrop", "fill-color", "--surface"], ["borders", "line-color", "--line"], ["inside", "fill-color", "--c1"], ["edge", "line-color", "--c1"],
    ["dots", "circle-color", "--accent"], ["dots", "circle-stroke-color", "--surface"],
  ];
}

function styleOf(live) {
  const source = live.tiles
    ? { type: "vector", tiles: [new URL(live.tiles.replaceAll("{", "%7B").replaceAll("}", "%7D"), location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}")], maxzoom: 16 }
    : { type: "geojson", data: live.shapes };
  const from = live.tiles ? { source: "places", "source-layer": live.layer } : { source: "places" };
  const of = (kind) => ["==", ["geometry-type"], kind];
  return {
    version: 8,
    sources: { places: source, backdrop: { type: "geojson", data: live.backdrop || { type: "FeatureCollection", features: [] } } },
    layers: [
      { id: "land", type: "background", paint: {} },
      { id: "backdrop", type: "fill", source: "backdrop", paint: { "fill-antialias": false } },
      { id: "borders", type: "line", source: "backdrop", paint: { "line-width": 1.5 } },
      { id: "inside", type: "fill", ...from, filter: of("Polygon"), paint: { "fill-opacity": 0.35 } },
      { id: "edge", type: "line", ...from, filter: ["!=", ["geometry-type"], "Point"], paint: { "line-width": 1.5 } },
      { id: "dots", type: "circle", ...from, filter: of("Point"), paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 2.5, 16, 6], "circle-stroke-width": 1 } },
    ],
  };
}

function paint(map) {
  for (const [layer, property, name] of colours()) map.setPaintProperty(layer, property, colour(name));
}

function about(properties) {
  const list = document.createElement("dl");
  list.className = "place-facts";
  for (const [name, value] of Object.entries(properties).slice(0, MOST_LINES)) {
    const term = document.createElement("dt");
    const words = document.createElement("dd");
    term.textContent = name;
    words.textContent = value;
    list.append(term, words);
  }
  return list;
}

export async function enliven(figure) {
  const live = JSON.parse(figure.querySelector("[data-places-spec]").textContent);
  const box = figure.querySelector(".map-box");
  const place = document.createElement("div");
  place.className = "map-live";
  box.append(place);
  const words = figure.dataset;
  const map = new maplibregl.Map({
    container: place,
    style: styleOf(live),
    bounds: live.bounds,
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
    },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  let isBroken = false;
  map.on("error", () => { isBroken = true; });
  await new Promise((resolve) => { map.once("load", resolve); map.once("error", resolve); });
  if (isBroken) { // no tiles: what was drawn stays
    map.remove();
    place.remove();
    return;
  }
  paint(map);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paint(map));
  for (const layer of ["dots", "edge", "inside"]) {
    map.on("mousemove", layer, () => { map.getCanvas().style.cursor = "pointer"; });
    map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
  }
  map.on("click", (event) => {
    const [found] = map.queryRenderedFeatures(event.point, { layers: ["dots", "edge", "inside"] });
    if (found) new maplibregl.Popup({ maxWidth: "18rem" }).setLngLat(event.lngLat).setDOMContent(about(found.properties)).addTo(map);
  });
  map.once("idle", () => {
    place.classList.add("is-ready");
    box.querySelector(".map-drawn").classList.add("is-covered");
  });
}
