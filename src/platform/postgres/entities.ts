import {
  type DataSource,
  EntitySchema,
  type EntitySchemaColumnOptions,
  EntitySchemaOptions,
  type ObjectLiteral,
  type Repository,
} from 'typeorm';
import { type Column, type TableShape } from '../../kernel/row-change.js';
import { type Columns, memberOf, type Row, type Table } from '../../kernel/table.js';
import { fromCell, toCell } from './rows.js';

const readSchema = 'forgerun_read';

/** A table of a read model as TypeORM knows it: rows are what projections write. */
export const entityOf = (table: TableShape): EntitySchema =>
  new EntitySchema(
    Object.assign(new EntitySchemaOptions<ObjectLiteral>(), {
      name: table.name,
      tableName: table.name,
      schema: readSchema,
      columns: Object.fromEntries(
        Object.entries({ ...table.columns, ...table.ownersColumns }).map(([name, column]) => [
          memberOf(name),
          columnOf(name, column, table),
        ]),
      ),
      indices: Object.entries(table.indexes).map(([name, { on, using }]) => ({
        name,
        columns: on.map(memberOf),
        // Entities cannot say of which kind they are.
        synchronize: using === undefined,
      })),
    }),
  );

const columnOf = (name: string, column: Column, { key }: TableShape): EntitySchemaColumnOptions => ({
  name,
  type: column.type,
  nullable: column.isNullable,
  primary: key.includes(name),
  ...(column.isBytewise === true ? { collation: 'C' } : {}),
  ...(column.digits === undefined ? {} : { precision: column.digits, scale: 0 }),
  ...(column.initial === undefined ? {} : { default: column.initial }),
  transformer: {
    from: (cell: unknown) => fromCell(column, cell),
    to: (value: unknown) => toCell(column, value),
  },
});

/** The rows of a table that the source was opened with. */
export const rowsOf = <Declared extends Columns>(
  source: DataSource,
  table: Table<Declared>,
): Repository<Row<Declared>> => source.getRepository<Row<Declared>>(table.name);
