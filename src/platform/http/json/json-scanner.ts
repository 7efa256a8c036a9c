import { afterMember, closeBrace, closeBracket, comma, isDigit, JsonLexer, minus } from './json-lexer.js';
import { openBrace, openBracket, quote } from './json-lexer.js';
import { type BodyShape, type JsonLimits } from './json-limits.js';
import { placeOf, UnfitJson } from './malformed-json.js';

/** Where a value stands, and the way to it: member names and array indices. */
export interface Span {
  readonly path: readonly (string | number)[];
  readonly start: number;
  readonly end: number;
  /** Why this item cannot be read; null: a value that is kept as text. */
  readonly fault: UnfitJson | null;
}

/** Beyond this many members, looking a name up in a set is cheaper than walking the names. */
const fewKeys = 16;

const forbiddenKey = (key: string): boolean => key === '__proto__' || key === 'constructor' || key === 'prototype';

/**
 * Reads a JSON text once, and refuses what a later reader would stumble over: depth, width, repeated and poisonous names,
 * NUL, lone surrogates, numbers beyond a double. None of that is asked of values that are kept as text and not read
 * here; those must be JSON of bounded depth.
 */
export class JsonScanner extends JsonLexer {
  /** In the order they stand in. Each is to be taken out before the rest is parsed. */
  readonly spans: Span[] = [];
  #depth = 0;
  #keyCount = 0;
  /** Names of the objects that are open, one after the other; each object knows where its own begin. */
  readonly #keys: string[] = [];
  readonly #path: (string | number)[] = [];

  constructor(
    text: string,
    private readonly limits: JsonLimits,
    private readonly shape: BodyShape,
  ) {
    super(text);
  }

  scan(): void {
    this.skipSpace();
    this.#value();
    this.skipSpace();
    if (this.at < this.text.length) this.fail('there is something after the end of the value');
  }

  #value(): void {
    const char = this.text.charCodeAt(this.at);
    if (char === quote) this.string(true);
    else if (char === openBrace) this.#object();
    else if (char === openBracket) this.#array();
    else if (char === minus || isDigit(char)) this.#finiteNumber();
    else this.word(char);
  }

  #object(): void {
    this.#enter();
    const first = this.#keys.length;
    let names: Set<string> | null = null;
    const level = this.#path.push('') - 1;
    this.skipSpace();
    if (this.text.charCodeAt(this.at) === closeBrace) this.at += 1;
    else
      for (;;) {
        const key = this.#key(level);
        names = this.#unseen(key, first, names);
        this.pastColon();
        if ((key === 'payload' || key === 'result') && this.#isOpaquePlace()) this.#opaque();
        else this.#value();
        this.skipSpace();
        const next = this.text.charCodeAt(this.at);
        if (next !== comma && next !== closeBrace) this.unexpected(afterMember(closeBrace));
        this.at += 1;
        if (next === closeBrace) break;
        this.skipSpace();
      }
    this.#keys.length = first;
    this.#path.length = level;
    this.#depth -= 1;
  }

  #array(): void {
    this.#enter();
    const level = this.#path.push(0) - 1;
    const { items } = this.shape;
    // Of more than it may hold, none is read.
    const itemsUntil = items !== null && level === 1 && this.#path[0] === items.of ? items.most : 0;
    this.skipSpace();
    if (this.text.charCodeAt(this.at) === closeBracket) this.at += 1;
    else
      for (let index = 0; ; index += 1) {
        this.#path[level] = index;
        if (index < itemsUntil) this.#item();
        else this.#value();
        this.skipSpace();
        const next = this.text.charCodeAt(this.at);
        if (next !== comma && next !== closeBracket) this.unexpected(afterMember(closeBracket));
        this.at += 1;
        if (next === closeBracket) break;
        this.skipSpace();
      }
    this.#path.length = level;
    this.#depth -= 1;
  }

  /** One of a batch: what is JSON and cannot be read all the same is taken out, and the fault put in its place. */
  #item(): void {
    const start = this.at;
    const depth = this.#depth;
    const keyCount = this.#keyCount;
    const level = this.#path.length;
    const spans = this.spans.length;
    const keys = this.#keys.length;
    // Each is measured as a request of its own.
    this.#keyCount = 0;
    try {
      this.#value();
    } catch (fault) {
      if (!(fault instanceof UnfitJson)) throw fault;
      this.at = start;
      this.#depth = depth;
      this.#path.length = level;
      this.spans.length = spans;
      this.#keys.length = keys;
      this.skipValue();
      const path = [...this.#path];
      this.spans.push({ path, start, end: this.at, fault: fault.within(path) });
    }
    this.#keyCount = keyCount;
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > this.limits.maxDepth) this.#unfit(`it is nested deeper than ${this.limits.maxDepth} levels`);
    this.at += 1;
  }

  /** A member's own value, an item's of a batch, or a schedule's job's: nowhere else do these names mean anything. */
  #isOpaquePlace(): boolean {
    const [outer, inner] = this.#path;
    if (this.#depth === 1) return true;
    if (this.#depth === 2) return outer === 'job';
    return this.#depth === 3 && outer === this.shape.items?.of && typeof inner === 'number';
  }

  #opaque(): void {
    const start = this.at;
    const { maxOpaqueDepth } = this.limits;
    if (this.skipValue() > maxOpaqueDepth) {
      this.at = start;
      this.#unfit(`it is nested deeper than ${maxOpaqueDepth} levels`);
    }
    this.spans.push({ path: [...this.#path], start, end: this.at, fault: null });
  }

  #key(level: number): string {
    if (this.text.charCodeAt(this.at) !== quote) this.unexpected('a member name in quotes');
    const start = this.at;
    // Not a place where any text is mended.
    this.#path[level] = '';
    this.string(true);
    const key = this.escaped
      ? (JSON.parse(this.text.slice(start, this.at)) as string)
      : this.text.slice(start + 1, this.at - 1);
    if (key.length > this.limits.maxKeyLength)
      this.#unfit(`a member name is longer than ${this.limits.maxKeyLength} characters`);
    this.#path[level] = key;
    if (forbiddenKey(key)) this.#unfit(`the member name "${key}" is not allowed`);
    return key;
  }

  #unseen(key: string, first: number, names: Set<string> | null): Set<string> | null {
    const { limits } = this;
    const keys = this.#keys;
    const count = keys.length - first;
    let seen = names;
    if (seen === null && count === fewKeys) seen = new Set(keys.slice(first));
    if (seen === null ? this.#hasKey(key, first) : seen.has(key)) this.#unfit('the member name comes twice');
    seen?.add(key);
    keys.push(key);
    this.#keyCount += 1;
    if (count >= limits.maxKeysPerObject) this.#unfit(`an object has more than ${limits.maxKeysPerObject} members`);
    if (this.#keyCount > limits.maxKeys) this.#unfit(`it has more than ${limits.maxKeys} members in all`);
    return seen;
  }

  #hasKey(key: string, first: number): boolean {
    for (let index = first; index < this.#keys.length; index += 1) if (this.#keys[index] === key) return true;
    return false;
  }

  #finiteNumber(): void {
    const start = this.at;
    if (!this.number() || Number.isFinite(Number(this.text.slice(start, this.at)))) return;
    this.at = start;
    this.#unfit('a number is too large');
  }

  protected override unstorable(at: number, what: string): void {
    if (this.#isMended()) return;
    this.at = at;
    this.#unfit(what);
  }

  #isMended(): boolean {
    const { mendedTexts } = this.shape;
    if (mendedTexts.size === 0) return false;
    return mendedTexts.has(placeOf(this.#path));
  }

  /** It is JSON, and nothing of ours reads it. */
  #unfit(what: string): never {
    throw new UnfitJson(what, this.#path, this.byteAt(this.at));
  }

  protected override place(): readonly (string | number)[] {
    return this.#path;
  }
}
