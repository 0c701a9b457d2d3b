import { render } from 'preact';
import { App } from './app.tsx';
import { Dashboard, DashboardContext } from './live/dashboard.ts';
import { followLinks } from './live/location.ts';
import { startTheme } from './live/theme.ts';
import './styles/tokens.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/pages.css';

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no #app');

startTheme();
followLinks();
const dashboard = new Dashboard();
void dashboard.start();
render(
  <DashboardContext.Provider value={dashboard}>
    <App />
  </DashboardContext.Provider>,
  root,
);
