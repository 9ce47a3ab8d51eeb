/** The same data as a table, for readers and keyboards; its rows are made when it is opened. */
import { element } from "../../dom";
import type { Texts } from "../../texts";
import { durationText, spanText } from "./card";
import type { TimelineData } from "./data";
import type { OffsetAt } from "./scale";

const COLUMNS = ["place", "who", "role", "span", "duration"] as const;

function rows(data: TimelineData, texts: Texts, offset: OffsetAt): HTMLTableRowElement[] {
  const lanes = new Map(data.lanes.map((lane) => [lane.id, lane.label]));
  return data.bars.map((bar) => {
    const who = bar.href === "" ? bar.label : element("a", { href: bar.href }, bar.label === "" ? texts("open") : bar.label);
    const cells = [lanes.get(bar.lane) ?? "", who, texts(`role.${bar.role}`), spanText(bar.start, bar.end, offset), durationText(bar.end - bar.start, texts)];
    return element("tr", {}, ...cells.map((cell) => element("td", {}, cell)));
  });
}

export function dataTable(data: TimelineData, texts: Texts, offset: OffsetAt): HTMLDetailsElement {
  const head = element("tr", {}, ...COLUMNS.map((name) => element("th", { scope: "col" }, texts(`column.${name}`))));
  const body = element("tbody");
  const table = element("table", { class: "table lf-table" }, element("caption", { class: "visually-hidden" }, texts("plot")), element("thead", {}, head), body);
  const summary = element("summary", {}, texts("table", { n: data.bars.length }));
  const wrap = element("div", { class: "lf-table-wrap lf-tl-table", tabindex: 0, role: "region", "aria-label": texts("plot") }, table);
  const details = element("details", { class: "lf-tl-as-table" }, summary, wrap);
  details.addEventListener("toggle", () => {
    if (details.open && body.childElementCount === 0) body.append(...rows(data, texts, offset));
  });
  return details;
}
