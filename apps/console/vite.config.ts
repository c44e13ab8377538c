import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';

/** `npm run dev` shows the console of a running server: ALLOTMENT_URL, such as the demo's. */
const server =
  loadEnv('development', '.', 'ALLOTMENT_')['ALLOTMENT_URL'] ?? 'http://127.0.0.1:8080';
const proxied = { target: server, changeOrigin: true, secure: false, headers: { origin: server } };

export default defineConfig({
  plugins: [react()],
  html: { cspNonce: '__CSP_NONCE__' },
  build: { outDir: 'dist', sourcemap: false, chunkSizeWarningLimit: 1500 },
  server: { proxy: { '/api': proxied, '/beta': proxied, '/v1.0': proxied } },
});
