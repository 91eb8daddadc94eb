/** The drawings, 24 × 24, one stroke. They always stand beside words, so they are hidden from screen readers. */
const DRAWINGS = {
  alert: 'M12 8v5m0 3.5v.01M10.3 3.9 2.5 17.5A2 2 0 0 0 4.2 20.5h15.6a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0Z',
  back: 'm14 6-6 6 6 6',
  chart: 'M3 17c2.5 0 3-8 6-8s3.5 5 6 5 3-8 6-8M3 21h18',
  check: 'm5 12.5 4.5 4.500L19 7.5',
  close: 'M6 6l12 12M18 6 6 18',
  copy: 'M9 9h10a1.5 1.5 0 0 1 1.5 1.500v9A1.5 1.5 0 0 1 19 21h-9a1.5 1.5 0 0 1-1.5-1.500V9.500M15 6V4.500A1.5 1.5 0 0 0 13.5 3H5a1.5 1.5 0 0 0-1.5 1.500V14A1.5 1.5 0 0 0 5 15.500h1',
  clock: 'M12 7v5l3.5 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  edit: 'M4 20h4L19.500 8.500a2.100 2.100 0 0 0 0-3l-1-1a2.100 2.100 0 0 0-3 0L4 16v4ZM14 6l4 4',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  eyeOff: 'M4 4l16 16M9.9 5.800A9 9 0 0 1 12 5.500c6 0 9.5 6.5 9.5 6.500a15 15 0 0 1-2.6 3.300M6.5 7.400A15 15 0 0 0 2.5 12S6 18.5 12 18.500a9 9 0 0 0 4-.9M9.9 10a3 3 0 0 0 4.1 4.2',
  forward: 'm10 6 6 6-6 6',
  hospital: 'M4 21V8.500L12 3l8 5.500V21M2.5 21h19M12 9v6m-3-3h6M9.5 21v-3h5v3',
  info: 'M12 11v5.500M12 7.500v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  inbox: 'M3 13.500h5l1.5 3h5l1.5-3h5M3 13.5 6 5h12l3 8.500V19H3v-5.500Z',
  key: 'M14.5 14a5.5 5.5 0 1 0-5.2-3.700L3 16.600V21h4.400v-2.500h2.500V16l1.8-1.800a5.5 5.5 0 0 0 2.8-.2ZM16 8.500v.01',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.700l-1.3 1.300M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.700l1.3-1.3',
  lock: 'M6 11h12a1.5 1.5 0 0 1 1.5 1.500v7A1.5 1.5 0 0 1 18 21H6a1.5 1.5 0 0 1-1.5-1.500v-7A1.5 1.5 0 0 1 6 11Zm2 0V7.500a4 4 0 0 1 8 0V11',
  minus: 'M5 12h14',
  note: 'M6 3.500h8.500L19.500 8.500V19a1.5 1.5 0 0 1-1.5 1.500H6A1.5 1.5 0 0 1 4.500 19V5A1.5 1.5 0 0 1 6 3.500ZM14 3.500V9h5.500M8 13h8M8 16.500h5',
  people: 'M9 11.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20a6.5 6.5 0 0 1 13 0M16 5a3.5 3.5 0 0 1 0 6.500M18 14.500a6.5 6.5 0 0 1 3.5 5.5',
  person: 'M12 11.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 20.500a8 8 0 0 1 16 0',
  plus: 'M12 5v14M5 12h14',
  print: 'M7 9V3.500h10V9M7 17.500H3.500V9h17v8.500H17M7 14.500h10v6H7v-6Z',
  refresh: 'M20 11.500A8 8 0 0 0 6 6.500L3.5 9M4 12.500a8 8 0 0 0 14 5l2.5-2.500M3.5 4.500V9H8M20.5 19.500V15H16',
  share: 'M12 15V3.500M8 7l4-3.500L16 7M5 12v7.500A1.5 1.5 0 0 0 6.5 21h11a1.5 1.5 0 0 0 1.5-1.500V12',
  shield: 'M12 3 4.5 6v5.500c0 4.5 3 8 7.5 9.5 4.5-1.5 7.5-5 7.5-9.500V6L12 3Zm-3.5 9 2.5 2.5 4.5-5',
  test: 'M9.500 3v6.500L4.700 18a2 2 0 0 0 1.800 3h11a2 2 0 0 0 1.800-3L14.500 9.500V3M8 3h8M7 14.500h10',
  upload: 'M12 16V4.500M7.5 9 12 4.5 16.5 9M4 16.500V19a1.5 1.5 0 0 0 1.5 1.500h13A1.5 1.5 0 0 0 20 19v-2.5',
} as const;

export type IconName = keyof typeof DRAWINGS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={1.8} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={DRAWINGS[name]} />
    </svg>
  );
}

/** Tidelock's sign: a lock whose body is the tide. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" strokeLinecap="round" strokeWidth={2.6} aria-hidden="true" focusable="false">
      <path d="M11 14v-3a5 5 0 0 1 10 0v3" stroke="currentColor" />
      <path d="M4 19c2.7-2.8 5.3-2.8 8 0s5.3 2.8 8 0 5.3-2.8 8 0" stroke="currentColor" />
      <path d="M4 25.500c2.7-2.8 5.3-2.8 8 0s5.3 2.8 8 0 5.3-2.8 8 0" stroke="currentColor" opacity={0.5} />
    </svg>
  );
}
