// A score opened: its parts as bars from zero, the events behind each, and how sure it is.
import { number } from '../format';
import { tr } from '../i18n';
import type { Score, ScorePart } from '../types';
import { capital, confidenceName, When } from './bits';

function Part({ part }: { part: ScorePart }) {
  const t = tr().lead;
  const share = part.weight > 0 ? Math.min(1, Math.max(0, part.points / part.weight)) : 0;
  return (
    <li class="part">
      <div class="part-line">
        <b>{part.label}</b>
        <span class="quiet">{t.points(number(part.points, 1), number(part.weight, 1))}</span>
      </div>
      <svg class="part-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect width="100" height="6" class="bar-room" />
        <rect width={share * 100} height="6" class="bar bar-lit" />
      </svg>
      {part.explain && <p class="small quiet">{part.explain}</p>}
      {part.events.length > 0 && (
        <details>
          <summary>{t.events(part.events.length)}</summary>
          <ul class="plain-list small">
            {part.events.map((e) => <li key={e.id}>{e.text} <span class="quiet"><When at={e.at} /></span></li>)}
          </ul>
        </details>
      )}
    </li>
  );
}

export function ScoreParts({ score }: { score: Score }) {
  const t = tr();
  const parts = [...score.parts].sort((a, b) => b.points - a.points);
  const th = score.thresholds;
  return (
    <>
      <p class="lead-score">
        <b class="figure">{number(score.likelihood)}</b>
        <span class="quiet">{t.lead.scoreLine(t.intent[score.intent].toLowerCase())}</span>
      </p>
      <Scale score={score} />
      <p>{t.confidence.with(capital(confidenceName(score.confidence)), score.confidence_why)}.</p>
      <ul class="parts">{parts.map((p) => <Part key={p.name} part={p} />)}</ul>
      <p class="small quiet">
        {t.lead.sum(number(score.likelihood, 1))} {t.lead.thresholds(number(th.warm), number(th.hot), number(th.urgent))}
      </p>
    </>
  );
}

/** 0 to 100 with the thresholds of intent named on it. */
function Scale({ score }: { score: Score }) {
  const t = tr().intent;
  const th = score.thresholds;
  const marks: [number, string][] = [[th.warm, t.warm], [th.hot, t.hot], [th.urgent, t.urgent]];
  return (
    <svg class="scale" viewBox="0 0 300 30" aria-hidden="true" focusable="false">
      <rect y="2" width="300" height="8" rx="2" class="bar-room" />
      <rect y="2" width={3 * Math.min(100, score.likelihood)} height="8" rx="2" class="bar bar-lit" />
      {marks.map(([at, name]) => (
        <g key={name}>
          <line x1={3 * at} x2={3 * at} y1="0" y2="13" class="axis" />
          <text x={3 * at + 3} y="25" class="tick">{name}</text>
        </g>
      ))}
    </svg>
  );
}
