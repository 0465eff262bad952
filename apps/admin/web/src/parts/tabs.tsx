import { Tabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { useParam } from '../range/params.ts';

// Loads Base UI, so only lazily loaded pages import this file.

export interface Tab {
  /** As in the URL: `?tab=timeline`. */
  name: string;
  title: ReactNode;
  /** Drawn only while its tab is chosen. */
  content: () => ReactNode;
}

/** Tabs whose choice is in the URL; the first one needs no word there. */
export function UrlTabs({ tabs, label }: { tabs: readonly Tab[]; label: string }) {
  const [asked, setAsked] = useParam('tab');
  const chosen = tabs.find(({ name }) => name === asked) ?? tabs[0];
  if (chosen === undefined) return null;
  const choose = (name: string): void => setAsked(name === tabs[0]?.name ? undefined : name);
  return (
    <Tabs.Root value={chosen.name} onValueChange={(name) => choose(String(name))} className="tabs">
      <Tabs.List className="tab-list" aria-label={label} activateOnFocus={false}>
        {tabs.map(({ name, title }) => (
          <Tabs.Tab key={name} value={name} className="tab">
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ name, content }) => (
        <Tabs.Panel key={name} value={name} className="tab-panel">
          {name === chosen.name && content()}
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}
