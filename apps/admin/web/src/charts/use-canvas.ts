import { useEffect, useReducer, useRef, useState, type RefObject } from 'react';
import { watchTheme } from './theme.ts';

export interface Size {
  /** CSS px. */
  width: number;
  height: number;
}

/** Grows by one whenever the theme changes: a dependency for everything that was drawn with colours. */
export function useThemeCount(): number {
  const [count, grow] = useReducer((before: number) => before + 1, 0);
  useEffect(() => watchTheme(grow), []);
  return count;
}

/** The size of an element, kept up to date; 0 × 0 before it is known. */
export function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      setSize({ width: current.clientWidth, height: current.clientHeight });
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [element]);
  return size;
}

/** A canvas that is drawn anew when its size, the theme or one of `deps` changes. */
export function useCanvas(
  draw: (context: CanvasRenderingContext2D, size: Size) => void,
  deps: readonly unknown[],
): { canvas: RefObject<HTMLCanvasElement | null>; size: Size } {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(canvas);
  const theme = useThemeCount();
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined || size.width === 0) return;
    draw(scaled(context, size), size);
    // `draw` is new on every render; what it depends on is named by the caller.
    // eslint-disable-next-line
  }, [size, theme, ...deps]);
  return { canvas, size };
}

/** The context in CSS px, whatever the screen's own are, and empty. */
export function scaled(context: CanvasRenderingContext2D, { width, height }: Size): CanvasRenderingContext2D {
  const scale = window.devicePixelRatio;
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  const { canvas } = context;
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
