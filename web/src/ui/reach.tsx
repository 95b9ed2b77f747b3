// How the reader's own phone or mail program reaches a lead: only ways the lead has not closed.
import { tr } from '../i18n';
import * as at from '../paths';
import { useResource } from '../resource';
import { leadPath } from '../router';
import type { Lead } from '../types';
import { MailIcon, OpenIcon, PhoneIcon, TextIcon } from './icons';

export type Way = 'call' | 'text' | 'email' | 'review';

/** The address to open, or null: not known, or the lead asked for quiet there. */
export function reach(lead: Lead, way: Way, say: string | null): string | null {
  const { dnd, opted_out } = lead.consent;
  const phone = lead.phone?.replace(/[^+\d]/g, '') ?? '';
  const body = say ? encodeURIComponent(say) : '';
  if (way === 'call') return phone && !dnd.all && !dnd.call ? `tel:${phone}` : null;
  if (opted_out || dnd.all) return null;
  if (way === 'text') return phone && !dnd.sms ? `sms:${phone}${body && `?&body=${body}`}` : null;
  if (way === 'email') return lead.email && !dnd.email ? `mailto:${encodeURIComponent(lead.email)}${body && `?body=${body}`}` : null;
  return null;
}

export function ReachIcon({ way }: { way: Way }) {
  return way === 'call' ? <PhoneIcon /> : way === 'text' ? <TextIcon /> : way === 'email' ? <MailIcon /> : <OpenIcon />;
}

/** The card's main button: calls, texts or mails where that is open, else opens the lead. */
export function MainButton({ id, name, way, say }: { id: string; name: string; way: Way; say: string | null }) {
  const t = tr().today;
  const lead = useResource<Lead>(at.lead(id)).data;
  const href = lead && way !== 'review' ? reach(lead, way, say) : null;
  if (!href) {
    return <a class="button button-main" data-act href={leadPath(id)}><ReachIcon way="review" />{t.openLead(name)}</a>;
  }
  return (
    <a class="button button-main" data-act data-out href={href}>
      <ReachIcon way={way} />{t[way]}<span class="unseen"> {name}</span>
    </a>
  );
}

/** All open ways, the wanted one first and as the main button. */
export function ReachButtons({ lead, first, say }: { lead: Lead; first: Way; say: string | null }) {
  const t = tr().today;
  const ways: Way[] = [first, ...(['call', 'text', 'email'] as Way[]).filter((w) => w !== first)];
  const open = ways.flatMap((way) => {
    const href = reach(lead, way, say);
    return href ? [{ way, href }] : [];
  });
  return (
    <div class="buttons">
      {open.map(({ way, href }, i) => (
        <a key={way} class={`button ${i === 0 ? 'button-main' : ''}`} {...(i === 0 && { 'data-act': true })} data-out href={href}>
          <ReachIcon way={way} />{t[way]}
        </a>
      ))}
    </div>
  );
}
