// A record as it was kept, opened to its last figure: for those who want to know everything.
import { moment, number } from '../format';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const MICROSECONDS = /_us$/;

const words = (name: string) => name.replace(MICROSECONDS, '').replaceAll('_', ' ');

function leaf(name: string, value: unknown): string {
  if (value === null || value === undefined || value === '' || typeof value === 'object') return '–';
  if (typeof value === 'number') return MICROSECONDS.test(name) && value > 1e14 ? moment(value / 1000) : number(value, 3);
  if (typeof value === 'boolean') return value ? '✓' : '✗';
  return typeof value === 'string' && ISO.test(value) ? moment(value) : String(value);
}

const isInner = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length > 0;

export function Tree({ of }: { of: unknown }) {
  const rows = Object.entries((of ?? {}) as Record<string, unknown>);
  return (
    <div class="tree small">
      <dl class="facts">
        {rows.filter(([, value]) => !isInner(value)).map(([name, value]) => (
          <div key={name}><dt>{words(name)}</dt><dd>{leaf(name, value)}</dd></div>
        ))}
      </dl>
      {rows.filter(([, value]) => isInner(value)).map(([name, value]) => (
        <details key={name}><summary>{words(name)}</summary><Tree of={value} /></details>
      ))}
    </div>
  );
}
