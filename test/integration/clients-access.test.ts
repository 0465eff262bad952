import { afterAll, beforeAll, describe, test } from 'vitest';
import { casesOf, hasPaho, PahoRun, places } from '../clients/paho.ts';
import { useStage } from '../support/stage.ts';

const stage = useStage({ config: { access: { denySubscribe: ['test/nosubscribe', 'secret/#'] } } });

describe.runIf(hasPaho).each(places)('$words', (place) => {
  let run: PahoRun;
  beforeAll(() => {
    run = new PahoRun(['access'], stage.gateway.port(place.transport === 'tcp' ? 'mqtt' : 'ws'), place);
  });
  afterAll(() => run.stop());

  test.each(casesOf('access', place.version))('$title ($name)', (each) => run.result(each));
});
