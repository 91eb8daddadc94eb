import type { ButtonHTMLAttributes, MouseEvent, ReactNode } from 'react';
import { Icon, type IconName } from './Icon';
import './Button.css';

export type ButtonLook = 'primary' | 'secondary' | 'quiet' | 'danger' | 'danger-quiet';

interface Properties extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className'> {
  look?: ButtonLook;
  small?: boolean;
  wide?: boolean;
  icon?: IconName;
  /** Work is under way: the button keeps focus, shows it, and does nothing more. */
  busy?: boolean;
  children: ReactNode;
}

export function buttonClass(look: ButtonLook, small = false, wide = false): string {
  return `button button-${look}${small ? ' button-small' : ''}${wide ? ' button-wide' : ''}`;
}

export function Button({ look = 'secondary', small, wide, icon, busy = false, children, onClick, type = 'button', ...rest }: Properties) {
  const click = (event: MouseEvent<HTMLButtonElement>) => {
    if (busy) {
      event.preventDefault();
      return;
    }
    onClick?.(event);
  };
  return (
    <button {...rest} type={type} className={buttonClass(look, small, wide)} aria-disabled={busy || undefined} aria-busy={busy || undefined} onClick={click}>
      {busy ? <span className="button-spinner" aria-hidden="true" /> : icon && <Icon name={icon} size={small ? 16 : 20} />}
      {children}
    </button>
  );
}
