import { z } from 'zod';
import { gatewaySchema } from './schema.ts';

/** Notes of ours on an option; editors would not know what to make of them. */
const ownNotes = ['accepts', 'defaultText', 'live', 'secret'];

/** Options whose default is computed where the node runs: a schema that is handed on must not hold it. */
const computedDefaults = ['properties/node/properties/id'];

/**
 * The configuration as JSON Schema (draft 7, which every editor reads), with what each key is for. Rules between keys are not
 * in it: `--check` has the last word.
 */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(gatewaySchema, {
    target: 'draft-07',
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema, path }) => {
      const notes: Record<string, unknown> = jsonSchema;
      if (computedDefaults.includes(path.join('/'))) delete notes['default'];
      for (const note of ownNotes) delete notes[note];
    },
  });
  return { ...schema, title: 'Configuration of a Tributary gateway node' };
}
