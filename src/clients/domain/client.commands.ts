import { Command } from '../../kernel/message.js';
import { type KeyScope } from './key-scopes.js';
import { type ClientOutcome, type KeyOutcome } from './client.outcomes.js';

export type ClientCommand = CreateClient | IssueKey | RenewKey | RevokeKey | ProvideAdminKey;

/** A key that was made but not given to a caller yet. */
export type MadeKey = Readonly<{ keyId: string; hash: string }>;

/** The key that asks for a change, which must be in force by its own stream when the change is decided. */
export type AskingKey = Readonly<{ clientId: string; keyId: string }>;

export class CreateClient extends Command<ClientOutcome> {
  readonly type = 'CreateClient';
  constructor(
    readonly clientId: string,
    readonly name: string | null,
    readonly asker: AskingKey | null = null,
  ) {
    super();
  }

  override get kept() {
    const { asker } = this;
    return { asker };
  }
}

export type RequestedKey = Readonly<{
  name: string;
  /** Null: those of the key it replaces, else `client`. */
  scopes: readonly KeyScope[] | null;
  /** Null: as long as the key it replaces was given, else without end. */
  lifetimeMs: number | null;
  /** Replaces the key that holds the name; else that key stays and none is issued. */
  rotate: boolean;
}>;

export class IssueKey extends Command<KeyOutcome> {
  readonly type = 'IssueKey';
  constructor(
    readonly clientId: string,
    readonly key: MadeKey,
    readonly requested: RequestedKey,
    /** Scopes the asker may hand out; keys that hold others are out of its reach. */
    readonly grantableScopes: readonly KeyScope[],
    readonly asker: AskingKey | null = null,
  ) {
    super();
  }

  override get schema() {
    return 2;
  }

  override get kept() {
    const { scopes, lifetimeMs, rotate } = this.requested;
    return { scopes, lifetimeMs, rotate, grantableScopes: this.grantableScopes, asker: this.asker };
  }
}

/** Puts a new key in the place of one that is in use. */
export class RenewKey extends Command<KeyOutcome> {
  readonly type = 'RenewKey';
  constructor(
    readonly clientId: string,
    readonly keyId: string,
    readonly successor: MadeKey,
    /** How long the old key still opens. */
    readonly overlapMs: number,
    readonly grantableScopes: readonly KeyScope[],
    readonly asker: AskingKey | null = null,
  ) {
    super();
  }

  override get schema() {
    return 2;
  }

  override get kept() {
    const { overlapMs, grantableScopes } = this;
    return { overlapMs, grantableScopes, asker: this.asker };
  }
}

export class RevokeKey extends Command<ClientOutcome> {
  readonly type = 'RevokeKey';
  constructor(
    readonly clientId: string,
    readonly keyId: string,
    readonly grantableScopes: readonly KeyScope[],
    readonly asker: AskingKey | null = null,
  ) {
    super();
  }

  override get schema() {
    return 2;
  }

  override get kept() {
    const { grantableScopes } = this;
    return { grantableScopes, asker: this.asker };
  }
}

/** Sees to it at every start that the operator exists and has a key that opens everything. */
export class ProvideAdminKey extends Command<boolean> {
  readonly type = 'ProvideAdminKey';
  constructor(
    readonly clientId: string,
    readonly key: MadeKey,
    /** `environment`: this very key must open. `generated`: used only where no admin key is left. */
    readonly source: 'environment' | 'generated',
  ) {
    super();
  }

  override get kept() {
    const { source } = this;
    return { source };
  }
}
