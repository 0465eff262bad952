// Imported first by every script, for its effect: an old Node gets one clear line instead of a syntax error from deep
// inside a dependency. Hence plain old JavaScript here.

const needed = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    'Tributary needs Node ' +
      needed.join('.') +
      ' or newer; this is ' +
      process.versions.node +
      '.\n' +
      'Get it from https://nodejs.org (24 LTS is recommended), or with nvm: nvm install 24\n',
  );
  process.exit(1);
}
