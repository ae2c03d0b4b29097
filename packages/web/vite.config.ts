// How the web application is built: hashed files under /assets and a manifest, which the service and the test of sizes read.
// For development, `vite` serves it here and passes what is the service's on to it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const SERVICE = process.env.KARTOTEKA_URL ?? 'http://localhost:3000';

/** Beside every file that is text, what the service sends in its place to those who take it compressed. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  writeBundle({ dir = '' }) {
    for (const name of readdirSync(`${dir}/assets`)) {
      if (!/\.(?:js|css)$/.test(name)) continue;
      const path = `${dir}/assets/${name}`;
      const text = readFileSync(path);
      writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
      writeFileSync(`${path}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
    }
  },
};

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), compressed],
  resolve: {
    // The package's own exports lead to what it publishes, which is built for that alone.
    alias: { '@kartoteka/sdk': fileURLToPath(new URL('../sdk/src/index.ts', import.meta.url)) },
  },
  build: {
    target: 'es2023',
    manifest: true,
    emptyOutDir: true,
    chunkSizeWarningLimit: 1000,
    // data: addresses would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': SERVICE, '/auth': SERVICE, '/docs': SERVICE, '/health': SERVICE } },
});
