import { afterAll, beforeAll, describe, test } from 'vitest';
import { casesOf, hasPaho, PahoRun, places } from '../clients/paho.ts';
import { useStage } from '../support/stage.ts';

// As in config/examples/interop.yaml, and one filter with a wildcard.
const access = { denySubscribe: ['test/nosubscribe', 'nosubscribe', 'secret/#'], refusal: 'unspecified' };
const stage = useStage({ config: { access } });

for (const place of places)
  describe.runIf(hasPaho)(place.words, () => {
    let run: PahoRun;
    beforeAll(() => {
      run = new PahoRun(['access'], stage.gateway.port(place.transport === 'tcp' ? 'mqtt' : 'ws'), place);
    });
    afterAll(() => run.stop());

    for (const each of casesOf('access', place.version))
      test(`${each.title} (${each.name})`, () => run.result(each));
  });
