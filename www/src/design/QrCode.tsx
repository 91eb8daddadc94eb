import { useMemo } from 'react';
import { encodeQR } from 'qr';
import './QrCode.css';

/** How many light modules the standard wants around a code (ISO/IEC 18004). */
const BORDER = 4;

/** A text as a QR code, dark on light in every colour scheme; `label` says what it is for. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const rows = useMemo(() => encodeQR(text, 'raw', { ecc: 'medium', border: BORDER }), [text]);
  const dark = rows.flatMap((row, y) => row.flatMap((module, x) => (module ? [`M${x} ${y}h1v1h-1z`] : [])));
  return (
    <svg className="qr-code" viewBox={`0 0 ${rows.length} ${rows.length}`} shapeRendering="crispEdges" role="img" aria-label={label}>
      <path d={dark.join('')} />
    </svg>
  );
}
