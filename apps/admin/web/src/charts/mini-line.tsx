import { tokenColors } from './theme.ts';
import { topOf } from './line-model.ts';
import { useCanvas, useThemeCount } from './use-canvas.ts';

const tokens = ['--line-1'] as const;

/** The last minutes of a number in its corner, without axes: whether it is steady. Decoration beside the number. */
export function MiniLine({ values }: { values: readonly number[] }) {
  const theme = useThemeCount();
  const { canvas } = useCanvas(
    (context, { width, height }) => {
      const top = topOf(Math.max(0, ...values), 1);
      const x = (i: number): number => (i / Math.max(1, values.length - 1)) * width;
      const y = (value: number): number => height - 1 - (value / top) * (height - 3);
      context.strokeStyle = tokenColors(tokens)['--line-1'];
      context.lineWidth = 1.25;
      context.lineJoin = 'round';
      context.globalAlpha = 0.8;
      context.beginPath();
      for (const [i, value] of values.entries()) context[i === 0 ? 'moveTo' : 'lineTo'](x(i), y(value));
      context.stroke();
    },
    [values, theme],
  );
  return <canvas ref={canvas} className="mini-line" aria-hidden="true" />;
}
