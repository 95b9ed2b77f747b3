// Which of today's actions the reader ticked off. The briefing itself does not change, so this is kept on the device.
import { signal } from '@preact/signals';
import { keepPlace } from '../../focus';
import { tr } from '../../i18n';
import { say } from '../../toast';

const PLACE = 'leadlight.done';

interface Ticked {
  briefing: string;
  leads: string[];
}

function load(): Ticked {
  try {
    return JSON.parse(localStorage.getItem(PLACE) ?? '') as Ticked;
  } catch {
    return { briefing: '', leads: [] };
  }
}

const ticked = signal<Ticked>(load());

function put(next: Ticked): void {
  ticked.value = next;
  localStorage.setItem(PLACE, JSON.stringify(next));
}

export const isDone = (briefing: string, lead: string) => ticked.value.briefing === briefing && ticked.value.leads.includes(lead);

export function tick(briefing: string, lead: string, name: string): void {
  keepPlace();
  const before = ticked.value.briefing === briefing ? ticked.value.leads : [];
  put({ briefing, leads: [...before.filter((id) => id !== lead), lead] });
  say(tr().today.doneSaid(name), {
    undo: () => put({ briefing, leads: ticked.value.leads.filter((id) => id !== lead) }),
  });
}
