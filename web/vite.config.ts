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
    // hls.js is most of what is fetched and changes seldom: a file of its own stays in the browser's cache.
    // Its full build is fetched only where sound is separate.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'hls', test: /node_modules.hls\.js.dist.hls\.light/ }] } },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/cut', '/frame', '/playlist', '/segments', '/files', '/healthz'].map((path) => [path, node]),
    ),
  },
  test: { include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'], environment: 'node' },
});
