// The lock file's optional platform packages: which are missing, and what their entries look like.

const systems = {
  aix: 'aix',
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win32: 'win32',
  windows: 'win32',
};

const processors = {
  64: 'x64',
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  wasm32: 'wasm32',
  x64: 'x64',
};

const libraries = {
  gnu: 'glibc',
  gnueabihf: 'glibc',
  musl: 'musl',
  musleabihf: 'musl',
};

/**
 * What a platform package's name says: `@oxlint/binding-linux-arm64-musl` is os linux, cpu arm64, libc musl.
 * Undefined where the name names no system and processor.
 */
export function platformOf(name) {
  const parts = name.split(/[/-]/);
  const pick = (table) => parts.map((part) => table[part]).find((value) => value !== undefined);
  const os = pick(systems);
  const cpu = pick(processors);
  if (os === undefined || cpu === undefined) return undefined;
  const libc = pick(libraries);
  return { os: [os], cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }) };
}

/** Whether `parent` (a key of `packages`) finds `name` in its own node_modules or in one above it. */
function isLocked(packages, parent, name) {
  let folder = parent;
  while (folder !== '') {
    if (packages[`${folder}/node_modules/${name}`] !== undefined) return true;
    const above = folder.lastIndexOf('/node_modules/');
    folder = above === -1 ? '' : folder.slice(0, above);
  }
  return packages[`node_modules/${name}`] !== undefined;
}

/** Exact optional dependencies without an entry of their own; `npm ci` refuses a lock that has any. */
export function missingEntries(lock) {
  const missing = [];
  for (const [parent, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!/^\d+\.\d+\.\d+/.test(version) || isLocked(lock.packages, parent, name)) continue;
      missing.push({ parent, name, version, isDev: entry.dev === true });
    }
  }
  return missing;
}

/** Entries that name a download address. They tie every machine to the registry the lock was written behind. */
export function registryAddresses(lock) {
  return Object.entries(lock.packages)
    .filter(([, entry]) => /^[a-z+]+:\/\//.test(entry.resolved ?? ''))
    .map(([key]) => key);
}

/** The lock with every missing entry added, in npm's own order, and without registry addresses. */
export function repaired(lock) {
  const packages = structuredClone(lock.packages);
  for (const { name, version, isDev } of missingEntries(lock)) {
    const platform = platformOf(name);
    if (platform === undefined) throw new Error(`cannot tell the platform of ${name} from its name`);
    const { os, cpu, libc } = platform;
    packages[`node_modules/${name}`] = {
      version,
      cpu,
      ...(isDev ? { dev: true } : {}),
      ...(libc === undefined ? {} : { libc }),
      optional: true,
      os,
    };
  }
  for (const key of registryAddresses(lock)) delete packages[key].resolved;
  const sorted = Object.keys(packages).sort((a, b) => a.localeCompare(b, 'en'));
  return { ...lock, packages: Object.fromEntries(sorted.map((key) => [key, packages[key]])) };
}
