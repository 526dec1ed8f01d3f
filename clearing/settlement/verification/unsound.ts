// What a verification throws when something stored is not what it must be.

/** The message says what is wrong, and where. */
export class Unsound extends Error {
  override name = 'Unsound'
}
