/* Charts: <div data-chart="bar" data-chart-source="id of a json_script">; {names, series: [{name, data}]}.
   The content security policy forbids inline style, so tooltips are drawn on the canvas (renderMode richText). */
"use strict";

(() => {
  const COLOURS = ["#2563a8", "#d97706", "#2e7d5b", "#a23b72", "#6b7280", "#0e7490", "#b45309", "#4d7c0f"];

  function option(kind, source) {
    const common = {
      color: COLOURS,
      animation: false,
      tooltip: { renderMode: "richText", trigger: kind === "pie" ? "item" : "axis" },
      legend: { type: "scroll", top: 0 },
    };
    if (kind === "pie") {
      const sums = source.names.map((name, at) => ({
        name, value: source.series.reduce((sum, one) => sum + (one.data[at] || 0), 0),
      }));
      return { ...common, series: [{ type: "pie", radius: ["35%", "68%"], data: sums.filter((one) => one.value > 0) }] };
    }
    return {
      ...common,
      grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
      xAxis: { type: "category", data: source.names },
      yAxis: { type: "value" },
      series: source.series.map((one) => ({ name: one.name, data: one.data, type: kind === "line" ? "line" : "bar" })),
    };
  }

  function draw(place) {
    const source = JSON.parse(document.getElementById(place.dataset.chartSource).textContent);
    const chart = window.echarts.init(place);
    chart.setOption(option(place.dataset.chart, source));
    new ResizeObserver(() => chart.resize()).observe(place);
  }

  document.querySelectorAll("[data-chart]").forEach(draw);
})();
