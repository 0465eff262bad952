import { levelOf, type AlarmRule } from '../rule.ts';
import { thresholds } from '../thresholds.ts';

const { raiseMs, keepMs, criticalMs } = thresholds.loopDelay;

/** A node whose event loop is held up: everything it does is late. */
export const loopDelay: AlarmRule = {
  kind: 'loop-delay',
  raiseAfter: 5,
  closeAfter: 10,
  find: ({ nodes }) =>
    nodes.flatMap(({ node, figures }) => {
      const delayMs = figures?.loopDelayMs ?? 0;
      const level = levelOf(delayMs, raiseMs, keepMs);
      if (level === undefined) return [];
      const severity = delayMs >= criticalMs ? 'critical' : 'warning';
      const text = `Node ${node} is overloaded: its event loop is held up for more than ${raiseMs} ms`;
      return [{ subject: node, severity, text, link: `/nodes/${encodeURIComponent(node)}`, level }];
    }),
};
