// The door of the dashboard.
import { render } from 'preact';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/pages.css';
import { startActions } from './actions';
import { App } from './app';
import { start } from './session';

const root = document.getElementById('app');
if (root) render(<App />, root);
void start().then(startActions);

// Only where the browser allows it: https, or this machine.
if ('serviceWorker' in navigator && import.meta.env.PROD) {
  addEventListener('load', () => void navigator.serviceWorker.register('/sw.js').catch(() => undefined));
}
