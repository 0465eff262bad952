export { Keys } from './keys.ts';
