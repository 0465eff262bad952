import { Link } from 'wouter';
import { shortened, visible } from './safe-text.ts';

const tipLength = 1000;

/** Text of a device or of anybody: isolated, its tricks written out, cut in the middle when endless. */
export function Text({ text, most = 120, className }: { text: string; most?: number; className?: string }) {
  const shown = shortened(text, most);
  return (
    <bdi
      className={className === undefined ? 'untrusted' : `untrusted ${className}`}
      title={shortened(text, tipLength)}
    >
      {shown}
    </bdi>
  );
}

/** Where the page of a device is. */
export const devicePath = (id: string): string => `/devices/${encodeURIComponent(id)}`;

/** A device's name, in the type of names, leading to its page. */
export function DeviceLink({ id, most = 80 }: { id: string; most?: number }) {
  return (
    <Link href={devicePath(id)} className="device-link">
      <Text text={id} most={most} className="id" />
    </Link>
  );
}

/** A block of text as it came, several lines, never wider than its place. */
export function TextBlock({ text, most = 65_536 }: { text: string; most?: number }) {
  const lines = text.slice(0, most).split('\n');
  return (
    <pre className="text-block" dir="auto" tabIndex={0}>
      {lines.map(visible).join('\n')}
    </pre>
  );
}
