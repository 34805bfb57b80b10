// What a client did to one key and what it learnt, as a line of a history. `call` and `return` are
// places in one order of all events, so that "returned before it was called" can be read off.

export type KeyAction =
  | { readonly kind: "get" }
  | { readonly kind: "put"; readonly value: string }
  | { readonly kind: "delete" }
  /** Undefined stands for a key that is not there. */
  | {
      readonly kind: "compare-and-swap";
      readonly expected: string | undefined;
      readonly value: string | undefined;
    };

export type KeyOutcome =
  | { readonly kind: "value"; readonly value: string | undefined }
  | { readonly kind: "done" }
  | { readonly kind: "swapped" }
  /** What the key held instead, where it was told. */
  | { readonly kind: "not-swapped"; readonly found?: { readonly value: string | undefined } }
  /** It may have taken effect, may do so later, or never. */
  | { readonly kind: "unknown" }
  /** Who was asked says that it has not taken effect and never will. */
  | { readonly kind: "failed" };

export type Operation = {
  readonly client: number;
  readonly key: string;
  readonly action: KeyAction;
  readonly call: number;
  /** Infinite while the outcome is unknown. */
  readonly return: number;
  readonly outcome: KeyOutcome;
};
