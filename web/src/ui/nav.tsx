// The frame: bar at the thumb on phones, slim rail on the desk.
import type { ComponentChildren } from 'preact';
import { tr } from '../i18n';
import { link } from '../live';
import { place, type Page } from '../router';
import { reachable } from '../resource';
import { isAdmin } from '../session';
import { LeadsIcon, Mark, MoreIcon, OperationsIcon, SettingsIcon, TodayIcon } from './icons';

function Item({ to, pages, class: more = '', children }: { to: string; pages: Page[]; class?: string; children: ComponentChildren }) {
  return (
    <a class={`nav-item ${more}`} href={to} aria-current={pages.includes(place.value.page) ? 'page' : undefined}>{children}</a>
  );
}

export function LinkState() {
  const t = tr().link;
  const state = !reachable.value ? 'offline' : link.value;
  return <span class={`link link-${state}`}><span class="link-dot" aria-hidden="true" />{t[state]}</span>;
}

export function Nav() {
  const t = tr().nav;
  return (
    <nav class="nav" aria-label={t.label}>
      <a class="nav-brand" href="/"><Mark />Leadlight</a>
      <Item to="/" pages={['today']}><TodayIcon />{t.today}</Item>
      <Item to="/leads" pages={['leads', 'lead']}><LeadsIcon />{t.leads}</Item>
      <Item to="/settings" pages={['settings']} class="nav-desk"><SettingsIcon />{t.settings}</Item>
      {isAdmin.value && <Item to="/operations" pages={['operations']} class="nav-desk"><OperationsIcon />{t.operations}</Item>}
      <Item to="/more" pages={['more', 'settings', 'operations']} class="nav-phone"><MoreIcon /><span>{t.more}<span class="unseen"> {t.morePages}</span></span></Item>
      <div class="nav-foot">
        <LinkState />
        <Item to="/more" pages={['more']}><MoreIcon /><span>{t.more}<span class="unseen"> {t.morePages}</span></span></Item>
      </div>
    </nav>
  );
}

/** Above the page on phones: whose day, and whether it is live. */
export function TopBar() {
  return (
    <div class="topbar">
      <span class="brand"><Mark />Leadlight</span>
      <LinkState />
    </div>
  );
}
