import { useId, type ReactNode } from 'react';
import { Icon, type IconName } from './Icon';
import './Card.css';

/** A piece of the page that belongs together, with its heading and, beside it, what can be done. */
export function Card({ title, actions, children }: { title?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className="card" aria-labelledby={title ? id : undefined}>
      {(title || actions) && (
        <div className="row-apart">
          {title && <h2 id={id}>{title}</h2>}
          {actions && <div className="row">{actions}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

export type Tone = 'neutral' | 'good' | 'warning' | 'danger';

const ICONS: Record<Tone, IconName> = { neutral: 'info', good: 'check', warning: 'alert', danger: 'alert' };

/** A message within the page. A danger or warning is announced as soon as it appears. */
export function Notice({ tone = 'neutral', title, icon, children, actions }: { tone?: Tone; title?: ReactNode; icon?: IconName; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className={`notice notice-${tone}`} role={tone === 'danger' || tone === 'warning' ? 'alert' : undefined}>
      <Icon name={icon ?? ICONS[tone]} />
      <div className="notice-body">
        {title && <div className="notice-title">{title}</div>}
        {children && <div>{children}</div>}
        {actions && <div className="row">{actions}</div>}
      </div>
    </div>
  );
}
