import { MalformedJson } from './malformed-json.js';

export const quote = 0x22;
export const comma = 0x2c;
export const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const backslash = 0x5c;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;

export const isDigit = (char: number): boolean => char >= zero && char <= nine;

/** Where a text begins, and what of JSON's grammar it is made of: strictly after RFC 8259. It builds nothing. */
export class JsonLexer {
  protected at = 0;
  /** Whether the last string held an escape. */
  protected escaped = false;
  #counted = { at: 0, bytes: 0 };

  constructor(protected readonly text: string) {}

  /**
   * Walks over one value, whatever is in it, and answers how deep it is nested. It does not call itself, so that only
   * bytes bound what it can bear.
   */
  protected skipValue(): number {
    let open = new Uint8Array(64);
    let depth = 0;
    let deepest = 0;
    for (;;) {
      const char = this.text.charCodeAt(this.at);
      let isEmpty = false;
      if (char === openBrace || char === openBracket) {
        const close = char === openBrace ? closeBrace : closeBracket;
        this.at += 1;
        this.skipSpace();
        isEmpty = this.text.charCodeAt(this.at) === close;
        depth += 1;
        if (depth > deepest) deepest = depth;
        if (isEmpty) {
          this.at += 1;
          depth -= 1;
        } else {
          if (depth > open.length) open = grown(open);
          open[depth - 1] = close;
          if (close === closeBrace) this.#skipName();
          continue;
        }
      } else this.#scalar();
      // What ends with this value ends here as well.
      for (;;) {
        if (depth === 0) return deepest;
        this.skipSpace();
        const close = open[depth - 1] ?? 0;
        const next = this.text.charCodeAt(this.at);
        if (next !== comma && next !== close) this.unexpected(afterMember(close));
        this.at += 1;
        if (next === comma) {
          this.skipSpace();
          if (close === closeBrace) this.#skipName();
          break;
        }
        depth -= 1;
      }
    }
  }

  #skipName(): void {
    if (this.text.charCodeAt(this.at) !== quote) this.unexpected('a member name in quotes');
    this.string(false);
    this.pastColon();
  }

  protected pastColon(): void {
    this.skipSpace();
    if (this.text.charCodeAt(this.at) !== colon) this.unexpected('a colon');
    this.at += 1;
    this.skipSpace();
  }

  #scalar(): void {
    const char = this.text.charCodeAt(this.at);
    if (char === quote) this.string(false);
    else if (char === minus || isDigit(char)) this.number();
    else this.word(char);
  }

  protected word(char: number): void {
    if (char === 0x74) this.#literal('true');
    else if (char === 0x66) this.#literal('false');
    else if (char === 0x6e) this.#literal('null');
    else this.unexpected('a value');
  }

  /** `isRead`: what no text of ours can hold is reported to `unstorable`. */
  protected string(isRead: boolean): void {
    const { text } = this;
    let at = this.at + 1;
    this.escaped = false;
    for (;;) {
      const char = text.charCodeAt(at);
      if (char === quote) break;
      if (char === backslash) {
        this.escaped = true;
        at = this.#escape(at, isRead);
      } else if (char >= 0x20) at += 1;
      else {
        // NaN, which is not less than a space either, where the text ends.
        this.at = at;
        this.fail(at >= text.length ? 'a string has no end' : 'a string holds a control character');
      }
    }
    this.at = at + 1;
  }

  /** Answers where the escape ends. */
  #escape(at: number, isRead: boolean): number {
    const letter = this.text[at + 1] ?? '';
    if (letter !== '' && '"\\/bfnrt'.includes(letter)) return at + 2;
    if (letter !== 'u') this.failAt(at, 'a backslash escapes nothing known');
    const unit = this.#codeUnit(at);
    if (!isRead) return at + 6;
    if (unit === 0) this.unstorable(at, 'a string holds the character NUL');
    if (unit < 0xd800 || unit > 0xdfff) return at + 6;
    const low = unit <= 0xdbff && this.text.startsWith('\\u', at + 6) ? this.#codeUnit(at + 6) : 0;
    if (low >= 0xdc00 && low <= 0xdfff) return at + 12;
    this.unstorable(at, 'a string holds half of a surrogate pair');
    return at + 6;
  }

  /** A string holds what cannot be stored as text. */
  protected unstorable(at: number, what: string): void {
    this.failAt(at, what);
  }

  #codeUnit(at: number): number {
    const digits = this.text.slice(at + 2, at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.failAt(at, 'an escape wants four hexadecimal digits');
    return parseInt(digits, 16);
  }

  /** Answers whether it may be too large for a double: it has an exponent, or very many digits. */
  protected number(): boolean {
    const { text } = this;
    const start = this.at;
    if (text.charCodeAt(this.at) === minus) this.at += 1;
    if (text.charCodeAt(this.at) === zero) this.at += 1;
    else this.#digits();
    if (text.charCodeAt(this.at) === dot) {
      this.at += 1;
      this.#digits();
    }
    const hasExponent = (text.charCodeAt(this.at) | 0x20) === 0x65;
    if (hasExponent) {
      this.at += 1;
      const sign = text.charCodeAt(this.at);
      if (sign === 0x2b || sign === minus) this.at += 1;
      this.#digits();
    }
    return hasExponent || this.at - start > 308;
  }

  #digits(): void {
    const start = this.at;
    while (isDigit(this.text.charCodeAt(this.at))) this.at += 1;
    if (this.at === start) this.unexpected('a digit');
  }

  #literal(word: string): void {
    if (!this.text.startsWith(word, this.at)) this.unexpected('a value');
    this.at += word.length;
  }

  protected skipSpace(): void {
    for (;;) {
      const char = this.text.charCodeAt(this.at);
      // Most bytes are none of the four, and end the walk at the first comparison.
      if (char > 0x20 || (char !== 0x20 && char !== 0x0a && char !== 0x0d && char !== 0x09)) return;
      this.at += 1;
    }
  }

  protected unexpected(wanted: string): never {
    return this.fail(this.at >= this.text.length ? `it ends where ${wanted} should be` : `${wanted} should be here`);
  }

  protected failAt(at: number, what: string): never {
    this.at = at;
    return this.fail(what);
  }

  /** It is no JSON at all. */
  protected fail(what: string): never {
    throw new MalformedJson(what, this.place(), this.byteAt(this.at));
  }

  /** Member names and array indices on the way to where it stands. */
  protected place(): readonly (string | number)[] {
    return [];
  }

  /** Counts on from where it was last asked: a body may hold many faults. */
  protected byteAt(at: number): number {
    const from = at < this.#counted.at ? { at: 0, bytes: 0 } : this.#counted;
    this.#counted = { at, bytes: from.bytes + Buffer.byteLength(this.text.slice(from.at, at)) };
    return this.#counted.bytes;
  }
}

export const afterMember = (close: number): string =>
  `a comma or a closing ${close === closeBrace ? 'brace' : 'bracket'}`;

function grown(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}
