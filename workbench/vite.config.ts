import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { precompress } from './precompress.ts'

const server = `http://127.0.0.1:${process.env.MILLRACE_PORT ?? 4242}`

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react(), precompress()],
  build: {
    outDir: '../dist/workbench',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Monaco is large by nature, and loaded only when a cell is edited.
    chunkSizeWarningLimit: 4_000,
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': { target: server, ws: true } } },
})
