import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface PageProps {
  readonly title: string;
  /** Beside the title. */
  readonly aside?: ComponentChildren;
  /** Fills the height of the screen and scrolls inside. */
  readonly filling?: boolean;
  readonly children?: ComponentChildren;
}

/** The first page comes with the browser's own focus; those after it are announced by their heading. */
let first = true;

export function Page({ title, aside, filling = false, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Fedmesh`;
  }, [title]);
  useEffect(() => {
    if (!first) heading.current?.focus({ preventScroll: true });
    if (!first) document.querySelector('main')?.scrollTo(0, 0);
    first = false;
  }, []);
  return (
    <div class={filling ? 'page filling' : 'page'}>
      <header class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {aside}
      </header>
      {children}
    </div>
  );
}
