// The day as a strip on the reader's clock: whom one reaches when.
//
// Each window was found on the lead's clock; it is placed on the reader's and says both where they differ.
import { useEffect, useState } from 'preact/hooks';
import { instant, readerHour, wallTime, windowText } from '../format';
import { tr } from '../i18n';
import { leadPath } from '../router';
import { isZone, zone as readerZone } from '../session';
import type { DayWindow } from '../types';
import { channelName } from './bits';

const MINUTE_MS = 60_000;

function useNow(): number {
  const [now, set] = useState(Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => set(Date.now()), MINUTE_MS);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}

function bounds(rows: { from: number; to: number }[]): [number, number] {
  const from = Math.floor(Math.min(8, ...rows.map((r) => r.from)));
  const to = Math.ceil(Math.max(18, ...rows.map((r) => r.to)));
  return [Math.max(0, from), Math.min(24, to)];
}

const hourText = (h: number) => wallTime(`${String(h % 24).padStart(2, '0')}:00`);

export function DayStrip({ windows, date, zone }: { windows: DayWindow[]; date: string; zone: string | null }) {
  const t = tr();
  const now = useNow();
  const rows = windows
    .map((w) => {
      const clock = [w.zone, zone].find((z) => z && isZone(z)) ?? readerZone.value;
      return { w, from: readerHour(date, w.from, clock), to: readerHour(date, w.to, clock) };
    })
    .sort((a, b) => a.from - b.from);
  if (rows.length === 0) return <p class="quiet">{t.today.windowsEmpty}</p>;
  const [low, high] = bounds(rows);
  const x = (h: number) => (100 * (Math.min(high, Math.max(low, h)) - low)) / (high - low);
  const nowHour = (now - instant(date, '00:00', readerZone.value)) / 3_600_000;
  const ticks = [low, Math.round((low + high) / 2), high];
  return (
    <div class="strip">
      <div class="strip-scale small quiet" aria-hidden="true">
        <span>{t.today.yourTime}</span>
        <span class="strip-ticks">{ticks.map((h) => <span key={h}>{hourText(h)}</span>)}</span>
      </div>
      <ul class="plain-list">
        {rows.map(({ w, from, to }) => (
          <li key={w.lead_id + w.from}>
            <a href={leadPath(w.lead_id)} class="strip-row">
              <span class="strip-name">{w.lead_name}</span>
              <svg class="strip-track" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect width="100" height="10" class="bar-room" />
                <rect x={x(from)} width={Math.max(1, x(to) - x(from))} height="10" class="bar bar-lit" />
                {nowHour >= low && nowHour <= high && <rect x={x(nowHour) - 0.2} width="0.500" height="10" class="now-line" />}
              </svg>
              <span class="small quiet strip-text">{windowText(w, w.lead_name, date)} · {channelName(w.channel)}</span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
