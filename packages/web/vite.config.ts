// How the web application is built: hashed files under /assets and a manifest, which the service and the test of sizes read.
// For development, `vite` serves it here and passes what is the service's on to it.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const SERVICE = process.env.KARTOTEKA_URL ?? 'http://localhost:3000';

/** With the host that the browser asked: the service answers pages of its own origin alone, and its links lead there. */
const passedOn = { target: SERVICE, changeOrigin: false };

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
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
  server: { proxy: Object.fromEntries(['/api', '/auth', '/docs', '/health'].map((path) => [path, passedOn])) },
});
