// When somebody can be reached: 24 bars on that person's clock, the best window lit, their present hour marked.
import { useId } from 'preact/hooks';
import { city, clockIn, firstName, hourIn, number, range, wallTime, windowText } from '../format';
import { tr } from '../i18n';
import { isZone } from '../session';
import type { ContactWindow } from '../types';
import { capital, confidenceName } from './bits';

const WIDTH = 288;
const HEIGHT = 56;
const STEP = WIDTH / 24;
const TICKS = [0, 6, 12, 18];

const hourOf = (hhmm: string) => Number(hhmm.slice(0, 2));

function inWindow(hour: number, w: ContactWindow): boolean {
  const from = hourOf(w.from);
  const to = hourOf(w.to) || 24;
  return from < to ? hour >= from && hour < to : hour >= from || hour < to;
}

export function Hours({ window: w, name }: { window: ContactWindow; name: string }) {
  const t = tr();
  const id = useId();
  const top = Math.max(...w.hours, 0);
  const sum = w.hours.reduce((a, b) => a + b, 0);
  const zone = w.zone && isZone(w.zone) ? w.zone : '';
  const now = zone ? hourIn(zone) : -1;
  if (top <= 0 || w.hours.length !== 24) return <p class="quiet">{t.lead.windowNone}</p>;
  return (
    <div class="hours">
      <p><b>{windowText(w, name)}</b> <span class="quiet">({capital(confidenceName(w.confidence))})</span></p>
      {w.explain && <p class="small quiet">{w.explain}</p>}
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + 20}`} class="hours-chart" role="img" aria-labelledby={id}>
        <title id={id}>{`${t.lead.window}: ${range(w.from, w.to)}${zone ? `, ${city(zone)}` : ''}`}</title>
        {w.hours.map((share, h) => {
          const tall = Math.max(1.5, (share / top) * (HEIGHT - 8));
          return (
            <rect key={h} x={h * STEP + 1.5} width={STEP - 3} y={HEIGHT - tall} height={tall} rx="1.500"
              class={inWindow(h, w) ? 'bar bar-lit' : 'bar'}>
              <title>{t.lead.hourShare(wallTime(`${String(h).padStart(2, '0')}:00`), number((100 * share) / sum))}</title>
            </rect>
          );
        })}
        <line x1="0" x2={WIDTH} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} class="axis" />
        {now >= 0 && <path d={`M${(now + 0.5) * STEP} ${HEIGHT + 1}l-4 6h8z`} class="now-mark" />}
        {TICKS.map((h) => (
          <text key={h} x={h * STEP + 1} y={HEIGHT + 18} class="tick">{wallTime(`${String(h).padStart(2, '0')}:00`)}</text>
        ))}
      </svg>
      {zone && <p class="small quiet"><span aria-hidden="true">▲ </span>{t.lead.nowTheirs(clockIn(zone), firstName(name))}</p>}
    </div>
  );
}
