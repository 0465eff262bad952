import type { Operation } from '@tributary/protocol/admin-api';
import { formatCount } from '../format.ts';

const titles: Record<Operation['action'], string> = {
  'disconnect': 'Disconnect',
  'disconnect-many': 'Disconnect',
  'ban': 'Ban',
  'unban': 'Lift ban',
  'trace': 'Trace',
  'credential': 'Credential',
};

/** What an operation is and how far it is, in words. `answered` counts the targets whose outcome is known. */
export function operationWords(operation: Operation): { title: string; answered: number; detail: string } {
  const { action, state, outcomes, detail, total } = operation;
  const counts = Object.entries(outcomes).filter(([, count]) => count > 0);
  const answered = counts.reduce((sum, [, count]) => sum + count, 0);
  const isAlone = total === 1 && detail !== '';
  const counted = counts.map(([outcome, count]) => `${formatCount(count)} ${outcome.replaceAll('-', ' ')}`);
  // Of many devices the detail is of one of them; of nodes it is the sum of what they said.
  const isOfAll = isAlone || !action.startsWith('disconnect');
  const words = [isAlone ? '' : counted.join(', '), isOfAll ? detail : ''];
  return {
    title: titles[action],
    answered,
    detail: [stateWords[state], ...words].filter((word) => word !== '').join(' · '),
  };
}

const stateWords: Record<Operation['state'], string> = {
  asked: 'asked',
  running: 'accepted',
  done: 'done',
  stopped: 'stopped',
};
