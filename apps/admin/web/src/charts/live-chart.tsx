import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { drawLines, indexAt, type ChartData } from './line-chart.ts';

export interface ChartSeries {
  name: string;
  /** Name of a colour token, e.g. `--line-1`. */
  token: string;
  values: readonly number[];
  area?: boolean;
}

interface Props {
  title: string;
  at: readonly number[];
  series: readonly ChartSeries[];
  spanMs: number;
  formatValue: (value: number) => string;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const exactClock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** Lines over the last minutes on a canvas, with a crosshair for pointer and arrow keys. */
export function LiveChart({ title, at, series, spanMs, formatValue }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [marked, setMarked] = useState<number>();
  const [themeCount, setThemeCount] = useState(0);
  const untilMs = at.at(-1) ?? 0;
  const data: ChartData = {
    at,
    untilMs,
    spanMs,
    marked: marked !== undefined && marked < at.length ? marked : undefined,
    lines: series.map(({ token, ...line }) => ({ ...line, color: tokenValue(token) })),
  };

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useThemeChange(useCallback(() => setThemeCount((count) => count + 1), []));
  useEffect(() => {
    if (canvas.current !== null && width > 0) paint(canvas.current, width, data, formatValue);
  });

  const onPointer = (event: PointerEvent<HTMLCanvasElement>): void => {
    const { left } = event.currentTarget.getBoundingClientRect();
    setMarked(indexAt(event.clientX - left, data, width));
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === 'Escape') setMarked(undefined);
    if (step === undefined) return;
    event.preventDefault();
    setMarked(Math.min(at.length - 1, Math.max(0, (marked ?? at.length) + step)));
  };
  const shown = data.marked ?? at.length - 1;
  const sentence = series.map(({ name, values }) => `${name} ${formatValue(values[shown] ?? 0)}`).join(', ');
  return (
    <figure className="chart" data-theme-count={themeCount}>
      <figcaption>
        <h2>{title}</h2>
        <ul className="legend">
          {series.map(({ name, token, values }) => (
            <li key={name}>
              <i style={{ background: `var(${token})` }} aria-hidden="true" />
              {name} {data.marked !== undefined && <b>{formatValue(values[data.marked] ?? 0)}</b>}
            </li>
          ))}
          {data.marked !== undefined && <li className="faint">{exactClock.format(at[data.marked])}</li>}
        </ul>
      </figcaption>
      <canvas
        ref={canvas}
        role="img"
        tabIndex={0}
        aria-label={at.length === 0 ? `${title}: nothing yet` : `${title}: ${sentence}`}
        onPointerMove={onPointer}
        onPointerLeave={() => setMarked(undefined)}
        onBlur={() => setMarked(undefined)}
        onKeyDown={onKey}
      />
    </figure>
  );
}

function paint(
  canvas: HTMLCanvasElement,
  width: number,
  data: ChartData,
  formatValue: (value: number) => string,
): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const height = canvas.clientHeight;
  const scale = window.devicePixelRatio;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const style = {
    text: tokenValue('--text-faint'),
    grid: tokenValue('--hairline'),
    surface: tokenValue('--surface'),
    font: `11px ${getComputedStyle(canvas).fontFamily}`,
  };
  drawLines(context, { width, height }, data, style, { value: formatValue, time: (at) => clock.format(at) });
}

/** A colour token as it is now: `light-dark()` is resolved by letting an element wear it. */
function tokenValue(token: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function useThemeChange(onChange: () => void): void {
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', onChange);
    window.addEventListener('themechange', onChange);
    return () => {
      system.removeEventListener('change', onChange);
      window.removeEventListener('themechange', onChange);
    };
  }, [onChange]);
}
