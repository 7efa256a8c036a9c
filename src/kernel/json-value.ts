import { type JsonText } from './json-text.js';

/**
 * One text for all texts that say the same JSON value: members sorted by name, no blanks, escapes resolved, numbers by
 * their digits (`1`, `1.0` and `10e-1` are one number, and no digit is lost in a double). Members of the same name stay,
 * in their order, because parsers do not agree on which of them counts. The text is known to be well-formed.
 */
export const canonicalJson = (text: JsonText): string => new CanonicalWriter(text).written();

type Member = readonly [name: string, value: string];

class CanonicalWriter {
  #at = 0;

  constructor(private readonly text: string) {}

  written(): string {
    this.#skipSpace();
    return this.#value();
  }

  #value(): string {
    const first = this.text[this.#at];
    if (first === '{') return this.#object();
    if (first === '[') return this.#array();
    if (first === '"') return this.#string();
    const start = this.#at;
    while (this.#at < this.text.length && !',]} \t\n\r'.includes(this.text[this.#at] ?? ',')) this.#at += 1;
    const word = this.text.slice(start, this.#at);
    return first === 't' || first === 'f' || first === 'n' ? word : canonicalNumber(word);
  }

  #object(): string {
    const members: Member[] = [];
    this.#step();
    while (this.text[this.#at] === '"') {
      const name = this.#string();
      this.#skipSpace();
      this.#step();
      members.push([name, this.#value()]);
      this.#skipSpace();
      if (this.text[this.#at] === ',') this.#step();
    }
    this.#at += 1;
    members.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
    return `{${members.map(([name, value]) => `${name}:${value}`).join(',')}}`;
  }

  #array(): string {
    const items: string[] = [];
    this.#step();
    while (this.text[this.#at] !== ']') {
      items.push(this.#value());
      this.#skipSpace();
      if (this.text[this.#at] === ',') this.#step();
    }
    this.#at += 1;
    return `[${items.join(',')}]`;
  }

  #string(): string {
    const start = this.#at;
    let isEscaped = false;
    for (this.#at += 1; this.text[this.#at] !== '"'; this.#at += 1)
      if (this.text[this.#at] === '\\') {
        isEscaped = true;
        this.#at += 1;
      }
    this.#at += 1;
    const token = this.text.slice(start, this.#at);
    // Halves of surrogate pairs stay escapes, and so stay apart.
    return isEscaped ? JSON.stringify(JSON.parse(token)) : token;
  }

  /** Past the character it stands at, to the next one that counts. */
  #step(): void {
    this.#at += 1;
    this.#skipSpace();
  }

  #skipSpace(): void {
    while (' \t\n\r'.includes(this.text[this.#at] ?? 'x')) this.#at += 1;
  }
}

/** Longer exponents are compared as they are written: no two of them are added up. */
const maxExponent = 1_000;
const maxExactExponent = 15;

function canonicalNumber(word: string): string {
  const isNegative = word.startsWith('-');
  const [mantissa = '', exponent = '0'] = word.slice(isNegative ? 1 : 0).split(/[eE]/);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  let from = 0;
  let to = digits.length;
  while (from < to && digits[from] === '0') from += 1;
  while (to > from && digits[to - 1] === '0') to -= 1;
  if (from === to) return '0';
  const shift = digits.length - to - fraction.length;
  return `${isNegative ? '-' : ''}${digits.slice(from, to)}e${sum(exponent, shift)}`;
}

function sum(exponent: string, shift: number): string {
  if (exponent.length <= maxExactExponent) return String(Number(exponent) + shift);
  if (exponent.length <= maxExponent) return String(BigInt(exponent) + BigInt(shift));
  return `${exponent}${shift < 0 ? '' : '+'}${shift}`;
}
