// A page's heading: gives the window its name, and takes the focus when one comes from another page.
import { useEffect, useRef } from 'preact/hooks';
import { place } from '../router';

let before = '';

export function Title({ text, page = text }: { text: string; page?: string }) {
  const ref = useRef<HTMLHeadingElement>(null);
  const here = place.value.page + place.value.id;
  useEffect(() => {
    document.title = `${page} · Leadlight`;
  }, [page]);
  useEffect(() => {
    // The lists of the desk keep the focus: there the detail changes beside them.
    const inList = document.activeElement?.closest('.virtual');
    if (before && before !== here && !inList) ref.current?.focus({ preventScroll: true });
    before = here;
  }, [here]);
  return <h1 ref={ref} tabIndex={-1}>{text}</h1>;
}
