import { isIP } from 'node:net';

/** What a setting must be: `parse` answers undefined for a text that is not `mustBe`. */
export interface Rule<Value> {
  readonly mustBe: string;
  parse(text: string): Value | undefined;
}

export const whole = (least: number, most: number): Rule<number> => ({
  mustBe: `a whole number from ${least} to ${most}`,
  parse(text) {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most ? value : undefined;
  },
});

export const decimal = (least: number, most: number): Rule<number> => ({
  mustBe: `a number from ${least} to ${most}`,
  parse(text) {
    const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most ? value : undefined;
  },
});

export const oneOf = <Choice extends string>(...choices: readonly Choice[]): Rule<Choice> => ({
  mustBe: `one of ${choices.join(', ')}`,
  parse: (text) => choices.find((choice) => choice === text),
});

export const matching = (pattern: RegExp, mustBe: string): Rule<string> => ({
  mustBe,
  parse: (text) => (pattern.test(text) ? text : undefined),
});

/** A comma-separated list without repetitions; empty only where `least` is 0. */
export const listOf = <Item>(item: Rule<Item>, least: 0 | 1): Rule<readonly Item[]> => ({
  mustBe: `a comma-separated list${least === 1 ? ' of at least one' : ''}, each ${item.mustBe}`,
  parse(text) {
    const parts = text.split(',').map((part) => part.trim());
    const items = text.trim() === '' ? [] : parts.map((part) => item.parse(part));
    const valid = items.filter((one) => one !== undefined);
    return valid.length === items.length && valid.length >= least ? [...new Set(valid)] : undefined;
  },
});

export const orNone = <Value>(rule: Rule<Value>): Rule<Value | null> => rule;

export const hostName: Rule<string> = {
  mustBe: 'an IP address or a host name',
  parse: (text) => (isIP(text) > 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text) ? text : undefined),
};

export const network: Rule<string> = {
  mustBe: 'a network in CIDR notation, such as 10.0.0.0/8 or fd00::/8',
  parse(text) {
    const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    return bits !== '' && Number(bits) <= most ? text : undefined;
  },
};

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) <= 65_535;

export const nameServer: Rule<string> = {
  mustBe: 'an IP address, or one with a port, such as 10.0.0.53, 10.0.0.53:5353 or [fd00::53]:53',
  parse(text) {
    const [, six, four, port = '53'] = /^(?:\[([^\]]+)\]|(\d+(?:\.\d+){3}))(?::(\d+))?$/.exec(text) ?? [];
    const isServer = isIP(text) > 0 || isIP(six ?? '') === 6 || isIP(four ?? '') === 4;
    return isServer && isPort(port) ? text : undefined;
  },
};
