import { readFileSync } from 'node:fs';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Pair,
} from 'yaml';
import { ConfigError } from './config-error.ts';
import type { Path } from './schema-walk.ts';

/** A configuration file, read. */
export interface ConfigFile {
  /** What the file says; `{}` for an empty one. */
  readonly value: unknown;
  /** `FILE:LINE` of the value at `path`, or of what comes nearest to it. */
  locate(path: Path): string;
}

/**
 * Reads a YAML or JSON file (JSON is read as the YAML it is).
 * @throws ConfigError when it cannot be read or parsed, with the line.
 */
export function readConfigFile(file: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(textOf(file), { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): string => `${file}:${lines.linePos(offset).line}`;
  const mistakes = [...document.errors, ...document.warnings];
  if (mistakes.length > 0) {
    throw new ConfigError(
      mistakes.map(({ message, pos }) => ({
        path: '',
        message: `${place(pos[0])}: ${withoutExcerpt(message)}`,
      })),
    );
  }
  return {
    value: valueOf(document, place, file),
    locate: (path) => place(offsetOf(document, path)),
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { message } = cause as Error;
    throw new ConfigError([{ path: '', message: `the config file cannot be read: ${message}` }]);
  }
}

function valueOf(document: Document.Parsed, place: (offset: number) => string, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch {
    // Of a document that parsed, only its aliases can fail.
    let where = file;
    visit(document, {
      Alias: (_, alias) => {
        if (alias.resolve(document) !== undefined) return undefined;
        where = place(alias.range?.[0] ?? 0);
        return visit.BREAK;
      },
    });
    const message = `${where}: an alias (*name) names no anchor before it, or aliases repeat too much`;
    throw new ConfigError([{ path: '', message }]);
  }
}

function offsetOf(document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(step),
      );
      if (pair === undefined) return offset;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = (node as { range?: [number] } | undefined)?.range?.[0] ?? offset;
    }
  }
  return offset;
}

/** A parser's message without the piece of the file it quotes: that may be a password. */
function withoutExcerpt(message: string): string {
  return message.split(': ', 1)[0] ?? message;
}
