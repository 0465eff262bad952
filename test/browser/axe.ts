import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core says of a page, as far as it is read here. */
interface Finding {
  id: string;
  impact: string | null;
  help: string;
  nodes: { target: unknown[]; failureSummary: string }[];
}

const suites = {
  all: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  /** What another theme can change. */
  colours: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
} as const;

/**
 * Serious and critical findings of axe on what the page shows now, one line each: rule, where, why. The debugger runs the
 * script, so the policy of the page need not be weakened for it.
 */
export async function seriousFindings(page: Page, suite: keyof typeof suites): Promise<string[]> {
  if (!(await page.evaluate<boolean>(`'axe' in window`))) await page.evaluate(source);
  const options = JSON.stringify({ runOnly: suites[suite], resultTypes: ['violations'] });
  const found = await page.evaluate<{ violations: Finding[] }>(`axe.run(document, ${options})`);
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 5).map(({ target, failureSummary }) => {
        const why = failureSummary.split('\n').slice(1).join(' ').trim();
        return `${id} at ${JSON.stringify(target)}: ${why}`;
      }),
    );
}
