/* Makes a drawn map of places live: vector tiles of everything where there are, else the shapes that were drawn. */
/* global maplibregl */
const MOST_LINES = 12;

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

function paint(map, colour) {
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
  const { colour, lay } = await import(document.body.dataset.mapScript);
  const { map, reveal, remove } = lay(figure, styleOf(live), live.bounds);
  let isBroken = false;
  map.on("error", () => { isBroken = true; });
  await new Promise((resolve) => { map.once("load", resolve); map.once("error", resolve); });
  if (isBroken) { // no tiles: what was drawn stays
    remove();
    return;
  }
  paint(map, colour);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paint(map, colour));
  for (const layer of ["dots", "edge", "inside"]) {
    map.on("mousemove", layer, () => { map.getCanvas().style.cursor = "pointer"; });
    map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
  }
  map.on("click", (event) => {
    const [found] = map.queryRenderedFeatures(event.point, { layers: ["dots", "edge", "inside"] });
    if (found) new maplibregl.Popup({ maxWidth: "18rem" }).setLngLat(event.lngLat).setDOMContent(about(found.properties)).addTo(map);
  });
  reveal();
}
