import { PageHead } from '../parts/panel.tsx';

export function DevicePage() {
  return (
    <div className="page">
      <PageHead title="Device" />
    </div>
  );
}
