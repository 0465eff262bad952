import type { TokenKeys } from './token-keys.ts';

/** Where the keys of tokens come from. */
export interface KeySource {
  /** The keys as they are known now. @throws when there are none and none can be had */
  keys(): TokenKeys | Promise<TokenKeys>;
  /** A token names a key that is not among them: looks for newer ones, where that makes sense. @returns whether there are */
  refresh(): Promise<boolean>;
  /** Whether the server of the issuer is left alone because it fails. */
  isServerDown?(): boolean;
  start(): Promise<void>;
  stop(): void;
}
