import { asJsonText, type JsonText } from '../../../kernel/json-text.js';

/** A JSON value that stays the text it was received as, on its way in (`payload`, `result`) and on its way out. */
export class RawJson {
  constructor(
    readonly text: JsonText,
    /** In UTF-8. */
    readonly byteLength: number,
  ) {}

  /** For a text that is known to be one well-formed JSON value. */
  static of(text: string): RawJson {
    return new RawJson(asJsonText(text), Buffer.byteLength(text));
  }

  /** For writers that do not know about it; they see the value, whatever that costs. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}
