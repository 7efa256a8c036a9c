/** A run cannot begin, for a reason that its user can put right: its sentence says all that there is to say. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}
