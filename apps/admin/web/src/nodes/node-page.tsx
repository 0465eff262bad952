import { PageHead } from '../parts/panel.tsx';

export function NodePage() {
  return (
    <div className="page">
      <PageHead title="Node" />
    </div>
  );
}
