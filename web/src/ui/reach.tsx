// How the reader's own phone or mail program reaches a lead: only ways the lead has not closed.
import { tr } from '../i18n';
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
