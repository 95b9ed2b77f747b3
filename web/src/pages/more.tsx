// The phone's third door: what is not used every day.
import { tr } from '../i18n';
import { sheet } from '../keys';
import { isAdmin, me } from '../session';
import { AgentPicker, SignOut } from '../ui/account';
import { OperationsIcon, SettingsIcon } from '../ui/icons';
import { Title } from '../ui/title';

export function More() {
  const t = tr();
  const who = me.value;
  return (
    <div class="page">
      <header class="page-head"><Title text={t.more.title} /></header>
      {who && <p class="quiet">{who.name ? t.more.signedIn(who.name, who.tenant.name) : who.tenant.name}</p>}
      {who?.demo && <p class="small quiet">{t.more.demo}</p>}
      <AgentPicker />
      <nav class="more-links" aria-label={t.more.title}>
        <a class="more-link" data-item href="/settings"><SettingsIcon />{t.nav.settings}</a>
        {isAdmin.value && <a class="more-link" data-item href="/operations"><OperationsIcon />{t.nav.operations}</a>}
      </nav>
      <div class="buttons">
        <button type="button" class="button" onClick={() => { sheet.value = 'help'; }}>{t.more.help}</button>
        <SignOut />
      </div>
    </div>
  );
}

export function NotFound() {
  const t = tr().notFound;
  return (
    <div class="page">
      <header class="page-head"><Title text={t.title} /></header>
      <p><a class="button" href="/">{t.to}</a></p>
    </div>
  );
}
