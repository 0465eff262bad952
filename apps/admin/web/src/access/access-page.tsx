import { PageHead } from '../parts/panel.tsx';
import { UrlTabs } from '../parts/tabs.tsx';
import { useRights } from '../session/session.ts';
import { BansPanel } from './bans.tsx';
import { CredentialsPanel } from './credentials.tsx';
import { OperatorsPanel } from './operators.tsx';
import { TokensPanel } from './tokens.tsx';
import './access.css';

/** Who may use this dashboard, what may use its API, and which devices may not come in. */
export function AccessPage() {
  const rights = useRights();
  const operators = { name: 'operators', title: 'Operators', content: () => <OperatorsPanel /> };
  const tabs = [
    { name: 'bans', title: 'Bans', content: () => <BansPanel /> },
    { name: 'devices', title: 'Devices', content: () => <CredentialsPanel /> },
    { name: 'tokens', title: 'API tokens', content: () => <TokensPanel /> },
    ...(rights.may('admin') ? [operators] : []),
  ];
  return (
    <div className="page">
      <PageHead title="Access" />
      <UrlTabs tabs={tabs} label="Access" />
    </div>
  );
}
