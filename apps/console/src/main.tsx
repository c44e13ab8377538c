import './base.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { takeFirstStartSecret } from './first-start.ts';
import { createQueryClient } from './query-client.ts';
import { createConsoleRouter } from './router.tsx';

const root = document.querySelector('#root');
if (root === null) throw new Error('The page has no element for the console.');

const firstStartSecret = takeFirstStartSecret(window);
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content;

createRoot(root).render(
  <App
    queryClient={createQueryClient()}
    router={createConsoleRouter({ firstStartSecret })}
    nonce={nonce ?? ''}
  />,
);
