export type { OutgoingOrder, PdEffects } from "./driver/effects.ts";
export { decodeRecord, encodeRecord, type PdRecord } from "./driver/pd-record.ts";
export { openPd, type PdState } from "./driver/pd-state.ts";
export { type PdInput, step } from "./driver/step.ts";
export { type PdArgs, pdActor } from "./pd-actor.ts";
export { PdError, type PdErrorCode } from "./pd-error.ts";
export { DEFAULT_PD_OPTIONS, type PdOptions, pdOptions } from "./pd-options.ts";
