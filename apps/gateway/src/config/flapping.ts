import { z } from 'zod';
import { limitMode } from './rates.ts';

const seconds = z.int().min(1).max(31_536_000);

const banSchema = z.strictObject({
  seconds: seconds
    .default(60)
    .describe('The first ban, s. Long enough to stop a loop, short enough that nobody has to be called.'),
  maxSeconds: seconds
    .default(3600)
    .describe(
      'Each further ban is twice as long as the one before, up to this, s. An hour: somebody will look by then.',
    ),
  forgetSeconds: seconds
    .default(86_400)
    .describe(
      'So long after its last ban whoever was banned begins anew, s. What flaps each night is known the next one.',
    ),
});

const failedSchema = z.strictObject({
  mode: limitMode
    .default('enforce')
    .describe('What is done: a ban, a note of what would have been banned, or nothing.'),
  perDevice: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10)
    .describe(
      'Wrong credentials in the window for one user (or client id, where it names none) from one address; with more, that pair is banned. A device with an old password cannot come in anyway; a person who types has ten tries.',
    ),
  perAddress: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(100)
    .describe(
      'Wrong credentials in the window from one address (IPv6: its /64), of any user; with more, it is banned as a whole. Ten devices with old passwords, each banned by then.',
    ),
  windowSeconds: seconds
    .max(86_400)
    .default(300)
    .describe('The window, s. Ten wrong passwords in five minutes are a program, not a person.'),
  goodDevices: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(3)
    .describe(
      'With so many devices behind an address that authenticated within a day, it is not banned as a whole: it is a site, or a carrier.',
    ),
});

/** Devices that come and go too often, and wrong credentials: timed bans. */
export const flappingSchema = z
  .strictObject({
    mode: limitMode
      .default('enforce')
      .describe('Of devices that flap: a ban, a note of what would have been banned, or nothing.'),
    connects: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(30)
      .describe(
        'Connections of one client id that may end within the window, for no reason of ours, before it is banned. One in 2 s for a minute: no bad link connects that fast, two devices with one id do.',
      ),
    windowSeconds: seconds.max(86_400).default(60).describe('The window, s.'),
    failedAuthentications: failedSchema.prefault({}).describe('Wrong credentials.'),
    ban: banSchema.prefault({}).describe('How long bans last.'),
  })
  .meta({ live: true });
