import { PageHead } from '../parts/panel.tsx';
import { UrlTabs } from '../parts/tabs.tsx';
import { useRights } from '../session/session.ts';
import { BansPanel } from './bans.tsx';
import { CredentialsPanel } from './credentials.tsx';
import { OperatorsPanel } from './operators.tsx';
import { TokensPanel } from './tokens.tsx';
import './access.css';

const allTabs = [
  { name: 'bans', title: 'Bans', needs: 'operator', content: () => <BansPanel /> },
  { name: 'devices', title: 'Devices', needs: 'operator', content: () => <CredentialsPanel /> },
  { name: 'tokens', title: 'API tokens', needs: 'viewer', content: () => <TokensPanel /> },
  { name: 'operators', title: 'Operators', needs: 'admin', content: () => <OperatorsPanel /> },
] as const;

/** Who may use this dashboard, what may use its API, and which devices may not come in. */
export function AccessPage() {
  const rights = useRights();
  const tabs = allTabs.filter(({ needs }) => rights.may(needs));
  return (
    <div className="page">
      <PageHead title="Access" />
      <UrlTabs tabs={tabs} label="Access" />
    </div>
  );
}
