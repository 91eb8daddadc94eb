import { useEffect, useRef, type ReactNode } from 'react';
import { Icon } from '../design';
import { Link } from '../state/router';
import './Screen.css';

interface Properties {
  title: string;
  subtitle?: ReactNode;
  back?: { href: string; text: string };
  actions?: ReactNode;
  narrow?: boolean;
  children: ReactNode;
}

/** The page has just been loaded: the focus stays where the browser put it. Afterwards a new screen takes it. */
let firstScreen = true;

/** One screen: its heading, which gets the focus and the window's title, and what is on it. */
export function Screen({ title, subtitle, back, actions, narrow, children }: Properties) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Tidelock`;
  }, [title]);
  useEffect(() => {
    if (!firstScreen && !document.querySelector('dialog[open]')) {
      heading.current?.focus({ preventScroll: true });
    }
    firstScreen = false;
  }, []);
  return (
    <main className={narrow ? 'page page-narrow' : 'page'} id="main">
      <div className="row-apart">
        <div className="page-title">
          {back && (
            <Link className="page-back" href={back.href}>
              <Icon name="back" size={16} />
              {back.text}
            </Link>
          )}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {subtitle && <div className="muted">{subtitle}</div>}
        </div>
        {actions && <div className="row">{actions}</div>}
      </div>
      {children}
    </main>
  );
}
