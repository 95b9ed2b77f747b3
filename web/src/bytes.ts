// Places in a text: the server counts bytes of UTF-8, JavaScript counts UTF-16 units.

export interface Piece {
  text: string;
  label: string;
}

/** For each byte offset asked for, the index into `text`; one inside a character counts to the character's start. */
function indices(text: string, offsets: number[]): Map<number, number> {
  const want = [...new Set(offsets)].sort((a, b) => a - b);
  const found = new Map<number, number>();
  let byte = 0;
  let index = 0;
  let next = 0;
  for (const ch of text) {
    const code = ch.codePointAt(0) ?? 0;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    while (next < want.length && (want[next] ?? 0) < byte + size) found.set(want[next++] ?? 0, index);
    byte += size;
    index += ch.length;
  }
  while (next < want.length) found.set(want[next++] ?? 0, text.length);
  return found;
}

/** Cuts `text` at the spans. Empty and senseless spans are dropped; of two that overlap the earlier one wins. */
export function pieces(text: string, spans: { from: number; to: number; label: string }[]): Piece[] {
  const use = spans.filter((s) => s.to > s.from && s.from >= 0).sort((a, b) => a.from - b.from || b.to - a.to);
  const at = indices(text, use.flatMap((s) => [s.from, s.to]));
  const out: Piece[] = [];
  let done = 0;
  for (const s of use) {
    const from = at.get(s.from) ?? 0;
    const to = at.get(s.to) ?? 0;
    if (from < done || to <= from) continue;
    if (from > done) out.push({ text: text.slice(done, from), label: '' });
    out.push({ text: text.slice(from, to), label: s.label });
    done = to;
  }
  if (done < text.length) out.push({ text: text.slice(done), label: '' });
  return out;
}
