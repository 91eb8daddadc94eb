import { useEffect, useRef, type RefObject } from 'react';
import type uPlot from 'uplot';

/** With a finger, or with Shift and the mouse, the chart is moved instead of zoomed. `pan` gets the distance as a share of the width. */
export function useTouchPan(holder: RefObject<HTMLDivElement | null>, plot: RefObject<uPlot | undefined>, pan: (share: number) => void): void {
  const latest = useRef(pan);
  latest.current = pan;
  useEffect(() => {
    const element = holder.current;
    if (!element) {
      return;
    }
    let last: number | undefined;
    const pans = (event: PointerEvent) => event.pointerType === 'touch' || event.shiftKey;
    const down = (event: PointerEvent) => {
      if (pans(event)) {
        last = event.clientX;
      }
    };
    const moved = (event: PointerEvent) => {
      if (last !== undefined) {
        latest.current((last - event.clientX) / Math.max(1, plot.current?.over.clientWidth ?? element.clientWidth));
        last = event.clientX;
      }
    };
    const up = () => {
      last = undefined;
    };
    const keepFromZooming = (event: MouseEvent) => {
      if (event.shiftKey) {
        event.stopPropagation();
      }
    };
    element.addEventListener('pointerdown', down);
    element.addEventListener('mousedown', keepFromZooming, { capture: true });
    addEventListener('pointermove', moved);
    addEventListener('pointerup', up);
    addEventListener('pointercancel', up);
    return () => {
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('mousedown', keepFromZooming, { capture: true });
      removeEventListener('pointermove', moved);
      removeEventListener('pointerup', up);
      removeEventListener('pointercancel', up);
    };
  }, [holder, plot]);
}
