/* What every page does with script: closes the phone menu, sends forms that ask for it, wakes charts and maps near the screen. */
const assets = document.body.dataset;
const loaded = new Map();

function loadScript(url) {
  if (!loaded.has(url)) {
    loaded.set(url, new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = url;
      script.onload = resolve;
      script.onerror = () => reject(new Error(`cannot load ${url}`));
      document.head.append(script);
    }));
  }
  return loaded.get(url);
}

function loadStyle(url) {
  if (!loaded.has(url)) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = url;
    const ready = new Promise((resolve) => { link.onload = resolve; });
    loaded.set(url, ready);
    document.head.prepend(link);
  }
  return loaded.get(url);
}

async function wakeChart(figure) {
  await loadScript(assets.vega);
  const { enliven } = await import(assets.chartScript);
  await enliven(figure);
}

async function wakeMap(figure) {
  const { isPossible, enliven } = await import(assets.mapScript);
  if (!isPossible()) return;
  await Promise.all([loadStyle(assets.maplibreStyle), loadScript(assets.maplibre)]);
  await enliven(figure);
}

async function wakePlaces(figure) {
  const { isPossible } = await import(assets.mapScript);
  if (!isPossible()) return;
  const [{ enliven }] = await Promise.all([import(assets.placesScript), loadStyle(assets.maplibreStyle), loadScript(assets.maplibre)]);
  await enliven(figure);
}

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    const wake = target.hasAttribute("data-map") ? wakeMap : target.hasAttribute("data-places") ? wakePlaces : wakeChart;
    const later = window.requestIdleCallback ?? ((callback) => setTimeout(callback, 1));
    later(() => wake(target)
      .catch((error) => console.warn("stays as drawn:", error))
      .finally(() => { target.dataset.awake = "yes"; }));
  }
}, { rootMargin: "200px" });
for (const figure of document.querySelectorAll("[data-chart], [data-map], [data-places]")) near.observe(figure);

const menu = document.querySelector(".nav-phone");
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});

/* A form marked `data-auto` sends itself when a choice changes; its button stays for those without script. */
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.querySelector("button").hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
}

/* A slider shows the name of the step it stands on. */
for (const slider of document.querySelectorAll("input[type=range][data-names]")) {
  const names = slider.dataset.names.split("|");
  const output = slider.parentElement.querySelector("output");
  const show = () => {
    output.value = names[slider.value];
    slider.setAttribute("aria-valuetext", names[slider.value]);
  };
  slider.addEventListener("input", show);
  show();
}

/* A form marked `data-refresh` fetches the page it asks for and takes over the named parts: nothing else moves. */
async function refresh(form) {
  const address = `${form.getAttribute("action") || location.pathname}?${new URLSearchParams(new FormData(form))}`;
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const selector of form.dataset.refresh.split(",")) {
    const [old, replacement] = [document.querySelector(selector), fresh.querySelector(selector)];
    if (!old || !replacement) continue;
    if (old.classList.contains("is-covered")) replacement.classList.add("is-covered");
    old.replaceWith(document.adoptNode(replacement));
  }
  history.replaceState(null, "", address);
}

/* A slider with `data-frames` recolours its map while it moves, drawn or live. */
for (const form of document.querySelectorAll("form[data-refresh]")) {
  const slider = form.querySelector("input[type=range]");
  const figure = form.closest("[data-slider-for]")?.querySelector("[data-map]");
  if (!slider || !figure) continue;
  form.querySelector("[type=submit], button").hidden = true;
  const { frames, codes } = JSON.parse(figure.querySelector("[data-map-spec]").textContent);
  slider.addEventListener("input", () => {
    const period = slider.dataset.names.split("|")[slider.value];
    codes.forEach((code, at) => {
      const path = figure.querySelector(`path[data-code="${CSS.escape(code)}"]`);
      path?.setAttribute("class", path.getAttribute("class").replace(/q\d/, `q${frames[period][at]}`));
    });
    figure.dispatchEvent(new CustomEvent("frame", { detail: period }));
  });
  slider.addEventListener("change", () => refresh(form).then(
    () => figure.dispatchEvent(new Event("renewed")),
    () => form.submit(),
  ));
}

/* A list marked `data-latest` renews its readings in place. */
for (const list of document.querySelectorAll("[data-latest]")) {
  import(assets.sensorScript).then(({ follow, inWords }) => {
    const units = JSON.parse(list.dataset.units);
    follow(list.dataset.latest, (sensors) => {
      const known = new Map(sensors.map((sensor) => [sensor.id, sensor.properties]));
      for (const row of list.querySelectorAll("[data-series]")) {
        const sensor = known.get(row.dataset.series);
        if (!sensor) continue;
        const { value, time } = inWords(sensor, units);
        row.querySelector("[data-value]").textContent = value;
        row.querySelector("time").textContent = time;
      }
    });
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
