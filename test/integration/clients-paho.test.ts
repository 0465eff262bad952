import { afterAll, beforeAll, describe, test } from 'vitest';
import { casesOf, hasPaho, modules, PahoRun, places } from '../clients/paho.ts';
import { useStage } from '../support/stage.ts';

// The cases stand in test/clients/*.py. Most are played by the library paho-mqtt, the ones about bytes by a client of
// raw packets. Among them is the like of every test of the Eclipse Paho interoperability suites, under its name there.
const stage = useStage({ config: { limits: { maxKeepAliveSeconds: 60 } } });

for (const place of places)
  describe.runIf(hasPaho)(place.words, () => {
    let run: PahoRun;
    beforeAll(() => {
      run = new PahoRun(modules, stage.gateway.port(place.transport === 'tcp' ? 'mqtt' : 'ws'), place);
    });
    afterAll(() => run.stop());

    for (const each of modules.flatMap((module) => casesOf(module, place.version)))
      test(`${each.module}: ${each.title} (${each.name})`, () => run.result(each));
  });
