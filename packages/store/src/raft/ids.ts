// The integers of consensus, kept apart by the compiler. Brands are structural: `PeerId` is the same
// type as the one of the cluster's vocabulary.
export type PeerId = number & { readonly brand: "PeerId" };
export type Term = number & { readonly brand: "Term" };
export type LogIndex = number & { readonly brand: "LogIndex" };
