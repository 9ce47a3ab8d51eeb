/** The ECharts option of a chart. Pure. Patterns (decals) tell series apart without colour. */
import type { EChartsCoreOption } from "echarts/core";

import type { Palette } from "../tones";
import type { ChartData, Series } from "./data";

function seriesOption(series: Series, kind: ChartData["kind"], look: Palette): object {
  const color = look.tones[series.tone].solid;
  const common = { name: series.name, data: series.data, itemStyle: { color }, emphasis: { focus: "series" } };
  if (kind === "line") return { ...common, type: "line", lineStyle: { color, width: 2 }, symbolSize: 7, connectNulls: false };
  return { ...common, type: "bar", barMaxWidth: 36, ...(kind === "stackedbar" ? { stack: "all" } : {}) };
}

export function chartOption(data: ChartData, look: Palette, description: string): EChartsCoreOption {
  const line = { lineStyle: { color: look.line } };
  const label = { color: look.soft, fontFamily: look.font };
  return {
    animationDuration: 250,
    textStyle: { fontFamily: look.font, color: look.ink },
    aria: { enabled: true, decal: { show: data.kind !== "line" && data.series.length > 1 }, label: { enabled: true, description } },
    grid: { left: 8, right: 12, top: 40, bottom: 4, containLabel: true },
    legend: { top: 4, left: 0, type: "scroll", textStyle: label, itemHeight: 12 },
    // Rich text is drawn on the canvas: markup with styles would break the content policy.
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, backgroundColor: look.card, borderColor: look.line, textStyle: { color: look.ink } },
    xAxis: { type: "category", data: data.categories, axisLine: line, axisTick: { show: false }, axisLabel: { ...label, hideOverlap: true } },
    yAxis: { type: "value", minInterval: 1, splitLine: line, axisLabel: label },
    series: data.series.map((one) => seriesOption(one, data.kind, look)),
  };
}
