import { useEffect, useRef, type ReactNode } from 'react';
import './Centred.css';

/** A screen with one thing to do: signing in and up, and what belongs to it. */
export function Centred({ title, lead, children, footer }: { title: string; lead?: ReactNode; children: ReactNode; footer?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Tidelock`;
    if (!document.activeElement || document.activeElement === document.body) {
      heading.current?.focus({ preventScroll: true });
    }
  }, [title]);
  return (
    <main className="centred" id="main">
      <div className="centred-column">
        <div className="centred-head">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead && <p className="muted">{lead}</p>}
        </div>
        <section className="card">{children}</section>
        {footer}
      </div>
    </main>
  );
}
