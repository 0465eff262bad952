import type { Actions } from '../actions/actions.ts';
import type { Channel, ChannelMakers } from './channel.ts';
import { OperationsChannel } from './operations-channel.ts';
import { TraceChannel } from './trace-channel.ts';

/** The channels of what operators do: their operations, and the traces they look at. */
export function actionChannels(actions: Actions): ChannelMakers {
  return {
    operations: { everyMs: 500, open: () => new OperationsChannel(actions.book) },
    trace: {
      everyMs: 500,
      open: ({ id, after }, { role, canReadPayload }) =>
        role === 'viewer'
          ? nothingToSee
          : new TraceChannel(actions.watchTrace({ id, after: entryId(after), canReadPayload })),
    },
  };
}

/** The id of a stream entry; what is none is left out. */
const entryId = (text: string | undefined): string | undefined =>
  /^\d{1,20}(-\d{1,20})?$/.exec(text ?? '')?.[0];

/** For those who may not look at traces. */
const nothingToSee: Channel = {
  snapshot: () => ({ trace: null, events: [] }),
  delta: () => undefined,
};
