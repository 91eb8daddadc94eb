import type { ReactNode } from 'react';
import type { Tone } from './Card';
import { Icon, type IconName } from './Icon';
import './Pill.css';

/** A state in a word or two. The word carries the meaning, the colour only repeats it. */
export function Pill({ tone = 'neutral', icon, children }: { tone?: Tone; icon?: IconName; children: ReactNode }) {
  return (
    <span className={`pill pill-${tone}`}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </span>
  );
}
