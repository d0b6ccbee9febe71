import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const node = process.env.LONGTAKE_NODE ?? 'http://127.0.0.1:8700';

export default defineConfig({
  // Relative, so that the pages also work behind a proxy that serves them below a path.
  base: './',
  plugins: [svelte()],
  resolve: { alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) } },
  build: {
    outDir: '../src/longtake/pages',
    emptyOutDir: true,
    target: 'es2022',
    // hls.js is one module of about 370 kB; it is a chunk of its own and changes seldom.
    chunkSizeWarningLimit: 500,
  },
  server: {
    proxy: Object.fromEntries(['/api', '/playlist', '/segments', '/files', '/healthz'].map((path) => [path, node])),
  },
  test: { include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'], environment: 'node' },
});
