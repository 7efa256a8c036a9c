import { readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import tseslint from 'typescript-eslint';
import { joins, owners, published, writers } from './table-owners.cjs';

/** `no-restricted-syntax` of a later block replaces that of an earlier one, so the lists are put together by hand. */
const noForwardRef = {
  selector: 'CallExpression[callee.name="forwardRef"]',
  message: 'Two modules that need each other are one module, or a missing third.',
};
const noPoolWithoutHandler = {
  selector: "NewExpression[callee.name='Pool'], NewExpression[callee.property.name='Pool']",
  message:
    'Use poolAt(): the end of a database reaches idle connections, and an error that has no handler fails the run.',
};
const noAnyRevision = [
  {
    selector: 'Property[key.name=/^expected/] > Literal[value=/^(any|stream_exists)$/]',
    message: 'Only an explicit revision is durably idempotent.',
  },
  {
    selector: 'Property[key.name=/^expected/] > Identifier[name=/^(ANY|STREAM_EXISTS)$/]',
    message: 'Only an explicit revision is durably idempotent.',
  },
];
const noHiddenTime = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'Time comes in with the command.',
  },
  { selector: 'CallExpression[callee.name="Date"]', message: 'Time comes in with the command.' },
  {
    selector: 'CallExpression[callee.name=/^(randomUUID|randomBytes|randomInt)$/]',
    message: 'An id follows from its cause.',
  },
];

/** Connections to Postgres are made where each gets its limits; anyone may name their types. */
const madeInOnePlace =
  'Take it from src/platform/postgres/pools.ts (or data-source.ts), where connections get their deadlines.';
const noDriver = [
  { name: 'pg', message: madeInOnePlace, allowTypeImports: true },
  { name: 'pg-pool', message: madeInOnePlace },
  { name: 'typeorm', importNames: ['DataSource'], message: madeInOnePlace, allowTypeImports: true },
];
/** Asked for more than 2^31-1 ms, Node's own timers do not wait at all. */
const ownTimers = 'Take it from platform/clock/timer.ts (in the SDK: sdk/timer.ts), which waits for any time.';
const noRawTimers = ['setTimeout', 'setInterval'].map((name) => ({ name, message: ownTimers }));
const noRawTimeouts = [
  { object: 'AbortSignal', property: 'timeout', message: ownTimers },
  { object: 'globalThis', property: 'setTimeout', message: ownTimers },
  { object: 'globalThis', property: 'setInterval', message: ownTimers },
];
/** What is set by hand or by NTP measures nothing: a length of time is a difference of `performance.now()`. */
const noWallClock = {
  object: 'Date',
  property: 'now',
  message: 'How long something takes is told by performance.now(), and what time it is by the Clock.',
};
/** Where a wall clock is asked for its own sake: to be aligned, compared, or read from a file, an id or a header. */
const readsWallClock = [
  'src/platform/clock/{aligned-clock,moment}.ts',
  'src/platform/ids/ids.ts',
  'src/platform/postgres/embedded/exclusive-file.ts',
  'src/cli/doctor-databases.ts',
  'src/sdk/{forge-run-error,in-memory-lease-source}.ts',
];
const restrictedImports = [
  ...['timers', 'timers/promises', 'node:timers', 'node:timers/promises'].map((name) => ({
    name,
    importNames: ['setTimeout', 'setInterval', 'scheduler'],
    message: ownTimers,
  })),
  { name: '@nestjs/common', importNames: ['forwardRef'], message: noForwardRef.message },
  {
    name: '@eventstore/db-client',
    importNames: ['ANY', 'STREAM_EXISTS'],
    message: 'Only an explicit revision is durably idempotent.',
  },
];
/** Nest's bus does not know what a command is answered with. */
const noUntypedBus = [
  {
    name: '@nestjs/cqrs',
    importNames: ['CommandBus', 'ICommandHandler'],
    message: 'A command is sent by the CommandSender and handled by a class that implements Handles.',
  },
];
/** What composes the modules knows none of their events, as texts or as members. */
const noEventNames = [
  'Literal[value',
  'TemplateElement[value.cooked',
  ':matches(Property, TSPropertySignature) > Identifier.key[name',
  'MemberExpression > Identifier.property[name',
].map((name) => ({
  selector: `${name}=/^(?!Start)[A-Z][a-z]+[A-Z][A-Za-z]*(ed|Failing)$/]`,
  message: 'What an event means is the business of its module; src/app only wires.',
}));
/** What an import rule does not see. */
const noDriverByTheBack = {
  selector: 'ImportExpression > Literal[value=/^(pg|pg-pool)$/]',
  message: madeInOnePlace,
};

const commentsFirst = /^(?:\s|--.*\n|\/\*[^]*?\*\/)*/;
const statement =
  /^(?:(?:select|insert into|update|delete from|merge into|create|alter|drop|truncate|lock)\s|with\s+(?:recursive\s+)?\S+\s*(?:\([^)]*\)\s*)?as\s)/i;

/** A sentence begins with one capital, a keyword has them all or none. */
function beginsStatement(text) {
  const rest = text.replace(commentsFirst, '');
  return /^(?:[a-z]+|[A-Z]+)\s/.test(rest) && statement.test(rest);
}

/** A composition and a controller ask the owners of tables. */
const noStatements = {
  meta: { type: 'problem', schema: [] },
  create({ report }) {
    const refuse = (node) => report({ node, message: 'A statement stands with the owner of its table.' });
    const look = (node, text) => beginsStatement(text) && refuse(node);
    return {
      'CallExpression > MemberExpression.callee': (node) => nameOfMember(node) === 'query' && refuse(node),
      Literal: (node) => typeof node.value === 'string' && look(node, node.value),
      TemplateLiteral: (node) => look(node, textOf(node)),
    };
  },
};

const nameOfMember = ({ computed, property }) => (computed ? property.value : property.name);

/** The text of a template; what is put in where it runs is a word. */
const textOf = ({ quasis }) => quasis.map(({ value }) => value.cooked ?? '').join('x');

const ownerOf = new Map(Object.entries(owners).flatMap(([folder, tables]) => tables.map((table) => [table, folder])));
const isIn = (file, folder) => file.startsWith(`${folder}/`);

/** What is wrong with a file that names a table so; null: nothing. */
function faultOfTable(file, table) {
  if (table.endsWith('.')) return writers.includes(file) ? null : 'Write the name of the table out.';
  const owner = ownerOf.get(table);
  if (owner === undefined) return `${table} has no owner in table-owners.cjs.`;
  const exceptions = [...joins, ...published];
  const isOpen = isIn(file, owner) || exceptions.some((each) => each.table === table && isIn(file, each.folder));
  return isOpen ? null : `${table} belongs to ${owner}: ask there.`;
}

const schemas = ['forgerun_read', 'forgerun_engine', 'forgerun_log'];
const namedTable = new RegExp(String.raw`\b(${schemas.join('|')})"?\s*\.\s*"?([a-z_]*)`, 'g');
/** TypeORM is told the schema beside the table. */
const namesSchema = 'src/platform/postgres/entities.ts';
const schemaAlone = new RegExp(`^\\s*"?(?:${schemas.join('|')})"?\\s*$`);

/** Tables that a template names behind a schema which is put in where it runs. */
function tablesBehindSchemas({ quasis, expressions }) {
  return expressions.flatMap((expression, index) => {
    const [, table] = /^"?\."?([a-z_]+)/.exec(quasis[index + 1].value.cooked ?? '') ?? [];
    if (table === undefined) return [];
    const comesAsTable = /\b(from|join|into|update|table|only|truncate)\s+"?$/.test(quasis[index].value.cooked ?? '');
    const isSchema = /schema$/i.test(expression.name ?? expression.property?.name ?? '');
    return comesAsTable || isSchema ? schemas.map((schema) => `${schema}.${table}`) : [];
  });
}

const tablesHaveOwners = {
  meta: { type: 'problem', schema: [] },
  create({ cwd, filename, report }) {
    const file = relative(cwd, filename).replaceAll(sep, '/');
    const lookAtName = (node, table) => {
      const message = faultOfTable(file, table);
      if (message !== null) report({ node, message });
    };
    const look = (node, text) => {
      for (const [, schema, table] of text.matchAll(namedTable)) lookAtName(node, `${schema}.${table}`);
      // What is put together from it cannot be seen.
      if (schemaAlone.test(text) && file !== namesSchema) lookAtName(node, `${text}.`);
    };
    const lookBehindSchemas = (node) => {
      for (const table of tablesBehindSchemas(node)) if (ownerOf.has(table)) lookAtName(node, table);
    };
    // Who imports a table names it, unless it lists them all.
    const lookAtImport = (node) => {
      if (typeof node.source?.value !== 'string') return;
      const declared = resolve(dirname(filename), node.source.value.replace(/\.js$/, '.ts'));
      if (!/\/projections\/[^/]+\/[^/]+\.table\.ts$/.test(declared) || file.startsWith('projections/')) return;
      for (const [, table] of readFileSync(declared, 'utf8').matchAll(/new Table\(\s*'([a-z_]+)'/g))
        look(node, `forgerun_read.${table}`);
    };
    return {
      ImportDeclaration: lookAtImport,
      ImportExpression: lookAtImport,
      ExportNamedDeclaration: lookAtImport,
      ExportAllDeclaration: lookAtImport,
      Literal: (node) => look(node, typeof node.value === 'string' ? node.value : ''),
      TemplateElement: (node) => look(node, node.value.cooked ?? ''),
      TemplateLiteral: lookBehindSchemas,
    };
  },
};

const forgerun = { rules: { 'tables-have-owners': tablesHaveOwners, 'no-statements': noStatements } };

const sqlStatement = /\b(SELECT|INSERT INTO|DELETE FROM|UPDATE \S+ SET|CREATE (TABLE|INDEX|FUNCTION)|ALTER TABLE)\b/;

/** A comment says who does what: many readers are not native speakers. */
const withoutSubject = /\b(nobody|somebody|whoever)\b/i;

/** What can be said in two ways is said in one. */
const oneDialect = {
  create(context) {
    const refuse = (message) => (node) => context.report({ node, message });
    const isPrivate = ({ accessibility, kind }) => accessibility === 'private' && kind !== 'constructor';
    const member = (node) => isPrivate(node) && refuse('A private member is called #name.')(node);
    const text = (node, value) => sqlStatement.test(value) && refuse('SQL keywords are written in lower case.')(node);
    return {
      Program() {
        for (const { loc, value } of context.sourceCode.getAllComments())
          if (withoutSubject.test(value)) context.report({ loc, message: 'Say who: a node, a worker, a client.' });
      },
      MethodDefinition: member,
      PropertyDefinition: member,
      ImportDeclaration(node) {
        const isNamed = node.specifiers.every(({ type }) => type === 'ImportSpecifier');
        if (node.importKind === 'type' && isNamed) refuse('A type is imported as `import { type X }`.')(node);
      },
      Literal: (node) => typeof node.value === 'string' && text(node, node.value),
      TemplateElement: (node) => text(node, node.value.raw),
    };
  },
};

export default tseslint.config(
  {
    ignores: [
      'dist*',
      'node_modules',
      'coverage',
      '.forgerun',
      '.stryker-tmp',
      'test/bench',
      'test/mutation',
      '**/*.cjs',
      '**/*.mjs',
      '**/*.js',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-extraneous-class': 'off',
      // `const { secret: _, ...rest }` is how a field is left out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    files: ['src/**/*.ts', 'projections/**/*.ts', 'migrations/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', noForwardRef, ...noAnyRevision, noDriverByTheBack],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [...restrictedImports, ...noDriver, ...noUntypedBus] },
      ],
    },
  },
  {
    files: ['src/app/**/*.ts', 'src/main.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': ['error', noForwardRef, ...noAnyRevision, noDriverByTheBack, ...noEventNames],
    },
  },
  {
    files: ['src/app/**/*.ts', 'src/main.ts', 'src/*/api/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    plugins: { forgerun },
    rules: { 'forgerun/no-statements': 'error' },
  },
  {
    files: ['test/**/*.ts'],
    ignores: ['test/support/**'],
    rules: { 'no-restricted-syntax': ['error', noPoolWithoutHandler] },
  },
  {
    files: ['**/*.ts'],
    plugins: { dialect: { rules: { one: oneDialect } } },
    rules: { 'dialect/one': 'error' },
  },
  {
    files: ['src/**/*.ts', 'projections/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    plugins: { forgerun },
    rules: { 'forgerun/tables-have-owners': 'error' },
  },
  {
    // Where the one is filled by the other.
    files: ['src/app/app.module.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { paths: [...restrictedImports, ...noDriver] }] },
  },
  {
    files: ['src/**/*.ts', 'projections/**/*.ts', 'migrations/**/*.ts'],
    ignores: ['src/platform/clock/timer.ts', 'src/sdk/timer.ts', '**/*.spec.ts'],
    rules: {
      'no-restricted-globals': ['error', ...noRawTimers],
      'no-restricted-properties': ['error', ...noRawTimeouts, noWallClock],
    },
  },
  {
    files: readsWallClock,
    rules: { 'no-restricted-properties': ['error', ...noRawTimeouts] },
  },
  {
    files: ['src/platform/postgres/{pools,watched-client,server-probe,data-source}.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { paths: restrictedImports }] },
  },
  {
    files: ['src/*/domain/**/*.ts', 'src/*/sagas/**/*.ts', 'src/kernel/**/*.ts', 'projections/**/*.ts'],
    ignores: ['src/engine/**', '**/*.spec.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        'process',
        'fetch',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'queueMicrotask',
        'crypto',
        'performance',
      ],
      'no-restricted-properties': [
        'error',
        ...noRawTimeouts,
        { object: 'Date', property: 'now', message: 'Time comes in with the command.' },
        { object: 'Math', property: 'random', message: 'Chance comes in with the command.' },
        { property: 'randomUUID', message: 'An id follows from its cause.' },
      ],
      'no-restricted-syntax': ['error', noForwardRef, ...noAnyRevision, noDriverByTheBack, ...noHiddenTime],
    },
  },
  {
    // Nest declares the options of an application context as a class, and takes any object of its shape.
    files: ['src/app/stages/open-application.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
);
