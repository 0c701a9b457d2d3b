import { useEffect, useRef } from 'preact/hooks';
import type UPlot from 'uplot';
import { useObserved } from '../live/observed.ts';
import { theme } from '../live/theme.ts';
import { count } from '../logic/words.ts';

interface Point {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly value: number | undefined;
}

interface SparklineProps {
  readonly title: string;
  readonly unit: string;
  readonly samples: readonly Point[];
}

const HEIGHT = 64;

export function Sparkline({ title, unit, samples }: SparklineProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const colours = useObserved(theme);
  const points = samples.filter(({ value }) => value !== undefined);
  const data: [number[], (number | undefined)[]] = [
    points.map(({ at }) => at / 1_000),
    points.map(({ value }) => value),
  ];
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    let gone = false;
    const element = place.current;
    const resize = new ResizeObserver(
      () => element && plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    // Loaded when the first one is shown: no other page needs it.
    void import('./plot.ts').then(({ drawPlot }) => {
      if (gone || !element) return;
      plot.current = drawPlot(element, latest.current, HEIGHT);
      resize.observe(element);
    });
    return () => {
      gone = true;
      resize.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [colours]);

  useEffect(() => {
    plot.current?.setData(data);
  }, [samples.length, samples.at(-1)?.value]);

  const values = points.map(({ value }) => value ?? 0);
  const written = (value: number): string => `${count(Math.round(value))}${unit === '' ? '' : ` ${unit}`}`;
  return (
    <figure class="sparkline">
      <figcaption>
        {title} <strong class="number">{values.length === 0 ? '–' : written(values.at(-1) ?? 0)}</strong>
        {values.length > 1 ? (
          <span class="quiet number">
            {' '}
            {written(Math.min(...values))} to {written(Math.max(...values))}
          </span>
        ) : undefined}
      </figcaption>
      <div ref={place} class="plot" aria-hidden="true" />
    </figure>
  );
}
