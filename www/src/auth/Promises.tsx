import { Fragment } from 'react';
import { Icon, type IconName } from '../design';

const PROMISES: [IconName, string][] = [
  ['lock', 'Everything is encrypted in your browser before it is stored. The server keeps what it cannot read.'],
  ['shield', 'A clinic is verified by its share code, so that nobody else can pose as it.'],
  ['share', 'You can end sharing at any time. From then on, nothing new can be read.'],
];

/** What a person may rely on, said before she entrusts anything. */
export function Promises() {
  return (
    <div className="promise">
      {PROMISES.map(([icon, text]) => (
        <Fragment key={icon}>
          <Icon name={icon} />
          <span>{text}</span>
        </Fragment>
      ))}
    </div>
  );
}
