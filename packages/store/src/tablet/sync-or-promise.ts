// Engines answer at once (memory) or later (lmdb): what follows is written once, and stays
// synchronous where the engine is, which is what makes simulation possible.

export function afterwards<Value, Result>(
  value: Value | Promise<Value>,
  then: (value: Value) => Result,
): Result | Promise<Result> {
  return value instanceof Promise ? value.then(then) : then(value);
}

/** Both a throw of `start` and a rejection of what it returns are failures. */
export function guarded<Value>(
  start: () => Value | Promise<Value>,
  onFailure: (cause: unknown) => never,
): Value | Promise<Value> {
  try {
    const value = start();
    return value instanceof Promise ? value.catch(onFailure) : value;
  } catch (cause) {
    return onFailure(cause);
  }
}
