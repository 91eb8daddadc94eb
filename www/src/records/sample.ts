import { Content, DataSample, Measure } from '../api';
import { fromMinute, minuteOf } from './date';
import { filled, textOf, type Form } from './form';

/** The language of what this page writes. */
const LANGUAGE = 'en';
const NUMBER = /^[+-]?\d+([.,]\d+)?$/;

/** What a sample says: in this page's language, or else in the first that it has. */
function contentOf(sample: DataSample | undefined): { language: string; content: Content | undefined } {
  const all = sample?.content ?? {};
  const language = all[LANGUAGE] ? LANGUAGE : (Object.keys(all)[0] ?? LANGUAGE);
  return { language, content: all[language] };
}

function valueOf(content: Content | undefined): { value: string; unit: string } {
  const { measureValue, numberValue, stringValue } = content ?? {};
  const number = typeof measureValue?.value === 'number' ? measureValue.value : numberValue;
  return { value: typeof number === 'number' ? String(number) : textOf(stringValue), unit: textOf(measureValue?.unit) };
}

/** A sample's value as one line; empty where it is something that is no value. */
export function showContent(sample: DataSample): string {
  const { content } = contentOf(sample);
  const { value, unit } = valueOf(content);
  const number = content?.measureValue?.value ?? content?.numberValue;
  const shown = typeof number === 'number' ? number.toLocaleString(undefined, { maximumSignificantDigits: 12 }) : value;
  return content?.booleanValue === undefined ? [shown, unit].filter(Boolean).join(' ') : content.booleanValue ? 'Yes' : 'No';
}

/** One measurement or observation: a number with a unit, or words. */
export const sampleForm: Form<DataSample> = {
  fields: [
    { name: 'value', label: 'Value', type: 'text', hint: 'A number, or a few words.', short: true },
    { name: 'unit', label: 'Unit', type: 'text', optional: true, hint: 'Such as mmHg or °C.', short: true },
    { name: 'opened', label: 'When', type: 'datetime-local' },
    { name: 'comment', label: 'Comment', type: 'area', optional: true },
  ],
  read: (sample) => ({ ...valueOf(contentOf(sample).content), opened: minuteOf(sample ? sample.openingDate : Date.now()), comment: textOf(sample?.comment) }),
  write: ({ value = '', unit = '', opened = '', comment }, sample) => {
    const { language, content } = contentOf(sample);
    const before = valueOf(content);
    const unchanged = sample && before.value === value && before.unit === unit;
    return new DataSample({
      ...sample,
      openingDate: fromMinute(opened, sample?.openingDate),
      comment: filled(comment),
      content: unchanged ? sample.content : { ...sample?.content, [language]: withValue(content, value.trim(), unit.trim()) },
    });
  },
  check: ({ value = '', unit = '', opened = '' }, sample) => ({
    ...(!filled(value) && (!sample || valueOf(contentOf(sample).content).value !== '') && { value: 'Enter a number or a few words.' }),
    ...(filled(unit) && !NUMBER.test(value.trim()) && { value: 'With a unit, the value has to be a number.' }),
    ...(!minuteOf(fromMinute(opened)) && { opened: 'Enter day and time.' }),
  }),
};

function withValue(before: Content | undefined, value: string, unit: string): Content {
  const others = { ...before, stringValue: undefined, numberValue: undefined, measureValue: undefined };
  return NUMBER.test(value)
    ? new Content({ ...others, measureValue: new Measure({ ...before?.measureValue, value: Number(value.replace(',', '.')), unit: filled(unit) }) })
    : new Content({ ...others, stringValue: value });
}
