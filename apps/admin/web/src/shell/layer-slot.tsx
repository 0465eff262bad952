import { lazy, Suspense } from 'react';
import { useLayer, type Layer } from '../parts/layers.ts';

// All of these load Base UI; none is needed to see a page.
const layers = {
  palette: lazy(() => import('./palette.tsx')),
  keys: lazy(() => import('./keys-dialog.tsx')),
  link: lazy(() => import('./link-dialog.tsx')),
  password: lazy(() => import('../session/password-dialog.tsx')),
} satisfies Record<Layer, unknown>;

export function LayerSlot() {
  const layer = useLayer();
  if (layer === undefined) return null;
  const Shown = layers[layer];
  return (
    <Suspense fallback={null}>
      <Shown />
    </Suspense>
  );
}
