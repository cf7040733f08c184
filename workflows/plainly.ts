/** Refusals and failures are read by a person on the UI's pages, which show a stack beside a sentence wherever there is one. */

/** The error without its stack. */
export function plain<E extends Error>(error: E): E {
  error.stack = '';
  return error;
}

/** A validator whose refusal is its sentence alone. */
export function plainly<Input>(validate: (input: Input) => void): (input: Input) => void {
  return (input) => {
    try {
      validate(input);
    } catch (error) {
      throw error instanceof Error ? plain(error) : error;
    }
  };
}
