import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** Times in seconds, and a value at each. */
export type PlotData = [number[], (number | undefined)[]];

/** A line without axes: its figures stand above it. Colours are those of the page as it is now. */
export function drawPlot(place: HTMLElement, data: PlotData, height: number): UPlot {
  const style = getComputedStyle(place);
  const line = style.getPropertyValue('--accent').trim();
  const options: UPlot.Options = {
    width: Math.max(80, place.clientWidth),
    height,
    padding: [4, 4, 4, 4],
    cursor: { show: false },
    legend: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(1, high * 1.1)] } },
    series: [{}, { stroke: line, width: 1.5, points: { show: data[0].length < 2 }, spanGaps: true }],
  };
  return new UPlot(options, data, place);
}
