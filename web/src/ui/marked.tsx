// A text with what was read in it marked, and what each mark means below it.
import { pieces } from '../bytes';
import { tr } from '../i18n';

interface Mark {
  from: number;
  to: number;
  label: string;
  say?: string;
}

const words = (label: string) => tr().lead.reading[label] ?? label.replaceAll('_', ' ');

export function Marked({ text, marks, legend }: { text: string; marks: Mark[]; legend: boolean }) {
  return (
    <>
      <blockquote class="said">
        {pieces(text, marks).map((p, i) => (p.label ? <mark key={i} title={words(p.label)}>{p.text}</mark> : p.text))}
      </blockquote>
      {legend && marks.length > 0 && (
        <dl class="readings">
          <dt class="small quiet">{tr().lead.read}</dt>
          {marks.map((m, i) => (
            <dd key={i} class="small"><b>{words(m.label)}</b>{m.say ? `: ${m.say}` : ''}</dd>
          ))}
        </dl>
      )}
    </>
  );
}
