// Builds the committed snippets/seshat.jquery.js, prints the sizes and holds them to their bounds.
//
//   node snippets/build.mjs           builds
//   node snippets/build.mjs --check   fails when the committed file is not what the sources give

import { build, transform } from 'esbuild';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
// What every browser of the last three years runs (<dialog>, :is(), logical properties, ??=).
const target = ['chrome111', 'firefox111', 'safari16.2'];
const banner = '/* Seshat: snippets/src, BSD-3-Clause */';

const built = await build({
  entryPoints: [here('src/jquery.js')],
  bundle: true,
  minify: true,
  format: 'iife',
  charset: 'utf8',
  target,
  banner: { js: banner },
  write: false,
});
const script = built.outputFiles[0].text;
const style = await readFile(here('seshat.css'), 'utf8');
const { code: lean } = await transform(style, { loader: 'css', minify: true, target });

let failed = false;
for (const [name, text, bound] of [
  ['seshat.jquery.js', script, 10240],
  ['seshat.css', lean, 4608],
]) {
  const size = gzipSync(text, { level: 9 }).length;
  const fits = size <= bound;
  failed ||= !fits;
  console.log(`${name}: ${text.length} bytes minified, ${size} gzipped, ${fits ? 'within' : 'OVER'} ${bound}`);
}

if (process.argv.includes('--check')) {
  const committed = await readFile(here('seshat.jquery.js'), 'utf8').catch(() => '');
  if (committed !== script) {
    console.error('snippets/seshat.jquery.js is stale: run `node snippets/build.mjs` and commit the result');
    failed = true;
  }
} else {
  await writeFile(here('seshat.jquery.js'), script);
}
process.exitCode = failed ? 1 : 0;
