import { type JsonLimits } from './json-limits.js';
import { MalformedJson } from './malformed-json.js';

/** Where a value stands that is kept as text, and the way to it: member names and array indices. */
export interface RawSpan {
  readonly path: readonly (string | number)[];
  readonly start: number;
  readonly end: number;
}

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Beyond this many members, looking a name up in a set is cheaper than walking the names. */
const fewKeys = 16;

const isDigit = (char: number): boolean => char >= zero && char <= nine;
const forbiddenKey = (key: string): boolean => key === '__proto__' || key === 'constructor' || key === 'prototype';

/**
 * Reads a JSON text once, strictly after RFC 8259, and refuses what a later door would stumble over: depth, width,
 * repeated and poisonous names, NUL, lone surrogates, numbers beyond a double. It builds nothing.
 */
export class JsonScanner {
  readonly raws: RawSpan[] = [];
  private at = 0;
  private depth = 0;
  private keyCount = 0;
  private inRaw = false;
  private escaped = false;
  /** Names of the objects that are open, one after the other; each object knows where its own begin. */
  private readonly keys: string[] = [];
  private readonly path: (string | number)[] = [];

  constructor(
    private readonly text: string,
    private readonly limits: JsonLimits,
  ) {}

  scan(): void {
    this.skipSpace();
    this.value();
    this.skipSpace();
    if (this.at < this.text.length) this.fail('there is something after the end of the value');
  }

  private value(): void {
    const char = this.text.charCodeAt(this.at);
    if (char === quote) this.string();
    else if (char === openBrace) this.object();
    else if (char === openBracket) this.array();
    else if (char === minus || isDigit(char)) this.number();
    else if (char === 0x74) this.literal('true');
    else if (char === 0x66) this.literal('false');
    else if (char === 0x6e) this.literal('null');
    else this.unexpected('a value');
  }

  private object(): void {
    this.enter();
    const first = this.keys.length;
    let names: Set<string> | null = null;
    const level = this.path.push('') - 1;
    this.skipSpace();
    if (this.text.charCodeAt(this.at) === closeBrace) this.at += 1;
    else
      for (;;) {
        const key = this.key();
        this.path[level] = key;
        names = this.unseen(key, first, names);
        this.skipSpace();
        if (this.text.charCodeAt(this.at) !== colon) this.unexpected('a colon');
        this.at += 1;
        this.skipSpace();
        if (!this.inRaw && (key === 'payload' || key === 'result') && this.isRawPlace()) this.raw();
        else this.value();
        this.skipSpace();
        const next = this.text.charCodeAt(this.at);
        if (next !== comma && next !== closeBrace) this.unexpected('a comma or a closing brace');
        this.at += 1;
        if (next === closeBrace) break;
        this.skipSpace();
      }
    this.keys.length = first;
    this.path.length = level;
    this.depth -= 1;
  }

  private array(): void {
    this.enter();
    const level = this.path.push(0) - 1;
    this.skipSpace();
    if (this.text.charCodeAt(this.at) === closeBracket) this.at += 1;
    else
      for (let index = 0; ; index += 1) {
        this.path[level] = index;
        this.value();
        this.skipSpace();
        const next = this.text.charCodeAt(this.at);
        if (next !== comma && next !== closeBracket) this.unexpected('a comma or a closing bracket');
        this.at += 1;
        if (next === closeBracket) break;
        this.skipSpace();
      }
    this.path.length = level;
    this.depth -= 1;
  }

  private enter(): void {
    this.depth += 1;
    if (this.depth > this.limits.maxDepth) this.fail(`it is nested deeper than ${this.limits.maxDepth} levels`);
    this.at += 1;
  }

  /** A member's own value, an item's of a batch, or a schedule's job's: nowhere else do these names mean anything. */
  private isRawPlace(): boolean {
    const [outer, inner] = this.path;
    if (this.depth === 1) return true;
    if (this.depth === 2) return outer === 'job';
    return this.depth === 3 && (outer === 'jobs' || outer === 'items') && typeof inner === 'number';
  }

  private raw(): void {
    this.inRaw = true;
    const start = this.at;
    const path = [...this.path];
    this.value();
    this.raws.push({ path, start, end: this.at });
    this.inRaw = false;
  }

  private key(): string {
    if (this.text.charCodeAt(this.at) !== quote) this.unexpected('a member name in quotes');
    const start = this.at;
    this.string();
    const key = this.escaped
      ? (JSON.parse(this.text.slice(start, this.at)) as string)
      : this.text.slice(start + 1, this.at - 1);
    if (key.length > this.limits.maxKeyLength)
      this.fail(`a member name is longer than ${this.limits.maxKeyLength} characters`);
    if (forbiddenKey(key)) this.fail(`the member name "${key}" is not allowed`);
    return key;
  }

  private unseen(key: string, first: number, names: Set<string> | null): Set<string> | null {
    const { keys, limits } = this;
    const count = keys.length - first;
    let seen = names;
    if (seen === null && count === fewKeys) seen = new Set(keys.slice(first));
    if (seen === null ? this.hasKey(key, first) : seen.has(key)) this.fail('the member name comes twice');
    seen?.add(key);
    keys.push(key);
    this.keyCount += 1;
    if (count >= limits.maxKeysPerObject) this.fail(`an object has more than ${limits.maxKeysPerObject} members`);
    if (this.keyCount > limits.maxKeys) this.fail(`it has more than ${limits.maxKeys} members in all`);
    return seen;
  }

  private hasKey(key: string, first: number): boolean {
    for (let index = first; index < this.keys.length; index += 1) if (this.keys[index] === key) return true;
    return false;
  }

  private string(): void {
    const { text } = this;
    let at = this.at + 1;
    this.escaped = false;
    for (;;) {
      const char = text.charCodeAt(at);
      if (char === quote) break;
      if (char === backslash) {
        this.escaped = true;
        at = this.escape(at);
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
  private escape(at: number): number {
    const letter = this.text[at + 1] ?? '';
    if (letter !== '' && '"\\/bfnrt'.includes(letter)) return at + 2;
    if (letter !== 'u') this.failAt(at, 'a backslash escapes nothing known');
    const unit = this.codeUnit(at);
    if (unit === 0) this.failAt(at, 'a string holds the character NUL');
    if (unit < 0xd800 || unit > 0xdfff) return at + 6;
    const low = unit <= 0xdbff && this.text.startsWith('\\u', at + 6) ? this.codeUnit(at + 6) : 0;
    if (low < 0xdc00 || low > 0xdfff) this.failAt(at, 'a string holds half of a surrogate pair');
    return at + 12;
  }

  private codeUnit(at: number): number {
    const digits = this.text.slice(at + 2, at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.failAt(at, 'an escape wants four hexadecimal digits');
    return parseInt(digits, 16);
  }

  private number(): void {
    const { text } = this;
    const start = this.at;
    if (text.charCodeAt(this.at) === minus) this.at += 1;
    if (text.charCodeAt(this.at) === zero) this.at += 1;
    else this.digits();
    if (text.charCodeAt(this.at) === dot) {
      this.at += 1;
      this.digits();
    }
    const hasExponent = (text.charCodeAt(this.at) | 0x20) === 0x65;
    if (hasExponent) {
      this.at += 1;
      const sign = text.charCodeAt(this.at);
      if (sign === 0x2b || sign === minus) this.at += 1;
      this.digits();
    }
    if ((hasExponent || this.at - start > 308) && !Number.isFinite(Number(text.slice(start, this.at))))
      this.failAt(start, 'a number is too large');
  }

  private digits(): void {
    const start = this.at;
    while (isDigit(this.text.charCodeAt(this.at))) this.at += 1;
    if (this.at === start) this.unexpected('a digit');
  }

  private literal(word: string): void {
    if (!this.text.startsWith(word, this.at)) this.unexpected('a value');
    this.at += word.length;
  }

  private skipSpace(): void {
    for (;;) {
      const char = this.text.charCodeAt(this.at);
      // Most bytes are none of the four, and end the walk at the first comparison.
      if (char > 0x20 || (char !== 0x20 && char !== 0x0a && char !== 0x0d && char !== 0x09)) return;
      this.at += 1;
    }
  }

  private unexpected(wanted: string): never {
    return this.fail(this.at >= this.text.length ? `it ends where ${wanted} should be` : `${wanted} should be here`);
  }

  private failAt(at: number, what: string): never {
    this.at = at;
    return this.fail(what);
  }

  private fail(what: string): never {
    throw new MalformedJson(what, this.path, Buffer.byteLength(this.text.slice(0, this.at)));
  }
}
