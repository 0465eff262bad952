import { Menu as BaseMenu } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';

// Loads Base UI, so only lazily loaded pages and parts import this file.

export interface MenuItem {
  key: string;
  label: ReactNode;
  icon?: ReactNode;
  onChoose: () => void;
  isDanger?: boolean;
  /** Why it cannot be chosen now, e.g. the role it needs. It stays visible. */
  refusal?: string | undefined;
}

/** A button that opens a list of things to do; a line where `separator` stands. */
export function Menu({
  trigger,
  items,
  defaultOpen = false,
  onClose,
}: {
  /** The button, drawn with the properties it needs. */
  trigger: ReactElement;
  items: readonly (MenuItem | 'separator')[];
  defaultOpen?: boolean;
  /** Told when it has closed, whatever was chosen. */
  onClose?: () => void;
}) {
  return (
    <BaseMenu.Root defaultOpen={defaultOpen} onOpenChangeComplete={(open) => !open && onClose?.()}>
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner sideOffset={5} align="end" className="menu-place">
          <BaseMenu.Popup className="menu">
            {items.map((item, i) =>
              item === 'separator' ? (
                <BaseMenu.Separator key={`line-${i}`} className="menu-line" />
              ) : (
                <BaseMenu.Item
                  key={item.key}
                  className="menu-item"
                  data-danger={item.isDanger}
                  data-tip={item.refusal}
                  disabled={item.refusal !== undefined}
                  onClick={item.onChoose}
                >
                  {item.icon}
                  <span>{item.label}</span>
                  {item.refusal !== undefined && <small>{item.refusal}</small>}
                </BaseMenu.Item>
              ),
            )}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}
