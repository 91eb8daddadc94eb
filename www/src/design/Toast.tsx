import { createContext, useCallback, useContext, useRef, useState, type ReactNode } from 'react';
import { Icon } from './Icon';
import './Toast.css';

/** How long a message stays: long enough to read twice. */
const SHOWN_FOR_MILLISECONDS = 7_000;

const ToastContext = createContext<(text: string) => void>(() => undefined);

/** Tells in a sentence that something has been done. Errors never come this way: they stay where they happened. */
export const useToast = () => useContext(ToastContext);

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<{ id: number; text: string }[]>([]);
  const next = useRef(0);
  const remove = useCallback((id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)), []);
  const show = useCallback(
    (text: string) => {
      const id = next.current++;
      // Only the newest: what is beneath is not to be covered by what is known already.
      setToasts([{ id, text }]);
      setTimeout(() => remove(id), SHOWN_FOR_MILLISECONDS);
    },
    [remove],
  );
  return (
    <ToastContext value={show}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((toast) => (
          <div className="toast" key={toast.id}>
            <Icon name="check" />
            <span>{toast.text}</span>
            <button type="button" className="toast-close" aria-label="Dismiss" onClick={() => remove(toast.id)}>
              <Icon name="close" size={16} />
            </button>
          </div>
        ))}
      </div>
    </ToastContext>
  );
}
