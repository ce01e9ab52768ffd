/* Makes a drawn chart live: the same specification, in the same box, with values under the pointer. */
/* global vegaEmbed */

async function enlivenBox(box, live) {
  if (box.dataset.live) return;
  box.dataset.live = "yes";
  const spec = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", ...live[box.dataset.width], data: { values: live.data }, config: live.config };
  const place = document.createElement("div");
  await vegaEmbed(place, spec, {
    ast: true, // an interpreter instead of eval, which our security policy forbids
    renderer: "svg",
    actions: false,
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
    formatLocale: live.numbers,
    timeFormatLocale: live.calendar,
  });
  const svg = place.querySelector("svg");
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  svg.setAttribute("aria-hidden", "true");
  box.querySelector("svg").remove();
  box.append(place);
  box.dataset.isLive = "yes";
}

export async function enliven(figure) {
  const live = JSON.parse(figure.querySelector("[data-chart-spec]").textContent);
  const boxes = [...figure.querySelectorAll(".chart-box")];
  const wakeVisible = () => Promise.all(boxes.filter((box) => box.offsetParent !== null).map((box) => enlivenBox(box, live)));
  await wakeVisible();
  new ResizeObserver(wakeVisible).observe(figure);
}
