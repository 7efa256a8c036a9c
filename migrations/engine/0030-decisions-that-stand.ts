import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What is carried out of a parked stream is the decision that stands, also where another takes its place meanwhile. */
export class DecisionsThatStand1767225600030 implements MigrationInterface {
  readonly name = 'DecisionsThatStand1767225600030';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Keeps the decision as it is until the end of the transaction, or ends it where another one stands.
      create function forgerun_engine.require_decision(of_follower text, of_stream text, decided numeric)
      returns void language plpgsql as $$
      begin
        perform from forgerun_engine.parked_streams
          where follower = of_follower and stream = of_stream and verdict is not null
            and extract(epoch from decided_at) is not distinct from decided
          for update;
        if not found then
          raise exception 'another decision about % stands', of_stream using errcode = 'FR002';
        end if;
      end $$;
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
