import { afterAll, beforeAll, describe, test } from 'vitest';
import { casesOf, hasPaho, PahoRun, places } from '../clients/paho.ts';
import { useStage } from '../support/stage.ts';

const stage = useStage({ config: { access: { denySubscribe: ['test/nosubscribe', 'secret/#'] } } });

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
