/** Island `chart`: bars or lines, with the same numbers as a table. */
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

import { element } from "../../dom";
import type { Texts } from "../../texts";
import { startIsland, type Setting } from "../load";
import { palette } from "../tones";
import { decodeChart, type ChartData } from "./data";
import { chartOption } from "./option";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, CanvasRenderer]);

function dataTable(data: ChartData, title: string, texts: Texts): HTMLElement {
  const names = data.series.map((one) => element("th", { scope: "col" }, one.name));
  const head = element("tr", {}, element("td"), ...names);
  const rows = data.categories.map((category, index) => {
    const cells = data.series.map((one) => element("td", { class: "lf-num" }, String(one.data[index] ?? "–")));
    return element("tr", {}, element("th", { scope: "row" }, category), ...cells);
  });
  const caption = element("caption", { class: "visually-hidden" }, title);
  const table = element("table", { class: "table lf-table" }, caption, element("thead", {}, head), element("tbody", {}, ...rows));
  const wrap = element("div", { class: "lf-table-wrap", tabindex: 0, role: "region", "aria-label": title }, table);
  return element("details", { class: "lf-chart-table" }, element("summary", {}, texts("table")), wrap);
}

function draw(stage: HTMLElement, data: ChartData, { root, texts, gone }: Setting): void {
  const title = root.dataset["title"] ?? "";
  const box = element("div", { class: "lf-chart", role: "img", "aria-label": title });
  stage.append(box, dataTable(data, title, texts));
  const chart = init(box, null, { renderer: "canvas" });
  const paint = (): void => {
    chart.setOption(chartOption(data, palette(), title), true);
  };
  paint();
  document.addEventListener("lf:theme", paint, { signal: gone });
  const size = new ResizeObserver(() => {
    chart.resize();
  });
  size.observe(box);
  gone.addEventListener("abort", () => {
    size.disconnect();
    chart.dispose();
  });
}

export function mount(root: HTMLElement): void {
  const isEmpty = (data: ChartData): boolean => data.categories.length === 0 || data.series.length === 0;
  startIsland(root, { decode: decodeChart, isEmpty, draw });
}
