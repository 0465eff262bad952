import type { NodeView } from '@tributary/protocol/admin-api';
import { visible } from '../parts/safe-text.ts';

/** What is not in force of a node's configuration file; nothing while all of it is. */
export function ConfigBadge({ node }: { node: NodeView }) {
  if (node.figures === null) return null;
  const { trouble, waiting } = node.figures.config;
  if (trouble !== '') {
    return (
      <span className="config-badge" data-tip={`It runs with its older configuration: ${visible(trouble)}`}>
        configuration refused
      </span>
    );
  }
  if (waiting === 0) return null;
  const what =
    waiting === 1
      ? 'A key of its configuration file waits'
      : `${waiting} keys of its configuration file wait`;
  return (
    <span className="config-badge" data-tip={`${what} for a restart`}>
      restart needed
    </span>
  );
}
